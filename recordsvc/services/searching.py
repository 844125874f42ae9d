"""Search: our query, the engine's ids, the model's truth."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from recordsvc.model import Record
from recordsvc.search.index import FACET_FIELDS, SORTS, AccessFilter
from recordsvc.search.marking import hit_pages, page_marks
from recordsvc.search.query import QuerySyntaxError, echo, parse
from recordsvc.search.snippets import PageTokens, Snippet, snippets
from recordsvc.services.access import authorize, may_read, readable_levels
from recordsvc.services.context import Context
from recordsvc.services.crosswalks import number_hits
from recordsvc.services.display import record_url, title_of
from recordsvc.services.reading import text_pages

MAX_LIMIT = 200
DEFAULT_FACETS = ("type", "year", "language")

__all__ = [
    "FACET_FIELDS",
    "SORTS",
    "Answer",
    "Found",
    "QuerySyntaxError",
    "answer_mapping",
    "attachment_named",
    "search",
    "understood_as",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A hit, reloaded and re-authorised from the model."""

    record: Record
    score: float
    snippets: tuple[Snippet, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A page of hits."""

    query: str
    understood_as: str
    total: int
    total_is_exact: bool
    hits: tuple[Found, ...]
    facets: Mapping[str, Sequence[tuple[str, int]]]
    did_you_mean: str | None
    next: str | None


def search(
    ctx: Context,
    text: str,
    *,
    limit: int = 10,
    cursor: str | None = None,
    facets: Sequence[str] = DEFAULT_FACETS,
    sort: str = "relevance",
    with_snippets: bool = True,
) -> Answer:
    """Find records.

    Parameters
    ----------
    text
        A query in our language; an empty one finds everything.
    limit
        Hits on the page, 1 to 200.
    cursor
        `Answer.next` of the page before.

    Raises
    ------
    QuerySyntaxError
        With the column, from 1.
    """
    authorize(ctx, "search")
    ast = parse(text, numbers=number_hits)
    access = AccessFilter(
        levels=readable_levels(ctx.actor), exclude_ids=frozenset(_hidden(ctx))
    )
    index = ctx.search()
    hits = index.search(
        ast,
        access=access,
        limit=min(max(limit, 0), MAX_LIMIT),
        cursor=cursor,
        sort=sort,
    )
    found = []
    for hit in hits.hits:
        record = ctx.root.records.get(hit.record_id)
        # The index may be late; the model decides what is shown.
        if record is None or not may_read(ctx.actor, record):
            continue
        cut = _snippets(ctx, record, ast) if with_snippets else ()
        found.append(Found(record=record, score=hit.score, snippets=cut))
    counts = index.facets(ast, access=access, fields=tuple(facets), limit=20)
    suggestion = None
    if hits.total == 0:
        suggestion = index.did_you_mean(ast, access=access)
    return Answer(
        query=text,
        understood_as=echo(ast),
        total=hits.total,
        total_is_exact=hits.total_is_exact,
        hits=tuple(found),
        facets=counts,
        did_you_mean=suggestion,
        next=hits.next,
    )


def understood_as(text: str) -> str:
    """Return how a query is read, in words of the query language.

    Raises
    ------
    QuerySyntaxError
        With the column, from 1.
    """
    return str(echo(parse(text, numbers=number_hits)))


def _hidden(ctx: Context) -> list[str]:
    """Return the ids that the index still shows more widely than the store."""
    return [
        record_id
        for record_id in ctx.root.tightened
        if (record := ctx.root.records.get(record_id)) is None
        or record.is_destroyed
        or not may_read(ctx.actor, record)
    ]


def _page_tokens(ctx: Context, record: Record) -> list[PageTokens]:
    return [
        PageTokens(
            number=page.number,
            text=page.text,
            exact=page.exact,
            stem=page.stem,
            position=file.position,
        )
        for file, page in text_pages(ctx, record)
    ]


def _snippets(ctx: Context, record: Record, ast: Any) -> tuple[Snippet, ...]:
    pages = _page_tokens(ctx, record)
    return tuple(snippets(pages, ast, languages=ctx.settings.languages))


def marked_page(
    ctx: Context, record: Record, text: str, number: int, position: str = ""
) -> tuple[tuple[tuple[int, int], ...], tuple[int, ...]]:
    """Return where a query hits on one page of a paper, and on which pages it hits.

    Parameters
    ----------
    position
        Of the attachment that is looked at, empty for the paper itself.

    Returns
    -------
    marks, pages
        Offsets into the page's text in code points; page numbers from 1.
    """
    if not text.strip():
        return (), ()
    ast = parse(text, numbers=number_hits)
    pages = [p for p in _page_tokens(ctx, record) if p.position == position]
    languages = ctx.settings.languages
    page = next((p for p in pages if p.number == number), None)
    marks = page_marks(page, ast, languages=languages) if page is not None else ()
    return marks, hit_pages(pages, ast, languages=languages)


def answer_mapping(ctx: Context, answer: Answer) -> dict[str, Any]:
    """Return an answer as INTERFACE section 3 words it."""
    return {
        "query": answer.query,
        "understood_as": answer.understood_as,
        "total": answer.total,
        "total_is_exact": answer.total_is_exact,
        "hits": [_hit_mapping(ctx, found) for found in answer.hits],
        "facets": {
            name: [{"value": value, "count": count} for value, count in values]
            for name, values in answer.facets.items()
        },
        "did_you_mean": answer.did_you_mean,
        "next": answer.next,
    }


def _hit_mapping(ctx: Context, found: Found) -> dict[str, Any]:
    record = found.record
    return {
        "id": record.id,
        "state": record.state,
        "title": title_of(record),
        "type": record.type,
        "date": record.date,
        "language": record.language,
        "identifiers": [
            {"scheme": i.scheme, "value": i.value, "normalised": i.normalised}
            for i in record.identifiers
        ],
        "score": round(found.score, 6),
        "snippets": [_snippet_mapping(record, s) for s in found.snippets],
        "url": record_url(ctx, record.id),
    }


def _snippet_mapping(record: Record, snippet: Snippet) -> dict[str, Any]:
    return {
        "page": snippet.page,
        "text": snippet.text,
        "marks": [list(mark) for mark in snippet.marks],
        "attachment": attachment_named(record, snippet.position),
    }


def attachment_named(record: Record, position: str) -> dict[str, str] | None:
    """Return which attachment a page is of, None for the paper itself."""
    for file in record.files:
        if position and file.position == position:
            return {"position": position, "name": file.name}
    return None
