"""Check the profile of a parliament whole, and measure what it finds in papers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ingest.description import Description
from ingest.errors import ProfileError
from ingest.folding import fold, letters, plain
from ingest.identifiers import identify, number_of
from ingest.legislatures import Profile, read_profile

__all__ = ["MEASURED", "Fault", "FieldScore", "Measure", "check_profile"]

MEASURED = (
    "title",
    "date",
    "type",
    "identifier",
    "language",
    "jurisdiction",
    "chamber",
    "session",
    "legislature",
    "author",
    "addressee",
    "subject",
)
_TABLE = re.compile(r"^\s*\[\[(?P<name>\w+)\]\]")
_ANY_TABLE = re.compile(r"^\s*\[")
_TOML_LINE = re.compile(r"at line (\d+)")
_BAR = "|"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Hold what is wrong with one entry of a profile.

    Parameters
    ----------
    line
        The line on which the entry begins, from 1.
    where
        The entry, such as ``"scheme zz.act"``.
    what
        What is wrong with it.
    """

    line: int
    where: str
    what: str


def check_profile(file: str, text: str) -> tuple[Fault, ...]:
    """Return everything that is wrong with a profile, in the order of its lines.

    Notes
    -----
    Beside its form, the examples of every scheme are tried: each must be found by its
    pattern and become the normal form that stands beside it.
    """
    wrong: list[ProfileError] = []
    profile = read_profile(file, text, wrong)
    if profile is not None:
        wrong += _wrong_examples(file, profile)
    lines = text.splitlines()
    faults = (Fault(line=_line_of(e, lines), where=e.where, what=e.what) for e in wrong)
    return tuple(sorted(faults, key=lambda f: (f.line, f.where, f.what)))


def _wrong_examples(file: str, profile: Profile) -> Iterator[ProfileError]:
    for scheme in profile.schemes:
        where = f"scheme {scheme.name}"
        for writing, normal in scheme.examples:
            match = scheme.pattern.search(plain(writing))
            number = number_of(scheme, match, {}) if match else None
            if number is None:
                yield ProfileError(file, where, f"its pattern misses {writing!r}")
            elif number.normalised != normal:
                what = f"{writing!r} becomes {number.normalised!r}, not {normal!r}"
                yield ProfileError(file, where, what)


def _line_of(fault: ProfileError, lines: Sequence[str]) -> int:
    """Return the line of the entry that a fault names; the first without."""
    found = _TOML_LINE.search(fault.what)
    if fault.where == "TOML" and found:
        return int(found[1])
    table, _, name = fault.where.partition(" ")
    begins = [
        number
        for number, line in enumerate(lines)
        if (match := _TABLE.match(line)) and match["name"] == table
    ]
    if name.isdecimal() and 0 < int(name) <= len(begins):
        return begins[int(name) - 1] + 1
    for begin in begins:
        if _names(lines[begin + 1 :], name):
            return begin + 1
    return 1


def _names(lines: Sequence[str], name: str) -> bool:
    """Say whether an entry, up to the next one, has a name or code."""
    for line in lines:
        if _ANY_TABLE.match(line):
            return False
        key, equals, value = line.partition("=")
        if equals and key.strip() in {"name", "code"} and name in value:
            return True
    return False


@dataclass(slots=True, kw_only=True)
class FieldScore:
    """Count how a field was found.

    Parameters
    ----------
    stated
        Papers whose manifest states it.
    given
        Those of them in which something was found.
    right
        Those in which the stated value was found.
    """

    stated: int = 0
    given: int = 0
    right: int = 0

    @property
    def recall(self) -> float:
        """Return the share of stated values that were found; 1 where none is."""
        return self.right / self.stated if self.stated else 1.0

    @property
    def precision(self) -> float:
        """Return the share of found values that are right; 1 where none is."""
        return self.right / self.given if self.given else 1.0


@dataclass(slots=True)
class Measure:
    """Compare what describing found with what a manifest states, field by field.

    Attributes
    ----------
    misses
        File, field, what is stated and what was found.
    """

    scores: dict[str, FieldScore] = field(default_factory=dict)
    misses: list[tuple[str, str, str, str]] = field(default_factory=list)

    def add(self, file: str, stated: Mapping[str, str], found: Description) -> None:
        """Count one paper; an empty cell states nothing.

        Notes
        -----
        Texts agree by their letters and digits, numbers by their normal form, dates
        as far as the manifest goes (``2004`` agrees with ``2004-05-10``). Of several
        values, divided by ``|``, every one must have been found.
        """
        values = _values(found)
        names = (*MEASURED, *(name for name in stated if name.startswith("date.")))
        for name in names:
            wanted = [part.strip() for part in stated.get(name, "").split(_BAR)]
            wanted = [part for part in wanted if part]
            if not wanted:
                continue
            given = values.get(name, ())
            right = all(_is_among(name, w, given, found) for w in wanted)
            score = self.scores.setdefault(name, FieldScore())
            score.stated += 1
            score.given += bool(given)
            score.right += right
            if not right:
                self.misses.append((file, name, stated[name], _BAR.join(given)))


def _values(found: Description) -> dict[str, tuple[str, ...]]:
    single = ("date", "type", "language", "jurisdiction", "chamber", "session")
    values = {name: getattr(found, name) for name in (*single, "legislature")}
    return {
        **{name: (value,) for name, value in values.items() if value},
        **{f"date.{kind}": (day,) for kind, day in found.dates},
        "title": tuple(title for _, title in found.titles),
        "identifier": tuple(i.normalised for i in found.identifiers),
        "author": found.authors,
        "addressee": found.addressees,
        "subject": found.subjects,
    }


def _is_among(name: str, wanted: str, given: Sequence[str], found: Description) -> bool:
    if name == "identifier":
        normal = identify(wanted, found.jurisdiction).normalised
        shown = {fold(i.value) for i in found.identifiers}
        return normal in given or fold(wanted) in shown
    if name == "date" or name.startswith("date."):
        return any(day == wanted or day.startswith(f"{wanted}-") for day in given)
    return letters(wanted) in {letters(value) for value in given}
