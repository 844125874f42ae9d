"""`sidecar`."""

import click

from recordsvc.cli.door import Door
from recordsvc.services.context import Context


@click.command("sidecar")
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
@click.option(
    "--as",
    "form",
    type=click.Choice(("csv", "json", "xml")),
    default="csv",
    help="Which form of sidecar; csv without it.",
)
@click.pass_obj
def sidecar_command(door: Door, ids: tuple[str, ...], form: str) -> int:
    """Write what is said of records as a sidecar, for `ingest --metadata` elsewhere.

    The column file has the name under which the original came.

    Example: recordsvc sidecar 5f0c… --as xml
    """
    from recordsvc.services.access import record_for
    from recordsvc.services.errors import Gone
    from recordsvc.services.sidecarfiles import write_sidecar
    from recordsvc.services.sidecars import sidecar_of

    def work(ctx: Context) -> list[tuple[str, dict[str, str]]]:
        found = []
        for record_id in ids:
            record = record_for(ctx, record_id)
            if record.is_destroyed:
                raise Gone(f"record {record_id} was destroyed")
            name = record.files[0].name if record.files else record.id
            found.append((name, sidecar_of(record)))
        return found

    click.echo(write_sidecar(form, door.view(work)), nl=False)
    return 0
