"""The parliamentary calendar: ends of sessions and legislatures, as they get known.

An end is announced, moved and confirmed under one key; the latest form counts and the
earlier ones stay. Each jurisdiction has a calendar of its own.
"""

import re
from typing import Any

from recordsvc.model import CalendarEnd
from recordsvc.model.agenda import EndForm
from recordsvc.services.context import Context
from recordsvc.services.errors import InvalidRequest, NothingToDo
from recordsvc.services.retention import recalculating
from recordsvc.services.retention.evidence import CALENDAR_KINDS

SESSION, LEGISLATURE = CALENDAR_KINDS
# What ends a term early, by the name under which it is recorded.
CAUSES = {"prorogation": SESSION, "dissolution": LEGISLATURE}
ENDS = (*CALENDAR_KINDS, *CAUSES)
_JURISDICTION = re.compile(r"[a-z]{2}")


def record_end(
    ctx: Context,
    kind: str,
    key: str,
    day: str,
    *,
    confirmed: bool,
    jurisdiction: str = "",
    evidence: str = "",
) -> str:
    """Record the end of a session or legislature, or what is newly known of it.

    Parameters
    ----------
    kind
        One of `ENDS`.
    key
        The number of the session or legislature.
    jurisdiction
        ISO 3166-1 code in small letters, or ``eu``; empty is the parliament's own.

    Returns
    -------
    str
        Its id: the same for every form of it.

    Raises
    ------
    InvalidRequest
        If the jurisdiction is none.
    NothingToDo
        If just that is recorded already.
    """
    if jurisdiction and not _JURISDICTION.fullmatch(jurisdiction):
        raise InvalidRequest(
            f"unknown jurisdiction {jurisdiction!r}; it is an ISO 3166-1 code of two "
            "small letters, or eu"
        )
    if jurisdiction == ctx.settings.jurisdiction:
        jurisdiction = ""
    term, cause = CAUSES.get(kind, kind), kind if kind in CAUSES else ""
    entry_id = f"{term}:{key}"
    if jurisdiction:
        entry_id = f"{jurisdiction}:{entry_id}"
    end: CalendarEnd | None = ctx.root.calendar.get(entry_id)
    if end is None:
        end = CalendarEnd(term, key, day, confirmed=confirmed)
        ctx.root.calendar[entry_id] = end
    elif _says(end, day, cause, confirmed=confirmed):
        raise NothingToDo(f"{entry_id} is recorded so already")
    else:
        end.history = (*end.history, _form(end))
    end.date, end.confirmed, end.cause = day, confirmed, cause
    end.jurisdiction, end.evidence = jurisdiction, evidence
    end.recorded_by, end.recorded_at = ctx.actor.login, ctx.now()
    end.reversed_by = None
    _settle(ctx, entry_id, "calendar-recorded", day)
    return entry_id


def _says(end: CalendarEnd, day: str, cause: str, *, confirmed: bool) -> bool:
    said = (end.date, end.cause, end.confirmed, end.reversed_by)
    return said == (day, cause, confirmed, None)


def _form(end: CalendarEnd) -> EndForm:
    return EndForm(
        date=end.date,
        confirmed=end.confirmed,
        cause=end.cause,
        recorded_by=end.recorded_by,
        recorded_at=end.recorded_at,
        reversed_by=end.reversed_by,
    )


def reverse_end(ctx: Context, entry_id: str) -> None:
    """Reverse an end of the calendar: it stays, and counts no more.

    Raises
    ------
    NothingToDo
        If it was reversed already.
    """
    end: CalendarEnd = ctx.root.calendar[entry_id]
    if end.reversed_by is not None:
        raise NothingToDo(f"event {entry_id} was reversed already")
    end.reversed_by = ctx.actor.login
    _settle(ctx, entry_id, "calendar-reversed", end.date)


def _settle(ctx: Context, entry_id: str, kind: str, day: str) -> None:
    """Close a change of the calendar: what waits for it is computed anew."""
    # Whoever judges by the calendar must not cross with the change.
    ctx.root.schedule_epoch.advance()
    ctx.log(entry_id, kind, day=day)
    recalculating.request(ctx)


def end_mapping(entry_id: str, end: CalendarEnd) -> dict[str, Any]:
    """Return an end of the calendar as JSON-able values, with its earlier forms."""
    return {
        "id": entry_id,
        "type": end.kind,
        "key": end.key,
        "date": end.date,
        "confirmed": end.confirmed,
        "cause": end.cause,
        "jurisdiction": end.jurisdiction,
        "evidence": end.evidence,
        "recorded_by": end.recorded_by,
        "recorded_at": end.recorded_at.isoformat() if end.recorded_at else None,
        "reversed_by": end.reversed_by,
        "history": [
            {
                "date": form.date,
                "confirmed": form.confirmed,
                "cause": form.cause,
                "recorded_by": form.recorded_by,
                "recorded_at": (
                    form.recorded_at.isoformat() if form.recorded_at else None
                ),
                "reversed_by": form.reversed_by,
            }
            for form in end.history
        ],
    }
