"""Pages of hits in our order: by a number in tantivy, ties by the whole key here.

tantivy orders hits by score or by one number and breaks ties by where documents
lie, which a merge changes. Hits are therefore taken in whole groups of equal
numbers, and put in order within their group by what is stored of them.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import Any

from tantivy import FieldType, Order, Query

from recordsvc.search.engines.facts import Facts
from recordsvc.search.engines.paging import Place, column_of, in_order, is_after
from recordsvc.search.engines.tantivy_form import (
    FACTS,
    LEVEL_ORDER,
    ORDERS,
    RECORD_ID,
    SCHEMA,
    order_number,
)
from recordsvc.search.engines.tantivy_query import among, both, worthless

_GROWTH = 8


def by_worth(
    searcher: Any, query: Any, limit: int, last: Place | None
) -> tuple[int, list[Place]]:
    """Return the number of hits and the best after `last`."""
    if last is None:
        total, hits = _whole_groups(searcher, query, limit)
    else:
        last = _present(searcher, query, last)
        total = searcher.search(query, limit=1).count
        hits = searcher.search(query, limit=max(total, 1), count=False).hits
        start = bisect_left(hits, -last.score, key=lambda hit: -hit[0])
        level = bisect_right(hits, -last.score, key=lambda hit: -hit[0])
        hits = hits[start : _group_end(hits, level + limit)]
    places = [
        Place(record_id=facts_at(searcher, address).record_id, score=score)
        for score, address in hits
    ]
    return total, _first(places, "relevance", limit, last)


def by_key(
    searcher: Any, query: Any, limit: int, *, sort: str, last: Place | None
) -> tuple[int, list[Place]]:
    """Return the number of hits and the first after `last` in a sort order.

    With ``relevance`` all hits are worth the same: record ids decide.
    """
    if sort == "relevance":
        field, edge = LEVEL_ORDER, last.record_id if last else None
    else:
        field, edge = ORDERS[sort][0], last.key if last else None
        if last is not None:
            last = Place(record_id=last.record_id, key=last.key)
    total = searcher.search(query, limit=1).count
    rest = query
    if edge is not None:
        low = order_number(field, edge)
        above = Query.range_query(
            SCHEMA, field, FieldType.Unsigned, lower_bound=low, upper_bound=None
        )
        rest = both(query, worthless(above))
    places = _ordered(searcher, rest, limit, field=field, sort=sort, last=last)
    return total, _worth(searcher, query, places)


def facts_at(searcher: Any, address: Any) -> Facts:
    """Return what is stored of a document."""
    return Facts.unpack(bytes(searcher.doc(address).get_first(FACTS)))


def _whole_groups(searcher: Any, query: Any, limit: int) -> tuple[int, list[Any]]:
    wanted = limit + 1
    while True:
        found = searcher.search(query, limit=wanted)
        hits = found.hits
        if len(hits) < wanted or hits[-1][0] != hits[limit - 1][0]:
            return found.count, hits[: _group_end(hits, limit)]
        wanted *= _GROWTH


def _ordered(
    searcher: Any, query: Any, limit: int, *, field: str, sort: str, last: Place | None
) -> list[Place]:
    column = column_of(sort)
    wanted = limit + 1
    while True:
        hits = searcher.search(
            query, limit=wanted, count=False, order_by_field=field, order=Order.Asc
        ).hits
        # The group of the last hit may go on beyond it.
        is_whole = len(hits) < wanted
        end = len(hits) if is_whole else _group_start(hits, hits[-1][0])
        places = []
        for _, address in hits[:end]:
            facts = facts_at(searcher, address)
            key = getattr(facts, column) if column else ""
            places.append(Place(record_id=facts.record_id, key=key))
        if last is not None:
            # All are worth the same where record ids decide.
            edge = Place(record_id=last.record_id, key=last.key)
            places = [place for place in places if is_after(place, edge, sort)]
        if is_whole or len(places) >= limit:
            return in_order(places, sort)[:limit]
        wanted *= _GROWTH


def _worth(searcher: Any, query: Any, places: Sequence[Place]) -> list[Place]:
    """Return the places with their scores."""
    if not places:
        return []
    names = [place.record_id for place in places]
    chosen = both(query, worthless(among(RECORD_ID, names)))
    scores = {
        facts_at(searcher, address).record_id: score
        for score, address in searcher.search(chosen, limit=len(names)).hits
    }
    return [
        Place(record_id=p.record_id, key=p.key, score=scores.get(p.record_id, 0.0))
        for p in places
    ]


def _present(searcher: Any, query: Any, last: Place) -> Place:
    """Return the place that a hit of the page before has now."""
    one = Query.term_query(SCHEMA, RECORD_ID, last.record_id, "basic")
    hits = searcher.search(both(query, worthless(one)), limit=1, count=False).hits
    return Place(record_id=last.record_id, score=hits[0][0]) if hits else last


def _first(
    places: Sequence[Place], sort: str, limit: int, last: Place | None
) -> list[Place]:
    if last is not None:
        places = [place for place in places if is_after(place, last, sort)]
    return in_order(places, sort)[:limit]


def _group_end(hits: Sequence[Any], at: int) -> int:
    """Return where the group of the hit before `at` ends."""
    if at >= len(hits):
        return len(hits)
    edge = hits[at - 1][0]
    while at < len(hits) and hits[at][0] == edge:
        at += 1
    return at


def _group_start(hits: Sequence[Any], number: int) -> int:
    return bisect_left(hits, number, key=lambda hit: hit[0])
