"""The lines of the destruction ledger: canonical JSON, chained by hashes."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, BinaryIO

from recordsvc.storage.errors import LedgerDamaged
from recordsvc.storage.values import is_digest

# A record of 100,000 originals takes 7 MB.
MAX_LINE_BYTES = 16 * 1024 * 1024
_NAME = re.compile(r"[\x21-\x7e]{1,200}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Destroyed:
    """What the ledger is told of one destroyed record.

    Parameters
    ----------
    record_id
        1 to 200 visible ASCII characters.
    sha256s
        Digests of its originals, lower-case hex.
    list_id
        The disposal list that ordered it, or another word for the authority.
    destroyed_on
        Legal day.
    """

    record_id: str
    sha256s: tuple[str, ...]
    list_id: str
    destroyed_on: date

    def __post_init__(self) -> None:
        for name in (self.record_id, self.list_id):
            if _NAME.fullmatch(name) is None:
                raise ValueError(f"{name!r} is no id")
        if not all(map(is_digest, self.sha256s)):
            raise ValueError(f"record {self.record_id} has a digest that is no SHA-256")


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerEntry:
    """One line of the ledger.

    Parameters
    ----------
    seq
        From 1, without gaps.
    prev
        ``hash`` of the line before, 64 zeros for the first.
    hash
        SHA-256 of the canonical JSON (sorted keys, no spaces, ASCII) of the others.
    """

    seq: int
    destroyed: Destroyed
    prev: str
    hash: str

    @property
    def record_id(self) -> str:
        """Return the id of the destroyed record."""
        return self.destroyed.record_id


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerHead:
    """How far a ledger goes: enough to tell a shortened or foreign one.

    Parameters
    ----------
    size
        Number of lines.
    hash
        ``hash`` of the last line, 64 zeros when there is none.
    """

    size: int
    hash: str


GENESIS = LedgerHead(size=0, hash="0" * 64)


def line_after(head: LedgerHead, one: Destroyed) -> tuple[bytes, LedgerHead]:
    """Return the next line of a ledger, with its line end, and the new head.

    Raises
    ------
    ValueError
        If the line would be longer than 16 MiB.
    """
    fields = _fields(head.size + 1, one, head.hash)
    digest = _hash(fields)
    line = _canonical({**fields, "hash": digest}) + b"\n"
    if len(line) > MAX_LINE_BYTES:
        raise ValueError(f"record {one.record_id} has too many digests")
    return line, LedgerHead(size=head.size + 1, hash=digest)


def parsed(
    stream: BinaryIO, path: Path, after: LedgerHead
) -> Iterator[tuple[LedgerEntry, int]]:
    """Yield each complete line with its length in bytes.

    Parameters
    ----------
    stream
        Stands at the first line after ``after``.
    path
        For messages.

    Raises
    ------
    LedgerDamaged
        At a line that is not as it was written; an incomplete last line, which
        a kill leaves, is passed over.
    """
    seq, prev = after.size, after.hash
    while line := stream.readline(MAX_LINE_BYTES + 1):
        if not line.endswith(b"\n"):
            if len(line) > MAX_LINE_BYTES:
                raise LedgerDamaged(path, seq + 1, "it is longer than any line")
            return
        seq += 1
        try:
            entry = _entry(line)
        except (ValueError, KeyError, TypeError, RecursionError):
            raise LedgerDamaged(path, seq, "it is no line of a ledger") from None
        if (entry.seq, entry.prev) != (seq, prev):
            raise LedgerDamaged(path, seq, "it does not follow the line before it")
        yield entry, len(line)
        prev = entry.hash


def _entry(line: bytes) -> LedgerEntry:
    fields = json.loads(line)
    entry = LedgerEntry(
        seq=fields["seq"],
        destroyed=Destroyed(
            record_id=fields["record_id"],
            sha256s=tuple(fields["sha256s"]),
            list_id=fields["list"],
            destroyed_on=date.fromisoformat(fields["destroyed_on"]),
        ),
        prev=fields["prev"],
        hash=fields["hash"],
    )
    # Written again it must be the same bytes: no other key, no other spelling.
    again = _fields(entry.seq, entry.destroyed, entry.prev)
    if _canonical({**again, "hash": _hash(again)}) + b"\n" != line:
        raise ValueError(line)
    return entry


def _fields(seq: int, one: Destroyed, prev: str) -> dict[str, Any]:
    return {
        "seq": seq,
        "record_id": one.record_id,
        "sha256s": list(one.sha256s),
        "list": one.list_id,
        "destroyed_on": one.destroyed_on.isoformat(),
        "prev": prev,
    }


def _canonical(fields: Mapping[str, Any]) -> bytes:
    return json.dumps(
        fields, sort_keys=True, separators=(",", ":"), ensure_ascii=True
    ).encode("ascii")


def _hash(fields: Mapping[str, Any]) -> str:
    return hashlib.sha256(_canonical(fields)).hexdigest()
