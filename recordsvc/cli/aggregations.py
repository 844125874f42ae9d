"""`aggregation`."""

from typing import Any

import click

from recordsvc.cli.door import NOTHING, Door, counted, emit, printable, table
from recordsvc.services.context import Context
from recordsvc.services.errors import NothingToDo

NO_TITLE = "(title not kept)"


@click.group("aggregation")
def aggregation_command() -> None:
    """Dossiers and volumes: files that are closed together."""


@aggregation_command.command("open")
@click.argument("title")
@click.option("--class", "class_code", metavar="CODE", help="Class of its records.")
@click.option("--kind", type=click.Choice(["dossier", "volume"]), default="dossier")
@click.option("--parent", metavar="ID", help="The dossier of a volume.")
@click.option("--on", metavar="DATE", help="Day of opening; default today.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def aggregation_open(door: Door, /, title: str, **options: Any) -> int:
    """Open a dossier, or a volume of one.

    Example: recordsvc aggregation open "Water Bill" --class BUS.BILL
    """
    from recordsvc.services.classification.aggregating import open_aggregation

    aggregation_id = door.run(
        lambda ctx: (
            open_aggregation(
                ctx,
                title,
                options["class_code"],
                kind=options["kind"],
                parent=options["parent"],
                on=options["on"],
            ).id
        )
    )
    if options["as_json"]:
        emit({"id": aggregation_id})
    else:
        print(aggregation_id)
    return 0


@aggregation_command.command("add")
@click.argument("aggregation_id", metavar="ID")
@click.argument("records", nargs=-1, required=True, metavar="RECORD...")
@click.option("--reason", default="", help="Needed where a record lies in another.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def aggregation_add(
    door: Door,
    aggregation_id: str,
    records: tuple[str, ...],
    reason: str,
    as_json: bool,  # noqa: FBT001 - click's
) -> int:
    """Put records into a dossier or volume: all of them, or none.

    Example: recordsvc aggregation add 90ab… 5f0c… 77ab…
    """
    from recordsvc.services.classification.aggregating import add_record

    def work(ctx: Context) -> list[str]:
        added = []
        for record_id in records:
            try:
                add_record(ctx, aggregation_id, record_id, reason=reason)
            except NothingToDo:
                continue
            added.append(record_id)
        return added

    added = door.run_and_index(work)
    if as_json:
        emit({"id": aggregation_id, "added": added})
    else:
        print(f"{len(added)} of {len(records)} records added")
    return 0 if added else NOTHING


@aggregation_command.command("close")
@click.argument("aggregation_id", metavar="ID")
@click.option("--on", metavar="DATE", help="Day of closing; default today.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def aggregation_close(
    door: Door,
    aggregation_id: str,
    on: str | None,
    as_json: bool,  # noqa: FBT001 - click's
) -> int:
    """Close a dossier or volume; the clock of its records begins.

    Example: recordsvc aggregation close 90ab… --on 2026-01-03
    """
    from recordsvc.services.classification.aggregating import close

    closed_on = door.run_settle_and_index(
        lambda ctx: close(ctx, aggregation_id, on).closed_on
    )
    if as_json:
        emit({"id": aggregation_id, "closed_on": closed_on})
    else:
        print(f"closed on {closed_on}")
    return 0


@aggregation_command.command("reopen")
@click.argument("aggregation_id", metavar="ID")
@click.option("--reason", default="", help="Why it is opened again.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def aggregation_reopen(
    door: Door,
    aggregation_id: str,
    reason: str,
    as_json: bool,  # noqa: FBT001 - click's
) -> int:
    """Reopen a file: its records wait for a new closing, and leave disposal lists.

    Example: recordsvc aggregation reopen 90ab… --reason "a late petition"
    """
    from recordsvc.services.classification.aggregating import reopen

    door.run_settle_and_index(lambda ctx: reopen(ctx, aggregation_id, reason=reason).id)
    if as_json:
        emit({"id": aggregation_id, "closed_on": None})
    else:
        print("reopened")
    return 0


@aggregation_command.command("list")
@click.option("--class", "class_code", metavar="CODE")
@click.option("--open/--closed", "is_open", default=None, help="Only those.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def aggregation_list(
    door: Door,
    class_code: str | None,
    is_open: bool | None,  # noqa: FBT001 - click's
    as_json: bool,  # noqa: FBT001 - click's
) -> int:
    """List dossiers and volumes.

    Example: recordsvc aggregation list --open
    """
    from recordsvc.services.classification.aggregations import aggregations

    found = door.view(
        lambda ctx: list(aggregations(ctx, class_code=class_code, is_open=is_open))
    )
    if as_json:
        emit({"aggregations": found})
    else:
        table(
            (
                a["id"],
                a["kind"],
                a["class"] or "no class",
                a["state"] if a["state"] != "closed" else f"closed {a['closed_on']}",
                str(a["records"]),
                a["title"] or NO_TITLE,
            )
            for a in found
        )
    return 0


@aggregation_command.command("show")
@click.argument("aggregation_id", metavar="ID")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def aggregation_show(door: Door, aggregation_id: str, as_json: bool) -> int:  # noqa: FBT001 - click's
    """Show a dossier or volume, its acts and what lies in it.

    Example: recordsvc aggregation show 90ab…
    """
    from recordsvc.services.classification.aggregations import aggregation_detail

    found = door.view(lambda ctx: aggregation_detail(ctx, aggregation_id))
    if as_json:
        emit(found)
        return 0
    closed = f"closed on {found['closed_on']}" if found["closed_on"] else "open"
    title = found["title"] or NO_TITLE
    table([(f"{found['kind']} {found['id']}: {closed}, {title}",)])
    _print_disposal(found)
    table((a["day"], a["kind"], a["login"], a["reason"]) for a in found["history"])
    table((record["id"], record["title"]) for record in found["contents"])
    return 0


def _print_disposal(found: dict[str, Any]) -> None:
    """Print what has gone from a dossier, and what stays of one that has gone."""
    stub = found["disposal"]
    if stub is None:
        if found["disposed_records"]:
            print(f"  {counted(found['disposed_records'], 'record')} disposed of")
        return
    print(f"  disposed of as a whole on {stub['on']} by {printable(stub['executor'])}")
    print(
        f"  {counted(stub['destroyed'], 'record')} destroyed, "
        f"{stub['transferred']} of them transferred before"
    )
    if not stub["finished_at"]:
        print("  not every one of them is proved gone yet; the next run tries again")
    for name in ("lists", "certificates"):
        if stub[name]:
            print(f"  {name}: {', '.join(stub[name])}")
