"""`retention openings | open | reviews | reviewed`: the clocks beside disposal."""

import click

from recordsvc.cli.door import NOTHING, Door, counted, emit, parse_day, table
from recordsvc.services.context import Context
from recordsvc.services.errors import NothingToDo


@click.command("openings")
@click.option("--on", metavar="DATE")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def openings_command(door: Door, on: str | None, as_json: bool) -> int:  # noqa: FBT001 - click's
    """List the closed records that may be opened to readers by a day.

    Example: recordsvc retention openings --on 2027-01-01
    """
    from recordsvc.services.retention.opening import openings

    day = parse_day(on)
    found = door.view(lambda ctx: openings(ctx, day))
    if as_json:
        emit(found)
        return 0
    print(f"to be opened by {found['on']}: {counted(len(found['items']), 'record')}")
    table((i["opens_on"], i["rule"], i["id"], i["title"]) for i in found["items"])
    return 0


@click.command("open")
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def open_command(door: Door, ids: tuple[str, ...], as_json: bool) -> int:  # noqa: FBT001 - click's
    """Open records to readers whose closure has run out: all of them, or none.

    Example: recordsvc retention open 5f0c… 77ab…
    """
    from recordsvc.services.retention.opening import open_record

    def work(ctx: Context) -> list[str]:
        opened = []
        for record_id in ids:
            try:
                open_record(ctx, record_id)
            except NothingToDo:
                continue
            opened.append(record_id)
        return opened

    opened = door.run_and_index(work)
    if as_json:
        emit({"opened": opened})
    else:
        print(f"{len(opened)} of {len(ids)} records opened")
    return 0 if opened else NOTHING


@click.command("reviews")
@click.option("--on", metavar="DATE")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def reviews_command(door: Door, on: str | None, as_json: bool) -> int:  # noqa: FBT001 - click's
    """List the vital records that are to be reviewed by a day.

    Example: recordsvc retention reviews
    """
    from recordsvc.services.retention.reviewing import reviews

    day = parse_day(on)
    found = door.view(lambda ctx: reviews(ctx, day))
    if as_json:
        emit(found)
        return 0
    overdue = sum(item["overdue"] for item in found["items"])
    print(
        f"to be reviewed by {found['on']}: "
        f"{counted(len(found['items']), 'vital record')}, {overdue} of them overdue"
    )
    table((i["review_on"], i["period"], i["id"], i["title"]) for i in found["items"])
    return 0


@click.command("reviewed")
@click.argument("record_id", metavar="ID")
@click.option("--on", metavar="DATE", help="The day of the review; default today.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def reviewed_command(door: Door, record_id: str, on: str | None, as_json: bool) -> int:  # noqa: FBT001 - click's
    """Note that a vital record was reviewed; its next review is counted from there.

    Example: recordsvc retention reviewed 5f0c…
    """
    from recordsvc.services.retention.reviewing import mark_reviewed

    day = parse_day(on)

    def work(ctx: Context) -> dict[str, str | None]:
        record = mark_reviewed(ctx, record_id, day)
        following = record.review_on
        return {
            "id": record.id,
            "reviewed_on": str(record.reviewed_on),
            "review_on": following.isoformat() if following is not None else None,
        }

    found = door.run_and_index(work)
    if as_json:
        emit(found)
    else:
        print(f"reviewed on {found['reviewed_on']}; next by {found['review_on']}")
    return 0
