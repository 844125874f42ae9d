"""Dossiers and volumes as they are read: which there are and what lies in them."""

from collections.abc import Iterator
from typing import Any

from recordsvc.model import Aggregation, Archive
from recordsvc.services.access import authorize, may_read
from recordsvc.services.context import Context
from recordsvc.services.display import title_of
from recordsvc.services.errors import NotFound

# In the tree of what lies in a file, before the id of a volume: beyond every id of a
# record, which is hexadecimal.
OF_VOLUME = "v"


def aggregation_of(ctx: Context, aggregation_id: str) -> Aggregation:
    """Return a dossier or volume by its id.

    Raises
    ------
    NotFound
        If there is none.
    """
    found: Aggregation | None = ctx.root.aggregations.get(aggregation_id)
    if found is None:
        raise NotFound(
            f"there is no dossier {aggregation_id}; see: recordsvc aggregation list"
        )
    return found


def volumes_of(root: Archive, dossier: Aggregation) -> tuple[Aggregation, ...]:
    """Return the volumes of a dossier."""
    lowest, highest = (dossier.id, OF_VOLUME), (dossier.id, f"{OF_VOLUME}g")
    pairs = root.by_aggregation.keys(min=lowest, max=highest)
    return tuple(root.aggregations[key.removeprefix(OF_VOLUME)] for _, key in pairs)


def records_within(root: Archive, aggregation: Aggregation) -> tuple[str, ...]:
    """Return the ids of the records of a file and of its volumes."""
    files = [aggregation, *volumes_of(root, aggregation)]
    return tuple(i for f in files for i in root.ids_by_aggregation(f.id))


def aggregation_mapping(ctx: Context, aggregation: Aggregation) -> dict[str, Any]:
    """Return a dossier or volume as JSON-able values."""
    return {
        "id": aggregation.id,
        "title": aggregation.title,
        "kind": aggregation.kind,
        "class": aggregation.class_code,
        "parent": aggregation.parent,
        "opened_on": aggregation.opened_on,
        "closed_on": aggregation.closed_on,
        "records": len(ctx.root.ids_by_aggregation(aggregation.id)),
    }


def aggregations(
    ctx: Context, *, class_code: str | None = None, is_open: bool | None = None
) -> Iterator[dict[str, Any]]:
    """Yield dossiers and volumes, of a class or all, open or closed or both."""
    authorize(ctx, "retention.view")
    for aggregation in ctx.root.aggregations.values():
        if class_code is not None and aggregation.class_code != class_code:
            continue
        if is_open is not None and (aggregation.closed_on is None) != is_open:
            continue
        yield aggregation_mapping(ctx, aggregation)


def aggregation_detail(ctx: Context, aggregation_id: str) -> dict[str, Any]:
    """Return a dossier or volume with its acts and what lies in it."""
    authorize(ctx, "retention.view")
    aggregation = aggregation_of(ctx, aggregation_id)
    ids = ctx.root.ids_by_aggregation(aggregation_id)
    records = [ctx.root.records[record_id] for record_id in ids]
    return {
        **aggregation_mapping(ctx, aggregation),
        "history": [
            {
                "kind": act.kind,
                "day": act.day,
                "login": act.login,
                "at": act.at.isoformat(),
                "reason": act.reason,
            }
            for act in aggregation.history
        ],
        "volumes": [volume.id for volume in volumes_of(ctx.root, aggregation)],
        "contents": [
            {"id": r.id, "title": title_of(r)}
            for r in records
            if not r.is_destroyed and may_read(ctx.actor, r)
        ],
    }
