"""Recalculation of many records: batch after batch, resumable after a kill."""

import time
from collections.abc import Mapping
from functools import partial

from recordsvc.bootstrap import Service
from recordsvc.jobs.presence import Presence
from recordsvc.jobs.task import Interrupted, Task
from recordsvc.model import Job
from recordsvc.services.context import SYSTEM, Context
from recordsvc.services.errors import Temporary
from recordsvc.services.queueing import progress_root
from recordsvc.services.retention import recalculating
from recordsvc.services.retention.recalculating import LEASE, RECALCULATE
from recordsvc.storage.progress import ProgressBoard

POLL_S = 0.1
WAIT_S = 600.0


def recalculate(task: Task) -> Mapping[str, str]:
    """Compute every record anew, from where an earlier attempt has come to.

    Returns
    -------
    Mapping
        ``done``, how many records were computed, and ``changed``, how many of them
        stand otherwise now.
    """
    service = task.service
    total = service.view(SYSTEM, lambda ctx: int(ctx.root.record_count()))
    board = ProgressBoard(progress_root(service.settings))
    with board.begin(task.job_id, task.kind, files_total=total) as meter:
        is_left = True
        while is_left:
            if task.must_stop():
                raise Interrupted
            count, is_left = service.run(
                SYSTEM, lambda ctx: recalculating.continue_job(ctx, task.job_id)
            )
            meter.advance(files=count)
    return service.view(
        SYSTEM,
        lambda ctx: recalculating.outcome_of(ctx.root.jobs.jobs[task.job_id]),
    )


def settle(service: Service, timeout_s: float = WAIT_S) -> int:
    """Return when no recalculation waits any more; do them here if nobody does.

    Returns
    -------
    int
        How many records were computed here.

    Raises
    ------
    Temporary
        If a worker that has the job does not get it done.
    """
    done = 0
    deadline = time.monotonic() + timeout_s
    while service.view(SYSTEM, recalculating.is_waiting):
        with Presence(service.settings.data_dir / "locks") as presence:
            job_id = service.run(SYSTEM, partial(_claim, by=presence))
            if job_id is not None:
                done += _do(service, presence, job_id)
                continue
        if time.monotonic() > deadline:
            raise Temporary(
                "records wait to be computed anew and another process has the work; "
                "see: recordsvc jobs list"
            )
        time.sleep(POLL_S)
    return done


def _claim(ctx: Context, by: Presence) -> str | None:
    job: Job | None = ctx.root.jobs.claim(
        by.holder, ctx.now(), LEASE, by.is_dead, kind=RECALCULATE
    )
    return job.id if job is not None else None


def _do(service: Service, by: Presence, job_id: str) -> int:
    task = Task(
        service=service,
        job_id=job_id,
        kind=RECALCULATE,
        args={},
        attempt=1,
        must_stop=lambda: False,
    )
    try:
        outcome = recalculate(task)
    except BaseException:
        service.run(SYSTEM, lambda ctx: _give_back(ctx, by, job_id))
        raise

    def finish(ctx: Context) -> None:
        queue = ctx.root.jobs
        queue.finish(queue.jobs[job_id], by.holder, ctx.now(), outcome)

    service.run(SYSTEM, finish)
    return int(outcome["done"])


def _give_back(ctx: Context, by: Presence, job_id: str) -> None:
    queue = ctx.root.jobs
    queue.give_back(queue.jobs[job_id], by.holder)
