"""The destruction ledger: what was destroyed, kept apart from what can be restored."""

import contextlib
import fcntl
import os
import threading
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from recordsvc.settings import Settings
from recordsvc.storage.durable import (
    PRIVATE_FILE,
    make_private_directory,
    sync_directory,
)
from recordsvc.storage.errors import LedgerDamaged, LedgerShortened
from recordsvc.storage.ledger_lines import (
    GENESIS,
    Adopted,
    Content,
    Destroyed,
    LedgerEntry,
    LedgerHead,
    Line,
    NumberTaken,
    line_after,
    parsed,
)
from recordsvc.storage.ledger_trust import vouched
from recordsvc.storage.sources import open_regular

if TYPE_CHECKING:
    from recordsvc.storage.signing import SigningKey

__all__ = [
    "Destroyed",
    "Ledger",
    "LedgerDamaged",
    "LedgerEntry",
    "LedgerHead",
    "ledger_path",
    "open_ledger",
]

FILE = "destructions.jsonl"
LOCK = "ledger.lock"


def ledger_path(settings: Settings) -> Path:
    """Return the folder of the ledger: outside of the data folder and its backups."""
    beside = settings.data_dir.with_name(f"{settings.data_dir.name}-ledger")
    return settings.ledger_dir or beside


def open_ledger(settings: Settings) -> "Ledger":
    """Return the ledger of an installation, which believes the keys of its data folder.

    Raises
    ------
    SigningKeyUnusable
        If a file among these keys holds none.
    """
    from recordsvc.storage.signing import FOLDER, known_keys

    return Ledger(ledger_path(settings), known_keys(settings.data_dir / FOLDER))


