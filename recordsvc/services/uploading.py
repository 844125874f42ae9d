"""Uploads: bytes into the spool, durable, and a job that takes them in."""

import json
import os
import shutil
import uuid
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from recordsvc.model import Job
from recordsvc.services.access import authorize
from recordsvc.services.capture import check_sidecar
from recordsvc.services.context import Context
from recordsvc.services.errors import InvalidRequest, NotFound
from recordsvc.storage.durable import make_private_directory, sync_directory

KIND = "intake"
CHUNK_BYTES = 1 << 20
MAX_FILES = 1_000
RECENT = 10


def spool_dir(data_dir: Path) -> Path:
    """Return the folder of uploads that wait to be taken in."""
    return data_dir / "spool"


def receive(
    ctx: Context, files: Sequence[tuple[str, BinaryIO]], values: Mapping[str, str]
) -> Job:
    """Keep uploaded files and queue one job for them.

    Parameters
    ----------
    files
        (name as sent, stream) of each file.
    values
        What holds for all of them: class, type, collection, access.

    Raises
    ------
    InvalidRequest
        If there is no file, there are too many, or a value is unknown; then
        nothing is kept.

    Notes
    -----
    A view may be repeated after a conflict: the streams are read from their
    start each time, and the job of a repeat has an id, and a folder, of its own.
    A folder that no job names is swept by the worker.
    """
    authorize(ctx, "record.capture")
    check_sidecar(values)
    if not files:
        raise InvalidRequest("choose at least one file")
    if len(files) > MAX_FILES:
        raise InvalidRequest(f"at most {MAX_FILES} files in one upload")
    code = values.get("class")
    if code and code not in ctx.root.classes:
        raise InvalidRequest(f"unknown class {code!r}")
    job_id = uuid.uuid4().hex
    folder = spool_dir(ctx.settings.data_dir) / job_id
    make_private_directory(folder)
    try:
        for number, (_, stream) in enumerate(files):
            _keep(stream, folder / str(number))
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    sync_directory(folder)
    sync_directory(folder.parent)
    args = {
        "names": json.dumps([_last_part(name) for name, _ in files]),
        "values": json.dumps(dict(values)),
        "actor": ctx.actor.login,
        "role": ctx.actor.role,
    }
    return ctx.root.jobs.put(Job(job_id, KIND, args, ctx.now()))  # type: ignore[no-any-return]


def _keep(stream: BinaryIO, path: Path) -> None:
    stream.seek(0)
    with path.open("xb") as target:
        shutil.copyfileobj(stream, target, CHUNK_BYTES)
        target.flush()
        os.fsync(target.fileno())


def _last_part(name: str) -> str:
    """Return the file's own name: some browsers send a whole path."""
    return name.replace("\\", "/").rsplit("/", 1)[-1] or "file"


def job_of(ctx: Context, job_id: str) -> Job:
    """Return an upload of the actor, or any for whoever may see jobs."""
    job: Job | None = ctx.root.jobs.jobs.get(job_id)
    if job is None or job.kind != KIND or not _may_see(ctx, job):
        raise NotFound(f"there is no upload {job_id}")
    return job


def _may_see(ctx: Context, job: Job) -> bool:
    return dict(job.args)["actor"] == ctx.actor.login


def recent(ctx: Context) -> list[dict[str, Any]]:
    """Return the actor's newest uploads."""
    jobs: Iterable[Job] = ctx.root.jobs.jobs.values()
    own = [job for job in jobs if job.kind == KIND and _may_see(ctx, job)]
    own.sort(key=lambda job: job.queued_at, reverse=True)
    return [job_mapping(ctx, job) for job in own[:RECENT]]


def job_mapping(ctx: Context, job: Job) -> dict[str, Any]:
    """Return what a person is told of an upload."""
    del ctx
    outcome = dict(job.outcome)
    return {
        "id": job.id,
        "state": str(job.state),
        "names": json.loads(dict(job.args)["names"]),
        "queued_at": job.queued_at.isoformat(),
        "attempts": job.attempts,
        "error": job.error,
        "lines": json.loads(outcome.get("lines", "[]")),
    }
