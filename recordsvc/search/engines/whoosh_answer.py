"""Which documents answer a plan, and what each is worth to it.

Whoosh's matchers walk posting by posting in Python; sets of documents are kept
as bitmaps instead, and scores are looked up only for documents that are hits.
"""

import heapq
from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from operator import add
from typing import NamedTuple

from pyroaring import BitMap

from recordsvc.search.engines.paging import Place
from recordsvc.search.engines.partition import FACET_COLUMNS
from recordsvc.search.engines.whoosh_cache import BoundedCache
from recordsvc.search.engines.whoosh_form import SCHEMA
from recordsvc.search.engines.whoosh_snapshot import Postings, Snapshot
from recordsvc.search.index import AccessFilter
from recordsvc.search.matching import times_in_order
from recordsvc.search.plan import (
    BODY_EXACT,
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

# In scored documents: about 100 bytes each.
_KEPT_SCORES = 1_000_000
_KEPT_ANSWERS = 1_000_000
_PREFIX_WORTH = 1.0
_DECODE = SCHEMA[BODY_EXACT].format.decode_positions


class _Scores(dict[int, float]):
    """Worth by document; a document that is not there is worth nothing."""

    def __missing__(self, doc: int) -> float:
        return 0.0


class Answer(NamedTuple):
    """The hits of a query, and the worth of each in the same order."""

    docs: BitMap
    numbers: "array[int]"
    scores: "array[float]"


class Answers:
    """Answers plans on one snapshot."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self._scores: BoundedCache[_Scores] = BoundedCache(_KEPT_SCORES, len)
        self._docs: BoundedCache[BitMap] = BoundedCache(_KEPT_ANSWERS, len)
        self._answers: BoundedCache[Answer] = BoundedCache(
            _KEPT_ANSWERS, lambda kept: len(kept.numbers)
        )

    def hits(self, plan: Plan, access: AccessFilter) -> BitMap:
        """Return the documents that answer a plan and may be seen."""
        return self._docs.get(
            (plan, access), lambda: self.docs(plan) & self.snapshot.readable(access)
        )

    def answer(self, plan: Plan, access: AccessFilter) -> Answer:
        """Return the hits with their worth."""

        def make() -> Answer:
            docs = self.hits(plan, access)
            numbers = array("I", docs)
            return Answer(docs, numbers, array("d", self.worth(plan, numbers)))

        return self._answers.get((plan, access), make)

    def best(self, answer: Answer, last: Place | None, most: int) -> list[Place]:
        """Return the best hits after a place, ties by record id."""
        facts = self.snapshot.facts
        pairs = zip(answer.scores, answer.numbers, strict=True)
        if last is None:
            scores: Sequence[float] = answer.scores
            docs: Sequence[int] = answer.numbers
        else:
            edge, name = self._present(answer, last), last.record_id
            later = [
                (s, d)
                for s, d in pairs
                if s < edge or (s == edge and facts[d].record_id > name)
            ]
            scores, docs = [s for s, _ in later], [d for _, d in later]
        if len(docs) > most:
            docs, scores = self._top(docs, scores, most)
        places = [
            Place(record_id=facts[d].record_id, score=s)
            for s, d in zip(scores, docs, strict=True)
        ]
        return sorted(places, key=lambda p: (-p.score, p.record_id))

    def counts(
        self, plan: Plan, access: AccessFilter, fields: Iterable[str]
    ) -> dict[str, Counter[str]]:
        """Count the values of facets over all hits."""
        docs = self.hits(plan, access)
        return {
            name: Counter(
                {
                    value: found
                    for value, held in self.snapshot.values(FACET_COLUMNS[name]).items()
                    if (found := docs.intersection_cardinality(held))
                }
            )
            for name in fields
        }

    def _present(self, answer: Answer, last: Place) -> float:
        """Return the worth that a hit of the page before has now."""
        doc = self.snapshot.number(last.record_id)
        if doc is None or doc not in answer.docs:
            return last.score
        return answer.scores[answer.docs.rank(doc) - 1]

    def _top(
        self, docs: Sequence[int], scores: Sequence[float], most: int
    ) -> tuple[list[int], list[float]]:
        edge = heapq.nlargest(most, scores)[-1]
        above = [(d, s) for d, s in zip(docs, scores, strict=True) if s > edge]
        level = [d for d, s in zip(docs, scores, strict=True) if s == edge]
        facts = self.snapshot.facts
        first = heapq.nsmallest(
            most - len(above), level, key=lambda doc: facts[doc].record_id
        )
        return (
            [*(d for d, _ in above), *first],
            [*(s for _, s in above), *([edge] * len(first))],
        )

    def docs(self, plan: Plan) -> BitMap:
        """Return the documents that answer a plan, readable or not."""
        snapshot = self.snapshot
        match plan:
            case AnyToken(tokens=tokens):
                return _union(snapshot.postings(t.column, t.token).docs for t in tokens)
            case InOrder():
                return self._docs.get(plan, lambda: BitMap(self.scores(plan)))
            case StartsWith():
                return self._docs.get(plan, lambda: self._beginning(plan))
            case Equals(column=column, value=value):
                return snapshot.bitmap(column, value) if value else BitMap()
            case Between():
                return self._docs.get(plan, lambda: self._between(plan))
            case All(parts=parts):
                found = [self.docs(part) for part in parts]
                return BitMap.intersection(*found) if found else snapshot.docs
            case Some(parts=parts):
                return _union(self.docs(part) for part in parts)
            case Without(part=part):
                return snapshot.docs - self.docs(part)
            case Anything():
                return snapshot.docs

    def worth(self, plan: Plan, numbers: Sequence[int]) -> list[float]:
        """Return what documents that answer a plan are worth to it."""
        total = [0.0] * len(numbers)
        match plan:
            case AnyToken() | InOrder() | StartsWith() | Equals():
                return list(map(self.scores(plan).__getitem__, numbers))
            case All(parts=parts):
                for part in parts:
                    total = list(map(add, total, self.worth(part, numbers)))
            case Some(parts=parts):
                for part in parts:
                    scores = self._part_scores(part, numbers)
                    if scores is not None:
                        total = list(map(add, total, map(scores, numbers)))
            case Between() | Without() | Anything():
                pass
        return total

    def _part_scores(
        self, part: Plan, numbers: Sequence[int]
    ) -> Callable[[int], float] | None:
        """Return the worth of one choice, which not every document answers."""
        match part:
            case AnyToken() | InOrder() | StartsWith() | Equals():
                return self.scores(part).__getitem__
            case Between() | Without() | Anything():
                return None
            case All() | Some():
                inside = array("I", self.docs(part) & BitMap(numbers))
                worth = self.worth(part, inside)
                return _Scores(zip(inside, worth, strict=True)).__getitem__

    def scores(self, plan: Plan) -> _Scores:
        """Return what each document of a single condition is worth."""
        return self._scores.get(plan, lambda: self._scored(plan))

    def _scored(self, plan: Plan) -> _Scores:
        match plan:
            case AnyToken():
                return self._any_token(plan)
            case InOrder():
                return self._in_order(plan)
            case StartsWith():
                return _Scores(dict.fromkeys(self.docs(plan), _PREFIX_WORTH))
            case Equals(weight=weight):
                return _Scores(dict.fromkeys(self.docs(plan), weight))
            case _:
                return _Scores()

    def _any_token(self, plan: AnyToken) -> _Scores:
        scores = _Scores()
        for token in plan.tokens:
            found = self.snapshot.postings(token.column, token.token)
            worth = self.snapshot.relevance(
                token.column, found.ids, found.weights, len(found.ids)
            )
            weight = token.weight
            for doc, score in zip(found.ids, worth, strict=True):
                scores[doc] += weight * score
        return scores

    def _in_order(self, plan: InOrder) -> _Scores:
        lists = {
            token: self.snapshot.postings(plan.column, token, with_places=True)
            for place in plan.places
            for token in place
        }
        candidates = BitMap.intersection(
            *(_union(lists[token].docs for token in place) for place in plan.places)
        )
        ids, times = array("I"), array("f")
        count = _times_adjacent if plan.slop == 0 else times_in_order
        for doc in candidates:
            often = count(plan, _standing(lists, doc))
            if often:
                ids.append(doc)
                times.append(often)
        worth = self.snapshot.relevance(plan.column, ids, times, len(ids))
        return _Scores(
            (doc, plan.weight * score) for doc, score in zip(ids, worth, strict=True)
        )

    def _beginning(self, plan: StartsWith) -> BitMap:
        tokens = self.snapshot.expansion(plan.columns, plan.prefix)
        return _union(
            self.snapshot.bitmap(column, token)
            for column in plan.columns
            for token in tokens
        )

    def _between(self, plan: Between) -> BitMap:
        low, high = plan.low, plan.high
        if plan.column == "date":
            return self.snapshot.dated(low, high)
        return _union(
            docs
            for value, docs in self.snapshot.values(plan.column).items()
            if value
            and (low is None or low <= value)
            and (high is None or value <= high)
        )


def _standing(lists: dict[str, Postings], doc: int) -> dict[str, list[int]]:
    """Return the places of each token in one document."""
    standing = {}
    for token, found in lists.items():
        if doc in found.docs:
            packed = found.places[bisect_left(found.ids, doc)]
            standing[token] = _DECODE(packed).tolist()
    return standing


def _times_adjacent(plan: InOrder, standing: dict[str, list[int]]) -> int:
    """Count the beginnings of plain phrases: `times_in_order` without slop."""
    starts: set[int] | None = None
    for offset, place in enumerate(plan.places):
        here = {at - offset for token in place for at in standing.get(token, ())}
        starts = here if starts is None else starts & here
        if not starts:
            return 0
    return len(starts or ())


def _union(bitmaps: Iterable[BitMap]) -> BitMap:
    return BitMap.union(BitMap(), *bitmaps)
