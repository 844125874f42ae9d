"""A package as one file: tar, tar.gz or zip, the same bytes for the same record."""

from __future__ import annotations

import gzip
import os
import tarfile
import zipfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC
from typing import TYPE_CHECKING, BinaryIO, Literal, TypeAlias

from exports.bag import reserved
from exports.errors import TargetExists
from exports.hashing import PARALLEL_FROM_BYTES
from exports.layout import layout_of
from exports.writing import Digests, copy_member, write_layout

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from contextlib import AbstractContextManager
    from datetime import datetime
    from pathlib import Path

    from exports.layout import Bagging, Layout, Member, Written
    from exports.package import Package

Form: TypeAlias = Literal["tar", "tar.gz", "zip"]
FORMS: tuple[Form, ...] = ("tar", "tar.gz", "zip")
FILE_MODE = 0o644
Write: TypeAlias = "Callable[[bytes | memoryview], object]"
_Framed: TypeAlias = "Callable[[Member], AbstractContextManager[Write]]"
_UNIX = 3
_ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)
_COMPRESSION = 6


def write_archive(
    package: Package, into: Path, form: Form, bagging: Bagging
) -> Written:
    """Write a package as one archive, without a folder in between.

    Parameters
    ----------
    into : Path
        The folder to put it in; it is made when it is missing.
    form : str
        ``tar``, ``tar.gz`` or ``zip``.

    Raises
    ------
    TargetExists, PayloadMismatch, BadPackage, UnsafeName
        As `exports.bag.write_bag`.

    Notes
    -----
    The archive depends on the package and the bagging day alone: order of the
    names, owner 0, mode 0644, every time the record's own. Compressed bytes can
    differ between releases of zlib; those of a tar never do.
    """
    layout = layout_of(package, bagging)
    target = into / f"{package.name}.{form}"
    with reserved(target) as hidden:
        with hidden.open("xb") as stream:
            written = _write(package, layout, form, stream, target)
        _publish(hidden, target)
    return written


def _write(
    package: Package, layout: Layout, form: Form, stream: BinaryIO, target: Path
) -> Written:
    modified = package.modified.astimezone(UTC)
    with ThreadPoolExecutor(1) as pool:
        if form == "zip":
            with zipfile.ZipFile(stream, "w") as archive:
                sink = _ZipSink(archive, package.name, modified, pool)
                return write_layout(layout, sink, target)
        if form == "tar":
            return _write_tar(package, layout, stream, target, pool)
        with gzip.GzipFile(
            filename="", mode="wb", fileobj=stream, compresslevel=_COMPRESSION, mtime=0
        ) as packed:
            return _write_tar(package, layout, packed, target, pool)


def _write_tar(
    package: Package,
    layout: Layout,
    stream: BinaryIO | gzip.GzipFile,
    target: Path,
    pool: ThreadPoolExecutor,
) -> Written:
    sink = _TarSink(stream, package.name, int(package.modified.timestamp()), pool)
    written = write_layout(layout, sink, target)
    sink.close()
    return written


def _publish(hidden: Path, target: Path) -> None:
    try:
        # A link, unlike a rename, never replaces what stands there.
        os.link(hidden, target)
    except FileExistsError:
        raise TargetExists(target) from None
    except OSError:
        # File systems without links (FAT, some network shares).
        if os.path.lexists(target):
            raise TargetExists(target) from None
        hidden.rename(target)


def _put_in_order(
    members: Iterable[Member], framed: _Framed, pool: ThreadPoolExecutor
) -> Iterator[tuple[Member, Digests]]:
    for member in members:
        beside = pool if member.size >= PARALLEL_FROM_BYTES else None
        with framed(member) as write:
            yield member, copy_member(member, write, pool=beside)


class _TarSink:
    """Members of a tar, written as a stream."""

    def __init__(
        self,
        stream: BinaryIO | gzip.GzipFile,
        folder: str,
        stamp: int,
        pool: ThreadPoolExecutor,
    ) -> None:
        self._pool = pool
        self._stream = stream
        self._folder = folder
        self._stamp = stamp
        self._written = 0

    def put_all(self, members: Iterable[Member]) -> Iterator[tuple[Member, Digests]]:
        """Write members in their order."""
        return _put_in_order(members, self._framed, self._pool)

    @contextmanager
    def _framed(self, member: Member) -> Iterator[Write]:
        header = tarfile.TarInfo(f"{self._folder}/{member.path}")
        header.size, header.mtime, header.mode = member.size, self._stamp, FILE_MODE
        block = header.tobuf(tarfile.PAX_FORMAT, "utf-8", "strict")
        self._stream.write(block)
        yield self._stream.write
        self._written += len(block) + member.size
        self._pad(tarfile.BLOCKSIZE)

    def _pad(self, unit: int) -> None:
        missing = -self._written % unit
        self._stream.write(bytes(missing))
        self._written += missing

    def close(self) -> None:
        """Write the end of the archive (POSIX: two empty blocks, a full record)."""
        self._stream.write(bytes(2 * tarfile.BLOCKSIZE))
        self._written += 2 * tarfile.BLOCKSIZE
        self._pad(tarfile.RECORDSIZE)


class _ZipSink:
    """Members of a zip."""

    def __init__(
        self,
        archive: zipfile.ZipFile,
        folder: str,
        modified: datetime,
        pool: ThreadPoolExecutor,
    ) -> None:
        self._pool = pool
        self._archive = archive
        self._folder = folder
        # The format begins in 1980 and counts in steps of two seconds.
        self._stamp = max(modified.timetuple()[:6], _ZIP_EPOCH)

    def put_all(self, members: Iterable[Member]) -> Iterator[tuple[Member, Digests]]:
        """Write members in their order."""
        return _put_in_order(members, self._framed, self._pool)

    @contextmanager
    def _framed(self, member: Member) -> Iterator[Write]:
        header = zipfile.ZipInfo(f"{self._folder}/{member.path}", self._stamp)
        header.compress_type = zipfile.ZIP_DEFLATED
        header.create_system = _UNIX
        header.external_attr = (0o100000 | FILE_MODE) << 16
        header.file_size = member.size
        large = member.size >= zipfile.ZIP64_LIMIT
        with self._archive.open(header, "w", force_zip64=large) as stream:
            yield stream.write
