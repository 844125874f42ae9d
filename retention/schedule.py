"""The disposal schedule as values (MoReq2010 chapter 8, INTERFACE section 4)."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from retention.periods import Period

__all__ = [
    "Action",
    "Authority",
    "ClassEntry",
    "ClosureRule",
    "Combine",
    "MaximumRule",
    "Owner",
    "Reach",
    "Rounding",
    "Schedule",
    "ScheduleFile",
    "Stage",
    "State",
    "Survivor",
    "TimedRule",
    "Trigger",
    "TriggerKind",
]


class Action(StrEnum):
    """Name what is done when a stage has run out, the longest keeping first.

    The order is the order of precedence between obligations due on the same day.
    """

    PERMANENT = "permanent"
    RETAIN = "retain"
    TRANSFER = "transfer"
    REVIEW = "review"
    ANONYMISE = "anonymise"
    DESTROY = "destroy"


class Rounding(StrEnum):
    """Name the unit to whose next beginning a trigger date is moved."""

    NONE = "none"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
    FISCAL = "fiscal"
    SESSION = "session"
    LEGISLATURE = "legislature"


class Combine(StrEnum):
    """Say whether all triggers are waited for, or any one of them."""

    ALL = "all"
    ANY = "any"


class Owner(StrEnum):
    """Say whose papers a class holds.

    Papers of a Member are no records of the House: they are never scheduled, and go
    back to the Member (UK Parliament, Authorised Records Disposal Practice; US House
    and Senate practice).
    """

    HOUSE = "house"
    MEMBER = "member"


class Reach(StrEnum):
    """Say which records a new version applies to.

    ``all`` of them; ``open``, those neither closed nor due; ``new``, those declared on
    or after the day the version takes effect.
    """

    ALL = "all"
    OPEN = "open"
    NEW = "new"


class Survivor(StrEnum):
    """Name what of a description may outlive a record, beside what always does.

    ``nothing`` stands alone: it ends what a class above says.
    """

    NOTHING = "nothing"
    AUTHOR = "author"
    ADDRESSEE = "addressee"
    SUBJECT = "subject"
    KEYWORD = "keyword"
    SUMMARY = "summary"
    OTHER_TITLE = "other_title"
    IDENTIFIER = "identifier"
    DATE = "date"
    LANGUAGE = "language"
    JURISDICTION = "jurisdiction"
    SESSION = "session"
    COLLECTION = "collection"


class State(StrEnum):
    """Name what a decision says of a record on a day."""

    RUNNING = "running"
    AWAITING_TRIGGER = "awaiting_trigger"
    DUE = "due"
    HELD = "held"
    PERMANENT = "permanent"


class TriggerKind(StrEnum):
    """Name the kinds of facts that start a clock."""

    CREATED = "created"
    RECEIVED = "received"
    DECLARED = "declared"
    CLOSED = "closed"
    SUPERSEDED = "superseded"
    LAST_ACTION = "last_action"
    SESSION_END = "session_end"
    LEGISLATURE_END = "legislature_end"
    EVENT = "event"
    DATE = "date"
    FIXED = "fixed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """Name the fact that starts a clock.

    Parameters
    ----------
    kind
        The kind of fact.
    name
        The event type of ``event``, the field of ``date``, else empty.
    day
        The day of ``fixed``, else None.

    Examples
    --------
    >>> str(Trigger(kind=TriggerKind.EVENT, name="answered"))
    'event:answered'
    """

    kind: TriggerKind
    name: str = ""
    day: date | None = None

    def __str__(self) -> str:
        argument = self.day.isoformat() if self.day is not None else self.name
        return f"{self.kind}:{argument}" if argument else str(self.kind)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Hold one step of a schedule: from when, how long, and then what.

    Parameters
    ----------
    action
        What is done at its end.
    triggers
        What starts it. Only the first stage reads them; each later one starts on the
        day the stage before it was executed.
    period
        How long it runs; None only where the action is ``permanent``.
    combine
        How several triggers count together.
    rounding
        To what the trigger date is moved before the period is added.
    cooling_days
        Days between the due date and the earliest execution; fewer than 1 counts as 1.
    keep_stub
        Whether the tombstone of what it destroys tells what the record was; otherwise
        only what proves the act.
    review_route
        The units that give their verdict on what it makes due, in their order; without
        any, one reviewer does.
    """

    action: Action
    triggers: tuple[Trigger, ...] = ()
    period: Period | None = None
    combine: Combine = Combine.ALL
    rounding: Rounding = Rounding.NONE
    cooling_days: int = 1
    keep_stub: bool = True
    review_route: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """Hold a disposal schedule: its stages in order, and the law behind it.

    Parameters
    ----------
    citation
        The law it rests on.
    supersedes
        Codes of the schedules whose place it takes, of this version or an earlier one.
    """

    code: str
    title: str
    stages: tuple[Stage, ...]
    citation: tuple[str, ...] = ()
    supersedes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedRule:
    """Hold a rule beside the schedules: a clock with a name and its law.

    Parameters
    ----------
    triggers, combine, rounding, period
        As of a :class:`Stage`.
    citation
        The law it rests on.
    """

    code: str
    title: str
    triggers: tuple[Trigger, ...]
    period: Period
    combine: Combine = Combine.ALL
    rounding: Rounding = Rounding.NONE
    citation: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosureRule(TimedRule):
    """Hold how long records stay closed to the public: from when, and how long.

    It is a second clock beside disposal and says nothing of it (US House Rule VII,
    UK and EU thirty-year rules).
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class MaximumRule(TimedRule):
    """Hold how long records may be kept at most, by a law such as on personal data.

    It is no schedule and makes nothing due: what a schedule, a hold or an unknown date
    keeps longer is kept, and the duty is reported as refused.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassEntry:
    """Hold a class of the file plan; one without a schedule inherits its parent's.

    Parameters
    ----------
    parent, schedule, closure, maximum
        Codes of the class above, of its schedule, of its closure rule and of its
        maximum-keeping duty.
    scope
        What belongs there.
    owner
        Whose papers it holds.
    valid_from, valid_to
        First and last day on which papers may be classed there; None is no limit.
    vital_review
        How often vital records are reviewed; None where they are none.
    survives_destruction
        What the tombstones of its records keep of their description beside what they
        always keep; without any, what the class above says.
    """

    code: str
    title: str
    parent: str | None = None
    schedule: str | None = None
    scope: str | None = None
    closure: str | None = None
    maximum: str | None = None
    owner: Owner = Owner.HOUSE
    valid_from: date | None = None
    valid_to: date | None = None
    vital_review: Period | None = None
    survives_destruction: tuple[Survivor, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """Hold who issues the schedule, and what holds for all of it.

    Parameters
    ----------
    zone
        IANA name of the zone in which instants become legal days.
    fiscal_year_start
        ``MM-DD``, or None where no stage rounds to fiscal years.
    approved_by
        Names as stated in the file; a statement, not an approval.
    effective_from
        First day on which this version is in force.
    supersedes
        Number of the version whose place it takes; None where it takes none's.
    reach
        Which records this version applies to.
    """

    title: str
    zone: str
    version: int
    effective_from: date
    fiscal_year_start: str | None = None
    approved_by: tuple[str, ...] = ()
    supersedes: int | None = None
    reach: Reach = Reach.ALL


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleFile:
    """Hold a whole schedule file, checked."""

    authority: Authority
    classes: tuple[ClassEntry, ...] = ()
    schedules: tuple[Schedule, ...] = ()
    closures: tuple[ClosureRule, ...] = ()
    maximums: tuple[MaximumRule, ...] = ()
