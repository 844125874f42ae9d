"""`bulk`: one act on many records, shown before and undone as one."""

from collections.abc import Callable
from typing import Any

import click

from recordsvc.cli.door import NOTHING, PARTLY, Door, counted, emit, printable, table
from recordsvc.services.context import Context

WHY = {
    "held": "on hold",
    "listed": "on a disposal list",
    "gone": "destroyed",
    "members": "a Member's paper, which is never open",
    "obligation": "under a second obligation",
    "changed-since": "changed since",
    "forgotten": "edited in bulk too often since",
    "joined": "joined to another paper",
}
Command = Callable[..., Any]


@click.group("bulk")
def bulk_command() -> None:
    """Edit many records as one act."""


def _order_options(command: Command) -> Command:
    for option in reversed(
        (
            click.option("--query", default="", help="Every record that it finds."),
            click.option("--id", "ids", multiple=True, help="This one; repeat it."),
            click.option("--class", "class_code", default="", metavar="CODE"),
            click.option("--intake", default="", metavar="ID"),
            click.option("--set", "sets", multiple=True, metavar="FIELD=VALUE"),
            click.option(
                "--add",
                "adds",
                multiple=True,
                metavar="FIELD=VALUE",
                help="Only where the field is empty; an identifier beside others.",
            ),
            click.option(
                "--remove",
                "removes",
                multiple=True,
                metavar="FIELD[=VALUE]",
                help="Empty the field, or only where it has this value.",
            ),
            click.option("--reason", default="", help="Why they get another class."),
            click.option("--json", "as_json", is_flag=True),
        )
    ):
        command = option(command)
    return command


def _order(options: dict[str, Any]) -> Any:
    from recordsvc.model.bulk import Change, ChangeKind
    from recordsvc.services.bulk.orders import Choice, Order

    changes = []
    for kind, name in (("set", "sets"), ("add", "adds"), ("remove", "removes")):
        for text in options[name]:
            field, equals, value = text.partition("=")
            if not equals and kind != "remove":
                raise click.UsageError(f"{text!r} is not FIELD=VALUE")
            changes.append(Change(kind=ChangeKind(kind), field=field, value=value))
    choice = Choice(
        query=options["query"],
        ids=options["ids"],
        class_code=options["class_code"],
        intake=options["intake"],
    )
    return Order(choice=choice, changes=tuple(changes), reason=options["reason"])


@bulk_command.command("preview")
@_order_options
@click.pass_obj
def preview_command(door: Door, /, **options: Any) -> int:
    """Show what a bulk edit would change, and which retention dates would move.

    Example: recordsvc bulk preview --query "harbour dues" --set session=58
    """
    return show_preview(door, _order(options), as_json=options["as_json"])


@bulk_command.command("edit")
@_order_options
@click.option("--seal", help="That of the preview: refuse if anything has changed.")
@click.pass_obj
def edit_command(door: Door, /, **options: Any) -> int:
    """Change many records as one act, which can be undone as one.

    Fields: class, date, date.KIND, type, language, jurisdiction, chamber, session,
    collection, access, closed; identifiers are added and removed.

    Example: recordsvc bulk edit --class BUS --set class=BUS.PQ --reason "split"
    """
    return carry_order(
        door, _order(options), as_json=options["as_json"], seal=options["seal"]
    )


@bulk_command.command("undo")
@click.argument("bulk_id", metavar="BULK")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def undo_command(door: Door, bulk_id: str, as_json: bool) -> int:  # noqa: FBT001 - click's
    """Take a bulk edit back wherever what it wrote still stands.

    Example: recordsvc bulk undo 1c2d…
    """
    from recordsvc.services.bulk.carrying import begin_undo

    return _carry(door, lambda ctx: begin_undo(ctx, bulk_id), as_json=as_json)


@bulk_command.command("list")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def list_command(door: Door, as_json: bool) -> int:  # noqa: FBT001 - click's
    """Show the newest bulk edits.

    Example: recordsvc bulk list
    """
    from recordsvc.services.bulk.bulkview import bulk_edits

    found = door.view(bulk_edits)
    if as_json:
        emit(found)
        return 0
    table(
        (b["id"], b["state"], counted(b["records"], "record"), b["made_by"], _what(b))
        for b in found["bulk_edits"]
    )
    return 0


