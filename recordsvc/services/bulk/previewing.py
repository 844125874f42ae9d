"""What a bulk act would do, record by record: computed on drafts, written nowhere."""

from collections import Counter
from typing import Any

from recordsvc.model import Record
from recordsvc.services.bulk import orders, revising
from recordsvc.services.bulk.orders import Order
from recordsvc.services.bulk.revising import Revision, Work
from recordsvc.services.context import Context
from recordsvc.services.display import title_of
from recordsvc.services.retention import standing
from recordsvc.services.retention.judging import Judge
from recordsvc.services.retention.simulating import (
    NOW_DUE,
    UNCHANGED,
    is_due,
    move_of,
    shown,
)

SHOWN = 200


def preview(ctx: Context, order: Order, *, limit: int = SHOWN) -> dict[str, Any]:
    """Return what a bulk act would change, and which retention dates would move.

    Parameters
    ----------
    limit
        How many records are listed; all are counted.

    Returns
    -------
    dict
        ``records``, ``changed``, ``unchanged``, ``items`` (each with its values and
        its standing before and after), ``left_out`` (each with why), ``moves``:
        how many records fall due ``earlier``, ``later``, otherwise (``changed``),
        are ``now_due``; and ``seal``, by which the act refuses to go beyond what was
        seen.

    Raises
    ------
    NotAllowed, InvalidRequest, NotFound, Conflict
        As `orders.check`.
    """
    orders.check(ctx, order)
    ids = orders.ids_of_order(ctx, order)
    work = Work(changes=order.changes, rule=order.rule, reason=order.reason)
    judge = standing.judge(ctx)
    counts: Counter[str] = Counter()
    moves: Counter[str] = Counter()
    items: list[dict[str, Any]] = []
    left_out: list[dict[str, Any]] = []
    for record_id in ids:
        record: Record = ctx.root.records[record_id]
        why = revising.why_not(ctx, record)
        found = why or revising.revise(ctx, record, work)
        if isinstance(found, str):
            counts["left_out"] += 1
            left_out.append({"id": record_id, "title": title_of(record), "why": found})
        elif not found.fields:
            counts[UNCHANGED] += 1
        else:
            counts["changed"] += 1
            told = _told(record, found, judge)
            moves.update(told["moves"])
            if len(items) < limit:
                items.append(told)
    return {
        "kind": str(order.kind),
        "records": len(ids),
        "changed": counts["changed"],
        "unchanged": counts[UNCHANGED],
        "moves": {k: moves[k] for k in ("earlier", "later", "changed", NOW_DUE)},
        "items": items,
        "left_out": left_out[:limit],
        "left_out_count": counts["left_out"],
        "seal": orders.seal_of(ctx, ids),
    }


def _told(record: Record, found: Revision, judge: Judge) -> dict[str, Any]:
    before = standing.standing_of(judge, record)
    after = standing.standing_of(judge, found.draft)
    move = move_of(before, after)
    moves = [] if move == UNCHANGED else [move]
    if is_due(after, judge.on) and not is_due(before, judge.on):
        moves.append(NOW_DUE)
    return {
        "id": record.id,
        "title": title_of(record),
        "values": [
            {
                "field": name,
                "before": revising.value_of(record, name) or None,
                "after": revising.value_of(found.draft, name) or None,
            }
            for name in _value_fields(record, found)
        ],
        "before": shown(before, judge.on),
        "after": shown(after, judge.on),
        "moves": moves,
    }


def _value_fields(record: Record, found: Revision) -> tuple[str, ...]:
    """Return the changed fields, and the access that a class brings with it."""
    is_tightened = record.access != found.draft.access and "access" not in found.fields
    known = (f for f in found.fields if f != "title")
    return (*known, *(("access",) if is_tightened else ()))
