"""Bags in one file, read where they lie: nothing is ever unpacked to the disk."""

from __future__ import annotations

import gzip
import io
import os
import stat
import tarfile
import zipfile
import zlib
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, BinaryIO

from exports.errors import ArchiveRefused
from exports.hashing import CHUNK_BYTES, PARALLEL_FROM_BYTES, chunks_of
from exports.members import Members, must_keep
from exports.trees import (
    Digested,
    Limits,
    digest_one,
    digest_side_by_side,
    read_small,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from exports.findings import FindingList
    from exports.trees import Tree

_GZIP_MAGIC = b"\x1f\x8b"
_ZIP_MAGICS = (b"PK\x03\x04", b"PK\x05\x06")
_HEADER_BYTES = 64 << 20
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 0x1
_FAULTS = (
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    ValueError,
    NotImplementedError,
    RuntimeError,
)


def open_archive(path: Path, findings: FindingList, limits: Limits) -> Tree:
    """Open a tar, tar.gz or zip by its first bytes, whatever its name says.

    Raises
    ------
    ArchiveRefused
        If it is none of these, damaged, or beyond the limits.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    stream = open(descriptor, "rb")  # noqa: PTH123, SIM115  the tree closes it
    try:
        magic = _magic(stream)
        stream.seek(0)
        if magic.startswith(_GZIP_MAGIC):
            return GzipTarTree(stream, path.name, findings, limits)
        if magic.startswith(_ZIP_MAGICS):
            return ZipTree(stream, path.name, findings, limits)
        return TarTree(stream, path.name, findings, limits)
    except ArchiveRefused:
        stream.close()
        raise
    except _FAULTS as error:
        stream.close()
        message = f"the archive is damaged: {error}"
        raise ArchiveRefused("archive-damaged", "", message) from None


def _magic(stream: BinaryIO) -> bytes:
    if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
        raise ArchiveRefused("archive-unknown", "", "is neither file nor folder")
    return stream.read(4)


class _Guarded(io.RawIOBase):
    """Keep tarfile and zipfile from reading headers of any size into memory.

    Parameters
    ----------
    most : int
        The furthest position that may be read, in bytes.
    """

    def __init__(self, stream: BinaryIO | gzip.GzipFile, most: int) -> None:
        self._stream = stream
        self._most = most

    def read(self, size: int | None = -1) -> bytes:
        wanted = _HEADER_BYTES + 1 if size is None or size < 0 else size
        content = self._stream.read(min(wanted, _HEADER_BYTES + 1))
        if len(content) > _HEADER_BYTES:
            message = "it has a header beyond measure"
            raise ArchiveRefused("archive-limit", "", message)
        if self._stream.tell() > self._most:
            message = "it expands to more than an archive of its size may"
            raise ArchiveRefused("archive-limit", "", message)
        return content

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        if whence == os.SEEK_SET and offset > self._most:
            message = "it expands to more than an archive of its size may"
            raise ArchiveRefused("archive-limit", "", message)
        return self._stream.seek(offset, whence)

    def tell(self) -> int:
        return self._stream.tell()


def _tar_members(
    stream: BinaryIO | gzip.GzipFile, most: int
) -> Iterator[tuple[tarfile.TarInfo, tarfile.TarFile]]:
    """Walk a tar from its beginning to its very end."""
    guarded = _Guarded(stream, most)
    archive = tarfile.TarFile(
        fileobj=guarded, encoding="utf-8", errors="surrogateescape"
    )
    before = -1
    while (member := archive.next()) is not None:
        # A crafted size could lead back to where the reader has been.
        if member.size < 0 or archive.offset <= before:
            raise ArchiveRefused("archive-damaged", member.name, "has a false size")
        before = archive.offset
        yield member, archive
        # tarfile would remember every member.
        vars(archive)["members"] = []
    # tarfile stops at the first bad header without a word.
    guarded.seek(archive.offset)
    while chunk := guarded.read(CHUNK_BYTES):
        if chunk.strip(b"\0"):
            message = "something stands behind the end of the archive"
            raise ArchiveRefused("archive-damaged", "", message)


def _take_tar(member: tarfile.TarInfo, members: Members) -> str | None:
    """Note a member; return its path in the bag when it is a plain file."""
    if member.isdir():
        members.folder(member.name)
    elif member.issym() or member.islnk():
        members.fault("link", member.name, "a link may lead out of the bag")
    elif not member.isreg() or member.issparse():
        members.fault("special-file", member.name, "is no plain file")
    else:
        return members.file(member.name, member.size)
    return None


class TarTree:
    """A bag in a plain tar, read at the offsets of its members."""

    form = "tar"

    def __init__(
        self, stream: BinaryIO, name: str, findings: FindingList, limits: Limits
    ) -> None:
        self._stream = stream
        self._limits = limits
        offsets: dict[str, tuple[int, int]] = {}
        members = Members(findings, limits)
        size = os.fstat(stream.fileno()).st_size
        for member, _ in _tar_members(stream, size):
            if (path := _take_tar(member, members)) is not None:
                offsets[path] = (member.offset_data, member.size)
        self._top = members.close(name, self.form)
        self.files, self.folders = members.files, members.folders
        self._offsets = offsets

    def read(self, path: str) -> bytes:
        """Return the content of a tag file."""
        return read_small(self._slice(path), path, self._limits)

    def digest(self, wanted: Mapping[str, Sequence[str]]) -> Iterator[Digested]:
        """Read members and digest them, two at a time."""
        return digest_side_by_side(wanted, self.files, self._chunks)

    def walk(self, paths: Iterable[str]) -> Iterator[tuple[str, BinaryIO]]:
        """Open members one by one."""
        for path in paths:
            yield path, self._slice(path)

    def close(self) -> None:
        """Close the archive."""
        self._stream.close()

    def _slice(self, path: str) -> BinaryIO:
        start, size = self._offsets[f"{self._top}/{path}"]
        return _Slice(self._stream.fileno(), start, size)  # type: ignore[return-value]

    @contextmanager
    def _chunks(self, path: str) -> Iterator[Iterator[bytes | memoryview]]:
        yield chunks_of(self._slice(path), self.files[path])


class _Slice(io.RawIOBase):
    """A part of an open file; several threads may each have one."""

    def __init__(self, descriptor: int, start: int, size: int) -> None:
        self._descriptor = descriptor
        self._at = start
        self._end = start + size

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer).cast("B")[: self._end - self._at]
        length = os.preadv(self._descriptor, [view], self._at)
        if view and not length:
            raise EOFError("the archive ends within a member")
        self._at += length
        return length

    def readable(self) -> bool:
        return True


class GzipTarTree:
    """A bag in a compressed tar, read from its beginning for every purpose.

    The tag files are kept when the members are listed.
    """

    form = "tar.gz"

    def __init__(
        self, stream: BinaryIO, name: str, findings: FindingList, limits: Limits
    ) -> None:
        self._stream = stream
        self._limits = limits
        self._most = limits.expanded(os.fstat(stream.fileno()).st_size)
        kept: dict[str, bytes] = {}
        members = Members(findings, limits)
        for member, archive in self._members():
            path = _take_tar(member, members)
            if path is not None and must_keep(path):
                content = archive.extractfile(member)
                assert content is not None  # noqa: S101  it is a plain file
                kept[path] = read_small(content, path, limits)  # type: ignore[arg-type]
                if sum(map(len, kept.values())) > 2 * limits.max_tag_bytes:
                    message = "its manifests are larger than this machine may hold"
                    raise ArchiveRefused("tag-file-limit", path, message)
        self._top = members.close(name, self.form)
        self.files, self.folders = members.files, members.folders
        self._kept = kept

    def _members(self) -> Iterator[tuple[tarfile.TarInfo, tarfile.TarFile]]:
        self._stream.seek(0)
        try:
            with gzip.GzipFile(fileobj=self._stream) as packed:
                yield from _tar_members(packed, self._most)
        except _FAULTS as error:
            message = f"the archive is damaged: {error}"
            raise ArchiveRefused("archive-damaged", "", message) from None

    def read(self, path: str) -> bytes:
        """Return the content of a tag file."""
        return self._kept[f"{self._top}/{path}"]

    def digest(self, wanted: Mapping[str, Sequence[str]]) -> Iterator[Digested]:
        """Read members in order; the digests of a large one run side by side."""

        @contextmanager
        def opened(path: str) -> Iterator[Iterator[bytes | memoryview]]:
            yield chunks_of(streams[path], self.files[path])

        streams: dict[str, BinaryIO] = {}
        with ThreadPoolExecutor(1) as pool:
            for path, stream in self.walk(wanted):
                streams = {path: stream}
                aside = pool if self.files[path] >= PARALLEL_FROM_BYTES else None
                yield digest_one(path, wanted[path], opened, aside)

    def walk(self, paths: Iterable[str]) -> Iterator[tuple[str, BinaryIO]]:
        """Open members one by one, in the order of the archive."""
        wanted = {f"{self._top}/{path}": path for path in paths}
        if not wanted:
            return
        for member, archive in self._members():
            path = wanted.pop(member.name.removeprefix("./"), None)
            if path is not None:
                content = archive.extractfile(member)
                assert content is not None  # noqa: S101  it is a plain file
                yield path, content  # type: ignore[misc]

    def close(self) -> None:
        """Close the archive."""
        self._stream.close()


class ZipTree:
    """A bag in a zip."""

    form = "zip"

    def __init__(
        self, stream: BinaryIO, name: str, findings: FindingList, limits: Limits
    ) -> None:
        self._limits = limits
        size = os.fstat(stream.fileno()).st_size
        self._stream = stream
        self._archive = zipfile.ZipFile(_Guarded(stream, size))  # type: ignore[arg-type]
        self._infos: dict[str, zipfile.ZipInfo] = {}
        members = Members(findings, limits)
        for info in self._archive.infolist():
            if (path := _take_zip(info, members)) is not None:
                self._infos[path] = info
        if sum(i.file_size for i in self._infos.values()) > limits.expanded(size):
            message = "it expands to more than an archive of its size may"
            raise ArchiveRefused("archive-limit", "", message)
        self._top = members.close(name, self.form)
        self.files, self.folders = members.files, members.folders

    def read(self, path: str) -> bytes:
        """Return the content of a tag file."""
        return read_small(self._open(path), path, self._limits)

    def digest(self, wanted: Mapping[str, Sequence[str]]) -> Iterator[Digested]:
        """Read members and digest them, two at a time."""
        return digest_side_by_side(wanted, self.files, self._chunks)

    def walk(self, paths: Iterable[str]) -> Iterator[tuple[str, BinaryIO]]:
        """Open members one by one."""
        for path in paths:
            with self._open(path) as stream:
                yield path, stream

    def close(self) -> None:
        """Close the archive."""
        self._archive.close()
        self._stream.close()

    def _open(self, path: str) -> BinaryIO:
        try:
            return self._archive.open(self._infos[f"{self._top}/{path}"])  # type: ignore[return-value]
        except _FAULTS as error:
            raise ArchiveRefused("archive-damaged", path, str(error)) from None

    @contextmanager
    def _chunks(self, path: str) -> Iterator[Iterator[bytes | memoryview]]:
        with self._open(path) as stream:
            yield chunks_of(stream, self.files[path])


def _take_zip(info: zipfile.ZipInfo, members: Members) -> str | None:
    name = info.orig_filename
    kind = stat.S_IFMT(info.external_attr >> 16)
    if stat.S_ISLNK(kind):
        members.fault("link", name, "a link may lead out of the bag")
    elif info.is_dir():
        members.folder(name)
    elif kind and not stat.S_ISREG(kind):
        members.fault("special-file", name, "is no plain file")
    elif info.flag_bits & _ENCRYPTED:
        members.fault("archive-encrypted", name, "is encrypted and cannot be checked")
    elif info.compress_type not in _METHODS:
        message = "is compressed in a way that is not read here"
        members.fault("archive-method", name, message)
    else:
        return members.file(name, info.file_size)
    return None
