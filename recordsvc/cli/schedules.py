"""`schedule`."""

from typing import Any

import click

from recordsvc.cli.door import (
    Door,
    counted,
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
    from recordsvc.services.retention.scheduling import import_schedule, version_mapping

    source = read_text(file)
    found = door.run_and_settle(
        lambda ctx: version_mapping(import_schedule(ctx, source))
    )
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
    from recordsvc.services.retention.scheduling import export_schedule

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
    from recordsvc.services.retention.scheduling import version_mapping

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
    from recordsvc.services.retention.standing import schedule_code

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
        from recordsvc.services.retention.scheduling import export_schedule

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
    from recordsvc.services.retention.scheduling import approve, version_mapping

    found = door.run(lambda ctx: version_mapping(approve(ctx, number)))
    if as_json:
        emit(found)
    else:
        approvals = counted(len(found["approvals"]), "approval")
        print(f"version {number} has {approvals}")
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
    from recordsvc.services.retention.scheduling import issue

    def work(ctx: Context) -> dict[str, Any]:
        done = issue(ctx, number, acknowledge_earlier=acknowledge_earlier)
        return {
            "version": number,
            "state": done.version.state,
            "in_force": done.recalculation is not None,
            "records": done.impact.records,
            "impact": dict(done.impact.counts),
        }

    found = door.run_and_settle(work)
    if as_json:
        emit(found)
    elif found["in_force"]:
        computed = counted(found["records"], "record")
        print(f"version {number} is in force; computed anew: {computed}")
    else:
        print(f"version {number} is issued and comes into force on its first day")
    return 0


@schedule_command.command("revoke")
@click.argument("number", type=int)
@click.option("--reason", default="", help="Why it may no longer be disposed by.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def schedule_revoke(door: Door, number: int, reason: str, as_json: bool) -> int:  # noqa: FBT001 - click's
    """Revoke an issued version: nothing more is disposed of by it.

    Example: recordsvc schedule revoke 3 --reason "annulled by the court"
    """
    from recordsvc.services.retention.scheduling import revoke

    def work(ctx: Context) -> None:
        revoke(ctx, number, reason)

    door.run_and_settle(work)
    if as_json:
        emit({"version": number, "state": "revoked"})
    else:
        print(f"version {number} is revoked; its records keep their last obligation")
    return 0


@schedule_command.command("delete")
@click.argument("number", type=int)
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def schedule_delete(door: Door, number: int, as_json: bool) -> int:  # noqa: FBT001 - click's
    """Delete a draft; a version that was issued stays for ever.

    Example: recordsvc schedule delete 4
    """
    from recordsvc.services.retention.scheduling import delete

    door.run(lambda ctx: delete(ctx, number))
    if as_json:
        emit({"version": number, "state": "deleted"})
    else:
        print(f"draft {number} is deleted")
    return 0


@schedule_command.command("simulate")
@click.argument("file", type=click.Path())
@click.option("--limit", type=click.IntRange(0, 10_000), default=100)
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def schedule_simulate(door: Door, file: str, limit: int, as_json: bool) -> int:  # noqa: FBT001 - click's
    """Say what a schedule would do to every record; nothing is written.

    Example: recordsvc schedule simulate schedule.toml
    """
    from recordsvc.jobs.simulation import simulate

    source = read_text(file)
    with door.archive() as (service, actor):
        found = simulate(service, actor, source, limit=limit).as_mapping()
    if as_json:
        emit(found)
    else:
        _show_impact(found)
    return 0


def _show_impact(found: dict[str, Any]) -> None:
    counts = found["counts"]
    print(f"{counted(found['records'], 'record')}, judged for {found['on']}")
    table((kind.replace("_", " "), str(n)) for kind, n in counts.items())
    for kind in ("earlier", "later", "changed", "now_due"):
        if found[kind]:
            print(f"{kind.replace('_', ' ')}: {len(found[kind])} of {counts[kind]}")
            table(
                (_shown(e["before"]), "->", _shown(e["after"]), e["id"], e["title"])
                for e in found[kind]
            )


def _shown(standing: dict[str, Any] | None) -> str:
    if standing is None:
        return "no schedule"
    day = standing["due_on"] or standing["state"]
    parts = [day, standing["action"] or "", "provisional"]
    return " ".join(parts[: 3 if standing["provisional"] else 2]).rstrip()
