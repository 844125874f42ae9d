"""The first page, and what is said about the site itself."""

from itertools import islice
from typing import Any

from recordsvc.services.searching import search
from recordsvc.web.pages.search import hit_of

NEWEST = 8


def home(request: Any) -> dict[str, Any]:
    """Show the search box, what there is, and the newest papers."""
    answer = search(
        request.ctx,
        "",
        limit=NEWEST,
        sort="-date",
        facets=("type", "language", "collection"),
        with_snippets=False,
    )
    return {
        "total": answer.total,
        "facets": answer.facets,
        "newest": [hit_of(request, found) for found in islice(answer.hits, NEWEST)],
    }


def accessibility(request: Any) -> dict[str, Any]:  # noqa: ARG001 - Pyramid's signature
    """Say how the pages can be used, and whom to tell what is hard."""
    return {}
