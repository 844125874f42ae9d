"""A partition as one commit left it, with what was read of it kept for the next query.

Documents are numbered through all segments. What is kept holds for this commit
only: numbers move when segments are merged, and every score moves with every
document.
"""

import heapq
import math
from array import array
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby, islice
from operator import itemgetter
from typing import NamedTuple

from pyroaring import BitMap

from recordsvc.search.engines.facts import Facts
from recordsvc.search.engines.paging import Place, column_of, is_after
from recordsvc.search.engines.whoosh_cache import BoundedCache
from recordsvc.search.engines.whoosh_segment import LENGTHS, Segment
from recordsvc.search.index import AccessFilter
from recordsvc.search.plan import MAX_EXPANSION

# In postings: about 16 bytes each.
_KEPT_POSTINGS = 4_000_000
_KEPT_DOCUMENTS = 2_000_000
_K1, _B = 1.2, 0.75
# Fewer hits than one in so many documents are sorted by themselves.
_SPARSE = 64


class Part(NamedTuple):
    """A segment, the number of its first document, and what was deleted of it."""

    segment: Segment
    first: int
    dead: BitMap


class Postings(NamedTuple):
    """The documents of a token in which it still stands."""

    docs: BitMap
    ids: "array[int]"
    weights: "array[float]"
    places: list[bytes]


