"""Disposal: lists, what was decided of each item, runs and certificates."""

from dataclasses import dataclass
from datetime import date, datetime

from BTrees.OOBTree import OOBTree, OOTreeSet
from persistent import Persistent

from recordsvc.model.values import stored
from recordsvc.model.words import StoredWord


class ListState(StoredWord):
    """Where a disposal list stands."""

    NEW = "new"
    APPROVED = "approved"
    EXECUTING = "executing"
    COMPLETED = "completed"
    ABORTED = "aborted"


class ItemState(StoredWord):
    """Where an item of a list stands; an item that has left it stays as history."""

    LISTED = "listed"
    EJECTED = "ejected"
    KEPT = "kept"
    # The tombstone is written; bytes, index and copies are not proved gone yet.
    DESTROYING = "destroying"
    DESTROYED = "destroyed"
    # The package is made; the receipt of the archive is waited for.
    TRANSFERRING = "transferring"
    TRANSFERRED = "transferred"
    FAILED_RETRYABLE = "failed_retryable"


class Verdict(StoredWord):
    """What a reviewer may say of an item."""

    DESTROY = "destroy"
    KEEP = "keep"
    TRANSFER = "transfer"
    REVIEW = "review"
    PERMANENT = "permanent"
    RECLASSIFY = "reclassify"


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One decision about a list: who, in which role, when and why.

    Parameters
    ----------
    on
        The legal day of the instant.
    """

    kind: str
    login: str
    role: str
    at: datetime
    on: date
    reason: str = ""


@stored
@dataclass(frozen=True, slots=True, kw_only=True)
class ItemRuling:
    """The verdict of one unit on an item: who spoke for it, when and why."""

    unit: str
    verdict: str
    login: str
    at: datetime
    reason: str = ""


@stored
@dataclass(frozen=True, slots=True, kw_only=True)
class ListItem:
    """A record on a list.

    Parameters
    ----------
    action, due_on
        What the schedule says of it, as when it was listed.
    digest
        Binds the decisions to what they were made about: id, fixity of every file,
        schedule version, due day and holds.
    verdict
        None until every unit has judged it.
    until
        The new day of a ``keep``, the class of a ``reclassify``.
    unit
        Who judges it now, or has judged it last: a unit of the review route of its
        stage, else the part of the class tree that it stands in.
    following
        The units of the route that judge it after this one, in their order.
    passed
        The verdicts of the units before this one: each lets it go on.
    """

    record_id: str
    action: str
    due_on: date
    digest: str
    unit: str = ""
    verdict: str | None = None
    until: str | None = None
    reason: str = ""
    judged_by: str = ""
    judged_at: datetime | None = None
    state: str = ItemState.LISTED
    note: str = ""
    following: tuple[str, ...] = ()
    passed: tuple[ItemRuling, ...] = ()

    @property
    def route(self) -> tuple[str, ...]:
        """Return the units that judge it, in their order."""
        return (*(ruling.unit for ruling in self.passed), self.unit, *self.following)

    @property
    def rulings(self) -> tuple[ItemRuling, ...]:
        """Return every verdict that was given on it, the oldest first."""
        if self.verdict is None or self.judged_at is None:
            return self.passed
        last = ItemRuling(
            unit=self.unit,
            verdict=self.verdict,
            login=self.judged_by,
            at=self.judged_at,
            reason=self.reason,
        )
        return (*self.passed, last)

    def is_judged_by(self, login: str) -> bool:
        """Say whether a person has given a verdict on it."""
        return any(ruling.login == login for ruling in self.rulings)


class DisposalList(Persistent):  # type: ignore[misc]
    """Records proposed for disposal together, and every decision about them.

    ``reviewers`` pairs a unit of the class tree with a login.
    """

    state: str = ListState.NEW
    acts: tuple[Act, ...] = ()
    reviewers: tuple[tuple[str, str], ...] = ()
    approved_on: date | None = None
    completed_at: datetime | None = None
    certificate: str | None = None

    def __init__(self, list_id: str, on: date) -> None:
        self.id = list_id
        self.on = on
        self.items = OOBTree()

    def acts_of(self, kind: str) -> tuple[Act, ...]:
        """Return the acts of one kind, oldest first."""
        return tuple(act for act in self.acts if act.kind == kind)


class RunStep(StoredWord):
    """Name the steps of a run in their order; each is finished before the next."""

    TOMBSTONES = "tombstones"
    AGGREGATIONS = "aggregations"
    SEAL = "seal"
    LEDGER = "ledger"
    INDEX = "index"
    BYTES = "bytes"
    DATABASE = "database"
    SCAN = "scan"
    CERTIFICATES = "certificates"
    DONE = "done"


class DisposalRun(Persistent):  # type: ignore[misc]
    """One execution of approved lists, resumable at every step.

    Parameters
    ----------
    records
        Record id to (list id, ids of the sealed events, digests to be removed).
    traces
        Record id to what the absence scan looks for, masked with `mask` so that the
        scan does not find the list of what it is looking for; emptied before the
        certificates are issued.
    aggregations
        Ids of the dossiers and volumes that were disposed of with it; None in a run
        of before there was such a thing.
    """

    aggregations: OOTreeSet | None = None
    step: str = RunStep.TOMBSTONES
    report: tuple[tuple[str, str, str], ...] = ()
    failed: tuple[tuple[str, str], ...] = ()
    # Records that had nothing a scan could look for.
    unsought: tuple[str, ...] = ()
    finished_at: datetime | None = None
    mask: bytes = b""

    def __init__(
        self, run_id: str, on: date, executor: str, started_at: datetime
    ) -> None:
        self.id = run_id
        self.on = on
        self.executor = executor
        self.started_at = started_at
        self.lists: tuple[str, ...] = ()
        self.records = OOBTree()
        self.traces = OOBTree()
        self.aggregations = OOTreeSet()


class Certificate(Persistent):  # type: ignore[misc]
    """A signed certificate.

    Parameters
    ----------
    digest
        SHA-256 of the signed document, by which the next certificate names it.
    envelope
        The document and its signature, as they are handed out.
    """

    def __init__(
        self, certificate_id: str, list_id: str, *, digest: str, envelope: bytes
    ) -> None:
        self.id = certificate_id
        self.list_id = list_id
        self.digest = digest
        self.envelope = envelope


class Epoch(Persistent):  # type: ignore[misc]
    """Counts changes of something that others rely on without touching it.

    A transaction that judges by all holds, or by the schedule in force, declares
    that it has read the count (``readCurrent``); one that changes them writes it.
    So the two conflict, whichever record they are about.
    """

    def __init__(self) -> None:
        self.count = 0

    def advance(self) -> None:
        """Count a change."""
        self.count += 1
