"""Manual dates: what waits for people, and the acts on the page of a record's date."""

from collections.abc import Callable
from typing import Any

from recordsvc.services.access import may
from recordsvc.services.errors import InvalidRequest
from recordsvc.services.retention import manualdates
from recordsvc.services.retention.manualview import manual_dates
from recordsvc.web.acts import attempt
from recordsvc.web.forms import text_of
from recordsvc.web.pages.retention import why_page

PAGE = 100


def worklist(request: Any) -> dict[str, Any]:
    """Show the proposals that wait for a second person, and what is to be justified."""
    every, cursor = bool(request.GET.get("all")), request.GET.get("cursor", "")
    failure = None
    try:
        found = manual_dates(request.ctx, every=every, limit=PAGE, cursor=cursor)
    except InvalidRequest as error:
        request.response.status_int = 422
        found, failure = manual_dates(request.ctx, limit=PAGE), str(error)
    return {
        "dates": found["items"],
        "shortenings": found["shortenings"],
        "rejustify_years": found["rejustify_years"],
        "cursor": found.get("cursor", ""),
        "every": every,
        "failure": failure,
        "may_keep": may(request.ctx.actor, "retention.keep"),
    }


def keep(request: Any) -> Any:
    """Keep a record until a later day."""
    until, reason = _said(request)
    return _act(request, lambda i: manualdates.keep(request.ctx, i, until, reason))


def shorten(request: Any) -> Any:
    """Propose an earlier day."""
    until, reason = _said(request)
    return _act(
        request,
        lambda i: manualdates.propose_shortening(request.ctx, i, until or None, reason),
    )


def confirm(request: Any) -> Any:
    """Confirm an earlier day that another has proposed."""
    seen = text_of(request, "seen")
    return _act(
        request,
        lambda i: manualdates.confirm_shortening(request.ctx, i, seen=seen),
    )


def refuse(request: Any) -> Any:
    """Refuse an earlier day."""
    _, reason = _said(request)
    return _act(
        request, lambda i: manualdates.refuse_shortening(request.ctx, i, reason)
    )


def justify(request: Any) -> Any:
    """Say why a manual date is still needed."""
    _, reason = _said(request)
    return _act(request, lambda i: manualdates.justify(request.ctx, i, reason))


def _said(request: Any) -> tuple[str, str]:
    return text_of(request, "until").strip(), text_of(request, "reason")


def _act(request: Any, act: Callable[[str], Any]) -> Any:
    record_id = request.matchdict["id"]

    def work() -> str:
        act(record_id)
        return str(request.route_path("why", id=record_id))

    return attempt(request, work, why_page)
