"""Check an exported audit trail with Python's standard library alone.

    python3 -I audit_verifier.py FOLDER [--heads FILE]... [--key FILE.pem] [--json]

FOLDER holds ``audit.jsonl`` and ``heads.json`` of one export. Heads of earlier
exports, kept by somebody who could not change them since, prove that nothing in
the trail was rewritten. Exit 0 when all is well, 8 when not, 2 when something
cannot be read.

The form of the trail: one JSON object a line, ASCII, keys sorted, no white space.
``hash`` is the SHA-256 of the same object without ``hash``; ``prev`` is the hash of
the line before, 64 zeros in the first; ``seq`` counts from 0. The hashes are the
leaves of a Merkle tree (RFC 6962): a leaf is SHA-256 of 00 and the 32 bytes of the
hash, a node SHA-256 of 01 and its two children. A head has the root for a size; its
signature is Ed25519 (RFC 8032) over the JSON object of ``at``, ``root``, ``size`` and
``store`` in the same form.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

UNREADABLE, UNVERIFIED = 2, 8
MAX_LINE_BYTES = 1 << 20
MAX_HEADS_BYTES = 64 << 20
FIRST_PREVIOUS = "0" * 64
HEAD_KEYS = ("at", "root", "size", "store")


class Unreadable(Exception):
    """A file is missing or is not what it should be."""


@dataclass(frozen=True)
class Verdict:
    """What was found; `first_bad` is the position of the first bad entry."""

    valid: bool
    size: int
    root: str
    first_bad: int | None
    reason: str | None
    signed_by: tuple[str, ...]


def canonical(value: Mapping[str, Any]) -> bytes:
    """Return the form of an object that is hashed and signed."""
    return json.dumps(
        value, ensure_ascii=True, sort_keys=True, separators=(",", ":")
    ).encode("ascii")


def sha256(*parts: bytes) -> bytes:
    """Return the SHA-256 of bytes that follow each other."""
    return hashlib.sha256(b"".join(parts)).digest()


class Tree:
    """A Merkle tree that grows at its right end and knows its root."""

    def __init__(self) -> None:
        self.size = 0
        self.peaks: list[bytes] = []

    def add(self, leaf: bytes) -> None:
        """Add the content of a leaf."""
        digest, index = sha256(b"\x00", leaf), self.size
        while index & 1:
            digest = sha256(b"\x01", self.peaks.pop(), digest)
            index >>= 1
        self.peaks.append(digest)
        self.size += 1

    def root(self) -> str:
        """Return the root in hex."""
        if not self.peaks:
            return sha256().hex()
        digest = self.peaks[-1]
        for left in reversed(self.peaks[:-1]):
            digest = sha256(b"\x01", left, digest)
        return digest.hex()


def fault_of(line: bytes, seq: int, previous: str) -> tuple[str, str | None]:
    """Return an entry's hash, and what is wrong with it if anything is."""
    try:
        entry = json.loads(line)
        claimed = entry.pop("hash")
        is_form = canonical({**entry, "hash": claimed}) == line
    except (ValueError, TypeError, AttributeError, KeyError, RecursionError):
        return "", "it is no entry"
    if not is_form:
        return "", "it is not in the one form of an entry"
    if entry.get("seq") != seq:
        return "", f"entry {entry.get('seq')} stands in its place"
    if claimed != sha256(canonical(entry)).hex():
        return "", "it was altered"
    if entry.get("prev") != previous:
        return "", "it does not follow on the entry before"
    return claimed, None


def check(lines: Iterable[bytes], heads: Sequence[Mapping[str, Any]]) -> Verdict:
    """Check every entry and every head."""
    tree, previous, vouched, fault = Tree(), FIRST_PREVIOUS, 0, None
    first_bad: int | None = None
    waiting = sorted(heads, key=lambda head: -int(head["size"]))
    rest = iter(lines)
    while True:
        while fault is None and waiting and waiting[-1]["size"] == tree.size:
            head = waiting.pop()
            if head["root"] == tree.root():
                vouched = tree.size
            else:
                first_bad = vouched
                fault = f"the trail is not the one of the head of {head['at']}"
        line = next(rest, None)
        if fault is not None or line is None:
            break
        digest, fault = fault_of(line, tree.size, previous)
        if fault is not None:
            first_bad = tree.size
            break
        tree.add(bytes.fromhex(digest))
        previous = digest
    if fault is None and waiting:
        first_bad = tree.size
        fault = f"it is gone: a head vouches for {waiting[0]['size']} entries"
    return Verdict(
        valid=fault is None,
        size=tree.size,
        root=tree.root(),
        first_bad=first_bad,
        reason=fault,
        signed_by=(),
    )


def lines_of(path: Path) -> Iterator[bytes]:
    """Yield the lines of a trail."""
    with path.open("rb") as stream:
        while line := stream.readline(MAX_LINE_BYTES):
            # The last line of a whole file ends like every other.
            yield line[:-1] if line.endswith(b"\n") else line + b"\n"


