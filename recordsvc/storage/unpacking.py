"""Streams that hide content, recognised by how they begin and unpacked as they come.

Every class is fed the bytes from its beginning on, in pieces, and gives what they
say; nothing is kept but what the algorithm itself needs.
"""

import binascii
import bz2
import lzma
import re
import struct
import zlib
from collections.abc import Iterator
from typing import Protocol

from recordsvc.storage.needles import MIN_NEEDLE_BYTES

OUTPUT_BYTES = 1 << 20
PROBE_BYTES = 512
CAREFUL_BYTES = 16
XZ_MEMORY_BYTES = 64 * 1024**2
# How far an announcement may stand before the base64 lines that it announces.
MAX_HEADER_BYTES = 4096
_BLANK_LINE = re.compile(rb"\r?\n[ \t]*\r?\n")
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/=\r\n]")
_LOCAL_HEADER = struct.Struct("<4s5H3L2H")
_IS_ENCRYPTED = 1
_STORED, _DEFLATED, _BZIP2 = 0, 8, 12
# APPNOTE 6.3.10 section 4.4.5; 99 stands for AES.
_METHODS = frozenset({*range(20), *range(93, 100)})
_NEWEST_VERSION = 63


class CannotUnpack(Exception):
    """What certainly is a stream cannot be looked into."""


class NoStream(Exception):
    """What looked like a beginning was none, or is damaged."""


class Unpacker(Protocol):
    """One stream that is being unpacked."""

    name: str
    # Says that a beginning like this is no accident: damage is worth a word.
    is_certain: bool
    is_done: bool

    def unpack(self, piece: bytes) -> Iterator[bytes]:
        """Yield what the next bytes say, in parts of at most about 1 MiB."""


class Packed:
    """A zlib (RFC 1950), gzip (RFC 1952), bare deflate, bzip2 or xz stream."""

    def __init__(self, name: str, *, is_certain: bool) -> None:
        self.name = name
        self.is_certain = is_certain
        self.is_done = False
        self._deflate = (
            None
            if name in {"bzip2", "xz"}
            else zlib.decompressobj({"gzip": 31, "deflate": -15}.get(name, 15))
        )
        self._other = (
            bz2.BZ2Decompressor()
            if name == "bzip2"
            else lzma.LZMADecompressor(lzma.FORMAT_XZ, XZ_MEMORY_BYTES)
            if name == "xz"
            else None
        )

    def unpack(self, piece: bytes) -> Iterator[bytes]:
        """Yield what the next bytes say."""
        try:
            yield from self._inflate(piece) if self._deflate else self._others(piece)
        except (zlib.error, OSError, EOFError) as exc:
            raise NoStream(str(exc)) from None
        except lzma.LZMAError as exc:
            if "emory" in str(exc):
                raise CannotUnpack("it wants more memory than it is given") from None
            raise NoStream(str(exc)) from None

    def _inflate(self, piece: bytes) -> Iterator[bytes]:
        stream = self._deflate
        assert stream is not None  # noqa: S101  narrows the type
        before, given = stream.copy(), 0
        try:
            for part in self._inflated(stream, piece):
                given += len(part)
                yield part
        except zlib.error:
            # It keeps to itself what it read before the damage: read that again.
            yield from _up_to_damage(before, piece, given)
            raise

    def _inflated(self, stream: "zlib._Decompress", piece: bytes) -> Iterator[bytes]:
        while True:
            part = stream.decompress(piece, OUTPUT_BYTES)
            if part:
                yield part
            piece = stream.unconsumed_tail
            self.is_done = stream.eof
            if self.is_done or not (piece or len(part) == OUTPUT_BYTES):
                return

    def _others(self, piece: bytes) -> Iterator[bytes]:
        stream = self._other
        assert stream is not None  # noqa: S101  narrows the type
        while True:
            part = stream.decompress(piece, OUTPUT_BYTES)
            if part:
                yield part
            piece = b""
            self.is_done = stream.eof
            if self.is_done or stream.needs_input:
                return


def _up_to_damage(
    stream: "zlib._Decompress", piece: bytes, given: int
) -> Iterator[bytes]:
    for at in range(0, len(piece), CAREFUL_BYTES):
        try:
            part = stream.decompress(piece[at : at + CAREFUL_BYTES])
        except zlib.error:
            return
        yield part[max(0, given) :]
        given -= len(part)


