"""Apply the rules of the profiles to the first pages of a paper."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from ingest.edtf import extended_date
from ingest.extraction import Extraction
from ingest.folding import fold, letters, plain, squash
from ingest.identifiers import Identifier, identify, number_of
from ingest.legislatures import Rule, Scheme, profiles
from ingest.templates import fill

__all__ = ["Cue", "Reading", "agreed", "cues", "first_cue"]

_PAGE_CHARS = 20_000
_FOLDED_CHARS = 6_000
_MAX_MATCHES = 60
_OF_DAYS = frozenset({"date", "occasion"})
_MAX_COMPARED = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Cue:
    """Hold one value that a rule found.

    Parameters
    ----------
    rule
        The rule.
    value
        The value; for an identifier its shown form.
    page
        The page it stands on, None for an embedded value.
    identifier
        The number, for the field ``identifier``.
    inferred
        Whether a part of the number (year, session, chamber) stands not in it, but
        was taken from the rest of the paper.
    start, end
        Where the evidence stands in the text of its page, or None.
    """

    rule: Rule
    value: str
    page: int | None
    identifier: Identifier | None = None
    inferred: bool = False
    start: int | None = None
    end: int | None = None


class Reading:
    """Hold the first pages of a paper as rules read them.

    Lines are trimmed, empty ones left out, dashes and spaces are plain; a page is
    cut at 20,000 characters.
    """

    def __init__(self, extraction: Extraction) -> None:
        self.extraction = extraction
        self._pages: dict[int, str] = {}
        self._places: dict[int, tuple[list[int], list[int]]] = {}
        self._folded: dict[int, str] = {}

    def page(self, index: int) -> str:
        """Return the page of that index, from 0; empty beyond the last."""
        if index >= len(self.extraction.pages):
            return ""
        if index not in self._pages:
            text = plain(self.extraction.pages[index].text[: 2 * _PAGE_CHARS])
            lines = (line.strip() for line in text.split("\n"))
            kept = "\n".join(line for line in lines if line)
            self._pages[index] = kept[:_PAGE_CHARS]
        return self._pages[index]

    def place(self, index: int, offset: int) -> int:
        """Return where a place in `page` stands in the text of that page."""
        if index not in self._places:
            self._places[index] = _line_starts(self.extraction.pages[index].text)
        ours, theirs = self._places[index]
        line = max(bisect_right(ours, offset) - 1, 0)
        return theirs[line] + offset - ours[line] if ours else offset

    def folded(self, index: int) -> str:
        """Return the beginning of a page folded, for looking up words."""
        if index not in self._folded:
            self._folded[index] = fold(self.page(index)[:_FOLDED_CHARS])
        return self._folded[index]

    def number(self, index: int) -> int:
        """Return the number of the page of that index."""
        return self.extraction.pages[index].number

    def texts(self, rule: Rule) -> Iterator[tuple[int | None, str]]:
        """Yield what a rule searches: indexes of pages, or None, and texts."""
        if rule.embedded is not None:
            field, _, source = rule.embedded.partition("@")
            for value in self.extraction.embedded:
                if value.field == field and value.source.startswith(source):
                    yield None, value.value
            return
        for index in range(min(rule.pages, len(self.extraction.pages))):
            yield index, self.page(index)


def _line_starts(text: str) -> tuple[list[int], list[int]]:
    """Return where each line that is kept begins, in the page and in its text."""
    ours: list[int] = []
    theirs: list[int] = []
    length = place = 0
    for line in plain(text[: 2 * _PAGE_CHARS]).split("\n"):
        shown = line.strip()
        if shown:
            ours.append(length)
            theirs.append(place + line.index(shown))
            length += len(shown) + 1
        place += len(line) + 1
    return ours, theirs


def cues(
    rules: Iterable[Rule],
    field: str,
    reading: Reading,
    *,
    kind: str | None,
    facts: Mapping[str, str | None],
) -> Iterator[Cue]:
    """Yield the values that rules find for a field, in the order of the rules.

    Parameters
    ----------
    rules
        The rules of one profile or more.
    field
        The field that is asked for.
    reading
        The paper.
    kind
        Its record type, as far as known; rules for other types are left out.
    facts
        ``chamber``, ``session`` and ``year`` of the paper, as far as known.
    """
    for rule in rules:
        if rule.field != field or (rule.types and kind not in rule.types):
            continue
        every = rule.vote or rule.many
        count = 0
        for index, text in reading.texts(rule):
            for match in rule.pattern.finditer(text):
                cue = _cue(rule, match, facts)
                if cue is None:
                    continue
                yield cue if index is None else _placed(cue, reading, index, match)
                count += 1
                if not every or count >= _MAX_MATCHES:
                    break
            if count and (not every or count >= _MAX_MATCHES):
                break


def _placed(cue: Cue, reading: Reading, index: int, match: re.Match[str]) -> Cue:
    """Return a cue with its page and where its evidence stands there."""
    # What a pattern passes over before its first group is no evidence.
    begins = [match.start(g) for g in match.groupdict() if match.start(g) >= 0]
    return replace(
        cue,
        page=reading.number(index),
        start=reading.place(index, min(begins, default=match.start())),
        end=reading.place(index, max(match.end() - 1, 0)) + 1,
    )


def _cue(
    rule: Rule, match: re.Match[str], facts: Mapping[str, str | None]
) -> Cue | None:
    values = {**facts, **{k: v for k, v in match.groupdict().items() if v is not None}}
    if rule.scheme:
        scheme = _scheme(rule)
        number = number_of(scheme, match, facts)
        if number is None:
            return None
        found = Identifier(
            scheme=number.scheme, value=number.value, normalised=number.normalised
        )
        alone = number_of(scheme, match, {})
        inferred = alone is None or alone.normalised != number.normalised
        return Cue(
            rule=rule,
            value=number.value,
            page=None,
            identifier=found,
            inferred=inferred,
        )
    value = squash(fill(rule.value, values) or "")
    if not value or (rule.field in _OF_DAYS and not _is_date(value)):
        return None
    if rule.field == "identifier":
        return Cue(rule=rule, value=value, page=None, identifier=identify(value))
    return Cue(rule=rule, value=value, page=None)


def _scheme(rule: Rule) -> Scheme:
    profile = profiles()[rule.name.partition(":")[0]]
    return next(s for s in profile.schemes if s.name == rule.scheme)


def _is_date(value: str) -> bool:
    return extended_date(value) is not None


def first_cue(found: Iterable[Cue]) -> Cue | None:
    """Return the first value found, or None."""
    return next(iter(found), None)


def agreed(found: Iterable[Cue]) -> Cue | None:
    """Return the value on which most places of a paper agree, or None.

    Notes
    -----
    Values of voting rules are counted by their letters and digits; among equals the
    earlier rule wins, and of several writings the first. Where all differ, as in a
    badly read scan, the one most like the others is taken. A value of a rule that does
    not vote is taken when no vote came before it.
    """
    votes: list[Cue] = []
    for cue in found:
        if not cue.rule.vote:
            if not votes:
                return cue
            break
        votes.append(cue)
    if not votes:
        return None
    counts = Counter(letters(cue.value) for cue in votes)
    leader = votes[0].rule
    for cue in [c for c in votes if c.rule is leader][:1]:
        # A heading cut to its last line speaks for the whole.
        own = letters(cue.value)
        cut = [key for key in counts if key != own and own.endswith(key)]
        counts[own] += sum(counts[key] for key in cut)
    most = max(counts.values())
    if most == 1 and len(votes) > len(("one", "other")):
        return max(votes[:_MAX_COMPARED], key=lambda cue: _likeness(cue, votes))
    return next(cue for cue in votes if counts[letters(cue.value)] == most)


def _likeness(cue: Cue, votes: list[Cue]) -> float:
    own = letters(cue.value)
    others = (letters(vote.value) for vote in votes[:_MAX_COMPARED] if vote is not cue)
    return sum(SequenceMatcher(None, own, other).ratio() for other in others)
