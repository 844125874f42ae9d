"""A scan of our own for tokens in bytes: nothing of the service's scanner is used."""

import re
import sqlite3
import struct
import zlib
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from tests.faults.retention.marked_papers import WORD

_PLAIN = re.compile(WORD.encode() + rb"([0-9]{4})end", re.IGNORECASE)
_WIDE = re.compile(
    b"\0".join(bytes([c]) for c in WORD.encode()) + rb"\0((?:[0-9]\0){4})",
    re.IGNORECASE,
)
_ZLIB = re.compile(rb"\x78[\x01\x5e\x9c\xda]")
_GZIP = re.compile(rb"\x1f\x8b\x08")
_MEMBER = re.compile(rb"PK\x03\x04")
_MAX_UNPACKED = 4_000_000


class Scanned:
    """Where which numbers were found, and how much was read."""

    def __init__(self) -> None:
        self.places: defaultdict[int, set[str]] = defaultdict(set)
        self.bytes = 0

    def note(self, place: str, content: bytes) -> None:
        self.bytes += len(content)
        for found in _PLAIN.finditer(content):
            self.places[int(found[1])].add(place)
        for found in _WIDE.finditer(content):
            self.places[int(found[1].replace(b"\0", b""))].add(f"{place} (UTF-16)")


def scan(folder: Path) -> Scanned:
    """Look through every file below a folder, and through the values of databases."""
    found = Scanned()
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or path.is_symlink():
            continue
        place = str(path.relative_to(folder))
        _look(found, place, path.read_bytes())
        if path.suffix == ".sqlite3":
            for table, value in _values(path):
                _look(found, f"{place}:{table}", value)
    return found


def _look(found: Scanned, place: str, content: bytes) -> None:
    found.note(place, content)
    for kind, unpacked in _unpacked(content):
        found.note(f"{place} in {kind}", unpacked)


def _unpacked(content: bytes) -> Iterator[tuple[str, bytes]]:
    for kind, pattern, bits in (("zlib", _ZLIB, 15), ("gzip", _GZIP, 31)):
        for start in pattern.finditer(content):
            unpacked = _inflated(content[start.start() :], bits)
            if unpacked:
                yield kind, unpacked
    for start in _MEMBER.finditer(content):
        head = content[start.start() : start.start() + 30]
        if len(head) < 30:
            continue
        method = struct.unpack_from("<H", head, 8)[0]
        names, extra = struct.unpack_from("<HH", head, 26)
        body = content[start.start() + 30 + names + extra :]
        if method == 8:
            yield "zip", _inflated(body, -15)


def _inflated(content: bytes, bits: int) -> bytes:
    try:
        return zlib.decompressobj(bits).decompress(content, _MAX_UNPACKED)
    except zlib.error:
        return b""


def _values(path: Path) -> Iterator[tuple[str, bytes]]:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type='table'")
        for (table,) in tables.fetchall():
            for row in connection.execute(f'SELECT * FROM "{table}"'):
                for value in row:
                    if isinstance(value, str):
                        yield table, value.encode("utf-8", "surrogatepass")
                    elif isinstance(value, bytes):
                        yield table, value
