"""The search page."""

import time
from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup, escape

from recordsvc.model import Record
from recordsvc.search.index import SORTS, CursorInvalid
from recordsvc.search.query import QuerySyntaxError
from recordsvc.search.snippets import Snippet
from recordsvc.services.access import effective_level
from recordsvc.services.display import title_of
from recordsvc.services.searching import (
    Answer,
    Found,
    attachment_named,
    search,
    understood_as,
)
from recordsvc.web.pages.viewer import page_part

PAGE_HITS = 20
# Years that bars of a readable width can show.
LONGEST_AXIS = 80
# Facet field to the field of the query language that narrows by it.
NARROWS = {
    "type": "type",
    "year": "date",
    "language": "language",
    "jurisdiction": "jurisdiction",
    "collection": "collection",
}


def search_page(request: Any) -> dict[str, Any]:
    """Show a page of hits with facets, or say where the query cannot be read."""
    text = request.GET.get("q", "").strip()
    sort = request.GET.get("sort", "relevance")
    sort = sort if sort in SORTS else "relevance"
    chosen = _chosen(request.GET)
    started = time.monotonic()
    page: dict[str, Any] = {"query": text, "sort": sort, "sorts": SORTS, "error": None}
    try:
        understood = understood_as(text)
        answer = search(
            request.ctx,
            narrowed(text, chosen),
            limit=PAGE_HITS,
            cursor=request.GET.get("cursor"),
            facets=tuple(NARROWS),
            sort=sort,
        )
    except (QuerySyntaxError, CursorInvalid) as error:
        request.response.status_int = 400
        column = getattr(error, "column", None)
        return page | {"error": str(error), "column": column, "answer": None}
    return page | {
        "answer": answer,
        "understood": understood,
        "milliseconds": round((time.monotonic() - started) * 1000),
        "hits": [hit_of(request, found) for found in answer.hits],
        "chosen": _removals(request, chosen),
        "facets": _facets(request, answer, chosen),
        "years": _years(request, answer, chosen),
        "next": _address(request, cursor=answer.next) if answer.next else None,
    }


def _chosen(query: Any) -> dict[str, list[str]]:
    return {f: query.getall(f) for f in NARROWS if query.getall(f)}


def narrowed(text: str, chosen: Mapping[str, Sequence[str]]) -> str:
    """Return a query narrowed by facet values: any of a facet, all facets."""
    parts = [f"({text})"] if text and chosen else [text] if text else []
    for field, values in chosen.items():
        name = NARROWS[field]
        quoted = [value.replace('"', "") for value in values]
        parts.append("(" + " OR ".join(f'{name}:"{v}"' for v in quoted) + ")")
    return " ".join(parts)


def _removals(
    request: Any, chosen: Mapping[str, Sequence[str]]
) -> list[dict[str, str]]:
    return [
        {
            "field": field,
            "value": value,
            "address": _address(request, toggle=(field, value)),
        }
        for field, values in chosen.items()
        for value in values
    ]


def _facets(
    request: Any, answer: Answer, chosen: Mapping[str, Sequence[str]]
) -> list[dict[str, Any]]:
    found = []
    for field, counts in answer.facets.items():
        active = chosen.get(field, [])
        # One value that every hit has narrows nothing.
        is_idle = not active and [count for _, count in counts] == [answer.total]
        if field == "year" or not counts or is_idle:
            continue
        values = [
            {
                "value": value,
                "count": count,
                "active": value in active,
                "address": _address(request, toggle=(field, value)),
            }
            for value, count in counts
        ]
        found.append({"field": field, "values": values})
    return found


def _years(
    request: Any, answer: Answer, chosen: Mapping[str, Sequence[str]]
) -> list[dict[str, Any]]:
    found = dict(answer.facets.get("year", ()))
    most = max(found.values(), default=1)
    active = chosen.get("year", [])
    return [
        {
            "year": year,
            "count": count,
            "share": max(4, round(100 * count / most)) if count else 0,
            "active": year in active,
            "address": _address(request, toggle=("year", year)),
        }
        for year, count in _without_gaps(found).items()
    ]


def _without_gaps(counts: Mapping[str, int]) -> dict[str, int]:
    """Return the counts by year, with the years between that have none."""
    if not all(year.isdigit() for year in counts):
        return dict(sorted(counts.items()))
    years = sorted(int(year) for year in counts)
    if not years or years[-1] - years[0] > LONGEST_AXIS:
        return dict(sorted(counts.items()))
    return {
        str(year): counts.get(str(year), 0) for year in range(years[0], years[-1] + 1)
    }


def _address(
    request: Any,
    *,
    cursor: str | None = None,
    toggle: tuple[str, str] | None = None,
) -> str:
    pairs = [(k, v) for k, v in request.GET.items() if k != "cursor"]
    if toggle is not None:
        pairs = (
            [p for p in pairs if p != toggle] if toggle in pairs else [*pairs, toggle]
        )
    if cursor:
        pairs.append(("cursor", cursor))
    return str(request.route_path("search", _query=pairs))


def marked(snippet: Snippet) -> Markup:
    """Return a snippet as HTML: escaped text with its marks."""
    parts, at = [], 0
    for start, end in snippet.marks:
        parts += [escape(snippet.text[at:start]), Markup("<mark>")]
        parts += [escape(snippet.text[start:end]), Markup("</mark>")]
        at = end
    return Markup("").join([*parts, escape(snippet.text[at:])])


def number_of(record: Record) -> str:
    """Return the number people use: an address such as an IRI only for want of it."""
    values = [i.value for i in record.identifiers]
    return next((v for v in values if "/" not in v[:1] and "://" not in v), "") or (
        values[0] if values else ""
    )


def hit_of(request: Any, found: Found) -> dict[str, Any]:
    """Return what the page shows of a hit."""
    record = found.record
    query = request.GET.get("q", "")
    return {
        "id": record.id,
        "title": title_of(record),
        "type": record.type,
        "date": record.date,
        "language": record.language,
        "languages": sorted({e.language for e in record.expressions if e.language}),
        "number": number_of(record),
        "pages": record.files[0].pages if record.files else None,
        "access": effective_level(record),
        "state": record.state,
        "snippets": [
            {
                "page": s.page,
                "html": marked(s),
                "attachment": attachment_named(record, s.position),
                "address": request.route_path(
                    "page",
                    id=record.id,
                    number=s.page,
                    _query=[("q", query), *page_part(s.position)],
                ),
            }
            for s in found.snippets
        ],
    }
