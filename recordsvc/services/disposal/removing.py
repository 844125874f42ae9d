"""Content that goes without a disposal list: a capture undone, a paper returned.

Both pass the one gate for what may never go (holds), leave a tombstone, stand in the
ledger and are proved gone as any destruction is.
"""

from datetime import timedelta

from recordsvc.model import DisposalRun, Record
from recordsvc.services.access import authorize, record_for
from recordsvc.services.classification import filing
from recordsvc.services.context import Context
from recordsvc.services.days import require_text
from recordsvc.services.disposal import gate
from recordsvc.services.disposal.executing import METHOD, entomb_alone, new_run
from recordsvc.services.disposal.tombstones import Order
from recordsvc.services.errors import Conflict, InvalidRequest, NotAllowed
from recordsvc.storage.ledger import LedgerEntry

UNDO_WITHIN = timedelta(days=7)
CAPTURE_UNDONE, RETURNED = "capture-undone", "returned-to-owner"


def undo_capture(ctx: Context, record_id: str, reason: str) -> str:
    """Undo a capture; return the id of the run that takes the bytes away.

    Until the record is declared, and for at most seven days, whoever captured it may
    take it back (INTERFACE 7.20).

    Raises
    ------
    NotAllowed
        If another captured it.
    Conflict
        If it is declared, older, held, linked or was exported.
    """
    record = record_for(ctx, record_id, "record.capture")
    require_text("the reason", reason)
    if not reason.strip():
        raise InvalidRequest("undoing a capture needs a reason")
    gate.require_free(ctx, record)
    if record.captured_by != ctx.actor.login:
        raise NotAllowed(f"record {record_id} was captured by {record.captured_by}")
    why = _why_not_undone(ctx, record)
    if why:
        raise Conflict(f"record {record_id} {why}; it can only be disposed of")
    # What came by mistake may be anything: not even its title stays.
    return _remove(ctx, record, CAPTURE_UNDONE, reason, keeps_title=False)


def _why_not_undone(ctx: Context, record: Record) -> str | None:
    if record.declared_on is not None:
        return f"was declared on {record.declared_on}"
    if record.captured_at is None or ctx.now() - record.captured_at > UNDO_WITHIN:
        return "was captured more than seven days ago"
    if ctx.root.link_ids(record.id):
        return "is linked with other records"
    if record.exported_on is not None:
        return f"was exported on {record.exported_on}"
    return None


def give_back(ctx: Context, *, record_id: str, reason: str) -> str:
    """Take a Member's paper out of the archive, once it was asked back.

    Returns
    -------
    str
        Id of the run that takes the bytes away.
    """
    record = record_for(ctx, record_id, "record.return")
    gate.require_free(ctx, record)
    if not any(event.type == "return-requested" for event in record.events):
        raise Conflict(f"record {record_id} was not asked back by its owner")
    # It may have been put among the records of the House since it was asked back.
    filing.require_returnable(ctx, record)
    # A Member's own paper leaves no title behind either.
    return _remove(ctx, record, RETURNED, reason, keeps_title=False)


def _remove(
    ctx: Context,
    record: Record,
    authority: str,
    reason: str,
    *,
    keeps_title: bool = True,
) -> str:
    run = new_run(ctx, ctx.today())
    order = Order(
        authority=authority,
        method=METHOD,
        executor=ctx.actor.login,
        reason=reason.strip(),
        keeps_title=keeps_title,
    )
    entomb_alone(ctx, run, record, order)
    ctx.log(run.id, authority, record=record.id)
    return str(run.id)


def replay(ctx: Context, run_id: str, entry: LedgerEntry) -> bool:
    """Destroy again what a restored backup has brought back.

    Returns
    -------
    bool
        Whether the record was here with its content.

    Notes
    -----
    No hold stops it: the content was lawfully gone before the backup came back.
    """
    authorize(ctx, "store.change")
    record: Record | None = ctx.root.records.get(entry.record_id)
    if record is None or record.is_destroyed:
        return False
    run: DisposalRun = ctx.root.disposal_runs[run_id]
    order = Order(
        authority=entry.destroyed.list_id,
        method="destroyed again after a restore, by the destruction ledger",
        executor=ctx.actor.login,
        # What left no title behind the first time leaves none the second.
        keeps_title=entry.destroyed.list_id not in {CAPTURE_UNDONE, RETURNED},
    )
    entomb_alone(ctx, run, record, order)
    return True
