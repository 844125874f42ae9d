"""Checking the whole audit trail, and handing it to an auditor."""

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from importlib.resources import files
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

from recordsvc.bootstrap import Service
from recordsvc.jobs.sealer import Sealer, audit_file
from recordsvc.services.access import authorize
from recordsvc.services.audit import merkle
from recordsvc.services.audit.auditcheck import (
    Checked,
    check_ends,
    check_entries,
    check_heads,
)
from recordsvc.services.audit.auditing import Head, head_of, lines_between
from recordsvc.services.audit.recordcheck import (
    Compared,
    compare_records,
    counted_in_trail,
    untold,
)
from recordsvc.services.context import Actor, Context
from recordsvc.services.errors import Conflict, InvalidRequest
from recordsvc.storage.durable import PRIVATE_FILE, make_private_directory

# Entries a transaction: no reader stays in one for long.
CHUNK = 5_000
RECORDS = 2_000
MAX_HEADS = 100_000
VERIFIER = "audit_verifier.py"
_HASH_CHARS = 64


class HeadSigner(Protocol):
    """Whoever signs the head of an exported trail."""

    @property
    def key_id(self) -> str:
        """Return the name of the key."""

    def sign(self, content: bytes) -> bytes:
        """Return the Ed25519 signature of bytes."""

    @property
    def public_pem(self) -> str:
        """Return the public key as PEM."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a check of the whole trail has found.

    Parameters
    ----------
    size, root
        Of the trail, the root in hex.
    first_bad
        Position of the first entry that was altered, removed, moved or added;
        None when all is well.
    reason
        What is wrong with it, or how much differs.
    records, record_events
        How many were compared with the trail; none while the trail itself is bad.
    differences
        The first events that stand in a record or in the trail alone, in words.
    """

    valid: bool
    size: int
    root: str
    first_bad: int | None
    reason: str | None
    records: int = 0
    record_events: int = 0
    differences: tuple[str, ...] = ()


def verify_trail(service: Service, actor: Actor, heads: Sequence[Head] = ()) -> Verdict:
    """Check chain, Merkle tree and file entry by entry, kept heads, and records.

    Nothing is repaired before it is judged: what waits is sealed, and checked in
    its turn, only when everything before it is true.

    Raises
    ------
    NotAllowed
        Without the function ``audit.view``.
    InvalidRequest
        If a head is of another store.
    Temporary
        If another process holds the sealer and does not get it done.
    """
    service.view(actor, lambda ctx: authorize(ctx, "audit.view"))
    lines = audit_file(service.settings).lines()
    done = _check_file(service, actor, Checked(), lines)
    if done.fault is None:
        with Sealer(service) as sealer:
            sealer.catch_up()
        lines = islice(audit_file(service.settings).lines(), done.size, None)
        done = _check_file(service, actor, done, lines)

    def work(ctx: Context) -> Verdict:
        found = done if done.fault else check_ends(ctx.root, done)
        by_heads = check_heads(ctx.root, found, heads)
        if by_heads.fault and (not found.fault or by_heads.size < found.size):
            found = by_heads
        trail = ctx.root.audit
        is_valid = found.fault is None
        return Verdict(
            valid=is_valid,
            size=done.size if is_valid else trail.size,
            root=merkle.root_of(done.frontier if is_valid else trail.frontier).hex(),
            first_bad=None if is_valid else found.size,
            reason=found.fault,
        )

    verdict = service.view(actor, work)
    return _with_records(service, actor, verdict) if verdict.valid else verdict


def _with_records(service: Service, actor: Actor, verdict: Verdict) -> Verdict:
    """Compare the events of every record with a trail that is true, both ways."""
    done = Compared(size=verdict.size)
    while not done.is_done:
        done = service.view(actor, partial(_next_records, done=done))
    told = sum(
        service.view(actor, partial(_count, part=part)) for part in _parts(verdict.size)
    )
    # Every event of a record is in the trail once: more there are told by no record.
    if told != done.sealed:
        for part in _parts(verdict.size):
            for seq, words in service.view(actor, partial(_untold, part=part)):
                done = done.with_fault(words, seq)
    return replace(
        verdict,
        valid=not done.faults,
        first_bad=done.first_bad,
        reason=f"{done.faults} events differ between records and the trail"
        if done.faults
        else None,
        records=done.records,
        record_events=done.events,
        differences=done.named,
    )


def _next_records(ctx: Context, *, done: Compared) -> Compared:
    return compare_records(ctx.root, done, RECORDS)


def _count(ctx: Context, *, part: range) -> int:
    return counted_in_trail(ctx.root, part)


def _untold(ctx: Context, *, part: range) -> tuple[tuple[int, str], ...]:
    return tuple(untold(ctx.root, part))


