"""What has to be cleared away now and then, and never matters for what is stored."""

from dataclasses import asdict, dataclass
from datetime import timedelta

from ingest.isolate import sweep_scratch
from recordsvc.bootstrap import Service
from recordsvc.services.context import SYSTEM, Context
from recordsvc.services.queueing import (
    progress_root,
    spool_keys_waited_for,
    spool_root,
)
from recordsvc.services.retention.rollover import roll_over, waiting_version
from recordsvc.storage.progress import ProgressBoard
from recordsvc.storage.spool import sweep_spools

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
        return _sweep(service)
    finally:
        lease.release()


def _roll_over(service: Service) -> None:
    """Bring the store to a schedule whose first day has come."""
    if service.view(SYSTEM, lambda ctx: waiting_version(ctx) is not None):
        service.run(SYSTEM, roll_over)


def _sweep(service: Service) -> Swept:
    settings = service.settings
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
        spools=sweep_spools(
            spool_root(settings), waited_for.__contains__, SPOOLS_AFTER_S
        ),
        progress=ProgressBoard(progress_root(settings)).sweep(ORPHANS_AFTER_S),
        jobs=service.run(SYSTEM, _forget_jobs),
    )


def _forget_jobs(ctx: Context) -> int:
    return ctx.root.jobs.forget_finished(ctx.now() - JOBS_KEPT)
