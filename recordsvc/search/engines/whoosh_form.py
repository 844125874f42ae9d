"""The form of our Whoosh index: its schema, and a codec that writes whole lists.

Whoosh's own writer handles one posting at a time, in Python; handing the codec
a term's whole list at once writes the same format several times faster.
"""

import pickle
import zlib
from array import array
from collections.abc import Sequence
from itertools import accumulate
from typing import Any

from whoosh.analysis import IDAnalyzer, SpaceSeparatedTokenizer
from whoosh.codec.whoosh3 import (
    WHOOSH3_HEADER_MAGIC,
    W3Codec,
    W3LeafMatcher,
    W3PostingsWriter,
)
from whoosh.columns import VarBytesColumn
from whoosh.fields import COLUMN, FieldType, Schema
from whoosh.formats import Existence, Positions
from whoosh.util.numeric import length_to_byte

from recordsvc.search.plan import TOKEN_COLUMNS, VALUE_COLUMNS

# Raise the number whenever what is written changes: older indexes are rebuilt.
FORM = "recordsvc whoosh 1"
NAME = "MAIN"
FACTS = "facts"
KEYWORDS = (*VALUE_COLUMNS, "year", "format", "access")
_BLOCK = 2048
_COMPRESSION = 1
_WORTH_COMPRESSING = 200
# Bounds for readers that skip blocks by the length of a field; ours do not.
_SHORTEST, _LONGEST = 1, 1 << 20
_LENGTH_BYTES = (length_to_byte(_SHORTEST), length_to_byte(_LONGEST))
_SHORT_PLACES = 1 << 16
_PICKLE = 4


class Places(Positions):  # type: ignore[misc]
    """Where a token stands: two bytes a place, four and a mark in long papers."""

    def encode(self, poslist: Sequence[int]) -> bytes:
        """Return places, which rise, as bytes."""
        if poslist[-1] < _SHORT_PLACES:
            return array("H", poslist).tobytes()
        return array("I", poslist).tobytes() + b"\0"

    def decode_positions(self, valuestring: bytes) -> "array[int]":
        """Return the places."""
        is_long = len(valuestring) % 2
        places = array("I" if is_long else "H")
        places.frombytes(valuestring[:-1] if is_long else valuestring)
        return places

    def decode_frequency(self, valuestring: bytes) -> int:
        """Return how many places there are."""
        return len(self.decode_positions(valuestring))


class ListPostingsWriter(W3PostingsWriter):  # type: ignore[misc]
    """Writes a term's list in blocks that plain Whoosh can read."""

    _terminfo: Any

    def write_list(
        self,
        ids: "array[int]",
        weights: "array[float]",
        values: Sequence[bytes] | None,
    ) -> None:
        """Write the postings of the term that was started.

        Parameters
        ----------
        ids
            Document numbers, which rise.
        values
            Encoded places, None in a column without.
        """
        self._postfile.write(WHOOSH3_HEADER_MAGIC)
        self._minlength, self._maxlength = _SHORTEST, _LONGEST
        count = len(ids)
        for start in range(0, count, _BLOCK):
            end = min(start + _BLOCK, count)
            self._ids, self._weights = ids[start:end], weights[start:end]
            self._maxweight = max(self._weights)
            self._terminfo.add_block(self)
            self._put(None if values is None else values[start:end], last=end == count)
        self._blockcount = 0
        self._ids = array("I")

    def _put(self, values: Sequence[bytes] | None, *, last: bool) -> None:
        # The places are pickled apart, so that a reader of numbers leaves them be.
        blob = None if values is None else pickle.dumps(tuple(values), _PICKLE)
        data = pickle.dumps((self._mini_ids(), self._mini_weights(), blob), _PICKLE)
        compression = _COMPRESSION if len(data) > _WORTH_COMPRESSING else 0
        if compression:
            data = zlib.compress(data, compression)
        facts = (
            len(self._ids),
            self._ids[-1],
            self._maxweight,
            compression,
            *_LENGTH_BYTES,
        )
        head = pickle.dumps(facts, 2)
        size = len(head) + len(data)
        self._postfile.write_int(-size if last else size)
        self._postfile.write(head)
        self._postfile.write(data)

    def _mini_weights(self) -> tuple[float, ...] | float | None:
        first = self._weights[0]
        if self._weights.count(first) == len(self._weights):
            return None if first == 1.0 else float(first)
        return tuple(self._weights)

    def finish_postings(self) -> Any:
        """Return what the term dictionary keeps of the list."""
        terminfo, self._terminfo = self._terminfo, None
        terminfo.set_extent(
            self._startoffset, self._postfile.tell() - self._startoffset
        )
        return terminfo


class ListMatcher(W3LeafMatcher):  # type: ignore[misc]
    """Reads lists of `ListPostingsWriter`, a block at a time."""

    def _read_values(self) -> None:
        if self._data is None:
            self._read_data()
        blob = self._data[2]
        self._values = (
            (b"",) * self._blocklength if blob is None else pickle.loads(blob)  # noqa: S301 - our own folder, owner-only
        )

    def read_list(self, *, with_places: bool) -> "PostingLists":
        """Return the whole list: numbers, frequencies, and places if asked for."""
        ids, weights, values = array("I"), array("f"), []
        while self.is_active():
            self._read_data()
            self._read_weights()
            ids.extend(accumulate(self._data[0]))
            weights.extend(self._weights)
            if with_places:
                self._read_values()
                values.extend(self._values)
            self._next_block()
        return ids, weights, values


PostingLists = tuple["array[int]", "array[float]", list[bytes]]


class ListCodec(W3Codec):  # type: ignore[misc]
    """Whoosh's own codec with the two classes above."""

    def postings_writer(
        self,
        dbfile: Any,
        byteids: bool = False,  # noqa: FBT001, FBT002 - Whoosh's signature
    ) -> ListPostingsWriter:
        """Return a writer of lists."""
        return ListPostingsWriter(dbfile, blocklimit=_BLOCK, byteids=byteids)

    def postings_reader(
        self,
        dbfile: Any,
        terminfo: Any,
        format_: Any,
        term: Any = None,
        scorer: Any = None,
    ) -> ListMatcher:
        """Return a reader of lists."""
        offset, length = terminfo.extent()
        return ListMatcher(dbfile, offset, length, format_, term=term, scorer=scorer)


def _schema() -> Any:
    tokens = {
        name: FieldType(Places(), SpaceSeparatedTokenizer(), scorable=True)
        for name in TOKEN_COLUMNS
    }
    keywords = {name: FieldType(Existence(), IDAnalyzer()) for name in KEYWORDS}
    return Schema(**tokens, **keywords, **{FACTS: COLUMN(VarBytesColumn())})


SCHEMA = _schema()
CODEC = ListCodec(blocklimit=_BLOCK, compression=_COMPRESSION)
