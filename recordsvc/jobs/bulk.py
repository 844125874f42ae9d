"""Bulk acts: batch after batch as the person who ordered them, resumable."""

from collections.abc import Mapping

from recordsvc.bootstrap import Service
from recordsvc.jobs import doing
from recordsvc.jobs.faults import reach
from recordsvc.jobs.task import Task
from recordsvc.services.accounts import actor_of_job
from recordsvc.services.bulk import carrying
from recordsvc.services.bulk.carrying import ACTOR_ARG, BULK_ARG, REASON_ARG
from recordsvc.services.context import SYSTEM


def carry_bulk(task: Task) -> Mapping[str, str]:
    """Apply or undo a bulk act, from the record that an earlier attempt came to.

    Returns
    -------
    Mapping
        How many records have come to each outcome.
    """
    service, bulk_id = task.service, task.args[BULK_ARG]
    login = task.args[ACTOR_ARG]
    actor = service.view(SYSTEM, lambda ctx: actor_of_job(ctx.root, login))
    reason = task.args.get(REASON_ARG, "")
    total = service.view(SYSTEM, lambda ctx: len(ctx.root.bulk_edits[bulk_id].items))

    def step() -> tuple[int, bool]:
        done = service.run(actor, lambda ctx: carrying.carry_on(ctx, bulk_id, reason))
        reach("bulk.after_batch")
        return done

    task.in_batches(total, step)
    counts = service.view(
        SYSTEM, lambda ctx: carrying.counts_of(ctx.root.bulk_edits[bulk_id])
    )
    return {outcome: str(count) for outcome, count in counts.items()}


def settle_bulk(service: Service, job_id: str) -> Mapping[str, str]:
    """Return what a bulk act has come to, done here if no worker has it."""
    return doing.finish(service, job_id, carry_bulk)
