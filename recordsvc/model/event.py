"""What happened to a record: ids, codes and digests only."""

from dataclasses import dataclass
from datetime import datetime

from recordsvc.model.values import stored


@stored
@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One act in the life of a record.

    Parameters
    ----------
    id
        Random UUID.
    type
        A term of the PREMIS event vocabulary where there is one, else ours.
    at
        Instant, aware, UTC.
    agent
        Login of the account, or the name of the program.
    outcome
        ``success``, ``warning`` or ``failure``.
    facts
        Pairs of codes: ids, digests, rule names, fields; never a title, a
        name of a person or a text, because an audit chain cannot be cleaned.
    """

    id: str
    type: str
    at: datetime
    agent: str
    outcome: str = "success"
    facts: tuple[tuple[str, str], ...] = ()
