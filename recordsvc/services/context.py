"""What every use case is given: the actor, the clock and the stores."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from recordsvc.model import Archive, Event
from recordsvc.search.index import SearchIndex
from recordsvc.settings import Settings
from recordsvc.storage.bitstreams import BitstreamStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who acts.

    Parameters
    ----------
    self_made
        The credential was made by the actor's own password; without it an
        actor cannot judge, approve or run disposal, nor lift holds.
    """

    login: str
    role: str
    self_made: bool = False


ANONYMOUS = Actor(login="anonymous", role="anonymous")
LOCAL_ADMINISTRATOR = Actor(login="local", role="local-administrator")
SYSTEM = Actor(login="system", role="system")


def utc_now() -> datetime:
    """Return the present instant, aware, UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """One use case's surroundings; services never see a request.

    Parameters
    ----------
    root
        The archive as seen by the caller's transaction; the caller commits.
    clock
        Returns the present instant, aware, UTC.
    fixed_today
        The legal day of a test store under ``RECORDSVC_TODAY``.
    """

    actor: Actor
    root: Archive
    settings: Settings
    bitstreams: BitstreamStore
    search: Callable[[], SearchIndex]
    clock: Callable[[], datetime] = field(default=utc_now)
    fixed_today: date | None = None

    def now(self) -> datetime:
        """Return the present instant, aware, UTC."""
        return self.clock()

    def today(self) -> date:
        """Return the legal day in the parliament's zone."""
        if self.fixed_today is not None:
            return self.fixed_today
        return self.clock().astimezone(ZoneInfo(self.settings.zone)).date()

    def event(self, kind: str, outcome: str = "success", **facts: str) -> Event:
        """Return an event of this actor, now."""
        return Event(
            id=uuid.uuid4().hex,
            type=kind,
            at=self.now(),
            agent=self.actor.login,
            outcome=outcome,
            facts=tuple(sorted(facts.items())),
        )

    def log(self, subject: str, kind: str, **facts: str) -> Event:
        """Write an act into the audit trail, in the transaction of the act.

        Parameters
        ----------
        subject
            Id of what the act was done to.
        facts
            Ids, codes and digests only: the trail cannot be cleaned.
        """
        event = self.event(kind, **facts)
        self.root.audit.put(event, subject)
        return event
