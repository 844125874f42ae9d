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
    ("retention", "Due", "retention.view"),
    ("disposal", "Disposal", "disposal.view"),
    ("holds", "Holds", "hold.view"),
    ("schedules", "Schedules", "retention.view"),
    ("fileplan", "File plan", "retention.view"),
)


def _globals(event: Any) -> None:
    request = event.get("request")
    if request is None:
        return
    here = request.matched_route.name if request.matched_route else ""
    event.update(
        settings=request.service.settings,
        actor=request.actor,
        version=request.registry.version,
        is_test=request.registry.is_test_store,
        places=[
            {"name": name, "address": request.route_path(route), "here": route == here}
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
