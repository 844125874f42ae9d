"""The second clock: until when a record is closed to readers, and how it opens.

It runs beside disposal and says nothing of it. What the rule of its class closes
stays closed until a person opens it: a date alone opens nothing.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from recordsvc.model import Archive, Record
from recordsvc.model.record import Closure, ClosureState
from recordsvc.services.access import effective_level, stricter
from recordsvc.services.classification import classes
from recordsvc.services.context import Context
from retention.case import Case
from retention.closure import closed_until
from retention.errors import RetentionError
from retention.schedule import ClosureRule, ScheduleFile


def refresh(
    ctx: Context, record: Record, case: Case | None, file: ScheduleFile | None
) -> None:
    """Compute a record's closure anew and keep the tree of openings in step.

    A closure that is as it was is not written, nor is its entry in the tree.

    Parameters
    ----------
    case
        The record as the retention library wants it; None without a schedule.
    file
        The schedule in force, which has the closure rules.
    """
    if record.is_destroyed:
        forget(ctx.root, record)
        return
    old = record.closure
    new = _kept_open(old, _closure(ctx.root, record, case, file))
    is_closed = new is not None and new.state == ClosureState.CLOSED
    opens_on = new.opens_on if new is not None and is_closed else None
    if old is not None and old.opens_on != opens_on:
        forget(ctx.root, record)
    if new != old:
        put(ctx, record, new)
    if opens_on is not None:
        ctx.root.by_opening.add((opens_on.isoformat(), record.id))


def put(ctx: Context, record: Record, closure: Closure | None) -> None:
    """Give a record its closure; what is closed by it is hidden at once."""
    before = effective_level(record)
    record.closure = closure
    after = effective_level(record)
    if after == before:
        return
    if stricter(after, before) == after:
        ctx.root.tightened.add(record.id)
    ctx.root.outbox.put(record.id, record.revision)


def forget(root: Archive, record: Record) -> None:
    """Take a record from the tree of openings."""
    if record.closure is not None and record.closure.opens_on is not None:
        root.by_opening.discard((record.closure.opens_on.isoformat(), record.id))


def waiting(root: Archive, on: date) -> Iterator[Record]:
    """Yield the records whose closure has run out by a day, the longest open first."""
    for _, record_id in root.by_opening.keys(max=(on.isoformat(), "g")):
        yield root.records[record_id]


def _kept_open(old: Closure | None, new: Closure | None) -> Closure | None:
    """Return the closure of a record that may have been opened under the same rule.

    What was opened is closed again when the rule or its day has changed.
    """
    if old is None or new is None or old.state != ClosureState.OPENED:
        return new
    opened = replace(new, state=str(ClosureState.OPENED))
    return opened if opened == old else new


def _closure(
    root: Archive, record: Record, case: Case | None, file: ScheduleFile | None
) -> Closure | None:
    if classes.is_members(root, record.class_code):
        return Closure(state=ClosureState.MEMBERS, rule="")
    code = classes.inherited(root, record.class_code, "closure")
    if code is None:
        return None
    rule = _rule(file, code)
    if rule is None or case is None:
        return Closure(state=ClosureState.UNKNOWN_RULE, rule=code)
    try:
        found = closed_until(case, rule)
    except RetentionError:
        # Facts that cannot be read keep it closed; its standing says what is wrong.
        return Closure(state=ClosureState.AWAITING_TRIGGER, rule=code)
    state = ClosureState.CLOSED if found.opens_on else ClosureState.AWAITING_TRIGGER
    return Closure(
        state=state,
        rule=code,
        opens_on=found.expected_on,
        provisional=found.provisional,
    )


def _rule(file: ScheduleFile | None, code: str) -> ClosureRule | None:
    rules = file.closures if file is not None else ()
    return next((rule for rule in rules if rule.code == code), None)
