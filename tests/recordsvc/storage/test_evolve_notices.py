"""A store of before meets the step that brings notices beside the due list."""

from datetime import UTC, date, datetime

import pytest

from recordsvc.model import Record, ScheduleVersion, new_archive
from recordsvc.model.record import Appraisal
from recordsvc.model.root import ROOT_KEY
from recordsvc.services.retention import notices, recalculating
from recordsvc.storage.evolve import notices as step

NOW = datetime(2026, 3, 2, tzinfo=UTC)


def appraised(record_id, until):
    record = Record(record_id)
    record.appraisals = (
        Appraisal(
            verdict="keep" if until else "permanent",
            reason="r",
            login="olga",
            on=date(2025, 1, 2),
            until=until,
        ),
    )
    return record


@pytest.fixture
def root():
    """The root of a store that knows nothing of notices."""
    archive = new_archive("s", NOW, is_test=True)
    del archive.by_notice
    archive.records["01"] = appraised("01", "2040-01-01")
    archive.records["02"] = appraised("02", None)
    archive.records["03"] = Record("03")
    return {ROOT_KEY: archive}


def test_manual_dates_are_filed_and_the_rest_is_computed_anew(root):
    archive = root[ROOT_KEY]
    archive.schedule_versions[1] = ScheduleVersion(1, "", "")
    for _ in range(2):
        step.plant_notices(root)
    assert list(archive.by_notice) == [(notices.MANUAL, "2025-01-02", "01")]
    (job,) = archive.jobs.open.values()
    assert job.kind == recalculating.RECALCULATE


def test_without_a_schedule_there_is_nothing_to_compute(root):
    step.plant_notices(root)
    assert not root[ROOT_KEY].jobs.open


def test_the_words_of_the_step_are_those_of_the_services():
    assert (step.MANUAL, step.RECALCULATE) == (
        notices.MANUAL,
        recalculating.RECALCULATE,
    )
