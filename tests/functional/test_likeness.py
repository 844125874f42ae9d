"""Alike papers on the command line, and the same papers twice."""

import hashlib
import os
import random
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.ingest.made import text_pdf

from .conftest import Cli

# The whole promise is 5,000; a run of every commit makes fewer.
FILES = int(os.environ.get("RECORDSVC_DUPLICATES", "300"))
TEXT = " ".join(f"clause {n} of the harbour bill is about berth {n}" for n in range(30))


@pytest.fixture
def alike(make_store: Callable[..., Cli], tmp_path: Path) -> tuple[Cli, str, str]:
    """Return a store with two papers of one text."""
    cli = make_store()
    for name, text in (("one.txt", TEXT), ("other.txt", f"{TEXT.upper()}\n")):
        (tmp_path / name).write_text(text)
    lines = cli.ingest(str(tmp_path / "one.txt"), str(tmp_path / "other.txt"))
    return cli, *(line["id"] for line in lines[:2])


def test_papers_are_found_joined_shown_and_parted(alike):
    cli, one, other = alike
    found = cli.ok("likeness", "--json").json
    (pair,) = found["pairs"]
    assert pair["kind"] == "same-text"
    assert "same-text" in cli.ok("likeness", one).out
    done = cli.ok("likeness", "--accept", pair["id"], "--json").json
    assert {done["accepted"][0]["record"]} <= {one, other}
    kept = done["accepted"][0]["record"]
    gone = other if kept == one else one
    called = cli.ok("show", gone)
    assert f"joined: {gone}" in called.out
    assert cli.ok("show", gone, "--json").json["id"] == kept
    assert cli("edit", gone, "title=x", "--if-match", "1").code == 6
    assert cli.ok("index", "verify").code == 0
    assert cli.ok("audit", "verify").code == 0
    cli.ok("unjoin", gone, "--reason", "they are two")
    assert cli.ok("show", gone, "--json").json["id"] == gone
    assert cli.ok("likeness", "--all", "--json").json["pairs"] == []
    assert cli.ok("audit", "verify").code == 0
    cli.ok("join", kept, gone, "--reason", "they are one after all")


def test_two_papers_are_compared_on_the_terminal(make_store, tmp_path):
    cli = make_store()
    new = TEXT.replace("berth 7 ", "quay 7 ")
    for name, text in (("old.txt", TEXT), ("new.txt", new)):
        (tmp_path / name).write_text(text)
    lines = cli.ingest(str(tmp_path / "old.txt"), str(tmp_path / "new.txt"))
    ids = [line["id"] for line in lines[:2]]
    told = cli.ok("compare", *ids).out
    assert "[- berth -]" in told
    assert "{+ quay +}" in told
    assert cli.ok("compare", *ids, "--json").json["counts"]["changed"] == 1
    assert cli("compare", ids[0], ids[0]).code == 2
    assert cli("compare", ids[0], "0" * 32).code == 3


@pytest.mark.slow
@pytest.mark.timeout(1_800)
def test_the_same_files_twice_are_duplicates_and_no_new_bytes(make_store, tmp_path):
    cli = make_store()
    folder = tmp_path / "papers"
    folder.mkdir()
    chance = random.Random(4)
    for number in range(FILES):
        words = " ".join(
            hashlib.sha256(chance.randbytes(8)).hexdigest()[:6] for _ in range(60)
        )
        if number % 10:
            (folder / f"{number}.txt").write_text(f"Paper {number}\n{words}")
        else:
            (folder / f"{number}.pdf").write_bytes(text_pdf(f"Paper {number}", words))
    seconds = []
    summaries = []
    held = []
    for _ in range(2):
        began = time.monotonic()
        called = cli.ok("ingest", str(folder), "--recursive", "--jsonl")
        seconds.append(time.monotonic() - began)
        summaries.append(called.lines[-1]["summary"])
        held.append(_bytes_held(cli.data_dir / "bitstreams"))
    print(f"{FILES} files: {seconds[0]:.1f} s, again {seconds[1]:.1f} s")
    assert summaries[0]["added"] == FILES
    assert (summaries[1]["added"], summaries[1]["duplicate"]) == (0, FILES)
    assert held[0] == held[1]


def _bytes_held(folder: Path) -> tuple[int, int]:
    sizes = [path.stat().st_size for path in folder.rglob("*") if path.is_file()]
    return len(sizes), sum(sizes)
