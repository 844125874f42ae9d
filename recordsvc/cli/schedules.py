"""`schedule`."""

from typing import Any

import click

from recordsvc.cli.door import (
    Door,
    emit,
    read_text,
    table,
)
from recordsvc.services.context import Context


@click.group("schedule")
def schedule_command() -> None:
    """Keep the versions of the disposal schedule."""


@schedule_command.command("import")
@click.argument("file", type=click.Path())
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def schedule_import(door: Door, file: str, as_json: bool) -> int:  # noqa: FBT001 - click's
    """Import a schedule file as a draft.

    Example: recordsvc schedule import schedule.toml
    """
    from recordsvc.services.scheduling import import_schedule, version_mapping

    source = read_text(file)
    found = door.run(lambda ctx: version_mapping(import_schedule(ctx, source)))
    if as_json:
        emit(found)
    else:
        print(f"version {found['version']}: {found['state']}, {found['title']}")
        if found["state"] == "draft":
            print("two people approve it (schedule approve), then: schedule issue")
    return 0


@schedule_command.command("export")
@click.option("--version", "number", type=int)
@click.pass_obj
def schedule_export(door: Door, number: int | None) -> int:
    """Print the schedule in force, or a version, as TOML.

    Example: recordsvc schedule export > schedule.toml
    """
    from recordsvc.services.scheduling import export_schedule

    print(door.view(lambda ctx: export_schedule(ctx, number)), end="")
    return 0


@schedule_command.command("list")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def schedule_list(door: Door, as_json: bool) -> int:  # noqa: FBT001 - click's
    """List the versions.

    Example: recordsvc schedule list
    """
    from recordsvc.services.access import authorize
    from recordsvc.services.scheduling import version_mapping

    def work(ctx: Context) -> list[dict[str, Any]]:
        authorize(ctx, "retention.view")
        return [version_mapping(v) for v in ctx.root.schedule_versions.values()]

    found = door.view(work)
    if as_json:
        emit({"versions": found})
    else:
        table((str(v["version"]), v["state"], v["title"]) for v in found)
    return 0


@schedule_command.command("show")
@click.argument("number", type=int, required=False)
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def schedule_show(door: Door, number: int | None, as_json: bool) -> int:  # noqa: FBT001 - click's
    """Show the classes of the schedule in force, or of a version.

    Example: recordsvc schedule show
    """
    from recordsvc.services.access import authorize
    from recordsvc.services.standing import schedule_code

    def work(ctx: Context) -> list[dict[str, Any]]:
        authorize(ctx, "retention.view")
        return [
            {
                "code": node.code,
                "title": node.title,
                "parent": node.parent,
                "schedule": schedule_code(ctx.root, node.code),
                "records": len(ctx.root.ids_by_class(node.code)),
            }
            for node in ctx.root.classes.values()
        ]

    if number is not None:
        from recordsvc.services.scheduling import export_schedule

        print(door.view(lambda ctx: export_schedule(ctx, number)), end="")
        return 0
    found = door.view(work)
    if as_json:
        emit({"classes": found})
    else:
        table(
            (c["code"], c["schedule"] or "no schedule", str(c["records"]), c["title"])
            for c in found
        )
    return 0


@schedule_command.command("approve")
@click.argument("number", type=int)
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def schedule_approve(door: Door, number: int, as_json: bool) -> int:  # noqa: FBT001 - click's
    """Approve a draft version; two different people are needed.

    Example: recordsvc schedule approve 3
    """
    from recordsvc.services.scheduling import approve, version_mapping

    found = door.run(lambda ctx: version_mapping(approve(ctx, number)))
    if as_json:
        emit(found)
    else:
        print(f"version {number} has {len(found['approvals'])} approvals")
    return 0


@schedule_command.command("issue")
@click.argument("number", type=int)
@click.option("--acknowledge-earlier", is_flag=True)
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def schedule_issue(
    door: Door,
    number: int,
    acknowledge_earlier: bool,  # noqa: FBT001 - click's
    as_json: bool,  # noqa: FBT001 - click's
) -> int:
    """Put an approved version into force.

    Example: recordsvc schedule issue 3
    """
    from recordsvc.services.scheduling import issue

    count = door.run(
        lambda ctx: issue(ctx, number, acknowledge_earlier=acknowledge_earlier)
    )
    if as_json:
        emit({"version": number, "state": "issued", "records": count})
    else:
        print(f"version {number} is in force; {count} records were computed anew")
    return 0
