"""Holds, the parliamentary calendar, trigger events, questions and links."""

from dataclasses import dataclass
from datetime import datetime

from persistent import Persistent


class Hold(Persistent):  # type: ignore[misc]
    """A disposal hold (MoReq2010 chapter 9): it blocks disposal, not the clock."""

    mandate: str = ""
    placed_by: str = ""
    placed_at: datetime | None = None
    lifted_by: str = ""
    lifted_at: datetime | None = None
    reason: str = ""
    query: str | None = None

    def __init__(self, hold_id: str, title: str) -> None:
        self.id = hold_id
        self.title = title

    @property
    def is_active(self) -> bool:
        """Say whether the hold has not been lifted."""
        return self.lifted_at is None


class CalendarEnd(Persistent):  # type: ignore[misc]
    """The end of a session or legislature, provisional or confirmed."""

    reversed_by: str | None = None

    def __init__(self, kind: str, key: str, day: str, *, confirmed: bool) -> None:
        self.kind = kind
        self.key = key
        self.date = day
        self.confirmed = confirmed


class TriggerEvent(Persistent):  # type: ignore[misc]
    """An event that starts a retention clock, matched to records by its key."""

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
    """A typed relation from one record to another, with its evidence."""

    state: str = "accepted"
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
