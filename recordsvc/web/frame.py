"""What every page shows around its content."""

from importlib.metadata import version
from typing import Any

from recordsvc.services.access import may
from recordsvc.services.context import SYSTEM

# Place in the list at the left: route, name, and the function that opens it.
PLACES = (
    ("search", "Search", "search"),
    ("questions", "Questions", "question.view"),
    ("ingest", "Upload papers", "record.capture"),
    ("triage", "Inbox", "record.edit"),
    ("quarantine", "Quarantine", "record.capture"),
    ("bulk", "Bulk edits", "bulk.edit"),
    ("likeness", "Alike papers", "record.join"),
    ("retention", "Due", "retention.view"),
    ("disposal", "Disposal", "disposal.view"),
    ("holds", "Holds", "hold.view"),
    ("schedules", "Schedules", "retention.view"),
    ("fileplan", "File plan", "retention.view"),
)


def _place(request: Any, route: str, name: str) -> dict[str, str]:
    """Return a place of the list: ``current`` is ``page`` there, ``true`` below it."""
    address = request.route_path(route)
    is_here = request.matched_route and request.matched_route.name == route
    is_below = request.path.startswith(f"{address}/")
    current = "page" if is_here else "true" if is_below else ""
    return {"name": name, "address": address, "current": current}


def _globals(event: Any) -> None:
    request = event.get("request")
    if request is None:
        return
    event.update(
        settings=request.service.settings,
        actor=request.actor,
        version=request.registry.version,
        is_test=request.registry.is_test_store,
        places=[
            _place(request, route, name)
            for route, name, function in PLACES
            if may(request.actor, function)
        ],
    )


def includeme(config: Any) -> None:
    """Give every template the frame's words."""
    from pyramid.events import BeforeRender

    registry = config.registry
    registry.version = version("recordsvc")
    # For the life of a store: the error page needs no transaction to know it.
    registry.is_test_store = registry.service.view(
        SYSTEM, lambda ctx: bool(ctx.root.is_test)
    )
    config.add_subscriber(_globals, BeforeRender)
