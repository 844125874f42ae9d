"""The lines of the destruction ledger: canonical JSON, chained and signed.

Three things stand in a ledger: what was destroyed, that lines of a time before
signatures were adopted, and that the number of a certificate was taken.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from recordsvc.storage.errors import LedgerDamaged
from recordsvc.storage.values import is_digest

if TYPE_CHECKING:
    from recordsvc.storage.signing import SigningKey

# A record of 100,000 originals takes 7 MB.
MAX_LINE_BYTES = 16 * 1024 * 1024
# The key signs certificates and tree heads too: none of them begins like this.
SIGNED_AS = b"recordsvc destruction ledger\n"
# What a line says of the title of a tombstone, beside the mark of one that was kept.
TITLE_UNKNOWN, TITLE_REPLACED = "unknown", "replaced"
# The tombstone keeps only the proof: neither a title nor anything else it was known by.
TITLE_BARE = "bare"
_NAME = re.compile(r"[\x21-\x7e]{1,200}")
_KEY_ID = re.compile(r"[0-9a-f]{16}")
_SIGNATURE = re.compile(r"[0-9a-f]{128}")


def title_mark(record_id: str, title: str | None) -> str:
    """Return what a ledger says of the title that a tombstone has kept.

    Parameters
    ----------
    title
        None where it was as closed as the content, and is not kept.
    """
    if title is None:
        return TITLE_REPLACED
    told = f"{record_id}\n{title}".encode("utf-8", "surrogatepass")
    return hashlib.sha256(told).hexdigest()


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
    title
        As :func:`title_mark` says it; unknown in lines from before signatures.
    """

    record_id: str
    sha256s: tuple[str, ...]
    list_id: str
    destroyed_on: date
    title: str = TITLE_UNKNOWN

    def __post_init__(self) -> None:
        for name in (self.record_id, self.list_id):
            if _NAME.fullmatch(name) is None:
                raise ValueError(f"{name!r} is no id")
        if not all(map(is_digest, self.sha256s)):
            raise ValueError(f"record {self.record_id} has a digest that is no SHA-256")
        words = {TITLE_UNKNOWN, TITLE_REPLACED, TITLE_BARE}
        if self.title not in words and not is_digest(self.title):
            raise ValueError(f"{self.title!r} says nothing of a title")


@dataclass(frozen=True, slots=True, kw_only=True)
class Adopted:
    """A person took over the lines before this one, which have no signatures.

    Parameters
    ----------
    lines
        How many there are: all of them.
    """

    lines: int

    def __post_init__(self) -> None:
        if type(self.lines) is not int or self.lines < 1:
            raise ValueError(f"{self.lines!r} is no number of lines")


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberTaken:
    """A certificate may have this number, and none after it.

    Parameters
    ----------
    certificate
        From 1.
    """

    certificate: int

    def __post_init__(self) -> None:
        if type(self.certificate) is not int or self.certificate < 1:
            raise ValueError(f"{self.certificate!r} is no number of a certificate")


Content = Destroyed | Adopted | NumberTaken


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the ledger, of whatever it tells.

    Parameters
    ----------
    seq
        From 1, without gaps.
    prev
        ``hash`` of the line before, 64 zeros for the first.
    key
        Id of the key that has signed it; empty in lines from before signatures.
    signature
        Ed25519, hex, over :func:`signed_bytes`; empty without a key.
    hash
        SHA-256 of the canonical JSON (sorted keys, no spaces, ASCII) of the others.
    """

    seq: int
    prev: str
    content: Content
    key: str = ""
    signature: str = ""
    hash: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerEntry:
    """A line that tells of a destroyed record.

    Parameters
    ----------
    seq, prev, hash
        As those of :class:`Line`.
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


