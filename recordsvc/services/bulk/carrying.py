"""Carrying a bulk act out, and undoing it: batch after batch, each record once."""

import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import islice

from recordsvc.model import Record
from recordsvc.model.bulk import (
    BulkEdit,
    BulkItem,
    BulkKind,
    BulkOutcome,
    BulkState,
)
from recordsvc.model.record import EditMark
from recordsvc.services import changes, drafting
from recordsvc.services.access import authorize
from recordsvc.services.bulk import orders, revising
from recordsvc.services.bulk.orders import CLASS, Order
from recordsvc.services.bulk.revising import Work
from recordsvc.services.context import Context
from recordsvc.services.errors import Conflict, NotFound, NothingToDo
from recordsvc.services.queueing import enqueue

BULK = "bulk"
BATCH = 50
MAX_MARKS = 10
CHANGED_SINCE, FORGOTTEN = "changed-since", "forgotten"
REASON_ARG, ACTOR_ARG, BULK_ARG = "reason", "actor", "bulk"


def begin(ctx: Context, order: Order, *, seal: str | None = None) -> BulkEdit:
    """Queue a bulk act as one job.

    Parameters
    ----------
    seal
        Of the preview that the actor has seen; None where nothing was shown.

    Raises
    ------
    NotAllowed, InvalidRequest, NotFound
        As `orders.check`.
    Conflict
        If other records are meant by now, or one of them has changed.
    NothingToDo
        If no record is meant.
    """
    orders.check(ctx, order)
    ids = orders.ids_of_order(ctx, order)
    if not ids:
        raise NothingToDo("no record is meant by this")
    if seal is not None and seal != orders.seal_of(ctx, ids):
        raise Conflict(
            "other records are meant by now, or one of them has changed since it was "
            "shown; look at the preview again"
        )
    bulk = BulkEdit(
        uuid.uuid4().hex, order.kind, order.choice.pairs(), ctx.actor.login, ctx.now()
    )
    bulk.changes, bulk.rule = order.changes, order.rule
    for record_id in ids:
        bulk.items[record_id] = BulkItem(outcome=BulkOutcome.WAITING)
    ctx.root.bulk_edits[bulk.id] = bulk
    fields = {c.field for c in order.changes} or {
        order.rule.field if order.rule else ""
    }
    ctx.log(
        bulk.id,
        f"bulk-{order.kind}",
        fields=" ".join(sorted(fields)),
        records=str(len(ids)),
    )
    _enqueue(ctx, bulk, order.reason)
    return bulk


def begin_undo(ctx: Context, bulk_id: str) -> BulkEdit:
    """Queue the undoing of a bulk act as one job.

    Raises
    ------
    NotFound
        If there is none of that id.
    Conflict
        If it is not finished yet.
    NothingToDo
        If it was undone.
    """
    bulk = bulk_of(ctx, bulk_id)
    authorize(ctx, "record.edit")
    if any(change.field == CLASS for change in bulk.changes):
        authorize(ctx, "record.classify")
    if bulk.state == BulkState.UNDONE:
        raise NothingToDo(f"bulk edit {bulk_id} was undone already")
    if bulk.state != BulkState.APPLIED:
        raise Conflict(f"bulk edit {bulk_id} is {bulk.state}; wait until it is done")
    bulk.state, bulk.cursor = BulkState.UNDOING, ""
    bulk.undone_by, bulk.undone_at = ctx.actor.login, ctx.now()
    ctx.log(bulk.id, "bulk-undo")
    _enqueue(ctx, bulk, "")
    return bulk


def _enqueue(ctx: Context, bulk: BulkEdit, reason: str) -> None:
    args = {BULK_ARG: bulk.id, ACTOR_ARG: ctx.actor.login, REASON_ARG: reason.strip()}
    job = enqueue(ctx, BULK, **{name: value for name, value in args.items() if value})
    bulk.job = job.id


def bulk_of(ctx: Context, bulk_id: str) -> BulkEdit:
    """Return a bulk act.

    Raises
    ------
    NotFound
        If there is none of that id.
    """
    authorize(ctx, "bulk.edit")
    found: BulkEdit | None = ctx.root.bulk_edits.get(bulk_id)
    if found is None:
        raise NotFound(f"there is no bulk edit {bulk_id}; see: recordsvc bulk list")
    return found


