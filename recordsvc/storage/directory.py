"""The embedded bitstream store: a directory of plain files."""

import contextlib
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import BinaryIO, TypeVar

from recordsvc.storage.copying import Arrival, copy_in, digest_of, room_at
from recordsvc.storage.durable import (
    make_private_directory,
    sync_directory,
    sync_file,
)
from recordsvc.storage.errors import BitstreamMissing
from recordsvc.storage.sweeping import clear_older, entries, subfolders, sweep
from recordsvc.storage.values import Entry, Progress, Source, Stored, check_digest

# Syncs in flight together share the journal's writes: 8 at a time took a tenth of
# the time of one after the other, for 480 files in groups of 160 on ext4.
SYNC_THREADS = 8

T = TypeVar("T")


class _Unsynced(threading.local):
    """What this thread has put and not yet made durable: digest to "is new"."""

    def __init__(self) -> None:
        self.puts: dict[str, bool] = {}


class DirectoryBitstreams:
    """Plain files, read-only, under ``aa/bb/SHA256``.

    Parameters
    ----------
    root
        The folder; it is made, for its owner alone, when it is missing.

    Notes
    -----
    `put` brings bytes under their name, so that extraction may read them at once;
    `sync` writes the files and then their folders to the disk; only then may the
    object store refer to them. A crash leaves a file without reference, never a
    reference without file. A power cut can leave such a file with wrong content:
    it is harmless, because a put that finds a file under its digest reads it
    before it adopts it, and replaces what is damaged.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.incoming = root / "incoming"
        self.trash = root / "trash"
        self._unsynced = _Unsynced()
        # Folders (by the four digits of their name) whose own entries this
        # process has written to the disk.
        self._durable: set[str] = set()
        for folder in (self.incoming, self.trash):
            make_private_directory(folder)

    def put(self, source: Source, *, progress: Progress | None = None) -> Stored:
        """Copy bytes in, hashing them on the way; durable after :meth:`sync`.

        Parameters
        ----------
        source
            A stream, or the path of a plain file.
        progress
            Is called with the bytes copied so far, after each block of 1 MiB.

        Raises
        ------
        StorageFull
            If there is no room; nothing is left behind.
        NotAFile
            If the path is no plain file.
        OSError
            If the source cannot be read.
        """
        arrival = copy_in(source, self.incoming, progress)
        try:
            new = not self._adopt(arrival)
            if new:
                self._move_in(arrival)
        finally:
            arrival.path.unlink(missing_ok=True)
        known = self._unsynced.puts.get(arrival.sha256, False)
        self._unsynced.puts[arrival.sha256] = new or known
        return Stored(sha256=arrival.sha256, bytes=arrival.bytes, new=new)

    def _adopt(self, arrival: Arrival) -> bool:
        path = self.path(arrival.sha256)
        try:
            # First of all: the sweep spares what was touched a moment ago.
            os.utime(path)
            return digest_of(path) == arrival.sha256
        except FileNotFoundError:
            return False

    def _move_in(self, arrival: Arrival) -> None:
        target = self.path(arrival.sha256)
        with room_at(self.root):
            try:
                arrival.path.rename(target)
            except FileNotFoundError:
                make_private_directory(target.parent)
                arrival.path.rename(target)

    def sync(self) -> None:
        """Make every put of this thread durable; call it before the commit.

        What was adopted is synced as well: another process may have put it and
        not synced it yet.

        Raises
        ------
        StorageFull
            If there is no room.
        BitstreamMissing
            If what was put is gone; put it again.
        OSError
            If the disk refuses. New files of this thread are taken away again:
            after a failed fsync the system may show bytes that the disk lacks.
        """
        puts, self._unsynced.puts = self._unsynced.puts, {}
        if not puts:
            return
        try:
            with room_at(self.root):
                self._sync_files(puts)
                self._sync_folders(puts)
        except BaseException:
            for sha256 in (digest for digest, is_new in puts.items() if is_new):
                # The trash, because another process may have adopted them: the
                # sweep brings back what is referred to.
                with contextlib.suppress(OSError):
                    self.path(sha256).rename(self.trash / sha256)
            raise

    def _sync_files(self, digests: Iterable[str]) -> None:
        _together(self._sync_one, list(digests))

    def _sync_one(self, sha256: str) -> None:
        try:
            sync_file(self.path(sha256))
        except FileNotFoundError:
            # A sweep may hold it in the trash for a moment.
            self.restore(sha256)
            sync_file(self.path(sha256))

    def _sync_folders(self, digests: Iterable[str]) -> None:
        inner = {sha256[:4] for sha256 in digests}
        fresh = inner - self._durable
        folders = [self.root / name[:2] / name[2:] for name in inner]
        folders += {self.root / name[:2] for name in fresh}
        if fresh:
            folders.append(self.root)
        _together(sync_directory, folders)
        self._durable |= fresh

    def path(self, sha256: str) -> Path:
        """Return where the bytes of a digest lie, whether or not they do."""
        check_digest(sha256)
        return self.root / sha256[:2] / sha256[2:4] / sha256

    def open(self, sha256: str) -> BinaryIO:
        """Open bytes for reading.

        Raises
        ------
        BitstreamMissing
            If the store does not have them.
        """
        try:
            return self.path(sha256).open("rb")
        except FileNotFoundError:
            raise BitstreamMissing(sha256) from None

    def exists(self, sha256: str) -> bool:
        """Tell whether the store has the bytes of a digest."""
        return self.path(sha256).is_file()

    def size(self, sha256: str) -> int:
        """Return the length in bytes.

        Raises
        ------
        BitstreamMissing
            If the store does not have them.
        """
        try:
            return self.path(sha256).stat().st_size
        except FileNotFoundError:
            raise BitstreamMissing(sha256) from None

    def verify(self, sha256: str) -> bool:
        """Tell whether the bytes are there and still have their digest."""
        try:
            return digest_of(self.path(sha256)) == sha256
        except FileNotFoundError:
            return False

    def remove(self, sha256: str) -> None:
        """Rename bytes into the trash; then re-check, and discard or restore.

        The re-check writes the digest's reference entry, so that whoever adopts
        the bytes meanwhile conflicts and looks again.

        Raises
        ------
        BitstreamMissing
            If the store does not have them.
        """
        source = self.path(sha256)
        try:
            source.rename(self.trash / sha256)
        except FileNotFoundError:
            raise BitstreamMissing(sha256) from None
        sync_directory(self.trash)
        sync_directory(source.parent)

    def discard(self, sha256: str) -> None:
        """Destroy what was removed; nothing happens when it is gone already."""
        (self.trash / check_digest(sha256)).unlink(missing_ok=True)
        sync_directory(self.trash)

    def restore(self, sha256: str) -> None:
        """Bring back what was removed, unless the same bytes came in again.

        Raises
        ------
        BitstreamMissing
            If neither the trash nor the store has it.
        """
        target, trashed = self.path(sha256), self.trash / sha256
        try:
            # A link does not replace a file that was put meanwhile, as a rename
            # would: what lies in the trash may be the damaged one.
            os.link(trashed, target)
        except FileExistsError:
            pass
        except FileNotFoundError:
            if not target.is_file():
                raise BitstreamMissing(sha256) from None
        sync_directory(target.parent)
        trashed.unlink(missing_ok=True)
        sync_directory(self.trash)

    def iterate(self) -> Iterator[Entry]:
        """Yield every bitstream in the order of the digests."""
        for outer in subfolders(self.root):
            for inner in subfolders(outer):
                yield from entries(inner)

    def sweep(
        self, referenced: Callable[[str], bool], older_than_s: float
    ) -> tuple[str, ...]:
        """Destroy what nothing refers to.

        Parameters
        ----------
        referenced
            Looks at the newest state of the store at each call.
        older_than_s
            Seconds since the last put: what a running intake has just put, or
            adopted, is not yet referred to.

        Returns
        -------
        tuple of str
            The digests that were destroyed.
        """
        return sweep(self, self.trash, referenced, older_than_s)

    def clear_incoming(self, older_than_s: float) -> int:
        """Delete what broken puts left.

        Parameters
        ----------
        older_than_s
            Seconds since the last write; longer than any copy pauses.

        Returns
        -------
        int
            The number of files deleted.
        """
        return clear_older(self.incoming, older_than_s)


def _together(act: Callable[[T], None], things: Sequence[T]) -> None:
    if len(things) == 1:
        act(things[0])
        return
    with ThreadPoolExecutor(SYNC_THREADS) as threads:
        for _ in threads.map(act, things):
            pass
