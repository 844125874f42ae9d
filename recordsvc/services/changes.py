"""The one way a record changes: revision, stamp, event, outbox, standing."""

import uuid

from recordsvc.model import Record
from recordsvc.model.record import Identifier
from recordsvc.services import standing
from recordsvc.services.context import Context
from recordsvc.services.errors import Conflict, Gone
from recordsvc.services.numbers import is_ambiguous


def new_record_id() -> str:
    """Return a random UUID (version 4) in hex.

    Time-ordered keys would all land in one bucket and conflict.
    """
    return uuid.uuid4().hex


def touch(ctx: Context, record: Record, kind: str, **facts: str) -> None:
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
    record.events = (*record.events, ctx.event(kind, **facts))
    ctx.root.outbox.put(record.id, record.revision)
    standing.refresh(ctx, record)


def set_access(ctx: Context, record: Record, access: str) -> None:
    """Give a record its access level; what is tightened is hidden at once."""
    if access not in {record.access, "open"}:
        ctx.root.tightened.add(record.id)
    record.access = access


def require_changeable(record: Record, revision: int | None = None) -> None:
    """Refuse a change of a destroyed, held or meanwhile changed record.

    Raises
    ------
    Gone, Conflict
        Saying which of the three it is.
    """
    if record.is_destroyed:
        raise Gone(f"record {record.id} was destroyed; only its tombstone is left")
    if record.is_held:
        raise Conflict(
            f"record {record.id} is on hold ({', '.join(record.holds)}); "
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


def set_class(ctx: Context, record: Record, code: str | None) -> None:
    """Give a record its class and keep the class tree in step."""
    if record.class_code:
        ctx.root.by_class.discard((record.class_code, record.id))
    record.class_code = code
    if code:
        ctx.root.by_class.add((code, record.id))
        record.declared_on = record.declared_on or ctx.today()
