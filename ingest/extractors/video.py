"""The tables of MP4 (ISO/IEC 14496-12) and Matroska (RFC 9559) containers."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["VideoFacts", "matroska_facts", "mp4_facts"]

_MAX_BOXES = 20_000
_MAX_TABLE_BYTES = 1 << 20
_MAX_CODECS = 8
_MOVIE_BOXES = frozenset({b"moov", b"trak", b"mdia", b"minf", b"stbl"})
_SEGMENT, _INFO, _TRACKS, _ENTRY, _VIDEO = (
    0x18538067,
    0x1549A966,
    0x1654AE6B,
    0xAE,
    0xE0,
)
_SCALE, _DURATION, _CODEC, _WIDTH, _HEIGHT = 0x2AD7B1, 0x4489, 0x86, 0xB0, 0xBA
_FLOATS = {4: "!f", 8: "!d"}
_MASTERS = frozenset({_SEGMENT, _INFO, _TRACKS, _ENTRY, _VIDEO})


@dataclass(slots=True)
class VideoFacts:
    """Hold what the tables of one container say.

    Attributes
    ----------
    duration_s
        Length in seconds, 0 when it is not said.
    codecs
        As the container names them: ``avc1``, ``V_VP9``.
    width, height
        Of the picture, in points.
    """

    duration_s: float = 0.0
    codecs: list[str] = field(default_factory=list)
    width: int = 0
    height: int = 0

    def codec(self, name: str) -> None:
        """Note a codec, each once."""
        plain = "".join(c for c in name if c.isalnum() or c in "_/-")[:40]
        if plain and plain not in self.codecs and len(self.codecs) < _MAX_CODECS:
            self.codecs.append(plain)


def mp4_facts(file: BinaryIO, size: int) -> VideoFacts:
    """Return what the boxes of an MP4 or QuickTime file say."""
    facts = VideoFacts()
    for kind, start, end in _boxes(file, size):
        if kind not in {b"mvhd", b"tkhd", b"stsd"}:
            continue
        file.seek(start)
        table = file.read(min(end - start, 4_096))
        if kind == b"mvhd" and len(table) >= 32:  # noqa: PLR2004 - its shortest form
            is_long = table[0] == 1
            scale, length = (
                struct.unpack_from("!IQ", table, 20)
                if is_long
                else struct.unpack_from("!II", table, 12)
            )
            facts.duration_s = length / scale if scale else 0.0
        elif kind == b"tkhd" and len(table) >= 84:  # noqa: PLR2004 - its shortest form
            at = 88 if table[0] == 1 else 76
            if len(table) >= at + 8:
                width, height = struct.unpack_from("!II", table, at)
                facts.width = max(facts.width, width >> 16)
                facts.height = max(facts.height, height >> 16)
        elif kind == b"stsd":
            facts.codec(table[12:16].decode("latin-1"))
    return facts


def _boxes(file: BinaryIO, size: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield kind, start and end of every box that tells something, outer ones first."""
    waiting = [(0, size)]
    seen = 0
    while waiting:
        at, end = waiting.pop()
        while at + 8 <= end and seen < _MAX_BOXES:
            seen += 1
            file.seek(at)
            head = file.read(16)
            if len(head) < 8:  # noqa: PLR2004 - length and kind
                break
            length, kind = struct.unpack_from("!I4s", head)
            start = at + 8
            if length == 1 and len(head) == 16:  # noqa: PLR2004 - a long length
                length, start = struct.unpack_from("!Q", head, 8)[0], at + 16
            elif length == 0:
                length = end - at
            if length < start - at or at + length > end:
                break
            if kind in _MOVIE_BOXES:
                waiting.append((start, at + length))
            yield kind, start, at + length
            at += length


def matroska_facts(file: BinaryIO, size: int) -> VideoFacts:
    """Return what the elements of a Matroska or WebM file say."""
    facts = VideoFacts()
    scale, length = 1_000_000, 0.0
    for kind, content in _elements(file, size):
        if kind == _SCALE:
            scale = int.from_bytes(content[:8], "big")
        elif kind == _DURATION and len(content) in _FLOATS:
            length = struct.unpack(_FLOATS[len(content)], content)[0]
        elif kind == _CODEC:
            facts.codec(content.decode("ascii", "replace"))
        elif kind == _WIDTH:
            facts.width = int.from_bytes(content[:4], "big")
        elif kind == _HEIGHT:
            facts.height = int.from_bytes(content[:4], "big")
    facts.duration_s = length * scale / 1e9
    return facts


def _elements(file: BinaryIO, size: int) -> Iterator[tuple[int, bytes]]:
    waiting = [(0, size)]
    seen = 0
    while waiting:
        at, end = waiting.pop()
        while at < end and seen < _MAX_BOXES:
            seen += 1
            file.seek(at)
            head = file.read(12)
            kind, width = _number(head, keeps_marker=True)
            length, more = _number(head[width:], keeps_marker=False)
            if not width or not more:
                break
            start = at + width + more
            # All bits set: up to the end of what it lies in.
            is_open = length == (1 << (7 * more)) - 1
            stop = end if is_open else start + length
            stop = min(stop, end)
            if kind in _MASTERS:
                waiting.append((start, stop))
            elif stop - start <= _MAX_TABLE_BYTES and kind in {
                _SCALE,
                _DURATION,
                _CODEC,
                _WIDTH,
                _HEIGHT,
            }:
                file.seek(start)
                yield kind, file.read(stop - start)
            at = stop


def _number(head: bytes, *, keeps_marker: bool) -> tuple[int, int]:
    """Return a number of variable length and its width, 0 when there is none."""
    if not head or not head[0]:
        return 0, 0
    width = 9 - head[0].bit_length()
    if len(head) < width:
        return 0, 0
    value = int.from_bytes(head[:width], "big")
    if not keeps_marker:
        value &= (1 << (7 * width)) - 1
    return value, width
