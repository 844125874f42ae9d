"""The bytes of the papers, addressed by their SHA-256."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, Protocol

from recordsvc.storage.directory import DirectoryBitstreams
from recordsvc.storage.errors import BitstreamMissing, NotAFile, StorageFull
from recordsvc.storage.values import Entry, Progress, Source, Stored

__all__ = [
    "BitstreamMissing",
    "BitstreamStore",
    "DirectoryBitstreams",
    "Entry",
    "NotAFile",
    "Progress",
    "Source",
    "StorageFull",
    "Stored",
]


class BitstreamStore(Protocol):
    """Bytes by SHA-256 (lower-case hex)."""

    def put(self, source: Source, *, progress: Progress | None = None) -> Stored:
        """Copy bytes in, hashing them on the way; durable after :meth:`sync`."""

    def sync(self) -> None:
        """Make every put of this thread durable; call it before the commit."""

    def open(self, sha256: str) -> BinaryIO:
        """Open bytes for reading."""

    def path(self, sha256: str) -> Path:
        """Return where the bytes lie, whether or not they do."""

    def exists(self, sha256: str) -> bool:
        """Tell whether the store has the bytes."""

    def size(self, sha256: str) -> int:
        """Return the length in bytes."""

    def verify(self, sha256: str) -> bool:
        """Tell whether the bytes are there and still have their digest."""

    def remove(self, sha256: str) -> None:
        """Take the bytes out of sight, so that they can still be restored."""

    def discard(self, sha256: str) -> None:
        """Destroy what was removed."""

    def restore(self, sha256: str) -> None:
        """Bring back what was removed."""

    def iterate(self) -> Iterator[Entry]:
        """Yield every bitstream in the order of the digests."""

    def sweep(
        self, referenced: Callable[[str], bool], older_than_s: float
    ) -> tuple[str, ...]:
        """Destroy what nothing refers to; return the digests."""

    def clear_incoming(self, older_than_s: float) -> int:
        """Delete what broken puts left; return how many files."""
