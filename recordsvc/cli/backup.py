"""`backup` and `restore`."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from recordsvc.cli.door import PARTLY, Door, counted, emit, printable
from recordsvc.services.context import SYSTEM, Context
from recordsvc.services.errors import Conflict, InvalidRequest, VerificationFailed
from recordsvc.settings import Settings

if TYPE_CHECKING:
    from recordsvc.storage.backup_manifest import Manifest

MAX_REASON_CHARS = 1_000


@click.command("backup")
@click.argument("folder", metavar="DIR", type=click.Path())
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def backup_command(door: Door, folder: str, as_json: bool) -> int:  # noqa: FBT001 - click's
    """Copy store, bitstreams and keys into an empty folder, while all goes on.

    Keep it apart from the destruction ledger, of which no copy is in it.

    Example: recordsvc backup /mnt/backup/2026-03-01
    """
    from recordsvc.services.access import authorize
    from recordsvc.storage.backup import take_backup

    with door.archive() as (service, actor):
        service.view(actor, lambda ctx: authorize(ctx, "store.change"))
        taken = take_backup(
            service.settings, service.database, service.bitstreams, Path(folder)
        )
        manifest = taken.manifest

        def note(ctx: Context) -> None:
            ctx.log(ctx.root.store_id, "backup", files=manifest.files_sha256)

        service.run(actor, note)
    if as_json:
        emit({"path": str(taken.folder), **_shown(manifest)})
    else:
        print(
            f"backup in {printable(str(taken.folder))}: store of "
            f"{manifest.store_time:%Y-%m-%d %H:%M:%S} UTC, "
            f"{manifest.bitstreams} bitstreams"
        )
    for sha256 in manifest.missing:
        door.say(f"recordsvc: missing or damaged: bitstream {sha256}")
    return PARTLY if manifest.missing else 0


@click.command("restore")
@click.argument("folder", metavar="DIR", type=click.Path())
@click.option(
    "--without-ledger",
    is_flag=True,
    help="Restore although nothing says what was destroyed since the backup.",
)
@click.option("--reason", metavar="R", help="Why the ledger is missing; kept for good.")
@click.option(
    "--adopt-ledger",
    is_flag=True,
    help="Sign the ledger of a release that did not: you have compared it.",
)
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def restore_command(
    door: Door,
    folder: str,
    without_ledger: bool,  # noqa: FBT001 - click's
    reason: str | None,
    adopt_ledger: bool,  # noqa: FBT001 - click's
    as_json: bool,  # noqa: FBT001 - click's
) -> int:
    """Restore a backup where there is no store.

    Every byte of the backup is checked before anything is written. What the
    destruction ledger names is destroyed again before the store can be opened.

    Example: recordsvc restore /mnt/backup/2026-03-01
    """
    from recordsvc.storage.errors import (
        BackupDamaged,
        LedgerDamaged,
        LedgerMissing,
        StoreExists,
    )
    from recordsvc.storage.restoring import LedgerUse, restore_backup

    reason = _checked_reason(reason, without_ledger=without_ledger)
    if without_ledger and adopt_ledger:
        raise InvalidRequest("--without-ledger and --adopt-ledger exclude each other")
    use = LedgerUse.WITHOUT if without_ledger else LedgerUse.REPLAY
    settings = door.settings
    try:
        restored = restore_backup(
            Path(folder),
            settings,
            lambda uri: _made_ready(settings, uri, reason),
            ledger=LedgerUse.ADOPT if adopt_ledger else use,
        )
    except (BackupDamaged, LedgerDamaged) as error:
        raise VerificationFailed(str(error)) from error
    except LedgerMissing as error:
        raise Conflict(str(error)) from error
    except StoreExists as error:
        raise Conflict(
            f"{error}; a backup is restored only where there is no store"
        ) from error
    _make_servable(door)
    if as_json:
        emit(
            {
                **_shown(restored.manifest),
                "destroyed_again": restored.replayed,
            }
        )
    else:
        print(
            f"restored the store of {restored.manifest.store_time:%Y-%m-%d %H:%M:%S} "
            f"UTC with {restored.manifest.bitstreams} bitstreams; destroyed again: "
            f"{counted(restored.replayed, 'record')}"
        )
    return PARTLY if restored.manifest.missing else 0


def _make_servable(door: Door) -> None:
    """Write the audit file and build the search index, which no backup holds."""
    from recordsvc.jobs.indexer import Indexer
    from recordsvc.jobs.sealer import Sealer

    with door.archive() as (service, _):
        # Until its file is there again, the trail does not verify.
        with Sealer(service) as sealer:
            sealer.catch_up()
        with Indexer(service) as indexer:
            indexer.catch_up()


def _checked_reason(reason: str | None, *, without_ledger: bool) -> str | None:
    if without_ledger and not (reason or "").strip():
        raise InvalidRequest("--without-ledger needs --reason R")
    if reason is not None and not without_ledger:
        raise InvalidRequest("--reason goes with --without-ledger only")
    if reason is not None and len(reason) > MAX_REASON_CHARS:
        raise InvalidRequest(f"a reason has at most {MAX_REASON_CHARS} characters")
    return reason


def _made_ready(settings: Settings, uri: str, reason: str | None) -> int:
    """Bring a restored store to the present, before anybody can open it."""
    from recordsvc.bootstrap import Service, evolve_store
    from recordsvc.storage.database import open_database

    settings = replace(settings, store_uri=uri)
    evolve_store(settings)
    service = Service(settings, open_database(uri, outdated=True))
    try:
        count = 0
        if reason is None:
            from recordsvc.jobs.replaying import replay_ledger

            count = replay_ledger(service)
        facts = (
            {"destroyed_again": str(count)} if reason is None else {"reason": reason}
        )

        def note(ctx: Context) -> None:
            if reason is not None:
                # The ledger that the store had seen is lost; another one begins.
                ctx.root.ledger_bytes = 0
            ctx.log(ctx.root.store_id, "restore", **facts)

        service.run(SYSTEM, note)
        return count
    finally:
        service.close()


def _shown(manifest: "Manifest") -> dict[str, Any]:
    return {
        "store_id": manifest.store_id,
        "store_time": manifest.store_time,
        "made_at": manifest.made_at,
        "bitstreams": manifest.bitstreams,
        "bytes": manifest.bitstream_bytes,
        "missing": list(manifest.missing),
        "ledger_size": manifest.ledger.size,
    }
