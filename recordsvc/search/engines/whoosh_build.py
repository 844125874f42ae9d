"""Writing a segment: documents pooled by token, older segments merged in by streams."""

import heapq
from array import array
from collections import defaultdict
from collections.abc import Iterator
from typing import Any, NamedTuple

from pyroaring import BitMap

from recordsvc.search.engines.facts import Facts
from recordsvc.search.engines.whoosh_form import (
    CODEC,
    FACTS,
    KEYWORDS,
    NAME,
    SCHEMA,
    PostingLists,
)
from recordsvc.search.engines.whoosh_segment import LENGTHS, Segment
from recordsvc.search.index import IndexDocument
from recordsvc.search.plan import TOKEN_COLUMNS

_FACTS_COLUMN = SCHEMA[FACTS].column_type
_ENCODE = {name: SCHEMA[name].format.encode for name in TOKEN_COLUMNS}


class _Source(NamedTuple):
    """A segment merged in, and the new number of each of its documents."""

    segment: Segment
    numbers: "array[int]"


_GONE = 0xFFFFFFFF


class SegmentBuilder:
    """Builds one new segment."""

    def __init__(self, storage: Any) -> None:
        self._storage = storage
        self._segment = CODEC.new_segment(storage, NAME)
        self._columns = CODEC.per_document_writer(storage, self._segment)
        # By column and token: document, frequency, places, document, ...
        self._pool: dict[str, dict[str, list[Any]]] = {
            name: defaultdict(list) for name in (*TOKEN_COLUMNS, *KEYWORDS)
        }
        self._sources: list[_Source] = []
        self._count = 0
        self.postings = 0

    def add(self, document: IndexDocument) -> None:
        """Add a document."""
        number = self._count
        self._count += 1
        self._columns.start_doc(number)
        for name in TOKEN_COLUMNS:
            text: str = getattr(document, name)
            if text:
                length = self._pool_tokens(name, text, number)
                self._columns.add_field(name, SCHEMA[name], None, length)
        for name, values in _keywords(document).items():
            for value in values:
                if value:
                    self._pool[name][value] += (number, 1, b"")
        facts = Facts.of(document).pack()
        self._columns.add_column_value(FACTS, _FACTS_COLUMN, facts)
        self._columns.finish_doc()

    def _pool_tokens(self, name: str, text: str, number: int) -> int:
        standing: dict[str, list[int]] = defaultdict(list)
        place = -1
        for place, token in enumerate(text.split()):
            standing[token].append(place)
        pool, encode = self._pool[name], _ENCODE[name]
        for token, places in standing.items():
            pool[token] += (number, len(places), encode(places))
        self.postings += len(standing)
        return place + 1

    def absorb(self, segment: Segment, dead: BitMap) -> None:
        """Take over the documents of an older segment that are not deleted."""
        numbers = array("I")
        for local, facts in enumerate(segment.facts):
            if local in dead:
                numbers.append(_GONE)
                continue
            numbers.append(self._count)
            self._columns.start_doc(self._count)
            for name in TOKEN_COLUMNS:
                length = LENGTHS[segment.lengths[name][local]]
                self._columns.add_field(name, SCHEMA[name], None, length)
            self._columns.add_column_value(FACTS, _FACTS_COLUMN, facts.pack())
            self._columns.finish_doc()
            self._count += 1
        self._sources.append(_Source(segment, numbers))

    def finish(self) -> Any | None:
        """Write the segment; None if there is no document."""
        self._columns.close()
        if not self._count:
            return None
        writer = CODEC.field_writer(self._storage, self._segment)
        for name in sorted(self._pool):
            self._write_column(writer, name)
        writer.close()
        self._segment.set_doc_count(self._count)
        self._pool, self._sources = {}, []
        return self._segment

    def _write_column(self, writer: Any, name: str) -> None:
        has_places = name in _ENCODE
        writer.start_field(name, SCHEMA[name])
        for token, sources in self._tokens(name):
            ids, weights = array("I"), array("f")
            places: list[bytes] = []
            for source in sources:
                more = self._list(source, name, token)
                ids.extend(more[0])
                weights.extend(more[1])
                places.extend(more[2])
            if ids:
                writer.start_term(token.encode())
                writer._postwriter.write_list(  # noqa: SLF001 - exact pin
                    ids, weights, places if has_places else None
                )
                writer.finish_term()
        writer.finish_field()

    def _tokens(self, name: str) -> Iterator[tuple[str, list[_Source | None]]]:
        """Yield each token in order with what holds it; None is the pool."""
        streams: list[Iterator[tuple[str, int]]] = [
            _numbered(source.segment.tokens(name), number)
            for number, source in enumerate(self._sources)
        ]
        # The pool comes last, as its documents have the highest numbers.
        here = len(self._sources)
        streams.append((token, here) for token in sorted(self._pool[name]))
        sources: list[_Source | None] = [*self._sources, None]
        before: str | None = None
        holders: list[_Source | None] = []
        for token, number in heapq.merge(*streams):
            if token != before and before is not None:
                yield before, holders
                holders = []
            before = token
            holders.append(sources[number])
        if before is not None:
            yield before, holders

    def _list(self, source: _Source | None, name: str, token: str) -> PostingLists:
        if source is None:
            pooled = self._pool[name][token]
            return array("I", pooled[::3]), array("f", pooled[1::3]), pooled[2::3]
        ids, weights, places = source.segment.postings(
            name, token, with_places=name in _ENCODE
        )
        kept = [n for n, old in enumerate(ids) if source.numbers[old] != _GONE]
        return (
            array("I", [source.numbers[ids[n]] for n in kept]),
            array("f", [weights[n] for n in kept]),
            [places[n] for n in kept] if places else [],
        )


def _numbered(
    tokens: Iterator[tuple[str, int]], number: int
) -> Iterator[tuple[str, int]]:
    for token, _ in tokens:
        yield token, number


def _keywords(document: IndexDocument) -> dict[str, tuple[str, ...]]:
    keywords: dict[str, tuple[str, ...]] = {"year": (document.date[:4],)}
    for name in KEYWORDS:
        if name != "year":
            value: str | tuple[str, ...] = getattr(document, name)
            keywords[name] = (
                tuple(dict.fromkeys(value)) if isinstance(value, tuple) else (value,)
            )
    return keywords
