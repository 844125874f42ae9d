"""What has to be cleared away now and then, and never matters for what is stored."""

import logging
from dataclasses import asdict, dataclass
from datetime import timedelta
from functools import partial

from ingest.isolate import sweep_scratch
from recordsvc.bootstrap import Service
from recordsvc.services.context import SYSTEM, Context
from recordsvc.services.errors import ServiceError
from recordsvc.services.queueing import (
    progress_root,
    spool_keys_waited_for,
    spool_root,
)
from recordsvc.services.retention.notices import passed, see_to_passed
from recordsvc.services.retention.rollover import roll_over, waiting_version
from recordsvc.services.uploadsweep import (
    forget_intake,
    settle_for_owner,
    settled_intakes,
)
from recordsvc.storage.progress import ProgressBoard
from recordsvc.storage.spool import sweep_spools

log = logging.getLogger(__name__)

# Longer than any intake leaves bytes without a record.
ORPHANS_AFTER_S = 3600.0
SPOOLS_AFTER_S = 24 * 3600.0
JOBS_KEPT = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """How much of each kind was cleared away."""

    orphans: int
    incoming: int
    scratch: int
    uploads: int
    spools: int
    progress: int
    jobs: int

    @property
    def total(self) -> int:
        """Return how much was cleared away in all."""
        return sum(asdict(self).values())


def keep_house(service: Service) -> Swept | None:
    """Clear away what broken work has left; None when another process is at it."""
    lease = service.lease("housekeeping")
    if not lease.acquire():
        return None
    try:
        _roll_over(service)
        _see_to_maximums(service)
        return _sweep(service)
    finally:
        lease.release()


def _roll_over(service: Service) -> None:
    """Bring the store to a schedule whose first day has come."""
    if service.view(SYSTEM, lambda ctx: waiting_version(ctx) is not None):
        service.run(SYSTEM, roll_over)


def _see_to_maximums(service: Service) -> None:
    """Note which maximum-keeping duties have passed since the last time."""
    while service.view(SYSTEM, lambda ctx: any(True for _ in passed(ctx))):
        service.run(SYSTEM, see_to_passed)


def _sweep(service: Service) -> Swept:
    settings = service.settings
    # First: what it queues is waited for.
    uploads = _settle_uploads(service)
    waited_for = service.view(SYSTEM, spool_keys_waited_for)
    return Swept(
        orphans=len(
            service.bitstreams.sweep(
                lambda sha256: service.view(
                    SYSTEM, lambda ctx: ctx.root.is_referenced(sha256)
                ),
                ORPHANS_AFTER_S,
            )
        ),
        incoming=service.bitstreams.clear_incoming(ORPHANS_AFTER_S),
        scratch=sweep_scratch(service.scratch_dir()),
        uploads=uploads,
        spools=sweep_spools(
            spool_root(settings), waited_for.__contains__, SPOOLS_AFTER_S
        ),
        progress=ProgressBoard(progress_root(settings)).sweep(ORPHANS_AFTER_S),
        jobs=service.run(SYSTEM, _forget_jobs),
    )


def _settle_uploads(service: Service) -> int:
    """Give up uploads that nobody goes on with; take in what has arrived whole."""
    queued = 0
    for intake in settled_intakes(service.settings):
        if service.view(SYSTEM, partial(_has_job, intake=intake)):
            forget_intake(service.settings, intake)
            continue
        try:
            service.run(SYSTEM, partial(settle_for_owner, intake=intake))
            queued += 1
        except ServiceError as error:
            log.warning("the upload %s cannot be taken in: %s", intake, error)
    return queued


def _has_job(ctx: Context, intake: str) -> bool:
    return intake in ctx.root.jobs.jobs


def _forget_jobs(ctx: Context) -> int:
    return ctx.root.jobs.forget_finished(ctx.now() - JOBS_KEPT)
