"""Measure, and print the table of README.md: ``python3 bootstrap.py bench``."""

import argparse
from pathlib import Path

from bench.disposal import disposal
from bench.due import due_list
from bench.ingest import ingest
from bench.search import search
from bench.simulate import what_if

SAMPLES = Path(__file__).resolve().parent.parent / "recordsvc" / "samples" / "papers"


def main() -> None:
    """Run every measurement and print a row for each."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--papers", type=Path, default=SAMPLES, help="folder of PDFs")
    parser.add_argument("--pdfs", type=int, default=500)
    parser.add_argument("--documents", type=int, default=10_000)
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--items", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    print("| what | ours | reference | ratio | note |")
    print("|---|---|---|---|---|")
    for engine in ("tantivy", "whoosh"):
        print(ingest(asked.papers, asked.pdfs, engine, asked.rounds).row(), flush=True)
    for engine in ("whoosh", "tantivy"):
        print(search(asked.documents, engine).row(), flush=True)
    for found in due_list(asked.entries, asked.records // 5, asked.rounds):
        print(found.row(), flush=True)
    print(disposal(asked.items, "whoosh").row(), flush=True)
    print(what_if(asked.records, asked.rounds).row(), flush=True)


if __name__ == "__main__":
    main()
