"""Archives as containers of many papers: listed within limits, then read in turn.

Nothing is ever unpacked to a place that the archive names: a member is a stream, its
path is two plain values made safe. The whole archive is listed, and where it is
compressed also unpacked once, before the first member is handed out; so one that
breaks a limit is refused before anything was taken from it.
"""

from __future__ import annotations

import os
import stat
import tarfile
import zipfile
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Protocol

from ingest.archivestreams import (
    ArchiveError,
    Forward,
    Guarded,
    is_packed,
    unpacked,
)
from ingest.names import safe_name

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

__all__ = [
    "READ_FAULTS",
    "Archive",
    "ArchiveError",
    "ArchiveLimits",
    "Member",
    "looks_like_archive",
    "open_archive",
    "safe_path",
]

READ_FAULTS: tuple[type[Exception], ...] = (
    OSError,
    EOFError,
    ValueError,
    RuntimeError,
    NotImplementedError,
    zlib.error,
    zipfile.BadZipFile,
    tarfile.TarError,
    ArchiveError,
)
"""What reading a damaged member may raise."""

_ZIP_MAGICS = (b"PK\x03\x04", b"PK\x05\x06")
_TAR_MAGIC_AT = 257
_HEAD_BYTES = 512
_ENCRYPTED = 0x1
# The dictionary of an LZMA member may be as large as it says: gigabytes.
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2)
_MAX_PARTS = 32
_MAX_STATED_CHARS = 1_000
# A package whose parts are one paper: office documents, books, programs.
_PAPERS = ("[content_types].xml", "meta-inf/container.xml", "meta-inf/manifest.mf")


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveLimits:
    """Bound what one archive, with all that is packed in it, may ask of this machine.

    Attributes
    ----------
    max_members
        The most members of one archive.
    free_bytes
        What may come out of any archive, however small.
    max_expansion
        How many times its own size an archive may expand beyond that.
    max_bytes
        What may come out of it at most.
    max_depth
        How deep archives may lie in one another: 1 is the one that was handed in.
    """

    max_members: int = 20_000
    free_bytes: int = 64 << 20
    max_expansion: int = 100
    max_bytes: int = 16 << 30
    max_depth: int = 3

    def expanded(self, packed: int) -> int:
        """Return how many bytes may come out of an archive of a size."""
        return min(self.max_bytes, self.free_bytes + self.max_expansion * packed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One entry of an archive that is no folder.

    Attributes
    ----------
    number
        Its place in the archive, from 1.
    stated
        Its path as the archive gives it, cut at 1,000 characters.
    folder, name
        The path made safe: no step upwards, no drive, no control character.
    bytes
        Its unpacked size as stated; reading ends there.
    fault, message
        Why it cannot be taken, or None: ``member-encrypted``, ``member-link``,
        ``member-special``, ``member-method``, ``member-name``.
    """

    number: int
    stated: str
    folder: str
    name: str
    bytes: int
    fault: str | None = None
    message: str = ""

    @property
    def path(self) -> str:
        """Return the safe path."""
        return f"{self.folder}/{self.name}" if self.folder else self.name


class Archive(Protocol):
    """One opened archive.

    Attributes
    ----------
    form
        ``zip``, ``tar``, ``tar.gz``, ``tar.bz2`` or ``tar.xz``.
    members
        Every entry in the order of the archive.
    """

    form: str
    members: tuple[Member, ...]

    def contents(self, numbers: Container[int]) -> Iterator[tuple[Member, BinaryIO]]:
        """Open the named members in turn; a stream lives until the next is taken."""


def safe_path(stated: str) -> tuple[str, str]:
    r"""Return folder and name of a member, made safe.

    Examples
    --------
    >>> safe_path("../../etc/passwd"), safe_path("C:\\bills\\..\\a.pdf")
    (('etc', 'passwd'), ('C_/bills', 'a.pdf'))
    >>> safe_path("/")
    ('', '')
    """
    stated = stated[:_MAX_STATED_CHARS].replace("\\", "/")
    parts = [safe_name(part) for part in stated.split("/") if part not in {".", ".."}]
    parts = [part for part in parts if part]
    if not parts:
        return "", ""
    return "/".join(parts[:-1][:_MAX_PARTS]), parts[-1]


def _member(number: int, stated: str, size: int, fault: tuple[str, str]) -> Member:
    folder, name = safe_path(stated)
    if not name and not fault[0]:
        fault = ("member-name", "has no name that can be kept")
    return Member(
        number=number,
        stated=stated[:_MAX_STATED_CHARS],
        folder=folder,
        name=name or f"member-{number}",
        bytes=size,
        fault=fault[0] or None,
        message=fault[1],
    )


def looks_like_archive(stream: BinaryIO) -> bool:
    """Say whether the first bytes are those of an archive; the position moves.

    A packed file that holds no tar looks like one as well: `open_archive` tells.
    """
    stream.seek(0)
    return _begins_as_archive(stream.read(_HEAD_BYTES))


def open_archive(stream: BinaryIO, limits: ArchiveLimits, room: int) -> Archive:
    """Open a ZIP or a tar, plain or compressed, by its first bytes.

    Parameters
    ----------
    stream
        The file, open for reading bytes, seekable; it stays the caller's.
    room
        How many bytes may still come out, beside what the archive's own size allows.

    Raises
    ------
    ArchiveError
        With the code ``archive-unknown``, ``archive-damaged``, ``archive-paper`` (it
        is one paper in the form of a ZIP) or ``archive-limit``.
    """
    size = stream.seek(0, os.SEEK_END)
    most = min(limits.expanded(size), room)
    stream.seek(0)
    head = stream.read(_HEAD_BYTES)
    try:
        if head.startswith(_ZIP_MAGICS):
            return _Zip(stream, limits, most)
        return _Tar(stream, head, limits, most)
    except ArchiveError:
        raise
    except READ_FAULTS as damage:
        if not _begins_as_archive(head):
            message = "it is neither a ZIP nor a tar"
            raise ArchiveError("archive-unknown", message) from None
        message = f"the archive is damaged: {damage}"
        raise ArchiveError("archive-damaged", message) from None


def _begins_as_archive(head: bytes) -> bool:
    is_tar = head[_TAR_MAGIC_AT : _TAR_MAGIC_AT + 5] == b"ustar"
    return head.startswith(_ZIP_MAGICS) or is_packed(head) or is_tar


class _Zip:
    form = "zip"

    def __init__(self, stream: BinaryIO, limits: ArchiveLimits, most: int) -> None:
        self._archive = zipfile.ZipFile(Guarded(stream))  # type: ignore[arg-type]
        entries = self._archive.infolist()
        _count(len(entries), limits)
        names = {entry.filename.lower() for entry in entries}
        if not names.isdisjoint(_PAPERS) or (
            entries and entries[0].filename == "mimetype"
        ):
            raise ArchiveError("archive-paper", "it is one paper, not many")
        self._entries: dict[int, zipfile.ZipInfo] = {}
        members = []
        for number, entry in enumerate(entries, 1):
            if entry.is_dir():
                continue
            self._entries[number] = entry
            members.append(
                _member(number, entry.orig_filename, entry.file_size, _fault(entry))
            )
        self.members = tuple(members)
        # Reading a member ends at the size that it states, so the sum is a bound.
        _weigh(sum(member.bytes for member in members), most)

    def contents(self, numbers: Container[int]) -> Iterator[tuple[Member, BinaryIO]]:
        """Open the named members in turn."""
        for member in self.members:
            if member.number in numbers:
                with self._opened(member) as content:
                    yield member, content

    def _opened(self, member: Member) -> BinaryIO:
        try:
            return self._archive.open(self._entries[member.number])  # type: ignore[return-value]
        except READ_FAULTS as damage:
            # Told when it is read, as the damage of any other member is.
            return Forward.broken(str(damage))


def _fault(entry: zipfile.ZipInfo) -> tuple[str, str]:
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if stat.S_ISLNK(kind):
        return "member-link", "is a link; it may lead out of the archive"
    if kind and not stat.S_ISREG(kind):
        return "member-special", "is no plain file"
    if entry.flag_bits & _ENCRYPTED:
        return "member-encrypted", "is encrypted; it is not read without its password"
    if entry.compress_type not in _METHODS:
        return "member-method", "is compressed in a way that is not read here"
    return "", ""


class _Tar:
    def __init__(
        self, stream: BinaryIO, head: bytes, limits: ArchiveLimits, most: int
    ) -> None:
        self._stream = stream
        self._packed, self.form = unpacked(head)
        is_plain = self._packed is None
        self._most = stream.seek(0, os.SEEK_END) if is_plain else most
        members: list[Member] = []
        count = 0
        for number, entry, _ in self._walk():
            count = number
            _count(number, limits)
            if not entry.isdir():
                members.append(
                    _member(number, _plain(entry.name), entry.size, _tar_fault(entry))
                )
        if not count:
            raise ArchiveError("archive-unknown", "it is neither a ZIP nor a tar")
        self.members = tuple(members)
        _weigh(sum(member.bytes for member in members), most)

    def _walk(self) -> Iterator[tuple[int, tarfile.TarInfo, tarfile.TarFile]]:
        """Walk the tar from its beginning to its very end."""
        self._stream.seek(0)
        opener = self._packed
        source = opener(self._stream) if opener else self._stream
        guarded = Guarded(Forward(source, self._most) if opener else source)
        archive = tarfile.TarFile(
            fileobj=guarded,  # type: ignore[arg-type]
            encoding="utf-8",
            errors="surrogateescape",
        )
        number, before = 0, -1
        while (entry := archive.next()) is not None:
            # A crafted size could lead back to where the reader has been.
            if entry.size < 0 or archive.offset <= before:
                raise ArchiveError("archive-damaged", "a member has a false size")
            before, number = archive.offset, number + 1
            yield number, entry, archive
            # tarfile would remember every member.
            vars(archive)["members"] = []
        # tarfile stops at the first bad header without a word.
        chunk = guarded.last
        while chunk:
            if chunk.strip(b"\0"):
                raise ArchiveError(
                    "archive-damaged", "something unreadable stands behind its members"
                )
            chunk = guarded.read(1 << 20)

    def contents(self, numbers: Container[int]) -> Iterator[tuple[Member, BinaryIO]]:
        """Open the named members in turn, in the order of the archive."""
        known = {member.number: member for member in self.members}
        for number, entry, archive in self._walk():
            member = known.get(number)
            if member is None or number not in numbers:
                continue
            content = archive.extractfile(entry) if member.fault is None else None
            if content is None:
                yield member, Forward.broken(member.message or "holds no bytes")
            else:
                yield member, content  # type: ignore[misc]


def _tar_fault(entry: tarfile.TarInfo) -> tuple[str, str]:
    if entry.issym() or entry.islnk():
        return "member-link", "is a link; it may lead out of the archive"
    if not entry.isreg() or entry.issparse():
        return "member-special", "is no plain file"
    return "", ""


def _plain(name: str) -> str:
    return name.removeprefix("./")


def _count(members: int, limits: ArchiveLimits) -> None:
    if members > limits.max_members:
        raise ArchiveError(
            "archive-limit", f"it has more than {limits.max_members} members"
        )


def _weigh(size: int, most: int) -> None:
    if size > most:
        raise ArchiveError(
            "archive-limit",
            f"it unpacks to {size} bytes; from an archive of its size and place at "
            f"most {most} are taken",
        )
