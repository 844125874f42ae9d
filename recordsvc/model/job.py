"""The job queue: written with what follows from it, claimed under a lease."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta

from BTrees.OOBTree import OOBTree
from persistent import Persistent

from recordsvc.model.words import StoredWord

MAX_ATTEMPTS = 4


class JobState(StoredWord):
    """Where a job stands."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    PARKED = "parked"
    CANCELLED = "cancelled"


FINISHED = frozenset({JobState.DONE, JobState.PARKED, JobState.CANCELLED})


class Job(Persistent):  # type: ignore[misc]
    """Work to be done outside any transaction."""

    state: str = JobState.QUEUED
    attempts: int = 0
    holder: str = ""
    lease_until: datetime | None = None
    not_before: datetime | None = None
    error: str | None = None
    outcome: tuple[tuple[str, str], ...] = ()
    finished_at: datetime | None = None

    def __init__(
        self, job_id: str, kind: str, args: Mapping[str, str], queued_at: datetime
    ) -> None:
        self.id = job_id
        self.kind = kind
        self.args = tuple(sorted(args.items()))
        self.queued_at = queued_at

    def is_held_by(self, holder: str) -> bool:
        """Say whether a worker still has the job: it may have been taken away."""
        return self.state == JobState.RUNNING and self.holder == holder


def _nobody_died(_holder: str) -> bool:
    return False


class JobQueue(Persistent):  # type: ignore[misc]
    """Every job by id; the open ones are found by walking a small tree.

    A worker may be slow instead of dead, and lose its job to another: what it
    reports then is not taken, and it is told so.
    """

    def __init__(self) -> None:
        self.jobs = OOBTree()
        self.open = OOBTree()

    def put(self, job: Job) -> Job:
        """Add a job to the queue."""
        self.jobs[job.id] = job
        self.open[job.id] = job
        return job

    def claim(
        self,
        holder: str,
        now: datetime,
        lease: timedelta,
        is_dead: Callable[[str], bool] = _nobody_died,
        kind: str | None = None,
        *,
        beside: str | None = None,
    ) -> Job | None:
        """Take the job that has waited longest, or one whose holder is gone.

        Parameters
        ----------
        is_dead
            Tells of a holder whose lease still runs whether it is known to be
            dead, so that its job need not wait for the end of the lease.
        kind
            Take only jobs of this kind.
        beside
            Take no jobs of this kind.

        Returns
        -------
        Job or None
            None when nothing is to be done now.
        """
        for job in sorted(self.open.values(), key=lambda j: (j.queued_at, j.id)):
            if (kind is not None and job.kind != kind) or job.kind == beside:
                continue
            if job.state == JobState.RUNNING:
                if job.lease_until >= now and not is_dead(job.holder):
                    continue
                if job.attempts >= MAX_ATTEMPTS:
                    self._park(job, "its worker died over it, four times", now)
                    continue
            elif job.not_before is not None and job.not_before > now:
                continue
            job.state = JobState.RUNNING
            job.attempts += 1
            job.holder = holder
            job.lease_until = now + lease
            return job  # type: ignore[no-any-return]
        return None

    def renew(self, job: Job, holder: str, until: datetime) -> bool:
        """Lengthen a lease; say whether the holder still has it."""
        if not job.is_held_by(holder):
            return False
        job.lease_until = until
        return True

    def finish(
        self,
        job: Job,
        holder: str,
        now: datetime,
        outcome: Mapping[str, str] | None = None,
    ) -> bool:
        """Mark a job as done; say whether the holder still had it."""
        if not job.is_held_by(holder):
            return False
        job.error = None
        job.outcome = tuple(sorted((outcome or {}).items()))
        self._close(job, JobState.DONE, now)
        return True

    def fail(self, job: Job, holder: str, error: str, now: datetime) -> bool:
        """Queue a failed job again, later each time; the fourth failure parks it."""
        if not job.is_held_by(holder):
            return False
        if job.attempts >= MAX_ATTEMPTS:
            self._park(job, error, now)
            return True
        job.state = JobState.QUEUED
        job.holder = ""
        job.error = error
        # 4 s, 16 s, 64 s.
        job.not_before = now + timedelta(seconds=4**job.attempts)
        return True

    def park(self, job: Job, holder: str, error: str, now: datetime) -> bool:
        """Set a job aside at once: it would fail the same way every time."""
        if not job.is_held_by(holder):
            return False
        self._park(job, error, now)
        return True

    def give_back(self, job: Job, holder: str) -> bool:
        """Queue a job again that was not finished through no fault of its own."""
        if not job.is_held_by(holder):
            return False
        job.state = JobState.QUEUED
        job.holder = ""
        job.attempts -= 1
        return True

    def retry(self, job: Job) -> bool:
        """Queue a parked or cancelled job again; say whether it was one."""
        if job.state not in {JobState.PARKED, JobState.CANCELLED}:
            return False
        job.state = JobState.QUEUED
        job.attempts = 0
        job.error = None
        job.not_before = None
        job.finished_at = None
        self.open[job.id] = job
        return True

    def cancel(self, job: Job, now: datetime) -> bool:
        """Drop a job that has not finished; say whether it was one."""
        if job.state in FINISHED:
            return False
        self._close(job, JobState.CANCELLED, now)
        return True

    def forget_finished(self, before: datetime) -> int:
        """Delete the jobs done or cancelled before an instant; return how many.

        Parked jobs stay until a person has looked at them.
        """
        old = [
            job.id
            for job in self.jobs.values()
            if job.state in {JobState.DONE, JobState.CANCELLED}
            and job.finished_at < before
        ]
        for job_id in old:
            del self.jobs[job_id]
        return len(old)

    def _park(self, job: Job, error: str, now: datetime) -> None:
        job.error = error
        self._close(job, JobState.PARKED, now)

    def _close(self, job: Job, state: JobState, now: datetime) -> None:
        job.state = state
        job.holder = ""
        job.finished_at = now
        self.open.pop(job.id, None)

    def __iter__(self) -> Iterator[Job]:
        return iter(self.jobs.values())
