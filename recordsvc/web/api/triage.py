"""The inbox and the quarantine as JSON."""

from typing import Any

from recordsvc.services.triage.confirming import confirm as confirm_values
from recordsvc.services.triage.deciding import decide
from recordsvc.services.triage.failures import failures
from recordsvc.services.triage.inbox import PAGE, Sieve, inbox
from recordsvc.services.triage.suggestions import suggestions

NAMES = ("reason", "intake", "legislature")


def waiting(request: Any) -> dict[str, Any]:
    """Return a page of the papers that wait for a person."""
    asked = request.GET
    return inbox(
        request.ctx,
        Sieve(**{name: asked.get(name, "") for name in NAMES}),
        limit=int(asked.get("limit", PAGE)),
        cursor=asked.get("cursor", ""),
    )


def show(request: Any) -> dict[str, Any]:
    """Return the values of a paper that nobody has confirmed, with their evidence."""
    return suggestions(request.ctx, request.matchdict["id"])


def confirm(request: Any) -> dict[str, Any]:
    """Confirm values as they were found."""
    asked = request.json_body
    values = asked.get("values")
    confirm_values(
        request.ctx,
        request.matchdict["id"],
        [(v["field"], v["value"]) for v in values] if values is not None else None,
        if_revision=asked.get("revision"),
    )
    return show(request)


def quarantine(request: Any) -> dict[str, Any]:
    """Return the files in quarantine, each with what to do about it."""
    asked = request.GET
    return failures(request.ctx, asked.get("kind", ""), asked.get("intake", ""))


def quarantine_act(request: Any) -> dict[str, Any]:
    """Read files once more, keep them without text, or discard them."""
    asked = request.json_body
    job = decide(
        request.ctx,
        request.matchdict["act"],
        ids=tuple(asked.get("ids", ())),
        kind=asked.get("kind", ""),
        reason=asked.get("reason", ""),
    )
    request.response.status_int = 202 if job is not None else 200
    return {"job": job.id if job is not None else None}
