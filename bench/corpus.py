"""What is measured on: distinct PDF files, and papers made of frequent words."""

import random
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

from recordsvc.search.analysis import analyse
from recordsvc.search.index import IndexDocument

WORDS = 20_000
TYPES = ("act", "bill", "question", "answer", "report", "hansard")
LANGUAGES = ("en", "fr", "es", "pt", "de", "ar")


def distinct_pdfs(source: Path, target: Path, count: int) -> list[Path]:
    """Copy the PDF files of a folder again and again until there are enough.

    Each copy ends in a comment of its own, so that no two have the same bytes.
    """
    originals = sorted(p for p in source.rglob("*.pdf") if b"/Font" in p.read_bytes())
    if not originals:
        raise SystemExit(f"there is no PDF with text below {source}")
    made = []
    for number, original in zip(range(count), cycle(originals), strict=False):
        path = target / f"{number:05d}.pdf"
        path.write_bytes(original.read_bytes() + f"\n% copy {number}\n".encode())
        made.append(path)
    return made


def made_papers(count: int, words: int = 250, seed: int = 7) -> Iterator[IndexDocument]:
    """Yield papers whose words are as frequent as in natural language (Zipf)."""
    chance = random.Random(seed)
    vocabulary = [f"w{chance.randrange(16**6):06x}" for _ in range(WORDS)]
    weights = [1 / rank for rank in range(1, WORDS + 1)]
    for number in range(count):
        text = " ".join(chance.choices(vocabulary, weights, k=words))
        title = " ".join(chance.choices(vocabulary, weights, k=8))
        body, head = analyse(text, "en"), analyse(title, "en")
        yield IndexDocument(
            record_id=f"{number:032x}",
            revision=1,
            access="open",
            type=chance.choice(TYPES),
            date=f"{chance.randrange(1990, 2026)}-{chance.randrange(1, 13):02d}-15",
            languages=(chance.choice(LANGUAGES),),
            jurisdiction="xa",
            format="application/pdf",
            identifiers=(f"xa.bill:{number}",),
            title=title,
            title_exact=head.exact,
            title_stem=head.stem,
            body_exact=body.exact,
            body_stem=body.stem,
        )
