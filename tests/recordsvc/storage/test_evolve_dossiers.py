"""A store of before meets the step by which dossiers know what has gone from them."""

from datetime import UTC, datetime

import pytest

from recordsvc.model import Aggregation, Record, new_archive
from recordsvc.model.record import Tombstone
from recordsvc.model.root import ROOT_KEY
from recordsvc.services.classification.aggregations import (
    DISPOSED_OF,
    disposed_within,
    records_within,
)
from recordsvc.services.disposal.removing import CAPTURE_UNDONE, RETURNED
from recordsvc.storage.evolve import dossiers

NOW = datetime(2026, 3, 2, tzinfo=UTC)


def stone(authority):
    return Tombstone(
        title="t",
        type="paper",
        class_code="A",
        class_title="A",
        authority=authority,
        executor="olga",
        method="m",
        started_at=NOW,
    )


@pytest.fixture
def root():
    """The root of a store whose dossiers know nothing of what has gone."""
    archive = new_archive("s", NOW, is_test=True)
    del archive.dwindling
    for file_id, parent in (("aa", None), ("bb", "aa"), ("cc", None)):
        made = archive.aggregations[file_id] = Aggregation(file_id, "File", "A")
        made.parent = parent
    archive.by_aggregation.add(("aa", "vbb"))
    for record_id, file_id, authority in (
        ("01", "bb", "list"),
        ("02", "cc", CAPTURE_UNDONE),
        ("03", "cc", RETURNED),
        ("04", "cc", None),
        ("05", None, "list"),
        ("06", "elsewhere", "list"),
    ):
        record = archive.records[record_id] = Record(record_id)
        record.aggregation = file_id
        record.tombstone = stone(authority) if authority else None
    archive.by_aggregation.add(("cc", "04"))
    return {ROOT_KEY: archive}


def test_what_was_destroyed_is_counted_and_what_was_taken_back_is_not(root):
    for _ in range(2):
        dossiers.count_dossiers(root)
        archive = root[ROOT_KEY]
        assert list(archive.dwindling) == ["aa", "bb"]
        files = archive.aggregations
        assert disposed_within(archive, files["aa"]) == ("01",)
        assert disposed_within(archive, files["bb"]) == ("01",)
        assert disposed_within(archive, files["cc"]) == ()
        assert records_within(archive, files["cc"]) == ("04",)


def test_the_step_uses_the_words_that_the_service_uses():
    assert dossiers.DISPOSED_OF == DISPOSED_OF
    assert {CAPTURE_UNDONE, RETURNED} == dossiers.NOT_DISPOSED_OF
