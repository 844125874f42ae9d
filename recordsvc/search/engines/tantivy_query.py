"""Plans as tantivy queries.

Worth is BM25 brought to at most 2.2 a token, as in the other engines: tantivy's
own is divided by what a token of a single document would have.
"""

import itertools
import math
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from tantivy import Occur, Query

from recordsvc.search.engines.tantivy_form import ACCESS, RECORD_ID, SCHEMA
from recordsvc.search.index import AccessFilter
from recordsvc.search.plan import (
    MAX_EXPANSION,
    All,
    Anything,
    AnyToken,
    Between,
    Equals,
    InOrder,
    Plan,
    Some,
    StartsWith,
    Without,
)

# A phrase with choices and gaps is a choice of plain phrases, so many at most.
_MOST_PHRASES = 512
# A set of terms costs a fifth of a millisecond at once, and little for each.
_FEW = 100
_SINGLE_VALUED = frozenset(
    {"type", "class_code", "collection", "jurisdiction", "chamber", "session", "status"}
)


def readable(access: AccessFilter) -> Any:
    """Return the query of what a reader may see; it adds no worth."""
    parts = [(Occur.Must, among(ACCESS, access.levels))]
    if access.exclude_ids:
        parts.append((Occur.MustNot, among(RECORD_ID, access.exclude_ids)))
    return worthless(Query.boolean_query(parts))


def worthless(query: Any) -> Any:
    """Return a query that only restricts."""
    return Query.const_score_query(query, 0.0)


def both(*queries: Any) -> Any:
    """Return the query that every one of several holds."""
    return Query.boolean_query([(Occur.Must, query) for query in queries])


def among(column: str, values: Iterable[str]) -> Any:
    """Return the query of a column that holds one of several values."""
    chosen = sorted(values)
    if len(chosen) > _FEW:
        return Query.term_set_query(SCHEMA, column, chosen)
    return _some(Query.term_query(SCHEMA, column, value, "basic") for value in chosen)


def is_level(plan: Plan) -> bool:
    """Say whether all hits are worth the same, so that only the ties decide."""
    match plan:
        case AnyToken() | InOrder():
            return False
        case All(parts=parts):
            return all(is_level(part) for part in parts)
        case Some(parts=parts):
            columns = {p.column if isinstance(p, Equals) else "" for p in parts}
            return len(columns) == 1 and columns <= _SINGLE_VALUED
        case _:
            return True


class Translator:
    """Translates plans for one searcher.

    Parameters
    ----------
    visible
        `readable` of the reader: prefixes are expanded by what may be seen.
    """

    def __init__(self, searcher: Any, visible: Any) -> None:
        self._searcher = searcher
        self._visible = visible
        documents = max(searcher.num_docs, 1)
        self._rarest = math.log(1 + (documents - 0.5) / 1.5)

    def query(self, plan: Plan) -> Any:
        """Return the query of a plan."""
        match plan:
            case AnyToken(tokens=tokens):
                return _some(
                    Query.boost_query(
                        Query.term_query(SCHEMA, t.column, t.token, "freq"),
                        t.weight / self._rarest,
                    )
                    for t in tokens
                )
            case InOrder():
                return self._in_order(plan)
            case StartsWith():
                return Query.const_score_query(self._beginning(plan), 1.0)
            case Equals(column=column, value=value, weight=weight):
                if not value:
                    return Query.empty_query()
                found = Query.term_query(SCHEMA, column, value, "basic")
                return Query.const_score_query(found, weight)
            case Between():
                return worthless(self._between(plan))
            case All(parts=parts):
                return both(*map(self.query, parts)) if parts else _everything()
            case Some(parts=parts):
                return _some(map(self.query, parts))
            case Without(part=part):
                refused = (Occur.MustNot, self.query(part))
                return Query.boolean_query([(Occur.Must, _everything()), refused])
            case Anything():
                return _everything()

    def _in_order(self, plan: InOrder) -> Any:
        places = [self._standing(plan.column, place) for place in plan.places]
        if not all(places):
            return Query.empty_query()
        if _count(places, plan.slop) <= _MOST_PHRASES:
            found = _phrases(plan.column, places, plan.slop)
        else:
            # Too many to spell out: every two neighbours are in order, which
            # finds all that the whole would, and seldom more.
            found = both(
                *(
                    _phrases(plan.column, list(pair), plan.slop)
                    for pair in itertools.pairwise(places)
                )
            )
        return Query.boost_query(found, plan.weight / self._rarest / len(places))

    def _standing(self, column: str, place: Iterable[str]) -> list[str]:
        """Return the choices of a place that are there at all, frequent ones first."""
        often = {token: self._searcher.doc_freq(column, token) for token in place}
        return sorted(filter(often.get, often), key=lambda token: -often[token])

    def _beginning(self, plan: StartsWith) -> Any:
        often: Counter[str] = Counter()
        for column in plan.columns:
            often.update(
                dict(
                    self._searcher.terms_with_prefix(column, plan.prefix, self._visible)
                )
            )
        ranked = sorted(often.items(), key=lambda pair: (-pair[1], pair[0]))
        tokens = [token for token, _ in ranked[:MAX_EXPANSION]]
        return _some(among(column, tokens) for column in plan.columns)

    def _between(self, plan: Between) -> Any:
        low, high = plan.low, plan.high
        values = self._searcher.terms_with_prefix(plan.column, _shared(low, high))
        return among(
            plan.column,
            [
                value
                for value, _ in values
                if (low is None or low <= value) and (high is None or value <= high)
            ],
        )


def _shared(low: str | None, high: str | None) -> str:
    """Return how every value between two others begins."""
    pairs = itertools.takewhile(
        lambda pair: pair[0] == pair[1], zip(low or "", high or "", strict=False)
    )
    return "".join(one for one, _ in pairs)


def _everything() -> Any:
    return worthless(Query.all_query())


def _some(queries: Iterable[Any]) -> Any:
    parts = [(Occur.Should, query) for query in queries]
    return Query.boolean_query(parts) if parts else Query.empty_query()


def _count(places: list[list[str]], slop: int) -> int:
    gaps = math.comb(slop + len(places) - 1, len(places) - 1)
    return gaps * math.prod(map(len, places))


def _phrases(column: str, places: list[list[str]], slop: int) -> Any:
    """Return the choice of all plain phrases.

    tantivy's own slop also finds words in another order: it is left to pairs
    with so many choices that nothing else is to be had.
    """
    if len(places) == 1:
        return _some(
            Query.term_query(SCHEMA, column, token, "freq") for token in places[0]
        )
    if _count(places, slop) > _MOST_PHRASES:
        return _some(
            Query.phrase_query(SCHEMA, column, list(words), slop)
            for words in itertools.product(*places)
        )
    return _some(
        Query.phrase_query(SCHEMA, column, list(zip(offsets, words, strict=True)))
        for words in itertools.product(*places)
        for offsets in _offsets(len(places), slop)
    )


def _offsets(words: int, slop: int) -> Iterator[tuple[int, ...]]:
    """Yield where the words may stand, from the first, with so many between in all."""
    for gaps in itertools.combinations_with_replacement(range(slop + 1), words - 1):
        yield (0, *(place + gap for place, gap in enumerate(gaps, 1)))
