"""Records chosen by a query, for acts that must not miss one."""

from collections.abc import Iterator

from recordsvc.search.query import parse
from recordsvc.services.access import may_read
from recordsvc.services.context import Context
from recordsvc.services.crosswalks import number_hits
from recordsvc.services.indexing import document_of


def ids_of_query(ctx: Context, query: str) -> tuple[str, ...]:
    """Return every record a query matches, judged record by record.

    The search index may be late; a hold or an export must not be. So each
    record's present state is matched against the query itself, with the same
    analysis and no index.

    Raises
    ------
    QuerySyntaxError
        With the column, from 1.
    """
    return tuple(_matching(ctx, query))


def _matching(ctx: Context, query: str) -> Iterator[str]:
    from recordsvc.search.matching import matcher

    is_match = matcher(parse(query, numbers=number_hits), ctx.settings.languages)
    for record in ctx.root.records.values():
        if record.is_destroyed or not may_read(ctx.actor, record):
            continue
        if is_match(document_of(record, ctx.bitstreams)):
            yield record.id
