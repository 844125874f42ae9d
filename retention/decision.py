"""What is decided of a record: the obligations compared, the day, the holds.

Everything that was read of the record comes in; :mod:`retention.decide` reads it from
facts, :mod:`retention.replay` from a recorded trace.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from retention.case import Hold
from retention.contest import contest
from retention.errors import CaseError
from retention.periods import add_days
from retention.schedule import Action, State
from retention.stages import Finished, Outcome
from retention.trace import Step

__all__ = ["Decision", "active_holds", "judge"]


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

    def as_mapping(self) -> dict[str, object]:
        """Return the decision as an answer of INTERFACE section 5."""
        return {
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
    )


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
