"""Runs of disposal asked for by a person at a page: confirmed, queued, followed."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from recordsvc.model import DisposalList, Job
from recordsvc.model.disposal import ListState, RunStep, Verdict
from recordsvc.services.access import authorize
from recordsvc.services.context import Context
from recordsvc.services.disposal import dossiers, executing
from recordsvc.services.errors import Conflict, InvalidRequest, NotFound, NothingToDo
from recordsvc.services.queueing import enqueue

DISPOSAL_RUN = "disposal-run"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """What a run would carry out today.

    Parameters
    ----------
    lists
        Ids of the approved lists that have something to be carried out.
    destroy, transfer
        How many records would be destroyed, and packed for an archive.
    broken_off
        Id of a run that was broken off and is finished first.
    dossiers
        How many dossiers and volumes nothing is left in, beside those that the
        records of this run leave empty.
    """

    lists: tuple[str, ...]
    destroy: int
    transfer: int
    broken_off: str | None
    dossiers: int

    @property
    def records(self) -> int:
        """Return how many records a run would touch."""
        return self.destroy + self.transfer

    @property
    def is_nothing(self) -> bool:
        """Say whether a run would have nothing to do."""
        return not (self.records or self.dossiers or self.broken_off)


def ready(ctx: Context) -> Ready:
    """Return what a run would carry out today, without beginning one."""
    authorize(ctx, "disposal.run")
    counts: Counter[str] = Counter()
    lists = []
    for found in ctx.root.disposal_lists.values():
        mine = _ready_of(ctx, found)
        counts += mine
        if mine:
            lists.append(found.id)
    return Ready(
        lists=tuple(lists),
        destroy=counts[Verdict.DESTROY] + sum(1 for _ in executing.failed_before(ctx)),
        transfer=counts[Verdict.TRANSFER],
        broken_off=executing.unfinished(ctx),
        dossiers=sum(1 for _ in dossiers.ready(ctx)),
    )


def _ready_of(ctx: Context, found: DisposalList) -> Counter[str]:
    """Count what of a list may be carried out today, by its verdict."""
    counts: Counter[str] = Counter()
    if found.state not in {ListState.APPROVED, ListState.EXECUTING}:
        return counts
    today = ctx.today()
    for item in found.items.values():
        if executing.may_run(ctx, found, item, today):
            counts[str(item.verdict)] += 1
    return +counts


def queue_run(ctx: Context, confirmed: str) -> Job:
    """Queue a run of everything that is ready, as the person who asks.

    Parameters
    ----------
    confirmed
        The number of records, as the person has typed it.

    Raises
    ------
    Conflict
        If a run is queued or going on.
    NothingToDo
        If nothing is ready.
    InvalidRequest
        If the number is not that of the records that are ready now.
    """
    authorize(ctx, "disposal.run")
    for job in ctx.root.jobs.open.values():
        if job.kind == DISPOSAL_RUN:
            raise Conflict("a run is queued or going on; wait until it has ended")
    found = ready(ctx)
    if found.is_nothing:
        raise NothingToDo("no approved list may be carried out today")
    if confirmed.strip() != str(found.records):
        raise InvalidRequest(
            f"{found.records} records are ready; type this number to confirm it"
        )
    on = ctx.today().isoformat()
    return enqueue(ctx, DISPOSAL_RUN, actor=ctx.actor.login, on=on)


def run_jobs(ctx: Context, limit: int = 5) -> list[dict[str, Any]]:
    """Return the newest runs that were asked for at a page."""
    authorize(ctx, "disposal.view")
    jobs = [job for job in ctx.root.jobs if job.kind == DISPOSAL_RUN]
    jobs.sort(key=lambda job: job.queued_at, reverse=True)
    return [job_mapping(job) for job in jobs[:limit]]


def run_job(ctx: Context, job_id: str) -> dict[str, Any]:
    """Return how far a queued run is, and what it has come to.

    Raises
    ------
    NotFound
        If there is no such run.
    """
    authorize(ctx, "disposal.view")
    job: Job | None = ctx.root.jobs.jobs.get(job_id)
    if job is None or job.kind != DISPOSAL_RUN:
        raise NotFound(f"there is no run {job_id}")
    found = job_mapping(job)
    run = ctx.root.disposal_runs.get(found["outcome"].get("run") or _current(ctx))
    if run is not None:
        found["step"] = str(run.step)
        found["lists"] = [
            {"id": i, "certificate": ctx.root.disposal_lists[i].certificate}
            for i in run.lists
        ]
    return found


def _current(ctx: Context) -> str:
    return executing.unfinished(ctx) or ""


def job_mapping(job: Job) -> dict[str, Any]:
    """Return a queued run as JSON-able values."""
    args = dict(job.args)
    return {
        "id": job.id,
        "state": str(job.state),
        "on": args["on"],
        "asked_by": args["actor"],
        "queued_at": job.queued_at.isoformat(),
        "attempts": job.attempts,
        "error": job.error,
        "outcome": dict(job.outcome),
        "step": None,
        "steps": [str(step) for step in RunStep],
        "lists": [],
    }
