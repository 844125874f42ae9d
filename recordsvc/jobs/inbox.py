"""Filing every record in the inbox anew, batch after batch, resumable after a kill."""

from collections.abc import Mapping

from recordsvc.jobs.task import Task
from recordsvc.services.context import SYSTEM
from recordsvc.services.triage import filing


def file_anew(task: Task) -> Mapping[str, str]:
    """File every record by the setting of today, from where an attempt has come to.

    Returns
    -------
    Mapping
        ``done``, how many records were looked at.
    """
    service = task.service
    total = service.view(SYSTEM, lambda ctx: int(ctx.root.record_count()))

    def step() -> tuple[int, bool]:
        return service.run(SYSTEM, lambda ctx: filing.continue_job(ctx, task.job_id))

    return {"done": str(task.in_batches(total, step))}
