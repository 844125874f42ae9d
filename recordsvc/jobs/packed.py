"""Uploads of packages: taken apart within the job that takes the upload in."""

import os
from collections.abc import Callable, Mapping
from typing import Any

from ingest.archives import looks_like_archive
from recordsvc.jobs.intakelines import Summary
from recordsvc.jobs.receipts import State
from recordsvc.jobs.submission import Submission, SubmissionOptions
from recordsvc.jobs.task import Interrupted, Task
from recordsvc.services.capture import Status
from recordsvc.services.context import Actor
from recordsvc.services.receipts import shortened
from recordsvc.storage.sources import open_regular
from recordsvc.storage.spool import Spooled

_PAPERS = frozenset({"archive-paper", "archive-unknown"})


def is_package(file: Spooled) -> bool:
    """Say whether an uploaded file begins as an archive does."""
    with os.fdopen(open_regular(file.path), "rb") as stream:
        return looks_like_archive(stream)


def take_package(
    task: Task,
    actor: Actor,
    file: Spooled,
    common: Mapping[str, str],
    report: Callable[[dict[str, Any]], None],
) -> dict[str, Any] | None:
    """Take one uploaded package in.

    Parameters
    ----------
    report
        Called with each file of the receipt.

    Returns
    -------
    dict or None
        What the job remembers of the receipt; None where it is no package after all,
        but a paper in the form of one.

    Raises
    ------
    Interrupted
        If the worker is to end: what came in is a duplicate at the next attempt.
    """
    options = SubmissionOptions(common=common, wait=False, dry_run="trial" in task.args)
    submission = Submission(
        task.service, actor, options, report=report, must_stop=task.must_stop
    )
    receipt = submission.run(file.path, file.name)
    if submission.was_stopped:
        raise Interrupted
    if receipt.is_refused and {rule.code for rule in receipt.rules} <= _PAPERS:
        return None
    return shortened(receipt.mapping())


def add_to(summary: Summary, receipt: Mapping[str, Any]) -> None:
    """Count the files of a package with those that came by themselves."""
    for outcome, number in receipt["summary"].items():
        if outcome in set(Status):
            setattr(summary, outcome, getattr(summary, outcome) + number)
        elif outcome == "not_taken":
            summary.failed += number
    if receipt["state"] == State.REFUSED:
        summary.failed += 1


def line_of(number: int, receipt: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return what an upload says of a package as a whole."""
    errors = [r for r in receipt["rules"] if r["severity"] == "error"]
    said = {"file": number, "status": receipt["state"]}
    if errors:
        place = f"{errors[0]['place']}: " if errors[0]["place"] else ""
        more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
        said |= {"error": f"{place}{errors[0]['message']}{more}", "path": name}
    return said
