"""Copy a store that is in use, as it is at one moment, and put the copy back."""

import contextlib
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from persistent.TimeStamp import TimeStamp

from recordsvc.model.root import ROOT_KEY
from recordsvc.storage.backup_manifest import DUMP_FILE, SQLITE_FILE, StoreKind
from recordsvc.storage.database import Database, open_database, session
from recordsvc.storage.durable import (
    make_private_directory,
    sync_directory,
    sync_file,
)
from recordsvc.storage.errors import StorageError

FORGET_AFTER = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """What a copied store says.

    Parameters
    ----------
    time
        Instant of its last commit, aware, UTC.
    """

    store_id: str
    time: datetime


def kind_of(uri: str) -> StoreKind:
    """Return what kind of store a URI names."""
    is_sqlite = urlsplit(uri).scheme == "sqlite"
    return StoreKind.SQLITE if is_sqlite else StoreKind.POSTGRESQL


def sqlite_folder(uri: str) -> Path:
    """Return the folder of an embedded store."""
    return Path(uri.removeprefix("sqlite://")).absolute()


@contextlib.contextmanager
def copied_store(database: Database, folder: Path) -> Iterator[Any]:
    """Copy a store into a backup, and yield the root of the copy's moment.

    Raises
    ------
    StorageError
        If the copy cannot be made; for PostgreSQL, naming the missing program.
    """
    if kind_of(database.uri) is StoreKind.POSTGRESQL:
        with session(database) as opened:
            # The dump takes the very snapshot that this session reads.
            root = opened.root
            _dump(database.uri, folder / DUMP_FILE, _exported_snapshot(opened))
            sync_file(folder / DUMP_FILE)
            yield root
        return
    copy = folder / SQLITE_FILE
    make_private_directory(copy.parent)
    copy_sqlite(sqlite_folder(database.uri) / copy.name, copy)
    with (
        open_database(f"sqlite://{copy.parent}", outdated=True) as opened_copy,
        session(opened_copy) as opened,
    ):
        yield opened.root
    _leave_main_file_alone(copy)


def copy_sqlite(source: Path, target: Path) -> None:
    """Copy an SQLite database that others are writing to."""
    with (
        contextlib.closing(sqlite3.connect(source, timeout=30)) as origin,
        contextlib.closing(sqlite3.connect(target)) as copy,
    ):
        target.chmod(0o600)
        # In one part: in several it would begin anew after every commit of others.
        # Writers are not kept waiting, the log serves both.
        origin.backup(copy)


def _leave_main_file_alone(main: Path) -> None:
    """Take away what opening a store puts beside its main file."""
    from recordsvc.storage.sqlite_store import truncate_wal

    if not truncate_wal(main.parent):
        raise StorageError(f"{main} is in use by another process; take another folder")
    for path in main.parent.iterdir():
        if path != main:
            path.unlink()
    sync_file(main)
    sync_directory(main.parent)


def snapshot_of(root: Any) -> Snapshot:
    """Return what a store is, and when it was last written."""
    # Every class of ours keeps the connection it was loaded by.
    connection = root._p_jar  # noqa: SLF001  persistent's published name
    tid = connection.db().lastTransaction()
    seconds = TimeStamp(tid).timeTime()
    return Snapshot(
        store_id=str(root[ROOT_KEY].store_id), time=datetime.fromtimestamp(seconds, UTC)
    )


def referenced_bitstreams(root: Any) -> Iterator[str]:
    """Yield the digest of all bytes that a store refers to."""
    connection = root._p_jar  # noqa: SLF001  see above
    for number, (sha256, entry) in enumerate(root[ROOT_KEY].bitstreams.items()):
        if entry.references:
            yield str(sha256)
        if number % FORGET_AFTER == 0:
            connection.cacheGC()


def _exported_snapshot(opened: Any) -> str:
    storage = opened.connection._storage  # noqa: SLF001  RelStorage has no other way
    cursor = storage._load_connection.cursor  # noqa: SLF001  same
    cursor.execute("SELECT pg_export_snapshot()")
    return str(cursor.fetchone()[0])


def _dump(uri: str, target: Path, snapshot: str) -> None:
    _run_client(
        uri,
        "pg_dump",
        "--format=custom",
        "--no-owner",
        "--no-privileges",
        f"--snapshot={snapshot}",
        f"--file={target}",
    )
    target.chmod(0o600)


def load_dump(uri: str, source: Path) -> None:
    """Fill an empty PostgreSQL database from a dump, whole or not at all.

    Raises
    ------
    StorageError
        If pg_restore is missing or refuses.
    """
    _run_client(
        uri,
        "pg_restore",
        "--single-transaction",
        "--exit-on-error",
        "--no-owner",
        "--no-privileges",
        str(source),
    )


def _run_client(uri: str, program: str, *arguments: str) -> None:
    found = shutil.which(program)
    if found is None:
        raise StorageError(
            f"{program} is not here; install the Debian package postgresql-client of "
            "the server's version"
        )
    dsn, password = without_password(uri)
    # Where other users of this machine can see arguments, they cannot see this.
    environ = {**os.environ, **({"PGPASSWORD": password} if password else {})}
    command = [found, f"--dbname={dsn}", "--no-password", *arguments]
    done = subprocess.run(
        command, env=environ, capture_output=True, check=False, stdin=subprocess.DEVNULL
    )
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise StorageError(
            f"{program} failed: {said[-1] if said else 'without a word'}"
        )


def without_password(uri: str) -> tuple[str, str]:
    """Return a PostgreSQL URI without its password, and the password."""
    parts = urlsplit(uri)
    query = dict(parse_qsl(parts.query))
    password = unquote(parts.password or "") or query.get("password", "")
    query.pop("password", None)
    user, _, place = parts.netloc.rpartition("@")
    name = user.partition(":")[0]
    netloc = f"{name}@{place}" if user else place
    options = f"?{urlencode(query)}" if query else ""
    return f"{parts.scheme}://{netloc}{parts.path}{options}", password
