"""Cut question papers into their questions, by the layouts of the profiles."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from ingest.dates import iso_day
from ingest.extraction import PageText
from ingest.folding import plain, squash
from ingest.identifiers import Identifier, number_of
from ingest.legislatures import Scheme, profile_for
from ingest.questionlayouts import QuestionLayout

__all__ = ["ListedQuestion", "questions_by", "questions_in"]

_MAX_QUESTIONS = 5_000
_MAX_TEXT = 20_000
_BEGIN, _DAY, _NO_QUESTIONS = "begin", "day", "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedQuestion:
    """Hold one question as a question paper prints it.

    Parameters
    ----------
    number
        Its running number in the paper, or None.
    asker
        Who asks, without title, or None.
    party
        Party, seat or constituency as printed behind the name, or None.
    addressee
        Who is asked, or None.
    kind
        ``written``, ``oral``, ``urgent`` or None.
    date
        The day of the heading above it, else that of the paper, ``YYYY-MM-DD``.
    text
        What is asked, on one line.
    reference
        Its register number as printed, or None.
    identifier
        The same as an official number, or None.
    marks
        Words for the signs beside it, such as ``translated``.
    page, last_page
        The pages it begins and ends on, counted from 1.
    start
        Where it begins in the text of its first page.
    rule
        The layout that found it, such as ``za:internal-question-paper``.
    """

    number: str | None
    asker: str | None
    party: str | None
    addressee: str | None
    kind: str | None
    date: str | None
    text: str
    reference: str | None
    identifier: Identifier | None
    marks: tuple[str, ...]
    page: int
    last_page: int
    start: int
    rule: str


def questions_in(
    pages: Sequence[PageText],
    jurisdiction: str | None,
    *,
    kind: str | None = None,
    date: str | None = None,
    chamber: str | None = None,
    session: str | None = None,
) -> tuple[ListedQuestion, ...]:
    """Return the questions that a question paper lists, in order.

    Parameters
    ----------
    pages
        The pages of the paper.
    jurisdiction
        Whose paper it is; its profile says how questions are printed.
    kind
        The record type of the paper, as far as known; layouts for other types are
        not tried.
    date
        The day of the paper, taken where no heading above a question names one.
    chamber, session
        Of the paper, for numbers that need them.

    Returns
    -------
    tuple of ListedQuestion
        At most 5,000, by the layout of the profile that finds most; empty where the
        profile states none or the paper lists none.
    """
    profile = profile_for(jurisdiction)
    if profile is None:
        return ()
    schemes = {scheme.name: scheme for scheme in profile.schemes}
    facts = {"chamber": chamber, "session": session}
    best: tuple[ListedQuestion, ...] = ()
    for layout in profile.questionpapers:
        if layout.types and kind is not None and kind not in layout.types:
            continue
        scheme = schemes.get(layout.scheme)
        found = questions_by(layout, pages, scheme=scheme, date=date, facts=facts)
        best = max(best, found, key=len)
    return best


def questions_by(
    layout: QuestionLayout,
    pages: Sequence[PageText],
    *,
    scheme: Scheme | None = None,
    date: str | None = None,
    facts: Mapping[str, str | None] | None = None,
) -> tuple[ListedQuestion, ...]:
    """Return the questions that one layout finds, in order.

    Parameters
    ----------
    layout
        How the questions are printed.
    pages
        The pages of the paper.
    scheme
        The scheme of the references, or None.
    date
        The day of the paper, or None.
    facts
        ``chamber`` and ``session`` of the paper, as far as known.
    """
    reader = _Reader(layout, scheme, facts or {})
    found = reader.questions(_Flow(pages, layout), date)
    return tuple(islice(found, _MAX_QUESTIONS))


class _Flow:
    """The text of a paper as layouts read it, and where its parts stand."""

    def __init__(self, pages: Sequence[PageText], layout: QuestionLayout) -> None:
        lines: list[str] = []
        self._starts: list[int] = []
        self._places: list[tuple[int, int]] = []
        length = 0
        for page in pages:
            place = 0
            for line in plain(page.text).split("\n"):
                shown = line.strip()
                if shown and not any(f.fullmatch(shown) for f in layout.furniture):
                    self._starts.append(length)
                    self._places.append((page.number, place + line.index(shown)))
                    lines.append(shown)
                    length += len(shown) + 1
                place += len(line) + 1
        self.text = "\n".join(lines)

    def place(self, offset: int) -> tuple[int, int]:
        """Return the page of an offset and its place in the text of that page."""
        line = bisect_right(self._starts, offset) - 1
        page, start = self._places[line]
        return page, start + offset - self._starts[line]


class _Reader:
    """Read the questions of one paper by one layout."""

    def __init__(
        self,
        layout: QuestionLayout,
        scheme: Scheme | None,
        facts: Mapping[str, str | None],
    ) -> None:
        self.layout, self.scheme, self.facts = layout, scheme, facts

    def questions(self, flow: _Flow, date: str | None) -> Iterator[ListedQuestion]:
        kind: str | None = None
        events = self._events(flow.text)
        stops = [*(match.start() for match, _ in events), len(flow.text)]
        for (match, what), end in zip(events, stops[1:], strict=True):
            if what == _DAY:
                date = iso_day(squash(match["date"])) or date
            elif what != _BEGIN:
                kind = what
            elif kind != _NO_QUESTIONS:
                yield self._question(flow, match, end, kind=kind, date=date)

    def _events(self, text: str) -> list[tuple[re.Match[str], str]]:
        """Return beginnings and headings in order; what overlaps one before is none."""
        layout = self.layout
        found = [(match, _BEGIN) for match in layout.begin.finditer(text)]
        if layout.day is not None:
            found += [(match, _DAY) for match in layout.day.finditer(text)]
        for heading, kind in layout.headings:
            found += [(match, kind) for match in heading.finditer(text)]
        found.sort(key=lambda event: event[0].start())
        kept: list[tuple[re.Match[str], str]] = []
        for match, what in found:
            if not kept or match.start() >= kept[-1][0].end():
                kept.append((match, what))
        return kept

    def _question(
        self,
        flow: _Flow,
        begin: re.Match[str],
        end: int,
        *,
        kind: str | None,
        date: str | None,
    ) -> ListedQuestion:
        close = None
        if self.layout.end is not None:
            close = self.layout.end.search(flow.text, begin.end(), end)
        last = close.start() if close else end
        parts = {
            name: squash(value)
            for match in (begin, close)
            for name, value in (match.groupdict() if match else {}).items()
            if value is not None
        }
        page, start = flow.place(begin.start())
        reference = parts.get("reference")
        return ListedQuestion(
            number=parts.get("number"),
            asker=parts.get("asker"),
            party=parts.get("party"),
            addressee=parts.get("addressee"),
            kind=self.layout.kinds.get(parts.get("kind", ""), kind),
            date=date,
            text=squash(flow.text[begin.end() : last])[:_MAX_TEXT],
            reference=reference,
            identifier=self._identifier(reference, date),
            marks=self._marks(begin),
            page=page,
            last_page=flow.place(max(begin.start(), last - 1))[0],
            start=start,
            rule=self.layout.name,
        )

    def _marks(self, begin: re.Match[str]) -> tuple[str, ...]:
        signs = self.layout.marks
        return tuple(dict.fromkeys(signs[c] for c in begin[0] if c in signs))

    def _identifier(self, reference: str | None, date: str | None) -> Identifier | None:
        if reference is None or self.scheme is None:
            return None
        match = self.scheme.pattern.fullmatch(reference)
        facts = {**self.facts, "year": date[:4] if date else None}
        number = number_of(self.scheme, match, facts) if match else None
        if number is None:
            return None
        return Identifier(
            scheme=number.scheme, value=number.value, normalised=number.normalised
        )
