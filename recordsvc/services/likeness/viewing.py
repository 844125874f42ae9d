"""What is alike, as people and programs are told it: nothing closed shows through."""

from typing import Any

from recordsvc.model import Link, Record
from recordsvc.model.likeness import Pair
from recordsvc.services.access import authorize, may, may_read
from recordsvc.services.context import Context
from recordsvc.services.display import brief, record_mapping
from recordsvc.services.likeness import policies
from recordsvc.services.likeness.deciding import is_seen, waiting
from recordsvc.services.likeness.pairing import in_order

OF_LIKENESS = frozenset(policies.LINK_TYPES.values())
LIMIT = 100


def shown_mapping(ctx: Context, record: Record) -> dict[str, Any]:
    """Return the whole record with what is alike and what was joined to it."""
    found = record_mapping(ctx, record)
    if record.is_destroyed:
        return found
    return found | {"alike": alike_of(ctx, record), "joined": joined_of(ctx, record)}


def pairs_waiting(
    ctx: Context, kind: str = "", *, limit: int = LIMIT, after: str = ""
) -> dict[str, Any]:
    """Return a page of the papers that wait for a person, and how many of each kind.

    Parameters
    ----------
    after
        Id of the last pair of the page before.

    Returns
    -------
    dict
        ``pairs``, ``counts`` by kind, and ``next``, empty on the last page.
    """
    authorize(ctx, "link.suggest")
    counts = dict.fromkeys(policies.KINDS, 0)
    found: list[Pair] = []
    for pair in waiting(ctx):
        counts[pair.kind] += 1
        if kind in {"", pair.kind}:
            found.append(pair)
    found.sort(key=_place)
    ids = [pair.id for pair in found]
    start = ids.index(after) + 1 if after in ids else 0
    page = found[start : start + limit]
    is_last = start + limit >= len(found)
    return {
        "pairs": [pair_mapping(ctx, pair) for pair in page],
        "counts": counts,
        "next": "" if is_last or not page else page[-1].id,
    }


def _place(pair: Pair) -> tuple[int, float, str]:
    return policies.KINDS.index(pair.kind), -pair.score, pair.id


def pair_mapping(ctx: Context, pair: Pair) -> dict[str, Any]:
    """Return two papers that wait for a person; the one that would stay comes first."""
    first, second = in_order(ctx, pair)
    records = ctx.root.records
    return {
        "id": pair.id,
        "kind": pair.kind,
        "state": "automatic" if pair.link else "waiting",
        "score": pair.score,
        "newer": pair.newer,
        "reasons": list(pair.reasons),
        "found_at": pair.found_at.isoformat(),
        "first": _brief(records[first]),
        "second": _brief(records[second]),
    }


def _brief(record: Record) -> dict[str, Any]:
    file = record.files[0] if record.files else None
    return {
        **brief(record),
        "type": record.type,
        "date": record.date,
        "language": record.language,
        "mime": file.mime if file is not None else None,
        "class": record.class_code,
    }


def alike_of(ctx: Context, record: Record) -> list[dict[str, Any]]:
    """Return the versions, languages, formats and alike papers of a record.

    Notes
    -----
    What was decided is for everybody who may read the other paper; what only waits,
    for those who may see suggestions.
    """
    book = ctx.root.likeness
    found = [
        _seen_from(ctx, record, pair)
        for pair in book.pairs_of(record.id)
        if is_seen(ctx, pair)
    ]
    told = {one["link"] for one in found}
    for link_id in ctx.root.link_ids(record.id):
        link = ctx.root.links[link_id]
        if link.type in OF_LIKENESS and link.id not in told:
            other = _other(ctx, record, link)
            if other is not None:
                found.append(_linked(link, other))
    return sorted(found, key=lambda one: (policies.KINDS.index(one["kind"]), one["id"]))


def _seen_from(ctx: Context, record: Record, pair: Pair) -> dict[str, Any]:
    other = ctx.root.records[pair.other(record.id)]
    return {
        "id": pair.id,
        "kind": pair.kind,
        "state": "automatic" if pair.link else "waiting",
        "score": pair.score,
        "newer": None if pair.newer is None else pair.newer == other.id,
        "reasons": list(pair.reasons),
        "link": pair.link,
        "other": _brief(other),
    }


def _other(ctx: Context, record: Record, link: Link) -> Record | None:
    end = link.target if link.source == record.id else link.source
    other: Record | None = ctx.root.records.get(end)
    return other if other is not None and may_read(ctx.actor, other) else None


def _linked(link: Link, other: Record) -> dict[str, Any]:
    kinds = {name: kind for kind, name in policies.LINK_TYPES.items()}
    is_version = link.type == policies.LINK_TYPES[policies.VERSION]
    return {
        "id": link.id,
        "kind": kinds[link.type],
        "state": link.state,
        "score": link.score,
        "newer": link.source == other.id if is_version else None,
        "reasons": [e.rule for e in link.evidence],
        "link": link.id,
        "other": _brief(other),
    }


def joined_of(ctx: Context, record: Record) -> list[dict[str, Any]]:
    """Return the records that became a part of one, with their own histories."""
    sees_reason = may(ctx.actor, "record.view_internal")
    return [
        {
            "id": stub.id,
            "at": stub.at.isoformat(),
            "by": stub.by,
            "reason": stub.reason if sees_reason else "",
            "files": [f.sha256 for f in stub.record.files],
            "events": [
                {"id": e.id, "type": e.type, "at": e.at.isoformat(), "agent": e.agent}
                for e in stub.record.events
            ],
            "joined": joined_of(ctx, stub.record),
        }
        for stub in ctx.root.likeness.joined_to(record.id)
        if stub.record is not None
    ]
