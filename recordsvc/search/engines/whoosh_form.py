"""The form of our Whoosh index: its schema, and a codec that writes whole lists.

Whoosh's own writer handles one posting at a time, in Python; handing the codec
a term's whole list at once writes the same format several times faster.
"""

import pickle
import struct
import zlib
from array import array
from collections.abc import Sequence
from io import BytesIO
from itertools import accumulate, repeat
from typing import Any, NamedTuple

from whoosh.analysis import IDAnalyzer, SpaceSeparatedTokenizer
from whoosh.codec.whoosh3 import (
    WHOOSH3_HEADER_MAGIC,
    W3Codec,
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
_SIZE = struct.Struct("!i")


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


class PostingList(NamedTuple):
    """A term's documents, how often it stands in each, and where if that was asked."""

    ids: "array[int]"
    weights: "array[float]"
    places: list[bytes]


def read_list(packed: bytes, *, with_places: bool) -> PostingList:
    """Return what `ListPostingsWriter.write_list` wrote.

    The pickles are our own: the folder belongs to us alone.
    """
    if not packed.startswith(WHOOSH3_HEADER_MAGIC):
        raise ValueError("there is no posting list where one should be")
    found = PostingList(array("I"), array("f"), [])
    file = BytesIO(packed)
    file.seek(len(WHOOSH3_HEADER_MAGIC))
    size = 0
    while size >= 0:
        (size,) = _SIZE.unpack(file.read(_SIZE.size))
        end = file.tell() + abs(size)
        count, _, _, compression, *_ = pickle.load(file)  # noqa: S301
        data = file.read(end - file.tell())
        if compression:
            data = zlib.decompress(data)
        deltas, weights, blob = pickle.loads(data)  # noqa: S301
        found.ids.extend(accumulate(deltas))
        if isinstance(weights, tuple):
            found.weights.extend(weights)
        else:
            found.weights.extend(repeat(weights or 1.0, count))
        if with_places:
            found.places.extend(pickle.loads(blob))  # noqa: S301
    return found


class ListCodec(W3Codec):  # type: ignore[misc]
    """Whoosh's own codec, given lists."""

    def postings_writer(
        self,
        dbfile: Any,
        byteids: bool = False,  # noqa: FBT001, FBT002 - Whoosh's signature
    ) -> ListPostingsWriter:
        """Return a writer of lists."""
        return ListPostingsWriter(dbfile, blocklimit=_BLOCK, byteids=byteids)


def _schema() -> Any:
    tokens = {
        name: FieldType(Places(), SpaceSeparatedTokenizer(), scorable=True)
        for name in TOKEN_COLUMNS
    }
    keywords = {name: FieldType(Existence(), IDAnalyzer()) for name in KEYWORDS}
    return Schema(**tokens, **keywords, **{FACTS: COLUMN(VarBytesColumn())})


SCHEMA = _schema()
CODEC = ListCodec(blocklimit=_BLOCK, compression=_COMPRESSION)
