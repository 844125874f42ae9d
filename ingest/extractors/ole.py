"""Read compound files, the container of Word, Excel and PowerPoint before 2007.

Source: [MS-CFB] Compound File Binary File Format, version 3 and 4, and [MS-OLEPS]
for the summary information.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from ingest.errors import IngestError
from ingest.extractors.source import Findings

__all__ = ["CompoundFile", "DamagedCompoundFileError", "Storage", "summary_values"]

_END = 0xFFFFFFFC
_STORAGE, _STREAM, _ROOT = 1, 2, 5
_MAX_DEPTH = 16
_MAX_ENTRIES = 20_000
_MAX_SECTORS = 2_000_000
_SUMMARY_FIELDS = {
    2: "title",
    3: "subject",
    4: "author",
    5: "keywords",
    12: "created",
    13: "modified",
}


class DamagedCompoundFileError(IngestError):
    """Say that a compound file cannot be followed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Storage:
    """Hold a folder of a compound file.

    Parameters
    ----------
    clsid
        The class it states, 16 bytes.
    streams
        Where the bytes of its streams begin, and how many they are, by name.
    storages
        Its own folders by name.
    """

    clsid: bytes = bytes(16)
    streams: dict[str, tuple[int, int]] = field(default_factory=dict)
    storages: dict[str, Storage] = field(default_factory=dict)

    @property
    def bytes(self) -> int:
        """Return how many bytes its streams state in all, those below included."""
        below = sum(storage.bytes for storage in self.storages.values())
        return below + sum(size for _, size in self.streams.values())


class CompoundFile:
    """Read the streams of one compound file.

    Parameters
    ----------
    content
        The bytes of the file.

    Raises
    ------
    DamagedCompoundFileError
        The header or the allocation table is not readable.
    """

    def __init__(self, content: bytes) -> None:
        self._content = content
        try:
            self._open()
        except (struct.error, IndexError, ValueError) as damage:
            raise DamagedCompoundFileError(f"damaged: {damage}") from damage

    def _open(self) -> None:
        header = self._content[:512]
        shift, mini_shift = struct.unpack_from("<HH", header, 30)
        if shift not in {9, 12} or mini_shift != 6:
            raise DamagedCompoundFileError("the sector size is unknown")
        self._sector = 1 << shift
        (first_directory,) = struct.unpack_from("<I", header, 48)
        (self._cutoff, first_mini) = struct.unpack_from("<II", header, 56)
        (first_difat,) = struct.unpack_from("<I", header, 68)
        self._fat = self._read_fat(header, first_difat)
        self._directory = self._chain(first_directory)
        self._entries = dict(_entries(self._directory))
        self._mini_fat = _numbers(self._chain(first_mini)) if first_mini < _END else ()
        root = self._entries.get("Root Entry")
        self._mini = self._chain(root[0]) if root and root[0] < _END else b""

    def _at(self, sector: int) -> bytes:
        start = (sector + 1) * self._sector
        return self._content[start : start + self._sector]

    def _read_fat(self, header: bytes, difat: int) -> tuple[int, ...]:
        sectors = list(struct.unpack_from("<109I", header, 76))
        for _ in range(10_000):
            if difat >= _END:
                break
            numbers = _numbers(self._at(difat))
            if not numbers:
                break
            sectors.extend(numbers[:-1])
            difat = numbers[-1]
        table = b"".join(self._at(s) for s in sectors if s < _END)
        return _numbers(table)

    def _chain(self, sector: int) -> bytes:
        parts = []
        for _ in range(min(len(self._fat), _MAX_SECTORS)):
            if sector >= _END or sector >= len(self._fat):
                break
            parts.append(self._at(sector))
            sector = self._fat[sector]
        return b"".join(parts)

    def names(self) -> frozenset[str]:
        """Return the names of all streams and storages."""
        return frozenset(self._entries)

    def stream(self, name: str) -> bytes:
        """Return the bytes of a stream, empty when there is none of that name."""
        place = self._entries.get(name)
        return b"" if place is None else self.at(place)

    def tree(self) -> Storage:
        """Return the root folder with everything below it.

        Notes
        -----
        An entry is met once: a directory that leads back into itself ends there.
        """
        root = Storage(clsid=self._directory[80:96])
        waiting = [(root, _three(self._directory, 0)[2], 0)]
        seen: set[int] = {0}
        while waiting and len(seen) < _MAX_ENTRIES:
            holder, number, depth = waiting.pop()
            offset = 128 * number
            if number in seen or offset + 128 > len(self._directory):
                continue
            seen.add(number)
            left, right, child = _three(self._directory, number)
            waiting += [(holder, left, depth), (holder, right, depth)]
            entry = self._directory[offset : offset + 128]
            found = next(_entries(entry), None)
            if found is None:
                continue
            name, place = found
            if entry[66] == _STREAM:
                holder.streams[name] = place
            elif entry[66] == _STORAGE and depth < _MAX_DEPTH:
                inner = holder.storages[name] = Storage(clsid=entry[80:96])
                waiting.append((inner, child, depth + 1))
        return root

    def at(self, place: tuple[int, int]) -> bytes:
        """Return the bytes of a stream by its place and size."""
        start, size = place
        if size >= self._cutoff:
            return self._chain(start)[:size]
        parts = []
        sector = start
        for _ in range(len(self._mini_fat)):
            if sector >= len(self._mini_fat):
                break
            parts.append(self._mini[sector * 64 : sector * 64 + 64])
            sector = self._mini_fat[sector]
        return b"".join(parts)[:size]


