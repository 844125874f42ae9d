"""Lay two papers side by side: paragraphs that are equal, changed, added, removed.

White space and line breaks do not count, since a new print breaks its lines anew.
The answer is plain values: a page and a command line show the same rows.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from ingest.alignment import common_runs
from ingest.extraction import PageText
from ingest.pairing import best_pairs, shared
from ingest.paragraphs import paragraphs

__all__ = [
    "Change",
    "Comparison",
    "Gap",
    "Row",
    "Side",
    "Span",
    "compare",
    "folded_rows",
]

# How many paragraphs may stand in one row, and how much more must agree if they do.
_MAX_JOINED, _JOINED_GAIN = 8, 1.15
_TOKENS = re.compile(r"\w+|[^\w\s]")


class Change(StrEnum):
    """What became of a paragraph."""

    EQUAL = "equal"
    CHANGED = "changed"
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Hold a piece of a paragraph and whether the other side lacks it."""

    text: str
    changed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """Hold one paragraph of one paper.

    Parameters
    ----------
    page
        The page it begins on, counted from 1.
    text
        Its text on one line.
    spans
        The same text in pieces; their texts joined are `text`.
    """

    page: int
    text: str
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Hold what stands side by side; a side is None where nothing stands.

    Notes
    -----
    A side is one paragraph, or a few on one line where the other paper divides the
    same words otherwise. The sides of an equal row have the same words; only their
    spaces may differ.
    """

    change: Change
    left: Side | None
    right: Side | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Stand for rows that are equal and not shown.

    Parameters
    ----------
    rows
        How many.
    left_page, right_page
        Where they begin.
    """

    rows: int
    left_page: int
    right_page: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Hold two papers side by side.

    Parameters
    ----------
    rows
        All rows in order: the left sides in order are the left paper, the right
        sides the right paper.
    counts
        How many rows there are of each kind, for all kinds.
    """

    rows: tuple[Row, ...]
    counts: tuple[tuple[Change, int], ...]

    @property
    def is_equal(self) -> bool:
        """Whether no paragraph differs."""
        return all(row.change is Change.EQUAL for row in self.rows)


@dataclass(frozen=True, slots=True)
class _Paragraph:
    page: int
    text: str


def compare(left: Sequence[PageText], right: Sequence[PageText]) -> Comparison:
    """Return two papers side by side.

    Parameters
    ----------
    left, right
        The pages of the earlier and the later paper.

    Notes
    -----
    Time grows with the length of the papers, not with its square: two papers of 500
    pages take three seconds at worst. In exchange a passage that moved is shown
    as removed in one place and added in another.
    """
    olds = [_Paragraph(page, text) for page, text in paragraphs(left) if text]
    news = [_Paragraph(page, text) for page, text in paragraphs(right) if text]
    runs = common_runs([p.text for p in olds], [p.text for p in news])
    rows: list[Row] = []
    index = place = 0
    for begin, start, size in [*runs, (len(olds), len(news), 0)]:
        rows += _gap(olds[index:begin], news[place:start])
        for step in range(size):
            rows.append(_equal(olds[begin + step], news[start + step]))
        index, place = begin + size, start + size
    counts = Counter(row.change for row in rows)
    return Comparison(
        rows=tuple(rows), counts=tuple((change, counts[change]) for change in Change)
    )


def _equal(old: _Paragraph, new: _Paragraph) -> Row:
    return Row(
        change=Change.EQUAL, left=_whole(old, new=False), right=_whole(new, new=False)
    )


def _whole(paragraph: _Paragraph, *, new: bool) -> Side:
    spans = (Span(text=paragraph.text, changed=new),)
    return Side(page=paragraph.page, text=paragraph.text, spans=spans)


def _gap(olds: list[_Paragraph], news: list[_Paragraph]) -> Iterator[Row]:
    """Yield the rows of a stretch in which no paragraph is equal.

    It is cut where both sides begin a paragraph at words they have in common, so that
    paragraphs which another print joins or divides stand side by side.
    """
    index = place = 0
    for one, other in [*_cuts(olds, news), (len(olds), len(news))]:
        yield from _block(olds[index:one], news[place:other])
        index, place = one, other


def _cuts(olds: list[_Paragraph], news: list[_Paragraph]) -> Iterator[tuple[int, int]]:
    left, starts = _words(olds)
    right, others = _words(news)
    numbers = {start: number for number, start in enumerate(others)}
    for begin, start, size in common_runs(left, right):
        first = bisect_left(starts, begin)
        last = bisect_right(starts, begin + size)
        for number in range(first, last):
            other = numbers.get(starts[number] - begin + start)
            if other is not None:
                yield number, other


def _words(paragraphs_: list[_Paragraph]) -> tuple[list[str], list[int]]:
    """Return the words of all, and where each paragraph begins among them."""
    words: list[str] = []
    starts: list[int] = []
    for paragraph in paragraphs_:
        starts.append(len(words))
        words += _TOKENS.findall(paragraph.text)
    return words, starts


def _block(olds: list[_Paragraph], news: list[_Paragraph]) -> Iterator[Row]:
    """Yield the rows of one cut: as one row where the sides are divided otherwise."""
    bags = [Counter(_TOKENS.findall(p.text)) for p in olds]
    others = [Counter(_TOKENS.findall(p.text)) for p in news]
    pairs = best_pairs(bags, others)
    if olds and news and max(len(olds), len(news)) <= _MAX_JOINED:
        apart = sum((bags[one] & others[other]).total() for one, other in pairs)
        whole, other_whole = (sum(each, Counter()) for each in (bags, others))
        together = (whole & other_whole).total()
        if together > _JOINED_GAIN * apart and shared(whole, other_whole):
            yield _changed(_joined(olds), _joined(news))
            return
    index = place = 0
    for one, other in [*pairs, (len(olds), len(news))]:
        for old in olds[index:one]:
            yield Row(change=Change.REMOVED, left=_whole(old, new=True), right=None)
        for new in news[place:other]:
            yield Row(change=Change.ADDED, left=None, right=_whole(new, new=True))
        if one < len(olds):
            yield _changed(olds[one], news[other])
        index, place = one + 1, other + 1


def _joined(parts: list[_Paragraph]) -> _Paragraph:
    return _Paragraph(parts[0].page, " ".join(part.text for part in parts))


def _changed(old: _Paragraph, new: _Paragraph) -> Row:
    left = list(_TOKENS.finditer(old.text))
    right = list(_TOKENS.finditer(new.text))
    words, others = ([m[0] for m in each] for each in (left, right))
    if words == others:
        return _equal(old, new)
    runs = common_runs(words, others)
    kept_left = [(left[a].start(), left[a + n - 1].end()) for a, _, n in runs]
    kept_right = [(right[b].start(), right[b + n - 1].end()) for _, b, n in runs]
    return Row(
        change=Change.CHANGED,
        left=Side(page=old.page, text=old.text, spans=_spans(old.text, kept_left)),
        right=Side(page=new.page, text=new.text, spans=_spans(new.text, kept_right)),
    )


def _spans(text: str, kept: list[tuple[int, int]]) -> tuple[Span, ...]:
    """Return a text in pieces; white space between pieces goes with what changed."""
    spans: list[Span] = []
    place = 0
    for start, end in [*kept, (len(text), len(text))]:
        if place < start:
            between = text[place:start]
            spans.append(Span(text=between, changed=bool(between.strip())))
        if start < end:
            spans.append(Span(text=text[start:end], changed=False))
        place = end
    return tuple(spans)


def folded_rows(rows: Sequence[Row], *, around: int = 2) -> Iterator[Row | Gap]:
    """Yield the rows that differ with a few around them, and gaps for the rest.

    Parameters
    ----------
    rows
        The rows of a comparison.
    around
        How many equal rows are shown before and after one that differs.
    """
    shown: set[int] = set()
    for number, row in enumerate(rows):
        if row.change is not Change.EQUAL:
            shown.update(range(number - around, number + around + 1))
    start = 0
    for number, row in enumerate(rows):
        if number not in shown:
            continue
        yield from _gap_of(rows[start:number])
        yield row
        start = number + 1
    yield from _gap_of(rows[start:])


def _gap_of(rows: Sequence[Row]) -> Iterator[Gap]:
    if rows and rows[0].left and rows[0].right:
        yield Gap(
            rows=len(rows),
            left_page=rows[0].left.page,
            right_page=rows[0].right.page,
        )
