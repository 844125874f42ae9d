"""The forecast: how much falls due in the years to come, by what is to be done."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from recordsvc.model import Record
from recordsvc.services.access import authorize
from recordsvc.services.context import Context
from recordsvc.services.errors import InvalidRequest
from recordsvc.services.retention import standing
from recordsvc.services.retention.walking import records_in

MOST_YEARS = 100
BYTES, RECORDS = "bytes", "records"
UNITS = {"year": 4, "month": 7}


@dataclass(slots=True, kw_only=True)
class Forecast:
    """What falls due, by period.

    Parameters
    ----------
    on, until
        First and last day looked at.
    overdue
        What was due before the first day and is still here.
    periods
        Counts of records by action, and of bytes, by ``YYYY`` or ``YYYY-MM``.
    provisional
        The same for days that are not confirmed: they are counted nowhere else.
    """

    on: date
    until: date
    overdue: Counter[str] = field(default_factory=Counter)
    periods: dict[str, Counter[str]] = field(default_factory=dict)
    provisional: dict[str, Counter[str]] = field(default_factory=dict)

    def as_mapping(self) -> dict[str, Any]:
        """Return the forecast as JSON-able values."""
        return {
            "on": self.on.isoformat(),
            "until": self.until.isoformat(),
            "overdue": _counts(self.overdue),
            "periods": _listed(self.periods),
            "provisional": _listed(self.provisional),
        }


def _counts(found: Counter[str]) -> dict[str, Any]:
    actions = {k: n for k, n in sorted(found.items()) if k not in {BYTES, RECORDS}}
    return {RECORDS: found[RECORDS], "actions": actions, BYTES: found[BYTES]}


def _listed(periods: dict[str, Counter[str]]) -> list[dict[str, Any]]:
    return [{"period": key, **_counts(found)} for key, found in sorted(periods.items())]


def forecast(ctx: Context, *, years: int = 10, unit: str = "year") -> Forecast:
    """Return what falls due from today on.

    Parameters
    ----------
    years
        How many years from today, 1 to 100.
    unit
        ``year`` or ``month``.

    Raises
    ------
    InvalidRequest
        If the years or the unit are none of these.

    Notes
    -----
    Every record due in the span is loaded for its action and its bytes: 0.09 ms each,
    8 s for 86,000. That is a report for planning, asked for now and then; a tree that
    kept both would be written with every capture and edit.
    """
    authorize(ctx, "retention.view")
    if not 1 <= years <= MOST_YEARS:
        raise InvalidRequest(f"years is {years}; it must be 1 to {MOST_YEARS}")
    if unit not in UNITS:
        raise InvalidRequest(f"{unit!r} is no unit; units are {', '.join(UNITS)}")
    today = ctx.today()
    found = Forecast(on=today, until=_last_day(today, years))
    for record, day in _certain(ctx, found.until):
        key = day.isoformat()[: UNITS[unit]]
        counts = (
            found.overdue if day < today else found.periods.setdefault(key, Counter())
        )
        _count(counts, record)
    for record, day in _provisional(ctx, found.until):
        key = day.isoformat()[: UNITS[unit]]
        _count(found.provisional.setdefault(key, Counter()), record)
    return found


def _last_day(today: date, years: int) -> date:
    year = min(today.year + years, date.max.year)
    is_leap_day = (today.month, today.day) == (2, 29)
    return today.replace(year=year, day=28 if is_leap_day else today.day)


def _certain(ctx: Context, until: date) -> Iterator[tuple[Record, date]]:
    pairs = ctx.root.by_due.keys(max=(until.isoformat(), "g"))
    return _dated(ctx, (record_id for _, record_id in pairs), until)


def _provisional(ctx: Context, until: date) -> Iterator[tuple[Record, date]]:
    state = standing.PROVISIONAL
    pairs = ctx.root.by_exception.keys(min=(state, ""), max=(state, "g"))
    return _dated(ctx, (record_id for _, record_id in pairs), until)


def _dated(
    ctx: Context, ids: Iterator[str], until: date
) -> Iterator[tuple[Record, date]]:
    for record in records_in(ctx.root, ids):
        found = record.standing
        if found is not None and found.due_on is not None and found.due_on <= until:
            yield record, found.due_on


def _count(counts: Counter[str], record: Record) -> None:
    counts[RECORDS] += 1
    action = record.standing.action if record.standing is not None else None
    counts[action or "none"] += 1
    counts[BYTES] += sum(file.bytes for file in record.files)
