"""Where a value stands in the text of a paper, and what else stands there."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from recordsvc.model.record import Statement
from recordsvc.services.crosswalks import days_in, numbers_in
from recordsvc.services.renditions import RenditionPage

AROUND = 80
# Long pages are tables and registers; what a paper says of itself stands at its head.
MAX_CHARS = 20_000
MAX_CANDIDATES = 5
HEAD_PAGES = 2
_HEAD_CHARS = 3_000
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """A span of a page, with the words around it."""

    page: int
    before: str
    match: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """Another value that the paper may have meant."""

    value: str
    quote: Quote


def quote_of(pages: Sequence[RenditionPage], statement: Statement) -> Quote | None:
    """Return where a value stands; None where its words do not stand in the text.

    The rule that found it may have noted the span; else it is looked for on the page
    of its evidence, without one on the first pages.
    """
    page = statement.page
    for one in pages:
        if (page is None and one.number <= HEAD_PAGES) or one.number == page:
            span = _noted(statement, one.text)
            text = one.text if span else one.text[:MAX_CHARS]
            span = span or _span(text, statement.field, statement.value)
            if span is not None:
                return _quoted(one.number, text, *span)
    return None


def _noted(statement: Statement, text: str) -> tuple[int, int] | None:
    start, end = statement.start, statement.end
    if start is None or end is None or not 0 <= start < end <= len(text):
        return None
    return start, end


def _span(text: str, field: str, value: str) -> tuple[int, int] | None:
    if field == "date" or field.startswith("date."):
        for start, end, day in days_in(text):
            if day == value:
                return start, end
        return None
    words = [re.escape(word) for word in value.split()]
    if not words:
        return None
    found = re.search(r"\s+".join(words), text, re.IGNORECASE)
    return found.span() if found else None


def _quoted(page: int, text: str, start: int, end: int) -> Quote:
    return Quote(
        page=page,
        before=_SPACE.sub(" ", text[max(0, start - AROUND) : start]),
        match=_SPACE.sub(" ", text[start:end]),
        after=_SPACE.sub(" ", text[end : end + AROUND]),
    )


def candidates(
    pages: Sequence[RenditionPage], field: str, known: Sequence[str]
) -> tuple[Candidate, ...]:
    """Return other values of a field that stand at the head of a paper.

    Parameters
    ----------
    known
        The values that are told already.
    """
    found: dict[str, Candidate] = {}
    for page in islice(pages, HEAD_PAGES):
        text = page.text[:_HEAD_CHARS]
        for value, start, end in _found(field, text):
            if value not in known and value not in found:
                quote = _quoted(page.number, text, start, end)
                found[value] = Candidate(value=value, quote=quote)
            if len(found) == MAX_CANDIDATES:
                return tuple(found.values())
    return tuple(found.values())


def _found(field: str, text: str) -> Iterator[tuple[str, int, int]]:
    if field == "date":
        yield from ((day, start, end) for start, end, day in days_in(text))
    elif field == "identifier":
        for number in numbers_in(text):
            yield text[number.start : number.end], number.start, number.end
    elif field == "title":
        at = 0
        for line in text.splitlines(keepends=True):
            plain = line.strip()
            if len(plain.split()) > 1:
                start = at + line.index(plain)
                yield _SPACE.sub(" ", plain), start, start + len(plain)
            at += len(line)
