"""What is decided of a record: the obligations compared, the day, the holds.

Everything that was read of the record comes in; :mod:`retention.decide` reads it from
facts, :mod:`retention.replay` from a recorded trace.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from retention.case import Hold
from retention.contest import contest
from retention.errors import CaseError
from retention.maximum import Bound, Keeping
from retention.periods import add_days
from retention.schedule import Action, State
from retention.stages import Finished, Outcome
from retention.trace import Step

__all__ = [
    "FAR_YEARS",
    "Decision",
    "active_holds",
    "bounded",
    "is_far",
    "judge",
    "keeping_of",
]

FAR_YEARS: Final = 50
"""A trigger that lies further ahead is probably a slip of the pen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Hold what was decided of a record for a day.

    Parameters
    ----------
    state
        What is to be said of it on that day; ``held`` lies over any other.
    action
        The action of the winner; None without disposal coverage.
    due_on
        The day from which the action may be proposed, by the schedule or by a later
        appraisal; None while unknown.
    trigger_date
        The day on which the clock of the winner started, before rounding.
    provisional
        Whether a date that counts is not confirmed; such a case is never due.
    earliest_execution
        The day from which the action may be carried out.
    winner, stage
        The schedule that decides, and its stage from 0.
    held_by
        Ids of the active holds.
    trace
        How all this was found, step by step.
    bounds
        What became of each maximum-keeping duty; it changes nothing of the above.
    far_trigger
        The latest trigger date that lies suspiciously far ahead; None where none does.
    """

    case: object
    state: State
    action: Action | None = None
    due_on: date | None = None
    trigger_date: date | None = None
    provisional: bool = False
    earliest_execution: date | None = None
    winner: str | None = None
    stage: int | None = None
    held_by: tuple[str, ...] = ()
    trace: tuple[Step, ...] = ()
    bounds: tuple[Bound, ...] = ()
    far_trigger: date | None = None

    def as_mapping(self) -> dict[str, object]:
        """Return the decision as an answer of INTERFACE section 5.

        ``maximums`` stands in it only where there are such duties.
        """
        answer: dict[str, object] = {
            "case": self.case,
            "state": self.state.value,
            "action": self.action.value if self.action is not None else None,
            "due_on": _iso(self.due_on),
            "trigger_date": _iso(self.trigger_date),
            "provisional": self.provisional,
            "earliest_execution": _iso(self.earliest_execution),
            "winner": self.winner,
            "stage": self.stage,
            "held_by": list(self.held_by),
            "trace": [step.text for step in self.trace],
        }
        if self.bounds:
            answer["maximums"] = [bound.as_mapping() for bound in self.bounds]
        return answer


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day is not None else None


def active_holds(holds: Iterable[Hold], on: date) -> list[Hold]:
    """Return the holds that are active on a day, both their ends included.

    Raises
    ------
    CaseError
        If one ends before it begins, active or not.
    """
    found = []
    for hold in holds:
        if hold.from_ is not None and hold.to is not None and hold.to < hold.from_:
            raise CaseError(
                f"hold {hold.id} ends on {hold.to}, before it begins on {hold.from_}"
            )
        begun = hold.from_ is None or hold.from_ <= on
        if begun and (hold.to is None or on <= hold.to):
            found.append(hold)
    return found


def is_far(trigger_date: date, on: date) -> bool:
    """Say whether a trigger date lies more than 50 years ahead of a day.

    Examples
    --------
    >>> is_far(date(2075, 1, 1), date(2025, 1, 1))
    False
    >>> is_far(date(2075, 1, 2), date(2025, 1, 1))
    True
    """
    ahead = (trigger_date.year - FAR_YEARS, trigger_date.month, trigger_date.day)
    return ahead > (on.year, on.month, on.day)


def keeping_of(decision: Decision, on: date) -> Keeping:
    """Return what keeps a record by a decision, for its maximum-keeping duties."""
    return Keeping(
        on=on,
        winner=decision.winner,
        action=decision.action,
        due_on=decision.due_on,
        schedule_due_on=_schedule_due_on(decision),
        is_held=bool(decision.held_by),
    )


def _schedule_due_on(decision: Decision) -> date | None:
    for step in decision.trace:
        alone = step.facts.get("schedule_due_on") if step.step == "kept" else None
        if alone is not None:
            return date.fromisoformat(str(alone))
    return decision.due_on


def bounded(decision: Decision, bounds: Sequence[Bound]) -> Decision:
    """Return a decision with its maximum-keeping duties told beside it."""
    trace = (*decision.trace, *(step for bound in bounds for step in bound.trace))
    return replace(decision, bounds=tuple(bounds), trace=trace)


def judge(
    name: object,
    on: date,
    outcomes: Sequence[Outcome | Finished],
    *,
    kept_until: date | None,
    holds: Sequence[Hold],
) -> Decision:
    """Return the decision on obligations whose clocks were read.

    Parameters
    ----------
    name
        The name of the case.
    on
        The day for which is asked.
    outcomes
        Where each obligation stands.
    kept_until
        The day until which an appraisal keeps the record.
    holds
        The active holds.

    Raises
    ------
    CaseError
        If the earliest execution is after the year 9999.
    """
    trace = [step for outcome in outcomes for step in outcome.trace]
    standing = [o for o in outcomes if isinstance(o, Outcome)]
    if standing:
        return _won(name, on, standing, trace, kept_until=kept_until, holds=holds)
    trace.append(Step(step="coverage", facts={"on": on.isoformat()}))
    trace.extend(map(_held, holds))
    return Decision(
        case=name,
        state=State.HELD if holds else State.PERMANENT,
        held_by=tuple(hold.id for hold in holds),
        trace=tuple(trace),
    )


def _won(
    name: object,
    on: date,
    standing: list[Outcome],
    trace: list[Step],
    *,
    kept_until: date | None,
    holds: Sequence[Hold],
) -> Decision:
    winner, lost = contest(standing)
    trace.extend(lost)
    due_on = winner.ends_on
    if kept_until is not None:
        due_on = max(due_on, kept_until) if due_on is not None else None
        trace.append(_kept(kept_until, winner.ends_on, due_on))
    unsure = [o.schedule for o in standing if o.is_provisional]
    is_provisional = due_on is not None and bool(unsure)
    if is_provisional:
        trace.append(Step(step="provisional", facts={"schedules": unsure}))
    far = _far(on, standing, trace)
    earliest = None
    if due_on is not None:
        earliest = add_days(due_on, max(1, winner.rule.cooling_days))
    state = _state(on, winner.rule.action, due_on, is_provisional=is_provisional)
    facts: dict[str, object] = {
        "state": state.value,
        "on": on.isoformat(),
        "winner": winner.schedule,
        "due_on": _iso(due_on),
        "provisional": is_provisional,
        "earliest_execution": _iso(earliest),
    }
    trace.append(Step(step="state", facts=facts))
    trace.extend(map(_held, holds))
    return Decision(
        case=name,
        state=State.HELD if holds else state,
        action=winner.rule.action,
        due_on=due_on,
        trigger_date=winner.trigger_date,
        provisional=is_provisional,
        earliest_execution=earliest,
        winner=winner.schedule,
        stage=winner.place.number,
        held_by=tuple(hold.id for hold in holds),
        trace=tuple(trace),
        far_trigger=far,
    )


def _far(on: date, standing: list[Outcome], trace: list[Step]) -> date | None:
    """Warn of every trigger that lies far ahead; return the latest of them."""
    days = []
    for outcome in standing:
        day = outcome.trigger_date
        if day is None or not is_far(day, on):
            continue
        days.append(day)
        facts = {
            "schedule": outcome.schedule,
            "date": day.isoformat(),
            "on": on.isoformat(),
        }
        trace.append(Step(step="far", facts=facts))
    return max(days, default=None)


def _state(
    on: date, action: Action, due_on: date | None, *, is_provisional: bool
) -> State:
    if action is Action.PERMANENT:
        return State.PERMANENT
    if due_on is None:
        return State.AWAITING_TRIGGER
    return State.RUNNING if is_provisional or due_on > on else State.DUE


def _kept(until: date, alone: date | None, due_on: date | None) -> Step:
    return Step(
        step="kept",
        facts={
            "until": until.isoformat(),
            "schedule_due_on": _iso(alone),
            "due_on": _iso(due_on),
        },
    )


def _held(hold: Hold) -> Step:
    return Step(
        step="held",
        facts={"hold": hold.id, "from": _iso(hold.from_), "to": _iso(hold.to)},
    )