class ZipMember:
    """A member of a ZIP file from its local header on (APPNOTE 4.3.7).

    The table at the end of the file is not asked: also members that it does not
    name, and those of a file that was cut off, are looked into.
    """

    is_certain = True

    def __init__(self) -> None:
        self.name = "zip"
        self.is_done = False
        self._header = b""
        self._content: Packed | None = None

    def unpack(self, piece: bytes) -> Iterator[bytes]:
        """Yield what the next bytes say."""
        if self._content is None:
            self._header += piece
            if len(self._header) < _LOCAL_HEADER.size:
                return
            fields = _LOCAL_HEADER.unpack_from(self._header)
            name_length, extra_length = fields[9:]
            begin = _LOCAL_HEADER.size + name_length + extra_length
            _require_plausible(fields)
            if len(self._header) < begin:
                return
            self._begin(fields[2], fields[3], name_length)
            if self._content is None:
                return
            piece, self._header = self._header[begin:], b""
        yield from self._content.unpack(piece)
        self.is_done = self._content.is_done

    def _begin(self, flags: int, method: int, name_length: int) -> None:
        start = _LOCAL_HEADER.size
        name = self._header[start : start + name_length]
        self.name = f"zip:{name.decode('utf-8', 'backslashreplace')}"
        if flags & _IS_ENCRYPTED:
            raise CannotUnpack("encrypted")
        if method == _STORED:
            # Its bytes stand in the file as they are.
            self.is_done = True
        elif method == _DEFLATED:
            self._content = Packed("deflate", is_certain=True)
        elif method == _BZIP2:
            self._content = Packed("bzip2", is_certain=True)
        else:
            raise CannotUnpack(f"packed by method {method}")


def _require_plausible(fields: tuple[int, ...]) -> None:
    _, version, _, method, *_, name_length, extra_length = fields
    if (
        version & 0xFF > _NEWEST_VERSION
        or method not in _METHODS
        or not 0 < name_length <= MAX_HEADER_BYTES
        or extra_length > 2 * MAX_HEADER_BYTES
    ):
        raise NoStream("no local header")


class Base64Lines:
    """Lines of base64 after an announcement (RFC 2045) or in a data URI (RFC 2397)."""

    is_certain = False

    def __init__(self, *, has_header: bool) -> None:
        self.name = "base64"
        self.is_done = False
        self._is_before = has_header
        self._skip = len(b"base64,")
        self._rest = b""

    def unpack(self, piece: bytes) -> Iterator[bytes]:
        """Yield what the next bytes say."""
        piece = self._rest + piece
        self._rest = b""
        if self._is_before:
            blank = _BLANK_LINE.search(piece, 0, MAX_HEADER_BYTES)
            if blank is None:
                if len(piece) > MAX_HEADER_BYTES:
                    raise NoStream("no base64 follows")
                self._rest = piece
                return
            piece, self._is_before, self._skip = piece[blank.end() :], False, 0
        if len(piece) < self._skip:
            self._rest = piece
            return
        piece, self._skip = piece[self._skip :], 0
        end = _NOT_BASE64.search(piece)
        if end is not None:
            piece, self.is_done = piece[: end.start()], True
        letters = piece.translate(None, b"\r\n=")
        whole = len(letters) if self.is_done else len(letters) // 4 * 4
        self._rest = letters[whole:]
        yield _decoded(letters[:whole])


def _decoded(letters: bytes) -> bytes:
    if len(letters) % 4 == 1:
        letters = letters[:-1]
    return binascii.a2b_base64(letters + b"=" * (-len(letters) % 4))


# The two bytes that begin a zlib stream: deflate, a window of 4 KiB to 32 KiB, no
# dictionary, and a check sum.
_ZLIB = [
    bytes([method, flags])
    for method in (0x48, 0x58, 0x68, 0x78)
    for flags in range(256)
    if not (method << 8 | flags) % 31 and not flags & 0x20
]
MARKERS: dict[bytes, str] = {
    b"PK\x03\x04": "zip",
    b"\x1f\x8b\x08": "gzip",
    **{f"BZh{level}1AY&SY".encode(): "bzip2" for level in range(1, 10)},
    b"\xfd7zXZ\x00": "xz",
    b"base64,": "data-uri",
    b"ncoding: base64": "base64",
    b"NCODING: BASE64": "base64",
    b"ncoding: BASE64": "base64",
    **dict.fromkeys(_ZLIB, "zlib"),
    "EncryptedPackage".encode("utf-16-le"): "encrypted-office",
    b"/Encrypt": "encrypted-pdf",
}
# What cannot be looked into, by how a file begins.
CLOSED = {
    b"7z\xbc\xaf\x27\x1c": "a 7z archive",
    b"Rar!\x1a\x07": "a RAR archive",
    b"(\xb5/\xfd": "packed with zstd",
    b"\x04\x22M\x18": "packed with lz4",
    b"Salted__": "encrypted by OpenSSL",
    b"-----BEGIN PGP MESSAGE": "encrypted by OpenPGP",
}


def gives_nothing(content: bytes, start: int) -> bool:
    """Tell whether what begins like a zlib stream breaks off before any needle.

    Notes
    -----
    Chance makes hundreds of such beginnings in 1 MiB: this turns away most of them
    for a few microseconds each.
    """
    try:
        zlib.decompressobj().decompress(
            content[start : start + PROBE_BYTES], MIN_NEEDLE_BYTES
        )
    except zlib.error:
        return True
    return False


def unpacker_of(marker: str, *, is_first: bool) -> Unpacker:
    """Return what unpacks a stream of the kind that a marker begins.

    Parameters
    ----------
    is_first
        The stream begins where the file begins: no accident.
    """
    if marker == "zip":
        return ZipMember()
    if marker in {"base64", "data-uri"}:
        return Base64Lines(has_header=marker == "base64")
    is_certain = marker in {"bzip2", "xz"} or (marker == "gzip" and is_first)
    return Packed(marker, is_certain=is_certain)
