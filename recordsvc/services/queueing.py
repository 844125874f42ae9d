"""Putting work into the queue, in the transaction that it follows from."""

import json
import uuid
from collections.abc import Mapping
from pathlib import Path

from recordsvc.model import Job
from recordsvc.services.access import authorize
from recordsvc.services.capture import check_sidecar
from recordsvc.services.classification.filing import usable_class
from recordsvc.services.context import Context
from recordsvc.settings import Settings

INTAKE = "intake"
# A job remembers the outcome of so many files; the summary counts all.
LINES_KEPT = 200
HOLD_LINKS = "hold-links"


def spool_root(settings: Settings) -> Path:
    """Return the folder where uploads wait for their intake."""
    return settings.data_dir / "spool"


def progress_root(settings: Settings) -> Path:
    """Return the folder where running jobs say how far they have come."""
    return settings.data_dir / "progress"


def queue_intake(
    ctx: Context,
    spool_key: str,
    options: Mapping[str, str] | None = None,
    *,
    job_id: str | None = None,
    is_trial: bool = False,
    unpack: bool = False,
) -> Job:
    """Queue the intake of an upload that was sealed; return its job.

    Parameters
    ----------
    options
        Sidecar values that hold for every file of the upload.
    job_id
        Random hex; None for a new one.
    is_trial
        Say what would become of the files, keep nothing.
    unpack
        Take archives and packages apart: each paper in them becomes a record.

    Raises
    ------
    NotAllowed, InvalidRequest, NotFound
        If the actor may not capture, a value cannot be kept or the class is
        unknown: told now, not by a failed job.
    """
    authorize(ctx, "record.capture")
    common = {key: value for key, value in (options or {}).items() if value}
    check_sidecar(common)
    if "class" in common:
        usable_class(ctx, common["class"])
    args = {
        "spool": spool_key,
        "options": json.dumps(common, sort_keys=True),
        "actor": ctx.actor.login,
        **({"trial": "yes"} if is_trial else {}),
        **({"unpack": "yes"} if unpack else {}),
    }
    return ctx.root.jobs.put(Job(job_id or uuid.uuid4().hex, INTAKE, args, ctx.now()))


def says_yes(text: str) -> bool:
    """Say whether a value that came as text asks for something.

    Examples
    --------
    >>> says_yes("yes"), says_yes("false"), says_yes("")
    (True, False, False)
    """
    return text.strip().lower() in {"1", "true", "yes", "on"}


def enqueue(ctx: Context, kind: str, **args: str) -> Job:
    """Queue a job in the transaction that it follows from."""
    return ctx.root.jobs.put(Job(uuid.uuid4().hex, kind, args, ctx.now()))


def spool_keys_waited_for(ctx: Context) -> frozenset[str]:
    """Return the uploads that a job still needs; a parked one may be retried."""
    return frozenset(
        dict(job.args).get("spool", "")
        for job in ctx.root.jobs
        if job.kind == INTAKE and job.state in {"queued", "running", "parked"}
    )
