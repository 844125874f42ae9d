"""The disposal list that a record is on, as its own page and the due list say it."""

from recordsvc.services.access import may
from recordsvc.services.context import Context


def list_of_record(ctx: Context, record_id: str) -> dict[str, str] | None:
    """Return id and state of the list that a record is on now.

    Returns
    -------
    dict or None
        ``id`` and ``state``; None where it is on none, or where lists are not for
        the actor to know of.
    """
    list_id = ctx.root.listed.get(record_id)
    if list_id is None or not may(ctx.actor, "disposal.view"):
        return None
    return {"id": list_id, "state": str(ctx.root.disposal_lists[list_id].state)}
