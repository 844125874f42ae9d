"""The job behind the button: a run of disposal as the person who asked for it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from recordsvc.jobs.disposal import run_disposal
from recordsvc.jobs.task import Task
from recordsvc.services.accounts import actor_of_login
from recordsvc.services.context import SYSTEM, Actor, Context
from recordsvc.services.errors import NotAllowed, NothingToDo


def carry_out(task: Task) -> Mapping[str, str]:
    """Carry out every approved list that is ready, and finish what was broken off.

    Returns
    -------
    Mapping
        ``run`` (empty where an earlier attempt had ended it), and how many records
        have each result.

    Raises
    ------
    NotAllowed
        If the account has been disabled, or its role may not run disposal any more.
    """
    service = task.service
    actor = service.view(SYSTEM, lambda ctx: _asker(ctx, task.args["actor"]))
    try:
        # Today's: it may have waited for a worker longer than the day it was asked.
        report = run_disposal(service, actor, service.view(SYSTEM, Context.today))
    except NothingToDo:
        if task.attempt == 1:
            raise
        # An earlier attempt died between its last step and its report.
        return {"run": ""}
    results = Counter(
        item["result"] for found in report.mapping["lists"] for item in found["items"]
    )
    return {
        "run": str(report.mapping["id"]),
        **{result: str(count) for result, count in sorted(results.items())},
    }


def _asker(ctx: Context, login: str) -> Actor:
    account = ctx.root.accounts.get(login)
    if account is None or account.disabled:
        raise NotAllowed(f"there is no account {login} any more, or it is disabled")
    # Only a session of the account's own password could queue this job.
    return replace(actor_of_login(ctx.root, login), self_made=True)
