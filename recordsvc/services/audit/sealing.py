"""From events to a chain: the form of an entry, and how a batch is appended."""

import hashlib
import json
import logging
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from recordsvc.model import Archive
from recordsvc.model.audit import AuditTrail, PendingEntry, SealedEntry
from recordsvc.services.audit import merkle
from recordsvc.services.errors import VerificationFailed
from recordsvc.storage.audit_file import AuditFile

log = logging.getLogger(__name__)

FIRST_PREVIOUS = "0" * 64
BATCH = 500
Links = tuple[tuple[SealedEntry, PendingEntry], ...]
EVENT_ID = re.compile(r"[0-9a-f]{32}")


def canonical(value: Any) -> bytes:
    """Return the one form of a JSON value that is hashed and signed.

    Keys in order, no white space, ASCII alone; no value of ours is a fraction.
    """
    return json.dumps(
        value, ensure_ascii=True, sort_keys=True, separators=(",", ":")
    ).encode("ascii")


def commitment(salt: str, login: str) -> str:
    """Return what the chain holds in the place of a login."""
    return hashlib.sha256((salt + login).encode("utf-8", "surrogatepass")).hexdigest()


def instant(at: datetime) -> str:
    """Return an instant as the chain has it."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def mapping_of(entry: SealedEntry) -> dict[str, Any]:
    """Return the values of an entry that its hash is made of."""
    return {
        "agent": entry.agent,
        "at": entry.at,
        "event": entry.event_id,
        "facts": [list(pair) for pair in entry.facts],
        "kind": entry.kind,
        "outcome": entry.outcome,
        "prev": entry.prev_hash,
        "seq": entry.seq,
        "subject": entry.subject,
    }


def hash_of(entry: SealedEntry) -> str:
    """Return the hash that an entry must have."""
    return hashlib.sha256(canonical(mapping_of(entry))).hexdigest()


def line_of(entry: SealedEntry) -> bytes:
    """Return the line of the audit file, without its line end."""
    return canonical({**mapping_of(entry), "hash": entry.hash})


def leaf_of(entry: SealedEntry) -> bytes:
    """Return the hash of an entry's leaf in the Merkle tree.

    The leaf's content is the entry's hash, so that a proof needs no more of
    the trail than that.
    """
    return merkle.leaf_hash(bytes.fromhex(entry.hash))


def entry_of(pending: PendingEntry, seq: int, prev_hash: str) -> SealedEntry:
    """Return the entry that a waiting event becomes at a place of the chain."""
    event = pending.event
    values = {
        "seq": seq,
        "event_id": event.id,
        "kind": event.type,
        "at": instant(event.at),
        "agent": commitment(pending.salt, event.agent),
        "subject": pending.subject,
        "outcome": event.outcome,
        "facts": event.facts,
        "prev_hash": prev_hash,
    }
    unsealed = SealedEntry(**values, hash="")  # type: ignore[arg-type]
    return SealedEntry(**values, hash=hash_of(unsealed))  # type: ignore[arg-type]


def waiting_order(root: Archive) -> tuple[str, ...]:
    """Return the ids of the events that wait, in the order they are to have."""
    entries = sorted((e.event.at, e.event.id) for e in root.audit.pending_entries())
    return tuple(event_id for _, event_id in entries)


def seal(root: Archive, file: AuditFile, event_ids: Sequence[str]) -> int:
    """Give waiting events their places, in the file first and then in the store.

    Parameters
    ----------
    root
        The archive in the sealer's transaction, which its caller commits.
    event_ids
        A batch in the order of :func:`waiting_order`.

    Returns
    -------
    int
        How many events were sealed.

    Raises
    ------
    VerificationFailed
        If file and store do not end alike; nothing is sealed.
    StorageFull, OSError
        If the file cannot be written; nothing is sealed.

    Notes
    -----
    A line becomes an entry by the commit that follows it. When a kill falls
    between the two, the lines that are there are taken up as they are, before
    anything else: the file is never rewritten, so that whoever follows it has
    seen the truth, and an append-only attribute may stand on it. Salts are
    chosen with the act, hence the same event makes the same line again.
    """
    trail = root.audit
    links = _reconciled(trail, file)
    if not links:
        waiting = [w for w in map(trail.waiting, event_ids) if w is not None]
        links = _chained(trail, waiting)
        if links:
            file.append(_lines(entry for entry, _ in links))
    for entry, pending in links:
        frontier, nodes = merkle.grow(trail.frontier, trail.size, leaf_of(entry))
        trail.append(entry, (pending.salt, pending.event.agent), nodes, frontier)
    return len(links)


def _chained(trail: AuditTrail, waiting: Iterable[PendingEntry]) -> Links:
    links: list[tuple[SealedEntry, PendingEntry]] = []
    previous = _stored(trail, trail.size - 1).hash if trail.size else FIRST_PREVIOUS
    for seq, pending in enumerate(waiting, trail.size):
        entry = entry_of(pending, seq, previous)
        links.append((entry, pending))
        previous = entry.hash
    return tuple(links)


def _lines(entries: Iterable[SealedEntry]) -> bytes:
    return b"".join(line_of(entry) + b"\n" for entry in entries)


def _reconciled(trail: AuditTrail, file: AuditFile) -> Links:
    """Return the entries that the file has and the store lacks.

    A file that lacks lines is completed from the store.
    """
    try:
        if torn := file.cut_torn_line():
            log.warning("audit file: %d bytes of a torn line were cut off", torn)
    except ValueError:
        raise disagreement(trail.size) from None
    last = file.last_lines(1)
    there = _seq_of(last[0]) + 1 if last else 0
    if not 0 <= there <= trail.size + BATCH or (last and not there):
        raise disagreement(trail.size)
    if there > trail.size:
        lines = file.last_lines(there - trail.size + 1)
        before = [line_of(_stored(trail, trail.size - 1))] if trail.size else []
        if lines[: len(before)] != before:
            raise disagreement(trail.size - 1)
        return resumed(trail, lines[len(before) :])
    if last and last[0] != line_of(_stored(trail, there - 1)):
        raise disagreement(there - 1)
    if there < trail.size:
        log.warning(
            "audit file: entries %d to %d lacked; written again from the store",
            there,
            trail.size - 1,
        )
        for start in range(there, trail.size, BATCH):
            end = min(start + BATCH, trail.size)
            file.append(_lines(_stored(trail, seq) for seq in range(start, end)))
    return ()


def resumed(trail: AuditTrail, lines: Sequence[bytes]) -> Links:
    """Return the entries that lines beyond the store's end are about to become.

    Raises
    ------
    VerificationFailed
        If one of them is none of an event that waits.
    """
    waiting: dict[str, PendingEntry] = {}
    for seq, line in enumerate(lines, trail.size):
        event_id = _value(line, "event")
        pending = None
        if isinstance(event_id, str) and EVENT_ID.fullmatch(event_id):
            pending = trail.waiting(event_id)
        if pending is None or pending.event.id in waiting:
            # The store knows no such event: an older backup of it, or a forgery.
            raise disagreement(seq)
        waiting[pending.event.id] = pending
    links = _chained(trail, waiting.values())
    for (entry, _), line in zip(links, lines, strict=True):
        if line_of(entry) != line:
            raise disagreement(entry.seq)
    return links


def _stored(trail: AuditTrail, seq: int) -> SealedEntry:
    entry: SealedEntry | None = trail.sealed.get(seq)
    if entry is None:
        raise disagreement(seq)
    return entry


def _seq_of(line: bytes) -> int:
    found = _value(line, "seq")
    return found if isinstance(found, int) else -1


def _value(line: bytes, key: str) -> object:
    try:
        values = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return values.get(key) if isinstance(values, dict) else None


def disagreement(seq: int) -> VerificationFailed:
    """Return the refusal to go on with a file and a store that differ."""
    return VerificationFailed(
        f"the audit file and the store differ from entry {seq} on, so nothing is "
        "sealed; run: recordsvc audit verify. If the store was restored from an older "
        "backup, keep the file elsewhere: a new one is written from the store"
    )
