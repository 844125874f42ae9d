"""Bulk edits as JSON."""

from collections.abc import Mapping
from typing import Any

from recordsvc.model.bulk import Change, ChangeKind, Rule
from recordsvc.services.bulk import carrying
from recordsvc.services.bulk.bulkview import bulk_edits, bulk_mapping
from recordsvc.services.bulk.orders import Choice, Order
from recordsvc.services.bulk.previewing import preview as preview_of


def order_of(asked: Mapping[str, Any]) -> Order:
    """Return an order as a program asks for it; its form has been checked."""
    rule = asked.get("rule")
    return Order(
        choice=Choice(
            query=asked.get("query", ""),
            ids=tuple(asked.get("ids", ())),
            class_code=asked.get("class", ""),
            intake=asked.get("intake", ""),
            every=bool(asked.get("every", False)),
        ),
        changes=tuple(
            Change(
                kind=ChangeKind(change["kind"]),
                field=change["field"],
                value=change.get("value", ""),
            )
            for change in asked.get("changes", ())
        ),
        rule=None
        if rule is None
        else Rule(
            field=rule["field"],
            rule=rule["rule"],
            confidence=float(rule["confidence"]),
        ),
        reason=asked.get("reason", ""),
    )


def preview(request: Any) -> dict[str, Any]:
    """Return what a bulk edit would change; nothing is written."""
    return preview_of(request.ctx, order_of(request.json_body))


def begin(request: Any) -> dict[str, Any]:
    """Begin a bulk edit: one job."""
    asked = request.json_body
    bulk = carrying.begin(request.ctx, order_of(asked), seal=asked.get("seal"))
    request.response.status_int = 202
    request.response.headers["Location"] = request.route_path(
        "api.bulk_edit", id=bulk.id
    )
    return bulk_mapping(request.ctx, bulk.id)


def recent(request: Any) -> dict[str, Any]:
    """Return the newest bulk edits."""
    return bulk_edits(request.ctx)


def show(request: Any) -> dict[str, Any]:
    """Return a bulk edit and the records that it left out or kept."""
    return bulk_mapping(request.ctx, request.matchdict["id"])


def undo(request: Any) -> dict[str, Any]:
    """Begin to undo a bulk edit: one job."""
    bulk_id = request.matchdict["id"]
    carrying.begin_undo(request.ctx, bulk_id)
    request.response.status_int = 202
    return bulk_mapping(request.ctx, bulk_id)
