import io
import json

import pytest

from recordsvc.jobs.handlers import HANDLERS, take_in
from recordsvc.jobs.indexer import Indexer
from recordsvc.jobs.task import Interrupted, Task
from recordsvc.services.context import SYSTEM, Actor
from recordsvc.services.errors import InvalidRequest, NotAllowed, NotFound
from recordsvc.services.queueing import (
    progress_root,
    queue_intake,
    spool_keys_waited_for,
    spool_root,
)
from recordsvc.storage.errors import StorageError
from recordsvc.storage.spool import Spool

OFFICER = Actor(login="officer", role="officer")
QUESTION = (
    b"Question for written answer\n\nWhat does the Minister know of bus services?\n"
)
ANSWER = b"Answer\n\nThe Minister knows that rural bus services were restored in May.\n"


@pytest.fixture
def uploaded(service):
    """Return a function that spools files, queues their intake and returns the task."""

    def upload(*files, options=None, must_stop=lambda: False):
        spool = Spool(spool_root(service.settings))
        for name, content in files:
            spool.add(name, io.BytesIO(content))
        spool.seal()

        def queue(ctx):
            job = queue_intake(ctx, spool.key, options)
            return job.id, job.kind, dict(job.args)

        job_id, kind, args = service.run(OFFICER, queue)
        return Task(
            service=service,
            job_id=job_id,
            kind=kind,
            args=args,
            attempt=1,
            must_stop=must_stop,
        )

    return upload


def records(service):
    return service.view(
        SYSTEM,
        lambda ctx: [
            (r.files[0].name, r.captured_by, r.access)
            for r in ctx.root.records.values()
        ],
    )


def test_an_upload_becomes_records_of_whoever_sent_it(service, uploaded):
    task = uploaded(
        ("question.txt", QUESTION),
        ("../answer.txt", ANSWER),
        options={"access": "closed"},
    )
    outcome = HANDLERS[task.kind](task)
    assert (outcome["added"], outcome["failed"]) == ("2", "0")
    assert outcome["bytes"] == str(len(QUESTION) + len(ANSWER))
    lines = json.loads(outcome["lines"])
    assert {line["status"] for line in lines} == {"added"}
    known = {"file", "sha256", "status", "id"}
    assert all(set(line) == known for line in lines), "no name outlives it"
    assert sorted(records(service)) == [
        ("answer.txt", "officer", "closed"),
        ("question.txt", "officer", "closed"),
    ]
    assert list(spool_root(service.settings).iterdir()) == []
    assert list(progress_root(service.settings).iterdir()) == []


def test_what_an_earlier_attempt_took_in_is_not_taken_in_twice(service, uploaded):
    take_in(uploaded(("question.txt", QUESTION)))
    outcome = take_in(uploaded(("question.txt", QUESTION), ("answer.txt", ANSWER)))
    assert (outcome["added"], outcome["duplicate"]) == ("1", "1")
    assert len(records(service)) == 2


def test_an_interrupted_intake_keeps_its_upload_and_goes_on_later(service, uploaded):
    asked = []
    task = uploaded(
        ("question.txt", QUESTION),
        ("answer.txt", ANSWER),
        must_stop=lambda: asked.append(1) or len(asked) > 1,
    )
    with pytest.raises(Interrupted):
        take_in(task)
    assert len(records(service)) == 1
    asked.clear()
    again = Task(
        service=service,
        job_id=task.job_id,
        kind=task.kind,
        args=task.args,
        attempt=2,
        must_stop=lambda: False,
    )
    outcome = take_in(again)
    assert (outcome["added"], outcome["duplicate"]) == ("1", "1")


def test_what_was_taken_in_is_found(service, uploaded):
    take_in(uploaded(("answer.txt", ANSWER)))
    with Indexer(service) as indexer:
        indexer.catch_up()
    assert service.search().stat().documents == 1


def test_a_disabled_account_takes_in_nothing(service, uploaded):
    task = uploaded(("question.txt", QUESTION))

    def disable(ctx):
        ctx.root.accounts["officer"].disabled = True

    service.run(SYSTEM, disable)
    with pytest.raises(NotAllowed, match="disabled"):
        take_in(task)
    assert records(service) == []


def test_an_upload_that_is_gone_is_told(service, uploaded):
    task = uploaded(("question.txt", QUESTION))
    Spool(spool_root(service.settings), task.args["spool"]).remove()
    with pytest.raises(StorageError, match="upload it again"):
        take_in(task)


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"acess": "open"}, InvalidRequest),
        ({"access": "secret"}, InvalidRequest),
        ({"class": "NO.SUCH"}, NotFound),
    ],
)
def test_options_that_cannot_be_kept_are_refused_before_they_are_queued(
    service, options, error
):
    with pytest.raises(error):
        service.run(OFFICER, lambda ctx: queue_intake(ctx, "0" * 32, options))
    assert service.view(SYSTEM, lambda ctx: len(ctx.root.jobs.open)) == 0


def test_only_who_may_capture_may_queue_an_intake(service):
    reader = Actor(login="reader", role="reader")
    with pytest.raises(NotAllowed):
        service.run(reader, lambda ctx: queue_intake(ctx, "0" * 32))


def test_an_upload_is_waited_for_until_its_job_is_done(service, uploaded):
    task = uploaded(("question.txt", QUESTION))
    key = task.args["spool"]
    assert service.view(SYSTEM, spool_keys_waited_for) == {key}

    def finish(ctx):
        ctx.root.jobs.cancel(ctx.root.jobs.jobs[task.job_id], ctx.now())

    service.run(SYSTEM, finish)
    assert service.view(SYSTEM, spool_keys_waited_for) == frozenset()
