"""Load what is known of each parliament's papers: one TOML file a jurisdiction.

A profile says by which words a paper of that parliament is recognised, how its
official numbers are written and normalised, and by which cues its papers show title,
date, number and kind. A parliament adds its own file without code: its tables have
the members of the classes below, and a fault is told with its place.
"""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import ClassVar, TypeVar

from ingest.entries import Entry
from ingest.errors import ProfileError
from ingest.questionlayouts import QuestionLayout, layout_of
from ingest.recordtypes import RECORD_TYPES

__all__ = [
    "Chamber",
    "Profile",
    "Rule",
    "Scheme",
    "Session",
    "own_folder",
    "parse_profile",
    "profile_for",
    "profiles",
    "read_profile",
    "use_profiles",
    "when_profiles_change",
]

T = TypeVar("T")
FIELDS = frozenset(
    "title date type identifier chamber session edition description occasion "
    "legislature author addressee subject".split()
)
_PLAIN = frozenset({"code", "name", "aliases", "absolute", "zone"})
_TABLES = frozenset("evidence chamber sitting scheme rule questionpaper".split())
_CODE = re.compile(r"[a-z]{2,12}")
_KIND = re.compile(r"[a-z][a-z0-9-]{0,40}")
_SCHEME = re.compile(r"[a-z]{2,12}(?:\.[a-z_]{2,24})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Chamber:
    """Hold a chamber or parliament and the folded words that name it."""

    code: str
    name: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Hold a session with its first and last day, both included."""

    name: str
    first: dt.date
    last: dt.date


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheme:
    """Hold how one kind of official number is written.

    Parameters
    ----------
    name
        Its name, such as ``lk.act``.
    pattern
        How it is written in papers.
    typed
        The same, with any letter case: how a person may type it.
    keyed_as
        The scheme that begins the normalised number: two ways of writing one
        number share it.
    key
        Template of the normalised number without the scheme.
    shown
        Template of the number as it is shown; empty: as it stands.
    needles
        Words one of which every writing holds; without them the pattern is not
        tried. Empty: always tried.
    bare
        True for a number without a word that says what it is: taken only where it
        stands alone.
    absolute
        True when the number is unique by itself (URN, IRI): it is normalised
        without its scheme's name.
    weak
        True when any other number at the same place is preferred.
    strict
        True when letter case tells the number from other words.
    trim
        True when words such as "Under the" are no part of what was found.
    edition
        What in a normalised number tells one print of a paper from the next, or
        None; without it two prints have one number. Its group ``e`` is the print.
    examples
        Pairs of a writing and its normalised form; tests check them.
    """

    name: str
    pattern: re.Pattern[str]
    typed: re.Pattern[str]
    keyed_as: str
    key: str
    shown: str
    needles: tuple[str, ...]
    bare: bool
    absolute: bool
    weak: bool
    strict: bool
    trim: bool
    edition: re.Pattern[str] | None
    examples: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Hold one cue by which a paper shows a value.

    Parameters
    ----------
    name
        Its name in the provenance of a value, such as ``lk:cited-as``.
    field
        The field it finds.
    pattern
        What is looked for.
    value
        Template of the value, filled with the groups of the pattern.
    scheme
        For an identifier, the scheme whose templates the groups fill.
    pages
        How many first pages are searched.
    embedded
        The embedded field that is searched instead of pages, or None;
        ``type@akn:root``: only where its source begins so.
    types
        The kinds of paper it is for; empty: all.
    vote
        True when the writings at several places are counted and the most frequent
        one is taken.
    many
        True when every match counts, not the first alone.
    kind
        For a date, what happened on it (``certified``, ``sitting``), or empty; an
        ``occasion``, a day beside the paper's own, always has one.
    how
        ``extracted``, or ``inferred`` where the value is a conclusion.
    confidence
        From 0 to 1.
    """

    name: str
    field: str
    pattern: re.Pattern[str]
    value: str
    scheme: str
    pages: int
    embedded: str | None
    types: frozenset[str]
    vote: bool
    many: bool
    kind: str
    how: str
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """Hold what is known of the papers of one jurisdiction."""

    code: str
    name: str
    aliases: tuple[str, ...]
    absolute: bool
    zone: str
    evidence: Mapping[str, int]
    chambers: tuple[Chamber, ...]
    sessions: tuple[Session, ...]
    schemes: tuple[Scheme, ...]
    rules: tuple[Rule, ...]
    questionpapers: tuple[QuestionLayout, ...]


@cache
def _profiles_in(folder: Path | None) -> Mapping[str, Profile]:
    """Return the profiles of a folder, or of the package, by their codes."""
    found: dict[str, Profile] = {}
    place = files("ingest").joinpath("profiles") if folder is None else folder
    for entry in sorted(place.iterdir(), key=lambda e: e.name):
        if entry.name.endswith(".toml"):
            profile = parse_profile(entry.name, entry.read_text("utf-8"))
            if profile.code in found:
                raise ProfileError(entry.name, "code", f"{profile.code} exists already")
            found[profile.code] = profile
    return MappingProxyType(found)


class _Chosen:
    """Hold the folder of own profiles of this process; None: those of the package."""

    folder: Path | None = None
    every: Mapping[str, Profile] | None = None
    dependents: ClassVar[list[Callable[[], None]]] = []


def use_profiles(folder: Path | None) -> None:
    """Let a parliament's own profiles count in this process, from now on.

    Parameters
    ----------
    folder
        Its ``*.toml`` are added to those of the package; one with the same code takes
        the place of the package's. None: the package's alone.

    Raises
    ------
    ProfileError
        A file is malformed or cannot be read; the profiles are as they were.
    """
    every = dict(_profiles_in(None))
    if folder is not None:
        _profiles_in.cache_clear()
        try:
            every |= _profiles_in(folder)
        except (OSError, UnicodeDecodeError) as fault:
            raise ProfileError(str(folder), "folder", str(fault)) from None
    _Chosen.folder, _Chosen.every = folder, MappingProxyType(every)
    for forget in _Chosen.dependents:
        forget()


def own_folder() -> Path | None:
    """Return the folder of own profiles that counts in this process."""
    return _Chosen.folder


def when_profiles_change(forget: Callable[[], None]) -> None:
    """Let what was computed from the profiles be forgotten when others count."""
    _Chosen.dependents.append(forget)


def profiles() -> Mapping[str, Profile]:
    """Return every profile by its code: those of the package and the own ones.

    Raises
    ------
    ProfileError
        A file is malformed, or two name the same jurisdiction.
    """
    return _profiles_in(None) if _Chosen.every is None else _Chosen.every


def profile_for(jurisdiction: str | None) -> Profile | None:
    """Return the profile of a jurisdiction by its code or another usual one."""
    if not jurisdiction:
        return None
    code = jurisdiction.strip().lower()
    known = profiles()
    if code in known:
        return known[code]
    return next((p for p in known.values() if code in p.aliases), None)


def parse_profile(file: str, text: str) -> Profile:
    """Return the profile written in a TOML text.

    Parameters
    ----------
    file
        The name that errors give.
    text
        The TOML text.

    Raises
    ------
    ProfileError
        Naming the first entry at fault and what is wrong with it.
    """
    faults: list[ProfileError] = []
    profile = read_profile(file, text, faults)
    if profile is None or faults:
        raise faults[0]
    return profile


def read_profile(file: str, text: str, faults: list[ProfileError]) -> Profile | None:
    """Return what can be read of a profile; what is wrong is added to `faults`."""
    try:
        return _profile(file, tomllib.loads(text), faults)
    except tomllib.TOMLDecodeError as fault:
        faults.append(ProfileError(file, "TOML", str(fault)))
    except ProfileError as fault:
        faults.append(fault)
    return None


def _each(
    entries: Iterable[Entry], build: Callable[[Entry], T], faults: list[ProfileError]
) -> tuple[T, ...]:
    """Return what is built of each entry; one at fault does not hide the next."""
    built: list[T] = []
    for entry in entries:
        try:
            built.append(build(entry))
        except ProfileError as fault:
            faults.append(fault)
    return tuple(built)


def _chamber(entry: Entry) -> Chamber:
    entry.only(frozenset({"code", "name", "words"}))
    return Chamber(
        code=entry.text("code"), name=entry.text("name"), words=entry.texts("words")
    )


def _profile(
    file: str, table: Mapping[str, object], faults: list[ProfileError]
) -> Profile:
    top = Entry(file, "profile", table)
    top.only(_PLAIN | _TABLES)
    code = top.text("code")
    if not _CODE.fullmatch(code):
        raise top.wrong("code is not an ISO 3166-1 code in small letters")
    entries = top.entries("scheme", "name")
    schemes = _each(entries, _scheme, faults)
    # A scheme at fault is told once, not again by each rule that names it.
    named = {str(e.table.get("name")) for e in entries}
    return Profile(
        code=code,
        name=top.text("name"),
        aliases=top.texts("aliases"),
        absolute=top.flag("absolute"),
        zone=top.text("zone", "UTC"),
        evidence=top.weights("evidence"),
        chambers=_each(top.entries("chamber", "code"), _chamber, faults),
        sessions=_each(top.entries("sitting", "name"), _sitting, faults),
        schemes=schemes,
        rules=_each(
            top.entries("rule", "name"), lambda e: _rule(e, code, named), faults
        ),
        questionpapers=_each(
            top.entries("questionpaper", "name"),
            lambda e: layout_of(e, code, named),
            faults,
        ),
    )


def _scheme(entry: Entry) -> Scheme:
    known = "name pattern keyed_as key shown needles bare weak strict trim edition"
    entry.only(frozenset([*known.split(), "examples"]))
    name = entry.text("name")
    if not _SCHEME.fullmatch(name):
        raise entry.wrong("a scheme is named like uk.act")
    key, shown = entry.text("key"), entry.text("shown", "")
    pattern = entry.pattern("pattern")
    entry.check_template(key, pattern)
    entry.check_template(shown, pattern)
    examples = entry.table.get("examples", [])
    if not examples or not all(
        isinstance(e, list) and len(e) == len(("writing", "normalised"))
        for e in examples
    ):
        raise entry.wrong("examples must be pairs of a writing and its normalised form")
    return Scheme(
        name=name,
        pattern=pattern,
        typed=re.compile(pattern.pattern, pattern.flags | re.IGNORECASE),
        keyed_as=entry.text("keyed_as", "") or name,
        key=key,
        shown=shown,
        needles=entry.texts("needles"),
        bare=entry.flag("bare"),
        absolute=key == "{absolute}",
        weak=entry.flag("weak"),
        strict=entry.flag("strict"),
        trim=entry.flag("trim"),
        edition=_edition(entry),
        examples=tuple((str(a), str(b)) for a, b in examples),
    )


def _edition(entry: Entry) -> re.Pattern[str] | None:
    if "edition" not in entry.table:
        return None
    pattern = entry.pattern("edition")
    if set(pattern.groupindex) != {"e"}:
        raise entry.wrong("edition must have one named group, e")
    return pattern


def _sitting(entry: Entry) -> Session:
    entry.only(frozenset({"name", "first", "last"}))
    first, last = entry.table.get("first"), entry.table.get("last")
    if not isinstance(first, dt.date) or not isinstance(last, dt.date) or last < first:
        raise entry.wrong("first and last must be days, in that order")
    return Session(name=entry.text("name"), first=first, last=last)


def _rule(entry: Entry, code: str, schemes: set[str]) -> Rule:
    known = "name field pattern value scheme pages embedded types vote many kind how"
    entry.only(frozenset(f"{known} confidence".split()))
    field = entry.text("field")
    if field not in FIELDS:
        raise entry.wrong(f"field may be {', '.join(sorted(FIELDS))}")
    pattern, value = entry.pattern("pattern"), entry.text("value", "")
    scheme = entry.text("scheme", "")
    if scheme and scheme not in schemes:
        raise entry.wrong(f"there is no scheme {scheme} in this profile")
    if not value and not scheme:
        raise entry.wrong("it needs a value or a scheme")
    entry.check_template(value, pattern)
    kind = entry.text("kind", "")
    if kind and not _KIND.fullmatch(kind):
        raise entry.wrong("kind is a word of small letters, digits and hyphens")
    if field == "occasion" and not kind:
        raise entry.wrong("an occasion needs a kind: what happened on that day")
    if field == "type" and value not in RECORD_TYPES and "{" not in value:
        raise entry.wrong(f"there is no record type {value!r} in the vocabulary")
    how = entry.text("how", "extracted")
    if how not in {"extracted", "inferred"}:
        raise entry.wrong("how may be extracted or inferred")
    confidence = entry.table.get("confidence", 0.8)
    if not isinstance(confidence, int | float) or not 0 < confidence <= 1:
        raise entry.wrong("confidence is not between 0 and 1")
    return Rule(
        name=f"{code}:{entry.text('name')}",
        field=field,
        pattern=pattern,
        value=value,
        scheme=scheme,
        pages=entry.count("pages", 1),
        embedded=entry.text("embedded", "") or None,
        types=frozenset(entry.texts("types")),
        vote=entry.flag("vote"),
        many=entry.flag("many"),
        kind=kind,
        how=how,
        confidence=float(confidence),
    )
