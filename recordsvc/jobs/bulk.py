"""Bulk acts: batch after batch as the person who ordered them, resumable."""

from collections.abc import Mapping
from functools import partial

from recordsvc.bootstrap import Service
from recordsvc.jobs import doing
from recordsvc.jobs.faults import reach
from recordsvc.jobs.task import Interrupted, Task
from recordsvc.services.accounts import actor_of_login
from recordsvc.services.bulk import carrying
from recordsvc.services.bulk.carrying import ACTOR_ARG, BULK_ARG, REASON_ARG
from recordsvc.services.context import LOCAL_ADMINISTRATOR, SYSTEM, Actor, Context
from recordsvc.services.errors import NotAllowed
from recordsvc.services.queueing import progress_root
from recordsvc.storage.progress import ProgressBoard


def actor_of_job(ctx: Context, login: str) -> Actor:
    """Return who ordered a job, as long as the account may still act.

    Raises
    ------
    NotAllowed
        If the account is disabled.
    """
    if login == LOCAL_ADMINISTRATOR.login:
        return LOCAL_ADMINISTRATOR
    account = ctx.root.accounts.get(login)
    if account is not None and account.disabled:
        raise NotAllowed(f"the account {login} is disabled")
    return actor_of_login(ctx.root, login)


def carry_bulk(task: Task) -> Mapping[str, str]:
    """Apply or undo a bulk act, from the record that an earlier attempt came to.

    Returns
    -------
    Mapping
        How many records have come to each outcome.
    """
    service, bulk_id = task.service, task.args[BULK_ARG]
    actor = service.view(SYSTEM, partial(actor_of_job, login=task.args[ACTOR_ARG]))
    reason = task.args.get(REASON_ARG, "")
    total = service.view(SYSTEM, lambda ctx: len(ctx.root.bulk_edits[bulk_id].items))
    board = ProgressBoard(progress_root(service.settings))
    is_left = True
    with board.begin(task.job_id, task.kind, files_total=total) as meter:
        while is_left:
            if task.must_stop():
                raise Interrupted
            count, is_left = service.run(
                actor, lambda ctx: carrying.carry_on(ctx, bulk_id, reason)
            )
            meter.advance(files=count)
            reach("bulk.after_batch")
    counts = service.view(
        SYSTEM, lambda ctx: carrying.counts_of(ctx.root.bulk_edits[bulk_id])
    )
    return {outcome: str(count) for outcome, count in counts.items()}


def settle_bulk(service: Service, job_id: str) -> Mapping[str, str]:
    """Return what a bulk act has come to, done here if no worker has it."""
    return doing.finish(service, job_id, carry_bulk)
