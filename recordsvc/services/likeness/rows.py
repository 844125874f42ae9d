"""The rows of two papers side by side as JSON-able values."""

from typing import Any

from ingest.comparing import Gap, Row, Side
from recordsvc.services.display import brief
from recordsvc.services.likeness.laying import Laid


def laid_mapping(laid: Laid) -> dict[str, Any]:
    """Return two papers side by side as JSON-able values.

    Returns
    -------
    dict
        ``rows`` holds ``{"change", "left", "right"}``, or ``{"gap", "left_page",
        "right_page"}`` for a stretch of equal paragraphs that is not shown.
    """
    return {
        "left": brief(laid.left) | {"language": laid.left.language},
        "right": brief(laid.right) | {"language": laid.right.language},
        "counts": laid.counts,
        "equal": laid.is_equal,
        "rows": [row_mapping(row) for row in laid.rows],
    }


def row_mapping(row: Row | Gap) -> dict[str, Any]:
    """Return a row, or the gap in its place."""
    if isinstance(row, Gap):
        return {
            "gap": row.rows,
            "left_page": row.left_page,
            "right_page": row.right_page,
        }
    return {
        "change": str(row.change),
        "left": _side(row.left),
        "right": _side(row.right),
    }


def _side(side: Side | None) -> dict[str, Any] | None:
    if side is None:
        return None
    return {
        "page": side.page,
        "spans": [{"text": s.text, "changed": s.changed} for s in side.spans],
    }
