"""Replay a trace: reach the decision again from what the trace recorded, and no more.

The facts of a record may have changed since; the trace keeps every day that was read,
and the rule by which it counted. Replaying runs the same arithmetic on them. A trace
that does not lead to the decision that it explains was altered, or the arithmetic was:
either way the decision is not to be relied upon.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from retention.case import Hold
from retention.closure import Closure, run_closure
from retention.dates import bare_day
from retention.decision import Decision, active_holds, bounded, judge, keeping_of
from retention.errors import CaseError
from retention.fields import choice, fiscal_start, trigger_from
from retention.maximum import Bound, Keeping, bound_of, unread_bound
from retention.periods import Period, add_days
from retention.reading import Reading
from retention.schedule import (
    Action,
    ClosureRule,
    Combine,
    MaximumRule,
    Rounding,
    Stage,
    Trigger,
    TriggerKind,
)
from retention.shapes import require_shape
from retention.stages import Finished, Outcome, Place, finished, run_stage
from retention.trace import Step

__all__ = ["replay", "replay_closure"]

_OPENING = frozenset({"stage", "finished", "maximum"})
_CLOSING = frozenset(
    {"lost", "kept", "provisional", "far", "state", "coverage", "held"}
)


def replay(trace: Iterable[Step], *, case: object = None) -> Decision:
    """Return the decision that a trace leads to.

    Parameters
    ----------
    trace
        The trace of :class:`retention.decide.Decision`, whole and in its order.
    case
        The name of the case, which no trace holds.

    Returns
    -------
    Decision
        Its own trace is made anew: where it differs from the one given, that one was
        altered or is incomplete.

    Raises
    ------
    MalformedError, CaseError
        If the trace does not hold what a decision needs.

    Examples
    --------
    >>> from retention.case import Case, Facts, Obligation
    >>> from retention.decide import decide
    >>> stage = Stage(
    ...     action=Action.DESTROY,
    ...     triggers=(Trigger(kind=TriggerKind.CLOSED),),
    ...     period=Period(years=10),
    ... )
    >>> decision = decide(
    ...     Case(
    ...         case="c1",
    ...         on=date(2024, 1, 1),
    ...         zone="Europe/Paris",
    ...         obligations=(Obligation(schedule="PQ-10", stages=(stage,)),),
    ...         facts=Facts(closed="2013-12-31T23:30:00Z"),
    ...     )
    ... )
    >>> kept = [step.as_mapping() for step in decision.trace]
    >>> replay(map(Step.from_mapping, kept), case="c1") == decision
    True
    """
    steps = _checked(trace)
    blocks, closing = _blocks(steps)
    on = _day(_only(closing, ("state", "coverage")), "on")
    kept = [step for step in closing if step.step == "kept"]
    holds = [_hold(step) for step in closing if step.step == "held"]
    decision = judge(
        case,
        on,
        [_outcome(block) for block in blocks if block[0].step != "maximum"],
        kept_until=_day(kept[0], "until") if kept else None,
        holds=active_holds(holds, on),
    )
    keeping = keeping_of(decision, on)
    duties = [block for block in blocks if block[0].step == "maximum"]
    return bounded(decision, [_bound(block, keeping) for block in duties])


def replay_closure(trace: Iterable[Step]) -> Closure:
    """Return the closure that a trace of :func:`retention.closure.closed_until` says.

    Raises
    ------
    MalformedError, CaseError
        If the trace does not hold what a closure needs.
    """
    steps = _checked(trace)
    opening, closing = _only(steps, ("closure",)), _only(steps, ("access",))
    rule = ClosureRule(code=_text(opening, "closure"), title="", **_rule(opening))
    return run_closure(rule, _day(closing, "on"), _Recorded(steps))


def _checked(trace: Iterable[Step]) -> list[Step]:
    steps = list(trace)
    for step in steps:
        require_shape(step.step, step.facts)
    return steps


def _blocks(steps: Sequence[Step]) -> tuple[list[list[Step]], list[Step]]:
    blocks: list[list[Step]] = []
    closing: list[Step] = []
    for step in steps:
        if step.step in _OPENING:
            blocks.append([step])
        elif step.step in _CLOSING:
            closing.append(step)
        elif blocks:
            blocks[-1].append(step)
        else:
            raise CaseError(f"the trace has a step {step.step} before any stage")
    return blocks, closing


def _only(steps: Iterable[Step], kinds: tuple[str, ...]) -> Step:
    found = [step for step in steps if step.step in kinds]
    if len(found) != 1:
        raise CaseError(
            f"the trace has {len(found)} steps {' or '.join(kinds)}; it must have one"
        )
    return found[0]


def _text(step: Step, name: str) -> str:
    return str(step.facts[name])


def _number(step: Step, name: str) -> int:
    return int(_text(step, name))


def _day(step: Step, name: str) -> date:
    return bare_day(step.facts[name], f"{name} of a step {step.step}")


def _day_or_none(step: Step, name: str) -> date | None:
    return None if step.facts[name] is None else _day(step, name)


def _triggers(step: Step) -> tuple[Trigger, ...]:
    names = step.facts["triggers"]
    return tuple(map(trigger_from, names)) if isinstance(names, list) else ()


def _rule(step: Step) -> dict[str, Any]:
    """Return how the clock of a closure or of a maximum runs."""
    return {
        "triggers": _triggers(step),
        "period": Period.parse(step.facts["period"]),
        "combine": choice(Combine, step.facts["combine"], "combine"),
        "rounding": choice(Rounding, step.facts["rounding"], "rounding"),
    }


def _bound(block: list[Step], keeping: Keeping) -> Bound:
    opening, end = block[0], _only(block, ("limit", "refused", "unread"))
    rule = MaximumRule(code=_text(opening, "maximum"), title="", **_rule(opening))
    if end.step == "unread":
        return unread_bound(rule, _text(end, "fault"))
    return bound_of(rule, keeping, _Recorded(block))


def _hold(step: Step) -> Hold:
    return Hold(
        id=_text(step, "hold"),
        from_=_day_or_none(step, "from"),
        to=_day_or_none(step, "to"),
    )


def _outcome(block: list[Step]) -> Outcome | Finished:
    opening = block[0]
    schedule, count = _text(opening, "schedule"), _number(opening, "stages")
    if opening.step == "finished":
        return finished(schedule, count)
    period = opening.facts["period"]
    stage = Stage(
        action=choice(Action, opening.facts["action"], "action"),
        triggers=_triggers(opening),
        period=Period.parse(period) if period is not None else None,
        combine=choice(Combine, opening.facts["combine"], "combine"),
        rounding=choice(Rounding, opening.facts["rounding"], "rounding"),
        cooling_days=_number(opening, "cooling_days"),
    )
    executed = [_day(step, "date") for step in block if step.step == "executed"]
    place = Place(
        schedule=schedule,
        number=_number(opening, "stage"),
        count=count,
        executed=executed[0] if executed else None,
    )
    return run_stage(place, stage, _Recorded(block))


class _Recorded:
    """Tell the days that the steps of one clock recorded."""

    def __init__(self, steps: Iterable[Step]) -> None:
        self._triggers: dict[str, Step] = {}
        self._rounding: Step | None = None
        for step in steps:
            if step.step == "trigger":
                self._triggers[_text(step, "trigger")] = step
            elif step.step == "rounding":
                self._rounding = step

    @property
    def fiscal(self) -> tuple[int, int]:
        if self._rounding is None:
            raise CaseError("the trace lacks the rounding to fiscal years")
        return fiscal_start(self._rounding.facts["fiscal_year_start"])

    def read(self, trigger: Trigger) -> Reading | None:
        step = self._triggers.get(str(trigger))
        if step is None:
            raise CaseError(f"the trace lacks the trigger {trigger}")
        day, text = _day_or_none(step, "date"), step.facts["text"]
        if day is None:
            return None
        return Reading(
            day=day,
            is_provisional=bool(step.facts["provisional"]),
            text=str(text) if text is not None else None,
        )

    def end_after(self, kind: TriggerKind, day: date) -> Reading | None:
        step = self._rounding
        if step is None:
            return None
        end = add_days(_day(step, "date"), -1)
        if end < day:
            raise CaseError(f"the trace has a {kind} on {end}, before {day}")
        return Reading(day=end, is_provisional=bool(step.facts["provisional"]))
