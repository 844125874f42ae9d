"""A segment of a Whoosh index for reading: nothing but deletions changes it."""

from array import array
from collections.abc import Iterator
from typing import Any

from whoosh.codec.whoosh3 import LENGTHS_COLUMN
from whoosh.reading import SegmentReader, TermNotFound
from whoosh.util.numeric import byte_to_length

from recordsvc.search.engines.facts import Facts
from recordsvc.search.engines.whoosh_form import (
    FACTS,
    SCHEMA,
    ListMatcher,
    PostingLists,
)
from recordsvc.search.plan import TOKEN_COLUMNS

LENGTHS = tuple(byte_to_length(byte) for byte in range(256))


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

    def postings(self, column: str, token: str, *, with_places: bool) -> PostingLists:
        """Return the list of a token, deleted documents included; maybe empty."""
        try:
            matcher: ListMatcher = self._reader._terms.matcher(  # noqa: SLF001
                column, token.encode(), SCHEMA[column].format
            )
        except TermNotFound:
            return array("I"), array("f"), []
        return matcher.read_list(with_places=with_places)

    def tokens(self, column: str, prefix: str = "") -> Iterator[tuple[str, int]]:
        """Yield the tokens that begin so, in order, and in how many documents."""
        wanted = prefix.encode()
        for (name, token), terminfo in self._reader._terms.items_from(column, wanted):  # noqa: SLF001
            if name != column or not token.startswith(wanted):
                return
            yield token.decode(), terminfo.doc_frequency()


def _values(column: Any) -> Iterator[bytes]:
    """Yield the values of a column of bytes, which is read in one go."""
    lengths = column._lengths  # noqa: SLF001 - exact pin
    read: bytes = column._dbfile.get(column._basepos, sum(lengths))  # noqa: SLF001
    at = 0
    for length in lengths:
        yield read[at : at + length]
        at += length
