"""What the commands share that take papers in until they are told to stop."""

import os
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import FrameType
from typing import Any

import click

from recordsvc.cli.door import FAILED, PARTLY, Door, emit_line, printable
from recordsvc.cli.intake import OPTION_FIELDS, plain_line, require_class, summary_line

LAST_RESORT_S = 2.5
STOPPED = 130


class Ending:
    """Whether the command was told to end, and with which exit code.

    What a file has not committed is not acknowledged either: so the process ends after
    a short time, whatever it is in, and nothing is lost.
    """

    def __init__(self) -> None:
        self.stop = threading.Event()
        self.code: int | None = None

    def tell(self, number: int, frame: FrameType | None) -> None:
        """Take a signal; the second one of its kind changes nothing."""
        del frame
        if self.stop.is_set():
            return
        self.code = STOPPED if number == signal.SIGINT else 0
        self.stop.set()
        last_resort = threading.Timer(LAST_RESORT_S, os._exit, (self.code,))
        last_resort.daemon = True
        last_resort.start()


@contextmanager
def ending() -> Iterator[Ending]:
    """Take SIGTERM and Ctrl-C as a wish to end, for the length of a block."""
    told = Ending()
    before = {
        number: signal.signal(number, told.tell)
        for number in (signal.SIGTERM, signal.SIGINT)
    }
    try:
        yield told
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def intake_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say what holds for every paper of a command."""
    for option in (
        click.option("--jsonl", is_flag=True, help="One JSON object a paper."),
        click.option("--dry-run", is_flag=True, help="Say what would happen."),
        click.option("--once", is_flag=True, help="Take what is there, and end."),
        click.option("--access", help="open, internal or closed."),
        click.option("--collection", help="Collection the papers belong to."),
        click.option("--type", "record_type", help="Type of paper."),
        click.option("--class", "class_code", help="Class of the file plan."),
    ):
        command = option(command)
    return command


def common_values(
    service: Any, actor: Any, options: Mapping[str, Any]
) -> dict[str, str]:
    """Return what holds for every paper, once the actor may take papers in.

    Raises
    ------
    NotAllowed, InvalidRequest, NotFound
        Before anything is looked at.
    """
    from recordsvc.services.access import authorize
    from recordsvc.services.capture import check_sidecar

    common = {
        field: options[name]
        for name, field in OPTION_FIELDS.items()
        if options.get(name)
    }
    check_sidecar(common)
    service.view(actor, lambda ctx: authorize(ctx, "record.capture"))
    if common.get("class"):
        require_class(service, actor, common["class"])
    return common


def reporter(*, jsonl: bool) -> Callable[[dict[str, Any]], None]:
    """Return what prints the outcome of a paper."""

    def report(line: dict[str, Any]) -> None:
        if jsonl:
            emit_line(line)
        else:
            print(printable(plain_line(line)), flush=True)

    return report


def exit_code(door: Door, told: Ending, summary: Any, *, waits: bool) -> int:
    """Say the numbers and return the exit code.

    Parameters
    ----------
    waits
        Something is left that could not be looked at.
    """
    door.say(summary_line(summary))
    if told.code is not None:
        return told.code
    bad = summary.failed + summary.quarantined
    if bad and bad == summary.files:
        return FAILED
    return PARTLY if bad or waits else 0
