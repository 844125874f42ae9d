"""`event`."""

from typing import Any

import click

from recordsvc.cli.door import Door, emit, table


@click.group("event")
def event_command() -> None:
    """Events that start a clock, and the parliamentary calendar."""


@event_command.command("record")
@click.argument("kind", metavar="TYPE")
@click.argument("key")
@click.argument("day", metavar="DATE")
@click.option("--provisional", is_flag=True, help="Announced, not yet certain.")
@click.option("--jurisdiction", default="", help="Whose calendar; default our own.")
@click.option("--evidence", default="", help="Where it is written.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def event_record(door: Door, /, kind: str, key: str, day: str, **options: Any) -> int:
    """Record an event.

    The ends of sessions and legislatures (session_end, legislature_end, and what
    ends them early: prorogation, dissolution) have their number as KEY; recorded
    again they are moved or confirmed. Every other event has the number of a paper.

    Example: recordsvc event record legislature_end 58 2027-07-04 --provisional
    """
    from recordsvc.services.retention.occurrences import record_event

    event_id = door.run_settle_and_index(
        lambda ctx: record_event(
            ctx,
            kind,
            key,
            day,
            provisional=options["provisional"],
            jurisdiction=options["jurisdiction"],
            evidence=options["evidence"],
        )
    )
    emit({"id": event_id}) if options["as_json"] else print(event_id)
    return 0


@event_command.command("reverse")
@click.argument("event_id", metavar="ID")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def event_reverse(door: Door, event_id: str, as_json: bool) -> int:  # noqa: FBT001 - click's
    """Reverse an event; it stays in the store and counts no more.

    Example: recordsvc event reverse legislature_end:58
    """
    from recordsvc.services.retention.occurrences import reverse_event

    door.run_settle_and_index(lambda ctx: reverse_event(ctx, event_id))
    emit({"reversed": event_id}) if as_json else print(f"reversed {event_id}")
    return 0


@event_command.command("list")
@click.option("--key", help="A number, an ID, or the number of a session.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def event_list(door: Door, key: str | None, as_json: bool) -> int:  # noqa: FBT001 - click's
    """List the calendar and the events, reversed ones too.

    Example: recordsvc event list --key 58
    """
    from recordsvc.services.retention.occurrences import events

    found = door.view(lambda ctx: list(events(ctx, key)))
    if as_json:
        emit({"events": found})
    else:
        table(
            (event["id"], event["type"], event["key"], event["date"], _standing(event))
            for event in found
        )
    return 0


def _standing(event: dict[str, Any]) -> str:
    if event["reversed_by"] is not None:
        return "reversed"
    if not event.get("confirmed", True):
        return "provisional"
    cause = event.get("cause")
    return f"by {cause}" if cause else ""
