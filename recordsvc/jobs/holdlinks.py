"""The links of a large hold: batch after batch, resumable after a kill."""

from collections.abc import Mapping
from functools import partial

from recordsvc.bootstrap import Service
from recordsvc.jobs.task import Interrupted, Task
from recordsvc.services.context import SYSTEM
from recordsvc.services.disposal import holding


def spread_hold(service: Service, hold_id: str) -> None:
    """Make or unmake every link that is left of a hold.

    The hold lies on its records, or is lifted from them, before this is done.
    """
    while service.run(SYSTEM, partial(holding.spread, hold_id=hold_id)):
        pass


def spread_links(task: Task) -> Mapping[str, str]:
    """Go on with the links of a hold from where an earlier attempt has come to.

    Returns
    -------
    Mapping
        ``records``, on how many records the hold lies now.
    """
    service, hold_id = task.service, task.args["hold"]
    while service.run(SYSTEM, partial(holding.spread, hold_id=hold_id)):
        if task.must_stop():
            raise Interrupted
    held = service.view(SYSTEM, lambda ctx: holding.records_held(ctx, hold_id))
    return {"records": str(len(held))}
