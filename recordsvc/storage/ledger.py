"""The destruction ledger: what was destroyed, kept apart from what can be restored."""

import contextlib
import fcntl
import os
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from recordsvc.settings import Settings
from recordsvc.storage.durable import (
    PRIVATE_FILE,
    make_private_directory,
    sync_directory,
)
from recordsvc.storage.errors import LedgerDamaged
from recordsvc.storage.ledger_lines import (
    GENESIS,
    Destroyed,
    LedgerEntry,
    LedgerHead,
    line_after,
    parsed,
)
from recordsvc.storage.sources import open_regular

__all__ = [
    "Destroyed",
    "Ledger",
    "LedgerDamaged",
    "LedgerEntry",
    "LedgerHead",
    "ledger_path",
]

FILE = "destructions.jsonl"
LOCK = "ledger.lock"


def ledger_path(settings: Settings) -> Path:
    """Return the folder of the ledger: outside of the data folder and its backups."""
    beside = settings.data_dir.with_name(f"{settings.data_dir.name}-ledger")
    return settings.ledger_dir or beside


class Ledger:
    """The ledger in a folder; an object may be shared between threads.

    Notes
    -----
    An append is one write of whole lines and then an fsync, under a lock between
    processes. A kill leaves at most an incomplete last line, which was never
    acknowledged: readers pass over it, the next append cuts it off. Whole lines
    cut off the end are told by a :class:`LedgerHead` that is kept elsewhere.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / FILE
        self._guard = threading.Lock()
        self._forget()

    def _forget(self) -> None:
        self._identity: tuple[int, int] | None = None
        self._offset = 0
        self._head = GENESIS
        self._ids: set[str] = set()
        self._digests: set[str] = set()

    @property
    def exists(self) -> bool:
        """Tell whether there is a ledger, be it empty."""
        return self.folder.is_dir()

    def create(self) -> None:
        """Make the folder; nothing happens when it is there."""
        make_private_directory(self.folder)
        sync_directory(self.folder.parent)

    def append(self, entries: Iterable[Destroyed]) -> int:
        """Write down what was destroyed; it is on the disk when this returns.

        Parameters
        ----------
        entries
            A record that stands in the ledger with all these digests is passed over.

        Returns
        -------
        int
            The number of lines added.

        Raises
        ------
        LedgerDamaged
            If what stands there is not as it was written.
        OSError
            If the disk refuses; then nothing counts as appended.
        """
        wanted = tuple(entries)
        self.create()
        with self._guard, _locked(self.folder / LOCK):
            self._refresh()
            lines = list(self._lines(wanted))
            self._write(b"".join(lines))
            self._refresh()
        return len(lines)

    def _write(self, lines: bytes) -> None:
        """Put lines behind the last complete one, and all of it on the disk."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        descriptor = os.open(self.path, flags, PRIVATE_FILE)
        try:
            os.ftruncate(descriptor, self._offset)
            written = 0
            while written < len(lines):
                part = memoryview(lines)[written:]
                written += os.pwrite(descriptor, part, self._offset + written)
            os.fsync(descriptor)
            sync_directory(self.folder)
        except BaseException:
            # What was not acknowledged must not stand there as if it was.
            os.ftruncate(descriptor, self._offset)
            raise
        finally:
            os.close(descriptor)

    def _lines(self, wanted: Iterable[Destroyed]) -> Iterator[bytes]:
        head = self._head
        ids, digests = set[str](), set[str]()
        for one in wanted:
            is_known = one.record_id in self._ids or one.record_id in ids
            if is_known and all(
                d in self._digests or d in digests for d in one.sha256s
            ):
                continue
            ids.add(one.record_id)
            digests.update(one.sha256s)
            line, head = line_after(head, one)
            yield line

    def entries(self) -> Iterator[LedgerEntry]:
        """Yield every line, in order, each checked against the one before.

        Raises
        ------
        LedgerDamaged
            At the first line that is not as it was written.
        """
        try:
            descriptor = open_regular(self.path)
        except FileNotFoundError:
            return
        with os.fdopen(descriptor, "rb") as stream:
            for entry, _ in parsed(stream, self.path, GENESIS):
                yield entry

    def contains(self, record_id: str) -> bool:
        """Tell whether a record was destroyed here."""
        with self._guard:
            self._refresh()
            return record_id in self._ids

    def digests(self) -> frozenset[str]:
        """Return the digests of every original that was destroyed here."""
        with self._guard:
            self._refresh()
            return frozenset(self._digests)

    @property
    def size(self) -> int:
        """Return the number of lines."""
        return self.head().size

    def head(self) -> LedgerHead:
        """Return how far the ledger goes."""
        with self._guard:
            self._refresh()
            return self._head

    def verify(self, known: LedgerHead | None = None) -> LedgerHead:
        """Read the whole ledger again and return how far it goes.

        Parameters
        ----------
        known
            A head that was noted elsewhere: this ledger must go on from it.

        Raises
        ------
        LedgerDamaged
            At the first line that is not as it was written, or when the ledger
            ends before the known head or has another line there.
        """
        head = GENESIS
        meets = known is None or known == head
        for entry in self.entries():
            head = LedgerHead(size=entry.seq, hash=entry.hash)
            meets = meets or head == known
        if not meets:
            assert known is not None  # noqa: S101  narrows the type
            raise LedgerDamaged(
                self.path,
                min(known.size, head.size),
                f"it had {known.size} lines when its end was noted elsewhere and does "
                "not go on from there: it was shortened, or is another one's",
            )
        return head

    def _refresh(self) -> None:
        try:
            descriptor = open_regular(self.path)
        except FileNotFoundError:
            self._forget()
            return
        with os.fdopen(descriptor, "rb") as stream:
            self._read(stream)

    def _read(self, stream: BinaryIO) -> None:
        """Take in what was appended since the last look."""
        found = os.fstat(stream.fileno())
        identity = (found.st_dev, found.st_ino)
        if identity != self._identity or found.st_size < self._offset:
            self._forget()
            self._identity = identity
        try:
            self._go_on(stream)
        except LedgerDamaged:
            if not self._offset:
                raise
            # Others may have taken back an append that failed, after we saw it.
            self._forget()
            self._identity = identity
            self._go_on(stream)

    def _go_on(self, stream: BinaryIO) -> None:
        stream.seek(self._offset)
        for entry, length in parsed(stream, self.path, self._head):
            self._offset += length
            self._head = LedgerHead(size=entry.seq, hash=entry.hash)
            self._ids.add(entry.record_id)
            self._digests.update(entry.destroyed.sha256s)


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold the lock between processes, waiting for it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE_FILE)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
