"""A hold and what it lies on, page by page."""

import re
from itertools import islice
from typing import Any

from recordsvc.services.access import authorize, may_read
from recordsvc.services.context import Context
from recordsvc.services.display import title_of
from recordsvc.services.disposal.holding import hold_mapping, hold_of
from recordsvc.services.errors import InvalidRequest

PAGE = 100
_ID = re.compile(r"[0-9a-f]{1,64}")


def records_page(
    ctx: Context, hold_id: str, *, cursor: str = "", limit: int = PAGE
) -> dict[str, Any]:
    """Return a hold with a page of its records, as far as the actor may read them.

    Returns
    -------
    dict
        ``hold``, ``records`` and, where more follow, ``next``.

    Raises
    ------
    NotFound
        If there is no such hold.
    InvalidRequest
        If the cursor is none of ours.
    """
    authorize(ctx, "hold.view")
    if cursor and not _ID.fullmatch(cursor):
        raise InvalidRequest(f"{cursor!r} is no cursor of this list")
    hold = hold_of(ctx, hold_id)
    pairs = ctx.root.held.keys(
        min=(hold.id, cursor), max=(hold.id, "g"), excludemin=True
    )
    ids = [record_id for _, record_id in islice(pairs, limit + 1)]
    records = [ctx.root.records[i] for i in ids[:limit]]
    return {
        "hold": hold_mapping(ctx, hold),
        "records": [
            {"id": r.id, "title": title_of(r), "class": r.class_code, "state": r.state}
            for r in records
            if may_read(ctx.actor, r)
        ],
        "next": ids[limit - 1] if len(ids) > limit else None,
    }
