"""Readers and pools that end; the real papers, read once."""

import csv
from pathlib import Path

import pytest

from ingest.describe import describe
from ingest.errors import OCRMissingError
from ingest.extractors.registry import extract
from ingest.isolate import ExtractionPool
from ingest.ocr import find_tesseract
from ingest.ocrreader import OCRReader
from ingest.ocrtext import NEEDS_OCR
from tests.ingest.made import FAST, processes_in


@pytest.fixture
def read(tmp_path):
    """Return a function that extracts bytes under a name, in this process."""

    def reader(content, name="paper"):
        path = tmp_path / "bitstream"
        path.write_bytes(content)
        with path.open("rb") as file:
            return extract(file, name=name)

    return reader


@pytest.fixture(scope="session")
def described(papers):
    """Return every real paper, read under a name that says nothing, described."""
    found = []
    with (papers / "manifest.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for number, row in enumerate(rows):
        path = papers / row["file"]
        with path.open("rb") as paper:
            extraction = extract(paper, name=f"x{number}{path.suffix}")
        found.append((row, extraction, describe(extraction), path))
    return found


@pytest.fixture(scope="session")
def recognised(described, tmp_path_factory):
    """Return the pictures of papers, described by what OCR reads in them.

    Those of which nothing is stated are left out: they take long.
    """
    try:
        tesseract = find_tesseract()
    except OCRMissingError as missing:
        pytest.skip(f"{missing} (Debian package tesseract-ocr)")
    found = []
    scratch = tmp_path_factory.mktemp("scratch")
    with OCRReader(tesseract, scratch=scratch) as reader:
        for row, extraction, _, path in described:
            is_picture = any(w.code == NEEDS_OCR for w in extraction.warnings)
            if is_picture and (row["title"] or row["date"]):
                numbers = range(1, (extraction.page_count or 1) + 1)
                pages = list(reader.pages(path, numbers, ("eng",)))
                answer = reader.describe(path, pages, name="x.pdf", hints={})
                found.append((row, answer.extraction, answer.description, path))
    return found


@pytest.fixture
def scratch(tmp_path):
    folder = tmp_path / "scratch"
    yield folder
    assert not folder.exists() or list(folder.iterdir()) == []
    assert processes_in(folder) == []


@pytest.fixture
def misbehaving(scratch, monkeypatch):
    """Return a function that opens a pool whose text commands what it does."""
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    pools = []

    def open_pool(workers=1, limits=FAST):
        pool = ExtractionPool(
            workers, scratch=scratch, finish="misbehaviour:obey", limits=limits
        )
        pools.append(pool)
        return pool

    yield open_pool
    for pool in pools:
        pool.close()


@pytest.fixture
def command(tmp_path):
    """Return a function that makes a text file and submits it."""
    made = 0

    def submit(pool, text, name="command.txt"):
        nonlocal made
        made += 1
        path = tmp_path / f"file-{made}"
        path.write_text(text)
        pool.submit(text, path, name)

    return submit
