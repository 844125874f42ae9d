"""A store of before meets the step that brings the book of likeness."""

from datetime import UTC, datetime

from recordsvc.model import new_archive
from recordsvc.model.root import ROOT_KEY
from recordsvc.storage.evolve.likeness import plant_likeness

NOW = datetime(2026, 3, 2, tzinfo=UTC)


def test_an_older_archive_gets_an_empty_book_that_follows_from_the_beginning():
    archive = new_archive("s", NOW, is_test=True)
    del archive.likeness
    for _ in range(2):
        plant_likeness({ROOT_KEY: archive})
    assert archive.likeness.followed == 0
    assert len(archive.likeness.key) == 16


def test_a_book_that_is_there_stays():
    archive = new_archive("s", NOW, is_test=True)
    book = archive.likeness
    plant_likeness({ROOT_KEY: archive})
    assert archive.likeness is book
