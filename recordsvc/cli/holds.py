"""`hold`: place, look at, review and lift."""

import sys
from datetime import UTC, datetime
from typing import Any

import click

from recordsvc.cli.door import (
    PARTLY,
    Door,
    counted,
    emit,
    parse_day,
    printable,
    table,
)
from recordsvc.services.context import Context


@click.group("hold")
def hold_command() -> None:
    """Keep what is under a hold from disposal and from change."""


@hold_command.command("place")
@click.option("--title", required=True)
@click.option("--mandate", required=True, help="Who orders it, on what ground.")
@click.option("--query", help="Every record the query finds, also those to come.")
@click.option("--id", "ids", multiple=True, metavar="ID", help="A record; repeatable.")
@click.option("--class", "code", help="Every record of a class and those below.")
@click.option("--aggregation", metavar="ID", help="Every record of a dossier.")
@click.option("--review", metavar="DATE", help="When somebody looks at it again.")
@click.option("--kind", default="", help="Such as litigation, inquiry or audit.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def hold_place(door: Door, /, **options: Any) -> int:
    """Place a hold; it binds from now on, whatever has been decided before.

    Example: recordsvc hold place --title "Inquiry 7" --mandate "Order 12" --id 5f0c…
    """
    from recordsvc.cli.querying import query_refused
    from recordsvc.search.query import QuerySyntaxError

    try:
        found = _placed(door, options)
    except QuerySyntaxError as error:
        return query_refused(error, as_json=options["as_json"])
    if options["as_json"]:
        emit(found)
    else:
        print(f"hold {found['id']} lies on {counted(found['records'], 'record')}")
        if found["note"]:
            print(found["note"])
    for record_id in found["gone"]:
        print(f"recordsvc: destroyed already: {record_id}", file=sys.stderr)
    return PARTLY if found["gone"] else 0


def _placed(door: Door, options: dict[str, Any]) -> dict[str, Any]:
    """Place the hold, make its links, and bring search up to date."""
    from recordsvc.jobs.holdlinks import spread_hold
    from recordsvc.jobs.indexer import Indexer
    from recordsvc.services.disposal.holding import HoldOrder, place

    parse_day(options["review"])
    scope, target = _scope(options)
    order = HoldOrder(
        title=options["title"],
        mandate=options["mandate"],
        scope=scope,
        target=target,
        record_ids=tuple(options["ids"]),
        kind=options["kind"],
        review_on=options["review"] or "",
    )

    def work(ctx: Context) -> dict[str, Any]:
        made = place(ctx, order)
        return {
            "id": made.hold.id,
            "records": made.records,
            "gone": list(made.gone),
            "note": made.note,
        }

    with door.archive() as (service, actor), Indexer(service) as indexer:
        # Nothing is waited for before it lies: an index that is late takes no part.
        found = service.run(actor, work)
        spread_hold(service, found["id"])
        indexer.catch_up()
    return found


def _scope(options: dict[str, Any]) -> tuple[str, str]:
    """Return the one scope that was given, and what it is laid on."""
    from recordsvc.services.disposal import holdscope

    chosen = [
        (scope, options[name])
        for scope, name in (
            (holdscope.BY_QUERY, "query"),
            (holdscope.BY_CLASS, "code"),
            (holdscope.BY_AGGREGATION, "aggregation"),
        )
        if options[name] is not None
    ]
    if options["ids"]:
        chosen.append((holdscope.BY_LIST, ""))
    if len(chosen) != 1:
        raise click.UsageError("give one of --query, --id, --class and --aggregation")
    return chosen[0]


@hold_command.command("lift")
@click.argument("hold_id", metavar="ID")
@click.option("--reason", required=True)
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def hold_lift(door: Door, hold_id: str, reason: str, as_json: bool) -> int:  # noqa: FBT001 - click's
    """Lift a hold.

    Example: recordsvc hold lift 9c1e… --reason "Inquiry 7 has reported"
    """
    from recordsvc.jobs.holdlinks import spread_hold
    from recordsvc.jobs.indexer import Indexer
    from recordsvc.services.disposal.holding import lift_hold

    with door.archive() as (service, actor):
        count = service.run(actor, lambda ctx: lift_hold(ctx, hold_id, reason))
        spread_hold(service, hold_id)
        with Indexer(service) as indexer:
            indexer.catch_up()
    if as_json:
        emit({"id": hold_id, "records": count})
    else:
        print(f"lifted from {counted(count, 'record')}")
    return 0


@hold_command.command("list")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def hold_list(door: Door, as_json: bool) -> int:  # noqa: FBT001 - click's
    """List the holds, lifted ones too, the newest first.

    Example: recordsvc hold list
    """
    from recordsvc.services.disposal.holdview import hold_list as listed

    found = door.view(listed)
    if as_json:
        emit({"holds": found})
        return 0
    table(
        (
            h["id"],
            _standing(h),
            counted(h["records"], "record"),
            f"review on {h['review_on']}" if h["active"] and h["review_on"] else "",
            h["title"],
        )
        for h in found
    )
    return 0


def _standing(hold: dict[str, Any]) -> str:
    if not hold["active"]:
        return "lifted"
    return "review is due" if hold["review_due"] else "active"


@hold_command.command("show")
@click.argument("hold_id", metavar="ID")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def hold_show(door: Door, hold_id: str, as_json: bool) -> int:  # noqa: FBT001 - click's
    """Show a hold and the records under it.

    Example: recordsvc hold show 9c1e…
    """
    from recordsvc.services.disposal.holdview import hold_detail

    found = door.view(lambda ctx: hold_detail(ctx, hold_id))
    if as_json:
        emit(found)
        return 0
    print(printable(f"hold {found['id']}: {_standing(found)}, {found['title']}"))
    for name in ("mandate", "kind", "scope", "target", "placed_by", "placed_at"):
        _print_line(name, found[name])
    for name in ("review_on", "lifted_by", "lifted_at", "reason"):
        _print_line(name, found[name])
    for look in found["reviews"]:
        text = f"looked at on {look['on']} by {look['by']}, kept until {look['until']}"
        print(printable(f"  {text}: {look['reason']}"))
    if found["pending"]:
        print(f"  {found['pending']} more are linked in the background")
    table((record["id"], record["title"]) for record in found["held"])
    return 0


def _print_line(name: str, value: Any) -> None:
    if isinstance(value, datetime):
        value = f"{value.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    if value:
        print(printable(f"  {name.replace('_', ' ')}: {value}"))


@hold_command.command("review")
@click.argument("hold_id", metavar="ID")
@click.option("--until", required=True, metavar="DATE", help="The next review.")
@click.option("--reason", required=True, help="Why it is still needed.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def hold_review(
    door: Door,
    hold_id: str,
    until: str,
    reason: str,
    as_json: bool,  # noqa: FBT001 - click's
) -> int:
    """Say that a hold was looked at and is still needed.

    Example: recordsvc hold review 9c1e… --until 2028-01-01 --reason "appeal pending"
    """
    from recordsvc.services.disposal.holding import postpone_review
    from recordsvc.services.disposal.holdview import hold_mapping

    found = door.run(
        lambda ctx: hold_mapping(ctx, postpone_review(ctx, hold_id, until, reason))
    )
    if as_json:
        emit(found)
    else:
        print(f"hold {hold_id} is to be looked at again on {found['review_on']}")
    return 0
