"""Dossiers and volumes as JSON."""

from typing import Any

from recordsvc.services.classification.aggregations import aggregation_detail


def show(request: Any) -> dict[str, Any]:
    """Return a dossier or volume with its acts and what lies in it."""
    return aggregation_detail(request.ctx, request.matchdict["id"])
