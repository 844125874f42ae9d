"""The kinds of jobs and what is done for them."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import Any

from recordsvc.jobs.disposal_job import carry_out
from recordsvc.jobs.holdlinks import spread_links
from recordsvc.jobs.intake import Intake, IntakeOptions
from recordsvc.jobs.recalculation import recalculate
from recordsvc.jobs.task import Handler, Interrupted, Task
from recordsvc.jobs.walk import Item
from recordsvc.services.accounts import actor_of_login
from recordsvc.services.capture import Status
from recordsvc.services.context import SYSTEM, Actor, Context
from recordsvc.services.disposal.disposalruns import DISPOSAL_RUN
from recordsvc.services.errors import NotAllowed
from recordsvc.services.queueing import HOLD_LINKS, INTAKE, progress_root, spool_root
from recordsvc.services.retention.recalculating import RECALCULATE
from recordsvc.storage.progress import ProgressBoard
from recordsvc.storage.spool import Spool

# A job remembers the outcome of so many files; the summary counts all.
LINES_KEPT = 200


def take_in(task: Task) -> Mapping[str, str]:
    """Take in the files of an upload as the person who sent them.

    Bytes that an earlier attempt has captured are duplicates now.

    Returns
    -------
    Mapping
        The numbers of the summary, and ``lines``: a JSON list with one object a
        file, ``status`` and the record's ``id``; its ``path`` (the name it was sent
        under) stands only where there is no record, so that no name outlives one.
    """
    service = task.service
    spool = Spool(spool_root(service.settings), task.args["spool"])
    actor = service.view(SYSTEM, lambda ctx: _actor(ctx, task.args["actor"]))
    files = spool.files()
    board = ProgressBoard(progress_root(service.settings))
    lines: list[dict[str, Any]] = []
    with board.begin(
        task.job_id,
        task.kind,
        files_total=len(files),
        bytes_total=sum(file.bytes for file in files),
    ) as meter:

        def report(line: dict[str, Any]) -> None:
            meter.advance(files=1, bytes_=intake.summary.bytes - meter.standing.bytes)
            if len(lines) < LINES_KEPT:
                lines.append(_short(line))

        options = IntakeOptions(common=json.loads(task.args["options"]), wait=False)
        intake = Intake(service, actor, options, report)
        items = [Item(given=file.name, path=file.path) for file in files]
        summary = intake.run(_until_stopped(items, task))
    if summary.files < len(files):
        raise Interrupted
    spool.remove()
    return {
        **{name: str(value) for name, value in asdict(summary).items()},
        "lines": json.dumps(lines),
    }


def _until_stopped(items: Iterable[Item], task: Task) -> Iterator[Item]:
    for item in items:
        if task.must_stop():
            return
        yield item


def _actor(ctx: Context, login: str) -> Actor:
    account = ctx.root.accounts.get(login)
    if account is not None and account.disabled:
        raise NotAllowed(f"the account {login} is disabled")
    return actor_of_login(ctx.root, login)


def _short(line: Mapping[str, Any]) -> dict[str, Any]:
    if line["status"] == Status.FAILED:
        return {key: line[key] for key in ("status", "path", "error")}
    return {key: line[key] for key in ("status", "id", "error") if line[key]}


HANDLERS: Mapping[str, Handler] = {
    INTAKE: take_in,
    RECALCULATE: recalculate,
    HOLD_LINKS: spread_links,
    DISPOSAL_RUN: carry_out,
}
