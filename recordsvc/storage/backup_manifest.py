"""What a backup says of itself, and whether that is true.

A backup is a folder::

    manifest.json           what it is of, and the digest of files.sha256
    files.sha256            one line a file, as the program sha256sum reads it
    store/main.sqlite3      or store.dump, as pg_restore reads it
    bitstreams/aa/bb/...    the bytes, under their SHA-256
    keys/...                the installation's own keys
"""

import hashlib
import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path, PurePosixPath
from typing import Any

from recordsvc.storage.copying import digest_of
from recordsvc.storage.durable import PRIVATE_FILE, replace_file
from recordsvc.storage.errors import BackupDamaged
from recordsvc.storage.ledger import LedgerHead
from recordsvc.storage.values import is_digest

MANIFEST = "manifest.json"
FILES = "files.sha256"
FORMAT = "recordsvc-backup-1"
SQLITE_FILE = "store/main.sqlite3"
DUMP_FILE = "store.dump"
BITSTREAMS, KEYS = "bitstreams", "keys"
MAX_MANIFEST_BYTES = 1 << 20
MAX_LINE_BYTES = 4096
_LINE = re.compile(r"([0-9a-f]{64})  ([A-Za-z0-9._/-]+)\n")
_KEY_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,100}")


class StoreKind(StrEnum):
    """What a store was copied from; it can be restored to the same only."""

    SQLITE = "sqlite"
    POSTGRESQL = "postgresql"

    @property
    def file(self) -> str:
        """Return the name of the store's file in a backup."""
        return SQLITE_FILE if self is StoreKind.SQLITE else DUMP_FILE


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a backup is of.

    Parameters
    ----------
    store_id
        Random id of the store, the same for its life.
    store_time
        Instant of its last commit, aware, UTC.
    made_at
        Instant, aware, UTC.
    bitstreams, bitstream_bytes
        How many are in the backup, and their length together.
    files_sha256
        Digest of ``files.sha256``.
    ledger
        How far the destruction ledger went: a shorter one is not the right one.
    ledger_signed
        Its lines had signatures: one without is not the right one either.
    missing
        Digests that the store refers to and that could not be copied whole.
    """

    kind: StoreKind
    store_id: str
    store_time: datetime
    made_at: datetime
    bitstreams: int
    bitstream_bytes: int
    files_sha256: str
    ledger: LedgerHead
    ledger_signed: bool = False
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupFile:
    """One file of a backup."""

    sha256: str
    name: str

    @property
    def folder(self) -> str:
        """Return the first part of its name."""
        return PurePosixPath(self.name).parts[0]


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write the manifest, which makes a folder a backup."""
    fields = {
        "format": FORMAT,
        "store": {
            "kind": manifest.kind.value,
            "id": manifest.store_id,
            "time": manifest.store_time.isoformat(),
        },
        "made_at": manifest.made_at.isoformat(),
        "bitstreams": {
            "count": manifest.bitstreams,
            "bytes": manifest.bitstream_bytes,
            "missing": list(manifest.missing),
        },
        "files_sha256": manifest.files_sha256,
        "ledger": {
            "size": manifest.ledger.size,
            "hash": manifest.ledger.hash,
            "signed": manifest.ledger_signed,
        },
    }
    replace_file(folder / MANIFEST, json.dumps(fields, indent=1).encode() + b"\n")


def read_manifest(folder: Path) -> Manifest:
    """Return what a backup says of itself.

    Raises
    ------
    BackupDamaged
        If there is no manifest, or it is none of ours.
    """
    try:
        with (folder / MANIFEST).open("rb") as stream:
            content = stream.read(MAX_MANIFEST_BYTES)
    except OSError as exc:
        raise BackupDamaged(
            folder, f"{MANIFEST} cannot be read ({exc.strerror}): it is no backup"
        ) from exc
    try:
        fields = json.loads(content)
        if fields["format"] != FORMAT:
            raise BackupDamaged(folder, f"{MANIFEST} is of another release")
        return _manifest(fields)
    except (ValueError, KeyError, TypeError, RecursionError) as exc:
        raise BackupDamaged(folder, f"{MANIFEST} is damaged") from exc


