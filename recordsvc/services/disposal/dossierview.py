"""Whether a disposal list takes the dossiers of its records as a whole, or a part.

Records of one dossier may be due on different days; what a list leaves of one is told
while it can still be changed (research/records-management 2.8: no part of a dossier
outlives the rest silently).
"""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from recordsvc.model import Aggregation, DisposalList, ListItem, Record
from recordsvc.model.disposal import ItemState
from recordsvc.services.access import may_read
from recordsvc.services.classification.aggregations import (
    aggregation_mapping,
    enclosing,
    records_within,
)
from recordsvc.services.context import Context
from recordsvc.services.display import title_of
from recordsvc.services.retention.standing import certain_day, state_on

# So many of what a list leaves of a dossier are named.
NAMED = 20
TAKEN = frozenset({ItemState.LISTED, ItemState.TRANSFERRING})


def dossiers_of(
    ctx: Context, found: DisposalList, items: Iterable[ListItem]
) -> list[dict[str, Any]]:
    """Return the dossiers and volumes of items, and what the list leaves of each.

    Returns
    -------
    list of dict
        The aggregation; ``listed``, how many of these items lie in it; ``left``, how
        many live records of it the list does not take; ``takes_all``, whether that is
        none; ``stays``, the first of what is left that the actor may read, each with
        its state and due day.
    """
    root = ctx.root
    counts = Counter(
        file_id
        for item in items
        for file_id in enclosing(root, root.records[item.record_id].aggregation)
        if file_id in root.aggregations
    )
    files = [root.aggregations[file_id] for file_id in counts]
    # Dossiers stand before their volumes.
    files.sort(key=lambda f: (f.parent or f.id, f.parent is not None, f.id))
    return [_told(ctx, found, file, counts[file.id]) for file in files]


def _told(
    ctx: Context, found: DisposalList, file: Aggregation, listed: int
) -> dict[str, Any]:
    left = [i for i in records_within(ctx.root, file) if not _is_taken(found, i)]
    records = (ctx.root.records[i] for i in left)
    readable = (r for r in records if may_read(ctx.actor, r))
    return {
        **aggregation_mapping(ctx, file),
        "listed": listed,
        "left": len(left),
        "takes_all": not left,
        "stays": [_left(ctx, r) for r, _ in zip(readable, range(NAMED), strict=False)],
    }


def _is_taken(found: DisposalList, record_id: str) -> bool:
    item: ListItem | None = found.items.get(record_id)
    return item is not None and item.state in TAKEN


def _left(ctx: Context, record: Record) -> dict[str, Any]:
    standing = record.standing
    due_on = certain_day(standing)
    state = state_on(standing, ctx.today()) if standing is not None else None
    return {
        "id": record.id,
        "title": title_of(record),
        "state": "held" if record.is_held else state,
        "due_on": due_on.isoformat() if due_on is not None else None,
    }
