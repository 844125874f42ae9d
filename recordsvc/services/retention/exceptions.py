"""What stands in the way of disposal, or should have gone: records and reasons."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from recordsvc.model import Record
from recordsvc.services.access import authorize, may_read
from recordsvc.services.context import Context
from recordsvc.services.errors import InvalidRequest
from recordsvc.services.retention import notices, standing
from recordsvc.services.retention.judging import NO_COVERAGE
from retention.decision import is_far
from retention.schedule import State

PAGE = 1000
REASONS = {
    State.AWAITING_TRIGGER: "the date that starts the clock is not known",
    standing.ERROR: "its facts cannot be judged",
    NO_COVERAGE: "no disposal coverage: its schedule was revoked and nothing "
    "replaces it",
    standing.PROVISIONAL: "its due date hangs on a date that is not confirmed",
}
# The order in which they are told: what should have gone, then what never comes.
KINDS = (
    *standing.EXCEPTION_STATES,
    notices.OVERDUE,
    # Those whose day has passed since anybody looked.
    notices.MAXIMUM,
    notices.REFUSED,
    notices.FAR,
)
_CURSOR = re.compile(
    rf"({'|'.join(KINDS)})(?::([0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}))?:([0-9a-f]{{32}})"
)
# Kind, day (empty where it has none) and record id.
_Entry = tuple[str, str, str]


def exceptions(ctx: Context, *, limit: int = PAGE, cursor: str = "") -> dict[str, Any]:
    """Return a page of the records that something is the matter with, and what.

    They never become due as they stand, or a maximum-keeping duty is overdue or
    refused, or their trigger lies suspiciously far ahead.

    Returns
    -------
    dict
        ``exceptions``, and ``cursor`` where more follow.

    Raises
    ------
    InvalidRequest
        If the cursor is none of ours.
    """
    authorize(ctx, "retention.view")
    last = _start_of(cursor) if cursor else None
    found: list[dict[str, Any]] = []
    for entry in _entries(ctx, last):
        record = ctx.root.records[entry[2]]
        if record.is_destroyed or not may_read(ctx.actor, record):
            continue
        told = _told(ctx, record, entry)
        if told is None:
            continue
        if last is not None and len(found) >= limit:
            return {"exceptions": found, "cursor": ":".join(filter(None, last))}
        found.append(told)
        last = entry
    return {"exceptions": found}


def _start_of(cursor: str) -> _Entry:
    found = _CURSOR.fullmatch(cursor)
    if found is None:
        raise InvalidRequest(f"{cursor!r} is no cursor of this list")
    return found[1], found[2] or "", found[3]


def _entries(ctx: Context, start: _Entry | None) -> Iterator[_Entry]:
    """Yield what is to be looked at, what needs a person first coming first."""
    kinds = KINDS if start is None else KINDS[KINDS.index(start[0]) :]
    yesterday = (ctx.today() - timedelta(days=1)).isoformat()
    for kind in kinds:
        is_begun = start is not None and start[0] == kind
        if kind in standing.EXCEPTION_STATES:
            after = start[2] if is_begun and start is not None else ""
            for _, record_id in ctx.root.by_exception.keys(
                min=(kind, after), max=(kind, "g"), excludemin=True
            ):
                yield kind, "", record_id
            continue
        begin = start[1:] if is_begun and start is not None else None
        until = yesterday if kind == notices.MAXIMUM else None
        for day, record_id in notices.entries(ctx.root, kind, begin, until):
            yield kind, day, record_id


def _told(ctx: Context, record: Record, entry: _Entry) -> dict[str, Any] | None:
    """Return an exception as it is told; None where it is none on this day."""
    kind, day, _ = entry
    found = record.standing
    if not day or found is None:
        return exception(record, kind, _reason(record, kind))
    match kind:
        case notices.FAR:
            if found.far_trigger is None or not is_far(found.far_trigger, ctx.today()):
                return None
            reason = f"its trigger date lies far ahead: {day}"
            return exception(record, kind, reason) | {"day": day}
        case notices.REFUSED:
            code = min(found.refused, key=lambda pair: pair[1])[0]
            return _refused(record, code, day)
    if day >= ctx.today().isoformat():
        return None
    if record.is_held:
        kept = {"because": "hold", "winner": found.winner, "due_on": None}
        reason = f"it must have been gone by {day}, but it is on hold"
        return exception(record, notices.REFUSED, reason) | {"day": day} | kept
    if record.id in ctx.root.listed:
        return None
    reason = f"it must have been gone by {day} and is on no disposal list"
    return exception(record, notices.OVERDUE, reason) | {"day": day}


def _refused(record: Record, code: str, day: str) -> dict[str, Any]:
    found = record.standing
    assert found is not None  # noqa: S101 - a refusal stands in a standing
    due_on = found.due_on.isoformat() if found.due_on else None
    if found.winner is None:
        because, kept = "coverage", "it has no disposal coverage"
    elif due_on is not None and _is_by_hand(record, due_on):
        because, kept = "by_hand", f"it is kept until {due_on} by hand"
    elif due_on is not None:
        because, kept = "later", f"{found.winner} keeps it until {due_on}"
    elif found.action == "permanent":
        because, kept = "permanent", f"{found.winner} keeps it permanently"
    else:
        because, kept = "unknown", f"{found.winner} has no due date yet"
    told = exception(
        record, notices.REFUSED, f"{code} wants it gone by {day}, but {kept}"
    )
    return told | {
        "day": day,
        "maximum": code,
        "because": because,
        "winner": found.winner,
        "due_on": due_on,
    }


def _is_by_hand(record: Record, due_on: str) -> bool:
    appraisal = notices.manual_date(record)
    return appraisal is not None and appraisal.until == due_on


def _reason(record: Record, state: str) -> str:
    said = record.standing.state if record.standing is not None else ""
    _, _, why = said.partition(": ")
    return why or REASONS.get(state, state)


def exception(record: Record, state: str, reason: str) -> dict[str, Any]:
    """Return an exception as plain values."""
    return {"id": record.id, "state": str(state), "reason": reason}
