"""Tell the prints of one paper apart: ``B 12-2019`` from ``B 12B-2019``."""

from __future__ import annotations

import re
from functools import cache

from ingest.identifiers import OTHER, identify
from ingest.legislatures import Scheme, profiles, when_profiles_change

__all__ = ["newer_edition", "work_and_edition"]

_ORDERED = re.compile(r"[a-z]?|\d{1,8}(?:[-./]\d{1,4}){0,3}")
_NUMBERS = re.compile(r"\d+")


@cache
def _schemes_with_editions() -> dict[str, tuple[Scheme, ...]]:
    found: dict[str, tuple[Scheme, ...]] = {}
    for profile in profiles().values():
        for scheme in profile.schemes:
            if scheme.edition is not None:
                key = scheme.name if scheme.absolute else scheme.keyed_as
                found[key] = (*found.get(key, ()), scheme)
    return found


when_profiles_change(_schemes_with_editions.cache_clear)


def work_and_edition(normalised: str) -> tuple[str, str]:
    """Return a normalised number without its print, and the print.

    Parameters
    ----------
    normalised
        A number as :func:`ingest.identifiers.identify` normalises it.

    Returns
    -------
    tuple of str
        The number that all prints share, and the print in small letters; empty for
        the first and where the scheme knows no prints.

    Examples
    --------
    >>> work_and_edition("za.bill:b12b-2019")
    ('za.bill:b12-2019', 'b')
    >>> work_and_edition("/akn/za/bill/2010-10-10/2/eng@2010-11-01!main")
    ('/akn/za/bill/2010-10-10/2', '2010-11-01')
    >>> work_and_edition("lk.act:1997/30")
    ('lk.act:1997/30', '')
    """
    prefix = normalised.partition(":")[0]
    known = _schemes_with_editions()
    if prefix not in known:
        prefix = identify(normalised).scheme if "/" in normalised[:1] else OTHER
    for scheme in known.get(prefix, ()):
        match = scheme.edition.search(normalised) if scheme.edition else None
        if match:
            rest = normalised[: match.start()] + normalised[match.end() :]
            return rest, match["e"] or ""
    return normalised, ""


def newer_edition(left: str, right: str) -> str | None:
    """Return ``left`` or ``right``, whichever print is the later, or None.

    Notes
    -----
    Numbers, days and single letters have an order, and none at all comes before
    any; words such as "as amended" have none.

    Examples
    --------
    >>> newer_edition("9", "10"), newer_edition("b", ""), newer_edition("x", "as read")
    ('right', 'left', None)
    """
    one, other = left.casefold(), right.casefold()
    if one == other:
        return None
    if not _ORDERED.fullmatch(one) or not _ORDERED.fullmatch(other):
        return None
    if one and other and one.isalpha() != other.isalpha():
        return None
    return "left" if _order(one) > _order(other) else "right"


def _order(edition: str) -> tuple[int, tuple[int, ...], str]:
    numbers = tuple(int(part) for part in _NUMBERS.findall(edition))
    return len(edition) > 0, numbers, "" if numbers else edition
