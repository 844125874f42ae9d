"""Periods and roundings: the arithmetic of a retention clock.

Years and months are added as one and clamped to the end of the month, then weeks and
days. Rounding moves a day to the first day of the next unit, always forward.
"""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from dateutil.relativedelta import relativedelta

from retention.dates import MAX_REMEMBERED
from retention.errors import CaseError, MalformedError

__all__ = [
    "MAX_AMOUNT",
    "Period",
    "add_days",
    "next_fiscal_year",
    "next_month",
    "next_quarter",
    "next_year",
]

MAX_AMOUNT = 10**9
"""No number of a period counts for more: it leaves the calendar long before."""

_PERIOD = re.compile(
    r"P(?=[0-9])(?:([0-9]+)Y)?(?:([0-9]+)M)?(?:([0-9]+)W)?(?:([0-9]+)D)?"
)
_MONTHS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Hold a length of time in calendar units (ISO 8601-1, 5.5.2).

    Raises
    ------
    MalformedError
        If a number is negative or beyond :data:`MAX_AMOUNT`.

    Examples
    --------
    >>> Period.parse("P1Y1M").after(date(2024, 2, 29))
    datetime.date(2025, 3, 29)
    >>> str(Period.parse("P010Y"))
    'P10Y'
    """

    years: int = 0
    months: int = 0
    weeks: int = 0
    days: int = 0

    def __post_init__(self) -> None:
        for amount in (self.years, self.months, self.weeks, self.days):
            if not 0 <= amount <= MAX_AMOUNT:
                raise MalformedError(
                    "a number of a period", amount, f"from 0 to {MAX_AMOUNT}"
                )

    @classmethod
    def parse(cls, text: object, what: str = "period") -> "Period":
        """Return the period of a text ``PnYnMnWnD``.

        Parameters
        ----------
        text
            Upper case, in this order, whole numbers, at least one part.
        what
            What the period is, for the message.

        Raises
        ------
        MalformedError
            If it is anything else.
        """
        if not isinstance(text, str):
            raise MalformedError(what, text, _WANTED)
        if len(text) > MAX_REMEMBERED:
            return _parsed.__wrapped__(text, what)
        return _parsed(text, what)

    def __str__(self) -> str:
        return _printed(self.years, self.months, self.weeks, self.days)

    def after(self, day: date) -> date:
        """Return the day this long after a day.

        Raises
        ------
        CaseError
            If that is after the year 9999.
        """
        moved = _months_after(day, self.years, self.months)
        return add_days(moved, 7 * self.weeks + self.days)


_WANTED = "PnYnMnWnD in upper case, in that order, in whole numbers (P10Y, P1Y6M, P0D)"


@lru_cache(maxsize=4096)
def _parsed(text: str, what: str) -> Period:
    found = _PERIOD.fullmatch(text)
    if found is None:
        raise MalformedError(what, text, _WANTED)
    years, months, weeks, days = (_amount(digits) for digits in found.groups())
    return Period(years=years, months=months, weeks=weeks, days=days)


@lru_cache(maxsize=4096)
def _printed(*amounts: int) -> str:
    parts = zip(amounts, "YMWD", strict=True)
    return "P" + (
        "".join(f"{amount}{unit}" for amount, unit in parts if amount) or "0D"
    )


def _amount(digits: str | None) -> int:
    significant = (digits or "").lstrip("0")
    if len(significant) >= len(str(MAX_AMOUNT)):
        return MAX_AMOUNT
    return int(significant or "0")


@lru_cache(maxsize=65536)
def _months_after(day: date, years: int, months: int) -> date:
    try:
        return day + relativedelta(years=years, months=months)
    except (ValueError, OverflowError):
        added = Period(years=years, months=months)
        raise _beyond(f"{day} plus {added}") from None


def _beyond(what: str) -> CaseError:
    return CaseError(f"{what} is after the year 9999, which no date can say")


def add_days(day: date, days: int) -> date:
    """Return the day so many days after a day.

    Raises
    ------
    CaseError
        If that is after the year 9999.

    Examples
    --------
    >>> add_days(date(2025, 12, 31), 1)
    datetime.date(2026, 1, 1)
    """
    try:
        return day + timedelta(days=days)
    except OverflowError:
        raise _beyond(f"{day} plus {days} days") from None


def _first_of(year: int, month: int, day: int, after: date) -> date:
    if year > date.max.year:
        raise _beyond(f"the first day of the next unit after {after}")
    return date(year, month, day)


def next_month(day: date) -> date:
    """Return the first day of the next month.

    Examples
    --------
    >>> next_month(date(2024, 2, 1))
    datetime.date(2024, 3, 1)
    """
    return _next_block(day, 1)


def next_quarter(day: date) -> date:
    """Return the first day of the next calendar quarter.

    Examples
    --------
    >>> next_quarter(date(2024, 10, 1))
    datetime.date(2025, 1, 1)
    """
    return _next_block(day, 3)


def next_year(day: date) -> date:
    """Return the first day of the next calendar year.

    Examples
    --------
    >>> next_year(date(2010, 1, 1))
    datetime.date(2011, 1, 1)
    """
    return _next_block(day, _MONTHS)


def _next_block(day: date, months: int) -> date:
    blocks = (day.month - 1) // months + 1
    years, month = divmod(blocks * months, _MONTHS)
    return _first_of(day.year + years, month + 1, 1, day)


def next_fiscal_year(day: date, start: tuple[int, int]) -> date:
    """Return the first day of the next fiscal year.

    Parameters
    ----------
    day
        The day to be moved.
    start
        Month and day on which fiscal years begin; never 29 February.

    Examples
    --------
    >>> next_fiscal_year(date(2024, 3, 31), (4, 1))
    datetime.date(2024, 4, 1)
    >>> next_fiscal_year(date(2024, 4, 1), (4, 1))
    datetime.date(2025, 4, 1)
    """
    year = day.year + ((day.month, day.day) >= start)
    return _first_of(year, *start, day)
