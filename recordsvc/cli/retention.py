"""`retention`."""

import sys
from pathlib import Path
from typing import Any

import click

from recordsvc.cli.clocks import (
    open_command,
    openings_command,
    reviewed_command,
    reviews_command,
)
from recordsvc.cli.door import (
    PARTLY,
    Door,
    emit,
    parse_day,
    printable,
    table,
)
from recordsvc.cli.manualdates import COMMANDS
from recordsvc.services.errors import NotFound


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
    from recordsvc.services.retention.retaining import explain as explained

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
    for appraisal in found.get("appraisals", []):
        until = f" until {appraisal['until']}" if appraisal["until"] else ""
        asked = appraisal["proposed_by"]
        proposed = f", proposed by {asked}" if asked else ""
        print(
            f"  appraised on {appraisal['on']} by {appraisal['by']}{proposed}: "
            f"{appraisal['verdict']}{until} ({printable(appraisal['reason'])})"
        )
    if found.get("manual"):
        print(
            f"  the manual date is to be justified anew by "
            f"{found['manual']['justify_by']}"
        )
    if found.get("shortening"):
        proposal = found["shortening"]
        print(
            f"  {proposal['by']} proposes {proposal['until'] or 'no manual date'} "
            f"({printable(proposal['reason'])}); another confirms it"
        )
    if found.get("error"):
        print(f"  {found['error']}")
    return 0


@retention_command.command("due")
@click.option("--on", metavar="DATE")
@click.option("--limit", type=click.IntRange(1, 10_000), default=1000)
@click.option("--cursor", default="", help="Where the page before ended.")
@click.option("--exceptions", is_flag=True, help="Only what something is wrong with.")
@click.option("--json", "as_json", is_flag=True, help="One page, as JSON.")
@click.pass_obj
def due(door: Door, /, **options: Any) -> int:
    """List what is due, what cannot be judged, and the next date.

    Example: recordsvc retention due --on 2027-01-01
    """
    from recordsvc.cli.duelist import DueList

    listing = DueList(
        door,
        parse_day(options["on"]),
        limit=options["limit"],
        cursor=options["cursor"],
        only_exceptions=options["exceptions"],
    )
    if options["as_json"]:
        emit(listing.page())
    else:
        listing.show()
    return 0


@retention_command.command("exceptions")
@click.option("--limit", type=click.IntRange(1, 10_000), default=1000)
@click.option("--cursor", default="", help="Where the page before ended.")
@click.option("--json", "as_json", is_flag=True, help="One page, as JSON.")
@click.pass_obj
def exceptions(door: Door, limit: int, cursor: str, as_json: bool) -> int:  # noqa: FBT001 - click's
    """List what never becomes due, maximums overdue or refused, far triggers.

    Example: recordsvc retention exceptions
    """
    from recordsvc.cli.duelist import DueList

    listing = DueList(door, None, limit=limit, cursor=cursor, only_exceptions=True)
    if as_json:
        emit(listing.page())
    else:
        listing.show()
    return 0


@retention_command.command("forecast")
@click.option("--years", type=click.IntRange(1, 100), default=10)
@click.option("--by", "unit", type=click.Choice(["year", "month"]), default="year")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def forecast(door: Door, years: int, unit: str, as_json: bool) -> int:  # noqa: FBT001 - click's
    """Count what falls due in the years to come, by what is to be done.

    Example: recordsvc retention forecast --years 10
    """
    from recordsvc.cli.duelist import forecast_rows
    from recordsvc.services.retention.forecasting import forecast as forecast_of

    with door.settled() as (service, actor):
        found = service.view(
            actor, lambda ctx: forecast_of(ctx, years=years, unit=unit).as_mapping()
        )
    if as_json:
        emit(found)
    else:
        print(f"due from {found['on']} to {found['until']}")
        table(forecast_rows(found))
    return 0


@retention_command.command("evaluate")
@click.argument("cases", default="-", metavar="[CASES.jsonl|-]")
def evaluate(cases: str) -> int:
    """Decide cases given as JSON, one a line; no store is needed.

    Example: recordsvc retention evaluate cases.jsonl
    """
    from recordsvc.services.retention.evaluation import evaluate_lines

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


for command in (
    openings_command,
    open_command,
    reviews_command,
    reviewed_command,
    *COMMANDS,
):
    retention_command.add_command(command)
