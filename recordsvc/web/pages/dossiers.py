"""The page of a dossier or volume: what lies in it, and what stays once it is gone."""

from typing import Any

from recordsvc.services.access import may
from recordsvc.services.classification.aggregations import aggregation_detail


def dossier_page(request: Any) -> dict[str, Any]:
    """Show a dossier or volume, its acts, and its stub where it was disposed of."""
    ctx = request.ctx
    return {
        "file": aggregation_detail(ctx, request.matchdict["id"]),
        "sees_lists": may(ctx.actor, "disposal.view"),
    }
