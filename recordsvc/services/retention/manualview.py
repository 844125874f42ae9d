"""What waits for people: manual dates to be justified anew, proposals to shorten."""

import re
from datetime import date
from typing import Any

from recordsvc.model import Record
from recordsvc.model.record import Appraisal
from recordsvc.services.access import authorize, may_read
from recordsvc.services.context import Context
from recordsvc.services.display import title_of
from recordsvc.services.errors import InvalidRequest
from recordsvc.services.retention import notices
from retention.periods import Period

PAGE = 1000
_CURSOR = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2}):([0-9a-f]{32})")


def justify_by(ctx: Context, appraisal: Appraisal) -> date:
    """Return the day by which a manual date has to be justified anew."""
    return Period(years=ctx.settings.rejustify_years).after(appraisal.on)


def manual_dates(
    ctx: Context, *, every: bool = False, limit: int = PAGE, cursor: str = ""
) -> dict[str, Any]:
    """Return a page of the manual dates that wait to be justified, the oldest first.

    Parameters
    ----------
    every
        Also those that need no justification yet.
    cursor
        Where the page before ended; proposals are told on the first page alone.

    Returns
    -------
    dict
        ``on``, ``rejustify_years``, ``items``, ``shortenings`` (proposals that wait
        for a second person, `limit` at most) and ``cursor`` where more follow.

    Raises
    ------
    InvalidRequest
        If the cursor is none of ours.
    """
    authorize(ctx, "retention.view")
    answer: dict[str, Any] = {
        "on": ctx.today().isoformat(),
        "rejustify_years": ctx.settings.rejustify_years,
        "items": [],
        "shortenings": [] if cursor else shortenings(ctx, limit=limit),
    }
    start = None
    if cursor:
        found = _CURSOR.fullmatch(cursor)
        if found is None:
            raise InvalidRequest(f"{cursor!r} is no cursor of this list")
        start = (found[1], found[2])
    # The days of the tree are those of the last justification.
    year = ctx.today().year - ctx.settings.rejustify_years
    until = None if every else f"{year:04}-{ctx.today().month:02}-31"
    last = start
    for entry in notices.entries(ctx.root, notices.MANUAL, start, until):
        item = _item(ctx, ctx.root.records[entry[1]])
        if item is None or not (every or item["overdue"]):
            continue
        if len(answer["items"]) >= limit and last is not None:
            return answer | {"cursor": ":".join(last)}
        answer["items"].append(item)
        last = entry
    return answer


def _item(ctx: Context, record: Record) -> dict[str, Any] | None:
    """Return a manual date as plain values; None where it is no matter any more."""
    found = notices.manual_date(record)
    today = ctx.today()
    if found is None or not may_read(ctx.actor, record):
        return None
    if (found.until or "") <= today.isoformat():
        return None
    due_by = justify_by(ctx, found)
    return {
        "id": record.id,
        "title": title_of(record),
        "until": found.until,
        "justified_on": found.on.isoformat(),
        "justify_by": due_by.isoformat(),
        "overdue": due_by <= today,
        "reason": found.reason,
        "by": found.login,
    }


def shortenings(ctx: Context, *, limit: int = PAGE) -> list[dict[str, Any]]:
    """Return the proposals to shorten manual dates, the longest waiting first."""
    authorize(ctx, "retention.view")
    found: list[dict[str, Any]] = []
    for _, record_id in notices.entries(ctx.root, notices.SHORTENING):
        record = ctx.root.records[record_id]
        if may_read(ctx.actor, record):
            found.append(
                {"id": record.id, "title": title_of(record)} | shortening_of(record)
            )
        if len(found) >= limit:
            break
    return found


def shortening_of(record: Record) -> dict[str, Any]:
    """Return the proposal to shorten the manual date of a record, as plain values."""
    proposal = record.shortening
    assert proposal is not None  # noqa: S101 - who asks has looked
    last = record.appraisals[-1] if record.appraisals else None
    return {
        "until": proposal.until,
        "instead_of": last.until if last is not None else None,
        "reason": proposal.reason,
        "by": proposal.login,
        "on": proposal.on.isoformat(),
    }
