"""Dossiers and volumes as they are read: which there are and what lies in them."""

from collections.abc import Iterator
from typing import Any

from recordsvc.model import Aggregation, Archive, Record
from recordsvc.model.fileplan import AggregationStub
from recordsvc.services.access import authorize, may_read
from recordsvc.services.context import Context
from recordsvc.services.errors import Gone, NotFound
from recordsvc.storage.transactions import read_current

# In the tree of what lies in a file, before the id of a volume, and of a record that
# was disposed of: beyond every id of a record, which is hexadecimal.
OF_VOLUME, DISPOSED_OF = "v", "x"
OPEN, CLOSED, DISPOSED = "open", "closed", "disposed"


class AggregationDisposed(Gone):
    """The dossier or volume was disposed of; only its stub is left."""


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


def disposed_within(root: Archive, aggregation: Aggregation) -> tuple[str, ...]:
    """Return the ids of the records that were disposed of from a file, volumes too."""
    files = [aggregation, *volumes_of(root, aggregation)]
    pairs = (
        pair
        for f in files
        for pair in root.by_aggregation.keys(
            min=(f.id, DISPOSED_OF), max=(f.id, f"{DISPOSED_OF}g")
        )
    )
    return tuple(key.removeprefix(DISPOSED_OF) for _, key in pairs)


def enclosing(root: Archive, aggregation_id: str | None) -> tuple[str, ...]:
    """Return an aggregation and those it lies in, itself first."""
    found: dict[str, None] = {}
    at = aggregation_id
    while at and at not in found:
        found[at] = None
        aggregation = root.aggregations.get(at)
        at = aggregation.parent if aggregation is not None else None
    return tuple(found)


def require_not_disposed(aggregation: Aggregation) -> None:
    """Refuse what would give a disposed aggregation a life again.

    Raises
    ------
    AggregationDisposed
        If all its records were disposed of, and it with them.
    """
    if aggregation.stub is not None:
        raise AggregationDisposed(
            f"{aggregation.kind} {aggregation.id} was disposed of on "
            f"{aggregation.stub.on} with all its records; it takes nothing and is not "
            "opened again: open a new one"
        )


def rely_on(aggregation: Aggregation) -> None:
    """Make the commit fail if the aggregation is closed or disposed of meanwhile."""
    if aggregation._p_jar is not None:  # noqa: SLF001 - persistent's published name
        read_current(aggregation)


def lay_into(ctx: Context, record: Record, aggregation_id: str) -> None:
    """Note in a record and in the tree in which file it lies.

    Raises
    ------
    AggregationDisposed
        If the file was disposed of.
    """
    aggregation = ctx.root.aggregations.get(aggregation_id)
    if aggregation is not None:
        require_not_disposed(aggregation)
        if aggregation.closed_on is None:
            rely_on(aggregation)
        else:
            # Nothing but its disposal may be going on with a closed one: written, so
            # that whichever of the two comes first, the other starts again.
            aggregation._p_changed = True  # noqa: SLF001  persistent's published name
    record.aggregation = aggregation_id
    ctx.root.by_aggregation.add((aggregation_id, record.id))


def state_of(aggregation: Aggregation) -> str:
    """Return whether an aggregation is open, closed or disposed of."""
    if aggregation.stub is not None:
        return DISPOSED
    return OPEN if aggregation.closed_on is None else CLOSED


def aggregation_mapping(ctx: Context, aggregation: Aggregation) -> dict[str, Any]:
    """Return a dossier or volume as JSON-able values; `title` is null once it went."""
    return {
        "id": aggregation.id,
        "title": aggregation.title or None,
        "kind": aggregation.kind,
        "class": aggregation.class_code,
        "parent": aggregation.parent,
        "state": state_of(aggregation),
        "opened_on": aggregation.opened_on,
        "closed_on": aggregation.closed_on,
        "records": len(ctx.root.ids_by_aggregation(aggregation.id)),
    }


def stub_mapping(stub: AggregationStub | None) -> dict[str, Any] | None:
    """Return what stays of a disposed aggregation as JSON-able values."""
    if stub is None:
        return None
    return {
        "on": stub.on.isoformat(),
        "run": stub.run,
        "executor": stub.executor,
        "class": stub.class_code or None,
        "class_title": stub.class_title,
        "destroyed": stub.destroyed,
        "transferred": stub.transferred,
        "lists": list(stub.lists),
        "certificates": list(stub.certificates),
        "started_at": stub.started_at.isoformat(),
        "finished_at": stub.finished_at.isoformat() if stub.finished_at else None,
    }


def aggregations(
    ctx: Context, *, class_code: str | None = None, is_open: bool | None = None
) -> Iterator[dict[str, Any]]:
    """Yield dossiers and volumes, of a class or all, open or closed or both.

    What was disposed of is closed too.
    """
    authorize(ctx, "retention.view")
    for aggregation in ctx.root.aggregations.values():
        if class_code is not None and aggregation.class_code != class_code:
            continue
        if is_open is not None and (aggregation.closed_on is None) != is_open:
            continue
        yield aggregation_mapping(ctx, aggregation)


def aggregation_detail(ctx: Context, aggregation_id: str) -> dict[str, Any]:
    """Return a dossier or volume with its acts and what lies in it."""
    # What shows a record asks what holds it, and that asks here.
    from recordsvc.services.display import title_of

    authorize(ctx, "retention.view")
    aggregation = aggregation_of(ctx, aggregation_id)
    ids = ctx.root.ids_by_aggregation(aggregation_id)
    records = [ctx.root.records[record_id] for record_id in ids]
    return {
        **aggregation_mapping(ctx, aggregation),
        "disposal": stub_mapping(aggregation.stub),
        "disposed_records": len(disposed_within(ctx.root, aggregation)),
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
