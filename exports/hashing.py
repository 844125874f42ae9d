"""Digests: one read of each byte, two threads where that pays.

hashlib frees the interpreter lock for buffers above 2 KiB, so threads suffice.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from concurrent.futures import ThreadPoolExecutor

CHUNK_BYTES = 1 << 18
"""How much is read at once."""

PARALLEL_FROM_BYTES = 4 << 20
"""From this size on the digests of one file are computed side by side."""

WORKERS = 2
"""Threads that read and digest; more than two seldom find a free core."""

_CONSTRUCTORS = {
    "sha3224": "sha3_224",
    "sha3256": "sha3_256",
    "sha3384": "sha3_384",
    "sha3512": "sha3_512",
    "blake2b512": "blake2b",
}


def new_digest(algorithm: str) -> Any:
    """Make a digest by its normalised BagIt name, as in `DIGEST_LENGTHS`."""
    name = _CONSTRUCTORS.get(algorithm, algorithm)
    # Old bags carry MD5; here it finds rot, it guards nothing.
    return hashlib.new(name, usedforsecurity=False)


def copy_digesting(
    chunks: Iterable[bytes | memoryview],
    algorithms: Iterable[str],
    write: Callable[[bytes | memoryview], object] | None = None,
    *,
    pool: ThreadPoolExecutor | None = None,
) -> tuple[dict[str, str], int]:
    """Digest chunks, once each, and pass them on to `write`.

    Parameters
    ----------
    chunks : iterable of bytes
        A chunk is finished before the next one is taken, so that a buffer may
        be reused.
    algorithms : iterable of str
        Normalised names.
    write : callable or None
        Takes each chunk; None to digest alone.
    pool : ThreadPoolExecutor or None
        Where every digest but the first runs while this thread takes the first
        one and the copy; worth it from `PARALLEL_FROM_BYTES` on.

    Returns
    -------
    digests, length
        In lower-case hexadecimal by algorithm; in bytes.
    """
    running = {name: new_digest(name) for name in algorithms}
    here = list(running.values())
    aside = []
    if pool is not None:
        here, aside = here[:1], here[1:]
    total = 0
    for chunk in chunks:
        waiting = [pool.submit(d.update, chunk) for d in aside] if pool else []
        for digest in here:
            digest.update(chunk)
        if write is not None:
            write(chunk)
        for future in waiting:
            future.result()
        total += len(chunk)
    return {name: digest.hexdigest() for name, digest in running.items()}, total


def chunks_of(stream: BinaryIO, size: int) -> Iterator[bytes | memoryview]:
    """Read a stream until its end.

    Parameters
    ----------
    size : int
        The expected length in bytes. A small file is read in one go, and one
        byte more is asked for so that its end is seen at once; a large one goes
        through one buffer, so a chunk is good until the next is taken.
    """
    if size < CHUNK_BYTES or not hasattr(stream, "readinto"):
        while chunk := stream.read(min(CHUNK_BYTES, size + 1)):
            yield chunk
        return
    buffer = memoryview(bytearray(CHUNK_BYTES))
    while length := stream.readinto(buffer):
        yield buffer[:length]
