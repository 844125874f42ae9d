"""Find the citations in a paper by the grammar of its jurisdiction."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ingest.extraction import PageText
from ingest.folding import plain
from ingest.identifiers import Number, number_of, schemes_of, without_overlaps
from ingest.legislatures import Scheme, profile_for

__all__ = ["MAX_CITATIONS", "Citation", "citations_in", "session_on"]

MAX_CITATIONS = 5_000
_BACK, _AHEAD = 400, 400
_DENSE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """Hold one citation as it stands on a page.

    Parameters
    ----------
    scheme
        The scheme of the number, such as ``uk.act``.
    text
        As it stands in the paper, white space collapsed.
    normalised
        The number as it is compared; ``?`` in it marks an unknown part.
    page
        The page, counted from 1.
    start, end
        Offsets in the text of the page.
    session_inferred
        True when the session was concluded from the paper's own date.
    """

    scheme: str
    text: str
    normalised: str
    page: int
    start: int
    end: int
    session_inferred: bool = False


def citations_in(
    pages: Iterable[PageText],
    jurisdiction: str | None,
    *,
    date: str | None = None,
    chamber: str | None = None,
    session: str | None = None,
) -> tuple[Citation, ...]:
    """Return the citations of a paper in order, at most 5,000.

    Parameters
    ----------
    pages
        The text by page.
    jurisdiction
        Whose schemes are tried beside the absolute ones (EU, IRI, URN); None: the
        absolute ones alone.
    date
        The paper's own day, ``YYYY-MM-DD``; a session that a citation leaves out is
        the one of that day.
    chamber, session
        Of the paper, as far as known.

    Notes
    -----
    Time grows linearly with the text: patterns have bounded repeats, and one whose
    words do not occur on a page is not tried there.
    """
    stated = session if session and session[:1].isdigit() else None
    inferred = stated or session_on(jurisdiction, date)
    facts = {"chamber": chamber, "year": date[:4] if date else None}
    schemes = [s for s in schemes_of(jurisdiction) if not s.bare]
    found: list[Citation] = []
    for page in pages:
        numbers = _numbers(plain(page.text), schemes, {**facts, "session": inferred})
        for number in without_overlaps(numbers):
            concluded = inferred if stated is None else None
            found.append(
                Citation(
                    scheme=number.scheme,
                    text=number.text,
                    normalised=number.normalised,
                    page=page.number,
                    start=number.start,
                    end=number.end,
                    session_inferred=bool(concluded)
                    and f":{concluded}/" in number.normalised,
                )
            )
            if len(found) >= MAX_CITATIONS:
                return tuple(found)
    return tuple(found)


def _numbers(
    text: str, schemes: Iterable[Scheme], facts: dict[str, str | None]
) -> Iterator[Number]:
    for scheme in schemes:
        count = 0
        for match in matches_near(scheme, text):
            number = number_of(scheme, match, facts)
            if number is not None:
                yield number
                count += 1
            if count >= MAX_CITATIONS:
                break


def matches_near(scheme: Scheme, text: str) -> Iterator[re.Match[str]]:
    """Yield the matches of a scheme's pattern near the words that it needs.

    Notes
    -----
    Looking for plain words is some 50 times as fast as trying a pattern at every
    letter. A window reaches further than the longest match on both sides.
    """
    for start, end in _windows(text, scheme.needles):
        yield from scheme.pattern.finditer(text, start, end)


def _windows(text: str, needles: tuple[str, ...]) -> Iterator[tuple[int, int]]:
    if not needles:
        yield 0, len(text)
        return
    places: list[int] = []
    for needle in needles:
        at = text.find(needle)
        while at >= 0:
            places.append(at)
            at = text.find(needle, at + 1)
            if len(places) > _DENSE + len(text) // _DENSE:
                yield 0, len(text)
                return
    places.sort()
    start = end = -1
    for place in places:
        if place - _BACK > end:
            if end > 0:
                yield start, end
            start = max(place - _BACK, 0)
        end = min(place + _AHEAD, len(text))
    if end > 0:
        yield start, end


def session_on(jurisdiction: str | None, date: str | None) -> str | None:
    """Return the session in which a day lies, by the profile's table, or None."""
    profile = profile_for(jurisdiction)
    if profile is None or not date or not profile.sessions:
        return None
    try:
        day = dt.date.fromisoformat(date)
    except ValueError:
        return None
    for session in profile.sessions:
        if session.first <= day <= session.last:
            return session.name
    return None
