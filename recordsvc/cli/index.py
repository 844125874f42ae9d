"""`index` and `jobs`."""

from typing import Any

import click

from recordsvc.cli.door import UNVERIFIED, Door, emit, table
from recordsvc.services.access import authorize
from recordsvc.services.context import Context
from recordsvc.services.errors import Conflict, NotFound, Temporary
from recordsvc.settings import ENGINES

# An index in memory ends with the process that built it.
KEPT_ENGINES = tuple(engine for engine in ENGINES if engine != "memory")


@click.group("index")
def index_command() -> None:
    """Look after the search index: a projection of the store, never the truth."""


@index_command.command("status")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def status(door: Door, as_json: bool) -> int:  # noqa: FBT001 - click's
    """Say how large and how late the index is.

    Example: recordsvc index status
    """

    def work(ctx: Context) -> dict[str, Any]:
        stat = ctx.search().stat()
        return {
            "engine": stat.engine,
            "documents": stat.documents,
            "bytes": stat.bytes,
            "waiting": len(ctx.root.outbox),
            "records": ctx.root.record_count(),
        }

    found = door.view(work)
    if as_json:
        emit(found)
    else:
        table((key, str(value)) for key, value in found.items())
    return 0


@index_command.command("verify")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def verify(door: Door, as_json: bool) -> int:  # noqa: FBT001 - click's
    """Compare index and store, record by record, after catching up.

    Example: recordsvc index verify
    """
    from recordsvc.jobs.indexer import Indexer
    from recordsvc.services.context import SYSTEM
    from recordsvc.services.indexing import compare

    with door.archive() as (service, _):
        with Indexer(service) as indexer:
            indexer.catch_up()
        difference = service.view(
            SYSTEM, lambda ctx: compare(ctx.root, ctx.search().revisions())
        )
    found: dict[str, Any] = {
        "valid": difference.is_empty,
        "missing": list(difference.missing),
        "stale": list(difference.stale),
        "surplus": list(difference.surplus),
        "waiting": difference.waiting,
    }
    if as_json:
        emit(found)
    elif difference.is_empty:
        print("index and store agree")
    else:
        print("index and store differ; run: recordsvc index rebuild")
        for key in ("missing", "stale", "surplus"):
            print(f"  {key}: {len(found[key])}")
    return 0 if difference.is_empty else UNVERIFIED


@index_command.command("rebuild")
@click.option("--engine", type=click.Choice(KEPT_ENGINES), help="For another engine.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def rebuild(door: Door, engine: str | None, as_json: bool) -> int:  # noqa: FBT001 - click's
    """Build the index anew from the stored text, beside the old one, and swap.

    Example: recordsvc index rebuild
    """
    from recordsvc.jobs.indexer import Indexer

    door.engine = engine
    with door.archive() as (service, actor), Indexer(service) as indexer:
        service.view(actor, lambda ctx: authorize(ctx, "index.change"))
        if not indexer.has_lease:
            raise Temporary("another process holds the indexer; try again later")
        service.rebuild_index()
        indexer.catch_up()
        documents = service.search().stat().documents
    used = door.settings.engine
    if as_json:
        emit({"engine": used, "documents": documents})
    else:
        print(f"rebuilt: {documents} documents")
    if used != door.configured.engine:
        door.say(f"to search with it, set search.engine = {used}")
    return 0


@click.group("jobs")
def jobs_command() -> None:
    """Background jobs."""


def _job_mapping(job: Any) -> dict[str, Any]:
    return {
        "id": job.id,
        "kind": job.kind,
        "state": str(job.state),
        "attempts": job.attempts,
        "queued_at": job.queued_at.isoformat(),
        "error": job.error,
        "args": dict(job.args),
        "outcome": dict(job.outcome),
    }


@jobs_command.command("list")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def jobs_list(door: Door, as_json: bool) -> int:  # noqa: FBT001 - click's
    """List the jobs.

    Example: recordsvc jobs list
    """

    def work(ctx: Context) -> list[dict[str, Any]]:
        authorize(ctx, "job.view")
        return [_job_mapping(job) for job in ctx.root.jobs]

    found = door.view(work)
    if as_json:
        emit({"jobs": found})
    else:
        table((j["id"], j["state"], j["kind"], j["error"] or "") for j in found)
    return 0


def _job(ctx: Context, job_id: str, function: str) -> Any:
    authorize(ctx, function)
    job = ctx.root.jobs.jobs.get(job_id)
    if job is None:
        raise NotFound(f"there is no job {job_id}")
    return job


@jobs_command.command("show")
@click.argument("job_id", metavar="ID")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def jobs_show(door: Door, job_id: str, as_json: bool) -> int:  # noqa: FBT001 - click's
    """Show a job.

    Example: recordsvc jobs show 9c1e…
    """
    found = door.view(lambda ctx: _job_mapping(_job(ctx, job_id, "job.view")))
    if as_json:
        emit(found)
    else:
        table((key, str(value)) for key, value in found.items())
    return 0


@jobs_command.command("retry")
@click.argument("job_id", metavar="ID")
@click.pass_obj
def jobs_retry(door: Door, job_id: str) -> int:
    """Queue a parked job again.

    Example: recordsvc jobs retry 9c1e…
    """
    from recordsvc.services.disposal.disposalruns import DISPOSAL_RUN

    def work(ctx: Context) -> None:
        job = _job(ctx, job_id, "job.change")
        if job.kind == DISPOSAL_RUN:
            # It runs as who asked for it; who lets it run again must be allowed to.
            authorize(ctx, "disposal.run")
        if not ctx.root.jobs.retry(job):
            raise Conflict(f"job {job_id} is {job.state}; it cannot be retried")

    door.run(work)
    print(f"queued {job_id} again")
    return 0


@jobs_command.command("cancel")
@click.argument("job_id", metavar="ID")
@click.pass_obj
def jobs_cancel(door: Door, job_id: str) -> int:
    """Drop a job that has not finished.

    Example: recordsvc jobs cancel 9c1e…
    """

    def work(ctx: Context) -> None:
        job = _job(ctx, job_id, "job.change")
        if not ctx.root.jobs.cancel(job, ctx.now()):
            raise Conflict(f"job {job_id} is {job.state} already")

    door.run(work)
    print(f"cancelled {job_id}")
    return 0
