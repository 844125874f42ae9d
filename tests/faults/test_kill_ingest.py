"""A killed ingest loses nothing it acknowledged, and needs no repair by hand."""

import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.faults
COMMAND = [sys.executable, "-c", "from recordsvc.cli import main; main()"]
KILLS = int(os.environ.get("RECORDSVC_KILLS", "2"))


class Archive:
    """A store of its own, driven by real processes."""

    def __init__(self, folder: Path) -> None:
        self.data = folder / "data"
        self.temporary = folder / "tmp"
        self.temporary.mkdir()
        self.environ = {
            **os.environ,
            "RECORDSVC_DATA_DIR": str(self.data),
            "TMPDIR": str(self.temporary),
        }
        self.run("init", "--json")

    def start(self, *words: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*COMMAND, *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=self.environ,
        )

    def run(self, *words: str, codes: tuple[int, ...] = (0,)) -> str:
        process = self.start(*words)
        out, err = process.communicate(timeout=240)
        assert process.returncode in codes, (words, process.returncode, err)
        return out

    def json(self, *words: str) -> Any:
        return json.loads(self.run(*words, "--json"))


def _killed_ingest(archive: Archive, folder: Path, moment: int) -> list[dict[str, Any]]:
    """Ingest, kill after so many lines, return what was acknowledged."""
    process = archive.start("--quiet", "ingest", str(folder), "--recursive", "--jsonl")
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(json.loads(line))
        if len(lines) >= moment:
            time.sleep(random.uniform(0, 0.15))
            process.send_signal(signal.SIGKILL)
            break
    # What had been written before the kill was said; a torn line was not.
    rest = process.stdout.read().splitlines(keepends=True)
    lines += [json.loads(line) for line in rest if line.endswith("\n")]
    process.communicate(timeout=60)
    return [line for line in lines if "path" in line]


def _check(archive: Archive, folder: Path, kills: int) -> dict[str, int]:
    files = [p for p in folder.rglob("*") if p.is_file()]
    digests = {hashlib.sha256(p.read_bytes()).hexdigest() for p in files}
    acknowledged: dict[str, Mapping[str, Any]] = {}
    for _ in range(kills):
        moment = random.randint(1, max(1, len(files) - 2))
        for line in _killed_ingest(archive, folder, moment):
            assert line["status"] in {"added", "duplicate", "quarantined"}, line
            acknowledged[line["id"]] = line
    for line in list(acknowledged.values()):
        shown = archive.json("show", line["id"])
        assert [c["sha256"] for c in shown["components"]] == [line["sha256"]]
        stored = next(archive.data.glob(f"bitstreams/**/{line['sha256']}"))
        assert hashlib.sha256(stored.read_bytes()).hexdigest() == line["sha256"]
    again = archive.run(
        "--quiet", "ingest", str(folder), "--recursive", "--jsonl"
    ).splitlines()
    summary = json.loads(again[-1])["summary"]
    assert summary["failed"] == 0
    ids = {json.loads(line)["id"] for line in again[:-1]}
    assert set(acknowledged) <= ids
    assert len(ids) == len(digests), "one record for each distinct file"
    archive.run("index", "verify")
    found = archive.json("search", "", "--limit", "0")
    assert found["total"] == len(ids)
    assert list(archive.temporary.iterdir()) == []
    return {"acknowledged": len(acknowledged), "records": len(ids)}


@pytest.fixture
def many_files(tmp_path: Path) -> Path:
    folder = tmp_path / "papers"
    folder.mkdir()
    for number in range(60):
        text = f"<html><title>Paper {number}</title><p>Text zq{number}x of paper.</p>"
        (folder / f"{number}.html").write_text(text * (1 + number % 5))
    return folder


def test_a_killed_ingest_keeps_every_acknowledged_paper(
    tmp_path: Path, many_files: Path
) -> None:
    counts = _check(Archive(tmp_path), many_files, KILLS)
    print(f"\n{KILLS} kills: {counts}")


@pytest.mark.real
@pytest.mark.slow
def test_a_killed_ingest_of_real_papers_keeps_what_it_said(
    tmp_path: Path, papers: Path
) -> None:
    counts = _check(Archive(tmp_path), papers / "lk", KILLS)
    print(f"\n{KILLS} kills over real papers: {counts}")


def test_an_interrupted_ingest_keeps_what_is_done_and_says_how_to_go_on(
    tmp_path: Path, many_files: Path
) -> None:
    archive = Archive(tmp_path)
    for number in range(400):
        (many_files / f"more-{number}.txt").write_text(f"More text, number {number}.")
    process = archive.start("ingest", str(many_files), "--recursive", "--jsonl")
    assert process.stdout is not None
    process.stdout.readline()
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Repeat the same command to go on" in err
    archive.run("index", "verify")
    assert list(archive.temporary.iterdir()) == []
