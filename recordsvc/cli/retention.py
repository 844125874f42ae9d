"""`classify`, `retention` and `event`."""

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
