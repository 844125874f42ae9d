"""Papers that are alike as JSON: found, decided, joined, compared."""

from typing import Any

from recordsvc.services.access import record_for
from recordsvc.services.likeness import deciding
from recordsvc.services.likeness.joining import join as join_records
from recordsvc.services.likeness.parting import unjoin as part_records
from recordsvc.services.likeness.viewing import (
    alike_of,
    joined_of,
    pairs_waiting,
    shown_mapping,
)


def waiting(request: Any) -> dict[str, Any]:
    """Return a page of the papers that wait for a person."""
    asked = request.GET
    return pairs_waiting(
        request.ctx,
        asked.get("kind", ""),
        limit=int(asked.get("limit", 100)),
        after=asked.get("after", ""),
    )


def accept(request: Any) -> dict[str, Any]:
    """Say that two papers are what they seem."""
    asked = request.json_body
    done = deciding.accept(
        request.ctx,
        request.matchdict["id"],
        reason=asked.get("reason", ""),
        newer=asked.get("newer", ""),
        keeps_apart=asked.get("apart", False),
    )
    return {"pair": done.pair, "record": done.record, "link": done.link}


def reject(request: Any) -> dict[str, Any]:
    """Say that two papers are not what they seem."""
    return {"rejected": deciding.reject(request.ctx, [request.matchdict["id"]])}


def of_record(request: Any) -> dict[str, Any]:
    """Return what is alike to a record, and what was joined to it."""
    ctx = request.ctx
    record = record_for(ctx, request.matchdict["id"])
    return {
        "id": record.id,
        "alike": alike_of(ctx, record),
        "joined": joined_of(ctx, record),
    }


def compare(request: Any) -> dict[str, Any]:
    """Return two papers side by side."""
    from recordsvc.services.likeness.laying import lay
    from recordsvc.services.likeness.rows import laid_mapping

    ids = request.matchdict["id"], request.matchdict["other"]
    whole = request.GET.get("whole") == "true"
    return laid_mapping(lay(request.ctx, *ids, whole=whole))


def join(request: Any) -> dict[str, Any]:
    """Make another record a part of this one."""
    asked = request.json_body
    ids = request.matchdict["id"], asked["other"]
    record = join_records(request.ctx, *ids, asked.get("reason", ""))
    return shown_mapping(request.ctx, record)


def unjoin(request: Any) -> dict[str, Any]:
    """Make a part of another record a record of its own again."""
    asked = request.json_body
    record = part_records(request.ctx, request.matchdict["id"], asked["reason"])
    return shown_mapping(request.ctx, record)
