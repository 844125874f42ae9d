"""A record at its three levels: work, expression (language, version), file."""

import datetime as dt
from dataclasses import dataclass

from persistent import Persistent

from recordsvc.model.event import Event
from recordsvc.model.values import stored
from recordsvc.model.words import StoredWord


class RecordState(StoredWord):
    """Where a record stands in its life."""

    ACTIVE = "active"
    QUARANTINED = "quarantined"
    DESTROYED = "destroyed"


@stored
@dataclass(frozen=True, slots=True, kw_only=True)
class Identifier:
    """An official number of a paper; a bare number is never a key."""

    scheme: str
    value: str
    normalised: str


@stored
@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One descriptive value with its provenance.

    Parameters
    ----------
    how
        ``extracted``, ``embedded``, ``inferred``, ``entered``, ``sidecar`` or
        ``inherited``.
    rule
        The rule that found it, or the account that entered it.
    page
        Page of the evidence, from 1, if there is one.
    confidence
        From 0 to 1; 1 for what a person or a sidecar said.
    """

    field: str
    value: str
    how: str
    rule: str = ""
    page: int | None = None
    confidence: float = 1.0
    language: str | None = None


@stored
@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """A citation of another paper as it stands on a page."""

    scheme: str
    text: str
    normalised: str
    page: int
    start: int
    end: int


@stored
@dataclass(frozen=True, slots=True, kw_only=True)
class Manifestation:
    """A file: bytes in the bitstream store, and what is known of them.

    Parameters
    ----------
    name
        The file's name as it was received (``surrogateescape`` for bytes that
        are not UTF-8).
    rendition
        Digest of the text rendition, or None where there is no text.
    """

    name: str
    sha256: str
    bytes: int
    mime: str
    puid: str | None = None
    format_name: str | None = None
    pages: int | None = None
    text: str = "none"
    rendition: str | None = None
    warnings: tuple[str, ...] = ()
    error: str | None = None
    role: str = "original"
    captured_at: dt.datetime | None = None


@stored
@dataclass(frozen=True, slots=True, kw_only=True)
class Expression:
    """A language and version of the work, with its files."""

    language: str | None
    version: int = 1
    manifestations: tuple[Manifestation, ...] = ()


@stored
@dataclass(frozen=True, slots=True, kw_only=True)
class ExtraObligation:
    """A second obligation, with the law that demands it (MoReq2010 default: none)."""

    class_code: str
    citation: str
    reason: str


@stored
@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The retention decision of a record as last computed, for display and lists."""

    state: str
    action: str | None = None
    due_on: dt.date | None = None
    winner: str | None = None
    stage: int | None = None
    provisional: bool = False
    schedule_version: int | None = None
    computed_on: dt.date | None = None


@stored
@dataclass(frozen=True, slots=True, kw_only=True)
class Appraisal:
    """What a review decided for one record beside its schedule.

    Parameters
    ----------
    verdict
        ``keep`` until a day, or ``permanent``.
    """

    verdict: str
    reason: str
    login: str
    on: dt.date
    until: str | None = None


class ClosureState(StoredWord):
    """Whether the second clock closes a record to readers."""

    CLOSED = "closed"
    # The date that starts the clock is unknown or not certain: closed without end.
    AWAITING_TRIGGER = "awaiting_trigger"
    # The rule that its class names is not in the schedule in force: closed.
    UNKNOWN_RULE = "unknown_rule"
    # A person has opened it after its day had come.
    OPENED = "opened"
    # Papers of a Member: no records of the House, never published.
    MEMBERS = "members"


@stored
@dataclass(frozen=True, slots=True, kw_only=True)
class Closure:
    """The second clock: whether the record is closed to readers, and until when."""

    state: str
    rule: str
    opens_on: dt.date | None = None
    provisional: bool = False


