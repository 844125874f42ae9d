"""Writing a layout into a place: payload first, then the manifests over it."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Protocol

from exports.errors import PayloadMismatch
from exports.hashing import chunks_of, copy_digesting
from exports.layout import ALGORITHMS, Member, Written
from exports.tagfiles import format_manifest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from concurrent.futures import ThreadPoolExecutor

    from exports.layout import Layout

Digests = dict[str, str]


class Sink(Protocol):
    """Where the files of a package go."""

    def put_all(self, members: Iterable[Member]) -> Iterator[tuple[Member, Digests]]:
        """Write members and return each with its digests by algorithm."""


def write_layout(layout: Layout, sink: Sink, path: Path) -> Written:
    """Write every file of a package.

    Parameters
    ----------
    path : Path
        Where the package will stand in the end.

    Notes
    -----
    The order is that of the names but for the manifests, which come after what
    they cover; with a sink that keeps order the result is the same bytes each
    time.
    """
    early = [m for m in layout.tags if m.path < "data/"]
    late = [m for m in layout.tags if m.path > "data/"]
    tags = dict(_digested(sink, early))
    payload = dict(_digested(sink, layout.payload))
    manifests = _manifests("manifest", payload)
    tags |= dict(_digested(sink, manifests))
    tags |= dict(_digested(sink, late))
    list(sink.put_all(_manifests("tagmanifest", tags)))
    return Written(
        path=path,
        files=len(layout.payload),
        bytes=layout.payload_bytes,
        manifest_sha256=tags["manifest-sha256.txt"]["sha256"],
    )


def _digested(sink: Sink, members: Iterable[Member]) -> Iterator[tuple[str, Digests]]:
    for member, digests in sink.put_all(members):
        yield member.path, digests


def _manifests(stem: str, covered: dict[str, Digests]) -> list[Member]:
    found = []
    for algorithm in sorted(ALGORITHMS):
        lines = [(path, digests[algorithm]) for path, digests in covered.items()]
        content = format_manifest(lines)
        name = f"{stem}-{algorithm}.txt"
        found.append(Member(path=name, size=len(content), content=content))
    return found


def copy_member(
    member: Member,
    write: Callable[[bytes | memoryview], object],
    *,
    pool: ThreadPoolExecutor | None = None,
) -> Digests:
    """Write one member, read once, and return its digests.

    Raises
    ------
    PayloadMismatch
        If the bytes are not those that were recorded.
    """
    if member.content is not None:
        write(member.content)
        return {
            name: hashlib.new(name, member.content).hexdigest() for name in ALGORITHMS
        }
    payload = member.payload
    assert payload is not None  # noqa: S101  a member has one or the other
    with _opened(payload.source) as stream:
        chunks = _bounded(chunks_of(stream, payload.bytes), member)
        digests, length = copy_digesting(chunks, ALGORITHMS, write, pool=pool)
    if length != payload.bytes:
        raise _mismatch(member, "bytes", str(payload.bytes), str(length))
    if digests["sha256"] != payload.sha256:
        raise _mismatch(member, "SHA-256", payload.sha256, digests["sha256"])
    return digests


def _opened(source: Path | Callable[[], BinaryIO]) -> BinaryIO:
    # Unbuffered: whole chunks are read, a buffer would copy them once more.
    if isinstance(source, Path):
        return source.open("rb", buffering=0)  # type: ignore[return-value]
    return source()


def _bounded(
    chunks: Iterable[bytes | memoryview], member: Member
) -> Iterator[bytes | memoryview]:
    # An archive has announced the length already: never write more than that.
    length = 0
    for chunk in chunks:
        length += len(chunk)
        if length > member.size:
            raise _mismatch(member, "bytes", str(member.size), f"{length} or more")
        yield chunk


def _mismatch(member: Member, fact: str, expected: str, actual: str) -> PayloadMismatch:
    return PayloadMismatch(member.path.rpartition("/")[2], fact, expected, actual)
