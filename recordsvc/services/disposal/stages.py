"""The stage of the schedule by which a record is disposed of."""

from recordsvc.model import Archive, Record
from recordsvc.services.retention.judging import Judgement
from recordsvc.services.retention.rulebooks import schedule_file
from retention.schedule import Schedule, Stage


def schedule_of(root: Archive, version: int, code: str | None) -> Schedule | None:
    """Return a schedule as a version has it; None where it has none of that code."""
    kept = root.schedule_versions.get(version)
    if kept is None:
        return None
    schedules = schedule_file(kept.source).schedules
    return next((s for s in schedules if s.code == code), None)


def stage_judged(root: Archive, found: Judgement) -> Stage | None:
    """Return the stage that decided; None where no schedule did."""
    decision = found.decision
    return _stage(root, found.version, decision.winner, decision.stage)


def stage_standing(root: Archive, record: Record) -> Stage | None:
    """Return the stage that a record last stood under, without judging it anew."""
    known = record.standing
    if known is None or known.schedule_version is None:
        return None
    return _stage(root, known.schedule_version, known.winner, known.stage)


def _stage(
    root: Archive, version: int, code: str | None, number: int | None
) -> Stage | None:
    schedule = schedule_of(root, version, code)
    if schedule is None or number is None or number >= len(schedule.stages):
        return None
    return schedule.stages[number]
