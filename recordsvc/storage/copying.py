"""Copy bytes in, hashing them on the way: each byte is read once."""

import contextlib
import errno
import hashlib
import os
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from recordsvc.storage.durable import PRIVATE_FILE
from recordsvc.storage.errors import StorageFull
from recordsvc.storage.sources import open_regular
from recordsvc.storage.values import Progress, Source

BLOCK_BYTES = 1 << 20
READ_ONLY = 0o400
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A copied file that is not yet under its digest."""

    path: Path
    sha256: str
    bytes: int


@contextlib.contextmanager
def room_at(place: Path) -> Iterator[None]:
    """Turn the system's "no space left" into ours.

    Raises
    ------
    StorageFull
        Naming the place.
    """
    try:
        yield
    except OSError as exc:
        if exc.errno in _FULL:
            raise StorageFull(place) from exc
        raise


def copy_in(source: Source, folder: Path, progress: Progress | None = None) -> Arrival:
    """Copy a stream or a plain file into a folder under a random name.

    Parameters
    ----------
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
    if not isinstance(source, Path):
        return _copy(source, folder, progress)
    # Unbuffered: a buffer in between would copy every byte once more.
    with os.fdopen(open_regular(source), "rb", buffering=0) as stream:
        return _copy(stream, folder, progress)  # type: ignore[arg-type]


def _copy(stream: BinaryIO, folder: Path, progress: Progress | None) -> Arrival:
    path = folder / f"{os.getpid()}-{uuid.uuid4().hex}"
    digest = hashlib.sha256()
    copied = 0
    with room_at(folder):
        descriptor = os.open(
            path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, PRIVATE_FILE
        )
    try:
        while block := stream.read(BLOCK_BYTES):
            digest.update(block)
            with room_at(folder):
                _write_all(descriptor, block)
            copied += len(block)
            if progress is not None:
                progress(copied)
        os.fchmod(descriptor, READ_ONLY)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    finally:
        os.close(descriptor)
    return Arrival(path=path, sha256=digest.hexdigest(), bytes=copied)


def _write_all(descriptor: int, block: bytes) -> None:
    rest = memoryview(block)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file in lower-case hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
