"""What falls due."""

from datetime import date
from typing import Any

from recordsvc.services import retaining
from recordsvc.services.days import day_of
from recordsvc.services.errors import InvalidRequest


def due_page(request: Any) -> dict[str, Any]:
    """Show what is due on a day, what cannot be judged, and why."""
    failure = None
    try:
        day = _day(request)
    except InvalidRequest as error:
        request.response.status_int = 422
        day, failure = None, str(error)
    return {"due": retaining.due(request.ctx, day), "failure": failure}


def _day(request: Any) -> date | None:
    asked = request.GET.get("on")
    return day_of(asked) if asked else None
