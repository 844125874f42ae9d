"""Retention as JSON."""

from datetime import date
from typing import Any

from recordsvc.services.days import day_of
from recordsvc.services.retention import retaining


def explain(request: Any) -> dict[str, Any]:
    """Return the decision of a record with every step that led to it."""
    day = _day(request)
    return retaining.explain(request.ctx, request.matchdict["id"], day)


def due(request: Any) -> dict[str, Any]:
    """Return a page of what is due on a day, and what cannot be judged."""
    limit, cursor = int(request.GET.get("limit", 1000)), request.GET.get("cursor", "")
    return retaining.due(request.ctx, _day(request), limit=limit, cursor=cursor)


def _day(request: Any) -> date | None:
    asked = request.GET.get("on")
    return day_of(asked) if asked else None
