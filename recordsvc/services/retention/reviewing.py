"""The reviews of vital records: which are due, and that one was done."""

from datetime import date
from typing import Any

from recordsvc.model import Record
from recordsvc.services import changes
from recordsvc.services.access import authorize, may_read, record_for
from recordsvc.services.classification import classes
from recordsvc.services.context import Context
from recordsvc.services.display import title_of
from recordsvc.services.errors import Conflict, Gone, InvalidRequest
from recordsvc.services.retention import vital


def reviews(ctx: Context, on: date | None = None) -> dict[str, Any]:
    """Return the vital records to be reviewed by a day, the longest waiting first.

    Parameters
    ----------
    on
        The day; None is today. What was to be reviewed before it is overdue.
    """
    authorize(ctx, "retention.view")
    day = on or ctx.today()
    items = []
    for review_on, record_id in ctx.root.by_vital_review.keys(
        max=(day.isoformat(), "g")
    ):
        record = ctx.root.records[record_id]
        if not may_read(ctx.actor, record):
            continue
        items.append(
            {
                "id": record.id,
                "title": title_of(record),
                "review_on": review_on,
                "overdue": review_on < day.isoformat(),
                "reviewed_on": _iso(record.reviewed_on),
                "period": classes.inherited(
                    ctx.root, record.class_code, "vital_review"
                ),
            }
        )
    return {"on": day.isoformat(), "items": items}


def mark_reviewed(ctx: Context, record_id: str, on: date | None = None) -> Record:
    """Note that a vital record was reviewed; its next review is counted from there.

    A review changes nothing of the record, so a hold does not stand against it.

    Parameters
    ----------
    on
        The day of the review; None is today.

    Raises
    ------
    Conflict
        If the record is not vital.
    InvalidRequest
        If the day is to come, or lies before the last review.
    """
    record = record_for(ctx, record_id, "vital.review")
    if record.is_destroyed:
        raise Gone(f"record {record_id} was destroyed; only its tombstone is left")
    if vital.cycle_of(ctx.root, record) is None:
        raise Conflict(
            f"record {record_id} is not vital: its class has no vital_review"
        )
    day = on or ctx.today()
    if day > ctx.today():
        raise InvalidRequest(f"{day.isoformat()} has not come; a review is noted after")
    if record.reviewed_on is not None and day < record.reviewed_on:
        raise InvalidRequest(
            f"record {record_id} was reviewed on {record.reviewed_on.isoformat()}, "
            f"after {day.isoformat()}"
        )
    record.reviewed_on = day
    changes.touch(ctx, record, "vital-review", on=day.isoformat())
    return record


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day is not None else None