def _parts(size: int) -> Iterator[range]:
    for start in range(0, size, CHUNK):
        yield range(start, min(start + CHUNK, size))


def _check_file(
    service: Service, actor: Actor, done: Checked, lines: Iterator[bytes]
) -> Checked:
    must_reach = service.view(actor, lambda ctx: ctx.root.audit.size)
    while done.fault is None:
        chunk = tuple(islice(lines, CHUNK))

        def work(
            ctx: Context, done: Checked = done, chunk: tuple[bytes, ...] = chunk
        ) -> Checked:
            return check_entries(ctx.root, done, chunk, must_reach)

        reached = done.size + len(chunk)
        done = service.view(actor, work)
        if not chunk or done.size < reached:
            # The rest of the file is of events that are being sealed.
            break
    return done


def heads_in(text: str) -> tuple[Head, ...]:
    """Return the heads of a file that was exported and kept elsewhere.

    Parameters
    ----------
    text
        One head, or a list of them, as JSON.

    Raises
    ------
    InvalidRequest
        Saying what is wrong with the file, or that a signature is not true. A
        signature is checked with the key that stands beside it: that the head came
        from elsewhere is what makes it a witness.
    """
    try:
        values = json.loads(text)
    except (ValueError, RecursionError):
        raise InvalidRequest("the file of heads is no JSON document") from None
    items = values if isinstance(values, list) else [values]
    if not items or len(items) > MAX_HEADS:
        raise InvalidRequest(f"a file of heads holds between 1 and {MAX_HEADS}")
    return tuple(map(_head_in, items))


def _head_in(value: Any) -> Head:
    try:
        head = Head(**{key: value[key] for key in ("store", "size", "root", "at")})
        is_head = (
            type(head.size) is int
            and head.size >= 0
            and isinstance(head.store, str)
            and isinstance(head.at, str)
            and len(head.root) == _HASH_CHARS
            and bytes.fromhex(head.root)
        )
    except (KeyError, TypeError, ValueError):
        is_head = False
    if not is_head:
        raise InvalidRequest(
            "a head needs store, size, root (64 hex digits) and at; "
            "heads are made by: recordsvc audit export"
        )
    if "signature" in value:
        _require_signature(head, value)
    return head


def _require_signature(head: Head, value: dict[str, Any]) -> None:
    from recordsvc.storage.signing import verify

    try:
        signature = bytes.fromhex(str(value["signature"]))
    except ValueError:
        signature = b""
    if not verify(str(value.get("key")), signature, head.signed_bytes()):
        raise InvalidRequest(f"the signature of the head of {head.at} is not true")


def export_trail(
    service: Service, actor: Actor, folder: Path, signer: HeadSigner | None = None
) -> Head:
    """Write the trail, its head and a program that checks both into a folder.

    Parameters
    ----------
    folder
        Is made when it is missing.
    signer
        Signs the head; without one the head is only as good as its keeper.

    Returns
    -------
    Head
        To be kept where the operators of this archive cannot reach.

    Raises
    ------
    NotAllowed
        Without the function ``audit.view``.
    Conflict
        If an export stands in the folder already.
    """
    service.view(actor, lambda ctx: authorize(ctx, "audit.view"))
    with Sealer(service) as sealer:
        sealer.catch_up()
    head = service.view(actor, head_of)
    make_private_directory(folder)
    _write(folder / "audit.jsonl", _lines(service, actor, head.size))
    _write(folder / "heads.json", [_signed(head, signer)])
    _write(folder / VERIFIER, [files("exports").joinpath(VERIFIER).read_bytes()])
    return head


def _signed(head: Head, signer: HeadSigner | None) -> bytes:
    values: dict[str, Any] = asdict(head)
    if signer is not None:
        values["signature"] = signer.sign(head.signed_bytes()).hex()
        values["key_id"] = signer.key_id
        values["key"] = signer.public_pem
    return json.dumps(values, indent=1, sort_keys=True).encode() + b"\n"


def _lines(service: Service, actor: Actor, size: int) -> Iterator[bytes]:
    for part in _parts(size):

        def work(ctx: Context, part: range = part) -> bytes:
            lines = lines_between(ctx.root, part.start, part.stop)
            return b"".join(line + b"\n" for line in lines)

        yield service.view(actor, work)


def _write(path: Path, content: Iterator[bytes] | list[bytes]) -> None:
    try:
        descriptor = os.open(
            path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, PRIVATE_FILE
        )
    except FileExistsError:
        raise Conflict(f"{path} exists; export into an empty folder") from None
    with os.fdopen(descriptor, "wb") as stream:
        stream.writelines(content)
        stream.flush()
        os.fsync(descriptor)
