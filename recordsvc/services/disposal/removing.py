"""Content that goes without a disposal list: a capture undone, a paper returned.

Both pass the one gate for what may never go (holds), leave a tombstone, stand in the
ledger and are proved gone as any destruction is.
"""

from datetime import timedelta

from recordsvc.model import DisposalRun, Record
from recordsvc.model.record import Tombstone
from recordsvc.services.access import authorize, record_for
from recordsvc.services.classification import filing
from recordsvc.services.context import Context
from recordsvc.services.days import require_text
from recordsvc.services.disposal import gate
from recordsvc.services.disposal.dossiers import note_disposed
from recordsvc.services.disposal.executing import (
    METHOD,
    entomb_alone,
    left_of,
    new_run,
)
from recordsvc.services.disposal.tombstones import Order
from recordsvc.services.errors import Conflict, InvalidRequest, NotAllowed
from recordsvc.services.triage.failures import quarantined
from recordsvc.storage.ledger_lines import (
    TITLE_BARE,
    TITLE_UNKNOWN,
    Destroyed,
    LedgerEntry,
    title_mark,
)

UNDO_WITHIN = timedelta(days=7)
CAPTURE_UNDONE, RETURNED = "capture-undone", "returned-to-owner"
DISCARDED = "discarded-unread"
# What goes by these was never disposed of under the schedule, and leaves no title.
WITHOUT_LIST = frozenset({CAPTURE_UNDONE, RETURNED, DISCARDED})


def undo_capture(ctx: Context, record_id: str, reason: str) -> str:
    """Undo a capture; return the id of the run that takes the bytes away.

    Until the record is declared, and for at most seven days, whoever captured it may
    take it back (INTERFACE 7.20).

    Raises
    ------
    NotAllowed
        If another captured it.
    Conflict
        If it is declared, bound, older, held, linked or was exported.
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


def discard_unread(ctx: Context, record_id: str, reason: str) -> str:
    """Discard a file that could not be read; return the id of the run that does it.

    It was never declared a record of the House: nobody could say what it is.

    Raises
    ------
    Conflict
        If its file was read, or it is declared, held, linked or was exported.
    InvalidRequest
        If no reason is given.
    """
    record = quarantined(ctx, record_id, "quarantine.decide")
    require_text("the reason", reason)
    if not reason.strip():
        raise InvalidRequest("discarding a file needs a reason")
    gate.require_free(ctx, record)
    why = _why_it_stays(ctx, record)
    if why:
        raise Conflict(f"record {record_id} {why}; it can only be disposed of")
    return _remove(ctx, record, DISCARDED, reason, keeps_title=False)


def _why_not_undone(ctx: Context, record: Record) -> str | None:
    if record.captured_at is None or ctx.now() - record.captured_at > UNDO_WITHIN:
        return "was captured more than seven days ago"
    return _why_it_stays(ctx, record)


def _why_it_stays(ctx: Context, record: Record) -> str | None:
    if record.declared_on is not None:
        return f"was declared on {record.declared_on}"
    if record.extra_obligations:
        # A class it has not, but a law and perhaps a day that another has set.
        return "is under a second obligation"
    if record.appraisals:
        return "is kept by hand"
    if ctx.root.link_ids(record.id):
        return "is linked with other records"
    if any(ctx.root.likeness.joined_to(record.id)):
        return "has another paper as a part of it"
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

    Of the title the ledger decides, and not the record as it is here: that was
    perhaps open, or had another title, when the backup was made.
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
        keeps_title=_keeps_title(record, entry.destroyed),
        title=_title_told(record, entry.destroyed),
        is_bare=entry.destroyed.title == TITLE_BARE,
    )
    entomb_alone(ctx, run, record, order)
    if order.authority not in WITHOUT_LIST:
        note_disposed(ctx, record)
    return True


def _keeps_title(record: Record, one: Destroyed) -> bool:
    if one.title == TITLE_UNKNOWN:
        # What left no title behind the first time leaves none the second.
        return one.list_id not in WITHOUT_LIST
    return _title_told(record, one) is not None


def _title_told(record: Record, one: Destroyed) -> str | None:
    """Return the title of a record, if it is the one that was kept the first time."""
    return record.title if one.title == title_mark(record.id, record.title) else None


def ledger_line(ctx: Context, run: DisposalRun, record_id: str) -> Destroyed:
    """Return what the ledger is told of a record that a run has destroyed."""
    left = left_of(run, record_id)
    stone = ctx.root.records[record_id].tombstone
    return Destroyed(
        record_id=record_id,
        sha256s=left.originals,
        list_id=left.authority,
        destroyed_on=run.on,
        title=ledger_title(record_id, stone),
    )


def ledger_title(record_id: str, stone: Tombstone | None) -> str:
    """Return what the ledger is told of the title of a tombstone."""
    if stone is not None and stone.is_bare:
        return TITLE_BARE
    return title_mark(record_id, stone.title if stone is not None else None)
