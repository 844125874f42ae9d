"""Legal days: what day a text names in the time zone of the authority.

A bare date has no zone. An instant goes to the zone first and loses its time then, so
that a file closed at 23:30 UTC on New Year's Eve is closed next year in Paris.
"""

import re
from datetime import date, datetime
from functools import lru_cache
from importlib import resources
from zoneinfo import ZoneInfo

from retention.errors import CaseError, MalformedError

__all__ = ["MAX_REMEMBERED", "bare_day", "legal_day", "zone_of"]

_BARE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INSTANT = re.compile(
    r"(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"T(?P<minute>(?:[01][0-9]|2[0-3]):[0-5][0-9])"
    r"(?::(?P<second>[0-5][0-9])(?:\.[0-9]+)?)?"
    r"(?P<offset>Z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])?"
)
_WANTED = "YYYY-MM-DD, or YYYY-MM-DDThh:mm[:ss[.f]] with Z, an offset or neither"

MAX_REMEMBERED = 64
"""Longer texts are read each time, so that no input can fill the memory."""

_CYCLE = 400
"""Years after which Gregorian dates, weekdays and zone rules repeat."""


@lru_cache(maxsize=1)
def _zone_names() -> frozenset[str]:
    names = resources.files("tzdata").joinpath("zones").read_text(encoding="utf-8")
    return frozenset(names.split())


@lru_cache(maxsize=1024)
def zone_of(name: str) -> ZoneInfo:
    """Return the time zone of a name of the IANA time zone database.

    Raises
    ------
    MalformedError
        If there is no zone of that name.

    Notes
    -----
    Rules come from the ``tzdata`` package alone, never from the host: a decision must
    not change with the machine, its ``TZ`` or its ``PYTHONTZPATH``.

    Examples
    --------
    >>> zone_of("Europe/Paris").key
    'Europe/Paris'
    """
    if name not in _zone_names():
        raise MalformedError("zone", name, "a zone of the IANA database (Europe/Paris)")
    source = resources.files("tzdata").joinpath("zoneinfo", *name.split("/"))
    with source.open("rb") as stream:
        return ZoneInfo.from_file(stream, key=name)


def bare_day(text: object, what: str) -> date:
    """Return the day of a text ``YYYY-MM-DD``.

    Parameters
    ----------
    text
        The text, or anything else, which is refused.
    what
        What the date is, for the message.

    Raises
    ------
    MalformedError
        If it is no such text or no day of the years 1 to 9999.

    Examples
    --------
    >>> bare_day("2024-02-29", "closed")
    datetime.date(2024, 2, 29)
    """
    if isinstance(text, str) and _BARE.fullmatch(text):
        try:
            return date.fromisoformat(text)
        except ValueError:
            pass
    raise MalformedError(what, text, "a day of the calendar, YYYY-MM-DD")


def legal_day(text: object, zone: str, what: str) -> date:
    """Return the legal day of a date or an instant in a zone.

    Parameters
    ----------
    text
        ``YYYY-MM-DD``, or ``YYYY-MM-DDThh:mm[:ss[.f]]`` with ``Z``, an offset
        ``+hh:mm``, or neither for local time of the zone.
    zone
        The name of the zone.
    what
        What the date is, for the message.

    Raises
    ------
    MalformedError
        If it is anything else.
    CaseError
        If the day in the zone lies outside the years 1 to 9999.

    Examples
    --------
    >>> legal_day("2025-12-31T23:30:00Z", "Europe/Paris", "closed")
    datetime.date(2026, 1, 1)
    >>> legal_day("2025-12-31T23:30:00", "Europe/Paris", "closed")
    datetime.date(2025, 12, 31)
    """
    if not isinstance(text, str):
        raise MalformedError(what, text, _WANTED)
    if len(text) > MAX_REMEMBERED:
        return _legal_day.__wrapped__(text, zone, what)
    return _legal_day(text, zone, what)


@lru_cache(maxsize=65536)
def _legal_day(text: str, zone: str, what: str) -> date:
    if _BARE.fullmatch(text):
        return bare_day(text, what)
    found = _INSTANT.fullmatch(text)
    if found is None:
        raise MalformedError(what, text, _WANTED)
    day = bare_day(found["day"], what)
    if found["offset"] is None:
        return day
    time = f"T{found['minute']}:{found['second'] or '00'}{found['offset']}"
    local = _day_in_zone(day, time, zone_of(zone))
    if local is None:
        raise CaseError(f"{what} {text} is outside the years 1 to 9999 in {zone}")
    return local


def _day_in_zone(day: date, time: str, zone: ZoneInfo) -> date | None:
    # The first and the last years are moved by whole Gregorian cycles: on its way to
    # the zone an instant passes through UTC, which may leave the calendar there.
    shift = _CYCLE if day.year == date.min.year else 0
    shift -= _CYCLE if day.year == date.max.year else 0
    moved = day.replace(year=day.year + shift)
    local = datetime.fromisoformat(moved.isoformat() + time).astimezone(zone).date()
    if not date.min.year <= local.year - shift <= date.max.year:
        return None
    return local.replace(year=local.year - shift)
