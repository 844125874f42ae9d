"""`hold`."""

from typing import Any

import click

from recordsvc.cli.door import (
    Door,
    emit,
    table,
)
from recordsvc.services.context import Context


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
