"""The audit trail as it is read and proved."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from recordsvc.model import Archive
from recordsvc.model.audit import AuditTrail, SealedEntry
from recordsvc.services.access import authorize
from recordsvc.services.audit import merkle
from recordsvc.services.audit.sealing import canonical, instant, line_of
from recordsvc.services.context import Context
from recordsvc.services.errors import InvalidRequest, NotFound, VerificationFailed

MAX_LIMIT = 1_000


def is_sealed(root: Archive, event_id: str) -> bool:
    """Say whether an event has its place in the chain.

    The content step of a destruction waits for that of its own event.
    """
    return root.audit.is_sealed(event_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A part of the trail, the newest entry first.

    Parameters
    ----------
    next_cursor
        Continues behind the last entry; None at the end.
    """

    size: int
    entries: tuple[dict[str, Any], ...]
    next_cursor: str | None


def entries_page(
    ctx: Context,
    *,
    subject: str | None = None,
    kind: str | None = None,
    limit: int = 50,
    cursor: str | None = None,
) -> Page:
    """Return entries with the names of who acted, where these were not erased.

    Parameters
    ----------
    subject, kind
        Keep only the entries of a subject, or of a type of event.
    limit
        At most this many, up to 1000.

    Raises
    ------
    NotAllowed
        Without the function ``audit.view``.
    InvalidRequest
        If the cursor or the limit is none.
    """
    authorize(ctx, "audit.view")
    trail = ctx.root.audit
    if not 1 <= limit <= MAX_LIMIT:
        raise InvalidRequest(f"a limit lies between 1 and {MAX_LIMIT}")
    if cursor is not None and not (cursor.isascii() and cursor.isdecimal()):
        raise InvalidRequest("the cursor is none of this list; begin without one")
    start = trail.size if cursor is None else min(int(cursor[:12]), trail.size)
    chosen: list[dict[str, Any]] = []
    for seq in range(start - 1, -1, -1):
        entry = trail.sealed.get(seq)
        if entry is None:
            raise VerificationFailed(
                f"entry {seq} is missing; run: recordsvc audit verify"
            )
        if subject not in {None, entry.subject} or kind not in {None, entry.kind}:
            continue
        if len(chosen) == limit:
            return Page(
                size=trail.size, entries=tuple(chosen), next_cursor=str(seq + 1)
            )
        chosen.append(_shown(trail, entry))
    return Page(size=trail.size, entries=tuple(chosen), next_cursor=None)


def _shown(trail: AuditTrail, entry: SealedEntry) -> dict[str, Any]:
    return {
        "seq": entry.seq,
        "id": entry.event_id,
        "kind": entry.kind,
        "at": entry.at,
        "agent": trail.login_of(entry.seq),
        "subject": entry.subject,
        "outcome": entry.outcome,
        "facts": dict(entry.facts),
        "hash": entry.hash,
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Inclusion:
    """The proof that a tree of `size` entries with this root holds an entry.

    Parameters
    ----------
    entry
        The line of the entry, as the audit file has it.
    path
        Siblings from the leaf to the root, as :func:`merkle.is_included` checks
        them (RFC 6962 section 2.1.1).
    """

    seq: int
    entry: str
    size: int
    root: str
    path: tuple[str, ...]


def inclusion_of(root: Archive, event_id: str) -> Inclusion:
    """Return the proof that an event stands in the trail as it is now.

    Raises
    ------
    NotFound
        If the event is not sealed.
    """
    trail = root.audit
    seq = trail.positions.get(event_id)
    if seq is None:
        raise NotFound(f"event {event_id} is not sealed")
    return Inclusion(
        seq=seq,
        entry=line_of(trail.sealed[seq]).decode(),
        size=trail.size,
        root=merkle.root_of(trail.frontier).hex(),
        path=tuple(
            step.hex() for step in merkle.inclusion_proof(trail.nodes, seq, trail.size)
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What the whole trail was at an instant, in one hash.

    Parameters
    ----------
    store
        Id of the store whose trail it is.
    at
        Instant, UTC, ``YYYY-MM-DDThh:mm:ss.ffffffZ``.
    """

    store: str
    size: int
    root: str
    at: str

    def signed_bytes(self) -> bytes:
        """Return what a signature of the head is made over."""
        return canonical(
            {"at": self.at, "root": self.root, "size": self.size, "store": self.store}
        )


def head_of(ctx: Context) -> Head:
    """Return the head of the trail as the transaction sees it."""
    trail = ctx.root.audit
    return Head(
        store=ctx.root.store_id,
        size=trail.size,
        root=merkle.root_of(trail.frontier).hex(),
        at=instant(ctx.now()),
    )


def lines_between(root: Archive, start: int, end: int) -> Iterator[bytes]:
    """Yield the lines of a part of the trail."""
    for seq in range(start, end):
        yield line_of(root.audit.sealed[seq])
