"""One obligation: which stage decides, when it started, and when it runs out."""

from dataclasses import dataclass
from datetime import date

from retention.case import Obligation
from retention.clock import Clock, Days, rule_facts, run, start
from retention.reading import Reader, Reading
from retention.schedule import Action, Stage
from retention.trace import Step

__all__ = ["Finished", "Outcome", "Place", "finished", "run_obligation", "run_stage"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """Hold an obligation whose stages are all done; it binds nothing any more."""

    schedule: str
    trace: tuple[Step, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Hold where a schedule stands: which of its stages decides.

    Parameters
    ----------
    schedule
        Code of the schedule.
    number
        Number of the stage that decides, from 0.
    count
        How many stages the schedule has.
    executed
        The day on which the stage before was executed; None for the first.
    """

    schedule: str
    number: int
    count: int
    executed: date | None = None


@dataclass(slots=True, kw_only=True)
class Outcome(Clock[Stage]):
    """Hold where an obligation stands: the clock of the stage that decides.

    Parameters
    ----------
    place
        Which stage it is.
    """

    place: Place

    @property
    def schedule(self) -> str:
        """Return the code of its schedule."""
        return self.of

    @property
    def is_last(self) -> bool:
        """Say whether no stage comes after it."""
        return self.place.number == self.place.count - 1


def run_obligation(obligation: Obligation, reader: Reader) -> Outcome | Finished:
    """Return where an obligation stands on the facts of its record.

    Parameters
    ----------
    obligation
        The obligation, its stages checked.
    reader
        Reads the facts.

    Raises
    ------
    MalformedError, CaseError
        If a fact that the current stage reads is malformed, or a date is after the
        year 9999.
    """
    schedule, count = obligation.schedule, len(obligation.stages)
    done = reader.stages_done(schedule)
    number = next((n for n in range(count) if n not in done), None)
    if number is None:
        return finished(schedule, count)
    stage, executed = obligation.stages[number], None
    if number and stage.action is not Action.PERMANENT:
        what = f"the date of stage {number - 1} of {schedule}"
        executed = reader.latest_day(done[number - 1], what)
    place = Place(schedule=schedule, number=number, count=count, executed=executed)
    return run_stage(place, stage, reader)


def finished(schedule: str, count: int) -> Finished:
    """Return that all stages of a schedule are done."""
    facts: dict[str, object] = {"schedule": schedule, "stages": count}
    return Finished(schedule=schedule, trace=(Step(step="finished", facts=facts),))


def run_stage(place: Place, stage: Stage, days: Days) -> Outcome:
    """Return where a schedule stands by the stage that decides.

    Parameters
    ----------
    place
        Which stage it is.
    stage
        The stage.
    days
        Tells the days on which its triggers fired.
    """
    outcome = Outcome(of=place.schedule, name="disposal", rule=stage, place=place)
    facts: dict[str, object] = {
        "schedule": place.schedule,
        "stage": place.number,
        "stages": place.count,
        "action": stage.action.value,
        **rule_facts(stage),
        "cooling_days": stage.cooling_days,
    }
    outcome.trace.append(Step(step="stage", facts=facts))
    if stage.action is Action.PERMANENT:
        return outcome
    if place.executed is not None:
        begun: Reading | None = Reading(day=place.executed)
        day = place.executed.isoformat()
        outcome.note("executed", stage=place.number - 1, date=day)
    else:
        begun = start(outcome, days)
    if begun is not None:
        run(outcome, begun, days)
    return outcome
