"""Which holds a record falls under, judged from the record itself.

A hold lies on a record by its scope from the moment it is placed; the links that are
made for it are for display and speed. So a late index or an unfinished placement
releases nothing (DESIGN 4).
"""

from collections.abc import Callable, Iterator
from functools import lru_cache

from recordsvc.model import Archive, Hold, Record
from recordsvc.search.index import IndexDocument
from recordsvc.services.classification.aggregations import enclosing
from recordsvc.services.classification.classes import lineage
from recordsvc.services.context import Context
from recordsvc.services.crosswalks import number_hits
from recordsvc.services.indexing import document_of

BY_LIST, BY_CLASS, BY_AGGREGATION, BY_QUERY = "list", "class", "aggregation", "query"
SCOPES = (BY_LIST, BY_CLASS, BY_AGGREGATION, BY_QUERY)


def active_holds(root: Archive) -> Iterator[Hold]:
    """Yield the holds that have not been lifted."""
    for hold_id in root.active_holds:
        yield root.holds[hold_id]


def holds_on(ctx: Context, record: Record) -> tuple[str, ...]:
    """Return the ids of the active holds on a record that need no look at its text.

    Those of a query count where their links were made or are being made.
    """
    return tuple(
        hold.id
        for hold in active_holds(ctx.root)
        if _is_linked(hold, record) or _is_within(ctx.root, hold, record)
    )


def all_holds_on(ctx: Context, record: Record) -> tuple[str, ...]:
    """Return the ids of the active holds on a record, its text matched as well."""
    found = dict.fromkeys(holds_on(ctx, record))
    open_queries = [
        hold
        for hold in active_holds(ctx.root)
        if hold.scope == BY_QUERY and hold.id not in found
    ]
    if open_queries:
        document = document_of(record, ctx.bitstreams)
        for hold in open_queries:
            if _matcher(hold.target, ctx.settings.languages)(document):
                found[hold.id] = None
    return tuple(found)


def _is_linked(hold: Hold, record: Record) -> bool:
    return hold.id in record.holds or (
        hold.pending is not None and record.id in hold.pending
    )


def _is_within(root: Archive, hold: Hold, record: Record) -> bool:
    if hold.scope == BY_CLASS:
        codes = (record.class_code, *(o.class_code for o in record.extra_obligations))
        return any(
            hold.target == node.code for code in codes for node in lineage(root, code)
        )
    if hold.scope == BY_AGGREGATION:
        return hold.target in enclosing(root, record.aggregation)
    return False


@lru_cache(maxsize=64)
def _matcher(query: str, languages: tuple[str, ...]) -> Callable[[IndexDocument], bool]:
    """Return what matches a query, read once however many records are asked."""
    from recordsvc.search.matching import matcher
    from recordsvc.search.query import parse

    return matcher(parse(query, numbers=number_hits), languages)
