"""Search as JSON."""

from typing import Any

from recordsvc.search.index import FACET_FIELDS, SORTS
from recordsvc.services.errors import InvalidRequest
from recordsvc.services.searching import MAX_LIMIT, answer_mapping
from recordsvc.services.searching import search as find


def search(request: Any) -> dict[str, Any]:
    """Answer a query as `recordsvc search --json` does."""
    asked = request.GET
    sort = asked.get("sort", "relevance")
    facets = tuple(asked.getall("facet")) or ("type", "year", "language")
    if sort not in SORTS:
        raise InvalidRequest(f"sort may be {', '.join(SORTS)}")
    if unknown := [f for f in facets if f not in FACET_FIELDS]:
        raise InvalidRequest(
            f"no facet {unknown[0]}; there are {', '.join(FACET_FIELDS)}"
        )
    answer = find(
        request.ctx,
        asked.get("q", ""),
        limit=_limit(asked.get("limit", "10")),
        cursor=asked.get("cursor"),
        facets=facets,
        sort=sort,
    )
    return answer_mapping(request.ctx, answer)


def _limit(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text[:9]) > MAX_LIMIT:
        raise InvalidRequest(f"limit is a number from 0 to {MAX_LIMIT}")
    return int(text)
