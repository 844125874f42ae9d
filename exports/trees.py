"""The files of a bag, wherever they lie: one way to list, read and digest them."""

from __future__ import annotations

import os
import stat
import tarfile
import zipfile
import zlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Protocol, TypeAlias

from exports.errors import ArchiveRefused
from exports.hashing import (
    CHUNK_BYTES,
    PARALLEL_FROM_BYTES,
    WORKERS,
    chunks_of,
    copy_digesting,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from exports.findings import FindingList

_BATCH_FILES = 64
_BATCH_BYTES = 8 << 20
READ_FAULTS: tuple[type[Exception], ...] = (
    OSError,
    EOFError,
    ValueError,
    zlib.error,
    zipfile.BadZipFile,
    tarfile.TarError,
    ArchiveRefused,
)
"""What reading damaged bytes may raise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bound what an archive may ask of this machine.

    Attributes
    ----------
    max_files : int
        The most members.
    max_tag_bytes : int
        The largest tag file that is read into memory, in bytes.
    free_bytes : int
        What may be expanded from any archive, however small.
    max_expansion : int
        How many times its own size an archive may expand beyond that.
    """

    max_files: int = 1_000_000
    max_tag_bytes: int = 128 << 20
    free_bytes: int = 1 << 30
    max_expansion: int = 100

    def expanded(self, packed: int) -> int:
        """Return how many bytes may come out of an archive of a size."""
        return self.free_bytes + self.max_expansion * packed


@dataclass(frozen=True, slots=True, kw_only=True)
class Digested:
    """Say what was read of one file; with an error there are no digests."""

    path: str
    digests: Mapping[str, str]
    size: int
    error: str | None = None


class Tree(Protocol):
    """The files of one bag by path relative to it.

    Attributes
    ----------
    form : str
        ``folder``, ``tar``, ``tar.gz`` or ``zip``.
    files : mapping of str to int
        Sizes in bytes; only plain files with a safe path.
    folders : set of str
        Every folder.
    """

    form: str
    files: dict[str, int]
    folders: set[str]

    def read(self, path: str) -> bytes:
        """Return the content of a tag file."""

    def digest(self, wanted: Mapping[str, Sequence[str]]) -> Iterator[Digested]:
        """Read files and digest them by the algorithms wanted for each."""

    def walk(self, paths: Iterable[str]) -> Iterator[tuple[str, BinaryIO]]:
        """Open files one by one; a stream lives until the next is taken."""

    def close(self) -> None:
        """Let go of the files."""


Chunks: TypeAlias = "Iterable[bytes | memoryview]"
Opened: TypeAlias = "Callable[[str], AbstractContextManager[Chunks]]"


class FolderTree:
    """A bag as a folder; links and special files are errors and never followed."""

    form = "folder"

    def __init__(self, root: Path, findings: FindingList, limits: Limits) -> None:
        self._root = os.fspath(root)
        self._limits = limits
        self.files: dict[str, int] = {}
        self.folders: set[str] = set()
        self._list("", findings)

    def _list(self, prefix: str, findings: FindingList) -> None:
        waiting = [prefix]
        while waiting:
            prefix = waiting.pop()
            try:
                entries = list(os.scandir(f"{self._root}/{prefix}"))
            except OSError as error:
                message = f"the folder cannot be read: {error.strerror}"
                findings.error("unreadable", prefix.rstrip("/"), message)
                continue
            for entry in entries:
                path = prefix + entry.name
                status = entry.stat(follow_symlinks=False)
                if stat.S_ISDIR(status.st_mode):
                    self.folders.add(path)
                    waiting.append(f"{path}/")
                else:
                    self._take(path, status, findings)

    def _take(self, path: str, status: os.stat_result, findings: FindingList) -> None:
        if stat.S_ISLNK(status.st_mode):
            findings.error("link", path, "a symbolic link may lead out of the bag")
        elif not stat.S_ISREG(status.st_mode):
            findings.error("special-file", path, "is a pipe, socket or device")
        elif status.st_nlink > 1:
            message = "a hard link: the same bytes have another name, here or elsewhere"
            findings.error("link", path, message)
            self.files[path] = status.st_size
        else:
            self.files[path] = status.st_size

    def read(self, path: str) -> bytes:
        """Return the content of a tag file."""
        return read_small(self._open(path), path, self._limits)

    def digest(self, wanted: Mapping[str, Sequence[str]]) -> Iterator[Digested]:
        """Read files and digest them, two at a time."""
        return digest_side_by_side(wanted, self.files, self._chunks)

    def walk(self, paths: Iterable[str]) -> Iterator[tuple[str, BinaryIO]]:
        """Open files one by one."""
        for path in paths:
            with self._open(path) as stream:
                yield path, stream

    def close(self) -> None:
        """Hold nothing open."""

    def _open(self, path: str) -> BinaryIO:
        return open(self._descriptor(path), "rb", buffering=0)  # type: ignore[return-value]  # noqa: PTH123  the caller closes it

    def _descriptor(self, path: str) -> int:
        # What was swapped for a link or a pipe after the listing stays unread.
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        return os.open(f"{self._root}/{path}", flags)

    def _chunks(self, path: str) -> _DescriptorChunks:
        return _DescriptorChunks(self._descriptor(path), self.files[path])


class _DescriptorChunks:
    """The chunks of an open file; a large one goes through one buffer."""

    def __init__(self, descriptor: int, size: int) -> None:
        self._descriptor = descriptor
        self._size = size

    def __enter__(self) -> Iterator[bytes | memoryview]:
        if self._size < CHUNK_BYTES:
            return self._small()
        return self._large()

    def __exit__(self, *error: object) -> None:
        os.close(self._descriptor)

    def _small(self) -> Iterator[bytes]:
        while chunk := os.read(self._descriptor, self._size + 1):
            yield chunk

    def _large(self) -> Iterator[memoryview]:
        buffer = memoryview(bytearray(CHUNK_BYTES))
        while length := os.readv(self._descriptor, [buffer]):
            yield buffer[:length]


def read_small(stream: BinaryIO, path: str, limits: Limits) -> bytes:
    """Read a tag file whole and close it.

    Raises
    ------
    ArchiveRefused
        If it is larger than the limit.
    """
    with stream:
        parts = []
        size = 0
        for chunk in chunks_of(stream, CHUNK_BYTES):
            size += len(chunk)
            if size > limits.max_tag_bytes:
                message = f"is larger than {limits.max_tag_bytes} bytes"
                raise ArchiveRefused("tag-file-limit", path, message)
            parts.append(bytes(chunk))
        return b"".join(parts)


def digest_side_by_side(
    wanted: Mapping[str, Sequence[str]], sizes: Mapping[str, int], opened: Opened
) -> Iterator[Digested]:
    """Digest files on two cores.

    Parameters
    ----------
    opened : callable
        Opens a file as chunks; called from several threads.

    Notes
    -----
    A file that outweighs the rest has its own digests split over the threads;
    the others are shared out whole, the largest first.
    """
    ordered = sorted(wanted, key=lambda path: (-sizes[path], path))
    total = sum(sizes[path] for path in ordered)
    with ThreadPoolExecutor(WORKERS) as pool:
        while ordered and _outweighs(sizes[ordered[0]], total):
            path = ordered.pop(0)
            total -= sizes[path]
            yield digest_one(path, wanted[path], opened, pool)
        batches = list(_batches(ordered, sizes))

        def work(batch: list[str]) -> list[Digested]:
            return [digest_one(path, wanted[path], opened, None) for path in batch]

        for digested in pool.map(work, batches):
            yield from digested


def _outweighs(size: int, total: int) -> bool:
    return size >= PARALLEL_FROM_BYTES and size * WORKERS > total


def _batches(ordered: Iterable[str], sizes: Mapping[str, int]) -> Iterator[list[str]]:
    batch: list[str] = []
    size = 0
    for path in ordered:
        batch.append(path)
        size += sizes[path]
        if size >= _BATCH_BYTES or len(batch) >= _BATCH_FILES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def digest_one(
    path: str,
    algorithms: Sequence[str],
    opened: Opened,
    pool: ThreadPoolExecutor | None,
) -> Digested:
    """Digest one file; damage is a result."""
    try:
        with opened(path) as chunks:
            digests, size = copy_digesting(chunks, algorithms, pool=pool)
    except READ_FAULTS as error:
        return Digested(path=path, digests={}, size=0, error=str(error))
    return Digested(path=path, digests=digests, size=size)
