"""Asked to delete a record: nothing does but a list, and this says why not now."""

from typing import NoReturn

from recordsvc.services.access import record_for
from recordsvc.services.context import Context
from recordsvc.services.disposal import gate
from recordsvc.services.errors import Conflict, Gone
from retention.schedule import Action


def refuse_deletion(ctx: Context, record_id: str) -> NoReturn:
    """Say why a record is not deleted: by the delete gate, or for want of a list.

    Raises
    ------
    Gone
        If it is destroyed already.
    GateClosed
        If it is on hold, not due, or due for something else.
    Conflict
        If the gate is open: only a list that was judged and approved destroys.
    """
    record = record_for(ctx, record_id, "disposal.view")
    if record.is_destroyed:
        raise Gone(f"record {record_id} was destroyed; only its tombstone is left")
    gate.require_disposable(ctx, record, Action.DESTROY, ctx.today())
    listed = ctx.root.listed.get(record_id)
    where = (
        f"it is on list {listed}"
        if listed is not None
        else "it is on none: propose one, for example with recordsvc disposal propose"
    )
    raise Conflict(
        f"record {record_id} is due, and only an approved disposal list destroys; "
        f"{where}"
    )
