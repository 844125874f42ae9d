"""Divide the text of pages into paragraphs, whatever way its lines are broken."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ingest.extraction import PageText
from ingest.folding import squash

__all__ = ["paragraphs"]

_MAX_PARAGRAPH_CHARS = 4_000
_SHORT_LINE = 0.6
_SENTENCE_END = re.compile(r"[.;:!?؟。]['\"”’)\]]{0,2}$")
_ITEM = re.compile(
    r"(?:[(\[]?(?:\d{1,4}(?:\.\d{1,3}){0,4}|[a-zA-Z]{1,2}|[ivxIVX]{1,6})[.)\]]"
    r"|[•●▪◦*§–—-])\s|\d{1,3}(?:\.\d{1,3}){1,4}\s"
)


def paragraphs(pages: Iterable[PageText]) -> Iterator[tuple[int, str]]:
    """Yield the paragraphs of a paper: the page and the text on one line.

    Notes
    -----
    A paragraph ends at an empty line, after a line that ends a sentence or is much
    shorter than the full ones of its page, and before a line that begins an item of
    a list. It never goes over the end of a page, and is cut after 4,000 characters.
    """
    for page in pages:
        lines = [squash(line) for line in page.text.split("\n")]
        lengths = sorted(len(line) for line in lines if line)
        full = lengths[len(lengths) * 4 // 5] if lengths else 0
        for group in _groups(lines, _SHORT_LINE * full):
            text = " ".join(group)
            for start in range(0, len(text), _MAX_PARAGRAPH_CHARS):
                yield page.number, text[start : start + _MAX_PARAGRAPH_CHARS].strip()


def _groups(lines: list[str], short: float) -> Iterator[list[str]]:
    group: list[str] = []
    for line in lines:
        ends = group and (
            not line
            or _ITEM.match(line)
            or _SENTENCE_END.search(group[-1])
            or len(group[-1]) < short
        )
        if ends:
            yield group
            group = []
        if line:
            group.append(line)
    if group:
        yield group
