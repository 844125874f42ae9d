"""The sample papers: a fictional parliament in six languages."""

from pathlib import Path

__all__ = ["METADATA", "PAPERS", "QUESTIONS", "SCHEDULE", "TEXTS"]

_HERE = Path(__file__).resolve().parent
TEXTS = _HERE / "texts"
PAPERS = _HERE / "papers"
METADATA = _HERE / "metadata.csv"
QUESTIONS = _HERE / "questions.csv"
SCHEDULE = _HERE / "schedule.toml"
