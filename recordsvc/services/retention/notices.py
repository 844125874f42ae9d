"""What people are to be told of a record beside its due date, filed by day.

`by_notice` holds (kind, day, record id). What a notice says hangs on the day on which
it is read: a maximum is overdue once its day has passed, without an act.
"""

from collections.abc import Iterator
from datetime import date
from itertools import islice

from recordsvc.model import Archive, Record
from recordsvc.model.record import Appraisal, Standing
from recordsvc.services.context import Context

# By which day a maximum-keeping duty wants a record gone; the day has passed and that
# was seen to; something keeps the record beyond the day.
MAXIMUM, OVERDUE, REFUSED = "maximum", "maximum_overdue", "maximum_refused"
# A trigger date far ahead; a manual date, by the day of its last justification; a
# proposal to shorten one.
FAR, MANUAL, SHORTENING = "far_trigger", "manual", "shortening"
REFUSED_EVENT = "maximum-refused"
# Maximums whose day has passed that one pass sees to.
BATCH = 200

Key = tuple[str, str]


def file(
    ctx: Context, record: Record, old: Standing | None, new: Standing | None
) -> None:
    """Move a record's notices with its standing, and record a duty newly refused.

    An entry that stays is not written.
    """
    root, today = ctx.root, ctx.today()
    after: set[Key] = set()
    if not record.is_destroyed:
        after = {*_of_standing(new, today), *_of_people(record)}
    before = {*_of_standing(old, today), *_of_people(record)}
    if old is not None and old.maximum_on is not None:
        # Its day may have passed since.
        before |= {(kind, old.maximum_on.isoformat()) for kind in (MAXIMUM, OVERDUE)}
    for kind, day in before - after:
        root.by_notice.discard((kind, day, record.id))
    for kind, day in after:
        root.by_notice.add((kind, day, record.id))
    if new is not None and not record.is_destroyed:
        _record_refusals(ctx, record, old, new)


def _of_standing(standing: Standing | None, today: date) -> Iterator[Key]:
    if standing is None:
        return
    if standing.maximum_on is not None:
        kind = OVERDUE if standing.maximum_on < today else MAXIMUM
        yield kind, standing.maximum_on.isoformat()
    if standing.refused:
        yield REFUSED, min(day for _, day in standing.refused)
    if standing.far_trigger is not None:
        yield FAR, standing.far_trigger.isoformat()


def _of_people(record: Record) -> Iterator[Key]:
    appraisal = manual_date(record)
    if appraisal is not None:
        yield MANUAL, appraisal.on.isoformat()
    if record.shortening is not None:
        yield SHORTENING, record.shortening.on.isoformat()


def manual_date(record: Record) -> Appraisal | None:
    """Return what set or last justified the manual date of a record, if it has one."""
    last = record.appraisals[-1] if record.appraisals else None
    return last if last is not None and last.until else None


def forget_people(root: Archive, record: Record) -> None:
    """Take out what hangs on what people decided, before that changes."""
    for kind, day in _of_people(record):
        root.by_notice.discard((kind, day, record.id))


def _record_refusals(
    ctx: Context, record: Record, old: Standing | None, new: Standing
) -> None:
    if old is None or old.refused != new.refused:
        for code, day in new.refused:
            _log(ctx, record, maximum=code, until=day, by=new.winner or "")


def refuse_for_hold(ctx: Context, record: Record, hold_id: str) -> None:
    """Record that a hold keeps a record beyond the day of its maximum, if it does."""
    found = record.standing
    day = found.maximum_on if found is not None else None
    if day is not None and day < ctx.today():
        _log(ctx, record, until=day.isoformat(), hold=hold_id)


def _log(ctx: Context, record: Record, **facts: str) -> None:
    event = ctx.log(record.id, REFUSED_EVENT, **facts)
    record.events = (*record.events, event)


def passed(ctx: Context) -> Iterator[str]:
    """Yield the ids of records whose maximum has passed and was not seen to."""
    until = (MAXIMUM, ctx.today().isoformat())
    keys = ctx.root.by_notice.keys(min=(MAXIMUM, "", ""), max=until, excludemax=True)
    for _, _, record_id in keys:
        yield record_id


def see_to_passed(ctx: Context) -> int:
    """File the maximums that have passed, and record which of them a hold refuses.

    Returns
    -------
    int
        How many were seen to, a batch at most.
    """
    ids = list(islice(passed(ctx), BATCH))
    for record_id in ids:
        record = ctx.root.records[record_id]
        file(ctx, record, record.standing, record.standing)
        for hold_id in record.holds:
            refuse_for_hold(ctx, record, hold_id)
    return len(ids)


def entries(
    root: Archive, kind: str, start: Key | None = None, until: str | None = None
) -> Iterator[Key]:
    """Yield (day, record id) of a kind in the order of the days.

    Parameters
    ----------
    start
        Where a page before has ended.
    until
        The last day; every one without.
    """
    begin = (kind, *(start or ("", "")))
    end = (kind, until, "g") if until is not None else (kind, "g", "")
    for _, day, record_id in root.by_notice.keys(min=begin, max=end, excludemin=True):
        yield day, record_id
