"""Comparing what records tell of their own life with the trail, both ways.

The trail says what was done; a record repeats those acts that changed it. An act that
stands in one of the two alone was written past the program.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice

from recordsvc.model import Archive, Event, Record
from recordsvc.model.audit import AuditTrail, PendingEntry, SealedEntry
from recordsvc.services.audit.sealing import EVENT_ID, commitment, instant

# Acts on a record that do not change it stand in the trail alone.
TRAIL_ALONE = frozenset(
    {"export", "hold-too-late", "transfer-fetched", "transfer-packaged"}
)
# So many differences are named; all of them are counted.
NAMED = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """How far a comparison has come.

    Parameters
    ----------
    size
        Of the trail when it began: later entries are not counted.
    records, events
        How many were compared.
    sealed
        How many events of records have their place below `size`.
    last
        The last record id, empty at the beginning.
    faults
        How many events differ.
    named
        The first of them, in words.
    first_bad
        The lowest position in the trail that differs; None where none does.
    is_done
        No record is left.
    """

    size: int
    records: int = 0
    events: int = 0
    sealed: int = 0
    last: str = ""
    faults: int = 0
    named: tuple[str, ...] = ()
    first_bad: int | None = None
    is_done: bool = False

    def with_fault(self, told: str, seq: int | None) -> "Compared":
        """Return the same place with one more difference."""
        seqs = [s for s in (self.first_bad, seq) if s is not None]
        return replace(
            self,
            faults=self.faults + 1,
            named=(*self.named, told)[:NAMED],
            first_bad=min(seqs, default=None),
        )


def compare_records(root: Archive, done: Compared, limit: int) -> Compared:
    """Look the events of the next records up in the trail.

    Parameters
    ----------
    limit
        How many records to look at: each step fits a transaction.
    """
    following = root.records.items(min=done.last, excludemin=True)
    count = 0
    for record_id, record in islice(following, limit):
        count += 1
        done = _compare_record(root.audit, done, record)
        done = replace(done, records=done.records + 1, last=record_id)
    return replace(done, is_done=count < limit)


def _compare_record(trail: AuditTrail, done: Compared, record: Record) -> Compared:
    seen = set[str]()
    sealed = 0
    for event in (*_claimed(trail, record), *record.events):
        seq = trail.positions.get(event.id)
        fault = _fault_of(trail, record, event, seq)
        if fault is None and event.id in seen:
            fault = "stands in it twice"
        elif fault is None and seq is not None and seq < done.size:
            sealed += 1
        seen.add(event.id)
        if fault is not None:
            told = f"record {record.id}: event {event.id} ({event.type}) {fault}"
            done = done.with_fault(told, seq)
    return replace(done, events=done.events + len(seen), sealed=done.sealed + sealed)


def _claimed(trail: AuditTrail, record: Record) -> tuple[Event, ...]:
    """Return what the package of a record has told that stands in our trail as well.

    That is so where a record was lost here and came back from its own package.
    """
    return tuple(e for e in record.claimed_events if e.id in trail.positions)


def _fault_of(
    trail: AuditTrail, record: Record, event: Event, seq: int | None
) -> str | None:
    if seq is None and _waiting(trail, event.id) is None:
        return "is not in the audit trail"
    if contradicts(trail, record.id, event):
        return "is another one in the audit trail"
    return None


def _waiting(trail: AuditTrail, event_id: str) -> PendingEntry | None:
    return trail.waiting(event_id) if EVENT_ID.fullmatch(event_id) else None


def contradicts(trail: AuditTrail, record_id: str, event: Event) -> bool:
    """Say whether the trail has another act under the id of an event of a record."""
    seq = trail.positions.get(event.id)
    if seq is not None:
        return not _is_same(trail, trail.sealed[seq], record_id, event)
    pending = _waiting(trail, event.id)
    return pending is not None and (pending.subject, pending.event) != (
        record_id,
        event,
    )


def _is_same(
    trail: AuditTrail, entry: SealedEntry, record_id: str, event: Event
) -> bool:
    name = trail.names.get(entry.seq)
    # Where the name was erased from the trail, nothing says who it was.
    is_actor = name is None or commitment(name[0], event.agent) == entry.agent
    return is_actor and (
        entry.subject,
        entry.kind,
        entry.at,
        entry.outcome,
        entry.facts,
    ) == (record_id, event.type, instant(event.at), event.outcome, event.facts)


def counted_in_trail(root: Archive, part: range) -> int:
    """Return how many entries of a part of the trail some record has to tell."""
    return sum(_is_told(root, root.audit.sealed[seq]) for seq in part)


def _is_told(root: Archive, entry: SealedEntry) -> bool:
    return entry.kind not in TRAIL_ALONE and entry.subject in root.records


def untold(root: Archive, part: range) -> Iterator[tuple[int, str]]:
    """Yield the position of each entry that its record does not tell, and words."""
    for seq in part:
        entry = root.audit.sealed[seq]
        if not _is_told(root, entry):
            continue
        record = root.records[entry.subject]
        told = (*record.claimed_events, *record.events)
        if all(event.id != entry.event_id for event in told):
            event = f"event {entry.event_id} ({entry.kind})"
            yield seq, f"record {record.id}: {event} of the audit trail is missing"
