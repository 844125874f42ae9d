"""Bytes are read once on the way in, and equal bytes are not read again."""

import io

import pytest

import recordsvc.jobs.intake as intake_module
from ingest.isolate import ExtractionPool
from recordsvc.services import crosswalks


class Counting(io.BytesIO):
    """A stream that counts the bytes that are read from it."""

    def __init__(self, content):
        super().__init__(content)
        self.count = 0

    def read(self, size=-1):
        found = super().read(size)
        self.count += len(found)
        return found

    def readinto(self, buffer):
        size = super().readinto(buffer)
        self.count += size
        return size


@pytest.fixture
def read(monkeypatch):
    """Return the names of the files that were given to the readers."""
    names = []
    submit = ExtractionPool.submit

    def noting(self, key, path, name, hints=None, **more):
        names.append(name)
        submit(self, key, path, name, hints or {}, **more)

    monkeypatch.setattr(ExtractionPool, "submit", noting)
    return names


@pytest.mark.parametrize("size", [0, 1, 100, 1 << 20, (3 << 20) + 7])
def test_no_byte_of_a_source_is_read_twice_on_the_way_in(archive, size):
    source = Counting(b"x" * size)
    stored = archive.service.bitstreams.put(source)
    assert (stored.bytes, source.count) == (size, size)


def test_a_file_taken_in_again_is_a_duplicate_without_being_read(archive, read):
    path = archive.file("a.txt", "The House met.")
    first = archive.take_in(path)
    again = archive.take_in(path)
    assert [line["status"] for line in (*first, *again)] == ["added", "duplicate"]
    assert again[0]["id"] == first[0]["id"]
    assert read == ["a.txt"]


def test_equal_files_of_one_run_are_read_once(archive, read):
    paths = [archive.file(f"{n}.txt", "The House met.") for n in range(6)]
    lines = archive.take_in(*paths)
    assert [line["status"] for line in lines] == ["added"] + ["duplicate"] * 5
    assert len(read) == 1


def test_a_duplicate_with_a_wrong_class_is_still_refused(archive):
    path = archive.file("a.txt", "The House met.")
    archive.take_in(path)
    (line,) = archive.take_in(path, **{"class": "NONE"})
    assert line["status"] == "failed"
    assert "unknown class" in line["error"]


def test_a_newer_version_reads_the_bytes_again_and_keeps_what_was_said(
    archive, read, monkeypatch
):
    path = archive.file("a.txt", "Minutes of the meeting\n\n3 March 2020\n")
    (line,) = archive.take_in(path, title="As we call it")
    revision = archive.record(line["id"], lambda r: r.revision)
    for module in (crosswalks, intake_module.capturing):
        monkeypatch.setattr(module, "READER", "next")
    (again,) = archive.take_in(path)
    assert again["status"] == "duplicate"
    assert read == ["a.txt", "a.txt"]
    found = archive.record(
        line["id"], lambda r: (r.files[0].reader, r.title, r.revision)
    )
    assert found == ("next", "As we call it", revision + 1)
    archive.take_in(path)
    assert len(read) == 2
