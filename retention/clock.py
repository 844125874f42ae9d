"""A clock: what starts it, to what its start is rounded, how long it runs.

The clocks of disposal (:mod:`retention.stages`), of closure
(:mod:`retention.closure`) and of maximum-keeping duties (:mod:`retention.maximum`) are
the same; only what happens at their end differs.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import Generic, Protocol, TypeVar

from retention.periods import (
    Period,
    add_days,
    next_fiscal_year,
    next_month,
    next_quarter,
    next_year,
)
from retention.reading import Reading
from retention.schedule import Combine, Rounding, Trigger, TriggerKind
from retention.trace import Step

__all__ = ["Clock", "Days", "Rule", "rule_facts", "run", "start"]

_PLAIN_ROUNDINGS = {
    Rounding.MONTH: next_month,
    Rounding.QUARTER: next_quarter,
    Rounding.YEAR: next_year,
}
_CALENDAR_ROUNDINGS = {
    Rounding.SESSION: TriggerKind.SESSION_END,
    Rounding.LEGISLATURE: TriggerKind.LEGISLATURE_END,
}


class Rule(Protocol):
    """Say how a clock runs: a stage of a schedule, a closure rule or a maximum."""

    @property
    def triggers(self) -> tuple[Trigger, ...]:
        """Return what starts the clock."""
        ...

    @property
    def combine(self) -> Combine:
        """Return how several triggers count together."""
        ...

    @property
    def rounding(self) -> Rounding:
        """Return to what the trigger date is moved."""
        ...

    @property
    def period(self) -> Period | None:
        """Return how long the clock runs."""
        ...


def rule_facts(rule: Rule) -> dict[str, object]:
    """Return how a rule runs, as a trace tells it."""
    return {
        "triggers": [str(trigger) for trigger in rule.triggers],
        "combine": rule.combine.value,
        "rounding": rule.rounding.value,
        "period": str(rule.period) if rule.period is not None else None,
    }


class Days(Protocol):
    """Tell the days that a clock needs: from facts, or from a recorded trace."""

    @property
    def fiscal(self) -> tuple[int, int] | None:
        """Return month and day on which fiscal years begin, where that is known."""
        ...

    def read(self, trigger: Trigger) -> Reading | None:
        """Return the day on which a trigger fired, or None while it is missing."""
        ...

    def end_after(self, kind: TriggerKind, day: date) -> Reading | None:
        """Return the first end of its kind on or after a day, or None."""
        ...


_Rule = TypeVar("_Rule", bound=Rule)


@dataclass(slots=True, kw_only=True)
class Clock(Generic[_Rule]):
    """Hold a clock, filled in as it is read.

    Parameters
    ----------
    of
        Code of the schedule, closure rule or maximum that it belongs to.
    name
        What it measures, ``disposal``, ``closure`` or ``maximum``.
    rule
        How it runs.
    trigger_date
        The day on which it started, before rounding.
    ends_on
        The day on which it runs out; None while that is unknown.
    is_provisional
        Whether that day hangs on a date that is not confirmed.
    trace
        How these were found.
    """

    of: str
    name: str
    rule: _Rule
    trigger_date: date | None = None
    ends_on: date | None = None
    is_provisional: bool = False
    trace: list[Step] = field(default_factory=list)

    def note(self, step: str, **facts: object) -> None:
        """Add a step to the trace."""
        facts["of"] = self.of
        self.trace.append(Step(step=step, facts=facts))


def start(clock: Clock[_Rule], days: Days) -> Reading | None:
    """Return the day on which a clock starts by its triggers; None while it waits.

    Raises
    ------
    MalformedError, CaseError
        If a fact that a trigger reads is malformed.
    """
    rule = clock.rule
    found: list[Reading] = []
    missing: list[str] = []
    for trigger in dict.fromkeys(rule.triggers):
        reading, name = days.read(trigger), str(trigger)
        clock.note(
            "trigger",
            trigger=name,
            date=reading.day.isoformat() if reading is not None else None,
            provisional=reading is not None and reading.is_provisional,
            text=reading.text if reading is not None else None,
        )
        if reading is None:
            missing.append(name)
        else:
            found.append(reading)
    if not found or (missing and rule.combine is Combine.ALL):
        combine = rule.combine.value
        clock.note("waiting", clock=clock.name, combine=combine, missing=missing)
        return None
    return found[0] if len(rule.triggers) == 1 else _combined(clock, found)


def _combined(clock: Clock[_Rule], found: list[Reading]) -> Reading:
    combine = clock.rule.combine
    if combine is Combine.ANY:
        chosen = min(found, key=lambda reading: (reading.day, reading.is_provisional))
    else:
        chosen = Reading(
            day=max(reading.day for reading in found),
            is_provisional=any(reading.is_provisional for reading in found),
        )
    clock.note("combine", combine=combine.value, date=chosen.day.isoformat())
    return chosen


def run(clock: Clock[_Rule], begun: Reading, days: Days) -> None:
    """Run a clock from its start: round, add the period, and keep what comes out.

    Parameters
    ----------
    clock
        The clock.
    begun
        The day on which it starts.
    days
        Tells the ends of sessions and legislatures.

    Raises
    ------
    CaseError
        If a date is after the year 9999.
    """
    clock.trigger_date = begun.day
    period = clock.rule.period
    rounded = _rounded(clock, begun, days)
    if rounded is None or period is None:
        return
    clock.ends_on = period.after(rounded.day)
    clock.is_provisional = begun.is_provisional or rounded.is_provisional
    clock.note("period", period=str(period), date=clock.ends_on.isoformat())


def _rounded(clock: Clock[_Rule], begun: Reading, days: Days) -> Reading | None:
    rounding = clock.rule.rounding
    if rounding is Rounding.NONE:
        return begun
    fiscal_start = None
    kind = _CALENDAR_ROUNDINGS.get(rounding)
    if kind is not None:
        end = days.end_after(kind, begun.day)
        if end is None:
            day = begun.day.isoformat()
            clock.note("endless", clock=clock.name, rounding=rounding.value, date=day)
            return None
        rounded = Reading(day=add_days(end.day, 1), is_provisional=end.is_provisional)
    elif rounding is Rounding.FISCAL and days.fiscal is not None:
        month, day_of_month = days.fiscal
        rounded = Reading(day=next_fiscal_year(begun.day, days.fiscal))
        fiscal_start = f"{month:02}-{day_of_month:02}"
    else:
        rounded = Reading(day=_PLAIN_ROUNDINGS[rounding](begun.day))
    clock.note(
        "rounding",
        rounding=rounding.value,
        fiscal_year_start=fiscal_start,
        date=rounded.day.isoformat(),
        provisional=rounded.is_provisional,
    )
    return rounded
