"""`class`: the file plan."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from recordsvc.cli.door import (
    Door,
    counted,
    emit,
    parse_day,
    printable,
    read_text,
    table,
)
from recordsvc.services.context import Context

COLUMNS = (
    "title",
    "parent",
    "schedule",
    "scope",
    "closure",
    "maximum",
    "owner",
    "valid_from",
    "valid_to",
    "vital_review",
    "survives_destruction",
)
_HELP = {
    "parent": "Code of the class above.",
    "schedule": "Code of its schedule; none inherits.",
    "scope": "What belongs there.",
    "closure": "Code of its access closure; none inherits.",
    "maximum": "Code of its maximum-keeping duty; none inherits.",
    "owner": "house, or member: no records of the House.",
    "valid_from": "First day on which it takes papers.",
    "valid_to": "Last day on which it takes papers.",
    "vital_review": "How often vital records are reviewed, as P1Y.",
    "survives_destruction": "What tombstones keep beside what they always do: words "
    "such as author, or nothing.",
}


def values_of_a_class(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command an option for every value of a class."""
    for name in reversed(COLUMNS):
        option = f"--{name.replace('_', '-')}"
        command = click.option(option, name, help=_HELP.get(name))(command)
    return command


@click.group("class")
def class_command() -> None:
    """Keep the file plan: classes and what they lay on their records."""


