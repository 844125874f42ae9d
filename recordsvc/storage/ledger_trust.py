"""Which lines of a destruction ledger are this installation's own."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from recordsvc.storage.errors import LedgerDamaged, LedgerForged, LedgerUnsigned
from recordsvc.storage.ledger_lines import Adopted, Line, signed_bytes

# A signature costs about as much as ten lines; one vouches for all before it.
BLOCK_LINES, BLOCK_BYTES = 1_000, 4 * 1024 * 1024
Read = tuple[Line, int]


def vouched(
    lines: Iterable[Read],
    path: Path,
    keys: Mapping[str, str],
    *,
    is_begun: bool,
    takes_unsigned: bool = False,
) -> Iterator[Read]:
    """Yield lines as soon as a signature of a known key covers them.

    Parameters
    ----------
    lines
        Each with its length in bytes, chained to each other.
    path
        For messages.
    keys
        Public keys, PEM, by their ids.
    is_begun
        There are lines before these, and they were vouched for.
    takes_unsigned
        Yield also a ledger that wholly is from before signatures.

    Raises
    ------
    LedgerUnsigned, LedgerForged, LedgerDamaged
        At the first line that nobody vouches for; it is not yielded, and none after it.

    Notes
    -----
    A signature is made over the hash of the line before, and a hash over the
    signature of its line. So the signature of a last line vouches for a whole block:
    who changes a line or its signature has to make all that follow anew.
    """
    block: list[Read] = []
    size, is_signed = 0, is_begun
    for line, length in lines:
        if is_signed and not (line.key in keys and _is_usual(line)):
            # A line before it may be false as well, and is then the first.
            _require_signature(block, path, keys)
        _require_place(line, len(block), path, keys, is_signed=is_signed)
        is_signed = bool(line.key)
        block.append((line, length))
        size += length
        if is_signed and (len(block) >= BLOCK_LINES or size >= BLOCK_BYTES):
            _require_signature(block, path, keys)
            yield from block
            block, size = [], 0
    if block and not is_signed and not takes_unsigned:
        raise LedgerUnsigned(path, 1, len(block))
    if is_signed:
        _require_signature(block, path, keys)
    yield from block


def _is_usual(line: Line) -> bool:
    return not isinstance(line.content, Adopted)


def _require_place(
    line: Line, waiting: int, path: Path, keys: Mapping[str, str], *, is_signed: bool
) -> None:
    """Refuse a line that may not stand behind so many lines without signatures."""
    if not line.key:
        if is_signed:
            raise LedgerUnsigned(path, line.seq)
        return
    if line.key not in keys:
        raise LedgerForged(path, line.seq, line.key)
    if not is_signed and waiting and _is_usual(line):
        raise LedgerUnsigned(path, 1, waiting)
    if not _is_usual(line) and (is_signed or line.content != Adopted(lines=waiting)):
        raise LedgerDamaged(path, line.seq, "it adopts what does not stand before it")


def _require_signature(
    block: Sequence[Read], path: Path, keys: Mapping[str, str]
) -> None:
    if not block or _is_true(block[-1][0], keys):
        return
    for line, _ in block:
        if line.key and not _is_true(line, keys):
            raise LedgerForged(path, line.seq)


def _is_true(line: Line, keys: Mapping[str, str]) -> bool:
    from recordsvc.storage.signing import verify

    return verify(keys[line.key], bytes.fromhex(line.signature), signed_bytes(line))
