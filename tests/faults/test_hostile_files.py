"""Hostile files end within their limits while the service goes on answering."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path
from typing import Self

import pytest

from recordsvc.samples.build import build

from .hostile import hostile_files

pytestmark = [pytest.mark.faults, pytest.mark.slow]
COMMAND = [sys.executable, "-c", "from recordsvc.cli import main; main()"]
COUNT = int(os.environ.get("HOSTILE_FILES", "120"))
SEED = int(os.environ.get("HOSTILE_SEED", "1"))
HARD = os.environ.get("HOSTILE_SAMPLES", "")
SCALE_MIB = 256 if COUNT > 500 else 64
MAX_ANSWER_S = 0.5
SECONDS_A_FILE = 45.0
ENDS = {"added", "duplicate", "new_version", "quarantined"}


class Health:
    """Asks a served site how it is, as often as it can."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}/-/ready"
        self.seconds: list[float] = []
        self.failed: list[str] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._ask, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(10)

    def _ask(self) -> None:
        while not self._stop.wait(0.05):
            began = time.monotonic()
            try:
                with urllib.request.urlopen(self.url, timeout=10) as answer:
                    answer.read()
            except OSError as error:
                self.failed.append(str(error))
            self.seconds.append(time.monotonic() - began)

    @property
    def p99(self) -> float:
        return sorted(self.seconds)[int(len(self.seconds) * 0.99)]


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    config = tmp_path / "archive.ini"
    config.write_text(
        f"[app:main]\nrecordsvc.data_dir = {tmp_path / 'data'}\n"
        "recordsvc.default_access = open\nrecordsvc.ocr = off\n"
    )
    return {
        **{k: v for k, v in os.environ.items() if not k.startswith("RECORDSVC_")},
        "RECORDSVC_CONFIG": str(config),
        "TMPDIR": str(temporary),
        "PYTHONPATH": str(Path(__file__).resolve().parents[2]),
    }


@pytest.fixture
def port(environ: dict[str, str]):
    subprocess.run(
        [*COMMAND, "init", "--test"], env=environ, check=True, stdout=subprocess.DEVNULL
    )
    process = subprocess.Popen(
        [*COMMAND, "serve", "--port", "0"],
        env=environ,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    for line in process.stderr:
        if found := re.search(r"serving http://127.0.0.1:(\d+)/", line):
            break
    else:
        pytest.fail("the site was not served")
    threading.Thread(target=process.stderr.read, daemon=True).start()
    yield int(found[1])
    process.send_signal(signal.SIGTERM)
    process.wait(10)


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    build(tmp_path / "samples")
    folders = [tmp_path / "samples", *map(Path, filter(None, HARD.split(":")))]
    samples = [
        (path.name, path.read_bytes())
        for folder in folders
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.stat().st_size < 3_000_000
    ]
    folder = tmp_path / "hostile"
    folder.mkdir()
    files = hostile_files(COUNT, samples, seed=SEED, scale=SCALE_MIB)
    for number, (name, content) in enumerate(files):
        place = folder / f"{number:04d}"
        place.mkdir()
        (place / os.fsdecode(name)).write_bytes(content)
    return folder


@pytest.mark.timeout(SECONDS_A_FILE * COUNT)
def test_every_hostile_file_ends_and_the_site_answers_meanwhile(
    environ: dict[str, str],
    port: int,
    hostile: Path,
    capsys: pytest.CaptureFixture[str],
):
    began = time.monotonic()
    with Health(port) as health:
        process = subprocess.run(
            [*COMMAND, "--quiet", "ingest", str(hostile), "--recursive", "--jsonl"],
            env=environ,
            capture_output=True,
            text=True,
            timeout=SECONDS_A_FILE * COUNT,
            check=False,
        )
    seconds = time.monotonic() - began
    lines = [json.loads(line) for line in process.stdout.splitlines()]
    files = [line for line in lines if "path" in line and "message" not in line]
    statuses = dict.fromkeys(ENDS, 0)
    for line in files:
        statuses[line["status"]] = statuses.get(line["status"], 0) + 1
    with capsys.disabled():
        print(
            f"\n{COUNT} hostile files: {statuses} in {seconds:.0f} s; "
            f"{len(health.seconds)} health checks, p99 {health.p99 * 1000:.0f} ms, "
            f"longest {max(health.seconds) * 1000:.0f} ms"
        )
    assert process.returncode in {0, 5}, process.stderr
    assert len(files) == COUNT
    assert set(statuses) == ENDS, [x for x in files if x["status"] not in ENDS]
    assert all(line["id"] for line in files)
    assert health.failed == []
    assert health.p99 < MAX_ANSWER_S
    assert "root:" not in process.stdout
    assert not list(Path(environ["TMPDIR"]).iterdir())
