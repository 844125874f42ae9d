"""Find and destroy the bytes that nothing refers to."""

import os
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

from recordsvc.storage.errors import BitstreamMissing
from recordsvc.storage.values import Entry, is_digest

_SHARD = re.compile(r"[0-9a-f]{2}")


class Removable(Protocol):
    """What a sweep needs of a store."""

    def iterate(self) -> Iterator[Entry]:
        """Yield every bitstream."""

    def remove(self, sha256: str) -> None:
        """Move bytes into the trash."""

    def restore(self, sha256: str) -> None:
        """Move bytes back."""

    def discard(self, sha256: str) -> None:
        """Destroy bytes in the trash."""


def subfolders(folder: Path) -> Iterator[Path]:
    """Yield the folders named by two hex digits, in their order."""
    with os.scandir(folder) as found:
        names = sorted(e.name for e in found if _SHARD.fullmatch(e.name))
    yield from (folder / name for name in names)


def entries(folder: Path) -> Iterator[Entry]:
    """Yield the bitstreams that lie in one folder, in the order of the digests."""
    with os.scandir(folder) as found:
        names = sorted(e.name for e in found if is_digest(e.name))
    for name in names:
        try:
            stat = (folder / name).stat()
        except FileNotFoundError:
            # It went away while we looked at others.
            continue
        yield Entry(sha256=name, bytes=stat.st_size, modified_s=stat.st_mtime)


def sweep(
    store: Removable,
    trash: Path,
    referenced: Callable[[str], bool],
    older_than_s: float,
) -> tuple[str, ...]:
    """Destroy what nothing refers to; return the digests.

    Notes
    -----
    A put renews the time of what it adopts before anything else and does not adopt
    what it no longer finds. So what is in the trash, has no reference and has not
    been renewed there will not be referred to any more.
    """
    before = time.time() - older_than_s

    def decide(sha256: str) -> bool:
        try:
            fresh = (trash / sha256).stat().st_mtime >= before
            if fresh or referenced(sha256):
                store.restore(sha256)
                return False
        except (FileNotFoundError, BitstreamMissing):
            # Another sweep was faster.
            return False
        store.discard(sha256)
        return True

    # What a killed removal left is decided first.
    swept = [entry.sha256 for entry in entries(trash) if decide(entry.sha256)]
    for entry in store.iterate():
        if entry.modified_s >= before or referenced(entry.sha256):
            continue
        try:
            store.remove(entry.sha256)
        except BitstreamMissing:
            continue
        if decide(entry.sha256):
            swept.append(entry.sha256)
    return tuple(swept)


def clear_older(folder: Path, older_than_s: float) -> int:
    """Delete the files in a folder not written to for so long; return how many."""
    before = time.time() - older_than_s
    cleared = 0
    for path in folder.iterdir():
        try:
            if path.is_file() and path.stat().st_mtime < before:
                path.unlink()
                cleared += 1
        except FileNotFoundError:
            continue
    return cleared
