"""The engine for tests: documents in memory, judged one by one.

Nothing is written but an empty mark file; indexes opened on the same folder in
one process share their documents.
"""

import uuid
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from recordsvc.search.ast import Node
from recordsvc.search.engines.paging import Place, column_of, page_of
from recordsvc.search.engines.suggest import did_you_mean
from recordsvc.search.index import (
    FACET_FIELDS,
    AccessFilter,
    Hits,
    IndexDocument,
    IndexStat,
    SearchError,
)
from recordsvc.search.lowering import lower
from recordsvc.search.matching import Columns, score

_MARK = "memory"


@dataclass(slots=True)
class _Holding:
    """What every index opened on one folder shares; replaced whole by a write."""

    documents: dict[str, Columns] = field(default_factory=dict)
    watermark: str | None = None


_holdings: dict[str, _Holding] = {}


def _holding_of(folder: Path) -> _Holding:
    """Return the documents of a folder; a folder made anew begins empty."""
    mark = folder / _MARK
    if not mark.exists():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        mark.write_text(uuid.uuid4().hex)
    return _holdings.setdefault(mark.read_text(), _Holding())


class MemoryIndex:
    """The port `recordsvc.search.index.SearchIndex`, without files."""

    def __init__(self, folder: Path, languages: Sequence[str]) -> None:
        self._languages = tuple(languages)
        self._holding = _holding_of(folder)

    def apply(
        self,
        upserts: Iterable[IndexDocument],
        deletes: Iterable[str],
        watermark: str,
    ) -> None:
        """Put and delete documents."""
        documents = dict(self._holding.documents)
        documents.update({d.record_id: Columns(d) for d in upserts})
        for record_id in deletes:
            documents.pop(record_id, None)
        self._replace(documents, watermark)

    def search(
        self,
        query: Node,
        *,
        access: AccessFilter,
        limit: int = 10,
        cursor: str | None = None,
        sort: str = "relevance",
    ) -> Hits:
        """Return a page of hits."""
        column = column_of(sort)
        places = [
            Place(
                record_id=document.record_id,
                score=worth,
                key=getattr(document, column) if column else "",
            )
            for document, worth in self._matching(query, access)
        ]
        return page_of(places, query, sort=sort, limit=limit, cursor=cursor)

    def facets(
        self,
        query: Node,
        *,
        access: AccessFilter,
        fields: Sequence[str],
        limit: int = 20,
    ) -> Mapping[str, Sequence[tuple[str, int]]]:
        """Count the values of fields over all hits."""
        counts: dict[str, Counter[str]] = {name: Counter() for name in fields}
        for document, _ in self._matching(query, access):
            for name, counter in counts.items():
                counter.update(value for value in _values(document, name) if value)
        return {
            name: tuple(_ordered(name, counter)[:limit])
            for name, counter in counts.items()
        }

    def did_you_mean(self, query: Node, *, access: AccessFilter) -> str | None:
        """Return the query with unknown words mended."""
        return did_you_mean(query, _Words(self._readable(access)), self._languages)

    def stat(self) -> IndexStat:
        """Return size and watermark; nothing lies on disk."""
        return IndexStat(
            engine="memory",
            documents=len(self._holding.documents),
            bytes=0,
            watermark=self._holding.watermark,
        )

    def revisions(self) -> Iterator[tuple[str, int]]:
        """Yield (record id, revision) of every document."""
        for record_id, columns in self._holding.documents.items():
            yield record_id, columns.document.revision

    def rebuild(self, documents: Iterable[IndexDocument], watermark: str) -> None:
        """Build anew, then swap."""
        self._replace({d.record_id: Columns(d) for d in documents}, watermark)

    def close(self) -> None:
        """Do nothing: there is no file to let go of."""

    def _replace(self, documents: dict[str, Columns], watermark: str) -> None:
        # Readers go on with the dictionary they hold: nobody sees half a write.
        self._holding.documents = documents
        self._holding.watermark = watermark

    def _readable(self, access: AccessFilter) -> Iterator[Columns]:
        for record_id, columns in self._holding.documents.items():
            level = columns.document.access
            if level in access.levels and record_id not in access.exclude_ids:
                yield columns

    def _matching(
        self, query: Node, access: AccessFilter
    ) -> Iterator[tuple[IndexDocument, float]]:
        plan = lower(query, self._languages)
        for columns in self._readable(access):
            worth = score(plan, columns)
            if worth is not None:
                yield columns.document, worth


class _Words:
    """The words of the exact columns of some documents."""

    def __init__(self, readable: Iterable[Columns]) -> None:
        self._counts = Counter(
            word
            for columns in readable
            for word in columns.title_exact.keys() | columns.body_exact.keys()
        )

    def frequency(self, word: str) -> int:
        return self._counts[word]

    def words(self, prefix: str) -> Iterator[str]:
        return (word for word in self._counts if word.startswith(prefix))


def _values(document: IndexDocument, name: str) -> tuple[str, ...]:
    if name not in FACET_FIELDS:
        raise SearchError(
            f"unknown facet {name!r}; it may be {', '.join(FACET_FIELDS)}"
        )
    if name == "year":
        return (document.date[:4],)
    if name == "language":
        return document.languages
    value: str = getattr(document, name)
    return (value,)


def _ordered(name: str, counts: Counter[str]) -> list[tuple[str, int]]:
    if name == "year":
        return sorted(counts.items(), reverse=True)
    return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
