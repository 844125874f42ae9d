"""The job queue: written with what follows from it, claimed under a lease."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from BTrees.OOBTree import OOBTree
from persistent import Persistent

MAX_ATTEMPTS = 4


class JobState(StrEnum):
    """Where a job stands."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    PARKED = "parked"
    CANCELLED = "cancelled"


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


class JobQueue(Persistent):  # type: ignore[misc]
    """Every job by id; the open ones are found by walking a small tree."""

    def __init__(self) -> None:
        self.jobs = OOBTree()
        self.open = OOBTree()

    def put(self, job: Job) -> Job:
        """Add a job to the queue."""
        self.jobs[job.id] = job
        self.open[job.id] = job
        return job

    def claim(self, holder: str, now: datetime, lease: timedelta) -> Job | None:
        """Take a job that waits or whose holder's lease ran out.

        Returns
        -------
        Job or None
            None when nothing is to be done now.
        """
        for job in self.open.values():
            expired = job.state == JobState.RUNNING and job.lease_until < now
            ready = job.state == JobState.QUEUED and (
                job.not_before is None or job.not_before <= now
            )
            if not (expired or ready):
                continue
            if expired and job.attempts >= MAX_ATTEMPTS:
                self.park(job, "its worker died four times over it", now)
                continue
            job.state = JobState.RUNNING
            job.attempts += 1
            job.holder = holder
            job.lease_until = now + lease
            return job  # type: ignore[no-any-return]
        return None

    def renew(self, job: Job, holder: str, until: datetime) -> bool:
        """Lengthen a lease; say whether the holder still has it."""
        if job.state != JobState.RUNNING or job.holder != holder:
            return False
        job.lease_until = until
        return True

    def finish(
        self, job: Job, now: datetime, outcome: Mapping[str, str] | None = None
    ) -> None:
        """Mark a job as done."""
        job.state = JobState.DONE
        job.finished_at = now
        job.outcome = tuple(sorted((outcome or {}).items()))
        self.open.pop(job.id, None)

    def fail(self, job: Job, error: str, now: datetime) -> None:
        """Queue a failed job again, later each time; the fourth failure parks it."""
        if job.attempts >= MAX_ATTEMPTS:
            self.park(job, error, now)
            return
        job.state = JobState.QUEUED
        job.error = error
        job.not_before = now + timedelta(seconds=2 ** (2 * job.attempts))

    def park(self, job: Job, error: str, now: datetime) -> None:
        """Set a job aside with its reason; a person may retry it."""
        job.state = JobState.PARKED
        job.error = error
        job.finished_at = now
        self.open.pop(job.id, None)

    def retry(self, job: Job) -> None:
        """Queue a parked job again from its first attempt."""
        job.state = JobState.QUEUED
        job.attempts = 0
        job.error = None
        job.not_before = None
        self.open[job.id] = job

    def cancel(self, job: Job, now: datetime) -> None:
        """Drop a job that has not finished."""
        job.state = JobState.CANCELLED
        job.finished_at = now
        self.open.pop(job.id, None)

    def __iter__(self) -> Iterator[Job]:
        return iter(self.jobs.values())