@stored
@dataclass(frozen=True, slots=True, kw_only=True)
class Tombstone:
    """What stays of a destroyed record (research/records-management 2.7).

    Parameters
    ----------
    title
        None where the title was as closed as the content.
    components
        SHA-256 and size in bytes of every file.
    citation
        The law behind the schedule.
    trace
        How the due day was found, step by step.
    holds
        Id, day of placement and day of lifting of every hold that lay on it.
    decisions
        Act, login, role, instant (ISO 8601) and comment, in order.
    authority
        Id of the disposal list, or another word for what allowed it.
    verification
        What the absence scan found; empty until it has run.
    transferred
        Archive and SHA-256 of its receipt, where the content was handed over.
    """

    title: str | None
    type: str
    class_code: str
    class_title: str
    authority: str
    executor: str
    method: str
    started_at: dt.datetime
    language: str | None = None
    originator: str = ""
    aggregation: str | None = None
    created: str | None = None
    declared_on: dt.date | None = None
    closed_on: str | None = None
    components: tuple[tuple[str, int], ...] = ()
    schedule: str = ""
    schedule_version: int | None = None
    stage: int | None = None
    citation: tuple[str, ...] = ()
    trigger: str = ""
    trigger_date: dt.date | None = None
    trace: tuple[str, ...] = ()
    due_on: dt.date | None = None
    holds: tuple[tuple[str, str, str], ...] = ()
    decisions: tuple[tuple[str, str, str, str, str], ...] = ()
    reason: str = ""
    finished_at: dt.datetime | None = None
    verification: str = ""
    certificate: str | None = None
    transferred: tuple[str, str] | None = None


class Record(Persistent):  # type: ignore[misc]
    """The work and everything below it; parts are plain values inside."""

    id: str = ""
    type: str = "paper"
    type_basis: str = "extracted"
    state: str = RecordState.ACTIVE
    titles: tuple[tuple[str, str], ...] = ()
    date: str | None = None
    dates: tuple[tuple[str, str], ...] = ()
    language: str | None = None
    jurisdiction: str | None = None
    chamber: str | None = None
    session: str | None = None
    collection: str | None = None
    identifiers: tuple[Identifier, ...] = ()
    statements: tuple[Statement, ...] = ()
    citations: tuple[Citation, ...] = ()
    expressions: tuple[Expression, ...] = ()
    access: str = "internal"
    class_code: str | None = None
    aggregation: str | None = None
    declared_on: dt.date | None = None
    received_on: dt.date | None = None
    closed_on: str | None = None
    superseded_on: dt.date | None = None
    extra_obligations: tuple[ExtraObligation, ...] = ()
    stages_done: tuple[tuple[str, int, str], ...] = ()
    appraisals: tuple[Appraisal, ...] = ()
    closure: Closure | None = None
    reviewed_on: dt.date | None = None
    # The last day on which it was handed out in a package.
    exported_on: dt.date | None = None
    # Day of the next review as a vital record, as it stands in `by_vital_review`.
    review_on: dt.date | None = None
    holds: tuple[str, ...] = ()
    standing: Standing | None = None
    events: tuple[Event, ...] = ()
    claimed_events: tuple[Event, ...] = ()
    captured_at: dt.datetime | None = None
    modified_at: dt.datetime | None = None
    captured_by: str = ""
    imported: str | None = None
    tombstone: Tombstone | None = None
    revision: int = 0

    def __init__(self, record_id: str) -> None:
        self.id = record_id

    @property
    def title(self) -> str:
        """Return the title in the record's first language, else any, else empty."""
        titles = dict(self.titles)
        if self.language in titles:
            return titles[self.language]
        return self.titles[0][1] if self.titles else ""

    @property
    def files(self) -> tuple[Manifestation, ...]:
        """Return every file of every expression, in order."""
        return tuple(m for e in self.expressions for m in e.manifestations)

    @property
    def is_held(self) -> bool:
        """Say whether an active hold lies on the record."""
        return bool(self.holds)

    @property
    def is_destroyed(self) -> bool:
        """Say whether only the tombstone is left."""
        return self.state == RecordState.DESTROYED


class Bitstream(Persistent):  # type: ignore[misc]
    """The reference entry of a digest; adoption and removal both write it.

    ``references`` names the records that hold the bytes; the bytes may be
    removed only when it is empty. Writing it on adoption as on removal makes
    the two conflict instead of crossing.
    """

    checked_at: dt.datetime | None = None

    def __init__(self, sha256: str, size: int) -> None:
        self.sha256 = sha256
        self.bytes = size
        self.references: tuple[str, ...] = ()

    def adopt(self, record_id: str) -> None:
        """Add a record to the references."""
        self.references = tuple(dict.fromkeys((*self.references, record_id)))

    def release(self, record_id: str) -> None:
        """Take a record from the references."""
        self.references = tuple(r for r in self.references if r != record_id)
