"""One obligation: which stage decides, when it started, and when it runs out."""

from dataclasses import dataclass, field
from datetime import date

from retention.case import Obligation
from retention.periods import (
    add_days,
    next_fiscal_year,
    next_month,
    next_quarter,
    next_year,
)
from retention.reading import Reader, Reading
from retention.schedule import Action, Combine, Rounding, Stage, TriggerKind
from retention.trace import Step

__all__ = ["Finished", "Outcome", "run_clock"]

_PLAIN_ROUNDINGS = {
    Rounding.MONTH: next_month,
    Rounding.QUARTER: next_quarter,
    Rounding.YEAR: next_year,
}
_CALENDAR_ROUNDINGS = {
    Rounding.SESSION: TriggerKind.SESSION_END,
    Rounding.LEGISLATURE: TriggerKind.LEGISLATURE_END,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """Hold an obligation whose stages are all done; it binds nothing any more."""

    schedule: str
    trace: tuple[Step, ...]


@dataclass(slots=True, kw_only=True)
class Outcome:
    """Hold where an obligation stands, filled in as its clock is read.

    Parameters
    ----------
    schedule
        Code of its schedule.
    number
        Number of the stage that decides, from 0.
    stage
        The stage that decides.
    is_last
        Whether no stage comes after it.
    trigger_date
        The day on which the clock of the stage started, before rounding.
    due_on
        The day on which it runs out; None while that is unknown.
    is_provisional
        Whether the due date hangs on a date that is not confirmed.
    trace
        How these were found.
    """

    schedule: str
    number: int
    stage: Stage
    is_last: bool
    trigger_date: date | None = None
    due_on: date | None = None
    is_provisional: bool = False
    trace: list[Step] = field(default_factory=list)

    def note(self, step: str, text: str, **facts: object) -> None:
        """Add a step to the trace."""
        facts["schedule"] = self.schedule
        self.trace.append(Step(step=step, text=text, facts=facts))


def run_clock(
    obligation: Obligation, reader: Reader, fiscal: tuple[int, int] | None
) -> Outcome | Finished:
    """Return where an obligation stands on the facts of its record.

    Parameters
    ----------
    obligation
        The obligation, its stages checked.
    reader
        Reads the facts.
    fiscal
        Month and day on which fiscal years begin, where a stage needs it.

    Raises
    ------
    MalformedError, CaseError
        If a fact that the current stage reads is malformed, or a date is after the
        year 9999.
    """
    done = reader.stages_done(obligation.schedule)
    count = len(obligation.stages)
    number = next((n for n in range(count) if n not in done), None)
    if number is None:
        return _finished(obligation.schedule, count)
    stage = obligation.stages[number]
    outcome = Outcome(
        schedule=obligation.schedule,
        number=number,
        stage=stage,
        is_last=number == count - 1,
    )
    outcome.note(
        "stage",
        f"{obligation.schedule}: stage {number} ({number + 1} of {count}) decides, "
        f"its action is {stage.action.value}",
        stage=number,
        action=stage.action.value,
    )
    if stage.action is not Action.PERMANENT:
        start = (
            _started_by_execution(outcome, done[number - 1], reader)
            if number
            else _started_by_facts(outcome, reader)
        )
        if start is not None:
            _run(outcome, start, reader, fiscal)
    return outcome


def _finished(schedule: str, count: int) -> Finished:
    step = Step(
        step="finished",
        text=f"{schedule}: all its stages are done ({count} of {count})",
        facts={"stages": count, "schedule": schedule},
    )
    return Finished(schedule=schedule, trace=(step,))


def _started_by_execution(
    outcome: Outcome, values: list[object], reader: Reader
) -> Reading:
    number = outcome.number - 1
    day = reader.latest_day(values, f"the date of stage {number} of {outcome.schedule}")
    outcome.note(
        "trigger",
        f"trigger execution of stage {number}: {day}",
        trigger="previous_stage",
        date=day.isoformat(),
        provisional=False,
    )
    return Reading(day=day)


def _started_by_facts(outcome: Outcome, reader: Reader) -> Reading | None:
    stage = outcome.stage
    found: list[Reading] = []
    missing: list[str] = []
    for trigger in dict.fromkeys(stage.triggers):
        reading = reader.read(trigger)
        _note_trigger(outcome, str(trigger), reading)
        if reading is None:
            missing.append(str(trigger))
        else:
            found.append(reading)
    if not found or (missing and stage.combine is Combine.ALL):
        outcome.note(
            "waiting",
            f"waiting for {' and '.join(missing)}: no due date, never due"
            if stage.combine is Combine.ALL
            else f"waiting for any of {', '.join(missing)}: no due date, never due",
            missing=missing,
        )
        return None
    return _combined(outcome, found)


def _note_trigger(outcome: Outcome, trigger: str, reading: Reading | None) -> None:
    if reading is None:
        text, day = f"trigger {trigger}: missing", None
    else:
        day = reading.day.isoformat()
        text = f"trigger {trigger}: {day}"
        if reading.text is not None:
            text += f" (legal day of {reading.text})"
        if reading.is_provisional:
            text += ", provisional"
    outcome.note(
        "trigger",
        text,
        trigger=trigger,
        date=day,
        provisional=reading is not None and reading.is_provisional,
    )


def _combined(outcome: Outcome, found: list[Reading]) -> Reading:
    stage = outcome.stage
    if len(stage.triggers) == 1:
        return found[0]
    if stage.combine is Combine.ANY:
        chosen = min(found, key=lambda reading: (reading.day, reading.is_provisional))
        word = "any: the earliest trigger present counts"
    else:
        chosen = Reading(
            day=max(reading.day for reading in found),
            is_provisional=any(reading.is_provisional for reading in found),
        )
        word = "all: the latest trigger counts"
    day = chosen.day.isoformat()
    outcome.note("combine", f"{word}, {day}", combine=stage.combine.value, date=day)
    return chosen


def _run(
    outcome: Outcome, start: Reading, reader: Reader, fiscal: tuple[int, int] | None
) -> None:
    outcome.trigger_date = start.day
    period = outcome.stage.period
    rounded = _rounded(outcome, start, reader, fiscal)
    if rounded is None or period is None:
        return
    outcome.due_on = period.after(rounded.day)
    outcome.is_provisional = start.is_provisional or rounded.is_provisional
    day, text = outcome.due_on.isoformat(), str(period)
    outcome.note("period", f"plus {text}: {day}", period=text, date=day)


def _rounded(
    outcome: Outcome, start: Reading, reader: Reader, fiscal: tuple[int, int] | None
) -> Reading | None:
    rounding = outcome.stage.rounding
    if rounding is Rounding.NONE:
        return start
    kind = _CALENDAR_ROUNDINGS.get(rounding)
    if kind is not None:
        end = reader.end_after(kind, start.day)
        if end is None:
            outcome.note(
                "waiting",
                f"waiting for a {rounding} that ends on or after {start.day}: "
                "no due date, never due",
                missing=[kind.value],
            )
            return None
        rounded = Reading(day=add_days(end.day, 1), is_provisional=end.is_provisional)
    elif rounding is Rounding.FISCAL and fiscal is not None:
        rounded = Reading(day=next_fiscal_year(start.day, fiscal))
    else:
        rounded = Reading(day=_PLAIN_ROUNDINGS[rounding](start.day))
    day = rounded.day.isoformat()
    outcome.note(
        "rounding",
        f"rounded to {rounding.value}: {day}"
        + (", provisional" if rounded.is_provisional else ""),
        rounding=rounding.value,
        date=day,
        provisional=rounded.is_provisional,
    )
    return rounded
