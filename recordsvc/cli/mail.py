"""`mail`: the letters that the service writes, and what became of them."""

from typing import Any

import click

from recordsvc.cli.door import Door, emit, table
from recordsvc.services.context import Context


@click.group("mail")
def mail_command() -> None:
    """Letters to the owners of accounts: reminders and notices."""


@mail_command.command("list")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def list_letters(door: Door, as_json: bool) -> int:  # noqa: FBT001 - click's
    """List the letters of the last 30 days, and those that were parked.

    A letter that no server took in four attempts is parked with the reason.

    Example: recordsvc mail list --json
    """
    from recordsvc.services.letters import every_letter

    def work(ctx: Context) -> list[dict[str, Any]]:
        return [
            {
                "id": letter.id,
                "kind": str(letter.kind),
                "login": letter.login,
                "written_at": letter.written_at.isoformat(),
                "state": str(letter.state),
                "attempts": letter.attempts,
                "error": letter.error,
            }
            for letter in every_letter(ctx)
        ]

    found = door.view(work)
    if as_json:
        emit({"letters": found, "server": door.settings.smtp_host or None})
        return 0
    if not door.settings.smtp_host:
        door.say("no mail server is set (recordsvc.smtp_host): nothing is sent")
    table(
        (one["id"], one["state"], one["kind"], one["login"], one["error"] or "")
        for one in found
    )
    return 0


@mail_command.command("retry")
@click.argument("letter_id", metavar="ID")
@click.pass_obj
def retry_letter(door: Door, letter_id: str) -> int:
    """Let a parked letter be sent after all.

    Example: recordsvc mail retry 9c1e…
    """
    from recordsvc.services.letters import retry

    door.run(lambda ctx: retry(ctx, letter_id))
    print(f"waiting {letter_id}")
    return 0
