"""The retention standing of a record: computed by the library, kept current here.

What is due is read from `by_due` inside the transaction; the search index is
never asked (DESIGN 3). That tree holds confirmed days alone; what has none, or cannot
be judged, stands in `by_exception`.
"""

from dataclasses import replace
from datetime import date

from recordsvc.model import Archive, Record
from recordsvc.model.record import Standing
from recordsvc.services.classification import classes
from recordsvc.services.context import Context
from recordsvc.services.retention import closures, notices, vital
from recordsvc.services.retention.evidence import CALENDAR_KINDS
from recordsvc.services.retention.judging import NO_COVERAGE, Judge
from recordsvc.services.retention.rulebooks import current_version, schedule_file
from recordsvc.storage.transactions import read_current
from retention.case import Case
from retention.decision import Decision
from retention.errors import RetentionError
from retention.schedule import State

__all__ = [
    "CALENDAR_KINDS",
    "EXCEPTION_STATES",
    "case_of",
    "current_version",
    "decision_of",
    "exception_of",
    "judge",
    "refresh",
    "schedule_code",
    "schedule_file",
]

AWAITING_TRIGGER, ERROR, PROVISIONAL = "awaiting_trigger", "error", "provisional"
_UNSETTLED = frozenset({ERROR, NO_COVERAGE, AWAITING_TRIGGER})
# The order in which they are told: what needs a person first.
EXCEPTION_STATES = (ERROR, NO_COVERAGE, AWAITING_TRIGGER, PROVISIONAL)


def judge(ctx: Context, on: date | None = None) -> Judge:
    """Return a judge for a day, today without; for this transaction only."""
    return Judge(ctx, on or ctx.today())


def case_of(ctx: Context, record: Record, on: date) -> Case | None:
    """Return a record as the retention library wants it; None without a schedule."""
    return Judge(ctx, on).case_of(record)


def decision_of(ctx: Context, record: Record, on: date) -> Decision | None:
    """Return the library's decision for a record on a day."""
    return Judge(ctx, on).decision_of(record)


def schedule_code(root: Archive, class_code: str) -> str | None:
    """Return the schedule of a class: its own, else its nearest ancestor's."""
    return classes.inherited(root, class_code, "schedule")


def refresh(ctx: Context, record: Record, by: Judge | None = None) -> None:
    """Compute a record's standing anew and keep the trees in step.

    Parameters
    ----------
    by
        The judge, for today, of a transaction that refreshes many records.

    Notes
    -----
    A record whose standing is as it was is not written.
    """
    judging = by or judge(ctx)
    _rely_on_schedule(ctx.root)
    old = record.standing
    new = standing_of(judging, record)
    if old is None or new is None or old != replace(new, computed_on=old.computed_on):
        record.standing = new
    _file(ctx.root, record, old, new)
    notices.file(ctx, record, old, new)
    _refresh_clocks(ctx, record, judging)


def _rely_on_schedule(root: Archive) -> None:
    """Make the commit fail if another version came into force meanwhile.

    Its recalculation may have passed the record already, and found it unchanged.
    """
    epoch = root.schedule_epoch
    if epoch._p_jar is not None and not epoch._p_changed:  # noqa: SLF001 - persistent's
        read_current(epoch)


def _file(
    root: Archive, record: Record, old: Standing | None, new: Standing | None
) -> None:
    """Move a record's entries in the trees; an entry that stays is not written."""
    if record.is_destroyed:
        new = None
    for tree, key in ((root.by_due, due_key), (root.by_exception, exception_of)):
        before, after = key(old), key(new)
        if before is not None and before != after:
            tree.discard((before, record.id))
        if after is not None:
            tree.add((after, record.id))


def certain_day(standing: Standing | None) -> date | None:
    """Return the day on which a record falls due; None while it may not come so."""
    if standing is None or exception_of(standing) is not None:
        return None
    return standing.due_on


def due_key(standing: Standing | None) -> str | None:
    """Return the day under which a record stands in `by_due`: one that is certain."""
    day = certain_day(standing)
    return day.isoformat() if day is not None else None


def exception_of(standing: Standing | None) -> str | None:
    """Return what keeps a record from ever being due as it stands, or None."""
    if standing is None:
        return None
    state = standing.state.partition(":")[0]
    if state in _UNSETTLED:
        return state
    return PROVISIONAL if standing.provisional else None


def standing_of(by: Judge, record: Record) -> Standing | None:
    """Return how a record stands; one that cannot be judged is protected."""
    try:
        return by.standing_of(record)
    except RetentionError as error:
        return Standing(state=f"{ERROR}: {error}", computed_on=by.on)


def state_on(standing: Standing, on: date) -> str:
    """Return the state of a standing on a day: a clock runs out without an act."""
    day = certain_day(standing)
    if day is None:
        return standing.state
    return State.DUE if day <= on else State.RUNNING


def _refresh_clocks(ctx: Context, record: Record, by: Judge) -> None:
    """Bring the clocks beside disposal up to date: closure and vital review."""
    vital.refresh(ctx, record)
    closes = record.closure is not None or classes.inherited(
        ctx.root, record.class_code, "closure"
    )
    if not closes and not classes.is_members(ctx.root, record.class_code):
        return
    newest = by.newest
    file = newest.file if newest is not None else None
    closures.refresh(ctx, record, by.unbound_case_of(record), file)