@class_command.command("list")
@click.option("--on", metavar="DATE", help="As the plan stood on a day.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def class_list(door: Door, on: str | None, as_json: bool) -> int:  # noqa: FBT001 - click's
    """List the classes.

    Example: recordsvc class list --on 2024-05-01
    """
    from recordsvc.services.classification.fileplan_view import class_list as listed

    day = parse_day(on)
    found = door.view(lambda ctx: listed(ctx, day))
    if as_json:
        emit({"classes": found})
    else:
        table(
            (
                c["code"],
                _binding_of(c),
                c["valid_to"] or "",
                str(c["records"]),
                c["title"],
            )
            for c in found
        )
    return 0


def _binding_of(found: dict[str, Any]) -> str:
    if found["merged_into"]:
        return f"merged into {found['merged_into']}"
    if found["owner"] == "member":
        return "of Members"
    return found["inherited"]["schedule"] or "no schedule"


@class_command.command("show")
@click.argument("code")
@click.option("--on", metavar="DATE", help="As it stood on a day.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def class_show(door: Door, code: str, on: str | None, as_json: bool) -> int:  # noqa: FBT001 - click's
    """Show a class, its place, what it inherits and how it stood before.

    Example: recordsvc class show BUS.PQ --on 2024-05-01
    """
    from recordsvc.services.classification.fileplan_view import class_detail

    day = parse_day(on)
    found = door.view(lambda ctx: class_detail(ctx, code, day))
    if as_json:
        emit(found)
        return 0
    print(printable(" > ".join(f"{p['code']} {p['title']}" for p in found["path"])))
    for name in ("scope", "owner", "valid_from", "valid_to", "merged_into", "records"):
        if found[name]:
            print(f"  {name.replace('_', ' ')}: {printable(str(found[name]))}")
    for name, value in found["inherited"].items():
        own = "" if found[name] or not value else " (inherited)"
        words = " ".join(value) if isinstance(value, list) else value
        print(f"  {name.replace('_', ' ')}: {printable(words or 'none')}{own}")
    for state in found["history"]:
        print(
            f"  until {state['until']}: "
            f"{printable(state['title'])}, below {state['parent'] or 'nothing'}, "
            f"schedule {state['schedule'] or 'inherited'}"
        )
    return 0


@class_command.command("add")
@click.argument("code")
@values_of_a_class
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def class_add(door: Door, /, code: str, as_json: bool, **values: str | None) -> int:  # noqa: FBT001 - click's
    """Make a class; without a first day it begins today.

    Example: recordsvc class add BUS.PET --title Petitions --parent BUS --schedule PET-5
    """
    from recordsvc.services.classification.fileplan import add_class

    said = {name: value for name, value in values.items() if value is not None}
    door.run_settle_and_index(lambda ctx: add_class(ctx, {"code": code, **said}).code)
    emit({"code": code}) if as_json else print(f"class {code} is made")
    return 0


@class_command.command("edit")
@click.argument("code")
@values_of_a_class
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def class_edit(door: Door, /, code: str, as_json: bool, **values: str | None) -> int:  # noqa: FBT001 - click's
    """Change what a class says; an empty value takes one away.

    Example: recordsvc class edit BUS.PET --schedule "" --vital-review P1Y
    """
    from recordsvc.services.classification.fileplan import edit_class

    said = {name: value for name, value in values.items() if value is not None}
    door.run_settle_and_index(lambda ctx: edit_class(ctx, code, said).code)
    emit({"code": code}) if as_json else print(f"class {code} is changed")
    return 0


@class_command.command("move")
@click.argument("code")
@click.option("--to", "parent", metavar="CODE", help="The class above; none: the top.")
@click.option("--dry-run", is_flag=True, help="Say what would change; write nothing.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def class_move(
    door: Door,
    code: str,
    parent: str | None,
    dry_run: bool,  # noqa: FBT001 - click's
    as_json: bool,  # noqa: FBT001 - click's
) -> int:
    """Put a class, and everything below it, under another one.

    Example: recordsvc class move BUS.PET --to COR --dry-run
    """
    from recordsvc.services.classification.fileplan import move_class
    from recordsvc.services.classification.fileplan_preview import preview_move

    if dry_run:
        found = door.view(lambda ctx: preview_move(ctx, code, parent).as_mapping())
        return _show_preview(found, as_json=as_json)
    door.run_settle_and_index(lambda ctx: move_class(ctx, code, parent).code)
    emit({"code": code, "parent": parent}) if as_json else print(f"class {code} moved")
    return 0


@class_command.command("merge")
@click.argument("code")
@click.argument("into")
@click.option("--reason", default="", help="Why it is given up.")
@click.option("--dry-run", is_flag=True, help="Say what would change; write nothing.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def class_merge(
    door: Door,
    code: str,
    into: str,
    reason: str,
    dry_run: bool,  # noqa: FBT001 - click's
    as_json: bool,  # noqa: FBT001 - click's
) -> int:
    """Merge a class into another: its records and classes go there.

    A merge that was stopped goes on when the command is repeated.

    Example: recordsvc class merge BUS.PET BUS.COM --reason "one office now"
    """
    from recordsvc.services.classification.fileplan_preview import preview_merge
    from recordsvc.services.classification.merging import merge_class

    if dry_run:
        found = door.view(lambda ctx: preview_merge(ctx, code, into).as_mapping())
        return _show_preview(found, as_json=as_json)

    def work(ctx: Context) -> tuple[int, int]:
        before = len(ctx.root.ids_by_class(code))
        left = merge_class(ctx, code, into, reason=reason)
        return before - len(ctx.root.ids_by_class(code)), left

    moved, left = 0, 1
    with door.settled() as (service, actor):
        while left:
            more, left = service.run(actor, work)
            moved += more
    door.run_settle_and_index(lambda _: None)
    if as_json:
        emit({"code": code, "into": into, "records": moved})
    else:
        print(f"class {code} is merged into {into}; {moved} records moved")
    return 0


@class_command.command("retire")
@click.argument("code")
@click.option("--on", metavar="DATE", help="Its last day; default yesterday.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def class_retire(door: Door, code: str, on: str | None, as_json: bool) -> int:  # noqa: FBT001 - click's
    """Let a class take no more papers; its records stay under its schedule.

    Example: recordsvc class retire BUS.PET --on 2026-12-31
    """
    from recordsvc.services.classification.fileplan import retire_class

    day = parse_day(on)
    last = door.run(lambda ctx: retire_class(ctx, code, day).valid_to)
    if as_json:
        emit({"code": code, "valid_to": last})
    else:
        print(f"class {code} takes papers until {last}")
    return 0


@class_command.command("delete")
@click.argument("code")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def class_delete(door: Door, code: str, as_json: bool) -> int:  # noqa: FBT001 - click's
    """Delete a class that was never used; a used one is retired or merged.

    Example: recordsvc class delete BUS.PET
    """
    from recordsvc.services.classification.fileplan import delete_class

    door.run(lambda ctx: delete_class(ctx, code))
    emit({"deleted": code}) if as_json else print(f"class {code} is deleted")
    return 0


@class_command.command("return")
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
@click.option("--to", required=True, help="Whom the papers go to.")
@click.option("--reason", default="", help="Why they leave.")
@click.option("-o", "into", required=True, metavar="DIR", help="For the packages.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def class_return(
    door: Door,
    /,
    ids: tuple[str, ...],
    into: str,
    **options: Any,
) -> int:
    """Give papers of a Member back: packed for the owner, then gone from here.

    Example: recordsvc class return 5f0c… --to "A. Member" --reason "end of mandate"
    -o returned/
    """
    from recordsvc.jobs.returning import return_papers

    with door.archive() as (service, actor):
        packed = return_papers(
            service,
            actor,
            ids,
            Path(into),
            to=options["to"],
            reason=options["reason"],
        )
    if options["as_json"]:
        emit({"packages": packed})
    else:
        papers = counted(len(packed), "paper")
        print(f"{papers} packed in {printable(into)} and gone from here")
    return 0


@class_command.command("import")
@click.argument("file", type=click.Path())
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def class_import(door: Door, file: str, as_json: bool) -> int:  # noqa: FBT001 - click's
    """Take in classes from a table (.csv) or the class part of a schedule (.toml).

    Example: recordsvc class import plan.csv
    """
    from recordsvc.services.classification import fileplan_files

    if not file.endswith((".csv", ".toml")):
        raise click.UsageError("FILE ends with .csv or .toml")
    source = read_text(file)
    take_in = (
        fileplan_files.import_csv
        if file.endswith(".csv")
        else fileplan_files.import_toml
    )
    changed = door.run_settle_and_index(lambda ctx: take_in(ctx, source))
    if as_json:
        emit({"changed": list(changed)})
    else:
        print(f"{len(changed)} classes are new or changed")
    return 0


@class_command.command("export")
@click.option("--format", "form", type=click.Choice(["toml", "csv"]), default="toml")
@click.pass_obj
def class_export(door: Door, form: str) -> int:
    """Print the file plan: a table, or the schedule in force with its classes.

    Example: recordsvc class export --format csv > plan.csv
    """
    from recordsvc.services.classification import fileplan_files

    write = {"toml": fileplan_files.export_toml, "csv": fileplan_files.export_csv}
    print(door.view(write[form]), end="")
    return 0


@class_command.command("template")
@click.argument("name", default="parliament")
def class_template(name: str) -> int:
    """Print a schedule to begin with: edit it, then import and approve it.

    Example: recordsvc class template > schedule.toml
    """
    from recordsvc.services.classification.fileplan_files import template_of

    print(template_of(name), end="")
    return 0


def _show_preview(found: dict[str, Any], *, as_json: bool) -> int:
    if as_json:
        emit(found)
        return 0
    print(
        f"{len(found['classes'])} classes, {found['records']} records: "
        f"{found['earlier']} earlier, {found['later']} later, "
        f"{found['otherwise']} otherwise, {found['now_due']} now due, "
        f"{found['held']} on hold; nothing was written"
    )
    table(
        (
            change["id"],
            change["before"]["due_on"] or change["before"]["state"],
            change["after"]["due_on"] or change["after"]["state"],
            change["after"]["action"] or "",
        )
        for change in found["changes"]
    )
    return 0
