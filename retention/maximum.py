"""Maximum-keeping duties: until when a record may be kept at most (privacy law).

A third clock, beside disposal and closure, with the same triggers, periods and
roundings. It binds nobody against a minimum: where that, a hold or an unknown date
keeps the record longer, the duty is refused, and says so. It never makes anything due,
nor keeps anything: a fact that it alone reads, and cannot, is told and stops nothing.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from retention.clock import Clock, Days, rule_facts, run, start
from retention.errors import RetentionError
from retention.schedule import Action, MaximumRule
from retention.trace import Step

__all__ = ["Bound", "BoundState", "Keeping", "bound_of", "unread_bound"]


class BoundState(StrEnum):
    """Name what a maximum says of a record on a day."""

    BOUND = "bound"
    PASSED = "passed"
    REFUSED = "refused"
    WAITING = "waiting"
    UNREAD = "unread"


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """Hold what keeps a record: what the minimum rules and the holds decided.

    Parameters
    ----------
    on
        The day for which is asked.
    winner, action, due_on
        As of the decision; no winner is no disposal coverage.
    schedule_due_on
        The day of the winner before an appraisal counted.
    is_held
        Whether an active hold lies on the record.
    """

    on: date
    winner: str | None = None
    action: Action | None = None
    due_on: date | None = None
    schedule_due_on: date | None = None
    is_held: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """Hold what became of a maximum-keeping duty.

    Parameters
    ----------
    maximum
        Code of the rule.
    until
        The last day on which the record may be kept by it; None while unknown.
    provisional
        Whether that day hangs on a date that is not confirmed.
    state
        ``bound``: the record must be gone by the day; ``passed``: it should be gone;
        ``refused``: something keeps it longer, lawfully; ``waiting``: the day is
        unknown; ``unread``: a fact it reads is malformed.
    because
        What refuses it: ``permanent``, ``unknown``, ``later``, ``by_hand`` (an
        appraisal), ``coverage`` or ``hold``; else None.
    fault
        What is wrong with the fact that cannot be read.
    trace
        How this was found, step by step.
    """

    maximum: str
    until: date | None = None
    provisional: bool = False
    state: BoundState = BoundState.WAITING
    because: str | None = None
    fault: str | None = None
    trace: tuple[Step, ...] = ()

    def as_mapping(self) -> dict[str, object]:
        """Return the bound as plain values of JSON, without its trace."""
        return {
            "maximum": self.maximum,
            "until": _iso(self.until),
            "provisional": self.provisional,
            "state": self.state.value,
            "because": self.because,
            "fault": self.fault,
        }


def bound_of(rule: MaximumRule, keeping: Keeping, days: Days) -> Bound:
    """Return what becomes of a duty beside what keeps the record.

    Parameters
    ----------
    rule
        The duty.
    keeping
        What the minimum rules and the holds decided.
    days
        Tells the days on which its triggers fired.
    """
    clock = Clock(of=rule.code, name="maximum", rule=rule)
    clock.trace.append(_opening(rule))
    try:
        begun = start(clock, days)
        if begun is not None:
            run(clock, begun, days)
    except RetentionError as error:
        return unread_bound(rule, str(error))
    because = _refusal(clock.ends_on, keeping)
    if because is not None:
        return _refused(clock, keeping, because)
    return _limited(clock, keeping.on)


def unread_bound(rule: MaximumRule, fault: str) -> Bound:
    """Return that the facts of a duty cannot be read."""
    told = Step(step="unread", facts={"maximum": rule.code, "fault": fault})
    return Bound(
        maximum=rule.code,
        state=BoundState.UNREAD,
        fault=fault,
        trace=(_opening(rule), told),
    )


def _opening(rule: MaximumRule) -> Step:
    facts: dict[str, object] = {"maximum": rule.code, **rule_facts(rule)}
    return Step(step="maximum", facts=facts)


def _refusal(until: date | None, keeping: Keeping) -> str | None:
    """Return what keeps a record beyond a day; None where nothing does.

    The precedence is that of several obligations (INTERFACE section 5, rule 6). A
    hold keeps it beyond the day once the day has passed; before, it may still be
    lifted in time.
    """
    if until is None:
        return None
    if keeping.winner is None:
        return "coverage"
    if keeping.action is Action.PERMANENT:
        return "permanent"
    if keeping.due_on is None:
        return "unknown"
    if keeping.due_on > until:
        alone = keeping.schedule_due_on
        return "by_hand" if alone is not None and alone <= until else "later"
    return "hold" if keeping.is_held and until < keeping.on else None


def _refused(clock: Clock[MaximumRule], keeping: Keeping, because: str) -> Bound:
    facts: dict[str, object] = {
        "maximum": clock.of,
        "until": _iso(clock.ends_on),
        "provisional": clock.is_provisional,
        "because": because,
        "winner": keeping.winner,
        "due_on": _iso(keeping.due_on),
    }
    return Bound(
        maximum=clock.of,
        until=clock.ends_on,
        provisional=clock.is_provisional,
        state=BoundState.REFUSED,
        because=because,
        trace=(*clock.trace, Step(step="refused", facts=facts)),
    )


def _limited(clock: Clock[MaximumRule], on: date) -> Bound:
    until, state = clock.ends_on, BoundState.WAITING
    if until is not None:
        has_passed = until < on and not clock.is_provisional
        state = BoundState.PASSED if has_passed else BoundState.BOUND
    facts: dict[str, object] = {
        "maximum": clock.of,
        "until": _iso(until),
        "provisional": clock.is_provisional,
        "has_passed": state is BoundState.PASSED,
    }
    return Bound(
        maximum=clock.of,
        until=until,
        provisional=clock.is_provisional,
        state=state,
        trace=(*clock.trace, Step(step="limit", facts=facts)),
    )


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day is not None else None
