"""Decide a case: what is to be done with a record, when, and why.

The rules are those of INTERFACE section 5; the background is ISO 15489-1 (9.9) and
MoReq2010 chapters 8 and 9.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from retention.case import Calendar, Case, Facts, Hold, Malformed, Obligation
from retention.clock import Finished, Outcome, run_clock
from retention.contest import contest
from retention.dates import zone_of
from retention.errors import CaseError, MalformedError
from retention.fields import fiscal_start
from retention.periods import add_days
from retention.reading import Reader
from retention.schedule import Action, Rounding, Stage, State
from retention.trace import Step

__all__ = [
    "Calendar",
    "Case",
    "Decision",
    "Facts",
    "Hold",
    "Malformed",
    "Obligation",
    "decide",
]


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
        The day from which the action may be proposed; None while unknown.
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


def decide(case: Case) -> Decision:
    """Return the decision of a case; the same case has the same decision for ever.

    Parameters
    ----------
    case
        The case, with the day for which is asked.

    Raises
    ------
    MalformedError
        If a value that is read is not what it should be.
    CaseError
        If well-formed values cannot be judged together.

    Examples
    --------
    >>> from retention.fields import triggers_from
    >>> from retention.periods import Period
    >>> stage = Stage(
    ...     action=Action.DESTROY,
    ...     triggers=triggers_from("closed"),
    ...     period=Period.parse("P10Y"),
    ...     rounding=Rounding.YEAR,
    ... )
    >>> decision = decide(
    ...     Case(
    ...         case="c1",
    ...         on=date(2024, 1, 1),
    ...         zone="Europe/Paris",
    ...         obligations=(Obligation(schedule="PQ-10", stages=(stage,)),),
    ...         facts=Facts(closed="2013-01-03"),
    ...     )
    ... )
    >>> print(decision.state, decision.due_on)
    due 2024-01-01
    >>> for step in decision.trace:
    ...     print(step.text)
    PQ-10: stage 0 (1 of 1) decides, its action is destroy
    trigger closed: 2013-01-03
    rounded to year: 2014-01-01
    plus P10Y: 2024-01-01
    due: 2024-01-01 has come on 2024-01-01; not to be executed before 2024-01-02
    """
    if case.zone is None:
        raise MalformedError("zone", None, "a zone of the IANA database")
    zone_of(case.zone)
    fiscal = None
    if case.fiscal_year_start is not None:
        fiscal = fiscal_start(case.fiscal_year_start)
    _check(case.obligations, has_fiscal=fiscal is not None)
    holds = _active(case.holds, case.on)
    reader = Reader(case.facts, case.calendar, case.zone)
    outcomes = [
        run_clock(obligation, reader, fiscal)
        for obligation in sorted(case.obligations, key=lambda o: o.schedule)
    ]
    return _decided(case, outcomes, holds)


def _check(obligations: Iterable[Obligation], *, has_fiscal: bool) -> None:
    seen: set[str] = set()
    for obligation in obligations:
        code = obligation.schedule
        if code in seen:
            raise CaseError(f"schedule {code} lays two obligations; one is enough")
        seen.add(code)
        if not obligation.stages:
            raise CaseError(f"schedule {code} has no stages; an obligation needs one")
        for number, stage in enumerate(obligation.stages):
            where = f"stage {number} of {code}"
            if stage.rounding is Rounding.FISCAL and not has_fiscal:
                raise CaseError(f"{where} rounds to fiscal years without their start")
            if stage.action is not Action.PERMANENT:
                _check_clock(stage, where, is_first=number == 0)


def _check_clock(stage: Stage, where: str, *, is_first: bool) -> None:
    if stage.period is None:
        raise CaseError(f"{where} has no period")
    if is_first and not stage.triggers:
        raise CaseError(f"{where} has no trigger")


def _active(holds: Iterable[Hold], on: date) -> list[Hold]:
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


def _decided(
    case: Case, outcomes: list[Outcome | Finished], holds: list[Hold]
) -> Decision:
    trace = [step for outcome in outcomes for step in outcome.trace]
    standing = [o for o in outcomes if isinstance(o, Outcome)]
    if standing:
        winner, steps = contest(standing)
        trace.extend(steps)
        return _won(case, winner, standing, holds, trace)
    trace.append(Step(step="coverage", text="no disposal coverage", facts={}))
    trace.extend(map(_held, holds))
    return Decision(
        case=case.case,
        state=State.HELD if holds else State.PERMANENT,
        held_by=tuple(hold.id for hold in holds),
        trace=tuple(trace),
    )


def _won(
    case: Case,
    winner: Outcome,
    standing: list[Outcome],
    holds: list[Hold],
    trace: list[Step],
) -> Decision:
    unsure = [o.schedule for o in standing if o.is_provisional]
    provisional = winner.due_on is not None and bool(unsure)
    if provisional:
        text = f"provisional, so not due: a date is open in {', '.join(unsure)}"
        trace.append(Step(step="provisional", text=text, facts={"schedules": unsure}))
    earliest = None
    if winner.due_on is not None:
        earliest = add_days(winner.due_on, max(1, winner.stage.cooling_days))
    state, text = _state(case.on, winner, earliest, provisional=provisional)
    trace.append(Step(step="state", text=text, facts={"state": state.value}))
    trace.extend(map(_held, holds))
    return Decision(
        case=case.case,
        state=State.HELD if holds else state,
        action=winner.stage.action,
        due_on=winner.due_on,
        trigger_date=winner.trigger_date,
        provisional=provisional,
        earliest_execution=earliest,
        winner=winner.schedule,
        stage=winner.number,
        held_by=tuple(hold.id for hold in holds),
        trace=tuple(trace),
    )


def _state(
    on: date, winner: Outcome, earliest: date | None, *, provisional: bool
) -> tuple[State, str]:
    if winner.stage.action is Action.PERMANENT:
        return State.PERMANENT, f"permanent: {winner.schedule} sets no end"
    if winner.due_on is None:
        return State.AWAITING_TRIGGER, "awaiting trigger: there is no due date"
    due, today = winner.due_on.isoformat(), on.isoformat()
    if winner.due_on > on:
        return State.RUNNING, f"running: due on {due}, not yet on {today}"
    if provisional:
        return State.RUNNING, f"running: {due} has come, but is provisional"
    return State.DUE, (
        f"due: {due} has come on {today}; not to be executed before {_iso(earliest)}"
    )


def _held(hold: Hold) -> Step:
    since = f"since {hold.from_}" if hold.from_ is not None else "since ever"
    until = f"until {hold.to}" if hold.to is not None else "with no end"
    return Step(
        step="held",
        text=f"held by {hold.id} {since}, {until}: nothing is disposed of",
        facts={"hold": hold.id, "from": _iso(hold.from_), "to": _iso(hold.to)},
    )
