"""Readers and pools that end."""

from pathlib import Path

import pytest

from ingest.extractors.registry import extract
from ingest.isolate import ExtractionPool
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
