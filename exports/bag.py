"""A package as a folder: built out of sight, then renamed into place."""

from __future__ import annotations

import os
import shutil
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING

from exports.errors import TargetExists
from exports.hashing import PARALLEL_FROM_BYTES, WORKERS
from exports.layout import layout_of
from exports.writing import Digests, copy_member, write_layout

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from exports.layout import Bagging, Member, Written
    from exports.package import Package


def write_bag(package: Package, into: Path, bagging: Bagging) -> Written:
    """Write a package as a folder of BagIt 1.0.

    Parameters
    ----------
    into : Path
        The folder to put it in; it is made when it is missing.

    Raises
    ------
    TargetExists
        If the place is taken; nothing is ever overwritten.
    PayloadMismatch
        If bytes are not those recorded; then nothing is left behind.
    BadPackage, UnsafeName
        If the description is at fault.

    Notes
    -----
    Each byte is read once. The folder appears under its name when it is
    complete. It is not forced to the disk: after a power cut the newest package
    may be damaged, which validation tells; the originals lie in the store.
    """
    layout = layout_of(package, bagging)
    target = into / package.name
    with reserved(target) as hidden:
        hidden.mkdir()
        with ThreadPoolExecutor(WORKERS) as pool:
            sink = _FolderSink(hidden, package.modified.timestamp(), pool)
            written = write_layout(layout, sink, target)
        # An empty folder would be replaced without a word.
        if os.path.lexists(target):
            raise TargetExists(target)
        hidden.rename(target)
    return written


@contextmanager
def reserved(target: Path) -> Iterator[Path]:
    """Yield a hidden name beside a target; whatever stands there at the end goes.

    Raises
    ------
    TargetExists
        If the target stands already.
    """
    if os.path.lexists(target):
        raise TargetExists(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    hidden = target.parent / f".partial-{uuid.uuid4().hex}"
    try:
        yield hidden
    finally:
        if hidden.is_dir():
            shutil.rmtree(hidden)
        else:
            hidden.unlink(missing_ok=True)


class _FolderSink:
    """Files below a folder."""

    def __init__(self, root: Path, stamp: float, pool: ThreadPoolExecutor) -> None:
        self._root = str(root)
        self._stamp = stamp
        self._pool = pool

    def put_all(self, members: Iterable[Member]) -> Iterator[tuple[Member, Digests]]:
        """Write members: large ones side by side, a single one with both threads."""
        small: list[Member] = []
        large: list[Member] = []
        for member in members:
            (large if member.size >= PARALLEL_FROM_BYTES else small).append(member)
        for folder in sorted({os.path.dirname(m.path) for m in (*small, *large)}):  # noqa: PTH120  paths of the bag, not of this system
            os.makedirs(f"{self._root}/{folder}", exist_ok=True)  # noqa: PTH103  hot loop
        # Making small files is the kernel's work on one folder: threads would queue.
        for member in small:
            yield member, self._put(member, None)
        if len(large) < WORKERS:
            for member in large:
                yield member, self._put(member, self._pool)
            return
        yield from zip(large, self._pool.map(self._put_whole, large), strict=True)

    def _put_whole(self, member: Member) -> Digests:
        return self._put(member, None)

    def _put(self, member: Member, pool: ThreadPoolExecutor | None) -> Digests:
        descriptor = os.open(
            f"{self._root}/{member.path}",
            os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC,
            0o666,
        )
        try:
            digests = copy_member(member, _whole(descriptor), pool=pool)
            os.utime(descriptor, (self._stamp, self._stamp))
        finally:
            os.close(descriptor)
        return digests


def _whole(descriptor: int) -> Callable[[bytes | memoryview], None]:
    def write(content: bytes | memoryview) -> None:
        view = memoryview(content)
        while view:
            view = view[os.write(descriptor, view) :]

    return write
