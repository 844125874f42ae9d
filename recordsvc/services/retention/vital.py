"""Vital records: looked at in a cycle, so that they are there when all else is not.

The cycle is said by the class, or by the nearest class above that says one.
"""

from datetime import date

from recordsvc.model import Archive, Record
from recordsvc.services.classification import classes
from recordsvc.services.context import Context
from retention.errors import RetentionError
from retention.periods import Period
from retention.vital import vital_review


def refresh(ctx: Context, record: Record) -> None:
    """Compute the day of a record's next review and keep its tree in step.

    A record whose day is as it was is not written, nor is its entry in the tree.
    """
    following = None if record.is_destroyed else next_review(ctx, record)
    if record.review_on != following:
        forget(ctx.root, record)
        record.review_on = following
    if following is not None:
        ctx.root.by_vital_review.add((following.isoformat(), record.id))


def forget(root: Archive, record: Record) -> None:
    """Take a record from the tree of reviews."""
    if record.review_on is not None:
        root.by_vital_review.discard((record.review_on.isoformat(), record.id))


def next_review(ctx: Context, record: Record) -> date | None:
    """Return the day by which a record is to be reviewed; None where it is not vital.

    A record of which no day is known is to be reviewed today.
    """
    cycle = cycle_of(ctx.root, record)
    if cycle is None:
        return None
    try:
        review = vital_review(
            cycle,
            zone=ctx.settings.zone,
            declared=_iso(record.declared_on),
            reviewed=_iso(record.reviewed_on),
        )
    except RetentionError:
        # The cycle leads beyond the calendar: it is never due again.
        return None
    return review.next_on or ctx.today()


def cycle_of(root: Archive, record: Record) -> Period | None:
    """Return how often a record is reviewed; None where it is not vital."""
    text = classes.inherited(root, record.class_code, "vital_review")
    return Period.parse(text) if text else None


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day is not None else None
