"""`disposal`: lists, verdicts, approvals, runs, receipts and certificates."""

import sys
from datetime import date
from typing import Any

import click

from recordsvc.cli.disposallist import show_items, show_list
from recordsvc.cli.door import (
    NOTHING,
    PARTLY,
    Door,
    counted,
    emit,
    parse_day,
    printable,
    read_text,
    table,
)
from recordsvc.services.context import Context


@click.group("disposal")
def disposal_command() -> None:
    """Dispose of what is due: list, judge, approve, carry out, prove."""


@disposal_command.command("propose")
@click.option("--on", metavar="DATE", help="What is due on this day; default today.")
@click.option("--id", "ids", multiple=True, help="Only these records.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def propose(door: Door, on: str | None, ids: tuple[str, ...], as_json: bool) -> int:  # noqa: FBT001 - click's
    """Put what is due on a new list; nothing is disposed of by this.

    Example: recordsvc disposal propose --on 2027-01-01
    """
    from recordsvc.services.disposal.disposalview import list_mapping
    from recordsvc.services.disposal.disposing import propose as proposed

    day = parse_day(on)

    def work(ctx: Context) -> dict[str, Any]:
        made = proposed(ctx, day, ids)
        left_out = [{"id": i, "reason": reason} for i, reason in made.left_out]
        return list_mapping(ctx, made.list) | {"left_out": left_out}

    found = door.run_and_settle(work)
    if as_json:
        emit(found)
    else:
        print(f"list {found['id']}: {counted(len(found['items']), 'record')}")
        show_items(found)
        for one in found["left_out"]:
            print(f"left out: {one['reason']}")
    return PARTLY if ids and found["left_out"] else 0


@disposal_command.command("list")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def list_lists(door: Door, as_json: bool) -> int:  # noqa: FBT001 - click's
    """List the disposal lists, the newest first.

    Example: recordsvc disposal list
    """
    from recordsvc.services.disposal.disposalview import every_list

    found = door.view(every_list)
    if as_json:
        emit({"lists": found})
        return 0
    table(
        (
            f["id"],
            f["state"],
            f["on"],
            counted(f["count"], "record"),
            f"{len(f['approvals'])} of {f['approvals_needed']} approvals",
            f["waiting"] or "",
        )
        for f in found
    )
    return 0


@disposal_command.command("show")
@click.argument("list_id", metavar="LIST")
@click.option("--unit", default="", help="Only what this unit may judge now.")
@click.option("--mine", is_flag=True, help="Only what you may judge now.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def show(door: Door, list_id: str, unit: str, mine: bool, as_json: bool) -> int:  # noqa: FBT001 - click's
    """Show a list with every item, verdict and decision.

    Example: recordsvc disposal show 5f0c… --unit LEGAL
    """
    from recordsvc.services.access import authorize
    from recordsvc.services.disposal.disposalview import list_mapping
    from recordsvc.services.disposal.disposing import MAX_ITEMS, list_of
    from recordsvc.services.disposal.worklists import worklist

    def work(ctx: Context) -> dict[str, Any]:
        if unit or mine:
            only = "mine" if mine else ""
            return worklist(ctx, list_id, only=only, unit=unit, limit=MAX_ITEMS)
        authorize(ctx, "disposal.view")
        return list_mapping(ctx, list_of(ctx, list_id))

    show_list(door.view(work), as_json=as_json)
    return 0


@disposal_command.command("verdict")
@click.argument("list_id", metavar="LIST")
@click.option("--item", "items", multiple=True, metavar="ID")
@click.option("--all", "everything", is_flag=True, help="Every item still listed.")
@click.option("--rest", is_flag=True, help="Every item without a verdict.")
@click.option("--unit", default="", help="The unit you speak for: what waits for it.")
@click.option("--until", default="", metavar="DATE", help="Of a keep: until when.")
@click.option("--class", "code", default="", help="Of a reclassify: which class.")
@click.option("--reason", default="")
@click.option("--json", "as_json", is_flag=True)
@click.argument("verdict", metavar="VERDICT")
@click.pass_obj
def verdict(door: Door, /, list_id: str, verdict: str, **options: Any) -> int:
    """Judge items: destroy, keep, transfer, review, permanent or reclassify.

    What keeps a record takes effect at once and is final on this list. Where the
    schedule names a review route, every unit of it judges in its order.

    Example: recordsvc disposal verdict 5f0c… --item 77ab… keep --until 2030-01-01
    --reason "wanted by the inquiry"
    """
    from recordsvc.services.disposal.disposalview import list_mapping
    from recordsvc.services.disposal.disposing import list_of
    from recordsvc.services.disposal.verdicts import Ruling, rule

    chosen = [bool(options["items"]), options["everything"], options["rest"]]
    if sum(chosen) != 1:
        raise click.UsageError("give one of --item, --all and --rest")
    ruling = Ruling(
        verdict=verdict,
        until=options["until"] or options["code"],
        reason=options["reason"],
    )

    def work(ctx: Context) -> dict[str, Any]:
        rule(
            ctx,
            list_id,
            ruling,
            ids=options["items"],
            rest=options["rest"],
            unit=options["unit"],
        )
        return list_mapping(ctx, list_of(ctx, list_id))

    show_list(door.run_and_index(work), as_json=options["as_json"])
    return 0


@disposal_command.command("assign")
@click.argument("list_id", metavar="LIST")
@click.argument("unit")
@click.argument("login")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def assign(door: Door, list_id: str, unit: str, login: str, as_json: bool) -> int:  # noqa: FBT001 - click's
    """Name who judges the items of a unit.

    A unit is one of the review route of a stage, else a top class of the file plan.

    Example: recordsvc disposal assign 5f0c… BUS maria
    """
    from recordsvc.services.disposal.disposalview import list_mapping
    from recordsvc.services.disposal.disposing import assign as assigned

    found = door.run(lambda ctx: list_mapping(ctx, assigned(ctx, list_id, unit, login)))
    show_list(found, as_json=as_json)
    return 0


@disposal_command.command("approve")
@click.argument("list_id", metavar="LIST")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def approve(door: Door, list_id: str, as_json: bool) -> int:  # noqa: FBT001 - click's
    """Approve a list: neither who proposed it nor who judged it may.

    Example: recordsvc disposal approve 5f0c…
    """
    from recordsvc.services.disposal.approving import approve as approved
    from recordsvc.services.disposal.disposalview import list_mapping

    show_list(
        door.run(lambda ctx: list_mapping(ctx, approved(ctx, list_id))),
        as_json=as_json,
    )
    return 0


@disposal_command.command("abort")
@click.argument("list_id", metavar="LIST")
@click.option("--reason", default="")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def abort(door: Door, list_id: str, reason: str, as_json: bool) -> int:  # noqa: FBT001 - click's
    """Stop a list: an approved one is new again, a new one is over.

    Example: recordsvc disposal abort 5f0c… --reason "the committee asks for it"
    """
    from recordsvc.services.disposal.approving import abort as aborted
    from recordsvc.services.disposal.disposalview import list_mapping

    show_list(
        door.run(lambda ctx: list_mapping(ctx, aborted(ctx, list_id, reason))),
        as_json=as_json,
    )
    return 0


@disposal_command.command("run")
@click.option("--on", metavar="DATE", help="Default today; others in test stores only.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def run(door: Door, on: str | None, as_json: bool) -> int:  # noqa: FBT001 - click's
    """Carry out every approved list whose cooling days are over, without asking.

    Example: recordsvc disposal run
    """
    from recordsvc.jobs.disposal import run_disposal
    from recordsvc.jobs.erasing import transfers
    from recordsvc.services.disposal.runview import skipped_mapping
    from recordsvc.services.errors import NothingToDo

    asked = parse_day(on)
    with door.settled() as (service, actor):
        day = service.view(actor, lambda ctx: _run_day(ctx, asked))
        try:
            report = run_disposal(service, actor, day)
        except NothingToDo as error:
            if as_json:
                emit(service.view(actor, skipped_mapping))
            print(f"recordsvc: {error}", file=sys.stderr)
            return NOTHING
        for found in report.mapping["lists"]:
            # Where whoever carries them to the archive finds the packages.
            folder = transfers(service.settings.data_dir) / found["id"]
            found["packages"] = str(folder) if folder.is_dir() else None
    if as_json:
        emit(report.mapping)
    else:
        for found in report.mapping["lists"]:
            _print_result(found)
        for file in report.mapping["aggregations"]:
            destroyed = counted(file["destroyed"], "record")
            print(
                f"{file['kind']} {file['id']} disposed of as a whole: "
                f"{destroyed} destroyed"
            )
    return PARTLY if report.results & {"ejected", "failed_retryable"} else 0


def _print_result(found: dict[str, Any]) -> None:
    print(f"list {found['id']}: {found['state']}")
    table((i["result"], i["id"], i["reason"] or "") for i in found["items"])
    if found["certificate"]:
        print(f"certificate {found['certificate']}")
    if found["state"] == "executing" and found["packages"]:
        print(f"packages for the archive: {printable(found['packages'])}")
        print(f"its answer: recordsvc disposal receipt {found['id']} FILE.json")


def _run_day(ctx: Context, asked: date | None) -> date:
    today = ctx.today()
    if asked is None:
        return today
    if asked > today and not ctx.root.is_test:
        raise click.UsageError(f"{asked} has not come; only a test store runs ahead")
    if asked < today and not ctx.root.is_test:
        raise click.UsageError(
            f"{asked} is gone; a certificate names the day on which it was done"
        )
    return asked


@disposal_command.command("receipt")
@click.argument("list_id", metavar="LIST")
@click.argument("file", metavar="FILE.json")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def receipt(door: Door, list_id: str, file: str, as_json: bool) -> int:  # noqa: FBT001 - click's
    """Record what the archive has received; every digest must match.

    Example: recordsvc disposal receipt 5f0c… receipt.json
    """
    from recordsvc.services.disposal.transferring import record_receipt
    from recordsvc.storage.signing import open_signing_key

    content = read_text(file)
    with door.archive() as (service, actor):
        key = open_signing_key(service.settings.data_dir)
        found = service.run(
            actor, lambda ctx: record_receipt(ctx, list_id, content.encode(), key)
        )
    if as_json:
        emit(found)
    else:
        print(f"received: {counted(len(found['received']), 'record')}")
        for one in found["mismatches"]:
            print(f"not received: {one['id']}: {one['reason']}")
        print(f"certificate {found['certificate']}")
    return PARTLY if found["mismatches"] else 0


@disposal_command.command("certificate")
@click.argument("name", metavar="ID")
@click.option("--html", "as_html", is_flag=True, help="As a page for printing.")
@click.pass_obj
def certificate(door: Door, name: str, as_html: bool) -> int:  # noqa: FBT001 - click's
    """Print a certificate by its id, or the newest one of a list.

    It can be verified anywhere with exports/certificate_verifier.py and Python alone.

    Example: recordsvc disposal certificate C000001 > certificate.json
    """
    from recordsvc.services.disposal.certifying import certificate_of, page_of

    def work(ctx: Context) -> bytes:
        found = certificate_of(ctx, name)
        return page_of(found) if as_html else bytes(found.envelope)

    sys.stdout.buffer.write(door.view(work))
    sys.stdout.buffer.flush()
    return 0
