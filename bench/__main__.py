"""Measure, and print the table of README.md: ``python3 bootstrap.py bench``."""

import argparse
from pathlib import Path

from bench.ingest import ingest
from bench.search import search

SAMPLES = Path(__file__).resolve().parent.parent / "recordsvc" / "samples" / "papers"


def main() -> None:
    """Run every measurement and print a row for each."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--papers", type=Path, default=SAMPLES, help="folder of PDFs")
    parser.add_argument("--pdfs", type=int, default=500)
    parser.add_argument("--documents", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    print("| what | ours | reference | ratio | note |")
    print("|---|---|---|---|---|")
    for engine in ("tantivy", "whoosh"):
        print(ingest(asked.papers, asked.pdfs, engine, asked.rounds).row(), flush=True)
    for engine in ("whoosh", "tantivy"):
        print(search(asked.documents, engine).row(), flush=True)


if __name__ == "__main__":
    main()