class Ledger:
    """The ledger in a folder; an object may be shared between threads.

    Parameters
    ----------
    keys
        Public keys (PEM, by id) that it believes: no line of another is taken for
        true, whoever wrote it. They lie elsewhere than the ledger.

    Notes
    -----
    An append is one write of whole lines and then an fsync, under a lock between
    processes. A kill leaves at most an incomplete last line, which was never
    acknowledged: readers pass over it, the next append cuts it off. Whole lines
    cut off the end are told by a :class:`LedgerHead` that is kept elsewhere.
    """

    def __init__(self, folder: Path, keys: Mapping[str, str]) -> None:
        self.folder = folder
        self.path = folder / FILE
        self.keys = dict(keys)
        self._guard = threading.Lock()
        self._forget()

    def _forget(self) -> None:
        self._identity: tuple[int, int] | None = None
        self._offset = 0
        self._head = GENESIS
        self._ids: set[str] = set()
        self._digests: set[str] = set()
        self._certificate = 0
        self._is_signed = False

    @property
    def exists(self) -> bool:
        """Tell whether there is a ledger, be it empty."""
        return self.folder.is_dir()

    def create(self) -> None:
        """Make the folder; nothing happens when it is there."""
        make_private_directory(self.folder)
        sync_directory(self.folder.parent)

    def require_whole(self, seen_bytes: int) -> None:
        """Refuse a ledger that is shorter than somebody has seen it.

        Only a restore of an older ledger, or a hand, makes one shorter.

        Raises
        ------
        LedgerShortened
            If lines are gone from its end, or all of it.
        LedgerDamaged
            As `append`.
        """
        size = self.path.stat().st_size if self.path.exists() else 0
        if size < seen_bytes:
            raise LedgerShortened(self.path, self.size, size, seen_bytes)

    def append(self, entries: Iterable[Destroyed], key: "SigningKey") -> int:
        """Write down what was destroyed; it is on the disk when this returns.

        Parameters
        ----------
        entries
            A record that stands in the ledger with all these digests is passed over.
        key
            The installation's own, which is believed from now on.

        Returns
        -------
        int
            The number of lines added.

        Raises
        ------
        LedgerDamaged
            If what stands there is not as it was written, or nobody has signed it.
        OSError
            If the disk refuses; then nothing counts as appended.
        """
        wanted = tuple(entries)
        with self._appending(key):
            return self._add(self._unknown(wanted), key)

    def take_number(self, after: int, key: "SigningKey") -> int:
        """Take the next number of a certificate, for good.

        Parameters
        ----------
        after
            The greatest that the store knows; after the restore of an older backup
            the ledger knows a greater one.

        Raises
        ------
        LedgerDamaged, OSError
            As `append`; then no number is taken.
        """
        with self._appending(key):
            number = max(after, self._certificate) + 1
            self._add([NumberTaken(certificate=number)], key)
            return number

    def adopt(self, key: "SigningKey") -> int:
        """Sign a ledger from before signatures, as it stands; return its lines.

        Returns
        -------
        int
            0 where every line is vouched for already; then nothing is written.

        Raises
        ------
        LedgerDamaged, OSError
            As `append`.
        """
        self.keys[key.key_id] = key.public_pem
        if not self.path.exists():
            return 0
        with self._guard, _locked(self.folder / LOCK):
            self._forget()
            self._refresh(takes_unsigned=True)
            lines = self._head.size
            if self._is_signed or not lines:
                return 0
            line, _ = line_after(self._head, Adopted(lines=lines), key)
            self._write(line)
            # What was taken in without a signature is looked at again.
            self._forget()
            self._refresh()
            return lines

    @contextlib.contextmanager
    def _appending(self, key: "SigningKey") -> Iterator[None]:
        self.keys[key.key_id] = key.public_pem
        self.create()
        with self._guard, _locked(self.folder / LOCK):
            self._refresh()
            yield

    def _add(self, contents: Iterable[Content], key: "SigningKey") -> int:
        lines, head = [], self._head
        for one in contents:
            line, head = line_after(head, one, key)
            lines.append(line)
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

    def _unknown(self, wanted: Iterable[Destroyed]) -> Iterator[Destroyed]:
        ids, digests = set[str](), set[str]()
        for one in wanted:
            is_known = one.record_id in self._ids or one.record_id in ids
            if is_known and all(
                d in self._digests or d in digests for d in one.sha256s
            ):
                continue
            ids.add(one.record_id)
            digests.update(one.sha256s)
            yield one

    def entries(self, *, takes_unsigned: bool = False) -> Iterator[LedgerEntry]:
        """Yield what was destroyed, in order, each line checked and vouched for.

        Parameters
        ----------
        takes_unsigned
            Also of a ledger that wholly is from before signatures.

        Raises
        ------
        LedgerDamaged
            At the first line that is not as it was written, or not signed by a key
            that is believed.
        """
        for line in self._every_line(takes_unsigned=takes_unsigned):
            if isinstance(line.content, Destroyed):
                yield LedgerEntry(
                    seq=line.seq,
                    destroyed=line.content,
                    prev=line.prev,
                    hash=line.hash,
                )

    def _every_line(self, *, takes_unsigned: bool) -> Iterator[Line]:
        try:
            descriptor = open_regular(self.path)
        except FileNotFoundError:
            return
        with os.fdopen(descriptor, "rb") as stream:
            for line, _ in vouched(
                parsed(stream, self.path, GENESIS),
                self.path,
                self.keys,
                is_begun=False,
                takes_unsigned=takes_unsigned,
            ):
                yield line

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

    def verify(
        self, known: LedgerHead | None = None, *, takes_unsigned: bool = False
    ) -> LedgerHead:
        """Read the whole ledger again and return how far it goes.

        Parameters
        ----------
        known
            A head that was noted elsewhere: this ledger must go on from it.
        takes_unsigned
            As for `entries`.

        Raises
        ------
        LedgerDamaged
            As `entries`, or when the ledger ends before the known head or has
            another line there.
        """
        head = GENESIS
        meets = known is None or known == head
        for line in self._every_line(takes_unsigned=takes_unsigned):
            head = LedgerHead(size=line.seq, hash=line.hash)
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

    def _refresh(self, *, takes_unsigned: bool = False) -> None:
        try:
            descriptor = open_regular(self.path)
        except FileNotFoundError:
            self._forget()
            return
        with os.fdopen(descriptor, "rb") as stream:
            self._read(stream, takes_unsigned=takes_unsigned)

    def _read(self, stream: BinaryIO, *, takes_unsigned: bool) -> None:
        """Take in what was appended since the last look."""
        found = os.fstat(stream.fileno())
        identity = (found.st_dev, found.st_ino)
        if identity != self._identity or found.st_size < self._offset:
            self._forget()
            self._identity = identity
        try:
            self._go_on(stream, takes_unsigned=takes_unsigned)
        except LedgerDamaged:
            if not self._offset:
                raise
            # Others may have taken back an append that failed, after we saw it.
            self._forget()
            self._identity = identity
            self._go_on(stream, takes_unsigned=takes_unsigned)

    def _go_on(self, stream: BinaryIO, *, takes_unsigned: bool) -> None:
        stream.seek(self._offset)
        for line, length in vouched(
            parsed(stream, self.path, self._head),
            self.path,
            self.keys,
            is_begun=self._head.size > 0,
            takes_unsigned=takes_unsigned,
        ):
            self._offset += length
            self._head = LedgerHead(size=line.seq, hash=line.hash)
            self._is_signed = bool(line.key)
            self._take_in(line.content)

    def _take_in(self, content: Content) -> None:
        match content:
            case Destroyed():
                self._ids.add(content.record_id)
                self._digests.update(content.sha256s)
            case NumberTaken():
                self._certificate = max(self._certificate, content.certificate)
            case Adopted():
                pass


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold the lock between processes, waiting for it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE_FILE)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
