"""Retention as JSON."""

from typing import Any

from recordsvc.services import retaining
from recordsvc.web.days import day_of


def explain(request: Any) -> dict[str, Any]:
    """Return the decision of a record with every step that led to it."""
    day = day_of(request.GET.get("on"))
    return retaining.explain(request.ctx, request.matchdict["id"], day)


def due(request: Any) -> dict[str, Any]:
    """Return what is due on a day, and what cannot be judged."""
    return retaining.due(request.ctx, day_of(request.GET.get("on")))
