"""Recalculation: what hangs on events, calendar or schedule is computed anew.

A few records at once, many by a job in batches with a stored cursor. Each standing is
a function of what the store says now: any order, any repetition, one result.
"""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice

from recordsvc.model import Job, Record
from recordsvc.model.job import JobState
from recordsvc.model.record import Standing
from recordsvc.services.context import Context
from recordsvc.services.retention import standing
from recordsvc.services.retention.judging import Judge
from recordsvc.services.retention.walking import records_in, records_of
from recordsvc.storage.transactions import read_current

RECALCULATE = "recalculate"
AT_ONCE = 500
BATCH = 200
# Longer than any batch takes; each renews it.
LEASE = timedelta(seconds=60)
_AFTER, _CHANGED, _DONE = "after", "changed", "done"


@dataclass(frozen=True, slots=True, kw_only=True)
class Requested:
    """What became of a request.

    Parameters
    ----------
    done
        How many records were computed at once.
    changed
        How many of them stand otherwise now.
    job
        Id of the job that computes the others; None when all was done at once.
    """

    done: int = 0
    changed: int = 0
    job: str | None = None


def request(ctx: Context, ids: Iterable[str] | None = None) -> Requested:
    """Compute records anew: up to 500 in this transaction, more by a job.

    Parameters
    ----------
    ids
        Records whose facts have changed; every record without.

    Notes
    -----
    Beyond 500 the job walks the whole archive, whatever ids were given: what has not
    changed is not written, and a list of ids would be rewritten with every batch.
    """
    wanted = None if ids is None else dict.fromkeys(ids)
    count = ctx.root.record_count() if wanted is None else len(wanted)
    if count > AT_ONCE:
        return Requested(job=_queue(ctx).id)
    records = records_of(ctx.root) if wanted is None else records_in(ctx.root, wanted)
    by = standing.judge(ctx)
    moved = [renew(ctx, record, by) for record in records]
    return Requested(done=len(moved), changed=sum(moved))


def is_waiting(ctx: Context) -> bool:
    """Say whether records wait to be computed anew."""
    return any(job.kind == RECALCULATE for job in ctx.root.jobs.open.values())


def _queue(ctx: Context) -> Job:
    for job in ctx.root.jobs.open.values():
        # One that has not begun will read what is true then.
        is_fresh = job.state == JobState.QUEUED and not dict(job.args).get(_AFTER)
        if job.kind == RECALCULATE and is_fresh:
            if job._p_jar is not None:  # noqa: SLF001 - persistent's published name
                # Claimed meanwhile it may have read what was true before.
                read_current(job)
            return job  # type: ignore[no-any-return]
    return ctx.root.jobs.put(Job(uuid.uuid4().hex, RECALCULATE, {}, ctx.now()))


def renew(ctx: Context, record: Record, by: Judge) -> bool:
    """Compute a record anew; say whether its day, action or version has moved.

    A record on a disposal list whose decision is another now leaves the list.
    """
    before = record.standing
    standing.refresh(ctx, record, by)
    if _essence(before) == _essence(record.standing):
        return False
    if record.id in ctx.root.listed:
        from recordsvc.services.disposal.disposing import eject

        eject(ctx, record.id, "its retention decision has changed")
    return True


def _essence(found: Standing | None) -> tuple[object, ...]:
    if found is None:
        return ()
    return (
        standing.exception_of(found),
        found.due_on,
        found.action,
        found.winner,
        found.stage,
        found.schedule_version,
    )


def continue_job(ctx: Context, job_id: str) -> tuple[int, bool]:
    """Compute the next batch of a job, and note in it how far it has come.

    Returns
    -------
    tuple of int and bool
        How many records were computed, and whether more are left.
    """
    job = ctx.root.jobs.jobs[job_id]
    args = dict(job.args)
    records = list(islice(records_of(ctx.root, args.get(_AFTER, "")), BATCH))
    if not records:
        return 0, False
    by = standing.judge(ctx)
    moved = sum(renew(ctx, record, by) for record in records)
    args[_AFTER] = records[-1].id
    args[_CHANGED] = str(int(args.get(_CHANGED, "0")) + moved)
    args[_DONE] = str(int(args.get(_DONE, "0")) + len(records))
    job.args = tuple(sorted(args.items()))
    if job.lease_until is not None:
        job.lease_until = max(job.lease_until, ctx.now() + LEASE)
    return len(records), len(records) == BATCH


def outcome_of(job: Job) -> dict[str, str]:
    """Return what a recalculation has done so far, as numbers in text."""
    args = dict(job.args)
    return {name: args.get(name, "0") for name in (_DONE, _CHANGED)}
