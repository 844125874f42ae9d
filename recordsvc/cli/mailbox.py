"""`mailbox`."""

import stat
from pathlib import Path
from typing import Any

import click

from recordsvc.cli.continuous import (
    common_values,
    ending,
    exit_code,
    intake_options,
    reporter,
)
from recordsvc.cli.door import Door, read_text
from recordsvc.services.errors import InvalidRequest
from recordsvc.settings import Settings


@click.command("mailbox")
@click.option(
    "--after",
    type=click.Choice(("leave", "move", "delete")),
    default="leave",
    show_default=True,
    help="What becomes of a message on the server once it is taken in.",
)
@click.option(
    "--to",
    "target",
    default="Done",
    show_default=True,
    help="Folder of the mailbox into which --after move moves.",
)
@click.option(
    "--every",
    "every_s",
    default=60.0,
    show_default=True,
    type=click.FloatRange(min=1),
    help="Seconds between two looks.",
)
@intake_options
@click.pass_obj
def mailbox_command(door: Door, /, **options: Any) -> int:
    """Take in the new messages of an IMAP mailbox, until SIGTERM or Ctrl-C.

    The settings mailbox.host, mailbox.user, mailbox.password_file and so on name it.
    Each message is a paper, byte for byte, that keeps where it came from. Nothing
    changes on the server unless --after says so, and never before a message is safe.

    Example: recordsvc mailbox --once --collection Correspondence
    """
    from recordsvc.jobs.fetching import Fetcher, FetchOptions
    from recordsvc.jobs.imap import Account
    from recordsvc.jobs.rounds import After

    settings = door.settings
    account = Account(
        host=_stated(settings.mailbox_host, "mailbox.host"),
        port=settings.mailbox_port,
        tls=settings.mailbox_tls,
        user=_stated(settings.mailbox_user, "mailbox.user"),
        password=_password(settings),
        folder=_stated(settings.mailbox_folder, "mailbox.folder"),
        ca_file=settings.mailbox_ca_file,
    )
    with door.archive() as (service, actor), ending() as told:
        fetcher = Fetcher(
            service,
            actor,
            account,
            FetchOptions(
                common=common_values(service, actor, options),
                after=After(options["after"]),
                target=_stated(options["target"], "--to"),
                every_s=options["every_s"],
                max_bytes=settings.mailbox_max_bytes,
                once=options["once"],
                dry_run=options["dry_run"],
            ),
            report=reporter(jsonl=options["jsonl"]),
            say=door.say,
            stop=told.stop,
        )
        summary = fetcher.run()
        return exit_code(door, told, summary, waits=False)


def _stated(value: str, name: str) -> str:
    if not value or not value.isascii() or not value.isprintable():
        raise InvalidRequest(f"{name} is to be said, in printable ASCII letters")
    return value


def _password(settings: Settings) -> str:
    path = settings.mailbox_password_file
    if path is None:
        raise InvalidRequest("mailbox.password_file is to be said")
    _require_private(path)
    text = read_text(path)
    return text.removesuffix("\n").removesuffix("\r")


def _require_private(path: Path) -> None:
    if path.exists() and path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise InvalidRequest(
            f"{path} may be read by others; make it yours alone: chmod 600 {path}"
        )
