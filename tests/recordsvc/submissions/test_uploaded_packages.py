"""Packages that are uploaded are taken apart when whoever sends them asks for it."""

import io
import json

import jsonschema
import pytest

from recordsvc.jobs.handlers import HANDLERS
from recordsvc.jobs.task import Interrupted, Task
from recordsvc.model import Job
from recordsvc.services.context import Actor
from recordsvc.services.queueing import queue_intake, spool_root
from recordsvc.services.receipts import receipts_of
from recordsvc.services.uploading import job_mapping
from recordsvc.storage.spool import Spool

from .packages import bag_of, below, zip_of
from .test_submission import SCHEMA

OFFICER = Actor(login="officer", role="officer")
PAPERS = {"secret-name.txt": b"Minutes of the sitting", "b.txt": b"Order of business"}


@pytest.fixture
def uploaded(service):
    def upload(*files, unpack=True, is_trial=False, must_stop=lambda: False):
        spool = Spool(spool_root(service.settings))
        for name, content in files:
            spool.add(name, io.BytesIO(content))
        spool.seal()

        def queue(ctx):
            job = queue_intake(ctx, spool.key, None, unpack=unpack, is_trial=is_trial)
            return {"job_id": job.id, "kind": job.kind, "args": dict(job.args)}

        queued = service.run(OFFICER, queue)
        return Task(service=service, attempt=1, must_stop=must_stop, **queued)

    return upload


@pytest.fixture
def done(service):
    """Do a task and let its job remember the outcome."""

    def work(task):
        outcome = HANDLERS[task.kind](task)

        def remember(ctx):
            job: Job = ctx.root.jobs.jobs[task.job_id]
            job.outcome = tuple(sorted(outcome.items()))

        service.run(OFFICER, remember)
        return outcome

    return work


def test_the_papers_of_a_package_come_beside_those_that_came_alone(
    done, uploaded, tmp_path
):
    package = zip_of(tmp_path / "p.zip", PAPERS).read_bytes()
    outcome = done(uploaded(("p.zip", package), ("alone.txt", b"A paper alone")))
    assert (outcome["added"], outcome["failed"]) == ("3", "0")


def test_without_the_wish_an_archive_is_one_paper(done, uploaded, tmp_path):
    package = zip_of(tmp_path / "p.zip", PAPERS).read_bytes()
    outcome = done(uploaded(("p.zip", package), unpack=False))
    assert outcome["added"] == "1"
    assert "receipts" not in outcome


def test_the_receipt_is_kept_without_names_and_told_with_them(
    done, uploaded, service, tmp_path
):
    package = zip_of(tmp_path / "p.zip", PAPERS).read_bytes()
    task = uploaded(("p.zip", package))
    outcome = done(task)
    assert "secret-name" not in json.dumps(dict(outcome))
    said = service.view(OFFICER, lambda c: receipts_of(c, task.job_id))
    (receipt,) = said["receipts"]
    jsonschema.validate(receipt, json.loads(SCHEMA.read_text()))
    paths = {file["path"] for file in receipt["files"]}
    assert paths == {"secret-name.txt", "b.txt"}
    job = service.view(OFFICER, lambda c: job_mapping(c, c.root.jobs.jobs[task.job_id]))
    assert job["has_receipts"]
    assert len(job["files"]) == 3


def test_a_package_that_breaks_rules_says_which(done, uploaded, service, tmp_path):
    files = bag_of(PAPERS) | {"data/more.txt": b"unlisted"}
    package = zip_of(tmp_path / "p.zip", below("p", files)).read_bytes()
    task = uploaded(("p.zip", package))
    outcome = done(task)
    assert (outcome["added"], outcome["failed"]) == ("0", "1")
    (line,) = json.loads(outcome["lines"])
    assert line["status"] == "refused"
    assert "no manifest lists it" in line["error"]
    said = service.view(OFFICER, lambda c: receipts_of(c, task.job_id))
    assert said["receipts"][0]["rules"][0]["code"] == "unlisted-file"


def test_a_paper_in_the_form_of_a_zip_stays_a_paper(done, uploaded, tmp_path):
    paper = {"[Content_Types].xml": b"<T/>", "word/document.xml": b"<w>text</w>"}
    content = zip_of(tmp_path / "a.docx", paper).read_bytes()
    outcome = done(uploaded(("a.docx", content)))
    assert outcome["failed"] == "0"
    assert "receipts" not in outcome


def test_a_trial_keeps_nothing(done, uploaded, service, tmp_path):
    package = zip_of(tmp_path / "p.zip", PAPERS).read_bytes()
    outcome = done(uploaded(("p.zip", package), is_trial=True))
    assert outcome["added"] == "2"
    assert service.view(OFFICER, lambda c: len(c.root.records)) == 0


def test_an_upload_that_is_stopped_within_a_package_goes_on_later(
    done, uploaded, service, tmp_path
):
    package = zip_of(tmp_path / "p.zip", PAPERS).read_bytes()
    asked = iter([False, True])
    task = uploaded(("p.zip", package), must_stop=lambda: next(asked))
    with pytest.raises(Interrupted):
        HANDLERS[task.kind](task)
    again = Task(
        service=service,
        job_id=task.job_id,
        kind=task.kind,
        args=task.args,
        attempt=2,
        must_stop=lambda: False,
    )
    outcome = done(again)
    assert (outcome["duplicate"], outcome["added"]) == ("1", "1")
