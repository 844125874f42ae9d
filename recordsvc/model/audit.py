"""The audit trail: what was done, in one order that nobody can change unseen."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass

from BTrees.IOBTree import IOBTree
from BTrees.LOBTree import LOBTree
from BTrees.OIBTree import OIBTree
from BTrees.OOBTree import OOBTree
from persistent import Persistent

from recordsvc.model.event import Event
from recordsvc.model.outbox import SHARDS

# A line of the trail stays readable by any tool; events carry codes, not texts.
MAX_FACTS_CHARS = 32 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingEntry:
    """An event that was committed with its act and waits for its place.

    Parameters
    ----------
    subject
        Id of what the act was done to.
    salt
        128 random bits in hex, chosen with the act: sealing the same event
        again, after a kill, makes the same entry.
    """

    event: Event
    subject: str
    salt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedEntry:
    """One link of the chain; every value is what the chain has hashed.

    Parameters
    ----------
    seq
        Position, from 0.
    at
        Instant, UTC, ``YYYY-MM-DDThh:mm:ss.ffffffZ``.
    agent
        SHA-256 in hex of salt and login: the login itself can be erased.
    facts
        Pairs of codes, as the event has them.
    prev_hash
        Hash of the entry before; 64 zeros for the first.
    hash
        SHA-256 in hex over all the other values.
    """

    seq: int
    event_id: str
    kind: str
    at: str
    agent: str
    subject: str
    outcome: str
    facts: tuple[tuple[str, str], ...]
    prev_hash: str
    hash: str


class AuditTrail(Persistent):  # type: ignore[misc]
    """Events that wait for their place, and the chain of those that have one.

    Acts write to sixteen trees by the first digit of the random event id, as
    the outbox does; everything else is written by the one sealer, so that no
    object is hot where people work.
    """

    SENTINEL = ""

    def __init__(self) -> None:
        self.pending = tuple(OOBTree({self.SENTINEL: None}) for _ in range(SHARDS))
        self.size = 0
        self.sealed = IOBTree()
        self.positions = OIBTree()
        # Every complete node of the Merkle tree by its number, and the few that
        # the root is made of.
        self.nodes = LOBTree()
        self.frontier: tuple[bytes, ...] = ()
        # The one part that can be erased: position to (salt, login). By position,
        # because the random event id would touch a bucket for every entry.
        self.names = IOBTree()

    def _shard(self, event_id: str) -> OOBTree:
        return self.pending[int(event_id[0], 16)]

    def put(self, event: Event, subject: str) -> None:
        """Write an event in the transaction of its act.

        Parameters
        ----------
        subject
            Id of what the act was done to; never a login or another name.

        Raises
        ------
        ValueError
            If the facts are longer than codes are.
        """
        if sum(len(k) + len(v) for k, v in event.facts) > MAX_FACTS_CHARS:
            raise ValueError(f"the facts of {event.type} are too long for the trail")
        self._shard(event.id)[event.id] = PendingEntry(
            event=event, subject=subject, salt=secrets.token_hex(16)
        )

    def is_sealed(self, event_id: str) -> bool:
        """Say whether an event has its place in the chain."""
        return event_id in self.positions

    def waiting(self, event_id: str) -> PendingEntry | None:
        """Return an event that waits for its place, None if it does not."""
        found: PendingEntry | None = self._shard(event_id).get(event_id)
        return found

    def pending_entries(self) -> Iterator[PendingEntry]:
        """Yield what waits, in no order that means anything."""
        for shard in self.pending:
            yield from (v for k, v in shard.items() if k != self.SENTINEL)

    @property
    def pending_count(self) -> int:
        """Return how many events wait."""
        return sum(len(shard) - 1 for shard in self.pending)

    def append(
        self,
        entry: SealedEntry,
        name: tuple[str, str],
        nodes: tuple[tuple[int, bytes], ...],
        frontier: tuple[bytes, ...],
    ) -> None:
        """Give an event its place; only the sealer calls this.

        Parameters
        ----------
        name
            Salt and login of who acted.
        nodes, frontier
            What the entry adds to the Merkle tree, and its frontier after it.
        """
        self.sealed[entry.seq] = entry
        self.positions[entry.event_id] = entry.seq
        self.names[entry.seq] = name
        for number, digest in nodes:
            self.nodes[number] = digest
        self.frontier = frontier
        self.size = entry.seq + 1
        del self._shard(entry.event_id)[entry.event_id]

    def login_of(self, seq: int) -> str | None:
        """Return who acted, None once the name was erased."""
        name = self.names.get(seq)
        return None if name is None else str(name[1])

    def erase_login(self, login: str) -> int:
        """Erase a person's name from every entry of the chain.

        The entries stay, with a commitment that nothing opens any more. Seal
        first: the name of an act that still waits stands in its event.

        Returns
        -------
        int
            In how many entries the name stood.
        """
        found = [seq for seq, (_, name) in self.names.items() if name == login]
        for seq in found:
            del self.names[seq]
        return len(found)
