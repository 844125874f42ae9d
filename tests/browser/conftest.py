"""A served archive and a Chromium that looks at it."""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = Path("/usr/bin/chromium")
COMMAND = [sys.executable, "-c", "from recordsvc.cli import main; main()"]
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
)
PAPERS = {
    "bill.html": (
        '<html lang="en"><head><title>Drinking Water Bill</title></head><body>'
        "<h1>Drinking Water Bill</h1><p>Every household has a right to clean drinking "
        "water, and the aquifer belongs to all.</p></body></html>"
    ),
    "report.txt": (
        "تقرير عن مياه الشرب في المدينة. لكل أسرة حق في مياه الشرب النظيفة، "
        "والخزان الجوفي ملك للجميع."
    ),
    "long.txt": "Report on water and on " + "Donaudampfschifffahrtsgesellschaft" * 9,
}
METADATA = """file,title,type,date,language
bill.html,Drinking Water Bill,bill,2021-05-12,en
report.txt,تقرير عن مياه الشرب,report,2022-01-03,ar
long.txt,{0},report,2019-07-01,en
""".format("Watercoursemaintenanceassociation" * 6)


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The address of the served archive, and its record ids by file."""

    url: str
    ids: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chromium:
    """A headless Chromium; every call is a process with a profile of its own."""

    folder: Path

    def _run(self, *arguments: str) -> str:
        profile = self.folder / "profile"
        done = subprocess.run(
            [CHROMIUM, *FLAGS, f"--user-data-dir={profile}", *arguments],
            capture_output=True,
            timeout=90,
            check=True,
            env={**os.environ, "HOME": str(self.folder), "TMPDIR": str(self.folder)},
        )
        shutil.rmtree(profile, ignore_errors=True)
        return done.stdout.decode()

    def page(self, url: str, *flags: str) -> str:
        """Return the document as it stands after its scripts have run."""
        return self._run(*flags, "--dump-dom", url)

    def picture(self, url: str, width: int, height: int, *flags: str) -> bytes:
        target = self.folder / "picture.png"
        size = f"--window-size={width},{height}"
        self._run(*flags, size, f"--screenshot={target}", url)
        return target.read_bytes()


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Chromium:
    if not CHROMIUM.exists():
        pytest.skip("needs the Debian package chromium")
    return Chromium(folder=tmp_path_factory.mktemp("chromium"))


@pytest.fixture(scope="session")
def site(chromium, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("site")
    papers = folder / "papers"
    papers.mkdir()
    for name, text in PAPERS.items():
        (papers / name).write_text(text, encoding="utf-8")
    (folder / "metadata.csv").write_text(METADATA, encoding="utf-8")
    environ = {
        **os.environ,
        "RECORDSVC_DATA_DIR": str(folder / "data"),
        "PYTHONPATH": str(ROOT),
    }

    def run(*arguments: str) -> str:
        done = subprocess.run(
            [*COMMAND, *arguments],
            capture_output=True,
            check=True,
            timeout=120,
            env=environ,
            cwd=folder,
        )
        return done.stdout.decode()

    run("init", "--test")
    run("ingest", str(papers), "--recursive", "--metadata", str(folder / "metadata.csv"))
    found = dict(
        zip(
            PAPERS,
            (run("search", query, "--format", "ids").strip() for query in QUERIES),
            strict=True,
        )
    )
    server = subprocess.Popen(
        [*COMMAND, "serve", "--port", "0"],
        stderr=subprocess.PIPE,
        env=environ,
        cwd=folder,
    )
    try:
        assert server.stderr is not None
        for line in server.stderr:
            if address := re.search(rb"serving (http://\S+)/", line):
                yield Site(url=address[1].decode(), ids=found)
                break
        else:
            pytest.fail("the site did not start")
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(10)


QUERIES = ("household", "مياه", "type:report language:en")
