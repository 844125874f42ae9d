"""`audit`."""

from dataclasses import asdict
from pathlib import Path

import click

from recordsvc.cli.door import UNVERIFIED, Door, counted, emit, read_text, table
from recordsvc.services.context import Context


@click.group("audit")
def audit_command() -> None:
    """Look at the trail of all acts, which nobody can change unseen."""


@audit_command.command("list")
@click.option("--subject", metavar="ID", help="Only what was done to this.")
@click.option("--kind", metavar="K", help="Only acts of this kind, such as hold.")
@click.option("--limit", type=int, default=50, show_default=True)
@click.option("--cursor", metavar="C", help="Go on where a page has ended.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def audit_list(
    door: Door,
    subject: str | None,
    kind: str | None,
    limit: int,
    cursor: str | None,
    as_json: bool,  # noqa: FBT001 - click's
) -> int:
    """List the entries of the trail, the newest first.

    Example: recordsvc audit list --kind hold --limit 20
    """
    from recordsvc.jobs.sealer import Sealer
    from recordsvc.services.audit.auditing import Page, entries_page
    from recordsvc.services.errors import Temporary, VerificationFailed

    def work(ctx: Context) -> Page:
        return entries_page(ctx, subject=subject, kind=kind, limit=limit, cursor=cursor)

    with door.archive() as (service, actor):
        try:
            with Sealer(service) as sealer:
                sealer.catch_up()
        except (Temporary, VerificationFailed) as error:
            # What is sealed can be read all the same.
            door.say(f"recordsvc: {error}")
        page = service.view(actor, work)
    if as_json:
        emit({"size": page.size, "entries": page.entries, "next": page.next_cursor})
        return 0
    table(
        (
            str(entry["seq"]),
            f"{entry['at'][:19]}Z",
            entry["kind"],
            entry["outcome"],
            entry["agent"] or "(name erased)",
            entry["subject"],
        )
        for entry in page.entries
    )
    if page.next_cursor is not None:
        door.say(f"more: --cursor {page.next_cursor}")
    return 0


@audit_command.command("verify")
@click.option(
    "--heads",
    metavar="FILE",
    multiple=True,
    help="heads.json of an earlier export, kept where no operator can change it.",
)
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def audit_verify(door: Door, heads: tuple[str, ...], as_json: bool) -> int:  # noqa: FBT001 - click's
    """Check every entry in store and file; exit 8 names the first bad one.

    The events that records tell of themselves are compared with the trail, both ways.
    Without heads from outside, whoever owns the machine could write the whole
    trail anew: keep those of each export with somebody else.

    Example: recordsvc audit verify --heads kept/heads.json
    """
    from recordsvc.jobs.audit_check import heads_in, verify_trail

    kept = tuple(head for name in heads for head in heads_in(read_text(name)))
    with door.archive() as (service, actor):
        verdict = verify_trail(service, actor, kept)
    if as_json:
        emit(asdict(verdict))
    elif verdict.valid:
        print(f"{verdict.size} entries are true; root {verdict.root}")
        events = counted(verdict.record_events, "event")
        print(f"{events} of {counted(verdict.records, 'record')} stand in the trail")
    elif verdict.first_bad is not None:
        print(f"entry {verdict.first_bad} is bad: {verdict.reason}")
    else:
        print(verdict.reason)
    for told in verdict.differences:
        print(told)
    return 0 if verdict.valid else UNVERIFIED


@audit_command.command("export")
@click.option(
    "-o",
    "--output",
    required=True,
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
)
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def audit_export(door: Door, output: Path, as_json: bool) -> int:  # noqa: FBT001 - click's
    """Write the trail, its head and a program that checks them without this one.

    Example: recordsvc audit export -o trail-2026
    """
    from recordsvc.jobs.audit_check import VERIFIER, export_trail
    from recordsvc.storage.signing import open_signing_key

    with door.archive() as (service, actor):
        key = open_signing_key(door.settings.data_dir)
        head = export_trail(service, actor, output, key)
    if as_json:
        emit(asdict(head))
    else:
        print(f"{head.size} entries in {output}; root {head.root}")
        door.say(f"check them with: python3 -I {output / VERIFIER} {output}")
    return 0


@audit_command.command("key")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def audit_key(door: Door, as_json: bool) -> int:  # noqa: FBT001 - click's
    """Print the public key that certificates, heads and the ledger are signed with.

    Publish it, and its fingerprint by another way: whoever verifies a certificate
    offline compares with it.

    Example: recordsvc audit key > parliament.pem
    """
    from recordsvc.storage.signing import open_signing_key

    with door.archive(obeys_ledger=False) as (service, _):
        key = open_signing_key(service.settings.data_dir)
    if as_json:
        emit(
            {
                "algorithm": "Ed25519",
                "key_id": key.key_id,
                "fingerprint": key.fingerprint,
                "public_key": key.public_pem,
            }
        )
    else:
        print(key.public_pem, end="")
        door.say(f"key {key.key_id}, SHA-256 fingerprint {key.fingerprint}")
    return 0


@audit_command.command("adopt-ledger")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def audit_adopt_ledger(door: Door, as_json: bool) -> int:  # noqa: FBT001 - click's
    """Sign a destruction ledger that an earlier release has written, once.

    Compare it with the copy that is kept elsewhere before. It is refused when a line
    names a record that is not destroyed here. A ledger that lines were cut off, or
    that is lost, is completed from the tombstones: only if no copy is left.

    Example: recordsvc audit adopt-ledger
    """
    from recordsvc.jobs.adopting import adopt_ledger

    with door.archive(obeys_ledger=False) as (service, actor):
        adopted = adopt_ledger(service, actor)
    if as_json:
        emit(asdict(adopted))
    else:
        print(
            f"{counted(adopted.lines, 'line')} up to {adopted.head} signed with key "
            f"{adopted.key_id}"
        )
    return 0
