"""`watch`."""

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
from recordsvc.cli.door import Door
from recordsvc.services.errors import InvalidRequest


@click.command("watch")
@click.argument("folders", nargs=-1, required=True, metavar="FOLDER...")
@click.option(
    "--after",
    type=click.Choice(("leave", "move", "delete")),
    default="leave",
    show_default=True,
    help="What becomes of a file that was taken in; move goes to FOLDER/done.",
)
@click.option(
    "--rest",
    "rest_s",
    default=10.0,
    show_default=True,
    type=click.FloatRange(min=0),
    help="Seconds for which a file must not change.",
)
@click.option(
    "--every",
    "every_s",
    default=5.0,
    show_default=True,
    type=click.FloatRange(min=0.1),
    help="Seconds between two looks.",
)
@intake_options
@click.pass_obj
def watch_command(door: Door, /, folders: tuple[str, ...], **options: Any) -> int:
    """Take in the files that appear in folders, until SIGTERM or Ctrl-C.

    A file is taken when its size and time have rested; hidden ones and those that end
    in .part, .tmp and the like are not. Links are not followed. Values may lie beside
    the papers in metadata.csv or PAPER.metadata.json. With --after move or delete, a
    file that fails goes to FOLDER/failed with its reason.

    Example: recordsvc watch /srv/scans --after move --collection Scans
    """
    from recordsvc.cli.sidecar import parse_sidecar
    from recordsvc.jobs.rounds import After
    from recordsvc.jobs.watching import Watcher, WatchOptions

    paths = _checked(folders)
    with door.archive() as (service, actor), ending() as told:
        watcher = Watcher(
            service,
            actor,
            paths,
            WatchOptions(
                common=common_values(service, actor, options),
                after=After(options["after"]),
                rest_s=options["rest_s"],
                every_s=options["every_s"],
                once=options["once"],
                dry_run=options["dry_run"],
            ),
            report=reporter(jsonl=options["jsonl"]),
            say=door.say,
            rows_of=parse_sidecar,
            stop=told.stop,
        )
        if not options["once"]:
            door.say(f"watching {', '.join(folders)}")
        summary = watcher.run()
        return exit_code(door, told, summary, waits=watcher.waits and options["once"])


def _checked(folders: tuple[str, ...]) -> list[Path]:
    paths = [Path(folder) for folder in folders]
    for path in paths:
        if path.exists() and not path.is_dir():
            raise InvalidRequest(f"{path} is no folder")
    resolved = [path.resolve() for path in paths]
    for number, path in enumerate(resolved):
        others = resolved[:number] + resolved[number + 1 :]
        if any(path.is_relative_to(other) for other in others):
            raise InvalidRequest(f"{path} is named twice, or lies inside another")
    return paths