def _numbers(content: bytes) -> tuple[int, ...]:
    count = len(content) // 4
    return struct.unpack_from(f"<{count}I", content)


def _three(directory: bytes, number: int) -> tuple[int, int, int]:
    """Return the numbers of the entries left, right and below of one."""
    left, right, child = struct.unpack_from("<III", directory, 128 * number + 68)
    return left, right, child


def _entries(directory: bytes) -> Iterator[tuple[str, tuple[int, int]]]:
    for offset in range(0, len(directory) - 127, 128):
        entry = directory[offset : offset + 128]
        (length,) = struct.unpack_from("<H", entry, 64)
        if entry[66] == 0 or not 2 <= length <= 64:
            continue
        name = entry[: length - 2].decode("utf-16-le", "replace")
        start, size = struct.unpack_from("<II", entry, 116)
        yield name, (start, size)


def summary_values(container: CompoundFile, found: Findings) -> None:
    """Add title, author and dates of the summary information stream."""
    stream = container.stream("\x05SummaryInformation")
    try:
        values = dict(_properties(stream))
    except (struct.error, IndexError, ValueError, OverflowError):
        found.warn("summary:damaged", "the document properties cannot be read")
        return
    for number, name in _SUMMARY_FIELDS.items():
        found.value(name, values.get(number), "ole:summary")


def _properties(stream: bytes) -> Iterator[tuple[int, str]]:
    if len(stream) < 48:
        return
    (base,) = struct.unpack_from("<I", stream, 44)
    (count,) = struct.unpack_from("<I", stream, base + 4)
    table = [
        struct.unpack_from("<II", stream, base + 8 + 8 * i)
        for i in range(min(count, 100))
    ]
    codepage = "cp1252"
    for number, offset in table:
        at = base + offset
        if number == 1:
            (page,) = struct.unpack_from("<H", stream, at + 4)
            codepage = {65001: "utf-8", 1200: "utf-16-le"}.get(page, f"cp{page}")
    for number, offset in table:
        at = base + offset
        (kind,) = struct.unpack_from("<I", stream, at)
        if kind == 30:
            (length,) = struct.unpack_from("<I", stream, at + 4)
            raw = stream[at + 8 : at + 8 + length]
            try:
                text = raw.decode(codepage, "replace")
            except LookupError:
                text = raw.decode("cp1252", "replace")
            yield number, text.split("\x00")[0]
        elif kind == 64:
            (ticks,) = struct.unpack_from("<Q", stream, at + 4)
            if ticks > 0:
                start = datetime(1601, 1, 1, tzinfo=UTC)
                moment = start + timedelta(microseconds=ticks // 10)
                yield number, moment.strftime("%Y-%m-%dT%H:%M:%SZ")
