"""Retention as JSON."""

from datetime import date
from typing import Any

from recordsvc.services.days import day_of
from recordsvc.services.retention import manualdates, retaining
from recordsvc.services.retention.exceptions import exceptions
from recordsvc.services.retention.manualview import manual_dates


def explain(request: Any) -> dict[str, Any]:
    """Return the decision of a record with every step that led to it."""
    day = _day(request)
    return retaining.explain(request.ctx, request.matchdict["id"], day)


def due(request: Any) -> dict[str, Any]:
    """Return a page of what is due on a day, and what cannot be judged."""
    limit, cursor = _page(request)
    return retaining.due(request.ctx, _day(request), limit=limit, cursor=cursor)


def exception_list(request: Any) -> dict[str, Any]:
    """Return a page of the records that something is the matter with, and what."""
    limit, cursor = _page(request)
    return exceptions(request.ctx, limit=limit, cursor=cursor)


def manual(request: Any) -> dict[str, Any]:
    """Return a page of the manual dates that wait to be justified, and proposals."""
    limit, cursor = _page(request)
    every = request.GET.get("all") == "true"
    return manual_dates(request.ctx, every=every, limit=limit, cursor=cursor)


def keep(request: Any) -> dict[str, Any]:
    """Keep a record until a later day."""
    asked = request.json_body
    manualdates.keep(request.ctx, _id(request), asked["until"], asked["reason"])
    return _told(request)


def justify(request: Any) -> dict[str, Any]:
    """Say why a manual date is still needed."""
    manualdates.justify(request.ctx, _id(request), request.json_body["reason"])
    return _told(request)


def shorten(request: Any) -> dict[str, Any]:
    """Propose an earlier manual date, or none."""
    asked = request.json_body
    manualdates.propose_shortening(
        request.ctx, _id(request), asked.get("until"), asked["reason"]
    )
    return _told(request)


def confirm(request: Any) -> dict[str, Any]:
    """Confirm an earlier manual date that another has proposed."""
    asked = request.json_body
    seen = (asked["until"] or "") if "until" in asked else None
    manualdates.confirm_shortening(request.ctx, _id(request), seen=seen)
    return _told(request)


def refuse(request: Any) -> dict[str, Any]:
    """Refuse an earlier manual date."""
    reason = request.json_body["reason"]
    manualdates.refuse_shortening(request.ctx, _id(request), reason)
    return _told(request)


def _told(request: Any) -> dict[str, Any]:
    return retaining.explain(request.ctx, _id(request))


def _id(request: Any) -> str:
    return str(request.matchdict["id"])


def _page(request: Any) -> tuple[int, str]:
    return int(request.GET.get("limit", 1000)), request.GET.get("cursor", "")


def _day(request: Any) -> date | None:
    asked = request.GET.get("on")
    return day_of(asked) if asked else None
