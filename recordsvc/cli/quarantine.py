"""`quarantine`: the files that could not be read, and what is done with them."""

from typing import Any

import click

from recordsvc.cli.door import (
    NOTHING,
    PARTLY,
    Door,
    counted,
    emit,
    emit_line,
    printable,
    read_text,
)
from recordsvc.services.context import Context

KINDS = ("encrypted", "too-large", "infected", "broken", "unknown")
_kind = click.option("--kind", type=click.Choice(KINDS), help="All of this kind.")


@click.group("quarantine")
def quarantine_command() -> None:
    """See to the files that could not be read."""


@quarantine_command.command("list")
@_kind
@click.option("--intake", default="", metavar="ID", help="Only of this intake.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def list_command(door: Door, kind: str | None, intake: str, as_json: bool) -> int:  # noqa: FBT001 - click's
    """Show each file with the tool's output and what to do about it.

    Example: recordsvc quarantine list --kind encrypted
    """
    from recordsvc.services.triage.failures import failures

    found = door.view(lambda ctx: failures(ctx, kind or "", intake))
    if as_json:
        emit(found)
        return 0
    for file in found["files"]:
        print(printable(f"{file['id']}  {file['kind']}  {file['name']}"))
        for line in (*file["output"], *filter(None, [file["error"]])):
            print(printable(f"  {line}"))
        suggestion = file["suggestion"].replace(" ID ", f" {file['id']} ")
        print(printable(f"  {suggestion}"))
    print(f"{counted(len(found['files']), 'file')} in quarantine")
    return 0


@quarantine_command.command("retry")
@click.argument("ids", nargs=-1, metavar="[ID...]")
@_kind
@click.option(
    "--password-file",
    metavar="FILE",
    help="Its first line opens the file; it is used once and kept nowhere.",
)
@click.option("--seconds", type=int, default=0, help="Instead of 20 s a file.")
@click.option("--megabytes", type=int, default=0, help="Instead of 768 MB of memory.")
@click.option("--json", "as_json", is_flag=True, help="One object a file.")
@click.pass_obj
def retry_command(door: Door, /, ids: tuple[str, ...], **options: Any) -> int:
    """Read files once more, in the same isolation.

    Example: recordsvc quarantine retry 5f0c… --password-file /run/password

    Example: recordsvc quarantine retry --kind too-large --seconds 120
    """
    from recordsvc.jobs.indexer import Indexer
    from recordsvc.jobs.quarantine import Patience, retry
    from recordsvc.services.access import authorize

    password = ""
    if options["password_file"]:
        password = read_text(options["password_file"]).partition("\n")[0].rstrip("\r")
    patience = Patience(
        seconds=options["seconds"], megabytes=options["megabytes"], password=password
    )

    def report(line: dict[str, Any]) -> None:
        if options["as_json"]:
            emit_line(line)
        else:
            said = line.get("error") or " ".join(line.get("output", ()))
            print(printable(f"{line['id']}  {line['status']}  {said}".rstrip()))

    with door.archive() as (service, actor):
        service.view(actor, lambda ctx: authorize(ctx, "quarantine.decide"))
        chosen = service.view(actor, lambda ctx: _chosen(ctx, ids, options["kind"]))
        counts = retry(service, actor, chosen, patience, report=report)
        with Indexer(service) as indexer:
            indexer.catch_up()
    if not chosen:
        door.say("nothing is in quarantine")
        return NOTHING
    return PARTLY if counts["failed"] or counts["quarantined"] else 0


def _chosen(ctx: Context, ids: tuple[str, ...], kind: str | None) -> tuple[str, ...]:
    from recordsvc.services.triage.failures import ids_of_kind

    if ids:
        if kind:
            raise click.UsageError("name files or a kind, not both")
        return ids
    if not kind:
        raise click.UsageError("name files, or a kind with --kind")
    return ids_of_kind(ctx, kind)


@quarantine_command.command("store")
@click.argument("ids", nargs=-1, metavar="[ID...]")
@_kind
@click.option("--reason", default="")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def store_command(door: Door, /, ids: tuple[str, ...], **options: Any) -> int:
    """Keep files as records without text.

    Example: recordsvc quarantine store 5f0c… --reason "a sound recording"
    """
    from recordsvc.services.triage.rereading import store_without_text

    def work(ctx: Context) -> tuple[str, ...]:
        chosen = _chosen(ctx, ids, options["kind"])
        for record_id in chosen:
            store_without_text(ctx, record_id, options["reason"])
        return chosen

    chosen = door.run_and_index(work)
    if options["as_json"]:
        emit({"stored": list(chosen)})
    else:
        print(f"{counted(len(chosen), 'file')} kept without text")
    return 0 if chosen else NOTHING


@quarantine_command.command("discard")
@click.argument("ids", nargs=-1, metavar="[ID...]")
@_kind
@click.option("--reason", required=True)
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def discard_command(door: Door, /, ids: tuple[str, ...], **options: Any) -> int:
    """Discard files that could not be read; the bytes go and are proved gone.

    Example: recordsvc quarantine discard 5f0c… --reason "a sound copy came"
    """
    from recordsvc.jobs.quarantine import discard

    with door.archive() as (service, actor):
        chosen = service.view(actor, lambda ctx: _chosen(ctx, ids, options["kind"]))
        lines = discard(service, actor, chosen, options["reason"])
    if options["as_json"]:
        emit({"files": lines})
    else:
        for line in lines:
            said = f"{line['id']}  {line['status']}  {line.get('error', '')}"
            print(printable(said.rstrip()))
    if not lines:
        return NOTHING
    return PARTLY if any(line["status"] != "discarded" for line in lines) else 0
