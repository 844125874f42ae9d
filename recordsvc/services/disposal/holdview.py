"""Holds and what they lie on, as JSON-able values, at once or page by page."""

import re
from itertools import islice
from typing import Any

from recordsvc.model import Hold
from recordsvc.services.access import authorize, may_read
from recordsvc.services.context import Context
from recordsvc.services.display import title_of
from recordsvc.services.disposal.holding import hold_of, records_held, review_due
from recordsvc.services.errors import InvalidRequest

PAGE = 100
# So many records of a hold are named where it is shown at once.
SHOWN = 1000
_ID = re.compile(r"[0-9a-f]{1,64}")


def hold_mapping(ctx: Context, hold: Hold) -> dict[str, Any]:
    """Return a hold as JSON-able values."""
    day = ctx.today()
    return {
        "id": hold.id,
        "title": hold.title,
        "mandate": hold.mandate,
        "kind": hold.kind,
        "scope": hold.scope,
        "target": hold.target,
        "active": hold.is_active,
        "placed_by": hold.placed_by,
        "placed_at": hold.placed_at,
        "review_on": hold.review_on,
        "review_due": review_due(hold, day),
        "reviews": [
            {"on": on, "by": login, "until": until, "reason": reason}
            for on, login, until, reason in hold.reviews
        ],
        "lifted_by": hold.lifted_by or None,
        "lifted_at": hold.lifted_at,
        "reason": hold.reason or None,
        "records": len(records_held(ctx, hold.id)),
        "pending": len(hold.pending) if hold.pending is not None else 0,
    }


def hold_detail(ctx: Context, hold_id: str) -> dict[str, Any]:
    """Return a hold as JSON-able values, ``held`` with the first records under it."""
    authorize(ctx, "hold.view")
    hold = hold_of(ctx, hold_id)
    held = (ctx.root.records[i] for i in records_held(ctx, hold_id)[:SHOWN])
    return hold_mapping(ctx, hold) | {
        "held": [
            {"id": r.id, "title": title_of(r)} for r in held if may_read(ctx.actor, r)
        ]
    }


def hold_list(ctx: Context) -> list[dict[str, Any]]:
    """Return every hold, lifted ones too, newest first."""
    authorize(ctx, "hold.view")
    return sorted(
        (hold_mapping(ctx, hold) for hold in ctx.root.holds.values()),
        key=lambda h: (h["placed_at"], h["id"]),
        reverse=True,
    )


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
