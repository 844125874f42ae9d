"""Jobs of one kind done by the command that waits for them, if nobody else does."""

import time
from collections.abc import Mapping
from functools import partial

from recordsvc.bootstrap import Service
from recordsvc.jobs.presence import Presence
from recordsvc.jobs.task import Handler, Task
from recordsvc.model import Job
from recordsvc.model.job import JobState
from recordsvc.services.context import SYSTEM, Context
from recordsvc.services.errors import Temporary
from recordsvc.services.retention.recalculating import LEASE

POLL_S = 0.1
WAIT_S = 600.0


def finish(
    service: Service, job_id: str, handler: Handler, timeout_s: float = WAIT_S
) -> Mapping[str, str]:
    """Return what a job has come to, once it is done here or by a worker.

    Raises
    ------
    Temporary
        If a worker that has the job does not get it done, or has set it aside.
    """
    kind = service.view(SYSTEM, lambda ctx: str(ctx.root.jobs.jobs[job_id].kind))
    deadline = time.monotonic() + timeout_s
    while True:
        state, outcome, error = service.view(SYSTEM, partial(_standing, job_id=job_id))
        if state == JobState.DONE:
            return outcome
        if state in {JobState.PARKED, JobState.CANCELLED}:
            raise Temporary(f"job {job_id} was set aside: {error}; see: recordsvc jobs")
        # An older job of the kind comes first: it is done as well.
        if do_next(service, kind, handler) is not None:
            continue
        if time.monotonic() > deadline:
            raise Temporary(
                f"another process has job {job_id}; see: recordsvc jobs list"
            )
        time.sleep(POLL_S)


def _standing(ctx: Context, *, job_id: str) -> tuple[str, dict[str, str], str]:
    job: Job = ctx.root.jobs.jobs[job_id]
    return str(job.state), dict(job.outcome), job.error or ""


def do_next(service: Service, kind: str, handler: Handler) -> Mapping[str, str] | None:
    """Do the next job of a kind here; return what it has come to, None for no job.

    A job that another process has is none, unless that process is dead.
    """
    with Presence(service.settings.data_dir / "locks") as presence:
        claimed = service.run(SYSTEM, partial(_claim, by=presence, kind=kind))
        if claimed is None:
            return None
        return _do(service, presence, claimed, handler)


def _claim(ctx: Context, *, by: Presence, kind: str) -> dict[str, object] | None:
    job: Job | None = ctx.root.jobs.claim(
        by.holder, ctx.now(), LEASE, by.is_dead, kind=kind
    )
    if job is None:
        return None
    return {
        "job_id": job.id,
        "kind": job.kind,
        "args": dict(job.args),
        "attempt": job.attempts,
    }


def _do(
    service: Service, by: Presence, claimed: dict[str, object], handler: Handler
) -> Mapping[str, str]:
    task = Task(service=service, must_stop=lambda: False, **claimed)  # type: ignore[arg-type]

    def close(ctx: Context) -> None:
        queue = ctx.root.jobs
        queue.finish(queue.jobs[task.job_id], by.holder, ctx.now(), outcome)

    def give_back(ctx: Context) -> None:
        queue = ctx.root.jobs
        queue.give_back(queue.jobs[task.job_id], by.holder)

    try:
        outcome = handler(task)
    except BaseException:
        service.run(SYSTEM, give_back)
        raise
    service.run(SYSTEM, close)
    return outcome
