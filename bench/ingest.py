"""Ingest beside `xargs -P2` of pdftotext and sha256sum on the same files."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.corpus import distinct_pdfs
from bench.measure import Ratio, compare

COMMAND = [sys.executable, "-c", "from recordsvc.cli import main; main()"]
REFERENCE = (
    "find '{folder}' -name '*.pdf' -print0 | xargs -0 -P2 -n1 "
    'sh -c \'pdftotext "$0" - >/dev/null; sha256sum "$0" >/dev/null\''
)


def ingest(papers: Path, count: int, engine: str, rounds: int) -> Ratio:
    """Measure `recordsvc ingest`, durable and searchable at its end."""
    if shutil.which("pdftotext") is None:
        raise SystemExit("the reference needs pdftotext: apt install poppler-utils")
    with tempfile.TemporaryDirectory(prefix="bench-ingest-") as name:
        work = Path(name)
        folder = work / "papers"
        folder.mkdir()
        distinct_pdfs(papers, folder, count)
        config = work / "bench.ini"
        config.write_text(
            "[app:main]\nuse = egg:recordsvc#main\n"
            f"recordsvc.data_dir = {work / 'var'}\n"
            f"recordsvc.default_access = open\nsearch.engine = {engine}\n"
            # As the reference: what is a picture is not read.
            "recordsvc.ocr = off\n"
        )
        environ = {k: v for k, v in os.environ.items() if k != "RECORDSVC_DATA_DIR"}

        def recordsvc(*words: str) -> None:
            subprocess.run(
                [*COMMAND, "--quiet", "--config", str(config), *words],
                check=True,
                env=environ,
                stdout=subprocess.DEVNULL,
            )

        def ours() -> None:
            shutil.rmtree(work / "var", ignore_errors=True)
            recordsvc("init")
            recordsvc("ingest", str(folder), "--recursive")

        def reference() -> None:
            subprocess.run(REFERENCE.format(folder=folder), shell=True, check=True)

        return compare(
            f"ingest {count} distinct PDF, 2 workers, {engine}",
            ours,
            reference,
            rounds=rounds,
            note="reference: xargs -P2 pdftotext + sha256sum; ours includes init",
        )
