"""What a job's handler is given, and what it may say beside "done"."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from recordsvc.bootstrap import Service
from recordsvc.services.queueing import progress_root
from recordsvc.storage.progress import ProgressBoard


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

    def in_batches(self, total: int, step: Callable[[], tuple[int, bool]]) -> int:
        """Take one step after the other, told on the board; return how much was done.

        Parameters
        ----------
        total
            How much there is in all.
        step
            Does and commits the next batch; returns how much it was, and whether
            more is left.

        Raises
        ------
        Interrupted
            Between two steps, if the job has to stop.
        """
        board = ProgressBoard(progress_root(self.service.settings))
        done, is_left = 0, True
        with board.begin(self.job_id, self.kind, files_total=total) as meter:
            while is_left:
                if self.must_stop():
                    raise Interrupted
                count, is_left = step()
                meter.advance(files=count)
                done += count
        return done


# Returns the outcome that the job remembers. Idempotent: it may be called again
# after a death at any point.
Handler = Callable[[Task], Mapping[str, str]]
