"""Filing every record in the inbox anew, batch after batch, resumable after a kill."""

from collections.abc import Mapping

from recordsvc.jobs.task import Interrupted, Task
from recordsvc.services.context import SYSTEM
from recordsvc.services.queueing import progress_root
from recordsvc.services.triage import filing
from recordsvc.storage.progress import ProgressBoard


def file_anew(task: Task) -> Mapping[str, str]:
    """File every record by the setting of today, from where an attempt has come to.

    Returns
    -------
    Mapping
        ``done``, how many records were looked at.
    """
    service = task.service
    total = service.view(SYSTEM, lambda ctx: int(ctx.root.record_count()))
    board = ProgressBoard(progress_root(service.settings))
    done, is_left = 0, True
    with board.begin(task.job_id, task.kind, files_total=total) as meter:
        while is_left:
            if task.must_stop():
                raise Interrupted
            count, is_left = service.run(
                SYSTEM, lambda ctx: filing.continue_job(ctx, task.job_id)
            )
            meter.advance(files=count)
            done += count
    return {"done": str(done)}
