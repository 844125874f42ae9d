"""Holds: they block disposal and change, never the clock (MoReq2010 chapter 9)."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import islice

from BTrees.OOBTree import OOTreeSet

from recordsvc.model import Hold, Record
from recordsvc.services import changes
from recordsvc.services.access import authorize, record_for
from recordsvc.services.classification.aggregations import (
    enclosing,
    require_not_disposed,
)
from recordsvc.services.classification.classes import lineage
from recordsvc.services.context import Context
from recordsvc.services.days import day_of, require_text
from recordsvc.services.disposal import disposing, holdscope
from recordsvc.services.disposal.holdscope import (
    BY_AGGREGATION,
    BY_CLASS,
    BY_LIST,
    BY_QUERY,
)
from recordsvc.services.errors import Conflict, InvalidRequest, NotFound, NothingToDo
from recordsvc.services.queueing import HOLD_LINKS, enqueue
from recordsvc.services.selecting import ids_found
from recordsvc.storage.transactions import read_current

# So many links are made with the placement itself; the rest in batches.
AT_ONCE = 500
BATCH = 200
MATCHES_NOTHING = (
    "it matches no record today; what is captured or changed so that it matches is "
    "held from then on"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldOrder:
    """What is to be held, by whose order.

    Parameters
    ----------
    record_ids
        The records of a hold by list.
    target
        Code of the class, id of the aggregation or text of the query of the others.
    kind
        Such as litigation, inquiry, audit, access request, privilege.
    review_on
        ``YYYY-MM-DD`` on which somebody must look at it again, empty for none.
    """

    title: str
    mandate: str
    scope: str = BY_LIST
    target: str = ""
    record_ids: tuple[str, ...] = ()
    kind: str = ""
    review_on: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A hold that was placed.

    Parameters
    ----------
    records
        On how many records it lies.
    gone
        Ids that were asked for and that are destroyed already.
    """

    hold: Hold
    records: int
    gone: tuple[str, ...] = field(default=())

    @property
    def note(self) -> str | None:
        """Return what has to be said of a hold that lies on nothing yet."""
        return None if self.records else MATCHES_NOTHING


def place(ctx: Context, order: HoldOrder) -> Placed:
    """Place a hold; it always succeeds while there is content.

    From the commit on it lies on everything within its scope, whatever comes
    later; a record that is on a disposal list leaves it, and what was decided of it
    there is void. A class, dossier or query may have no record today.

    Raises
    ------
    InvalidRequest, NotFound, QuerySyntaxError
        If the order is not complete, or names what is not there.
    NothingToDo, Conflict
        If a list is empty, or every record of it is destroyed already.
    AggregationDisposed
        If the dossier was disposed of: there is no content left in it.
    """
    authorize(ctx, "hold.place")
    _check(order)
    hold = Hold(uuid.uuid4().hex, order.title.strip())
    hold.scope, hold.target, hold.kind = order.scope, order.target, order.kind
    hold.mandate = order.mandate.strip()
    hold.review_on = day_of(order.review_on) if order.review_on else None
    hold.placed_by, hold.placed_at = ctx.actor.login, ctx.now()
    records, gone = _within(ctx, order)
    ctx.root.holds[hold.id] = hold
    ctx.root.active_holds.add(hold.id)
    # A disposal that has judged by the holds of before conflicts with this one.
    ctx.root.hold_epoch.advance()
    ctx.log(hold.id, "hold-placed", scope=hold.scope)
    for record_id in gone:
        ctx.log(record_id, "hold-too-late", hold=hold.id)
    for record in records[:AT_ONCE]:
        _link(ctx, record, hold)
    later = records[AT_ONCE:]
    # What is on a list may be destroyed at this moment, and must not be counted then.
    read_current(*(record for record in later if record.id in ctx.root.listed))
    _leave_for_later(ctx, hold, later)
    return Placed(hold=hold, records=len(records), gone=gone)


def _check(order: HoldOrder) -> None:
    for name in ("title", "mandate", "kind"):
        require_text(f"the {name}", getattr(order, name))
    if not order.title.strip() or not order.mandate.strip():
        raise InvalidRequest("a hold needs a title and a mandate")
    if order.scope not in holdscope.SCOPES:
        raise InvalidRequest(
            f"unknown scope {order.scope!r}; scopes are {', '.join(holdscope.SCOPES)}"
        )


def _within(ctx: Context, order: HoldOrder) -> tuple[list[Record], tuple[str, ...]]:
    """Return the records of an order, and the ids of those destroyed already."""
    if order.scope == BY_LIST:
        asked = [record_for(ctx, i) for i in dict.fromkeys(order.record_ids)]
        if not asked:
            raise NothingToDo("no record matches; the hold was not placed")
        living = [r for r in asked if not r.is_destroyed]
        gone = tuple(r.id for r in asked if r.is_destroyed)
        if not living:
            raise Conflict(
                f"already destroyed: {', '.join(gone)}; the hold was not placed"
            )
        return living, gone
    found = (ctx.root.records[i] for i in _ids_within(ctx, order))
    return [r for r in found if not r.is_destroyed], ()


