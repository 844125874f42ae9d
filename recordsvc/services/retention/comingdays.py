"""What comes up: months in which records fall due, reviews and openings by their day.

Only numbers and ids: a calendar is copied to places that the archive does not know, so
neither titles of records nor of holds go into it.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from recordsvc.services.access import authorize, may
from recordsvc.services.context import Context

MONTHS_BACK, MONTHS_AHEAD = 12, 36
_MONTH = 7


class Kind(StrEnum):
    """What is to be done on a day."""

    DUE = "due"
    HOLD_REVIEW = "hold-review"
    VITAL_REVIEW = "vital-review"
    OPENING = "opening"


@dataclass(frozen=True, slots=True, kw_only=True)
class Coming:
    """Something that comes up.

    Parameters
    ----------
    on
        The day; the first of the month for what falls due in a month.
    count
        Of how many records.
    hold
        Id of the hold that is to be reviewed, else empty.
    """

    kind: Kind
    on: date
    count: int
    hold: str = ""


def coming(ctx: Context) -> list[Coming]:
    """Return what comes up from a year ago to three years from now, by day.

    No record is loaded: the trees of days are counted.
    """
    authorize(ctx, "retention.view")
    first = month_after(ctx.today(), -MONTHS_BACK)
    end = month_after(ctx.today(), MONTHS_AHEAD)
    found = [
        Coming(kind=Kind.DUE, on=date.fromisoformat(f"{month}-01"), count=count)
        for month, count in Counter(
            month_of(day) for day, _ in due_within(ctx, first, end)
        ).items()
    ]
    for kind, tree in (
        (Kind.VITAL_REVIEW, ctx.root.by_vital_review),
        (Kind.OPENING, ctx.root.by_opening),
    ):
        days = Counter(day for day, _ in _within(tree, first, end))
        found += [
            Coming(kind=kind, on=date.fromisoformat(day), count=count)
            for day, count in days.items()
        ]
    if may(ctx.actor, "hold.view"):
        found += _hold_reviews(ctx, first, end)
    return sorted(found, key=lambda c: (c.on, c.kind, c.hold))


def due_within(ctx: Context, first: date, end: date) -> Iterator[tuple[str, str]]:
    """Yield (due day, record id) of what falls due, `end` not included."""
    return _within(ctx.root.by_due, first, end)


def month_of(day: str) -> str:
    """Return the month, ``YYYY-MM``, of a day in ISO 8601."""
    return day[:_MONTH]


def _within(tree: Any, first: date, end: date) -> Iterator[tuple[str, str]]:
    return iter(tree.keys(min=(first.isoformat(), ""), max=(end.isoformat(), "")))


def _hold_reviews(ctx: Context, first: date, end: date) -> Iterator[Coming]:
    for hold_id in ctx.root.active_holds:
        hold = ctx.root.holds[hold_id]
        if hold.review_on is not None and first <= hold.review_on < end:
            count = len(ctx.root.held.keys(min=(hold_id, ""), max=(hold_id, "g")))
            yield Coming(
                kind=Kind.HOLD_REVIEW, on=hold.review_on, count=count, hold=hold_id
            )


def month_after(day: date, months: int) -> date:
    """Return the first day of the month that lies so many months from a day's.

    Examples
    --------
    >>> month_after(date(2026, 11, 25), 2)
    datetime.date(2027, 1, 1)
    >>> month_after(date(2026, 11, 25), -12)
    datetime.date(2025, 11, 1)
    """
    count = day.year * 12 + day.month - 1 + months
    last = date.max.year * 12 + 11
    year, month = divmod(min(max(count, 12), last), 12)
    return date(year, month + 1, 1)
