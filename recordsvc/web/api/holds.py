"""Holds as JSON."""

from collections.abc import Mapping
from typing import Any

from recordsvc.services.disposal import holding, holdview
from recordsvc.services.disposal.holdscope import BY_LIST, SCOPES
from recordsvc.services.errors import InvalidRequest

# The member of a request that says what a hold of each scope lies on.
MEMBERS = {scope: "ids" if scope == BY_LIST else scope for scope in SCOPES}


def every_hold(request: Any) -> dict[str, Any]:
    """Return every hold, lifted ones too."""
    return {"holds": holdview.hold_list(request.ctx)}


def place(request: Any) -> dict[str, Any]:
    """Place a hold."""
    placed = holding.place(request.ctx, _order(request.json_body))
    hold_id = placed.hold.id
    request.response.status_int = 201
    request.response.headers["Location"] = request.route_path("api.hold", id=hold_id)
    told = holdview.hold_mapping(request.ctx, placed.hold)
    gone = list(placed.gone)
    return told | {"records": placed.records, "gone": gone, "note": placed.note}


def _order(asked: Mapping[str, Any]) -> holding.HoldOrder:
    named = [scope for scope, member in MEMBERS.items() if member in asked]
    if len(named) != 1:
        raise InvalidRequest(f"give exactly one of {', '.join(MEMBERS.values())}")
    scope = named[0]
    target = asked[MEMBERS[scope]]
    return holding.HoldOrder(
        title=asked["title"],
        mandate=asked["mandate"],
        kind=asked.get("kind", ""),
        review_on=asked.get("review_on", ""),
        scope=scope,
        target="" if scope == BY_LIST else target,
        record_ids=tuple(target) if scope == BY_LIST else (),
    )


def show(request: Any) -> dict[str, Any]:
    """Return a hold with a page of its records."""
    hold_id, cursor = request.matchdict["id"], request.GET.get("cursor", "")
    found = holdview.records_page(request.ctx, hold_id, cursor=cursor)
    return {**found["hold"], "record_list": found["records"], "next": found["next"]}


def lift(request: Any) -> dict[str, Any]:
    """Lift a hold."""
    hold_id = request.matchdict["id"]
    holding.lift_hold(request.ctx, hold_id, request.json_body["reason"])
    return holdview.hold_mapping(request.ctx, holding.hold_of(request.ctx, hold_id))
