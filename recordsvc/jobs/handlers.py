"""The kinds of jobs and what is done for them."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from recordsvc.jobs.bulk import carry_bulk
from recordsvc.jobs.disposal_job import carry_out
from recordsvc.jobs.holdlinks import spread_links
from recordsvc.jobs.inbox import file_anew
from recordsvc.jobs.intake import Intake, IntakeOptions
from recordsvc.jobs.packed import add_to, is_package, line_of, take_package
from recordsvc.jobs.quarantine import see_to_quarantine
from recordsvc.jobs.recalculation import recalculate
from recordsvc.jobs.task import Handler, Interrupted, Task
from recordsvc.jobs.walk import Item
from recordsvc.services.accounts import actor_of_job
from recordsvc.services.bulk.carrying import BULK
from recordsvc.services.capture import Status
from recordsvc.services.context import SYSTEM
from recordsvc.services.disposal.disposalruns import DISPOSAL_RUN
from recordsvc.services.queueing import (
    HOLD_LINKS,
    INTAKE,
    LINES_KEPT,
    progress_root,
    spool_root,
)
from recordsvc.services.retention.recalculating import RECALCULATE
from recordsvc.services.triage.failures import QUARANTINE
from recordsvc.services.triage.filing import FILE_INBOX
from recordsvc.storage.progress import ProgressBoard
from recordsvc.storage.spool import Spool, Spooled


def take_in(task: Task) -> Mapping[str, str]:
    """Take in the files of an upload as the person who sent them.

    Bytes that an earlier attempt has captured are duplicates now.

    Returns
    -------
    Mapping
        The numbers of the summary; ``receipts`` of packages that were taken apart, a
        JSON list; and ``lines``: a JSON list with one object a
        file, its number in the upload, ``status``, ``sha256`` and the record's
        ``id``; its ``path`` (the name it was sent under) stands only where there is
        no record, so that no name outlives one.
    """
    service = task.service
    spool = Spool(spool_root(service.settings), task.args["spool"])
    actor = service.view(SYSTEM, lambda ctx: actor_of_job(ctx.root, task.args["actor"]))
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
            meter.advance(
                files=1,
                bytes_=intake.summary.bytes - meter.standing.bytes,
                pages=line.get("pages") or 0,
            )
            # The line of a mailbox comes after all those of its messages.
            if len(lines) < LINES_KEPT or "messages" in line:
                lines.append(_short(line))

        common = json.loads(task.args["options"])
        packed = _packages(task, files)
        options = IntakeOptions(
            common=common,
            wait=False,
            dry_run="trial" in task.args,
            intake=task.job_id,
        )
        intake = Intake(service, actor, options, report)
        # The number tells files of one name apart; a name holds no slash.
        items: list[Item | None] = [
            Item(given=f"{number}/{file.name}", path=file.path)
            for number, file in enumerate(files)
        ]
        receipts = []
        for number in sorted(packed):
            taken = take_package(task, actor, files[number], common, lambda _: None)
            if taken is None:
                continue
            receipts.append(taken)
            lines.append(line_of(number, taken, files[number].name))
            lines += _members(number, taken, LINES_KEPT - len(lines))
            items[number] = None
            meter.advance(files=1, bytes_=files[number].bytes)
        alone = [item for item in items if item is not None]
        summary = intake.run(_until_stopped(alone, task))
    if intake.begun < len(alone):
        raise Interrupted
    spool.remove()
    for one in receipts:
        add_to(summary, one)
    return {
        **{name: str(value) for name, value in asdict(summary).items()},
        "lines": json.dumps(lines),
        **({"receipts": json.dumps(receipts)} if receipts else {}),
    }


def _packages(task: Task, files: Sequence[Spooled]) -> set[int]:
    """Return the numbers of the files that are to be taken apart."""
    if "unpack" not in task.args:
        return set()
    return {number for number, file in enumerate(files) if is_package(file)}


def _members(
    number: int, receipt: Mapping[str, Any], most: int
) -> list[dict[str, Any]]:
    """Return the lines of the papers of a package, so many of them."""
    told: list[dict[str, Any]] = []
    for file in receipt["files"]:
        if file["outcome"] in {"metadata", "unpacked"} or len(told) >= most:
            continue
        kept = {key: file[key] for key in ("id", "sha256", "error") if file[key]}
        path = {} if file["id"] else {"path": file["path"]}
        told.append({"file": number, "status": file["outcome"], **kept, **path})
    return told


def _until_stopped(items: Iterable[Item], task: Task) -> Iterator[Item]:
    for item in items:
        if task.must_stop():
            return
        yield item


def _short(line: Mapping[str, Any]) -> dict[str, Any]:
    number, _, name = line["path"].partition("/")
    said = {"file": int(number), "status": line["status"]}
    kept = {key: line[key] for key in ("id", "sha256", "error") if line.get(key)}
    if line["status"] == Status.FAILED:
        kept["path"] = name
    return said | kept


HANDLERS: Mapping[str, Handler] = {
    INTAKE: take_in,
    RECALCULATE: recalculate,
    HOLD_LINKS: spread_links,
    DISPOSAL_RUN: carry_out,
    FILE_INBOX: file_anew,
    BULK: carry_bulk,
    QUARANTINE: see_to_quarantine,
}
