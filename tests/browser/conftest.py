"""A served archive and a Chromium that looks at it."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from .chromium import PROGRAM, Chromium

ROOT = Path(__file__).resolve().parents[2]
COMMAND = [sys.executable, "-c", "from recordsvc.cli import main; main()"]
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
METADATA = f"""file,title,type,date,language
bill.html,Drinking Water Bill,bill,2021-05-12,en
report.txt,تقرير عن مياه الشرب,report,2022-01-03,ar
long.txt,{"Watercoursemaintenanceassociation" * 6},report,2019-07-01,en
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The address of the served archive, and its record ids by file."""

    url: str
    ids: dict[str, str]


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    if not PROGRAM.exists():
        pytest.skip("needs the Debian package chromium")
    with Chromium(tmp_path_factory.mktemp("chromium")) as browser:
        yield browser


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
    run(
        "ingest", str(papers), "--recursive", "--metadata", str(folder / "metadata.csv")
    )
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
