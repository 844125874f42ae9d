"""Hold how a parliament prints the questions of its question papers.

A profile states it as ``[[questionpaper]]`` tables; :mod:`ingest.questionpapers`
reads papers by them. All patterns see the text with plain dashes and spaces, lines
trimmed, empty lines and the furniture of the pages left out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ingest.entries import Entry

__all__ = ["QuestionLayout", "layout_of"]

_KNOWN = frozenset(
    "name types begin end day furniture headings kinds marks scheme".split()
)
_GROUPS = frozenset(
    "number mark asker party addressee text reference kind date note".split()
)
_KINDS = frozenset({"written", "oral", "urgent", "none"})


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionLayout:
    """Hold one way of printing questions.

    Parameters
    ----------
    name
        Its name in its profile, such as ``za:internal-question-paper``.
    types
        The record types it is for; empty: all.
    begin
        How a question begins, up to its text. Groups: ``number``, ``asker``,
        ``party``, ``addressee``, ``mark``, ``kind``, ``reference``.
    end
        How a question ends, with the groups ``reference`` and ``kind``; None: it
        ends where the next one or a heading begins.
    day
        A heading whose group ``date`` is the day of the questions after it, or None.
    furniture
        Lines that belong to the page, not to a question.
    headings
        Pairs of a heading and the kind of the questions after it: ``written``,
        ``oral``, ``urgent``; ``none``: what follows is no question.
    kinds
        The kinds by the group ``kind`` of `begin` or `end`; they win over headings.
    marks
        Signs beside a question with the words for what they mean.
    scheme
        The scheme of the references, or empty.
    """

    name: str
    types: frozenset[str]
    begin: re.Pattern[str]
    end: re.Pattern[str] | None
    day: re.Pattern[str] | None
    furniture: tuple[re.Pattern[str], ...]
    headings: tuple[tuple[re.Pattern[str], str], ...]
    kinds: Mapping[str, str]
    marks: Mapping[str, str]
    scheme: str


def layout_of(entry: Entry, code: str, schemes: set[str]) -> QuestionLayout:
    """Return the layout that an entry of a profile states.

    Parameters
    ----------
    entry
        The ``[[questionpaper]]`` table.
    code
        The code of its profile.
    schemes
        The names of the schemes of that profile.

    Raises
    ------
    ProfileError
        The entry is malformed.
    """
    entry.only(_KNOWN)
    begin, end, day = (_grouped(entry, name) for name in ("begin", "end", "day"))
    if begin is None or not {"number", "addressee"} & set(begin.groupindex):
        raise entry.wrong("begin needs a group number or addressee")
    if day is not None and "date" not in day.groupindex:
        raise entry.wrong("day needs a group date")
    scheme = entry.text("scheme", "")
    if scheme and scheme not in schemes:
        raise entry.wrong(f"there is no scheme {scheme} in this profile")
    kinds = _words(entry, "kinds")
    headings = _pairs(entry, "headings")
    for kind in (*kinds.values(), *(kind for _, kind in headings)):
        if kind not in _KINDS:
            raise entry.wrong(f"kind may be {', '.join(sorted(_KINDS))}, not {kind}")
    return QuestionLayout(
        name=f"{code}:{entry.text('name')}",
        types=frozenset(entry.texts("types")),
        begin=begin,
        end=end,
        day=day,
        furniture=tuple(_compiled(entry, each) for each in entry.texts("furniture")),
        headings=tuple((_compiled(entry, each), kind) for each, kind in headings),
        kinds=kinds,
        marks=_words(entry, "marks"),
        scheme=scheme,
    )


def _grouped(entry: Entry, name: str) -> re.Pattern[str] | None:
    if name not in entry.table:
        return None
    pattern = entry.pattern(name)
    unknown = set(pattern.groupindex) - _GROUPS
    if unknown:
        raise entry.wrong(f"{name} has unknown groups {sorted(unknown)}")
    return pattern


def _compiled(entry: Entry, text: str) -> re.Pattern[str]:
    try:
        return re.compile(text)
    except re.error as fault:
        raise entry.wrong(f"{text!r} is no pattern: {fault}") from None


def _words(entry: Entry, name: str) -> Mapping[str, str]:
    table = entry.table.get(name, {})
    if not isinstance(table, dict) or not all(
        isinstance(word, str) for word in table.values()
    ):
        raise entry.wrong(f"{name} must give each sign a word")
    return MappingProxyType(dict(table))


def _pairs(entry: Entry, name: str) -> list[tuple[str, str]]:
    value = entry.table.get(name, [])
    if not isinstance(value, list) or not all(
        isinstance(pair, list)
        and len(pair) == len(("heading", "kind"))
        and all(isinstance(part, str) for part in pair)
        for pair in value
    ):
        raise entry.wrong(f"{name} must be pairs of a heading and a kind")
    return [(str(heading), str(kind)) for heading, kind in value]
