"""Official numbers: what scheme one belongs to, and its normalised form.

A normalised number begins with its scheme (``lk.act:1997/30``), so that numbers of
two parliaments never meet; URNs and IRIs stand for themselves. ``?`` stands where a
part that the number needs (session, chamber) is unknown: such a number is ambiguous.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

from ingest.folding import fold, plain, squash
from ingest.legislatures import (
    Profile,
    Scheme,
    profile_for,
    profiles,
    when_profiles_change,
)
from ingest.templates import LEADING, fill

__all__ = [
    "OTHER",
    "Identifier",
    "Number",
    "identify",
    "number_of",
    "numbers_in",
    "schemes_of",
    "without_overlaps",
]

OTHER = "other"
_MAX_TYPED = 400
_MAX_QUERY = 4_000
_PREFIX = re.compile(r"([a-z]{2,12}(?:\.[a-z_]{2,24})?):\S")
_FRAME = " []().,;:"
_SAFE_BARE = re.compile(r"\d{1,2}/\d{3,5}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Identifier:
    """Hold an official number.

    Parameters
    ----------
    scheme
        Its scheme, such as ``lk.act``, or ``other``.
    value
        The number as it is shown.
    normalised
        The number as it is compared.
    """

    scheme: str
    value: str
    normalised: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """Hold an official number found in a text.

    Parameters
    ----------
    start, end
        Where it stands.
    text
        As it stands, white space collapsed.
    scheme, value, normalised
        As in :class:`Identifier`.
    weak
        Whether any other number at the same place is preferred.
    """

    start: int
    end: int
    text: str
    scheme: str
    value: str
    normalised: str
    weak: bool = False


@lru_cache(maxsize=256)
def schemes_of(jurisdiction: str | None) -> tuple[Scheme, ...]:
    """Return the schemes tried in a paper of a jurisdiction.

    Notes
    -----
    Those of the jurisdiction and the absolute ones (EU, IRI, URN); no other
    jurisdiction's, because their grammars collide.
    """
    own = profile_for(jurisdiction)
    chosen = [p for p in profiles().values() if p.absolute or p is own]
    return tuple(scheme for profile in chosen for scheme in profile.schemes)


@cache
def _known_schemes() -> frozenset[str]:
    return frozenset(
        name
        for profile in profiles().values()
        for scheme in profile.schemes
        for name in (scheme.name, scheme.keyed_as)
    )


when_profiles_change(schemes_of.cache_clear)
when_profiles_change(_known_schemes.cache_clear)


def number_of(
    scheme: Scheme, match: re.Match[str], facts: Mapping[str, str | None]
) -> Number | None:
    """Return the number that a match stands for, or None when a part is missing.

    Parameters
    ----------
    scheme
        Whose templates are filled.
    match
        What was found, in a text made by :func:`ingest.folding.plain`.
    facts
        ``chamber``, ``session`` and ``year`` of the paper, as far as known.
    """
    start, end = match.span()
    raw = match[0]
    if scheme.trim:
        leading = LEADING.match(raw)
        start += leading.end() if leading else 0
        raw = match.string[start:end]
    text = squash(raw)
    groups = {k: v for k, v in match.groupdict().items() if v is not None}
    stated = fold(raw).rstrip("/.,;:")
    values = {**facts, **groups, "text": text, "absolute": stated}
    key = fill(scheme.key, values)
    if not key:
        return None
    shown = (fill(scheme.shown, values) if scheme.shown else None) or text
    return Number(
        start=start,
        end=end,
        text=text,
        scheme=scheme.name,
        value=shown,
        normalised=fold(key if scheme.absolute else f"{scheme.keyed_as}:{key}"),
        weak=scheme.weak,
    )


def identify(text: str, jurisdiction: str | None = None) -> Identifier:
    """Return the scheme and normalised form of one official number.

    Parameters
    ----------
    text
        The number as a person typed it or another system holds it.
    jurisdiction
        ISO 3166-1 code in small letters, or ``eu``; None: any, where only one
        jurisdiction writes its numbers so.

    Returns
    -------
    Identifier
        Scheme ``other`` and the folded text where no scheme is known.

    Notes
    -----
    ``identify(identify(x).normalised).normalised == identify(x).normalised``.

    Examples
    --------
    >>> identify("E-9-2022-000123").normalised, identify("E-000123/22").normalised
    ('eu.question:e-000123/2022', 'eu.question:e-000123/2022')
    >>> identify("Act, No. 24 of 1999", jurisdiction="lk").normalised
    'lk.act:1999/24'
    """
    folded = fold(text)
    value = squash(text)
    prefix = _PREFIX.match(folded)
    if prefix and prefix[1] in _known_schemes():
        return Identifier(scheme=prefix[1], value=value, normalised=folded)
    found = _whole(folded, jurisdiction) if len(folded) <= _MAX_TYPED else None
    if found is None:
        return Identifier(scheme=OTHER, value=value, normalised=folded)
    return Identifier(scheme=found.scheme, value=value, normalised=found.normalised)


def _whole(folded: str, jurisdiction: str | None) -> Number | None:
    if profile_for(jurisdiction) is not None:
        return _best_whole(folded, schemes_of(jurisdiction))
    found = _best_whole(folded, schemes_of(None))
    if found is not None:
        return found
    local = [p for p in profiles().values() if not p.absolute]
    claims = [n for p in local if (n := _best_whole(folded, p.schemes))]
    return claims[0] if len(claims) == 1 else None


def _best_whole(folded: str, schemes: Iterable[Scheme]) -> Number | None:
    ranked = sorted(schemes, key=lambda s: (s.bare, s.weak))
    for text in dict.fromkeys((folded, folded.strip(_FRAME))):
        for scheme in ranked:
            match = scheme.typed.fullmatch(text)
            number = number_of(scheme, match, {}) if match else None
            if number is not None:
                return number
    return None


def numbers_in(text: str, jurisdiction: str | None = None) -> tuple[Number, ...]:
    """Return the official numbers in a query or title, in order.

    Parameters
    ----------
    text
        A short text; only its first 4,000 characters are looked at.
    jurisdiction
        As in :func:`identify`; None: every jurisdiction's schemes are tried, and a
        number that several claim is returned once for each.

    Notes
    -----
    A number without a word that says what it is (``6/4151``) counts where it is
    the whole text or cannot be a date or fraction. Small letters count as capitals
    where the whole text is in small letters.
    """
    ready = plain(text[:_MAX_QUERY])
    small = ready == ready.lower()
    own = profile_for(jurisdiction)
    chosen: tuple[Profile, ...] = tuple(
        p for p in profiles().values() if p.absolute or own is None or p is own
    )
    found = [
        number
        for profile in chosen
        for scheme in profile.schemes
        for number in _typed_numbers(scheme, ready, small=small)
    ]
    return tuple(without_overlaps(found, ties=True))


def _typed_numbers(scheme: Scheme, text: str, *, small: bool) -> Iterator[Number]:
    whole = text.strip(_FRAME)
    typed = small and (not scheme.strict or scheme.typed.fullmatch(whole))
    for match in (scheme.typed if typed else scheme.pattern).finditer(text):
        if scheme.bare and match[0] != whole and not _SAFE_BARE.fullmatch(match[0]):
            continue
        number = number_of(scheme, match, {})
        if number is not None:
            yield number


def without_overlaps(
    numbers: Iterable[Number], *, ties: bool = False
) -> Iterator[Number]:
    """Yield numbers in order, the strongest or longest of those that overlap.

    Parameters
    ----------
    numbers
        The numbers in any order.
    ties
        Whether several readings of the very same span are all kept.
    """
    ordered = sorted(numbers, key=lambda n: (n.start, n.weak, -n.end, n.scheme))
    kept: list[Number] = []
    for number in ordered:
        last = kept[-1] if kept else None
        if last is None or number.start >= last.end:
            kept.append(number)
        elif (number.start, number.end) == (last.start, last.end):
            new = all(number.normalised != k.normalised for k in kept[-8:])
            if ties and new and number.weak == last.weak:
                kept.append(number)
        elif (last.weak, -(last.end - last.start)) > (
            number.weak,
            -(number.end - number.start),
        ):
            kept[-1] = number
    yield from kept
