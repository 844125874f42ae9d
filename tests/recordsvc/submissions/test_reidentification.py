"""Formats identified anew: what is reported, and what is written."""

from dataclasses import replace

import pytest

from recordsvc.jobs.intake import Intake, IntakeOptions
from recordsvc.jobs.reidentification import Reidentification
from recordsvc.jobs.walk import walk
from recordsvc.services.errors import NotFound


@pytest.fixture
def record_id(service, actor, tmp_path):
    (tmp_path / "a.txt").write_bytes(b"A paper of plain text")
    lines = []
    intake = Intake(service, actor, IntakeOptions(), lines.append)
    intake.run(walk([str(tmp_path / "a.txt")], recursive=False))
    return lines[0]["id"]


@pytest.fixture
def forget(service, actor):
    """Let a record have been identified by older signatures."""

    def work(record_id, puid):
        def change(ctx):
            record = ctx.root.records[record_id]
            (expression,) = record.expressions
            (file,) = expression.manifestations
            older = replace(file, puid=puid or file.puid, signatures="V1")
            record.expressions = (replace(expression, manifestations=(older,)),)

        service.run(actor, change)

    return work


def run(service, actor, ids=None, **more):
    lines = []
    found = Reidentification(service, actor, report=lines.append, **more)
    return dict(found.run(ids)), lines


def test_what_is_known_already_is_the_same(service, actor, record_id):
    summary, lines = run(service, actor)
    assert summary["same"] == 1
    assert lines == []


@pytest.mark.parametrize("known", [("fmt/1", "changed"), ("", "confirmed")])
def test_a_difference_is_reported_and_nothing_is_written(
    service, actor, record_id, forget, known
):
    puid, outcome = known
    forget(record_id, puid)
    summary, (line,) = run(service, actor, [record_id])
    assert (summary[outcome], line["outcome"]) == (1, outcome)
    assert line["before"]["signatures"] == "V1"
    assert line["now"]["signatures"].startswith("DROID_SignatureFile_V")
    assert not line["updated"]
    assert run(service, actor)[0][outcome] == 1


def test_an_update_writes_it_with_an_event(service, actor, record_id, forget):
    forget(record_id, "fmt/1")
    summary, (line,) = run(service, actor, update=True)
    assert (summary["updated"], line["updated"]) == (1, True)
    events = service.view(actor, lambda c: c.root.records[record_id].events)
    assert events[-1].type == "identify"
    facts = dict(events[-1].facts)
    assert (facts["before"], facts["after"]) == ("fmt/1", line["now"]["puid"])
    assert run(service, actor)[0]["same"] == 1


def test_a_record_that_is_not_there_is_not_found(service, actor):
    with pytest.raises(NotFound):
        run(service, actor, ["0" * 32])
