"""`agent`."""

from pathlib import Path
from typing import Any

import click

from recordsvc.cli.door import (
    FAILED,
    NOTHING,
    PARTLY,
    Door,
    emit,
    printable,
    read_text,
    table,
)
from recordsvc.cli.sidecar import csv_rows


@click.group("agent")
def agent_command() -> None:
    """Persons and bodies that papers name: the authority list."""


@agent_command.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Say what would be done; write nothing.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def agent_import(door: Door, file: Path, dry_run: bool, as_json: bool) -> int:  # noqa: FBT001 - click's
    """Take persons and bodies into the list, one row of a CSV each.

    Columns: name, kind (person or organization), jurisdiction, variants (divided by
    a bar), identifier, since, until. A name that is known is updated.

    Example: recordsvc agent import members.csv --dry-run
    """
    from recordsvc.services.authority import import_agents

    rows = csv_rows(read_text(file), printable(str(file)))
    if dry_run:
        report = door.view(lambda ctx: import_agents(ctx, rows, is_trial=True))
    else:
        report = door.run_and_index(
            lambda ctx: import_agents(ctx, rows, is_trial=False)
        )
    summary = {
        "added": len(report.added),
        "updated": len(report.updated),
        "unchanged": report.unchanged,
        "failed": len(report.errors),
    }
    if as_json:
        names = {"added": report.added, "updated": report.updated}
        emit({"summary": summary, "names": names, "errors": report.errors})
    else:
        if dry_run:
            table(("would add", name) for name in report.added)
            table(("would update", name) for name in report.updated)
        print(", ".join(f"{count} {what}" for what, count in summary.items()))
        table((f"line {e['line']}", str(e["message"])) for e in report.errors)
    is_done = bool(report.added or report.updated)
    if report.errors:
        return PARTLY if is_done else FAILED
    return 0 if is_done else NOTHING


@agent_command.command("list")
@click.argument("name", required=False, default="")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def agent_list(door: Door, name: str, as_json: bool) -> int:  # noqa: FBT001 - click's
    """List the entries, or those that share a word with NAME.

    Example: recordsvc agent list "van der Walt"
    """
    from recordsvc.services.authority import listed

    found = door.view(lambda ctx: listed(ctx, name))
    if as_json:
        emit({"agents": found})
    else:
        table(
            (
                a["id"],
                a["kind"],
                a["jurisdiction"],
                "; ".join((a["name"], *a["variants"])),
            )
            for a in found
        )
    return 0


@agent_command.command("merge")
@click.argument("keeper", metavar="ID")
@click.argument("other", metavar="OTHER-ID")
@click.option("--dry-run", is_flag=True, help="Show the entry; write nothing.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def agent_merge(
    door: Door,
    keeper: str,
    other: str,
    dry_run: bool,  # noqa: FBT001 - click's
    as_json: bool,  # noqa: FBT001 - click's
) -> int:
    """Make one entry of two: ID stays, the names of OTHER-ID become its variants.

    Example: recordsvc agent merge 5f0c… 77ab… --dry-run
    """
    from recordsvc.services.authority import merge

    if dry_run:
        found: dict[str, Any] = door.view(
            lambda ctx: merge(ctx, keeper, other, is_trial=True)
        )
    else:
        found = door.run_and_index(
            lambda ctx: merge(ctx, keeper, other, is_trial=False)
        )
    if as_json:
        emit(found)
    else:
        names = "; ".join((found["name"], *found["variants"]))
        print(f"{'would be' if dry_run else 'is now'} {printable(names)}")
    return 0
