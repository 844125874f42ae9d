"""The process that an absence scan runs in: it opens the files and looks.

A process of its own, because closing a file drops the locks that the same process
holds on it (a rule of POSIX locks): the database's own connections would lose theirs.
It also keeps what a hostile file does to it away from the archive.
"""

import base64
import contextlib
import json
import os
import sqlite3
import stat
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from recordsvc.storage.findings import Findings, Limits
from recordsvc.storage.needles import Finder
from recordsvc.storage.sieving import Sieve
from recordsvc.storage.unpacking import MARKERS

BLOCK_BYTES = 1 << 20
SQLITE_MAGIC = b"SQLite format 3\0"
# A reader's transaction keeps the write-ahead log from being emptied.
ROWS_A_TRANSACTION = 500
LONGEST_VALUE_BYTES = 256 * 1024**2


def look(
    places: Mapping[str, Path], needles: Mapping[str, bytes], limits: Limits
) -> tuple[list[dict[str, Any]], Findings]:
    """Look for needles in every plain file below some places.

    Parameters
    ----------
    places
        Name to a file or folder; a link that names a place is followed, links below
        it are not.

    Returns
    -------
    tuple
        One mapping a place (``name``, ``path``, ``exists``, ``files``, ``bytes``),
        and what was found.
    """
    finder = Finder(needles, MARKERS)
    findings = Findings(limits=limits)
    seen = []
    for name, place in places.items():
        root = os.path.realpath(place)
        files = size = 0
        for path in _files(root, findings):
            findings.begin(path)
            length = _look_into(path, finder, findings)
            files += length is not None
            size += length or 0
        seen.append(
            {
                "name": name,
                "path": str(place),
                "exists": os.path.lexists(root),
                "files": files,
                "bytes": size,
            }
        )
    return seen, findings


def _files(root: str, findings: Findings) -> Iterator[str]:
    """Yield the plain files below a place; note what is neither file nor folder."""
    waiting = [root]
    while waiting:
        path = waiting.pop()
        findings.begin(path)
        try:
            mode = os.lstat(path).st_mode
            if stat.S_ISDIR(mode):
                with os.scandir(path) as entries:
                    names = sorted((e.path for e in entries), reverse=True)
                waiting += names
                continue
        except FileNotFoundError:
            continue
        except OSError as exc:
            findings.cannot_scan("", _said(exc))
            continue
        if stat.S_ISREG(mode):
            yield path
        else:
            findings.cannot_scan("", _kind(mode))


def _kind(mode: int) -> str:
    if stat.S_ISLNK(mode):
        return "link"
    if stat.S_ISFIFO(mode):
        return "named pipe"
    return "socket" if stat.S_ISSOCK(mode) else "device"


def _look_into(path: str, finder: Finder, findings: Findings) -> int | None:
    """Look through one file; return its length, None when it could not be read."""
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY
    sieve = Sieve(finder, findings)
    length = 0
    first = b""
    try:
        descriptor = os.open(path, flags)
        with os.fdopen(descriptor, "rb", buffering=0) as stream:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                findings.cannot_scan("", "it was replaced by a special file")
                return None
            while block := stream.read(BLOCK_BYTES):
                first = first or block[: len(SQLITE_MAGIC)]
                sieve.feed(block)
                length += len(block)
        sieve.close()
    except FileNotFoundError:
        return None
    except OSError as exc:
        findings.cannot_scan("", _said(exc))
        return None
    if first == SQLITE_MAGIC:
        _look_into_tables(path, finder, findings)
    return length


def _look_into_tables(path: str, finder: Finder, findings: Findings) -> None:
    """Look through the values of an SQLite database, each in one piece.

    Notes
    -----
    In the file a value longer than a page lies in pieces, with the number of the
    next page between them: a needle may stand across two of them.
    """
    # Without a log nobody else is writing, and nothing need be made beside it.
    mode = "mode=ro" if Path(f"{path}-wal").exists() else "immutable=1"
    uri = f"{Path(path).as_uri()}?{mode}"
    try:
        with contextlib.closing(sqlite3.connect(uri, uri=True, timeout=10)) as base:
            base.text_factory = bytes
            base.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LONGEST_VALUE_BYTES)
            base.execute("PRAGMA trusted_schema = 0")
            for table in _tables(base):
                where = f"table {table.decode('utf-8', 'backslashreplace')}"
                for values in _rows(base, table):
                    for value in values:
                        if isinstance(value, bytes):
                            sieve = Sieve(finder, findings, where, 1)
                            sieve.feed(value)
                            sieve.close()
    except sqlite3.Error as exc:
        findings.cannot_scan("tables", f"SQLite says: {exc}")


def _tables(base: sqlite3.Connection) -> list[bytes]:
    return [
        name
        for name, statement in base.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'table'"
        )
        if statement and not statement.upper().startswith(b"CREATE VIRTUAL")
    ]


def _rows(base: sqlite3.Connection, table: bytes) -> Iterator[tuple[Any, ...]]:
    quoted = '"' + table.decode("utf-8").replace('"', '""') + '"'
    try:
        base.execute(f"SELECT rowid FROM {quoted} LIMIT 0")  # noqa: S608  quoted
    except sqlite3.OperationalError:
        # WITHOUT ROWID: there is no short way to go on from a row.
        yield from base.execute(f"SELECT * FROM {quoted}")  # noqa: S608  quoted
        return
    statement = (
        f"SELECT rowid, * FROM {quoted} WHERE rowid > ? "  # noqa: S608  quoted
        f"ORDER BY rowid LIMIT {ROWS_A_TRANSACTION}"
    )
    last: int | None = -(1 << 63)
    while last is not None:
        begin, last = last, None
        # Row by row: the values of a table may be large.
        for row in base.execute(statement, (begin,)):
            last = row[0]
            yield row


def _said(exc: OSError) -> str:
    return exc.strerror or type(exc).__name__


def main() -> None:
    """Read what to look for from standard input, and write what was found."""
    asked = json.load(sys.stdin)
    seen, findings = look(
        {name: Path(path) for name, path in asked["places"].items()},
        {i: base64.b64decode(needle) for i, needle in asked["needles"].items()},
        Limits(**asked["limits"]),
    )
    json.dump(
        {
            "places": seen,
            "hits": [asdict(hit) for hit in findings.hits.values()],
            "not_scannable": [asdict(one) for one in findings.not_scannable.values()],
            "left_off": dict(findings.left_off),
        },
        sys.stdout,
    )


if __name__ == "__main__":
    main()
