"""Uploads: bytes into the spool, durable, and a job that takes them in."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, BinaryIO

from recordsvc.model import Job
from recordsvc.services.access import authorize, may_read
from recordsvc.services.context import Context
from recordsvc.services.display import title_of
from recordsvc.services.errors import InvalidRequest, NotFound
from recordsvc.services.queueing import INTAKE, progress_root, queue_intake, spool_root
from recordsvc.storage.errors import StorageError
from recordsvc.storage.progress import ProgressBoard
from recordsvc.storage.spool import Spool

MAX_FILES = 1_000
RECENT = 10


def receive(
    ctx: Context,
    files: Sequence[tuple[str, BinaryIO]],
    values: Mapping[str, str],
    *,
    is_trial: bool = False,
    unpack: bool = False,
) -> Job:
    """Keep uploaded files and queue one job for them.

    Parameters
    ----------
    files
        (name as sent, stream) of each file.
    values
        What holds for all of them: class, type, collection, access.
    is_trial
        Say what would become of the files, keep nothing.
    unpack
        Take archives and packages apart: each paper in them becomes a record.

    Raises
    ------
    InvalidRequest, NotFound
        If there is no file, there are too many, or a value is unknown; then
        nothing is kept.

    Notes
    -----
    A view may be repeated after a conflict: the streams are read from their
    start each time, into a spool of the repeat's own. A spool that no job names
    is swept by the worker.
    """
    authorize(ctx, "record.capture")
    if not files:
        raise InvalidRequest("choose at least one file")
    if len(files) > MAX_FILES:
        raise InvalidRequest(f"at most {MAX_FILES} files in one upload")
    spool = Spool(spool_root(ctx.settings))
    job = queue_intake(ctx, spool.key, values, is_trial=is_trial, unpack=unpack)
    try:
        for name, stream in files:
            stream.seek(0)
            spool.add(_last_part(name), stream)
        spool.seal()
    except BaseException:
        spool.remove()
        raise
    return job


def _last_part(name: str) -> str:
    """Return the file's own name: some browsers send a whole path."""
    return name.replace("\\", "/").rsplit("/", 1)[-1] or "file"


def job_of(ctx: Context, job_id: str) -> Job:
    """Return an upload of the actor; those of others are not there for him."""
    job: Job | None = ctx.root.jobs.jobs.get(job_id)
    if job is None or not _is_own(ctx, job):
        raise NotFound(f"there is no upload {job_id}")
    return job


def _is_own(ctx: Context, job: Job) -> bool:
    return job.kind == INTAKE and dict(job.args)["actor"] == ctx.actor.login


def recent(ctx: Context) -> list[dict[str, Any]]:
    """Return the actor's newest uploads."""
    jobs: Iterable[Job] = ctx.root.jobs.jobs.values()
    own = sorted(
        (job for job in jobs if _is_own(ctx, job)),
        key=lambda job: job.queued_at,
        reverse=True,
    )
    return [job_mapping(ctx, job) for job in own[:RECENT]]


def job_mapping(ctx: Context, job: Job) -> dict[str, Any]:
    """Return what a person is told of an upload."""
    outcome = dict(job.outcome)
    has_receipts = bool(outcome.pop("receipts", ""))
    progress = ProgressBoard(progress_root(ctx.settings)).read(job.id)
    return {
        "id": job.id,
        "state": str(job.state),
        "queued_at": job.queued_at.isoformat(),
        "attempts": job.attempts,
        "error": job.error,
        "is_trial": "trial" in dict(job.args),
        "waiting": [] if outcome else _waiting(ctx, job),
        "files": [_told(ctx, line) for line in json.loads(outcome.pop("lines", "[]"))],
        "summary": outcome,
        "has_receipts": has_receipts,
        "progress": None
        if progress is None
        else {
            "files": progress.files,
            "files_total": progress.files_total,
            "bytes": progress.bytes,
            "bytes_total": progress.bytes_total,
            "pages": progress.pages,
            "files_per_s": round(progress.files_per_s, 1),
            "bytes_per_s": round(progress.bytes_per_s),
            "fraction": progress.fraction,
            "seconds_left": progress.eta_s,
        },
    }


def _waiting(ctx: Context, job: Job) -> list[str]:
    try:
        files = Spool(spool_root(ctx.settings), dict(job.args)["spool"]).files()
    except StorageError:
        # The spool of a finished or swept upload is gone: nothing waits.
        return []
    return [file.name for file in files]


def _told(ctx: Context, line: Mapping[str, Any]) -> dict[str, Any]:
    record = ctx.root.records.get(line.get("id", ""))
    is_readable = record is not None and may_read(ctx.actor, record)
    title = title_of(record) if record is not None and is_readable else None
    return {
        "status": line["status"],
        "id": record.id if record is not None and is_readable else None,
        "title": title or line.get("path"),
        "error": line.get("error"),
    }
