"""`retention keep | shorten | confirm | refuse | justify | manual`: manual dates."""

from collections.abc import Callable
from typing import Any

import click

from recordsvc.cli.door import Door, counted, emit, parse_day, printable, table
from recordsvc.services.context import Context
from recordsvc.services.errors import InvalidRequest


def _done(
    door: Door, record_id: str, act: Callable[[Context], Any], *, as_json: bool
) -> int:
    """Do an act and tell how the record stands after it."""
    from recordsvc.services.retention.retaining import explain

    def work(ctx: Context) -> dict[str, Any]:
        act(ctx)
        found = explain(ctx, record_id)
        names = ("id", "state", "due_on", "manual", "shortening")
        return {name: found.get(name) for name in names}

    found = door.run_and_index(work)
    if as_json:
        emit(found)
        return 0
    manual, proposed = found["manual"], found["shortening"]
    print(f"{record_id}: {found['state']}, due {found['due_on'] or 'on no day'}")
    if manual:
        print(
            f"  kept by hand until {manual['until']}, to be justified anew by "
            f"{manual['justify_by']}"
        )
    if proposed:
        print(
            f"  {proposed['by']} proposes {proposed['until'] or 'no manual date'}; "
            "another person confirms it: recordsvc retention confirm"
        )
    return 0


@click.command("keep")
@click.argument("record_id", metavar="ID")
@click.option("--until", metavar="DATE", required=True)
@click.option("--reason", required=True)
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def keep_command(
    door: Door,
    record_id: str,
    until: str,
    reason: str,
    as_json: bool,  # noqa: FBT001 - click's
) -> int:
    """Keep a record until a later day than its schedule says.

    Example: recordsvc retention keep 5f0c… --until 2040-01-01 --reason "an inquiry"
    """
    from recordsvc.services.retention.manualdates import keep

    parse_day(until)
    return _done(
        door,
        record_id,
        lambda ctx: keep(ctx, record_id, until, reason),
        as_json=as_json,
    )


@click.command("shorten")
@click.argument("record_id", metavar="ID")
@click.option("--until", metavar="DATE", help="The earlier day.")
@click.option("--remove", is_flag=True, help="Take the manual date away.")
@click.option("--reason", required=True)
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def shorten_command(door: Door, /, record_id: str, **options: Any) -> int:
    """Propose an earlier manual date; nothing changes before another confirms it.

    Example: recordsvc retention shorten 5f0c… --remove --reason "the inquiry has ended"
    """
    from recordsvc.services.retention.manualdates import propose_shortening

    until, reason = options["until"], options["reason"]
    if bool(until) == options["remove"]:
        raise InvalidRequest("give either --until DATE or --remove")
    parse_day(until)
    return _done(
        door,
        record_id,
        lambda ctx: propose_shortening(ctx, record_id, until, reason),
        as_json=options["as_json"],
    )


@click.command("confirm")
@click.argument("record_id", metavar="ID")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def confirm_command(door: Door, record_id: str, as_json: bool) -> int:  # noqa: FBT001 - click's
    """Confirm, as a second person, that a manual date becomes earlier.

    Example: recordsvc retention confirm 5f0c…
    """
    from recordsvc.services.retention.manualdates import confirm_shortening

    return _done(
        door,
        record_id,
        lambda ctx: confirm_shortening(ctx, record_id),
        as_json=as_json,
    )


@click.command("refuse")
@click.argument("record_id", metavar="ID")
@click.option("--reason", required=True)
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def refuse_command(door: Door, record_id: str, reason: str, as_json: bool) -> int:  # noqa: FBT001 - click's
    """Refuse a proposal to make a manual date earlier, or take one's own back.

    Example: recordsvc retention refuse 5f0c… --reason "the inquiry goes on"
    """
    from recordsvc.services.retention.manualdates import refuse_shortening

    return _done(
        door,
        record_id,
        lambda ctx: refuse_shortening(ctx, record_id, reason),
        as_json=as_json,
    )


@click.command("justify")
@click.argument("record_id", metavar="ID")
@click.option("--reason", required=True)
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def justify_command(door: Door, record_id: str, reason: str, as_json: bool) -> int:  # noqa: FBT001 - click's
    """Say why a manual date is still needed; the clock for it begins anew.

    Example: recordsvc retention justify 5f0c… --reason "the appeal is pending"
    """
    from recordsvc.services.retention.manualdates import justify

    return _done(
        door,
        record_id,
        lambda ctx: justify(ctx, record_id, reason),
        as_json=as_json,
    )


@click.command("manual")
@click.option(
    "--all", "every", is_flag=True, help="Also those not to be justified yet."
)
@click.option("--limit", type=click.IntRange(1, 10_000), default=1000)
@click.option("--cursor", default="", help="Where the page before ended.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def manual_command(door: Door, /, **options: Any) -> int:
    """List manual dates to be justified anew, and proposals that wait for a second.

    Example: recordsvc retention manual
    """
    from recordsvc.services.retention.manualview import manual_dates

    found = door.view(
        lambda ctx: manual_dates(
            ctx,
            every=options["every"],
            limit=options["limit"],
            cursor=options["cursor"],
        )
    )
    if options["as_json"]:
        emit(found)
        return 0
    overdue = sum(item["overdue"] for item in found["items"])
    print(f"to be justified by {found['on']}: {counted(overdue, 'manual date')}")
    table((i["justify_by"], i["until"], i["id"], i["title"]) for i in found["items"])
    if found["shortenings"]:
        print(f"{counted(len(found['shortenings']), 'proposal')} to be confirmed:")
        table(
            (s["until"] or "no date", s["by"], s["id"], printable(s["reason"]))
            for s in found["shortenings"]
        )
    if "cursor" in found:
        print(f"more: --cursor {found['cursor']}")
    return 0


COMMANDS = (
    keep_command,
    shorten_command,
    confirm_command,
    refuse_command,
    justify_command,
    manual_command,
)
