"""`capture`."""

import click

from recordsvc.cli.door import Door, emit


@click.group("capture")
def capture_command() -> None:
    """Take back what was captured by mistake."""


@capture_command.command("undo")
@click.argument("record_id", metavar="ID")
@click.option("--reason", required=True)
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def undo(door: Door, record_id: str, reason: str, as_json: bool) -> int:  # noqa: FBT001 - click's
    """Undo a capture of your own, within seven days and before it is declared.

    The bytes go and are proved gone; the event stays.

    Example: recordsvc capture undo 5f0c… --reason "the wrong folder"
    """
    from recordsvc.jobs.disposal import finish_removal
    from recordsvc.services.disposal.removing import undo_capture

    with door.archive() as (service, actor):
        finish_removal(service, actor, lambda ctx: undo_capture(ctx, record_id, reason))
    if as_json:
        emit({"id": record_id, "state": "destroyed"})
    else:
        print(f"record {record_id} is gone; its tombstone says why")
    return 0