def heads_of(path: Path) -> list[dict[str, Any]]:
    """Return the heads of a file: one object or a list of them."""
    if path.stat().st_size > MAX_HEADS_BYTES:
        raise Unreadable(f"{path} is too large for a file of heads")
    try:
        found = json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        raise Unreadable(f"{path} is no JSON document") from None
    heads = found if isinstance(found, list) else [found]
    for head in heads:
        if (
            not isinstance(head, dict)
            or any(key not in head for key in HEAD_KEYS)
            or type(head["size"]) is not int
            or head["size"] < 0
        ):
            raise Unreadable(f"{path} holds something that is no head")
    return heads


# Ed25519 as RFC 8032 section 5.1 has it; slow, and enough for a few heads.
P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)
KEY_BYTES, SIGNATURE_BYTES = 32, 64
KEY_PREFIX = bytes.fromhex("302a300506032b6570032100")
Point = tuple[int, int, int, int]


def added(a: Point, b: Point) -> Point:
    """Return the sum of two points in extended coordinates."""
    e = (a[1] - a[0]) * (b[1] - b[0]) % P
    f = (a[1] + a[0]) * (b[1] + b[0]) % P
    g, h = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    w, x, y, z = f - e, h - g, h + g, f + e
    return w * x % P, y * z % P, x * y % P, w * z % P


def multiplied(factor: int, point: Point) -> Point:
    """Return a multiple of a point."""
    result: Point = (0, 1, 1, 0)
    while factor:
        if factor & 1:
            result = added(result, point)
        point, factor = added(point, point), factor >> 1
    return result


def point_of(encoded: bytes) -> Point | None:
    """Return the point that 32 bytes stand for, None if there is none."""
    y = int.from_bytes(encoded, "little")
    sign, y = y >> 255, y & ((1 << 255) - 1)
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_OF_MINUS_ONE % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


BASE = point_of((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def is_signed(key: bytes, content: bytes, signature: bytes) -> bool:
    """Check an Ed25519 signature with a key of 32 bytes."""
    point, start = point_of(key), point_of(signature[:32])
    factor = int.from_bytes(signature[32:], "little")
    if (
        len(signature) != SIGNATURE_BYTES
        or not (point and start and BASE)
        or factor >= L
    ):
        return False
    digest = hashlib.sha512(signature[:32] + key + content).digest()
    challenge = int.from_bytes(digest, "little") % L
    left = multiplied(factor, BASE)
    right = added(start, multiplied(challenge, point))
    return (left[0] * right[2] - right[0] * left[2]) % P == 0 and (
        left[1] * right[2] - right[1] * left[2]
    ) % P == 0


def key_of(pem: str) -> bytes:
    """Return the 32 bytes of a public key given as PEM."""
    body = "".join(line for line in pem.split("\n") if "-----" not in line)
    try:
        der = base64.b64decode(body, validate=True)
    except ValueError:
        der = b""
    if len(der) != len(KEY_PREFIX) + KEY_BYTES or not der.startswith(KEY_PREFIX):
        raise Unreadable("the key is no Ed25519 public key in PEM")
    return der[len(KEY_PREFIX) :]


def signers(heads: Sequence[Mapping[str, Any]], trusted: str | None) -> tuple[str, ...]:
    """Check the signatures of heads; return the names of their keys.

    Parameters
    ----------
    trusted
        The one key that may have signed, as PEM; without it a head is checked
        with the key that stands in it, which proves only that it is unharmed.
    """
    found = []
    for head in heads:
        signature, pem = head.get("signature"), trusted or head.get("key")
        if signature is None and trusted is None:
            continue
        content = canonical({key: head[key] for key in HEAD_KEYS})
        try:
            signed = is_signed(key_of(str(pem)), content, bytes.fromhex(str(signature)))
        except ValueError:
            signed = False
        if not signed:
            raise Unreadable(f"the signature of the head of {head['at']} is not true")
        found.append(str(head.get("key_id", "")))
    return tuple(dict.fromkeys(found))


def examine(folder: Path, more: Sequence[Path], key: Path | None) -> Verdict:
    """Check a folder against its own heads and those kept elsewhere."""
    heads = [head for path in (folder / "heads.json", *more) for head in heads_of(path)]
    if len({str(head["store"]) for head in heads}) > 1:
        raise Unreadable("the heads are of different stores")
    signed_by = signers(heads, key.read_text(encoding="ascii") if key else None)
    verdict = check(lines_of(folder / "audit.jsonl"), heads)
    return Verdict(**{**asdict(verdict), "signed_by": signed_by})


def main(argv: Sequence[str] | None = None) -> int:
    """Check what the arguments name; return the exit code."""
    parser = argparse.ArgumentParser(description="Check an exported audit trail.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--heads", type=Path, action="append", default=[])
    parser.add_argument("--key", type=Path, help="the public key that must have signed")
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args(argv)
    try:
        verdict = examine(chosen.folder, chosen.heads, chosen.key)
    except (Unreadable, OSError, UnicodeDecodeError) as error:
        sys.stderr.write(f"audit_verifier: {error}\n")
        return UNREADABLE
    if chosen.json:
        text = json.dumps(asdict(verdict))
    elif verdict.valid:
        text = f"{verdict.size} entries are true; root {verdict.root}"
    else:
        text = f"entry {verdict.first_bad} is bad: {verdict.reason}"
    sys.stdout.write(text + "\n")
    return 0 if verdict.valid else UNVERIFIED


if __name__ == "__main__":
    sys.exit(main())
