"""A case: what is asked of the library, and the facts it is decided on.

Facts are raw: texts as they stand in the store or in a line of JSON. They are parsed
when a stage reads them and not before, because a malformed fact that nothing reads is
no fault (INTERFACE section 5, rule 11).
"""

from dataclasses import dataclass, field
from datetime import date

from retention.schedule import MaximumRule, Stage

__all__ = ["Calendar", "Case", "Facts", "Hold", "Malformed", "Obligation"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Malformed:
    """Stand in the place of facts that have the wrong shape, until they are read.

    Parameters
    ----------
    what
        Which part of the facts it is.
    value
        What was found there.
    wanted
        What would have been right.
    """

    what: str
    value: object
    wanted: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Hold what is known of a record; None is unknown.

    Parameters
    ----------
    created, received, declared, closed, superseded, last_action
        Dates or instants as texts.
    events
        Type and date of each event; one without a date counts as not recorded.
    dates
        Name and date of each further date field.
    stages_done
        Schedule, stage (from 0) and day of execution of each stage that is done.
    unconfirmed
        Names of facts that no person confirmed; dates read from them are provisional.
    """

    created: object = None
    received: object = None
    declared: object = None
    closed: object = None
    superseded: object = None
    last_action: object = None
    events: tuple[tuple[str, object] | Malformed, ...] | Malformed = ()
    dates: tuple[tuple[str, object], ...] | Malformed = ()
    stages_done: tuple[tuple[str, object, object] | Malformed, ...] | Malformed = ()
    unconfirmed: tuple[str, ...] | Malformed = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """Hold the ends of sessions and legislatures: date, and whether it is confirmed.

    Each end stands once, in its latest known form.
    """

    session_end: tuple[tuple[object, object] | Malformed, ...] | Malformed = ()
    legislature_end: tuple[tuple[object, object] | Malformed, ...] | Malformed = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Hold a disposal hold (MoReq2010 chapter 9), both days included.

    Parameters
    ----------
    from_
        First day; None is since ever.
    to
        Last day; None is open.
    """

    id: str
    from_: date | None = None
    to: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Obligation:
    """Bind a record to a schedule, with the stages of the version that applies."""

    schedule: str
    stages: tuple[Stage, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Hold everything a decision depends on.

    Parameters
    ----------
    case
        The name of the case, given back with the answer.
    on
        The day for which is asked.
    zone
        IANA name of the zone in which instants become legal days.
    fiscal_year_start
        ``MM-DD``, needed where a stage rounds to fiscal years.
    kept_until
        The day until which an appraisal keeps the record, as a text; None is none. It
        may lengthen what the schedules say and never shortens it.
    maximums
        The maximum-keeping duties; they move no date (:mod:`retention.maximum`).
    """

    case: object
    on: date
    zone: str | None
    obligations: tuple[Obligation, ...] = ()
    fiscal_year_start: str | None = None
    facts: Facts = field(default_factory=Facts)
    calendar: Calendar = field(default_factory=Calendar)
    holds: tuple[Hold, ...] = ()
    kept_until: object = None
    maximums: tuple[MaximumRule, ...] = ()
