"""`harvest` and `adopt`."""

import re
from typing import Any

import click

from recordsvc.cli.door import PARTLY, Door, emit, emit_line, printable
from recordsvc.services.errors import InvalidRequest
from recordsvc.settings import ACCESS_LEVELS

_SINCE = re.compile(r"\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2}Z)?\Z", re.ASCII)


@click.command("harvest")
@click.argument("url", metavar="URL")
@click.option("--set", "set_spec", metavar="S", default="", help="One set only.")
@click.option(
    "--from",
    "since",
    metavar="D",
    default="",
    help="What changed since this day; else since the last harvest.",
)
@click.option(
    "--prefix",
    default="oai_dc",
    show_default=True,
    help="Form of metadata: oai_dc, mods or another that holds one of them.",
)
@click.option(
    "--licence",
    default="",
    help="What may be done with records that do not say so themselves.",
)
@click.option("--access", type=click.Choice(ACCESS_LEVELS), help="Who may see them.")
@click.option(
    "--pause",
    "pause_s",
    default=0.5,
    show_default=True,
    type=click.FloatRange(min=0),
    help="Seconds between two requests.",
)
@click.option("--dry-run", is_flag=True, help="Say what would happen.")
@click.option("--json", "as_json", is_flag=True, help="The numbers as JSON.")
@click.option("--jsonl", is_flag=True, help="One JSON object a record.")
@click.pass_obj
def harvest_command(door: Door, /, url: str, **options: Any) -> int:
    """Harvest another parliament's repository over OAI-PMH, as foreign records.

    They are marked as theirs, with source and licence, and are no records of the House:
    no class, no retention, until somebody adopts one. The next harvest takes what
    changed since; one that was stopped goes on where it was.

    Example: recordsvc harvest https://repository.example/oai --set acts
    """
    from recordsvc.jobs.harvesting import Harvester, HarvestOptions
    from recordsvc.jobs.oaiclient import Politeness

    if options["since"] and not _SINCE.match(options["since"]):
        raise InvalidRequest("--from takes YYYY-MM-DD or YYYY-MM-DDThh:mm:ssZ")

    def tell(line: dict[str, Any]) -> None:
        if options["jsonl"]:
            emit_line(line)
        elif not options["as_json"]:
            parts = (line["outcome"], line["id"] or "", line["identifier"])
            print(printable("  ".join(filter(None, parts))), flush=True)

    settings = door.settings
    with door.archive() as (service, actor):
        chosen = HarvestOptions(
            prefix=options["prefix"],
            set_spec=options["set_spec"],
            since=options["since"],
            licence=options["licence"],
            access=options["access"] or settings.default_access,
            politeness=Politeness(
                pause_s=options["pause_s"],
                private_hosts=frozenset(settings.harvest_private_hosts.split()),
            ),
            dry_run=options["dry_run"],
        )
        harvester = Harvester(service, actor, url, chosen, report=tell, say=door.say)
        summary = harvester.run()
    if options["jsonl"]:
        emit_line({"summary": dict(summary)})
    elif options["as_json"]:
        emit({"summary": dict(summary)})
    else:
        counted = ", ".join(f"{n} {name}" for name, n in summary.items() if n)
        print(counted or "nothing new")
    return PARTLY if summary["faulty"] else 0


@click.command("adopt")
@click.argument("record_ids", nargs=-1, required=True, metavar="ID...")
@click.option("--reason", required=True)
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def adopt_command(
    door: Door,
    record_ids: tuple[str, ...],
    reason: str,
    as_json: bool,  # noqa: FBT001 - click's
) -> int:
    """Make harvested records records of the House; then they may have a class.

    Example: recordsvc adopt 5f0c… --reason "laid before the House"
    """
    from recordsvc.services import foreign

    def work(ctx: Any) -> None:
        for record_id in record_ids:
            foreign.adopt(ctx, record_id, reason)

    door.run_and_index(work)
    if as_json:
        emit({"adopted": list(record_ids)})
    else:
        for record_id in record_ids:
            print(f"record {record_id} is a record of the House now")
    return 0
