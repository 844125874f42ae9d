"""Scanned papers on the command line: kept at once, read afterwards, read again."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ingest.errors import OCRMissingError
from ingest.ocr import find_tesseract
from tests.ingest.made_scans import scanned_pdf

from .conftest import CONFIG, Cli

ACT = (
    "PARLIAMENT OF THE DEMOCRATIC",
    "SOCIALIST REPUBLIC OF SRI LANKA",
    "",
    "CAMEL REGISTRATION",
    "ACT, No. 7 OF 1998",
    "",
    "[Certified on 12th March, 1998]",
)
BODY = ("Every dromedary shall be registered", "by the Commissioner of Camels.")


@pytest.fixture(scope="module", autouse=True)
def tesseract() -> None:
    try:
        find_tesseract()
    except OCRMissingError as missing:
        pytest.skip(f"{missing} (Debian package tesseract-ocr)")


def scan(folder: Path, name: str, *pages: tuple[str, ...]) -> str:
    path = folder / name
    path.write_bytes(scanned_pdf(*pages))
    return str(path)


def test_a_scan_is_read_found_by_page_and_described(cli: Cli, tmp_path: Path) -> None:
    called = cli.ok("ingest", scan(tmp_path, "a.pdf", ACT, BODY), "--jsonl")
    line, summary = called.lines
    # The acknowledgement comes before the text.
    assert (line["text"], line["status"]) == ("none", "added")
    assert "summary" in summary
    assert "reading text from pictures" in called.err
    hit = cli.ok("search", "dromedary", "--json").json["hits"][0]
    assert hit["id"] == line["id"]
    assert hit["snippets"][0]["page"] == 2
    assert hit["title"] == "Camel Registration Act, No. 7 of 1998"
    shown = cli.ok("show", line["id"], "--json").json
    assert shown["date"] == "1998-03-12"
    assert shown["provenance"]["date"]["how"] == "ocr"
    assert shown["provenance"]["date"]["confidence"] < 0.95
    component = shown["components"][0]
    assert (component["text"], component["recognition"]) == ("ocr", "done")
    assert component["confidence"] > 0.7
    assert [e["type"] for e in shown["events"]] == ["capture", "ocr"]
    assert "Commissioner" in cli.ok("text", line["id"], "--page", "2").out
    assert cli("ocr").code == 7
    assert cli.ok("index", "verify").code == 0


def test_no_wait_leaves_the_reading_to_others(cli: Cli, tmp_path: Path) -> None:
    paper = scan(tmp_path, "b.pdf", ("A pangolin was seen.",))
    (line, _) = cli.ok("ingest", paper, "--no-wait", "--jsonl").lines
    shown = cli.ok("show", line["id"], "--json").json
    assert shown["components"][0]["recognition"] == "awaited"
    told = cli.ok("ocr", "--json").json
    assert told["summary"] == {"done": 1}
    assert told["papers"][0]["id"] == line["id"]
    assert cli.ok("search", "pangolin", "--json").json["total"] == 1


def test_a_paper_is_read_again_in_another_language(
    make_store: Callable[..., Cli], tmp_path: Path
) -> None:
    cli = make_store()
    (line,) = cli.ingest(scan(tmp_path, "c.pdf", ("O tatu foi visto.",)))
    asked = cli("ocr", line["id"], "--language", "xxx", "--json")
    # The text that there was stays.
    assert asked.code == 0
    assert any("ocr:again" in w for w in asked.json["papers"][0]["warnings"])
    assert cli.ok("search", "tatu", "--json").json["total"] == 1
    told = cli.ok("ocr", line["id"], "--jsonl").lines
    assert told[0]["state"] == "done"
    assert not any("ocr:" in w for w in told[0]["warnings"])
    assert told[-1] == {"summary": {"done": 1}}
    assert cli.ok("ocr", "--all", "--no-wait").code == 0
    assert cli("ocr", line["id"], "--all").code == 2
    assert cli("ocr", "0" * 32).code == 3
    assert cli.ok("audit", "verify").code == 0


def test_without_tesseract_the_outcome_is_kept(
    make_store: Callable[..., Cli], tmp_path: Path
) -> None:
    cli = make_store()
    empty = tmp_path / "bin"
    empty.mkdir()
    paper = scan(tmp_path, "d.pdf", ("A wombat was heard.",))
    called = cli("ingest", paper, "--jsonl", PATH=str(empty))
    assert called.code == 0
    record = called.lines[0]["id"]
    warnings = cli.ok("show", record, "--json").json["components"][0]["warnings"]
    assert any("no OCR: tesseract is not installed" in w for w in warnings)
    found = cli.ok("doctor", "--json", PATH=str(empty)).json["findings"]
    (finding,) = [f for f in found if f["what"] == "ocr"]
    assert finding["state"] == "note"
    assert "tesseract-ocr" in finding["detail"]
    # It has been installed since.
    assert cli.ok("ocr", "--json").json["summary"] == {"done": 1}
    assert cli.ok("search", "wombat", "--json").json["total"] == 1
    (finding,) = [
        f for f in cli.ok("doctor", "--json").json["findings"] if f["what"] == "ocr"
    ]
    assert finding["state"] == "good"


def test_a_package_is_taken_back_and_its_text_read_anew(
    make_store: Callable[..., Cli], tmp_path: Path
) -> None:
    home, away = make_store(), make_store()
    (line,) = home.ingest(scan(tmp_path, "e.pdf", ACT, BODY))
    home.ok("export", "--id", line["id"], "-o", str(tmp_path / "out"))
    away.ok("bag", "import", *map(str, (tmp_path / "out").iterdir()))
    assert away.ok("search", "dromedary", "--json").json["total"] == 1
    before = home.ok("show", line["id"], "--json").json
    after = away.ok("show", line["id"], "--json").json
    for field in ("title", "titles", "date", "identifiers", "provenance", "components"):
        assert before[field] == after[field], field


@pytest.mark.slow
def test_a_killed_reading_goes_on_where_it_was(
    make_store: Callable[..., Cli], tmp_path: Path
) -> None:
    cli = make_store()
    papers = [
        scan(tmp_path, f"{n}.pdf", (f"Paper {n} of the axolotl.",)) for n in range(6)
    ]
    cli.ok("ingest", *papers, "--no-wait", "--jsonl")
    clean = {k: v for k, v in os.environ.items() if not k.startswith("RECORDSVC_")}
    clean |= {"RECORDSVC_DATA_DIR": str(cli.data_dir), "RECORDSVC_CONFIG": CONFIG}
    started = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "from recordsvc.cli import main; main()",
            "ocr",
            "--jsonl",
        ],
        env=clean,
        stdout=subprocess.PIPE,
    )
    assert started.stdout is not None
    assert b'"done"' in started.stdout.readline()
    started.send_signal(signal.SIGKILL)
    started.communicate(timeout=20)
    end = time.monotonic() + 60
    while cli("ocr", "--json").code not in {0, 7}:
        assert time.monotonic() < end
    hits = cli.ok("search", "axolotl", "--json").json
    assert hits["total"] == 6
    assert cli.ok("index", "verify").code == 0
    scratch = cli.data_dir / "scratch"
    assert not list(scratch.iterdir())
    assert len(cli.ok("jobs", "list", "--json").json["jobs"]) <= 3