def _ids_within(ctx: Context, order: HoldOrder) -> Iterator[str]:
    root = ctx.root
    if order.scope == BY_QUERY:
        yield from ids_found(ctx, order.target)
    elif order.scope == BY_CLASS:
        if order.target not in root.classes:
            raise NotFound(f"there is no class {order.target}")
        for code in root.classes:
            if any(order.target == node.code for node in lineage(root, code)):
                yield from root.ids_by_class(code)
    elif order.scope == BY_AGGREGATION:
        if order.target not in root.aggregations:
            raise NotFound(f"there is no aggregation {order.target}")
        require_not_disposed(root.aggregations[order.target])
        for aggregation_id in root.aggregations:
            if order.target in enclosing(root, aggregation_id):
                yield from root.ids_by_aggregation(aggregation_id)


def _link(ctx: Context, record: Record, hold: Hold) -> None:
    if hold.id in record.holds or record.is_destroyed:
        return
    record.holds = (*record.holds, hold.id)
    ctx.root.held.add((hold.id, record.id))
    changes.touch(ctx, record, "hold", hold=hold.id)
    disposing.eject(ctx, record.id, f"hold {hold.id} was placed")


def _unlink(ctx: Context, record: Record, hold: Hold) -> None:
    ctx.root.held.discard((hold.id, record.id))
    if hold.id in record.holds:
        record.holds = tuple(h for h in record.holds if h != hold.id)
        changes.touch(ctx, record, "hold-lifted", hold=hold.id)


def _leave_for_later(ctx: Context, hold: Hold, records: list[Record]) -> None:
    if not records:
        return
    hold.pending = OOTreeSet(record.id for record in records)
    enqueue(ctx, HOLD_LINKS, hold=hold.id)


def spread(ctx: Context, hold_id: str) -> int:
    """Make or unmake the next links of a hold; return how many are left.

    Idempotent: a killed job goes on where its last commit was.
    """
    hold = hold_of(ctx, hold_id)
    if hold.pending is None:
        return 0
    act = _link if hold.is_active else _unlink
    for record_id in list(islice(hold.pending, BATCH)):
        act(ctx, ctx.root.records[record_id], hold)
        hold.pending.remove(record_id)
    left = len(hold.pending)
    if not left:
        hold.pending = None
    return left


def lift_hold(ctx: Context, hold_id: str, reason: str) -> int:
    """Lift a hold; lifted holds stay in the store for ever (MoReq2010).

    Returns
    -------
    int
        From how many records.

    Raises
    ------
    NothingToDo
        If it was lifted already: it cannot be lifted, changed or used again.
    """
    authorize(ctx, "hold.lift")
    hold = hold_of(ctx, hold_id)
    if not hold.is_active:
        raise NothingToDo(f"hold {hold_id} was lifted already")
    if not reason.strip():
        raise InvalidRequest("lifting a hold needs a reason")
    require_text("the reason", reason)
    hold.lifted_by, hold.lifted_at = ctx.actor.login, ctx.now()
    hold.reason = reason.strip()
    ctx.root.active_holds.remove(hold_id)
    ctx.root.hold_epoch.advance()
    ctx.log(hold.id, "hold-ended")
    ids = records_held(ctx, hold_id)
    for record_id in ids[:AT_ONCE]:
        _unlink(ctx, ctx.root.records[record_id], hold)
    # Links that were still to be made are not made any more.
    hold.pending = None
    _leave_for_later(ctx, hold, [ctx.root.records[i] for i in ids[AT_ONCE:]])
    return len(ids)


def records_held(ctx: Context, hold_id: str) -> tuple[str, ...]:
    """Return the ids of the records that a hold is linked to."""
    pairs = ctx.root.held.keys(min=(hold_id, ""), max=(hold_id, "g"))
    return tuple(record_id for _, record_id in pairs)


def hold_of(ctx: Context, hold_id: str) -> Hold:
    """Return a hold by its id."""
    hold: Hold | None = ctx.root.holds.get(hold_id)
    if hold is None:
        raise NotFound(f"there is no hold {hold_id}; see: recordsvc hold list")
    return hold


def postpone_review(ctx: Context, hold_id: str, review_on: str, reason: str) -> Hold:
    """Say that a hold was looked at and is still needed, until the next look."""
    authorize(ctx, "hold.place")
    hold = hold_of(ctx, hold_id)
    if not hold.is_active:
        raise Conflict(f"hold {hold_id} was lifted; a lifted hold never changes")
    require_text("the reason", reason)
    if not reason.strip():
        raise InvalidRequest("say why the hold is still needed")
    until = day_of(review_on)
    if until <= ctx.today():
        raise InvalidRequest(f"{review_on} has come already; give a day to come")
    hold.review_on = until
    look = (ctx.today(), ctx.actor.login, until, reason.strip())
    hold.reviews = (*hold.reviews, look)
    ctx.log(hold.id, "hold-reviewed", review_on=review_on)
    return hold


def review_due(hold: Hold, on: date) -> bool:
    """Say whether a hold's review date has come."""
    return hold.is_active and hold.review_on is not None and hold.review_on <= on