def line_after(
    head: LedgerHead, content: Content, key: "SigningKey"
) -> tuple[bytes, LedgerHead]:
    """Return the next line of a ledger, with its line end, and the new head.

    Raises
    ------
    ValueError
        If the line would be longer than 16 MiB.
    """
    bare = Line(seq=head.size + 1, prev=head.hash, content=content, key=key.key_id)
    fields = _fields(bare)
    fields["signature"] = key.sign(SIGNED_AS + _canonical(fields)).hex()
    digest = _hash(fields)
    line = _canonical({**fields, "hash": digest}) + b"\n"
    if len(line) > MAX_LINE_BYTES:
        raise ValueError(f"line {bare.seq} of the ledger would be too long")
    return line, LedgerHead(size=bare.seq, hash=digest)


def signed_bytes(line: Line) -> bytes:
    """Return what the signature of a line is made over.

    It holds the hash of the line before, and so vouches for every line before it.
    """
    return SIGNED_AS + _canonical(_fields(line))


def parsed(
    stream: BinaryIO, path: Path, after: LedgerHead
) -> Iterator[tuple[Line, int]]:
    """Yield each complete line with its length in bytes; signatures are not checked.

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
    while text := stream.readline(MAX_LINE_BYTES + 1):
        if not text.endswith(b"\n"):
            if len(text) > MAX_LINE_BYTES:
                raise LedgerDamaged(path, seq + 1, "it is longer than any line")
            return
        seq += 1
        try:
            line = _line(text)
        except (ValueError, KeyError, TypeError, RecursionError):
            raise LedgerDamaged(path, seq, "it is no line of a ledger") from None
        if (line.seq, line.prev) != (seq, prev):
            raise LedgerDamaged(path, seq, "it does not follow the line before it")
        yield line, len(text)
        prev = line.hash


def _line(text: bytes) -> Line:
    fields = json.loads(text)
    line = Line(
        seq=fields["seq"],
        prev=fields["prev"],
        content=_content(fields),
        key=fields.get("key", ""),
        signature=fields.get("signature", ""),
        hash=fields["hash"],
    )
    if type(line.seq) is not int:
        raise ValueError(text)
    if line.key or line.signature:
        if not (_KEY_ID.fullmatch(line.key) and _SIGNATURE.fullmatch(line.signature)):
            raise ValueError(text)
    elif not isinstance(line.content, Destroyed):
        raise ValueError(text)
    # Written again it must be the same bytes: no other key, no other spelling.
    again = _fields(line)
    if line.key:
        again["signature"] = line.signature
    if _canonical({**again, "hash": _hash(again)}) + b"\n" != text:
        raise ValueError(text)
    return line


def _content(fields: Mapping[str, Any]) -> Content:
    if "adopts" in fields:
        return Adopted(lines=fields["adopts"])
    if "certificate" in fields:
        return NumberTaken(certificate=fields["certificate"])
    return Destroyed(
        record_id=fields["record_id"],
        sha256s=tuple(fields["sha256s"]),
        list_id=fields["list"],
        destroyed_on=date.fromisoformat(fields["destroyed_on"]),
        title=fields["title"] if "key" in fields else TITLE_UNKNOWN,
    )


def _fields(line: Line) -> dict[str, Any]:
    """Return what a line says, without its signature and hash."""
    fields: dict[str, Any] = {"seq": line.seq, "prev": line.prev}
    match line.content:
        case Adopted(lines=lines):
            fields["adopts"] = lines
        case NumberTaken(certificate=number):
            fields["certificate"] = number
        case one:
            fields["record_id"] = one.record_id
            fields["sha256s"] = list(one.sha256s)
            fields["list"] = one.list_id
            fields["destroyed_on"] = one.destroyed_on.isoformat()
            if line.key:
                fields["title"] = one.title
    if line.key:
        fields["key"] = line.key
    return fields


def _canonical(fields: Mapping[str, Any]) -> bytes:
    return json.dumps(
        fields, sort_keys=True, separators=(",", ":"), ensure_ascii=True
    ).encode("ascii")


def _hash(fields: Mapping[str, Any]) -> str:
    return hashlib.sha256(_canonical(fields)).hexdigest()