def _manifest(fields: dict[str, Any]) -> Manifest:
    store, bitstreams, ledger = (
        fields[name] for name in ("store", "bitstreams", "ledger")
    )
    found = Manifest(
        kind=StoreKind(store["kind"]),
        store_id=str(store["id"]),
        store_time=datetime.fromisoformat(store["time"]),
        made_at=datetime.fromisoformat(fields["made_at"]),
        bitstreams=int(bitstreams["count"]),
        bitstream_bytes=int(bitstreams["bytes"]),
        missing=tuple(map(str, bitstreams["missing"])),
        files_sha256=str(fields["files_sha256"]),
        ledger=LedgerHead(size=int(ledger["size"]), hash=str(ledger["hash"])),
        # A backup of before there were signatures says nothing of them.
        ledger_signed=bool(ledger.get("signed", False)),
    )
    if not all(map(is_digest, (found.files_sha256, found.ledger.hash, *found.missing))):
        raise ValueError(fields)
    return found


def files_of(folder: Path) -> Iterator[BackupFile]:
    """Yield the files that a backup names, each with a name that stays inside.

    Raises
    ------
    BackupDamaged
        If a line is none of ours.
    """
    try:
        with (folder / FILES).open(encoding="ascii", newline="\n") as stream:
            while line := stream.readline(MAX_LINE_BYTES):
                match = _LINE.fullmatch(line)
                if match is None:
                    raise BackupDamaged(folder, f"{FILES} is damaged")
                found = BackupFile(sha256=match[1], name=match[2])
                if not _is_known(found):
                    raise BackupDamaged(folder, f"{FILES} names {found.name}")
                yield found
    except (OSError, UnicodeDecodeError) as exc:
        raise BackupDamaged(folder, f"{FILES} cannot be read") from exc


def _is_known(file: BackupFile) -> bool:
    if file.name in {SQLITE_FILE, DUMP_FILE}:
        return True
    if file.name == bitstream_name(file.sha256):
        return True
    folder, _, name = file.name.partition("/")
    return folder == KEYS and _KEY_NAME.fullmatch(name) is not None


def bitstream_name(sha256: str) -> str:
    """Return where the bytes of a digest lie in a backup."""
    return f"{BITSTREAMS}/{sha256[:2]}/{sha256[2:4]}/{sha256}"


def check_backup(folder: Path) -> Manifest:
    """Read every byte of a backup, and return what it is of.

    Raises
    ------
    BackupDamaged
        If a file is missing, is another than it was, or is no plain file.
    """
    manifest = read_manifest(folder)
    if _digest(folder, FILES) != manifest.files_sha256:
        raise BackupDamaged(folder, f"{FILES} is another than it was")
    count = size = 0
    stores = []
    for file in files_of(folder):
        if _digest(folder, file.name) != file.sha256:
            raise BackupDamaged(folder, f"{file.name} is another than it was")
        if file.folder == BITSTREAMS:
            count += 1
            size += (folder / file.name).stat().st_size
        elif file.folder != KEYS:
            stores.append(file.name)
    if (count, size) != (manifest.bitstreams, manifest.bitstream_bytes):
        raise BackupDamaged(folder, f"{FILES} names other bitstreams than {MANIFEST}")
    if stores != [manifest.kind.file]:
        raise BackupDamaged(folder, f"it holds no {manifest.kind.file}")
    return manifest


def _digest(folder: Path, name: str) -> str:
    path = folder / name
    if path.is_symlink() or not path.is_file():
        raise BackupDamaged(folder, f"{name} is missing or no plain file")
    try:
        return digest_of(path)
    except OSError as exc:
        raise BackupDamaged(folder, f"{name} cannot be read ({exc.strerror})") from exc


class FileList:
    """Writes ``files.sha256`` while a backup is being made."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._digest = hashlib.sha256()
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        self._stream = os.fdopen(os.open(folder / FILES, flags, PRIVATE_FILE), "wb")

    def add(self, sha256: str, name: str) -> None:
        """Name a file that is there, whole and on the disk."""
        line = f"{sha256}  {name}\n".encode("ascii")
        self._digest.update(line)
        self._stream.write(line)

    def finish(self) -> str:
        """Bring the list to the disk; return its digest."""
        self._stream.flush()
        os.fsync(self._stream.fileno())
        self._stream.close()
        return self._digest.hexdigest()