@bulk_command.command("show")
@click.argument("bulk_id", metavar="BULK")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def show_command(door: Door, bulk_id: str, as_json: bool) -> int:  # noqa: FBT001 - click's
    """Show a bulk edit and the records that it left out or kept.

    Example: recordsvc bulk show 1c2d…
    """
    from recordsvc.services.bulk.bulkview import bulk_mapping

    found = door.view(lambda ctx: bulk_mapping(ctx, bulk_id))
    if as_json:
        emit(found)
    else:
        _print_act(found)
    return 0


def show_preview(door: Door, order: Any, *, as_json: bool) -> int:
    """Print what an order would do; nothing is written."""
    from recordsvc.services.bulk.previewing import preview

    with door.settled() as (service, actor):
        found = service.view(actor, lambda ctx: preview(ctx, order))
    if as_json:
        emit(found)
        return 0 if found["changed"] else NOTHING
    for item in found["items"]:
        print(printable(f"{item['id']}  {item['title']}"))
        for value in item["values"]:
            before, after = value["before"] or "–", value["after"] or "–"
            if before != after:
                print(printable(f"  {value['field']}: {before} → {after}"))
        if item["moves"]:
            print(f"  due {_due(item['before'])} → {_due(item['after'])}")
    for item in found["left_out"]:
        print(printable(f"left out: {item['id']}  {WHY[item['why']]}"))
    moves = found["moves"]
    print(
        f"{counted(found['changed'], 'record')} would change, "
        f"{found['unchanged']} say it already, {found['left_out_count']} left out; "
        f"{moves['earlier']} fall due earlier, {moves['later']} later, "
        f"{moves['now_due']} would be due now"
    )
    print(f"seal: {found['seal']}")
    return 0 if found["changed"] else NOTHING


def _due(standing: dict[str, Any] | None) -> str:
    if standing is None or standing["due_on"] is None:
        return "on no day"
    return f"{standing['due_on']}{' (provisional)' if standing['provisional'] else ''}"


def carry_order(
    door: Door, order: Any, *, as_json: bool, seal: str | None = None
) -> int:
    """Carry an order out and print what came of it."""
    from recordsvc.services.bulk.carrying import begin

    return _carry(door, lambda ctx: begin(ctx, order, seal=seal), as_json=as_json)


def _carry(door: Door, begin: Callable[[Context], Any], *, as_json: bool) -> int:
    from recordsvc.jobs.bulk import settle_bulk
    from recordsvc.jobs.indexer import Indexer
    from recordsvc.services.bulk.bulkview import bulk_mapping

    def work(ctx: Context) -> tuple[str, str]:
        bulk = begin(ctx)
        return bulk.id, bulk.job

    with door.settled() as (service, actor):
        bulk_id, job_id = service.run(actor, work)
        settle_bulk(service, job_id)
        with Indexer(service) as indexer:
            indexer.catch_up()
        found = service.view(actor, lambda ctx: bulk_mapping(ctx, bulk_id))
    if as_json:
        emit(found)
    else:
        _print_act(found)
    counts = found["counts"]
    if counts.get("left_out") or counts.get("kept"):
        return PARTLY
    return 0 if counts.get("changed") or counts.get("undone") else NOTHING


def _print_act(found: dict[str, Any]) -> None:
    counts = ", ".join(
        f"{count} {outcome.replace('_', ' ')}"
        for outcome, count in found["counts"].items()
    )
    print(printable(f"{found['id']}  {found['state']}  {_what(found)}: {counts}"))
    for item in found["named"]:
        why = WHY.get(item["why"], item["why"])
        print(printable(f"{item['outcome'].replace('_', ' ')}: {item['id']}  {why}"))


def _what(found: dict[str, Any]) -> str:
    if rule := found["rule"]:
        return f"confirm {rule['field']} of {rule['rule']}"
    return ", ".join(
        f"{c['kind']} {c['field']}{'=' if c['value'] else ''}{c['value']}"
        for c in found["changes"]
    )
