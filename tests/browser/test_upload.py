"""The upload page in a real browser: progress, pause, a server that dies."""

import hashlib
import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = [pytest.mark.browser]
ROOT = Path(__file__).resolve().parents[2]
COMMAND = [sys.executable, "-c", "from recordsvc.cli import main; main()"]
PASSWORD = "a-long-password"


class Office:
    """A served archive with one librarian, whose server can be killed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environ = {
            **os.environ,
            "RECORDSVC_DATA_DIR": str(folder / "data"),
            "PYTHONPATH": str(ROOT),
        }
        (folder / "password").write_text(PASSWORD)
        secret = ("--password-file", str(folder / "password"))
        self.run("init", "--test")
        self.run("user", "add", "lena", "--role", "librarian", *secret)
        self.port = 0
        self.serve()

    def run(self, *words: str) -> str:
        done = subprocess.run(
            [*COMMAND, *words],
            capture_output=True,
            check=True,
            timeout=120,
            env=self.environ,
            cwd=self.folder,
        )
        return done.stdout.decode()

    def serve(self) -> None:
        self.server = subprocess.Popen(
            [*COMMAND, "serve", "--port", str(self.port)],
            stderr=subprocess.PIPE,
            env=self.environ,
            cwd=self.folder,
        )
        assert self.server.stderr is not None
        for line in self.server.stderr:
            if address := re.search(rb"serving http://127.0.0.1:(\d+)/", line):
                self.port = int(address[1])
                return
        pytest.fail("the site did not start")

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@pytest.fixture(scope="module")
def office(chromium, tmp_path_factory: pytest.TempPathFactory):
    made = Office(tmp_path_factory.mktemp("office"))
    chromium.wear(1100, 900)
    chromium.go(f"{made.url}/login")
    chromium.ask(
        "(() => { document.getElementById('login').value = 'lena';"
        f"document.getElementById('password').value = '{PASSWORD}';"
        "document.querySelector('main form').requestSubmit(); })()"
    )
    chromium.wait(
        "location.pathname !== '/login' && document.readyState === 'complete'"
    )
    yield made
    made.server.send_signal(signal.SIGTERM)
    made.server.wait(10)


def choose(chromium, *files: Path) -> None:
    chromium.call("DOM.enable")
    document = chromium.call("DOM.getDocument")["root"]["nodeId"]
    node = chromium.call("DOM.querySelector", nodeId=document, selector="#files")
    chromium.call(
        "DOM.setFileInputFiles", files=[str(f) for f in files], nodeId=node["nodeId"]
    )


def submit(chromium) -> None:
    chromium.ask("document.querySelector('form[data-uploads] button').click()")


def papers(folder: Path, count: int, size: int) -> list[Path]:
    draw = random.Random(size)
    made = []
    for number in range(count):
        path = folder / f"ورقة {number} & {size}.txt"
        words = "".join(f"w{draw.randrange(10**9)} " for _ in range(size // 10))
        path.write_text(words)
        made.append(path)
    return made


def test_several_files_go_up_as_one_intake_and_its_page_tells(
    chromium, office, tmp_path
):
    files = papers(tmp_path, 3, 5_000)
    chromium.go(f"{office.url}/ingest")
    choose(chromium, *files)
    submit(chromium)
    chromium.wait("location.pathname.startsWith('/jobs/')")
    chromium.wait(
        "document.readyState === 'complete' &&"
        " document.querySelectorAll('main td a').length === 3"
    )
    assert not chromium.complaints
    ids = office.run("search", "", "--format", "ids").split()
    found = {
        json.loads(office.run("show", i, "--json"))["components"][0]["sha256"]
        for i in ids
    }
    assert found == {hashlib.sha256(f.read_bytes()).hexdigest() for f in files}


@pytest.mark.slow
def test_an_upload_goes_on_when_the_server_died_and_came_back(
    chromium, office, tmp_path
):
    (large,) = papers(tmp_path, 1, 30_000_000)
    chromium.go(f"{office.url}/ingest")
    chromium.call(
        "Network.emulateNetworkConditions",
        offline=False,
        latency=0,
        downloadThroughput=-1,
        uploadThroughput=6_000_000,
    )
    choose(chromium, large)
    submit(chromium)
    chromium.wait("document.querySelector('.uploads progress')?.value > 9e6")
    office.server.send_signal(signal.SIGKILL)
    office.server.wait(10)
    chromium.wait(
        "document.querySelector('.uploads [role=status]').textContent.includes('lost')"
    )
    office.serve()
    chromium.wait("document.querySelector('.uploads progress').value > 12e6")
    # Pause, and the window is closed and opened again.
    chromium.ask("document.querySelector('.uploads button').click()")
    chromium.wait(
        "document.querySelector('.uploads [role=status]').textContent === 'paused'"
    )
    offsets = (office.folder / "data" / "uploads").glob("*/*/offset")
    kept = max(int(offset.read_text()) for offset in offsets)
    assert 8_000_000 <= kept < large.stat().st_size
    chromium.go(f"{office.url}/ingest")
    chromium.call(
        "Network.emulateNetworkConditions",
        offline=False,
        latency=0,
        downloadThroughput=-1,
        uploadThroughput=-1,
    )
    choose(chromium, large)
    submit(chromium)
    chromium.wait("location.pathname.startsWith('/jobs/')")
    chromium.wait("document.querySelectorAll('main td a').length === 1")
    digest = hashlib.sha256(large.read_bytes()).hexdigest()
    assert list((office.folder / "data").glob(f"bitstreams/**/{digest}"))


def test_a_file_may_be_given_up(chromium, office, tmp_path):
    (large,) = papers(tmp_path, 1, 20_000_000)
    chromium.go(f"{office.url}/ingest")
    choose(chromium, large)
    submit(chromium)
    chromium.ask("document.querySelectorAll('.uploads button')[1].click()")
    chromium.wait(
        "document.querySelector('.uploads [role=status]').textContent === 'given up'"
    )
    time.sleep(0.2)
    left = list((office.folder / "data" / "uploads").glob("*/*/bytes"))
    assert [p for p in left if p.stat().st_size < 20_000_000] == []
