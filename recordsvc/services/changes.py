"""The one way a record changes: revision, stamp, event, outbox, standing."""

import uuid
from typing import Any

from recordsvc.model import Event, Record
from recordsvc.model.record import Identifier
from recordsvc.services.classification import classes
from recordsvc.services.context import Context
from recordsvc.services.disposal import holdscope
from recordsvc.services.errors import Conflict, Gone
from recordsvc.services.numbers import is_ambiguous
from recordsvc.services.retention import notices, standing
from recordsvc.services.triage import filing as inbox
from recordsvc.storage.errors import BitstreamMissing

HOLD_KINDS = frozenset({"hold", "hold-lifted"})


def new_record_id() -> str:
    """Return a random UUID (version 4) in hex.

    Time-ordered keys would all land in one bucket and conflict.
    """
    return uuid.uuid4().hex


def touch(ctx: Context, record: Record, kind: str, **facts: str) -> Event:
    """Close a change of a record: every service ends here.

    Parameters
    ----------
    kind
        Event type.
    facts
        Ids, codes and digests for the event.
    """
    record.revision += 1
    record.modified_at = ctx.now()
    event = ctx.log(record.id, kind, **facts)
    record.events = (*record.events, event)
    ctx.root.outbox.put(record.id, record.revision)
    inbox.file(ctx, record)
    if record.is_destroyed:
        return event
    if kind not in HOLD_KINDS:
        _come_under_holds(ctx, record)
    standing.refresh(ctx, record)
    if kind == "hold":
        notices.refuse_for_hold(ctx, record, facts["hold"])
    return event


def _come_under_holds(ctx: Context, record: Record) -> None:
    """Link a record to the holds whose scope it has come into by the change."""
    try:
        holds = holdscope.all_holds_on(ctx, record)
    except BitstreamMissing:
        # Its text is lost, so no query can be asked of it: the gate protects it.
        return
    for hold_id in holds:
        if hold_id not in record.holds:
            link_hold(ctx, record, hold_id)


def link_hold(ctx: Context, record: Record, hold_id: str) -> None:
    """Note on a record that a hold lies on it."""
    record.holds = (*record.holds, hold_id)
    ctx.root.held.add((hold_id, record.id))
    record.events = (*record.events, ctx.log(record.id, "hold", hold=hold_id))
    notices.refuse_for_hold(ctx, record, hold_id)


def set_access(ctx: Context, record: Record, access: str) -> None:
    """Give a record its access level; what is tightened is hidden at once.

    Raises
    ------
    Conflict
        If it is a Member's paper, which is never open.
    """
    if access == "open" and classes.is_members(ctx.root, record.class_code):
        raise Conflict(
            f"record {record.id} is a Member's paper, no record of the House; it is "
            "never open"
        )
    if access not in {record.access, "open"}:
        ctx.root.tightened.add(record.id)
    record.access = access


def require_changeable(
    ctx: Context, record: Record, revision: int | None = None
) -> None:
    """Refuse a change of a destroyed, held or meanwhile changed record.

    Raises
    ------
    Gone, Conflict
        Saying which of the three it is.
    """
    if record.is_destroyed:
        raise Gone(f"record {record.id} was destroyed; only its tombstone is left")
    try:
        # Also those by query that have no link yet: an edit could escape them.
        holds = holdscope.all_holds_on(ctx, record)
    except BitstreamMissing as error:
        raise Conflict(
            f"record {record.id} cannot be changed while there are holds by query: "
            f"they cannot be matched against its text: {error}"
        ) from None
    if holds:
        raise Conflict(
            f"record {record.id} is on hold ({', '.join(holds)}); "
            "it cannot be changed until every hold is lifted"
        )
    if revision is not None and revision != record.revision:
        raise Conflict(
            f"record {record.id} has moved on: it is at revision {record.revision}, "
            f"you changed {revision}; look at it again and repeat the change"
        )


def set_identifiers(
    ctx: Context, record: Record, identifiers: tuple[Identifier, ...]
) -> None:
    """Give a record its identifiers and keep the look-up tree in step.

    An ambiguous number is shown and searched for; it is no key, because nothing
    may be resolved by it.
    """
    for old in record.identifiers:
        ctx.root.by_identifier.discard((old.normalised, record.id))
    record.identifiers = tuple(dict.fromkeys(identifiers))
    for new in record.identifiers:
        if is_ambiguous(new.normalised):
            continue
        ctx.root.by_identifier.add((new.normalised, record.id))


def set_value(ctx: Context, record: Record, name: str, value: Any) -> None:
    """Give a record the value of an attribute, and keep its tree in step if it has one.

    Raises
    ------
    Conflict
        As `set_class` and `set_access`.
    """
    if name == "identifiers":
        set_identifiers(ctx, record, value)
    elif name == "access":
        set_access(ctx, record, value)
    elif name == "class_code":
        set_class(ctx, record, value)
    else:
        setattr(record, name, value)


def require_own(record: Record) -> None:
    """Refuse what only a record of the House can have, such as a class.

    Raises
    ------
    Conflict
        If it is another parliament's, and was not adopted.
    """
    if record.is_foreign:
        raise Conflict(
            f"record {record.id} was harvested and is no record of the House; to keep "
            f"it as one: recordsvc adopt {record.id}"
        )


def set_class(ctx: Context, record: Record, code: str | None) -> None:
    """Give a record its class and keep the class tree in step.

    Raises
    ------
    Conflict
        If it is another parliament's, and was not adopted.
    """
    if code:
        require_own(record)
    if record.class_code:
        ctx.root.by_class.discard((record.class_code, record.id))
    record.class_code = code
    if code:
        ctx.root.by_class.add((code, record.id))
        record.declared_on = record.declared_on or ctx.today()