class Snapshot:
    """The documents of a partition at one generation."""

    def __init__(
        self, parts: tuple[Part, ...], generation: int, watermark: str | None
    ) -> None:
        self.parts = parts
        self.generation = generation
        self.watermark = watermark
        self.facts: list[Facts] = [f for part in parts for f in part.segment.facts]
        self.docs = BitMap(range(len(self.facts))) - BitMap.union(
            BitMap(), *(part.dead.shift(part.first) for part in parts)
        )
        self.count = len(self.docs)
        self._postings: BoundedCache[Postings] = BoundedCache(
            _KEPT_POSTINGS, lambda kept: len(kept.ids)
        )
        self._bitmaps: BoundedCache[BitMap] = BoundedCache(_KEPT_DOCUMENTS, len)
        self._values: dict[str, dict[str, BitMap]] = {}
        self._orders: dict[str, tuple[array[int], array[int]]] = {}
        self._norms: dict[str, tuple[bytes, list[float]]] = {}

    def number(self, record_id: str) -> int | None:
        """Return the number of a record's document."""
        for segment, first, dead in self.parts:
            local = segment.numbers.get(record_id)
            if local is not None and local not in dead:
                return first + local
        return None

    def readable(self, access: AccessFilter) -> BitMap:
        """Return the documents a reader may see."""

        def find() -> BitMap:
            levels = self.values("access")
            seen = BitMap.union(
                BitMap(), *(levels.get(level, BitMap()) for level in access.levels)
            )
            numbers = (self.number(record_id) for record_id in access.exclude_ids)
            return seen - BitMap(n for n in numbers if n is not None)

        return self._bitmaps.get(access, find)

    def bitmap(self, column: str, token: str) -> BitMap:
        """Return the documents that hold a token or a value."""

        def find() -> BitMap:
            return BitMap.union(
                BitMap(),
                *(
                    (BitMap(ids) - part.dead).shift(part.first)
                    for part, ids, _, _ in self._lists(column, token)
                ),
            )

        return self._bitmaps.get((column, token), find)

    def postings(
        self, column: str, token: str, *, with_places: bool = False
    ) -> Postings:
        """Return the list of a token."""
        return self._postings.get(
            (column, token, with_places),
            lambda: self._read(column, token, with_places=with_places),
        )

    def _read(self, column: str, token: str, *, with_places: bool) -> Postings:
        ids, weights, places = array("I"), array("f"), []
        lists = self._lists(column, token, with_places=with_places)
        for (_, first, dead), local, often, standing in lists:
            if dead:
                kept = [n for n, doc in enumerate(local) if doc not in dead]
                local = array("I", [local[n] for n in kept])  # noqa: PLW2901
                often = array("f", [often[n] for n in kept])  # noqa: PLW2901
                standing = [standing[n] for n in kept] if standing else []  # noqa: PLW2901
            ids.extend(array("I", [first + doc for doc in local]) if first else local)
            weights.extend(often)
            places.extend(standing)
        return Postings(BitMap(ids), ids, weights, places)

    def _lists(
        self, column: str, token: str, *, with_places: bool = False
    ) -> Iterator[tuple[Part, "array[int]", "array[float]", list[bytes]]]:
        for part in self.parts:
            ids, weights, places = part.segment.postings(
                column, token, with_places=with_places
            )
            if ids:
                yield part, ids, weights, places

    def values(self, column: str) -> Mapping[str, BitMap]:
        """Return the documents of each value of a column."""
        if column not in self._values:
            values = {
                term.token for part in self.parts for term in part.segment.terms(column)
            }
            found = {value: self.bitmap(column, value) for value in sorted(values)}
            self._values[column] = {v: docs for v, docs in found.items() if docs}
        return self._values[column]

    def tokens(self, column: str, prefix: str) -> Iterator[str]:
        """Yield the tokens that begin so, in order; some of deleted documents too."""
        streams = [part.segment.terms(column, prefix) for part in self.parts]
        for token, _ in groupby(heapq.merge(*streams), key=itemgetter(0)):
            yield token

    def expansion(self, columns: Iterable[str], prefix: str) -> list[str]:
        """Return the most frequent tokens that begin so, as many as are tried."""
        often: Counter[str] = Counter()
        for column in columns:
            for part in self.parts:
                for term in part.segment.terms(column, prefix):
                    often[term.token] += term.documents
        ranked = sorted(often.items(), key=lambda pair: (-pair[1], pair[0]))
        return [token for token, _ in islice(ranked, MAX_EXPANSION)]

    def relevance(
        self, column: str, ids: Iterable[int], times: Iterable[float], found: int
    ) -> "array[float]":
        """Return BM25 of a token for documents, brought to at most 2.2.

        The weight of rarity is divided by what a token of a single document
        would have, so that partitions of different sizes can be compared and
        weights of whole values keep their rank.
        """
        lengths, norms = self._norm(column)
        rarity = _rarity(self.count, found) / _rarity(self.count, 1) * (_K1 + 1)
        return array(
            "d",
            [
                rarity * often / (often + norms[lengths[doc]])
                for doc, often in zip(ids, times, strict=True)
            ],
        )

    def _norm(self, column: str) -> tuple[bytes, list[float]]:
        if column not in self._norms:
            lengths = b"".join(part.segment.lengths[column] for part in self.parts)
            counts = Counter(lengths)
            for part in self.parts:
                here = part.segment.lengths[column]
                counts.subtract(here[doc] for doc in part.dead)
            total = sum(LENGTHS[byte] * count for byte, count in counts.items())
            average = total / self.count if total else 1.0
            norms = [_K1 * (1 - _B + _B * length / average) for length in LENGTHS]
            self._norms[column] = lengths, norms
        return self._norms[column]

    def after(
        self, docs: BitMap, sort: str, last: Place | None, most: int
    ) -> list[int]:
        """Return the first documents in a sort order that come after a place."""
        order, ranks = self._order(sort)
        column = column_of(sort)
        at = 0
        if last is not None:
            at = bisect_left(
                order,
                True,  # noqa: FBT003 - what the key says of the first one after
                key=lambda doc: is_after(self.place(doc, column), last, sort),
            )
        if len(docs) * _SPARSE < len(order):
            later = (rank for doc in docs if (rank := ranks[doc]) >= at)
            return [order[rank] for rank in heapq.nsmallest(most, later)]
        return list(islice((d for d in islice(order, at, None) if d in docs), most))

    def dated(self, low: str | None, high: str | None) -> BitMap:
        """Return the documents whose date is between two, both included."""
        order, _ = self._order("date")
        facts = self.facts
        # Documents without a date come last.
        end = bisect_left(order, True, key=lambda doc: not facts[doc].date)  # noqa: FBT003 - see `after`
        start = 0
        if low is not None:
            start = bisect_left(order, low, 0, end, key=lambda doc: facts[doc].date)
        if high is not None:
            end = bisect_right(order, high, 0, end, key=lambda doc: facts[doc].date)
        return BitMap(order[start:end])

    def _order(self, sort: str) -> tuple["array[int]", "array[int]"]:
        """Return all documents sorted, and by document its rank."""
        if sort not in self._orders:
            facts, column = self.facts, column_of(sort)
            order = sorted(self.docs, key=lambda doc: facts[doc].record_id)
            if column is not None:
                keys = [getattr(fact, column) for fact in facts]
                if sort.startswith("-"):
                    order.sort(key=keys.__getitem__, reverse=True)
                else:
                    order.sort(key=lambda doc: (not keys[doc], keys[doc]))
            ranks = array("I", bytes(4 * len(facts)))
            for rank, doc in enumerate(order):
                ranks[doc] = rank
            self._orders[sort] = array("I", order), ranks
        return self._orders[sort]

    def place(self, doc: int, column: str | None, score: float = 0.0) -> Place:
        """Return a document's place in the order of a sort column."""
        facts = self.facts[doc]
        key = getattr(facts, column) if column else ""
        return Place(record_id=facts.record_id, score=score, key=key)


def _rarity(documents: int, found: int) -> float:
    return math.log(1 + (documents - found + 0.5) / (found + 0.5))
