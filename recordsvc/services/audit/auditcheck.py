"""Checking the trail entry by entry, in steps that each fit a transaction."""

from collections.abc import Sequence
from dataclasses import dataclass

from recordsvc.model import Archive
from recordsvc.model.audit import AuditTrail, SealedEntry
from recordsvc.services.audit import merkle
from recordsvc.services.audit.auditing import Head
from recordsvc.services.audit.sealing import (
    FIRST_PREVIOUS,
    commitment,
    hash_of,
    leaf_of,
    line_of,
    resumed,
)
from recordsvc.services.errors import InvalidRequest, VerificationFailed


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """How far a check has come, and the first fault it met.

    Parameters
    ----------
    size
        Entries that were found true, from the first on.
    last_hash, frontier
        The chain and the Merkle tree at that point, computed anew.
    fault
        What is wrong with entry `size`; None while nothing is.
    """

    size: int = 0
    last_hash: str = FIRST_PREVIOUS
    frontier: merkle.Frontier = ()
    fault: str | None = None

    def failed(self, fault: str) -> "Checked":
        """Return the same place with a fault."""
        return Checked(
            size=self.size,
            last_hash=self.last_hash,
            frontier=self.frontier,
            fault=fault,
        )


def check_entries(
    root: Archive, done: Checked, lines: Sequence[bytes], must_reach: int
) -> Checked:
    """Go on with a check through the lines that were read from the file.

    Parameters
    ----------
    done
        Where to go on; without a fault.
    lines
        Lines of the file from entry ``done.size`` on, read before the
        transaction began: each is then of an entry or of a waiting event.
    must_reach
        Size of the trail before the lines were read: the file must have so many.
    """
    trail = root.audit
    for offset, line in enumerate(lines):
        if done.size >= trail.size:
            return _check_resumed(trail, done, lines[offset:])
        done = _check_entry(trail, done, line)
        if done.fault:
            return done
    if done.size < must_reach and not lines:
        return _check_entry(trail, done, None)
    return done


def _check_resumed(trail: AuditTrail, done: Checked, lines: Sequence[bytes]) -> Checked:
    try:
        resumed(trail, lines)
    except VerificationFailed:
        return done.failed("the file has an entry that the store lacks")
    return done


def _check_entry(trail: AuditTrail, done: Checked, line: bytes | None) -> Checked:
    entry = trail.sealed.get(done.size)
    if entry is None:
        return done.failed("the store lacks it")
    if not _is_true(entry, done):
        return done.failed("it was altered, or another stands in its place")
    if trail.positions.get(entry.event_id) != entry.seq:
        return done.failed("the store does not find it under the id of its event")
    name = trail.names.get(entry.seq)
    if name is not None and commitment(*name) != entry.agent:
        return done.failed("the name of who acted is not the one of the entry")
    if line is None:
        return done.failed("the file lacks it")
    if line != line_of(entry):
        return done.failed("the file has another line in its place")
    frontier, nodes = merkle.grow(done.frontier, done.size, leaf_of(entry))
    if any(trail.nodes.get(number) != digest for number, digest in nodes):
        return done.failed("the Merkle tree was altered above it")
    return Checked(size=done.size + 1, last_hash=entry.hash, frontier=frontier)


def _is_true(entry: SealedEntry, done: Checked) -> bool:
    try:
        return (
            entry.seq == done.size
            and entry.prev_hash == done.last_hash
            and entry.hash == hash_of(entry)
        )
    except (AttributeError, TypeError, ValueError):
        # Somebody has put a value of another kind in its place.
        return False


def check_ends(root: Archive, done: Checked) -> Checked:
    """Check what stands beyond the entries: nothing may."""
    trail = root.audit
    if len(trail.sealed) != trail.size or len(trail.positions) != trail.size:
        return done.failed("the store has entries beyond the end of the trail")
    if trail.size == done.size and tuple(trail.frontier) != done.frontier:
        return done.failed("the root of the Merkle tree was altered")
    return done


def check_heads(root: Archive, done: Checked, heads: Sequence[Head]) -> Checked:
    """Compare the trail with heads that were kept elsewhere.

    Returns
    -------
    Checked
        With a fault, its `size` is the number of entries that the last matching
        head vouches for: what was changed lies behind these.

    Raises
    ------
    InvalidRequest
        If a head is of another store.
    """
    now, vouched = merkle.root_of(done.frontier), 0
    for head in sorted(heads, key=lambda h: h.size):
        if head.store != root.store_id:
            raise InvalidRequest(f"a head of {head.at} belongs to another store")
        if head.size > done.size:
            gone = f"a head of {head.at} vouches for {head.size} entries"
            return done if done.fault else done.failed(gone)
        if not _begins_with(root.audit, head, done.size, now):
            other = f"the trail is not the one of the head of {head.at}"
            return Checked(size=vouched, fault=other)
        vouched = head.size
    return done


def _begins_with(trail: AuditTrail, head: Head, size: int, now: bytes) -> bool:
    known, path = bytes.fromhex(head.root), merkle.NO_PATH
    if 0 < head.size < size:
        path = merkle.consistency_proof(trail.nodes, head.size, size)
    return merkle.is_consistent(head.size, known, size, now, path)
