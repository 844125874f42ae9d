"""Write compound files: a message in a message becomes a file of its own.

Source: [MS-CFB] Compound File Binary File Format, version 3. The same folders give
the same bytes.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["Folder", "compound_file"]

_SECTOR, _MINI, _CUTOFF = 512, 64, 4096
_FREE, _CHAIN_END, _FAT, _DIFAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD, 0xFFFFFFFC
_IN_HEADER, _PER_SECTOR = 109, _SECTOR // 4
_STORAGE, _STREAM, _ROOT = 1, 2, 5
_RED, _BLACK = 0, 1
_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """Hold a folder to be written.

    Parameters
    ----------
    clsid
        The class it states, 16 bytes.
    streams
        Bytes by name; a name has at most 31 characters.
    folders
        Its own folders by name.
    """

    clsid: bytes = bytes(16)
    streams: Mapping[str, bytes] = field(default_factory=dict)
    folders: Mapping[str, Folder] = field(default_factory=dict)


@dataclass(slots=True)
class _Entry:
    name: str
    kind: int
    clsid: bytes = bytes(16)
    content: bytes = b""
    colour: int = _BLACK
    left: int = _FREE
    right: int = _FREE
    child: int = _FREE
    start: int = 0
    size: int = 0

    def packed(self) -> bytes:
        name = self.name.encode("utf-16-le")
        return struct.pack(
            "<64sHBBIII16sI8s8sIQ",
            name,
            len(name) + 2,
            self.kind,
            self.colour,
            self.left,
            self.right,
            self.child,
            self.clsid,
            0,
            bytes(8),
            bytes(8),
            self.start,
            self.size,
        )


def compound_file(root: Folder) -> bytes:
    """Return a compound file that holds a root folder and all below it."""
    entries = [_Entry(name="Root Entry", kind=_ROOT, clsid=root.clsid)]
    _enter(entries, 0, root)
    table = _Table()
    mini = bytearray()
    mini_table: list[int] = []
    for entry in entries:
        entry.size = len(entry.content)
        if entry.kind != _STREAM:
            continue
        if entry.size >= _CUTOFF:
            entry.start = table.add(entry.content)
        elif entry.size:
            entry.start = len(mini_table)
            _link(mini_table, -(-entry.size // _MINI))
            mini += entry.content + bytes(-entry.size % _MINI)
        else:
            entry.start = _CHAIN_END
    entries[0].start = table.add(bytes(mini))
    entries[0].size = len(mini)
    packed = struct.pack(f"<{len(mini_table)}I", *mini_table)
    padding = -len(packed) % _SECTOR
    first_mini = table.add(packed + b"\xff" * padding)
    directory = table.add(b"".join(entry.packed() for entry in entries))
    return table.file(directory, first_mini, -(-len(packed) // _SECTOR))


def _enter(entries: list[_Entry], number: int, folder: Folder) -> None:
    """Add what is in a folder, as a balanced tree below its entry."""
    children = [
        *(_Entry(name=n, kind=_STREAM, content=c) for n, c in folder.streams.items()),
        *(
            _Entry(name=name, kind=_STORAGE, clsid=inner.clsid)
            for name, inner in folder.folders.items()
        ),
    ]
    # [MS-CFB] 2.6.4: shorter names first, then by their letters in capitals.
    children.sort(key=lambda e: (len(e.name.encode("utf-16-le")), e.name.upper()))
    first = len(entries)
    entries.extend(children)
    deepest = len(children).bit_length() - 1
    top = _tree(entries, first, len(entries), 0, deepest)
    entries[number].child = top
    for at, child in enumerate(children, first):
        if child.kind == _STORAGE:
            _enter(entries, at, folder.folders[child.name])


def _tree(entries: list[_Entry], start: int, end: int, depth: int, deepest: int) -> int:
    """Return the entry at the top of a tree over a sorted run of entries.

    Only the lowest level is red: so every way down meets as many black entries.
    """
    if start >= end:
        return _FREE
    middle = (start + end) // 2
    entry = entries[middle]
    entry.colour = _RED if depth and depth == deepest else _BLACK
    entry.left = _tree(entries, start, middle, depth + 1, deepest)
    entry.right = _tree(entries, middle + 1, end, depth + 1, deepest)
    return middle


def _link(table: list[int], count: int) -> None:
    """Add a chain of so many places."""
    start = len(table)
    table.extend(range(start + 1, start + count))
    table.append(_CHAIN_END)


class _Table:
    """Lay streams out in sectors."""

    def __init__(self) -> None:
        self._next: list[int] = []
        self._content = bytearray()

    def add(self, content: bytes) -> int:
        """Add a stream; return its first sector."""
        if not content:
            return _CHAIN_END
        start = len(self._next)
        _link(self._next, -(-len(content) // _SECTOR))
        self._content += content + bytes(-len(content) % _SECTOR)
        return start

    def file(self, directory: int, first_mini: int, mini_sectors: int) -> bytes:
        """Return header, streams and the tables of sectors."""
        used = len(self._next)
        fats = difats = 0
        while fats * _PER_SECTOR < used + fats + difats:
            fats = -(-(used + fats + difats) // _PER_SECTOR)
            difats = -(-max(fats - _IN_HEADER, 0) // (_PER_SECTOR - 1))
        places = list(range(used, used + fats))
        table = [*self._next, *[_FAT] * fats, *[_DIFAT] * difats]
        table += [_FREE] * (fats * _PER_SECTOR - len(table))
        first_difat = used + fats if difats else _CHAIN_END
        header = struct.pack(
            "<8s16sHHHHH6sIIIIIIIII",
            _MAGIC,
            bytes(16),
            0x3E,
            3,
            0xFFFE,
            9,
            6,
            bytes(6),
            0,
            fats,
            directory,
            0,
            _CUTOFF,
            first_mini,
            mini_sectors,
            first_difat,
            difats,
        )
        listed = [*places[:_IN_HEADER], *[_FREE] * (_IN_HEADER - fats)]
        head = header + struct.pack(f"<{_IN_HEADER}I", *listed)
        fat = struct.pack(f"<{len(table)}I", *table)
        return head + bytes(self._content) + fat + _difat(places, used + fats)


def _difat(places: list[int], first: int) -> bytes:
    """Return the sectors that list further sectors of the table."""
    beyond = places[_IN_HEADER:]
    step = _PER_SECTOR - 1
    out = b""
    for number, at in enumerate(range(0, len(beyond), step), 1):
        part = beyond[at : at + step]
        part += [_FREE] * (step - len(part))
        more = at + step < len(beyond)
        out += struct.pack(
            f"<{_PER_SECTOR}I", *part, first + number if more else _CHAIN_END
        )
    return out
