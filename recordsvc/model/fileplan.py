"""Class tree, aggregations and schedule versions."""

from dataclasses import dataclass
from datetime import date, datetime

from persistent import Persistent

from recordsvc.model.values import stored


class ClassNode(Persistent):  # type: ignore[misc]
    """A class of the file plan (ISO 15489-1, 8.3).

    Parameters
    ----------
    closure, maximum
        Code of the access closure and of the maximum-keeping duty of its records;
        None inherits the parent's.
    owner
        ``house``, or ``member``: papers that are no records of the House, never
        scheduled, never published, returned to their owner.
    vital_review
        ISO 8601 period between reviews of its vital records.
    survives_destruction
        What tombstones of its records keep of their description; empty inherits.
    merged_into
        The class that took over its records.
    history
        How it stood before each change, oldest first.
    """

    scope: str = ""
    valid_from: date | None = None
    valid_to: date | None = None
    closure: str | None = None
    owner: str = "house"
    vital_review: str | None = None
    survives_destruction: tuple[str, ...] = ()
    maximum: str | None = None
    merged_into: str | None = None
    history: tuple["ClassState", ...] = ()

    def __init__(
        self, code: str, title: str, parent: str | None, schedule: str | None
    ) -> None:
        self.code = code
        self.title = title
        self.parent = parent
        self.schedule = schedule


@stored
@dataclass(frozen=True, slots=True, kw_only=True)
class ClassState:
    """A class as it stood until a day, and who ended that."""

    until: date
    title: str
    parent: str | None
    schedule: str | None
    closure: str | None = None
    owner: str = "house"
    vital_review: str | None = None
    login: str = ""
    survives_destruction: tuple[str, ...] = ()
    maximum: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AggregationAct:
    """An opening, closing, reopening or disposal of an aggregation."""

    kind: str
    day: str
    login: str
    at: datetime
    reason: str = ""


@stored
@dataclass(frozen=True, slots=True, kw_only=True)
class AggregationStub:
    """What stays of an aggregation whose records have all been disposed of.

    Parameters
    ----------
    run, executor
        The run of disposal that found nothing left in it, and whose it was.
    on
        The legal day of that run.
    keeps_title
        Whether the title stays; it goes where those of its records have gone.
    destroyed
        How many records were destroyed under the schedule, in it and its volumes.
    transferred
        How many of them an archive had received before.
    lists, certificates
        Ids of the disposal lists and certificates of these records.
    finished_at
        When the content of the last of them was proved gone; None until then.
    """

    run: str
    executor: str
    on: date
    started_at: datetime
    keeps_title: bool
    class_code: str
    class_title: str
    destroyed: int
    transferred: int
    lists: tuple[str, ...] = ()
    certificates: tuple[str, ...] = ()
    finished_at: datetime | None = None


class Aggregation(Persistent):  # type: ignore[misc]
    """A dossier or volume: records that are closed together.

    Parameters
    ----------
    kind
        ``dossier`` or ``volume``; a volume lies in a dossier, its `parent`.
    stub
        What stays once all its records were disposed of; None before.
    """

    kind: str = "dossier"
    parent: str | None = None
    opened_on: str | None = None
    closed_on: str | None = None
    history: tuple[AggregationAct, ...] = ()
    stub: AggregationStub | None = None

    def __init__(self, aggregation_id: str, title: str, class_code: str | None) -> None:
        self.id = aggregation_id
        self.title = title
        self.class_code = class_code


class ScheduleVersion(Persistent):  # type: ignore[misc]
    """A version of the disposal schedule, kept as its source text.

    Text, version and digest are stored, never a class of the retention
    library: the library may move without a schema step.
    """

    # draft, issued, superseded or revoked.
    state: str = "draft"
    supersedes: int | None = None
    imported_by: str = ""
    issued_by: str = ""
    # What the impact was when it was issued: pairs of name and count.
    impact: tuple[tuple[str, int], ...] = ()
    acknowledged_by: str = ""
    # Day on which the store was brought to it; None while that is to be done.
    applied_on: date | None = None
    revoked_on: date | None = None
    revoked_by: str = ""
    reason: str = ""
    approvals: tuple[tuple[str, str], ...] = ()
    issued_at: datetime | None = None

    def __init__(self, number: int, source: str, sha256: str) -> None:
        self.number = number
        self.source = source
        self.sha256 = sha256
