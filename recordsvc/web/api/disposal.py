"""Disposal lists and certificates as JSON."""

from typing import Any

from pyramid.response import Response

from recordsvc.services.days import day_of
from recordsvc.services.disposal import approving, disposing
from recordsvc.services.disposal.certifying import certificate_of
from recordsvc.services.disposal.disposalview import every_list, list_mapping
from recordsvc.services.disposal.verdicts import Ruling, rule
from recordsvc.services.disposal.worklists import worklist
from recordsvc.services.errors import InvalidRequest

MOST_ITEMS = 1000


def lists(request: Any) -> dict[str, Any]:
    """Return every list without its items."""
    return {"lists": every_list(request.ctx)}


def propose(request: Any) -> dict[str, Any]:
    """Put what is due, or the named records of it, on a new list."""
    asked = request.json_body
    day = day_of(asked["on"]) if "on" in asked else None
    made = disposing.propose(request.ctx, day, asked.get("ids", ()))
    request.response.status_int = 201
    request.response.headers["Location"] = request.route_path(
        "api.disposal_list", id=made.list.id
    )
    left_out = [{"id": i, "reason": reason} for i, reason in made.left_out]
    return list_mapping(request.ctx, made.list) | {"left_out": left_out}


def show(request: Any) -> dict[str, Any]:
    """Return a list with a page of its items."""
    asked = request.GET
    return worklist(
        request.ctx,
        request.matchdict["id"],
        only=asked.get("only", ""),
        unit=asked.get("unit", ""),
        cursor=asked.get("cursor", ""),
        limit=int(asked.get("limit", MOST_ITEMS)),
    )


def judge(request: Any) -> dict[str, Any]:
    """Give named items, all or the rest a verdict."""
    ctx, list_id, asked = request.ctx, request.matchdict["id"], request.json_body
    if ("ids" in asked) == ("scope" in asked):
        raise InvalidRequest("give either ids or scope")
    ruling = Ruling(
        verdict=asked["verdict"],
        until=asked.get("until") or asked.get("class") or "",
        reason=asked.get("reason", ""),
    )
    rule(
        ctx,
        list_id,
        ruling,
        ids=asked.get("ids", ()),
        rest=asked.get("scope") == "rest",
        unit=asked.get("unit", ""),
    )
    return _told(request)


def approve(request: Any) -> dict[str, Any]:
    """Approve a list."""
    approving.approve(request.ctx, request.matchdict["id"])
    return _told(request)


def abort(request: Any) -> dict[str, Any]:
    """Stop a list."""
    approving.abort(request.ctx, request.matchdict["id"], request.json_body["reason"])
    return _told(request)


def _told(request: Any) -> dict[str, Any]:
    found = disposing.list_of(request.ctx, request.matchdict["id"])
    return list_mapping(request.ctx, found, with_items=False)


def certificate(request: Any) -> Response:
    """Return a certificate byte for byte as it was signed."""
    found = certificate_of(request.ctx, request.matchdict["id"])
    answer = Response(body=bytes(found.envelope), content_type="application/json")
    answer.charset = None
    return answer
