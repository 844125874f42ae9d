"""Read dates that are less or more than a day: EDTF levels 0 and 1.

The Extended Date/Time Format (ISO 8601-2:2019, annex A; levels as the Library of
Congress states them) writes what is known of a date and no more: ``1985~`` is about
1985, ``201X`` a year of that decade, ``2004-06/2006-08`` from June 2004 to August 2006.
"""

from __future__ import annotations

import datetime as dt
import re
from calendar import monthrange
from dataclasses import dataclass

__all__ = ["ExtendedDate", "extended_date"]

_PART = re.compile(
    r"(?P<y>\d{4}|\d{3}X|\d{2}XX)(?:-(?P<m>\d\d|XX)(?:-(?P<d>\d\d|XX))?)?(?P<q>[?~%])?"
)
_INSTANT = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d)T\d\d:\d\d:\d\d(?:Z|[+-]\d\d(?::\d\d)?)?"
)
_OPEN = ".."
_MAX_CHARS = 64
_LAST_MONTH = 12
# 21 spring to 24 winter, of either hemisphere: somewhere in the year, and a winter
# goes on to the end of February.
_SEASONS = range(21, 25)
_WINTER = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtendedDate:
    """Hold a date of EDTF with the days it may be.

    Parameters
    ----------
    text
        As it is written.
    first, last
        The first and the last day that it may be; None where an interval is open or
        its end unknown.
    is_day
        Whether it is one day, and certain.
    """

    text: str
    first: dt.date | None
    last: dt.date | None
    is_day: bool


def extended_date(text: str) -> ExtendedDate | None:
    """Return what a date of EDTF level 0 or 1 says, or None where it is none.

    Notes
    -----
    Years run from 0001 to 9999; those before or after them (``-0044``, ``Y17000``)
    are no dates of papers. An interval must not end before it begins.

    Examples
    --------
    >>> found = extended_date("2004-06/2006-08")
    >>> found.first.isoformat(), found.last.isoformat()
    ('2004-06-01', '2006-08-31')
    >>> extended_date("201X").last.isoformat(), extended_date("2004-13")
    ('2019-12-31', None)
    """
    if len(text) > _MAX_CHARS or not text.isascii():
        return None
    begin, slash, end = text.partition("/")
    if not slash:
        return _single(text)
    return _interval(text, begin, end)


def _interval(text: str, begin: str, end: str) -> ExtendedDate | None:
    if begin in {"", _OPEN} and end in {"", _OPEN}:
        return None
    limits: list[ExtendedDate | None] = []
    for part in (begin, end):
        found = None if part in {"", _OPEN} else _single(part)
        if found is None and part not in {"", _OPEN}:
            return None
        limits.append(found)
    first = limits[0].first if limits[0] else None
    last = limits[1].last if limits[1] else None
    if first is not None and last is not None and last < first:
        return None
    return ExtendedDate(text=text, first=first, last=last, is_day=False)


def _single(text: str) -> ExtendedDate | None:
    instant = _INSTANT.fullmatch(text)
    match = _PART.fullmatch(instant["day"] if instant else text)
    if match is None:
        return None
    first_year, last_year = _years(match["y"])
    month, day = match["m"], match["d"]
    if not first_year or (match["y"].endswith("X") and {month, day} - {None, "XX"}):
        # Level 1 leaves digits out from the right only.
        return None
    try:
        first, last = _span(first_year, last_year, month, day)
    except ValueError:
        return None
    is_day = first == last and match["q"] is None
    return ExtendedDate(text=text, first=first, last=last, is_day=is_day)


def _years(digits: str) -> tuple[int, int]:
    first, last = int(digits.replace("X", "0")), int(digits.replace("X", "9"))
    return (max(first, 1) if last else 0), last


def _span(
    first_year: int, last_year: int, month: str | None, day: str | None
) -> tuple[dt.date, dt.date]:
    """Return the first and last day; there is no such month or day: ValueError."""
    if month in {None, "XX"}:
        if day not in {None, "XX"}:
            raise ValueError("a day without its month")
        return dt.date(first_year, 1, 1), dt.date(last_year, _LAST_MONTH, 31)
    number = int(str(month))
    if number in _SEASONS and day is None:
        return _season(first_year, number)
    if day in {None, "XX"}:
        days = monthrange(first_year, number)[1]
        return dt.date(first_year, number, 1), dt.date(last_year, number, days)
    found = dt.date(first_year, number, int(str(day)))
    return found, found


def _season(year: int, number: int) -> tuple[dt.date, dt.date]:
    begin, end = dt.date(year, 1, 1), dt.date(year, _LAST_MONTH, 31)
    if number == _WINTER and year < dt.MAXYEAR:
        end = dt.date(year + 1, 2, monthrange(year + 1, 2)[1])
    return begin, end
