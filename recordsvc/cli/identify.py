"""`identify`."""

from typing import Any

import click

from recordsvc.cli.door import Door, emit, emit_line, printable


@click.command("identify")
@click.argument("record_ids", nargs=-1, metavar="[ID]...")
@click.option("--all", "everything", is_flag=True, help="Every record you may read.")
@click.option("--update", is_flag=True, help="Write what is known now, an event each.")
@click.option("--json", "as_json", is_flag=True)
@click.option("--jsonl", is_flag=True, help="One JSON object a difference.")
@click.pass_obj
def identify_command(door: Door, /, record_ids: tuple[str, ...], **options: Any) -> int:
    """Identify the formats of kept files anew and report what differs.

    The stored PRONOM identifier and version of the signatures are compared with what
    the signatures of this release say. Nothing changes without --update.

    Example: recordsvc identify --all --jsonl
    """
    from recordsvc.jobs.indexer import Indexer
    from recordsvc.jobs.reidentification import Reidentification

    if bool(record_ids) == options["everything"]:
        raise click.UsageError("name the records by one of: ID..., --all")
    differences: list[dict[str, Any]] = []

    def tell(line: dict[str, Any]) -> None:
        if options["as_json"]:
            differences.append(line)
        elif options["jsonl"]:
            emit_line(line)
        else:
            before, now = line["before"]["puid"] or "-", line["now"]["puid"] or "-"
            name = line["now"]["format"] or "unknown"
            parts = (line["outcome"], line["id"], f"{before} -> {now}", name)
            print(printable("  ".join(parts)), flush=True)

    with door.archive() as (service, actor):
        run = Reidentification(service, actor, update=options["update"], report=tell)
        summary = dict(run.run(record_ids or None))
        if summary.get("updated"):
            with Indexer(service) as indexer:
                indexer.catch_up()
    if options["as_json"]:
        emit({"differences": differences, "summary": summary})
    elif options["jsonl"]:
        emit_line({"summary": summary})
    else:
        print(", ".join(f"{n} {name}" for name, n in summary.items() if n) or "no file")
    return 0
