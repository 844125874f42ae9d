"""A store of before meets the step that brings the inbox and the bulk edits."""

from datetime import UTC, datetime

import pytest

from recordsvc.model import Record, new_archive
from recordsvc.model.root import ROOT_KEY
from recordsvc.services.triage import filing
from recordsvc.storage.evolve import triage as step

NOW = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.fixture
def root():
    """The root of a store that knows nothing of an inbox."""
    archive = new_archive("s", NOW, is_test=True)
    del archive.inbox, archive.unread, archive.bulk_edits
    return {ROOT_KEY: archive}


def test_what_is_there_is_filed_by_a_job(root):
    archive = root[ROOT_KEY]
    archive.records["01"] = Record("01")
    for _ in range(2):
        step.plant_inbox(root)
    (job,) = archive.jobs.open.values()
    assert job.kind == filing.FILE_INBOX
    assert archive.inbox.confidence is None
    assert len(archive.unread.entries) == len(archive.bulk_edits) == 0


def test_an_empty_store_has_nothing_to_file(root):
    step.plant_inbox(root)
    assert not root[ROOT_KEY].jobs.open


def test_the_word_of_the_step_is_that_of_the_services():
    assert step.FILE_INBOX == filing.FILE_INBOX
