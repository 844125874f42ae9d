"""What an embedded engine keeps of a document beside its postings: keys, never text."""

from typing import NamedTuple, Self

from recordsvc.search.index import IndexDocument

_SEPARATOR = "\0"


class Facts(NamedTuple):
    """The identity of a document and its sort keys."""

    record_id: str
    revision: str
    date: str
    title: str
    number: str

    @classmethod
    def of(cls, document: IndexDocument) -> Self:
        """Return the facts of a document."""
        return cls(
            document.record_id,
            str(document.revision),
            document.date,
            document.title,
            document.number,
        )

    def pack(self) -> bytes:
        """Return the facts as bytes; the separator is in no text that is shown."""
        return _SEPARATOR.join(v.replace(_SEPARATOR, " ") for v in self).encode()

    @classmethod
    def unpack(cls, packed: bytes) -> Self:
        """Return what `pack` made bytes of."""
        return cls(*packed.decode().split(_SEPARATOR))
