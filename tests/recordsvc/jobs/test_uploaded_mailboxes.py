"""A mailbox that is uploaded becomes the papers of whoever sent it."""

import io
import json

import pytest

from recordsvc.jobs.handlers import HANDLERS
from recordsvc.jobs.task import Interrupted, Task
from recordsvc.services.context import Actor
from recordsvc.services.queueing import queue_intake, spool_root
from recordsvc.storage.spool import Spool
from tests.ingest.made_messages import mail, mailbox

OFFICER = Actor(login="officer", role="officer")
BOX = mailbox([mail(f"Letter {n}", f"Body {n}.") for n in range(1, 6)])


@pytest.fixture
def uploaded(service):
    """Return a function that spools files and returns the task of their intake."""

    def upload(*files, must_stop=lambda: False):
        spool = Spool(spool_root(service.settings))
        for name, content in files:
            spool.add(name, io.BytesIO(content))
        spool.seal()

        def queue(ctx):
            job = queue_intake(ctx, spool.key, None)
            return {"job_id": job.id, "kind": job.kind, "args": dict(job.args)}

        queued = service.run(OFFICER, queue)
        return Task(service=service, attempt=1, must_stop=must_stop, **queued)

    return upload


def test_every_message_of_an_uploaded_mailbox_is_a_record(service, uploaded):
    task = uploaded(("inbox.mbox", BOX))
    outcome = HANDLERS[task.kind](task)
    assert (outcome["added"], outcome["failed"]) == ("5", "0")
    lines = json.loads(outcome["lines"])
    assert len(lines) == 6
    assert {line["status"] for line in lines} == {"added"}
    assert [bool(line.get("id")) for line in lines] == [True] * 5 + [False]


def test_upload_that_is_stopped_after_a_mailbox_keeps_the_files_behind_it(uploaded):
    asked = iter([False, True])
    task = uploaded(
        ("inbox.mbox", BOX), ("b.txt", b"behind it"), must_stop=lambda: next(asked)
    )
    with pytest.raises(Interrupted):
        HANDLERS[task.kind](task)
    outcome = HANDLERS[task.kind](
        Task(
            service=task.service,
            job_id=task.job_id,
            kind=task.kind,
            args=task.args,
            attempt=2,
            must_stop=lambda: False,
        )
    )
    assert (outcome["duplicate"], outcome["added"]) == ("5", "1")
