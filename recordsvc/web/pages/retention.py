"""What falls due."""

from typing import Any

from recordsvc.services import retaining
from recordsvc.services.errors import InvalidRequest
from recordsvc.web.days import day_of


def due_page(request: Any) -> dict[str, Any]:
    """Show what is due on a day, what cannot be judged, and why."""
    failure = None
    try:
        day = day_of(request.GET.get("on"))
    except InvalidRequest as error:
        request.response.status_int = 422
        day, failure = None, str(error)
    return {"due": retaining.due(request.ctx, day), "failure": failure}
