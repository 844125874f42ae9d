"""Parliamentary questions and what answers them."""

from typing import Any

from recordsvc.services.questions import register


def list_page(request: Any) -> dict[str, Any]:
    """Show the register of questions, newest first, with their answers."""
    only = request.GET.get("only")
    return {
        "questions": register(request.ctx, unanswered=only == "unanswered"),
        "only": only,
    }
