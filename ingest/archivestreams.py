"""Streams between an archive and its reader: forward only, counted, never endless."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
from typing import TYPE_CHECKING, Any, BinaryIO

from ingest.errors import IngestError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["ArchiveError", "Forward", "Guarded", "is_packed", "unpacked"]

_GZIP, _BZIP2, _XZ = b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00"
# What a header or a directory may hold: the names of every member of an archive.
_MAX_HEADER_BYTES = 16 << 20
_XZ_MEMORY_BYTES = 128 << 20
_CHUNK_BYTES = 1 << 16


class ArchiveError(IngestError):
    """Say that an archive cannot be taken apart.

    Parameters
    ----------
    code
        ``archive-unknown``, ``archive-damaged``, ``archive-paper``, ``archive-limit``.
    message
        What is wrong, for a person.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class _XZStream(io.RawIOBase):
    """The content of an .xz file; its dictionary may not be of any size."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._decoder = self._fresh()
        self._left = b""

    @staticmethod
    def _fresh() -> lzma.LZMADecompressor:
        return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_XZ_MEMORY_BYTES)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            content = self._next(len(buffer))
        except lzma.LZMAError as damage:
            raise OSError(str(damage)) from None
        buffer[: len(content)] = content
        return len(content)

    def _next(self, size: int) -> bytes:
        while True:
            if self._decoder.eof:
                # One .xz may be several streams, one behind the other.
                self._left = self._decoder.unused_data or self._left
                self._left = (self._left or self._stream.read(_CHUNK_BYTES)).lstrip(
                    b"\0"
                )
                if not self._left:
                    return b""
                self._decoder = self._fresh()
            fed = b""
            if self._decoder.needs_input:
                fed, self._left = self._left or self._stream.read(_CHUNK_BYTES), b""
                if not fed:
                    raise EOFError("the compressed file ends early")
            if content := self._decoder.decompress(fed, size):
                return content


def is_packed(head: bytes) -> bool:
    """Say whether first bytes are those of a compressed file."""
    return head.startswith((_GZIP, _BZIP2, _XZ))


def unpacked(head: bytes) -> tuple[Callable[[BinaryIO], Any] | None, str]:
    """Return what unpacks a tar, None for a plain one, and the name of its form."""
    if head.startswith(_GZIP):
        return lambda packed: gzip.GzipFile(fileobj=packed), "tar.gz"
    if head.startswith(_BZIP2):
        return bz2.BZ2File, "tar.bz2"
    if head.startswith(_XZ):
        return lambda packed: io.BufferedReader(_XZStream(packed)), "tar.xz"
    return None, "tar"


class Forward(io.RawIOBase):
    """A stream that is read forward only; to seek is to read on.

    Parameters
    ----------
    most
        So many bytes may come out of it.
    """

    def __init__(self, stream: Any, most: int) -> None:
        self._stream = stream
        self._most = most
        self._at = 0
        self._broken = ""

    @classmethod
    def broken(cls, why: str) -> BinaryIO:
        """Return a stream whose reading fails with a reason."""
        stream = cls(None, 0)
        stream._broken = why
        return stream  # type: ignore[return-value]

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def tell(self) -> int:
        """Return where the next byte comes from."""
        return self._at

    def readinto(self, buffer: Any) -> int:
        """Read some bytes, counted."""
        if self._broken:
            raise OSError(self._broken)
        content = self._stream.read(len(buffer))
        self._at += len(content)
        if self._at > self._most:
            message = f"it unpacks to more than the {self._most} bytes that are taken"
            raise ArchiveError("archive-limit", message)
        buffer[: len(content)] = content
        return len(content)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to a place."""
        if whence != os.SEEK_SET or offset < self._at:
            raise ArchiveError("archive-damaged", "it leads back to where it was read")
        while self._at < offset and self.read(min(_CHUNK_BYTES, offset - self._at)):
            pass
        return self._at


class Guarded(io.RawIOBase):
    """Keep the readers of archives from taking headers of any size into memory."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self.last = b""

    def read(self, size: int | None = -1) -> bytes:
        """Read some bytes; `last` keeps what was read last."""
        wanted = _MAX_HEADER_BYTES + 1 if size is None or size < 0 else size
        content: bytes = self._stream.read(min(wanted, _MAX_HEADER_BYTES + 1))
        if len(content) > _MAX_HEADER_BYTES:
            raise ArchiveError("archive-limit", "it has a header beyond measure")
        self.last = content
        return content

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def seekable(self) -> bool:
        """Say that it can be sought in."""
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to a place."""
        return int(self._stream.seek(offset, whence))

    def tell(self) -> int:
        """Return where the next byte comes from."""
        return int(self._stream.tell())
