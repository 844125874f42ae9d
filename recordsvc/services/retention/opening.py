"""Records opened to readers once their closure has run out: by a person, by name."""

from dataclasses import replace
from datetime import date
from typing import Any

from recordsvc.model import Record
from recordsvc.model.record import ClosureState
from recordsvc.services import changes
from recordsvc.services.access import authorize, effective_level, may_read, record_for
from recordsvc.services.context import Context
from recordsvc.services.display import title_of
from recordsvc.services.errors import Conflict, NothingToDo
from recordsvc.services.retention import closures

_STILL_CLOSED = {
    ClosureState.AWAITING_TRIGGER: "the date that starts its closure is not certain",
    ClosureState.UNKNOWN_RULE: "its closure rule is not in the schedule in force",
    ClosureState.MEMBERS: "it is a Member's paper, which is never published",
}


def openings(ctx: Context, on: date | None = None) -> dict[str, Any]:
    """Return what may be opened by a day: its closure has run out.

    Parameters
    ----------
    on
        The day; None is today. A later day shows what is coming.
    """
    authorize(ctx, "retention.view")
    day = on or ctx.today()
    items = [
        {
            "id": record.id,
            "title": title_of(record),
            "opens_on": record.closure.opens_on.isoformat(),
            "rule": record.closure.rule,
            "access": record.access,
        }
        for record in closures.waiting(ctx.root, day)
        if may_read(ctx.actor, record)
        and record.closure is not None
        and record.closure.opens_on is not None
    ]
    return {"on": day.isoformat(), "items": items}


def open_record(ctx: Context, record_id: str) -> Record:
    """Open a record to readers whose closure has run out.

    It stands at its own access level from now on; the next change of its rule or of
    its day closes it again.

    Raises
    ------
    NothingToDo
        If nothing closes it, or it was opened already.
    Conflict
        If its day has not come or is not certain, or the record is held.
    """
    record = record_for(ctx, record_id, "closure.open")
    closure = record.closure
    if closure is None or closure.state == ClosureState.OPENED:
        raise NothingToDo(f"record {record_id} is not closed by a rule")
    if closure.state != ClosureState.CLOSED or closure.opens_on is None:
        reason = _STILL_CLOSED[ClosureState(closure.state)]
        raise Conflict(f"record {record_id} stays closed: {reason}")
    if closure.opens_on > ctx.today():
        raise Conflict(
            f"record {record_id} stays closed until {closure.opens_on.isoformat()} "
            f"({closure.rule})"
        )
    changes.require_changeable(ctx, record)
    closures.put(ctx, record, replace(closure, state=str(ClosureState.OPENED)))
    changes.touch(
        ctx,
        record,
        "opened",
        rule=closure.rule,
        opens_on=closure.opens_on.isoformat(),
        access=effective_level(record),
    )
    return record