def carry_on(ctx: Context, bulk_id: str, reason: str = "") -> tuple[int, bool]:
    """See to the next records of an act that is applied or undone.

    Returns
    -------
    tuple of int and bool
        How many were seen to, and whether more are left.
    """
    bulk: BulkEdit = ctx.root.bulk_edits[bulk_id]
    see_to: Callable[[str], BulkItem | None]
    match bulk.state:
        case BulkState.APPLYING:
            work = Work(changes=bulk.changes, rule=bulk.rule, reason=reason)
            see_to = _Applying(ctx, bulk, work)
        case BulkState.UNDOING:
            see_to = _Undoing(ctx, bulk)
        case _:
            return 0, False
    ids = list(islice(_following(bulk), BATCH))
    for record_id in ids:
        item = see_to(record_id)
        if item is not None:
            bulk.items[record_id] = item
        bulk.cursor = record_id
    if len(ids) == BATCH:
        return len(ids), True
    is_applied = bulk.state == BulkState.APPLYING
    bulk.state = BulkState.APPLIED if is_applied else BulkState.UNDONE
    if is_applied:
        bulk.finished_at = ctx.now()
    return len(ids), False


def _following(bulk: BulkEdit) -> Iterator[str]:
    yield from bulk.items.keys(min=bulk.cursor, excludemin=bool(bulk.cursor))


class _Applying:
    """Applies an act to one record after the other."""

    def __init__(self, ctx: Context, bulk: BulkEdit, work: Work) -> None:
        self.ctx = ctx
        self.bulk = bulk
        self.work = work

    def __call__(self, record_id: str) -> BulkItem:
        ctx = self.ctx
        record: Record | None = ctx.root.records.get(record_id)
        if record is None:
            return BulkItem(outcome=BulkOutcome.LEFT_OUT, why=revising.JOINED)
        found = revising.why_not(ctx, record) or revising.revise(ctx, record, self.work)
        if isinstance(found, str):
            return BulkItem(outcome=BulkOutcome.LEFT_OUT, why=found)
        if not found.fields:
            return BulkItem(outcome=BulkOutcome.UNCHANGED)
        old = drafting.draft_of(record)
        before, after = record.class_code or "", found.draft.class_code or ""
        drafting.take_over(ctx, record, found.draft)
        record.statements = found.draft.statements
        mark = revising.mark_of(old, record, found.fields, self.bulk.id)
        record.marks = (*record.marks[-(MAX_MARKS - 1) :], mark)
        facts = {"bulk": self.bulk.id, "fields": " ".join(found.fields)}
        if before != after:
            facts |= {"before": before, "after": after}
        changes.touch(ctx, record, _kind(self.bulk, found.fields), **facts)
        return BulkItem(outcome=BulkOutcome.CHANGED)


def _kind(bulk: BulkEdit, fields: tuple[str, ...]) -> str:
    if bulk.kind == BulkKind.CONFIRM:
        return "confirm"
    return "classify" if fields == (CLASS,) else "edit"


class _Undoing:
    """Takes an act back from one record after the other, where it still stands."""

    def __init__(self, ctx: Context, bulk: BulkEdit) -> None:
        self.ctx = ctx
        self.bulk = bulk

    def __call__(self, record_id: str) -> BulkItem | None:
        item: BulkItem = self.bulk.items[record_id]
        if item.outcome != BulkOutcome.CHANGED:
            return None
        record: Record | None = self.ctx.root.records.get(record_id)
        if record is None:
            return BulkItem(outcome=BulkOutcome.KEPT, why=revising.JOINED)
        why = revising.why_not(self.ctx, record) or self._take_back(record)
        if why:
            return BulkItem(outcome=BulkOutcome.KEPT, why=why)
        return BulkItem(outcome=BulkOutcome.UNDONE)

    def _take_back(self, record: Record) -> str:
        ctx = self.ctx
        mark = next((m for m in record.marks if m.bulk == self.bulk.id), None)
        if mark is None:
            return FORGOTTEN
        fields = set(mark.fields)
        if not _still_stands(record, mark, fields):
            return CHANGED_SINCE
        draft = drafting.draft_of(record)
        for name, value, _ in mark.values:
            setattr(draft, name, value)
        before, after = record.class_code or "", draft.class_code or ""
        try:
            drafting.take_over(ctx, record, draft)
        except Conflict:
            return revising.MEMBERS
        others = (s for s in record.statements if s.field not in fields)
        record.statements = (*mark.before, *others)
        record.marks = tuple(m for m in record.marks if m is not mark)
        facts = {"bulk": self.bulk.id, "fields": " ".join(mark.fields)}
        if before != after:
            facts |= {"before": before, "after": after}
        is_confirmed = self.bulk.kind == BulkKind.CONFIRM
        kind = "unconfirm" if is_confirmed else "edit"
        changes.touch(ctx, record, kind, undone="yes", **facts)
        return ""


def _still_stands(record: Record, mark: EditMark, fields: set[str]) -> bool:
    return revising.statements_of(record, fields) == mark.after and all(
        getattr(record, name) == value for name, _, value in mark.values
    )


def counts_of(bulk: BulkEdit) -> dict[str, int]:
    """Return how many records have come to each outcome."""
    found = Counter(str(item.outcome) for item in bulk.items.values())
    return {str(outcome): found[outcome] for outcome in BulkOutcome if found[outcome]}
