"""`classify`, `schedule`, `retention`, `event` and `hold`."""

import sys
from pathlib import Path
from typing import Any

import click

from recordsvc.cli.door import (
    NOTHING,
    PARTLY,
    Door,
    emit,
    parse_day,
    printable,
    read_text,
    table,
)
from recordsvc.services.context import Context
from recordsvc.services.errors import NotFound, NothingToDo


@click.command("classify")
@click.argument("words", nargs=-1, required=True, metavar="ID... CODE")
@click.option("--also", is_flag=True, help="Lay a second obligation.")
@click.option("--remove", is_flag=True, help="Take a second obligation away.")
@click.option("--citation", default="", help="The law that demands it.")
@click.option("--reason", default="")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def classify_command(door: Door, /, words: tuple[str, ...], **options: Any) -> int:
    """Put records into a class of the file plan.

    Example: recordsvc classify 5f0c… 77ab… BUS.PQ
    """
    from recordsvc.services import filing

    if len(words) < 2:  # noqa: PLR2004 - one id and the code
        raise click.UsageError("give at least one ID and the CODE")
    *ids, code = words

    def work(ctx: Context) -> list[str]:
        changed = []
        for record_id in ids:
            try:
                if options["remove"]:
                    filing.remove_obligation(ctx, record_id, code)
                elif options["also"]:
                    filing.add_obligation(
                        ctx,
                        record_id,
                        code,
                        citation=options["citation"],
                        reason=options["reason"],
                    )
                else:
                    filing.classify(ctx, record_id, code)
            except NothingToDo:
                continue
            changed.append(record_id)
        return changed

    changed = door.run_and_index(work)
    if options["as_json"]:
        emit({"class": code, "changed": changed})
    else:
        print(f"{len(changed)} of {len(ids)} records changed")
    return 0 if changed else NOTHING


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


@click.group("retention")
def retention_command() -> None:
    """Why a date, what is due."""


@retention_command.command("explain")
@click.argument("record_id", metavar="ID")
@click.option("--on", metavar="DATE")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def explain(door: Door, record_id: str, on: str | None, as_json: bool) -> int:  # noqa: FBT001 - click's
    """Explain the retention decision of a record, step by step.

    Example: recordsvc retention explain 5f0c… --on 2031-01-01
    """
    from recordsvc.services.retaining import explain as explained

    day = parse_day(on)
    found = door.view(lambda ctx: explained(ctx, record_id, day))
    if as_json:
        emit(found)
        return 0
    print(f"retention of {record_id}: {found['state']}")
    for key in ("action", "due_on", "earliest_execution", "winner", "schedule_version"):
        if found.get(key) is not None:
            print(f"  {key.replace('_', ' ')}: {found[key]}")
    for step in found.get("trace", []):
        print(f"  - {step}")
    if found.get("error"):
        print(f"  {found['error']}")
    return 0


@retention_command.command("due")
@click.option("--on", metavar="DATE")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def due(door: Door, on: str | None, as_json: bool) -> int:  # noqa: FBT001 - click's
    """List what is due, what cannot be judged, and the next date.

    Example: recordsvc retention due --on 2027-01-01
    """
    from recordsvc.services.retaining import due as due_on

    day = parse_day(on)
    found = door.view(lambda ctx: due_on(ctx, day))
    if as_json:
        emit(found)
        return 0
    print(f"{len(found['items'])} records are due on {found['on']}")
    table((i["due_on"], i["action"], i["id"], i["title"]) for i in found["items"])
    if found["exceptions"]:
        print(f"{len(found['exceptions'])} cannot be disposed of:")
        table((e["state"], e["id"], e["reason"]) for e in found["exceptions"])
    if found["next"]:
        print(f"next: {found['next']}")
    return 0


@retention_command.command("evaluate")
@click.argument("cases", default="-", metavar="[CASES.jsonl|-]")
def evaluate(cases: str) -> int:
    """Decide cases given as JSON, one a line; no store is needed.

    Example: recordsvc retention evaluate cases.jsonl
    """
    from recordsvc.services.evaluation import evaluate_lines

    failed = False
    if cases == "-":
        stream = sys.stdin.buffer
    elif Path(cases).is_file():
        stream = Path(cases).open("rb")  # noqa: SIM115 - closed with the process
    else:
        raise NotFound(f"there is no file {printable(cases)}")
    for answer, is_error in evaluate_lines(stream):
        sys.stdout.buffer.write(answer)
        failed = failed or is_error
    sys.stdout.buffer.flush()
    return PARTLY if failed else 0


