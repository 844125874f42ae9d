"""`classify`."""

from typing import Any

import click

from recordsvc.cli.door import NOTHING, Door, emit
from recordsvc.services.context import Context
from recordsvc.services.errors import NothingToDo


@click.command("classify")
@click.argument("words", nargs=-1, required=True, metavar="ID... CODE")
@click.option("--also", is_flag=True, help="Lay a second obligation.")
@click.option("--remove", is_flag=True, help="Take a second obligation away.")
@click.option("--citation", default="", help="The law that demands it.")
@click.option("--reason", default="", help="Needed where a record has a class already.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def classify_command(door: Door, /, words: tuple[str, ...], **options: Any) -> int:
    """Put records into a class of the file plan.

    Example: recordsvc classify 5f0c… 77ab… BUS.PQ
    """
    from recordsvc.services.classification import filing

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
                    filing.classify(ctx, record_id, code, reason=options["reason"])
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
