"""Bulk edits: chosen, shown, done and undone, each on a page of its own."""

from typing import Any

from recordsvc.model.bulk import Change, ChangeKind, Rule
from recordsvc.search.query import QuerySyntaxError
from recordsvc.services.bulk import carrying
from recordsvc.services.bulk.bulkview import bulk_edits, bulk_mapping
from recordsvc.services.bulk.orders import FIELDS, Choice, Order
from recordsvc.services.bulk.previewing import preview
from recordsvc.services.errors import InvalidRequest, ServiceError
from recordsvc.web.acts import attempt
from recordsvc.web.forms import text_of

ROWS = 3
_RULE = "rule"


def form(request: Any) -> dict[str, Any]:
    """Show the form of a bulk edit and the newest ones."""
    sent = request.POST or request.GET
    return {
        "sent": sent,
        "rows": range(1, ROWS + 1),
        "fields": FIELDS,
        "kinds": tuple(ChangeKind),
        "classes": sorted(request.archive.classes.keys()),
        "recent": bulk_edits(request.ctx)["bulk_edits"],
        "is_confirming": bool(sent.get(_RULE)),
        "effect": None,
        "failure": None,
    }


def preview_or_apply(request: Any) -> Any:
    """Show what an edit would do; with the seal of what was shown, do it."""
    if text_of(request, "seal"):
        return attempt(request, lambda: _apply(request), form)
    try:
        effect, failure = preview(request.ctx, _order(request)), None
    except (ServiceError, QuerySyntaxError) as error:
        request.response.status_int = getattr(error, "http_status", 422)
        effect, failure = None, str(error)
    return form(request) | {"effect": effect, "failure": failure}


def _apply(request: Any) -> str:
    seal = text_of(request, "seal")
    bulk = carrying.begin(request.ctx, _order(request), seal=seal)
    return str(request.route_path("bulk_edit", id=bulk.id))


def _order(request: Any) -> Order:
    choice = Choice(
        query=text_of(request, "query").strip(),
        ids=tuple(
            word.rstrip("/").rpartition("/")[2]
            for word in text_of(request, "records").split()
        ),
        class_code=text_of(request, "class"),
        intake=text_of(request, "intake"),
        every=bool(text_of(request, "every")),
    )
    reason = text_of(request, "reason")
    if text_of(request, _RULE):
        return Order(choice=choice, rule=_rule(request))
    return Order(choice=choice, changes=_changes(request), reason=reason)


def _rule(request: Any) -> Rule:
    try:
        confidence = float(text_of(request, "confidence", "0"))
    except ValueError:
        raise InvalidRequest("the confidence is a number from 0 to 1") from None
    return Rule(
        field=text_of(request, "rule-field"),
        rule=text_of(request, _RULE),
        confidence=confidence,
    )


def _changes(request: Any) -> tuple[Change, ...]:
    found = []
    for row in range(1, ROWS + 1):
        field = text_of(request, f"field-{row}").strip()
        if not field:
            continue
        kind = text_of(request, f"kind-{row}")
        if kind not in set(ChangeKind):
            raise InvalidRequest(f"{kind!r} is no change; it is set, add or remove")
        value = text_of(request, f"value-{row}").strip()
        found.append(Change(kind=ChangeKind(kind), field=field, value=value))
    return tuple(found)


def show(request: Any) -> dict[str, Any]:
    """Show a bulk edit, how far it is, and what it left out or kept."""
    return {
        "bulk": bulk_mapping(request.ctx, request.matchdict["id"]),
        "failure": None,
    }


def undo(request: Any) -> Any:
    """Take a bulk edit back wherever what it wrote still stands."""

    def work() -> str:
        bulk = carrying.begin_undo(request.ctx, request.matchdict["id"])
        return str(request.route_path("bulk_edit", id=bulk.id))

    return attempt(request, work, show)