@click.group("event")
def event_command() -> None:
    """Events that start a clock, and the parliamentary calendar."""


@event_command.command("record")
@click.argument("kind", metavar="TYPE")
@click.argument("key")
@click.argument("day", metavar="DATE")
@click.option("--provisional", is_flag=True, help="Announced, not yet certain.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def event_record(
    door: Door,
    kind: str,
    key: str,
    day: str,
    provisional: bool,  # noqa: FBT001 - click's
    as_json: bool,  # noqa: FBT001 - click's
) -> int:
    """Record an event.

    Example: recordsvc event record legislature_end 58 2027-07-04 --provisional
    """
    from recordsvc.services.retaining import record_event

    event_id = door.run(
        lambda ctx: record_event(ctx, kind, key, day, provisional=provisional)
    )
    emit({"id": event_id}) if as_json else print(event_id)
    return 0


@event_command.command("reverse")
@click.argument("event_id", metavar="ID")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def event_reverse(door: Door, event_id: str, as_json: bool) -> int:  # noqa: FBT001 - click's
    """Reverse an event; it stays in the store and counts no more.

    Example: recordsvc event reverse legislature_end:58
    """
    from recordsvc.services.retaining import reverse_event

    door.run(lambda ctx: reverse_event(ctx, event_id))
    emit({"reversed": event_id}) if as_json else print(f"reversed {event_id}")
    return 0


@click.group("hold")
def hold_command() -> None:
    """Disposal holds."""


@hold_command.command("place")
@click.option("--title", required=True)
@click.option("--mandate", required=True, help="Who orders it, on what ground.")
@click.option("--query", help="Every record the query finds.")
@click.option("--id", "ids", multiple=True)
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def hold_place(
    door: Door,
    title: str,
    mandate: str,
    query: str | None,
    ids: tuple[str, ...],
    as_json: bool,  # noqa: FBT001 - click's
) -> int:
    """Place a hold.

    Example: recordsvc hold place --title "Inquiry 7" --mandate "Order 12" --id 5f0c…
    """
    from recordsvc.cli.querying import query_refused
    from recordsvc.search.query import QuerySyntaxError
    from recordsvc.services.retaining import place_hold
    from recordsvc.services.selecting import ids_of_query

    if (query is not None) == bool(ids):
        raise click.UsageError("give either --query or --id")

    def work(ctx: Context) -> tuple[str, int]:
        chosen = ids_of_query(ctx, query) if query is not None else ids
        hold, count = place_hold(ctx, title, mandate, chosen)
        hold.query = query
        return hold.id, count

    try:
        hold_id, count = door.run_and_index(work)
    except QuerySyntaxError as error:
        return query_refused(error, as_json=as_json)
    if as_json:
        emit({"id": hold_id, "records": count})
    else:
        print(f"hold {hold_id} lies on {count} records")
    return 0


@hold_command.command("lift")
@click.argument("hold_id", metavar="ID")
@click.option("--reason", required=True)
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def hold_lift(door: Door, hold_id: str, reason: str, as_json: bool) -> int:  # noqa: FBT001 - click's
    """Lift a hold.

    Example: recordsvc hold lift 9c1e… --reason "Inquiry 7 has reported"
    """
    from recordsvc.services.retaining import lift_hold

    count = door.run_and_index(lambda ctx: lift_hold(ctx, hold_id, reason))
    if as_json:
        emit({"id": hold_id, "records": count})
    else:
        print(f"lifted from {count} records")
    return 0


@hold_command.command("list")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def hold_list(door: Door, as_json: bool) -> int:  # noqa: FBT001 - click's
    """List the holds.

    Example: recordsvc hold list
    """
    from recordsvc.services.access import authorize

    def work(ctx: Context) -> list[dict[str, Any]]:
        authorize(ctx, "hold.view")
        return [
            {
                "id": h.id,
                "title": h.title,
                "mandate": h.mandate,
                "active": h.is_active,
                "placed_by": h.placed_by,
                "records": len(ctx.root.held.keys(min=(h.id, ""), max=(h.id, "g"))),
            }
            for h in ctx.root.holds.values()
        ]

    found = door.view(work)
    if as_json:
        emit({"holds": found})
    else:
        table(
            (
                h["id"],
                "active" if h["active"] else "lifted",
                str(h["records"]),
                h["title"],
            )
            for h in found
        )
    return 0
