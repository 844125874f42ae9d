"""Access closure: until when a record stays closed to the public.

A second clock beside disposal, with the same triggers, periods and roundings. It says
nothing of disposal: a record may be open and soon destroyed, or kept for ever and
closed for fifty years (US House Rule VII, clause 3).
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from retention.case import Case
from retention.clock import Clock, Days, rule_facts, run, start
from retention.errors import CaseError
from retention.reading import Reader
from retention.schedule import ClosureRule, Rounding
from retention.trace import Step

__all__ = ["Closure", "ClosureState", "closed_until", "run_closure"]


class ClosureState(StrEnum):
    """Name what a closure says of a record on a day; only ``open`` lets anybody in."""

    OPEN = "open"
    CLOSED = "closed"
    AWAITING_TRIGGER = "awaiting_trigger"


@dataclass(frozen=True, slots=True, kw_only=True)
class Closure:
    """Hold until when a record is closed.

    Parameters
    ----------
    state
        What is to be said of it on the day for which was asked.
    opens_on
        The first day on which it is open; None where it is closed without end.
    expected_on
        The day that the clock gives, certain or not; for display only.
    provisional
        Whether that day hangs on a date that is not confirmed; such a record is
        closed without end.
    trace
        How this was found, step by step.
    """

    state: ClosureState
    opens_on: date | None = None
    expected_on: date | None = None
    provisional: bool = False
    trace: tuple[Step, ...] = ()


def closed_until(case: Case, closure: ClosureRule) -> Closure:
    """Return until when a record is closed by a rule.

    Parameters
    ----------
    case
        The record: its facts, calendar and zone, and the day for which is asked. Its
        obligations, holds and appraisal are not looked at.
    closure
        The rule.

    Raises
    ------
    MalformedError
        If a value that is read is not what it should be.
    CaseError
        If well-formed values cannot be judged together.

    Examples
    --------
    >>> from retention.case import Facts
    >>> from retention.fields import triggers_from
    >>> from retention.periods import Period
    >>> rule = ClosureRule(
    ...     code="C-30",
    ...     title="Evidence taken in private",
    ...     triggers=triggers_from("event:reported"),
    ...     period=Period(years=30),
    ... )
    >>> facts = Facts(events=(("reported", "1994-06-01"),))
    >>> on = date(2024, 5, 31)
    >>> closure = closed_until(Case(case=1, on=on, zone="UTC", facts=facts), rule)
    >>> print(closure.state, closure.opens_on)
    closed 2024-06-01
    >>> print(closure.trace[-1].text)
    closed: it opens on 2024-06-01, not yet on 2024-05-31
    """
    reader = Reader.of(case)
    if closure.rounding is Rounding.FISCAL and reader.fiscal is None:
        raise CaseError(
            f"closure {closure.code} rounds to fiscal years without their start"
        )
    if not closure.triggers:
        raise CaseError(f"closure {closure.code} has no trigger")
    return run_closure(closure, case.on, reader)


def run_closure(rule: ClosureRule, on: date, days: Days) -> Closure:
    """Return until when a record is closed by the days on which triggers fired.

    Parameters
    ----------
    rule
        The rule.
    on
        The day for which is asked.
    days
        Tells the days on which its triggers fired.
    """
    clock = Clock(of=rule.code, name="closure", rule=rule)
    facts: dict[str, object] = {"closure": rule.code, **rule_facts(rule)}
    clock.trace.append(Step(step="closure", facts=facts))
    begun = start(clock, days)
    if begun is not None:
        run(clock, begun, days)
    expected = clock.ends_on
    opens_on = None if clock.is_provisional else expected
    state = _state(on, expected, opens_on)
    facts = {
        "state": state.value,
        "on": on.isoformat(),
        "expected_on": expected.isoformat() if expected is not None else None,
        "provisional": clock.is_provisional,
    }
    clock.trace.append(Step(step="access", facts=facts))
    return Closure(
        state=state,
        opens_on=opens_on,
        expected_on=expected,
        provisional=clock.is_provisional,
        trace=tuple(clock.trace),
    )


def _state(on: date, expected: date | None, opens_on: date | None) -> ClosureState:
    if expected is None:
        return ClosureState.AWAITING_TRIGGER
    if opens_on is not None and opens_on <= on:
        return ClosureState.OPEN
    return ClosureState.CLOSED
