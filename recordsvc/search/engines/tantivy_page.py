"""Pages of hits in our order: by numbers in tantivy, the last ties by whole keys here.

tantivy orders hits by score or by one number and breaks ties by where documents
lie, which a merge changes. Hits are therefore taken in whole groups of equal
first numbers; further numbers narrow a group, and only what may be on the page
is read from the store.
"""

import heapq
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import Any

from tantivy import FieldType, Order, Query

from recordsvc.search.engines.facts import Facts
from recordsvc.search.engines.paging import Place, column_of, in_order, is_after
from recordsvc.search.engines.tantivy_form import (
    FACTS,
    RECORD_ID,
    SCHEMA,
    order_fields,
    order_numbers,
)
from recordsvc.search.engines.tantivy_query import among, both, worthless

_GROWTH = 8
# Reading a document costs as much as narrowing some.
_FEW = 4

Hit = tuple[Any, Any]


def by_worth(
    searcher: Any, query: Any, limit: int, last: Place | None
) -> tuple[int, list[Place]]:
    """Return the number of hits and the best after `last`."""
    edge: tuple[float, ...] | None = None
    if last is None:
        total, hits = _whole_groups(searcher, query, limit)
    else:
        last = _present(searcher, query, last)
        edge = (-last.score, *_numbers("relevance", last))
        total = searcher.search(query, limit=1).count
        hits = searcher.search(query, limit=max(total, 1), count=False).hits
        start = bisect_left(hits, -last.score, key=_minus_score)
        level = bisect_right(hits, -last.score, key=_minus_score)
        hits = hits[start : _group_end(hits, level + limit)]
    ranks = [-score for score, _ in hits]
    places = [
        Place(record_id=_facts(searcher, address).record_id, score=score)
        for score, address in _window(
            searcher, hits, ranks, order_fields("relevance"), edge=edge, limit=limit
        )
    ]
    return total, _first(places, "relevance", limit, last)


def by_key(
    searcher: Any, query: Any, limit: int, *, sort: str, last: Place | None
) -> tuple[int, list[Place]]:
    """Return the number of hits and the first after `last` in a sort order.

    With ``relevance`` all hits are worth the same: record ids decide.
    """
    field, *finer = order_fields(sort)
    total = searcher.search(query, limit=1).count
    rest, edge = query, None
    if last is not None:
        # All are worth the same where record ids decide.
        last = Place(record_id=last.record_id, key=last.key)
        edge = _numbers(sort, last)
        above = Query.range_query(
            SCHEMA, field, FieldType.Unsigned, lower_bound=edge[0], upper_bound=None
        )
        rest = both(query, worthless(above))
    column = column_of(sort)
    wanted = limit + 1
    while True:
        hits, is_whole = _groups(searcher, rest, field, wanted)
        places = []
        ranks = [rank for rank, _ in hits]
        for _, address in _window(searcher, hits, ranks, finer, edge=edge, limit=limit):
            facts = _facts(searcher, address)
            key = getattr(facts, column) if column else ""
            places.append(Place(record_id=facts.record_id, key=key))
        found = _first(places, sort, limit, last)
        if is_whole or len(found) >= limit:
            return total, _worth(searcher, query, found)
        wanted *= _GROWTH


def revisions(searcher: Any) -> list[Facts]:
    """Return what is stored of every document."""
    every = Query.all_query()
    hits = searcher.search(every, limit=max(searcher.num_docs, 1), count=False).hits
    return [_facts(searcher, address) for _, address in hits]


def _facts(searcher: Any, address: Any) -> Facts:
    return Facts.unpack(bytes(searcher.doc(address).get_first(FACTS)))


def _numbers(sort: str, place: Place) -> tuple[int, ...]:
    key = place.record_id if column_of(sort) is None else place.key
    return order_numbers(sort, key, place.record_id)


def _minus_score(hit: Hit) -> float:
    score: float = hit[0]
    return -score


def _whole_groups(searcher: Any, query: Any, limit: int) -> tuple[int, list[Hit]]:
    """Return the number of hits, and the best ones with all that are as good."""
    wanted = limit + 1
    while True:
        found = searcher.search(query, limit=wanted)
        hits = found.hits
        if len(hits) < wanted or hits[-1][0] != hits[limit - 1][0]:
            return found.count, hits[: _group_end(hits, limit)]
        wanted *= _GROWTH


def _groups(
    searcher: Any, query: Any, field: str, wanted: int
) -> tuple[list[Hit], bool]:
    """Return the first hits without the group that goes on; and whether it is all."""
    hits = searcher.search(
        query, limit=wanted, count=False, order_by_field=field, order=Order.Asc
    ).hits
    if len(hits) < wanted:
        return hits, True
    return hits[: bisect_left(hits, hits[-1][0], key=lambda hit: hit[0])], False


def _window(
    searcher: Any,
    hits: Sequence[Hit],
    ranks: Sequence[float],
    fields: Sequence[str],
    *,
    edge: tuple[float, ...] | None,
    limit: int,
) -> Sequence[Hit]:
    """Return the hits among which the first so many after an edge are.

    Parameters
    ----------
    ranks
        The first number of each hit; `fields` name the others, `edge` holds all.
    """
    if len(hits) <= limit * _FEW:
        return hits
    addresses = [address for _, address in hits]
    finer = [searcher.fast_field_values(field, addresses) for field in fields]
    keys = list(zip(ranks, *finer, strict=True))
    if edge is not None:
        kept = [n for n, key in enumerate(keys) if key >= edge]
        # What has the numbers of the edge may be before it or after it.
        limit += sum(keys[n] == edge for n in kept)
    else:
        kept = list(range(len(keys)))
    first = heapq.nsmallest(limit, (keys[n] for n in kept))
    return [hits[n] for n in kept if keys[n] <= first[-1]] if first else []


def _worth(searcher: Any, query: Any, places: Sequence[Place]) -> list[Place]:
    """Return the places with their scores."""
    if not places:
        return []
    names = [place.record_id for place in places]
    chosen = both(query, worthless(among(RECORD_ID, names)))
    scores = {
        _facts(searcher, address).record_id: score
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


def _group_end(hits: Sequence[Hit], at: int) -> int:
    """Return where the group of the hit before `at` ends."""
    if at >= len(hits):
        return len(hits)
    edge = hits[at - 1][0]
    while at < len(hits) and hits[at][0] == edge:
        at += 1
    return at
