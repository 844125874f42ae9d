"""Take a backup of an installation that is in use."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from recordsvc.model.root import ROOT_KEY
from recordsvc.settings import Settings
from recordsvc.storage.backup_manifest import (
    BITSTREAMS,
    KEYS,
    FileList,
    Manifest,
    bitstream_name,
    write_manifest,
)
from recordsvc.storage.bitstreams import (
    BitstreamMissing,
    BitstreamStore,
    DirectoryBitstreams,
)
from recordsvc.storage.copying import digest_of
from recordsvc.storage.database import Database, view
from recordsvc.storage.durable import (
    make_private_directory,
    replace_file,
    sync_directory,
)
from recordsvc.storage.errors import StorageError
from recordsvc.storage.ledger import open_ledger
from recordsvc.storage.signing import FOLDER, open_signing_key
from recordsvc.storage.snapshots import (
    copied_store,
    kind_of,
    referenced_bitstreams,
    snapshot_of,
)

# Written while a backup is made, and gone when it is one.
WANTED = "wanted.partial"
BATCH = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A backup that was made.

    Parameters
    ----------
    manifest
        Its ``missing`` are the digests that the store still refers to and whose
        bytes were damaged or not there: check the bitstreams.
    """

    folder: Path
    manifest: Manifest


def take_backup(
    settings: Settings, database: Database, bitstreams: BitstreamStore, folder: Path
) -> Taken:
    """Copy an installation into a folder: store, bitstreams and keys.

    Parameters
    ----------
    database
        Opened; it may be written to meanwhile.
    folder
        Missing or empty; a folder is a backup once it has a ``manifest.json``.

    Raises
    ------
    StorageError
        If the folder is not empty, lies in the data folder, or the store cannot be
        copied.
    LedgerDamaged
        If the destruction ledger is not as this installation has written it.

    Notes
    -----
    Left out is what can be made anew (search index, caches, the file beside the
    audit trail), what is in passing (spool), and the destruction ledger, which must
    not be set back by a restore.
    """
    folder = folder.absolute()
    _prepare(settings, folder)
    # A backup without a key could not tell later lines of the ledger from forged ones.
    open_signing_key(settings.data_dir)
    # Before the store is copied: what is destroyed after this is replayed.
    ledger = open_ledger(settings)
    head = ledger.head()
    with copied_store(database, folder) as root:
        snapshot = snapshot_of(root)
        is_signed = bool(root[ROOT_KEY].ledger_signed)
        ledger.require_whole(root[ROOT_KEY].ledger_bytes)
        _write_wanted(folder / WANTED, root)
    kind = kind_of(database.uri)
    files = FileList(folder)
    files.add(digest_of(folder / kind.file), kind.file)
    copier = _Copier(folder, bitstreams, files)
    copier.copy_all(_wanted(folder / WANTED))
    (folder / WANTED).unlink()
    _copy_keys(settings.data_dir / FOLDER, folder, files)
    manifest = Manifest(
        kind=kind,
        store_id=snapshot.store_id,
        store_time=snapshot.time,
        made_at=datetime.now(UTC),
        bitstreams=copier.count,
        bitstream_bytes=copier.bytes,
        files_sha256=files.finish(),
        ledger=head,
        ledger_signed=is_signed,
        missing=tuple(_still_wanted(database, copier.absent)),
    )
    write_manifest(folder, manifest)
    sync_directory(folder.parent)
    return Taken(folder=folder, manifest=manifest)


def _prepare(settings: Settings, folder: Path) -> None:
    if folder.is_relative_to(settings.data_dir):
        raise StorageError(
            f"{folder} lies in the data folder, and would be lost with it; name another"
        )
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise StorageError(f"{folder} is not empty; name a new or empty folder")
    make_private_directory(folder)


def _write_wanted(path: Path, root: Any) -> None:
    # A file, because a holding of a million papers must not lie in memory.
    with path.open("x", encoding="ascii") as stream:
        stream.writelines(f"{sha256}\n" for sha256 in referenced_bitstreams(root))


def _wanted(path: Path) -> Iterator[str]:
    with path.open(encoding="ascii") as stream:
        for line in stream:
            yield line.strip()


class _Copier:
    def __init__(
        self, folder: Path, bitstreams: BitstreamStore, files: FileList
    ) -> None:
        self._source = bitstreams
        self._target = DirectoryBitstreams(folder / BITSTREAMS)
        self._files = files
        self.count = 0
        self.bytes = 0
        self.absent: list[str] = []
        # What damaged files of the source turned out to be.
        self._strays: set[str] = set()

    def copy_all(self, digests: Iterator[str]) -> None:
        """Copy bytes in groups, each on the disk before it is named."""
        while batch := tuple(islice(digests, BATCH)):
            copied = [sha256 for sha256 in batch if self._copy(sha256)]
            self._target.sync()
            for sha256 in self._strays:
                self._target.path(sha256).unlink()
            self._strays.clear()
            for sha256 in copied:
                self._files.add(sha256, bitstream_name(sha256))
        for folder in (self._target.incoming, self._target.trash):
            folder.rmdir()

    def _copy(self, sha256: str) -> bool:
        try:
            with self._source.open(sha256) as stream:
                stored = self._target.put(stream)
        except BitstreamMissing:
            self.absent.append(sha256)
            return False
        if stored.sha256 != sha256:
            self.absent.append(sha256)
            if stored.new:
                self._strays.add(stored.sha256)
            return False
        self._strays.discard(sha256)
        self.count += 1
        self.bytes += stored.bytes
        return True


def _still_wanted(database: Database, absent: Iterable[str]) -> Iterator[str]:
    """Yield what is not there although the store, as it is now, refers to it."""
    for sha256 in absent:
        if view(database, partial(_is_referenced, sha256)):
            yield sha256


def _is_referenced(sha256: str, root: Any) -> bool:
    entry = root[ROOT_KEY].bitstreams.get(sha256)
    return entry is not None and bool(entry.references)


def _copy_keys(source: Path, folder: Path, files: FileList) -> None:
    if not source.is_dir():
        return
    target = folder / KEYS
    make_private_directory(target)
    for path in sorted(source.iterdir()):
        if path.is_symlink() or not path.is_file() or path.name.startswith("."):
            continue
        replace_file(target / path.name, path.read_bytes())
        files.add(digest_of(target / path.name), f"{KEYS}/{path.name}")
