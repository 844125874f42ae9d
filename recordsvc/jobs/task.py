"""What a job's handler is given, and what it may say beside "done"."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from recordsvc.bootstrap import Service


class Interrupted(Exception):
    """The worker is to end, or the job was taken away; the work goes on later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A claimed job, outside any transaction.

    Parameters
    ----------
    must_stop
        Says whether the handler is to raise :class:`Interrupted` as soon as what
        it has begun is safe.
    """

    service: Service
    job_id: str
    kind: str
    args: Mapping[str, str]
    attempt: int
    must_stop: Callable[[], bool]


# Returns the outcome that the job remembers. Idempotent: it may be called again
# after a death at any point.
Handler = Callable[[Task], Mapping[str, str]]
