"""Holds: which there are, what they lie on; placing, reviewing and lifting them."""

import re
from typing import Any

from recordsvc.services.access import may
from recordsvc.services.classification.aggregations import aggregations
from recordsvc.services.disposal import holding, holdview
from recordsvc.services.disposal.holdscope import BY_LIST, SCOPES
from recordsvc.web.acts import attempt
from recordsvc.web.forms import text_of

_ID = re.compile(r"(?:[^\s,;]*/records/)?([^\s,;/]+)/?")


def list_page(request: Any) -> dict[str, Any]:
    """Show every hold, those to be looked at again first."""
    found = holdview.hold_list(request.ctx)
    found.sort(key=lambda h: (not h["active"], not h["review_due"]))
    return {"holds": found, "may_place": may(request.ctx.actor, "hold.place")}


def new_form(request: Any) -> dict[str, Any]:
    """Show the form for a new hold."""
    ctx = request.ctx
    return {
        "scopes": SCOPES,
        "classes": [(c.code, c.title) for c in ctx.root.classes.values()],
        "dossiers": [(a["id"], a["title"]) for a in aggregations(ctx)],
        "sent": request.POST or request.GET,
        "failure": None,
    }


def place(request: Any) -> Any:
    """Place a hold and show what it lies on."""

    def act() -> str:
        placed = holding.place(request.ctx, _order(request))
        return str(request.route_path("hold", id=placed.hold.id))

    return attempt(request, act, new_form)


def _order(request: Any) -> holding.HoldOrder:
    scope = text_of(request, "scope", BY_LIST)
    named = _ID.findall(text_of(request, "records")) if scope == BY_LIST else ()
    return holding.HoldOrder(
        title=text_of(request, "title"),
        mandate=text_of(request, "mandate"),
        scope=scope,
        target=text_of(request, scope).strip() if scope != BY_LIST else "",
        record_ids=tuple(named),
        kind=text_of(request, "kind").strip(),
        review_on=text_of(request, "review_on"),
    )


def hold_page(request: Any) -> dict[str, Any]:
    """Show a hold, a page of its records, and what may be done with it."""
    ctx, hold_id = request.ctx, request.matchdict["id"]
    return {
        **holdview.records_page(ctx, hold_id, cursor=request.GET.get("cursor", "")),
        "may_lift": may(ctx.actor, "hold.lift"),
        "may_review": may(ctx.actor, "hold.place"),
        "sent": request.POST,
        "failure": None,
    }


def lift(request: Any) -> Any:
    """Lift a hold."""

    def act() -> str:
        hold_id = request.matchdict["id"]
        holding.lift_hold(request.ctx, hold_id, text_of(request, "lift_reason"))
        return str(request.route_path("hold", id=hold_id))

    return attempt(request, act, hold_page)


def review(request: Any) -> Any:
    """Say that a hold is still needed, and when to look again."""

    def act() -> str:
        hold_id = request.matchdict["id"]
        day, reason = text_of(request, "review_on"), text_of(request, "review_reason")
        holding.postpone_review(request.ctx, hold_id, day, reason)
        return str(request.route_path("hold", id=hold_id))

    return attempt(request, act, hold_page)
