"""Bulk acts as they are read: what was asked for, and what came of each record."""

from typing import Any

from recordsvc.model.bulk import BulkEdit, BulkOutcome
from recordsvc.services.access import authorize, may_read
from recordsvc.services.bulk.carrying import bulk_of, counts_of
from recordsvc.services.context import Context
from recordsvc.services.display import title_of

RECENT = 50
NAMED = 200
_TOLD = frozenset({BulkOutcome.LEFT_OUT, BulkOutcome.KEPT})


def bulk_edits(ctx: Context) -> dict[str, Any]:
    """Return the newest bulk acts, without their records."""
    authorize(ctx, "bulk.edit")
    found = sorted(
        ctx.root.bulk_edits.values(), key=lambda b: (b.made_at, b.id), reverse=True
    )
    return {"bulk_edits": [_brief(bulk) for bulk in found[:RECENT]]}


def bulk_mapping(ctx: Context, bulk_id: str) -> dict[str, Any]:
    """Return a bulk act with the records that were left out, or kept by its undoing.

    Raises
    ------
    NotFound
        If there is none of that id.
    """
    bulk = bulk_of(ctx, bulk_id)
    named = []
    for record_id, item in bulk.items.items():
        record = ctx.root.record_at(record_id)
        if record is None:
            continue
        if item.outcome in _TOLD and may_read(ctx.actor, record):
            named.append(
                {
                    "id": record_id,
                    "title": title_of(record),
                    "outcome": str(item.outcome),
                    "why": item.why,
                }
            )
        if len(named) == NAMED:
            break
    return _brief(bulk) | {"counts": counts_of(bulk), "named": named}


def _brief(bulk: BulkEdit) -> dict[str, Any]:
    rule = bulk.rule
    return {
        "id": bulk.id,
        "kind": str(bulk.kind),
        "state": str(bulk.state),
        "choice": dict(bulk.choice),
        "changes": [
            {"kind": str(c.kind), "field": c.field, "value": c.value}
            for c in bulk.changes
        ],
        "rule": None
        if rule is None
        else {"field": rule.field, "rule": rule.rule, "confidence": rule.confidence},
        "records": len(bulk.items),
        "made_by": bulk.made_by,
        "made_at": bulk.made_at.isoformat(),
        "finished_at": bulk.finished_at.isoformat() if bulk.finished_at else None,
        "undone_by": bulk.undone_by or None,
        "undone_at": bulk.undone_at.isoformat() if bulk.undone_at else None,
        "job": bulk.job,
    }
