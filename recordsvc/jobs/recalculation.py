"""Recalculation of many records: batch after batch, resumable after a kill."""

import time
from collections.abc import Mapping

from recordsvc.bootstrap import Service
from recordsvc.jobs import doing
from recordsvc.jobs.task import Task
from recordsvc.services.context import SYSTEM
from recordsvc.services.errors import Temporary
from recordsvc.services.retention import recalculating
from recordsvc.services.retention.recalculating import RECALCULATE

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

    def step() -> tuple[int, bool]:
        return service.run(
            SYSTEM, lambda ctx: recalculating.continue_job(ctx, task.job_id)
        )

    task.in_batches(total, step)
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
        outcome = doing.do_next(service, RECALCULATE, recalculate)
        if outcome is not None:
            done += int(outcome["done"])
            continue
        if time.monotonic() > deadline:
            raise Temporary(
                "records wait to be computed anew and another process has the work; "
                "see: recordsvc jobs list"
            )
        time.sleep(POLL_S)
    return done
