"""What a watched folder and a fetched mailbox share: an intake, round after round."""

from collections.abc import Iterable
from enum import StrEnum

from recordsvc.bootstrap import Service
from recordsvc.jobs.indexer import Indexer
from recordsvc.jobs.intake import Intake
from recordsvc.jobs.intakelines import IntakeOptions, Report, Summary
from recordsvc.jobs.walk import Item
from recordsvc.services.context import SYSTEM, Actor


class After(StrEnum):
    """What becomes of a file or message that was taken in."""

    LEAVE = "leave"
    MOVE = "move"
    DELETE = "delete"


def take_batch(
    service: Service,
    actor: Actor,
    options: IntakeOptions,
    items: Iterable[Item],
    *,
    report: Report,
    total: Summary,
) -> None:
    """Take in some papers, and add what became of them to a total, however it ends."""
    intake = Intake(service, actor, options, report)
    try:
        intake.run(items)
    finally:
        total.add(intake.summary)


def index_what_waits(service: Service, *, wait: bool) -> None:
    """Make searchable what was taken in.

    Parameters
    ----------
    wait
        Also when another process is at it; else that one does it, or the next turn.

    Raises
    ------
    Temporary
        If another process is at it and does not get it done.
    """
    if not service.view(SYSTEM, lambda ctx: len(ctx.root.outbox)):
        return
    with Indexer(service) as indexer:
        if wait:
            indexer.catch_up()
        else:
            indexer.drain()
