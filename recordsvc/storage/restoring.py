"""Bring an installation back from a backup, without what was destroyed since."""

import contextlib
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from itertools import islice
from pathlib import Path

from recordsvc.settings import Settings
from recordsvc.storage.backup_manifest import (
    BITSTREAMS,
    DUMP_FILE,
    KEYS,
    SQLITE_FILE,
    BackupFile,
    Manifest,
    StoreKind,
    check_backup,
    files_of,
)
from recordsvc.storage.bitstreams import DirectoryBitstreams
from recordsvc.storage.database import open_database, session
from recordsvc.storage.durable import (
    PRIVATE_FILE,
    make_private_directory,
    replace_file,
    sync_directory,
    sync_file,
)
from recordsvc.storage.erasing import erase_deleted
from recordsvc.storage.errors import (
    BackupDamaged,
    LedgerMissing,
    StorageError,
    StoreExists,
)
from recordsvc.storage.leases import FileLease
from recordsvc.storage.ledger import Ledger, open_ledger
from recordsvc.storage.signing import FOLDER, known_keys, open_signing_key
from recordsvc.storage.snapshots import (
    kind_of,
    load_dump,
    snapshot_of,
    sqlite_folder,
)

BATCH = 200
# Is given the URI of the restored store, which nobody else has opened yet; returns
# how many records were destroyed again.
Replay = Callable[[str], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What a restore did.

    Parameters
    ----------
    replayed
        Records of the backup that had been destroyed since, and are again.
    """

    manifest: Manifest
    replayed: int


class LedgerUse(Enum):
    """What a restore does with the destruction ledger."""

    REPLAY = "replay"
    # A person vouches for one from before signatures: it is signed, then replayed.
    ADOPT = "adopt"
    # There is none; `replay` writes down why.
    WITHOUT = "without"


def restore_backup(
    folder: Path,
    settings: Settings,
    replay: Replay,
    *,
    ledger: LedgerUse = LedgerUse.REPLAY,
) -> Restored:
    """Restore a backup into an installation that has no store.

    Parameters
    ----------
    replay
        Is called before the store serves; must bear being called again.
    ledger
        Whether there is one, and from which time.

    Raises
    ------
    BackupDamaged
        If the backup is not as it was made; nothing was written.
    LedgerMissing, LedgerDamaged
        If there is no ledger, or not the one of this installation.
    StoreExists
        If there is a store.
    StorageError
        If the ledger of the backup had signatures, and is to be adopted.

    Notes
    -----
    The store is the last thing that appears: after a kill there is none, and the
    command is given again. In PostgreSQL its tables appear before the replay; a
    mark (``require_restored``) says so until it is done.

    The ledger is believed by the keys of the backup and of the data folder: what was
    signed with a key that is younger than the backup needs that key, or its public
    half, in the data folder.
    """
    lease = FileLease(settings.data_dir / "locks" / "restore.lock")
    if kind_of(settings.store_uri) is StoreKind.SQLITE:
        _require_no_store(sqlite_folder(settings.store_uri))
    with lease.held():
        return _restore(folder.absolute(), settings, replay, ledger)


def _restore(
    folder: Path, settings: Settings, replay: Replay, use: LedgerUse
) -> Restored:
    manifest = check_backup(folder)
    if manifest.kind is not kind_of(settings.store_uri):
        raise StorageError(
            f"the backup is of a {manifest.kind} store and zodb.uri names another kind"
        )
    _require_keys_free(folder, settings)
    ledger = open_ledger(settings)
    if use is not LedgerUse.WITHOUT:
        ledger.keys |= known_keys(folder / KEYS)
        _require_ledger(ledger, manifest, use)
    with _store_beside(folder, manifest, settings.store_uri) as uri:
        _require_store(uri, manifest, folder)
        # Also those of destroyed records: the replay learns from them what to look
        # for when it proves that nothing is left.
        _copy_bitstreams(folder, settings.bitstreams_dir)
        _copy_keys(folder, settings.data_dir / FOLDER)
        _clear_projections(settings)
        if use is LedgerUse.ADOPT:
            ledger.adopt(open_signing_key(settings.data_dir))
        replayed = replay(uri)
        if replayed:
            erase_deleted(uri)
    return Restored(manifest=manifest, replayed=replayed)


def _require_ledger(ledger: Ledger, manifest: Manifest, use: LedgerUse) -> None:
    if not ledger.exists:
        raise LedgerMissing(ledger.folder)
    if use is LedgerUse.ADOPT and manifest.ledger_signed:
        raise StorageError(
            "the ledger of this backup had signatures, so one without is not its own; "
            "put the right one in its place"
        )
    ledger.verify(manifest.ledger, takes_unsigned=use is LedgerUse.ADOPT)


@contextlib.contextmanager
def _store_beside(folder: Path, manifest: Manifest, uri: str) -> Iterator[str]:
    """Yield the URI of the restored store, then let it appear under its own."""
    if manifest.kind is StoreKind.POSTGRESQL:
        from recordsvc.storage.restoring_postgres import restored_tables

        with restored_tables(uri, manifest.files_sha256) as is_empty:
            if is_empty:
                load_dump(uri, folder / DUMP_FILE)
            yield uri
        return
    target = sqlite_folder(uri)
    _require_no_store(target)
    make_private_directory(target.parent)
    prefix = f".{target.name}.restoring."
    for left in target.parent.iterdir():
        # A killed restore left it; it never was a store.
        if left.name.startswith(prefix):
            shutil.rmtree(left)
    beside = Path(tempfile.mkdtemp(prefix=prefix, dir=target.parent))
    try:
        main = beside / Path(SQLITE_FILE).name
        shutil.copyfile(folder / SQLITE_FILE, main)
        main.chmod(PRIVATE_FILE)
        sync_file(main)
        yield f"sqlite://{beside}"
        sync_directory(beside)
        beside.rename(target)
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)
        raise
    sync_directory(target.parent)


def _require_no_store(target: Path) -> None:
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise StoreExists(str(target))


def _require_store(uri: str, manifest: Manifest, folder: Path) -> None:
    with (
        open_database(uri, outdated=True) as database,
        session(database) as opened,
    ):
        if snapshot_of(opened.root).store_id != manifest.store_id:
            raise BackupDamaged(folder, "its store is another than its manifest says")


def _copy_bitstreams(folder: Path, target: Path) -> None:
    bitstreams = DirectoryBitstreams(target)
    files = (file for file in files_of(folder) if file.folder == BITSTREAMS)
    while batch := tuple(islice(files, BATCH)):
        for file in batch:
            if bitstreams.put(folder / file.name).sha256 != file.sha256:
                raise BackupDamaged(folder, f"{file.name} changed meanwhile")
        bitstreams.sync()


def _keys_of(folder: Path) -> Iterator[tuple[BackupFile, str]]:
    for file in files_of(folder):
        if file.folder == KEYS:
            yield file, file.name.partition("/")[2]


def _require_keys_free(folder: Path, settings: Settings) -> None:
    for file, name in _keys_of(folder):
        path = settings.data_dir / FOLDER / name
        if path.exists() and path.read_bytes() != (folder / file.name).read_bytes():
            raise StorageError(
                f"{path} is another key than the backup's; move it away, keep it for "
                "what it has signed, then restore again"
            )


def _copy_keys(folder: Path, target: Path) -> None:
    for file, name in _keys_of(folder):
        make_private_directory(target)
        replace_file(target / name, (folder / file.name).read_bytes())


def _clear_projections(settings: Settings) -> None:
    """Take away what shows a later state than the restored store."""
    for path in settings.data_dir.glob("index-*"):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
    # The sealer writes this file anew from the store; what it held is evidence.
    trail = settings.data_dir / "audit"
    if trail.exists():
        now = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
        trail.rename(settings.data_dir / f"audit-before-restore-{now}")
