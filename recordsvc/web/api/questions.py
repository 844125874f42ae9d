"""Questions and links as JSON."""

from typing import Any

from recordsvc.services import display, linking
from recordsvc.services.access import record_for
from recordsvc.services.questions import answers_to


def show(request: Any) -> dict[str, Any]:
    """Return a question's record with the ids of what answers it."""
    ctx = request.ctx
    record = record_for(ctx, request.matchdict["id"])
    return {
        "record": display.record_mapping(ctx, record),
        "answers": list(answers_to(ctx, record.id)),
    }


def suggestions(request: Any) -> dict[str, Any]:
    """Return the undecided links the papers speak for."""
    found = linking.suggest(request.ctx, request.GET.get("record"))
    return {"suggestions": [display.edge_mapping(s, s.source, s.target) for s in found]}


def links(request: Any) -> dict[str, Any]:
    """Return the links whose both ends the actor may read."""
    records = request.archive.records
    return {
        "links": [
            display.edge_mapping(link, records[link.source], records[link.target])
            for link in linking.every_link(request.ctx)
        ]
    }


def accept(request: Any) -> dict[str, Any]:
    """Make a suggested link a link."""
    accepted = linking.accept_all(request.ctx, [request.matchdict["id"]])
    return {"accepted": accepted}


def reject(request: Any) -> dict[str, Any]:
    """Remember that a suggested link is wrong."""
    linking.reject(request.ctx, request.matchdict["id"])
    return {"rejected": [request.matchdict["id"]]}
