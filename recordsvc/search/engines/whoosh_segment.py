"""A segment of a Whoosh index for reading: nothing but deletions changes it."""

from array import array
from collections.abc import Iterator
from typing import Any, NamedTuple

from whoosh.codec.whoosh3 import LENGTHS_COLUMN
from whoosh.reading import SegmentReader, TermNotFound
from whoosh.util.numeric import byte_to_length

from recordsvc.search.engines.facts import Facts
from recordsvc.search.engines.whoosh_form import (
    FACTS,
    SCHEMA,
    PostingList,
    read_list,
)
from recordsvc.search.plan import TOKEN_COLUMNS

LENGTHS = tuple(byte_to_length(byte) for byte in range(256))


class Term(NamedTuple):
    """A token of the dictionary, its documents, and where its list lies."""

    token: str
    documents: int
    offset: int
    length: int


class Segment:
    """The files of one segment.

    Reading moves a file position that is shared: callers hold the lock of
    their partition.
    """

    def __init__(self, storage: Any, segment: Any) -> None:
        self.segment_id: str = segment.segment_id()
        self.count: int = segment.doc_count_all()
        self._reader = SegmentReader(storage, SCHEMA, segment)
        columns = self._reader._perdoc  # noqa: SLF001 - exact pin
        # Read at once: a merge may take the files away while we are in use.
        column = columns.column_reader(FACTS, SCHEMA[FACTS].column_type)
        self.facts = [Facts.unpack(value) for value in _values(column)]
        self.lengths = {name: self._lengths(columns, name) for name in TOKEN_COLUMNS}
        self.numbers = {fact.record_id: n for n, fact in enumerate(self.facts)}
        columns.close()

    def _lengths(self, columns: Any, name: str) -> bytes:
        field = f"_{name}_len"
        if not columns.has_column(field):
            return bytes(self.count)
        column = columns.column_reader(field, LENGTHS_COLUMN)
        # Trailing documents without the column are not written.
        read: bytes = column._dbfile.get(column._basepos, column._count)  # noqa: SLF001
        return read.ljust(self.count, b"\0")

    def postings(self, column: str, token: str, *, with_places: bool) -> PostingList:
        """Return the list of a token, deleted documents included; maybe empty."""
        try:
            found = self._reader._terms.term_info(column, token.encode())  # noqa: SLF001
        except TermNotFound:
            return PostingList(array("I"), array("f"), [])
        offset, (length,) = found.extent()
        return self.read(offset, length, with_places=with_places)

    def read(self, offset: int, length: int, *, with_places: bool) -> PostingList:
        """Return the list that lies in a place of the postings' file."""
        packed: bytes = self._reader._terms._postfile.get(offset, length)  # noqa: SLF001
        return read_list(packed, with_places=with_places)

    def terms(self, column: str, prefix: str = "") -> Iterator[Term]:
        """Yield the terms of a column that begin so, in order."""
        wanted = prefix.encode()
        for (name, token), found in self._reader._terms.items_from(column, wanted):  # noqa: SLF001
            if name != column or not token.startswith(wanted):
                return
            # Whoosh forgets to take the length out of its tuple.
            offset, (length,) = found.extent()
            yield Term(token.decode(), found.doc_frequency(), offset, length)


def _values(column: Any) -> Iterator[bytes]:
    """Yield the values of a column of bytes, which is read in one go."""
    lengths = column._lengths  # noqa: SLF001 - exact pin
    read: bytes = column._dbfile.get(column._basepos, sum(lengths))  # noqa: SLF001
    at = 0
    for length in lengths:
        yield read[at : at + length]
        at += length
