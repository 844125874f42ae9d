"""The disposal schedule as values (MoReq2010 chapter 8, INTERFACE section 4)."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from retention.periods import Period

__all__ = [
    "Action",
    "Authority",
    "ClassEntry",
    "Combine",
    "Rounding",
    "Schedule",
    "ScheduleFile",
    "Stage",
    "State",
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
    """

    action: Action
    triggers: tuple[Trigger, ...] = ()
    period: Period | None = None
    combine: Combine = Combine.ALL
    rounding: Rounding = Rounding.NONE
    cooling_days: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """Hold a disposal schedule: its stages in order, and the law behind it."""

    code: str
    title: str
    stages: tuple[Stage, ...]
    citation: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassEntry:
    """Hold a class of the file plan; one without a schedule inherits its parent's."""

    code: str
    title: str
    parent: str | None = None
    schedule: str | None = None
    scope: str | None = None


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
    """

    title: str
    zone: str
    version: int
    effective_from: date
    fiscal_year_start: str | None = None
    approved_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleFile:
    """Hold a whole schedule file, checked."""

    authority: Authority
    classes: tuple[ClassEntry, ...] = ()
    schedules: tuple[Schedule, ...] = ()
