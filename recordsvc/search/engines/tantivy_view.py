"""A tantivy partition as one commit left it: pages, counts and words."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any

import tantivy
from tantivy import Query

from recordsvc.search.engines.paging import Place
from recordsvc.search.engines.partition import FACET_COLUMNS
from recordsvc.search.engines.suggest import Vocabulary
from recordsvc.search.engines.tantivy_form import RECORD_ID, SCHEMA
from recordsvc.search.engines.tantivy_page import by_key, by_worth, revisions
from recordsvc.search.engines.tantivy_query import (
    Translator,
    both,
    is_level,
    readable,
    worthless,
)
from recordsvc.search.index import AccessFilter
from recordsvc.search.plan import BODY_EXACT, TITLE_EXACT, Plan

# Counts are exact up to so many values of a facet.
_MOST_VALUES = 60_000
_MOST_WORDS = 20_000

Guard = Callable[[], AbstractContextManager[None]]


class TantivyView:
    """A partition as one commit left it.

    Parameters
    ----------
    guarded
        Tells damage from bugs.
    """

    def __init__(self, guarded: Guard, searcher: Any, watermark: str | None) -> None:
        self._guarded = guarded
        self._searcher = searcher
        self._watermark = watermark

    @property
    def documents(self) -> int:
        """Return how many documents there are."""
        count: int = self._searcher.num_docs
        return count

    @property
    def watermark(self) -> str | None:
        """Return the watermark of the commit."""
        return self._watermark

    def has(self, record_id: str) -> bool:
        """Say whether a document is there."""
        with self._guarded():
            found = Query.term_query(SCHEMA, RECORD_ID, record_id, "basic")
            return bool(self._searcher.search(found, limit=1).count)

    def page(
        self,
        plan: Plan,
        access: AccessFilter,
        *,
        sort: str,
        limit: int,
        last: Place | None,
    ) -> tuple[int, list[Place]]:
        """Return the number of all hits, and the first ones after `last` in order."""
        with self._guarded():
            query = self._query(plan, access)
            if sort == "relevance" and not is_level(plan):
                return by_worth(self._searcher, query, limit, last)
            return by_key(self._searcher, query, limit, sort=sort, last=last)

    def counts(
        self, plan: Plan, access: AccessFilter, fields: Sequence[str]
    ) -> dict[str, Counter[str]]:
        """Count the values of facets over all hits."""
        if not fields:
            return {}
        wanted = {
            name: {
                "terms": {
                    "field": FACET_COLUMNS[name],
                    "size": _MOST_VALUES,
                    "segment_size": _MOST_VALUES,
                }
            }
            for name in fields
        }
        with self._guarded():
            query = worthless(self._query(plan, access))
            found = self._searcher.aggregate(query, wanted)
        return {
            name: Counter({b["key"]: b["doc_count"] for b in found[name]["buckets"]})
            for name in fields
        }

    def vocabulary(self, access: AccessFilter) -> Vocabulary:
        """Return the words of the readable documents."""
        return _Vocabulary(self._guarded, self._searcher, readable(access))

    def revisions(self) -> Iterator[tuple[str, int]]:
        """Yield record id and revision of every document."""
        with self._guarded():
            every = revisions(self._searcher)
        for facts in every:
            yield facts.record_id, int(facts.revision)

    def _query(self, plan: Plan, access: AccessFilter) -> Any:
        visible = readable(access)
        return both(Translator(self._searcher, visible).query(plan), visible)


class _Vocabulary:
    def __init__(self, guarded: Guard, searcher: Any, visible: Any) -> None:
        self._guarded = guarded
        self._searcher = searcher
        self._visible = visible

    def frequency(self, word: str) -> int:
        columns = (TITLE_EXACT, BODY_EXACT)
        terms = [Query.term_query(SCHEMA, name, word, "freq") for name in columns]
        either = Query.boolean_query([(tantivy.Occur.Should, term) for term in terms])
        with self._guarded():
            found = self._searcher.search(both(either, self._visible), limit=1)
        count: int = found.count
        return count

    def words(self, prefix: str) -> Iterator[str]:
        for column in (TITLE_EXACT, BODY_EXACT):
            with self._guarded():
                # Deleted words stay in the dictionary until a merge: the
                # reader's filter leaves out what no visible document holds.
                found = self._searcher.terms_with_prefix(
                    column, prefix, self._visible, _MOST_WORDS
                )
            for word, _ in found:
                yield word
