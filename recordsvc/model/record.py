"""A record at its three levels: work, expression (language, version), file."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from persistent import Persistent

from recordsvc.model.event import Event
from recordsvc.model.foreign import Foreign
from recordsvc.model.values import stored
from recordsvc.model.words import StoredWord

ATTACHMENT = "attachment"


class Recognition(StoredWord):
    """How far reading text from the pictures of a file has come."""

    NONE = ""  # nothing is to be read: it has a text, or is no picture
    AWAITED = "awaited"
    DONE = "done"
    ILLEGIBLE = "illegible"
    # No page could be drawn or read; see the warnings.
    FAILED = "failed"
    # No program for it is installed.
    ABSENT = "absent"


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
        ``extracted``, ``ocr`` (from text that was read in a picture), ``embedded``,
        ``inferred``, ``entered``, ``confirmed`` (by a person, as it was found),
        ``sidecar`` or ``inherited``.
    rule
        The rule that found it, or the account that entered or confirmed it.
    page
        Page of the evidence, from 1, if there is one.
    confidence
        From 0 to 1; 1 for what a person or a sidecar said.
    start, end
        Where the evidence stands in the text of that page, or None.
    """

    field: str
    value: str
    how: str
    rule: str = ""
    page: int | None = None
    confidence: float = 1.0
    language: str | None = None
    start: int | None = None
    end: int | None = None


class PartyState(StoredWord):
    """How a name stands to the authority list."""

    UNMATCHED = "unmatched"
    # Somebody of the list may be meant; nobody has said so.
    SUGGESTED = "suggested"
    MATCHED = "matched"


@stored
@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """One who wrote a paper or whom it is for.

    Parameters
    ----------
    role
        ``author`` or ``addressee``.
    name
        As the paper, or who described it, writes it.
    state
        A word of `PartyState`.
    agent
        Id of the entry of the authority list, empty where none is like it.
    score
        How like the two are, from 0 to 1.
    """

    role: str
    name: str
    state: str = PartyState.UNMATCHED.value
    agent: str = ""
    score: float = 0.0


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
    role
        ``original``, or ``attachment`` for a file that another one carries.
    position
        Where an attachment hangs: ``2`` is the second that the original carries,
        ``2.1`` the first that this one carries; empty for the original.
    stated_name
        The name its carrier gives an attachment, where `name` was made safe.
    recognition
        A word of `Recognition`.
    confidence
        How sure the text read by OCR is, from 0 to 1: the mean of its pages.
    reader
        The version of the reading that found all this, empty where that is not known.
    scan
        ``clean``, ``infected`` or ``not_scanned``, as a virus scanner said before the
        file was read; empty where nobody asked, and for what another file carries.
    signatures
        Version of the PRONOM signatures by which the format was found.
    media
        What a sound or video says of itself: ``duration_s``, ``codec`` and so on.
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
    position: str = ""
    stated_name: str | None = None
    recognition: str = Recognition.NONE.value
    confidence: float | None = None
    scan: str = ""
    signatures: str = ""
    media: tuple[tuple[str, str], ...] = ()
    reader: str = ""

    @property
    def is_attachment(self) -> bool:
        """Say whether another file of the record carries this one."""
        return self.role == ATTACHMENT

    @property
    def carrier(self) -> str:
        """Return the position of the file that carries this one."""
        return self.position.rpartition(".")[0]


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
    """The retention decision of a record as last computed, for display and lists.

    Parameters
    ----------
    maximum_on
        The first day by which a maximum-keeping duty wants the record gone, among
        those that nothing refuses.
    refused
        Code and day of each duty that something keeps the record beyond.
    far_trigger
        A trigger date suspiciously far ahead.
    """

    state: str
    action: str | None = None
    due_on: dt.date | None = None
    winner: str | None = None
    stage: int | None = None
    provisional: bool = False
    schedule_version: int | None = None
    computed_on: dt.date | None = None
    maximum_on: dt.date | None = None
    refused: tuple[tuple[str, str], ...] = ()
    far_trigger: dt.date | None = None


@stored
@dataclass(frozen=True, slots=True, kw_only=True)
class Appraisal:
    """What people decided for one record beside its schedule; the last one counts.

    Parameters
    ----------
    verdict
        ``keep`` until a day, or ``permanent``; ``justify``: the day stays;
        ``shorten``: to an earlier day, or back to the schedule without one.
    until
        The manual date; it may lengthen what the schedule says.
    proposed_by
        Who has proposed what `login` confirmed; empty where one person was enough.
    """

    verdict: str
    reason: str
    login: str
    on: dt.date
    until: str | None = None
    proposed_by: str = ""


@stored
@dataclass(frozen=True, slots=True, kw_only=True)
class Shortening:
    """A proposal to let a record go earlier than its manual date says.

    It changes nothing until a second person confirms it.

    Parameters
    ----------
    until
        The earlier day; None takes the manual date away.
    """

    until: str | None
    reason: str
    login: str
    on: dt.date


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
    described
        Field and value of what of the description outlives it beside that, as the
        class says.
    is_bare
        Whether the schedule keeps only what proves the act: nothing here tells what
        the record was.
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
    described: tuple[tuple[str, str], ...] = ()
    is_bare: bool = False


@stored
@dataclass(frozen=True, slots=True, kw_only=True)
class EditMark:
    """What a bulk act has written on the record; it goes when the record goes.

    Parameters
    ----------
    values
        Name of the attribute, what it was and what it became.
    fields
        The fields whose statements it has written.
    before, after
        The statements of those fields.
    """

    bulk: str
    values: tuple[tuple[str, Any, Any], ...]
    fields: tuple[str, ...]
    before: tuple[Statement, ...]
    after: tuple[Statement, ...]


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
    legislature: str | None = None
    subjects: tuple[str, ...] = ()
    parties: tuple[Party, ...] = ()
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
    shortening: Shortening | None = None
    # What bulk acts have written on it, the latest last, so that they can be undone.
    marks: tuple[EditMark, ...] = ()
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
    # Set where it was harvested from another repository.
    foreign: Foreign | None = None
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
    def texts(self) -> tuple[Manifestation, ...]:
        """Return the files that have text, in order, each text once."""
        read: dict[str, Manifestation] = {}
        for file in self.files:
            if file.rendition:
                read.setdefault(file.rendition, file)
        return tuple(read.values())

    @property
    def is_held(self) -> bool:
        """Say whether an active hold lies on the record."""
        return bool(self.holds)

    @property
    def is_foreign(self) -> bool:
        """Say whether it is another parliament's, and no record of the House."""
        return self.foreign is not None and self.foreign.adopted_on is None

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
