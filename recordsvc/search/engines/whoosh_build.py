"""Writing a segment: documents pooled by token, older segments merged in by streams."""

import heapq
from array import array
from collections import defaultdict
from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

from pyroaring import BitMap

from recordsvc.search.engines.facts import Facts
from recordsvc.search.engines.whoosh_form import (
    CODEC,
    FACTS,
    KEYWORDS,
    NAME,
    SCHEMA,
    PostingList,
)
from recordsvc.search.engines.whoosh_segment import LENGTHS, Segment, Term
from recordsvc.search.index import IndexDocument
from recordsvc.search.plan import TOKEN_COLUMNS

_FACTS_COLUMN = SCHEMA[FACTS].column_type
_ENCODE = {name: SCHEMA[name].format.encode for name in TOKEN_COLUMNS}


class _Source(NamedTuple):
    """A segment merged in, and the new number of each of its documents."""

    segment: Segment
    numbers: "array[int]"
    is_whole: bool


_GONE = 0xFFFFFFFF
# A token, the number of its source, and where its list lies there.
_Held = tuple[str, int, tuple[int, int]]


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
        self._sources.append(_Source(segment, numbers, not dead))

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
        for token, held in groupby(heapq.merge(*self._streams(name)), itemgetter(0)):
            found = PostingList(array("I"), array("f"), [])
            for _, number, place in held:
                more = self._list(name, token, number, place)
                found.ids.extend(more.ids)
                found.weights.extend(more.weights)
                found.places.extend(more.places)
            if found.ids:
                writer.start_term(token.encode())
                writer._postwriter.write_list(  # noqa: SLF001 - exact pin
                    found.ids, found.weights, found.places if has_places else None
                )
                writer.finish_term()
        writer.finish_field()

    def _streams(self, name: str) -> list[Iterator[_Held]]:
        """Return the sorted tokens of all sources, and of the pool."""
        streams = [
            _held(source.segment.terms(name), number)
            for number, source in enumerate(self._sources)
        ]
        # The pool comes last, as its documents have the highest numbers.
        here = len(self._sources)
        streams.append((token, here, (0, 0)) for token in sorted(self._pool[name]))
        return streams

    def _list(
        self, name: str, token: str, number: int, place: tuple[int, int]
    ) -> PostingList:
        """Return the list of a source with the new numbers."""
        if number == len(self._sources):
            pooled = self._pool[name][token]
            return PostingList(
                array("I", pooled[::3]), array("f", pooled[1::3]), pooled[2::3]
            )
        segment, numbers, is_whole = self._sources[number]
        old = segment.read(*place, with_places=name in _ENCODE)
        if is_whole:
            first = numbers[0]
            return old._replace(ids=array("I", [first + doc for doc in old.ids]))
        kept = [n for n, doc in enumerate(old.ids) if numbers[doc] != _GONE]
        return PostingList(
            array("I", [numbers[old.ids[n]] for n in kept]),
            array("f", [old.weights[n] for n in kept]),
            [old.places[n] for n in kept] if old.places else [],
        )


def _held(terms: Iterator[Term], number: int) -> Iterator[_Held]:
    for term in terms:
        yield term.token, number, (term.offset, term.length)


def _keywords(document: IndexDocument) -> dict[str, tuple[str, ...]]:
    keywords: dict[str, tuple[str, ...]] = {"year": (document.date[:4],)}
    for name in KEYWORDS:
        if name != "year":
            value: str | tuple[str, ...] = getattr(document, name)
            keywords[name] = (
                tuple(dict.fromkeys(value)) if isinstance(value, tuple) else (value,)
            )
    return keywords
