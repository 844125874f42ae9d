"""Retention as people ask for it: why this date, and what is due."""

import re
from collections.abc import Iterator
from datetime import date
from itertools import islice
from typing import Any

from recordsvc.model import Record
from recordsvc.services.access import authorize, may_read, record_for
from recordsvc.services.context import Context
from recordsvc.services.display import title_of
from recordsvc.services.disposal.listed import list_of_record
from recordsvc.services.errors import InvalidRequest, NotFound
from recordsvc.services.retention import notices, standing
from recordsvc.services.retention.exceptions import exception, exceptions
from recordsvc.services.retention.judging import Judge, Judgement
from recordsvc.services.retention.manualview import justify_by, shortening_of
from retention.errors import RetentionError
from retention.schedule import State

PAGE = 1000
# Entries of the tree looked at for an item of a page: held ones are no items.
LOOKED_AT = 5
_DUE_CURSOR = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2}):([0-9a-f]{32})")


def explain(ctx: Context, record_id: str, on: date | None = None) -> dict[str, Any]:
    """Return the decision for a record with every step that led to it.

    Returns
    -------
    dict
        The answer of INTERFACE section 5, and ``id``, ``schedule_version``,
        ``steps`` (the trace as values that replay to the same decision),
        ``losers`` (each obligation that does not decide), ``appraisals``, ``manual``
        (the manual date, and by when it is to be justified) and ``shortening`` (what
        is proposed of it); ``maximums`` where there are such duties.

    Raises
    ------
    NotFound
        If there is no such record, or no schedule is in force on that day.
    """
    record = record_for(ctx, record_id)
    if record.is_destroyed:
        return _explained_by_tombstone(record)
    by = Judge(ctx, on or ctx.today())
    if by.newest is None:
        raise NotFound("no schedule is in force; import one: recordsvc schedule import")
    try:
        found = by.judge(record)
    except RetentionError as error:
        return {
            "case": record.id,
            "state": standing.ERROR,
            "error": str(error),
            "id": record.id,
            "schedule_version": by.newest.number,
        }
    assert found is not None  # noqa: S101 - a version applies
    return _explained(ctx, record, found)


def _explained_by_tombstone(record: Record) -> dict[str, Any]:
    """Return what was decided of a record before it went; nothing is judged anew."""
    stone = record.tombstone
    assert stone is not None  # noqa: S101 - a destroyed record has one
    return {
        "case": record.id,
        "state": str(record.state),
        "action": None,
        "due_on": stone.due_on.isoformat() if stone.due_on else None,
        "trigger_date": stone.trigger_date.isoformat() if stone.trigger_date else None,
        "winner": stone.schedule or None,
        "stage": stone.stage,
        "trace": list(stone.trace),
        "id": record.id,
        "schedule_version": stone.schedule_version,
    }


def _explained(ctx: Context, record: Record, found: Judgement) -> dict[str, Any]:
    answer = found.decision.as_mapping()
    trace = [step.text for step in found.decision.trace]
    if not found.covered:
        trace.append(
            f"no disposal coverage: version {found.version} of the schedule was "
            "revoked and nothing replaces it; nothing is disposed of by it"
        )
    return {
        **answer,
        "trace": trace,
        "id": record.id,
        "schedule_version": found.version,
        "covered": found.covered,
        "steps": [step.as_mapping() for step in found.decision.trace],
        "losers": [
            {**step.facts, "why": step.text}
            for step in found.decision.trace
            if step.step == "lost"
        ],
        "appraisals": [
            {
                "verdict": a.verdict,
                "until": a.until,
                "reason": a.reason,
                "by": a.login,
                "on": a.on.isoformat(),
                "proposed_by": a.proposed_by,
            }
            for a in record.appraisals
        ],
        "manual": _manual(ctx, record),
        "shortening": shortening_of(record) if record.shortening is not None else None,
    }


def _manual(ctx: Context, record: Record) -> dict[str, str | None] | None:
    found = notices.manual_date(record)
    if found is None:
        return None
    return {
        "until": found.until,
        "justified_on": found.on.isoformat(),
        "justify_by": justify_by(ctx, found).isoformat(),
    }


def due(
    ctx: Context, on: date | None = None, *, limit: int = PAGE, cursor: str = ""
) -> dict[str, Any]:
    """Return a page of what is due on a day, what is not disposed of, the next date.

    Parameters
    ----------
    limit
        How many items, and how many exceptions, at most.
    cursor
        Where the page before ended. What is on hold is told with its page; what has
        no day is told on the first page alone, as far as `limit` goes.

    Returns
    -------
    dict
        ``on``, ``items`` (each with the ``list`` that it is on, if any),
        ``exceptions``, ``next`` and, where more follow, ``cursor`` and
        ``exceptions_cursor`` (of `exceptions`). What the page costs does not grow with
        the archive.

    Raises
    ------
    InvalidRequest
        If the cursor is none of ours.
    """
    authorize(ctx, "retention.view")
    day = on or ctx.today()
    by = Judge(ctx, day)
    items: list[dict[str, Any]] = []
    found: list[dict[str, Any]] = []
    start = last = _start_of(cursor) if cursor else None
    for last in islice(_entries(ctx, day, start), limit * LOOKED_AT):
        _sort_in(by, ctx.root.records[last[1]], items, found)
        if len(items) >= limit:
            break
    following = next(iter(ctx.root.by_due.keys(min=(day.isoformat(), "g"))), None)
    answer: dict[str, Any] = {
        "on": day.isoformat(),
        "items": items,
        "exceptions": found,
        "next": following[0] if following else None,
    }
    if not cursor:
        unsettled = exceptions(ctx, limit=limit)
        found += unsettled["exceptions"]
        if "cursor" in unsettled:
            answer["exceptions_cursor"] = unsettled["cursor"]
    if last is not None and next(_entries(ctx, day, last), None) is not None:
        answer["cursor"] = ":".join(last)
    return answer


def _entries(
    ctx: Context, day: date, start: tuple[str, str] | None
) -> Iterator[tuple[str, str]]:
    """Yield (due day, record id) up to a day, behind where a page has ended."""
    return iter(
        ctx.root.by_due.keys(
            min=start, max=(day.isoformat(), "g"), excludemin=start is not None
        )
    )


def _start_of(cursor: str) -> tuple[str, str]:
    found = _DUE_CURSOR.fullmatch(cursor)
    if found is None:
        raise InvalidRequest(f"{cursor!r} is no cursor of this list")
    return found[1], found[2]


def _sort_in(
    by: Judge,
    record: Record,
    items: list[dict[str, Any]],
    found: list[dict[str, Any]],
) -> None:
    """Put an entry of the tree where it belongs, as it is judged on the day."""
    if record.is_destroyed or not may_read(by.ctx.actor, record):
        return
    try:
        decision = by.decision_of(record)
    except RetentionError as error:
        found.append(exception(record, standing.ERROR, str(error)))
        return
    if decision is None:
        return
    if decision.state is State.DUE:
        items.append(
            {
                "id": record.id,
                "title": title_of(record),
                "due_on": decision.due_on.isoformat() if decision.due_on else None,
                "action": str(decision.action),
                "winner": decision.winner,
                "list": list_of_record(by.ctx, record.id),
            }
        )
    elif decision.state is State.HELD:
        reason = f"on hold: {', '.join(decision.held_by)}"
        found.append(exception(record, State.HELD, reason))
