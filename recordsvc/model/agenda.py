"""Holds, the parliamentary calendar, trigger events, questions and links."""

from dataclasses import dataclass
from datetime import date, datetime

from BTrees.OOBTree import OOTreeSet
from persistent import Persistent


class Hold(Persistent):  # type: ignore[misc]
    """A disposal hold (MoReq2010 chapter 9): it blocks disposal, not the clock.

    Parameters
    ----------
    scope
        ``list``: the records it was laid on; ``class``: every record below a class;
        ``aggregation``: every record of a dossier and its parts; ``query``: every
        record that the query finds, whenever it came.
    target
        Code of the class, id of the aggregation or text of the query.
    review_on
        Day on which somebody has to look whether it is still needed.
    """

    scope: str = "list"
    target: str = ""
    kind: str = ""
    review_on: date | None = None
    mandate: str = ""
    placed_by: str = ""
    placed_at: datetime | None = None
    lifted_by: str = ""
    lifted_at: datetime | None = None
    reason: str = ""
    # Day, login, day of the next look and reason of each look that kept it.
    reviews: tuple[tuple[date, str, date, str], ...] = ()
    # Ids of the records whose links to the hold are still to be made, or unmade.
    pending: OOTreeSet | None = None

    def __init__(self, hold_id: str, title: str) -> None:
        self.id = hold_id
        self.title = title

    @property
    def is_active(self) -> bool:
        """Say whether the hold has not been lifted."""
        return self.lifted_at is None


@dataclass(frozen=True, slots=True, kw_only=True)
class EndForm:
    """What was said of an end of the calendar before it was said anew."""

    date: str
    confirmed: bool
    cause: str = ""
    recorded_by: str = ""
    recorded_at: datetime | None = None
    reversed_by: str | None = None


class CalendarEnd(Persistent):  # type: ignore[misc]
    """The end of a session or legislature, provisional or confirmed.

    Parameters
    ----------
    jurisdiction
        Whose calendar it stands in; empty is the parliament's own.
    cause
        ``prorogation`` ends a session, ``dissolution`` a legislature; empty when the
        term ran out.
    history
        What was said of it before, oldest first; the latest form counts.
    """

    jurisdiction: str = ""
    cause: str = ""
    evidence: str = ""
    history: tuple[EndForm, ...] = ()
    recorded_by: str = ""
    recorded_at: datetime | None = None
    reversed_by: str | None = None

    def __init__(self, kind: str, key: str, day: str, *, confirmed: bool) -> None:
        self.kind = kind
        self.key = key
        self.date = day
        self.confirmed = confirmed


class TriggerEvent(Persistent):  # type: ignore[misc]
    """An event that starts a retention clock, matched to records by its key."""

    recorded_by: str = ""
    recorded_at: datetime | None = None
    evidence: str = ""
    reversed_by: str | None = None

    def __init__(self, event_id: str, kind: str, key: str, day: str) -> None:
        self.id = event_id
        self.type = kind
        self.key = key
        self.date = day


class Question(Persistent):  # type: ignore[misc]
    """The life of a parliamentary question, beside its record.

    `author` and `addressee` are the ids of agents, empty where nobody is named.
    """

    answered_on: str | None = None
    withdrawn_on: str | None = None
    author: str = ""
    addressee: str = ""

    def __init__(self, record_id: str, reference: str, tabled_on: str | None) -> None:
        self.record_id = record_id
        self.reference = reference
        self.tabled_on = tabled_on


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Why a link was made: the rule and the words."""

    rule: str
    text: str
    page: int | None = None


class Link(Persistent):  # type: ignore[misc]
    """A typed relation from one record to another, with its evidence.

    Parameters
    ----------
    state
        ``accepted`` by a person, or ``automatic``: a program's, until one confirms it.
    supersedes
        A keeper of records has said that the source replaces the target.
    """

    state: str = "accepted"
    supersedes: bool = False
    certainty: str = "certain"
    score: float = 1.0
    evidence: tuple[Evidence, ...] = ()
    decided_by: str = ""
    decided_at: datetime | None = None

    def __init__(self, link_id: str, kind: str, source: str, target: str) -> None:
        self.id = link_id
        self.type = kind
        self.source = source
        self.target = target
