"""Open the object store named by a URI, the same way for both supported kinds."""

import contextlib
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol, Self
from urllib.parse import urlsplit

import transaction
from ZODB.DB import DB

from recordsvc.storage import evolve
from recordsvc.storage.classes import load_class
from recordsvc.storage.durable import make_private_directory, sync_directory
from recordsvc.storage.errors import (
    AlienClass,
    StorageError,
    StorageFull,
    StoreExists,
    StoreMissing,
    StoreOutdated,
    StoreTooNew,
    is_disk_full,
)
from recordsvc.storage.transactions import (
    RETRYABLE,
    Session,
    read_current,
    run,
    session,
    view,
)

__all__ = [
    "RETRYABLE",
    "AlienClass",
    "Database",
    "Session",
    "StorageError",
    "StorageFull",
    "StoreExists",
    "StoreMissing",
    "StoreOutdated",
    "StoreTooNew",
    "is_disk_full",
    "open_database",
    "read_current",
    "run",
    "session",
    "view",
]

Populate = Callable[[Any], None]
POOL_SIZE = 12
CACHED_OBJECTS = 5_000


class OpenedStore(Protocol):
    """What a kind of store hands to the database above it."""

    storage: Any

    def close(self) -> None:
        """Let go of what stands below the storage."""


class Database:
    """An opened store; connections are drawn from it by thread-free callers.

    Parameters
    ----------
    uri
        For messages and for reopening.
    opener
        Opens the store below, again at each :meth:`reopen`.
    """

    def __init__(self, uri: str, opener: Callable[[], OpenedStore]) -> None:
        self.uri = uri
        self._opener = opener
        self._guard = threading.Lock()
        self._is_closed = False
        self._retired: list[tuple[OpenedStore, Any]] = []
        self._store, self.zodb = self._opened()

    def _opened(self) -> tuple[OpenedStore, Any]:
        store = self._opener()
        try:
            zodb = DB(
                store.storage,
                pool_size=POOL_SIZE,
                cache_size=CACHED_OBJECTS,
                class_factory=load_class,
            )
        except BaseException:
            store.storage.close()
            store.close()
            raise
        return store, zodb

    def open(self, transaction_manager: Any) -> Any:
        """Return a ZODB connection that follows an explicit transaction manager."""
        return self.zodb.open(transaction_manager=transaction_manager)

    def reopen(self) -> None:
        """Start again with empty caches, after errors that retries do not heal.

        Connections that are still open go on; what they came from is closed once
        they are closed.
        """
        with self._guard:
            fresh = self._opened()
            self._retired.append((self._store, self.zodb))
            self._store, self.zodb = fresh
            self._close_idle()

    def close(self) -> None:
        """End every connection, then the database, then the store below.

        Nothing happens when it is closed already.
        """
        with self._guard:
            if self._is_closed:
                return
            self._is_closed = True
            self._retired.append((self._store, self.zodb))
            for store, zodb in self._retired:
                for connection in tuple(zodb.pool):
                    _end(connection)
                zodb.close()
                store.close()
            self._retired.clear()

    def _close_idle(self) -> None:
        busy = []
        for store, zodb in self._retired:
            if any(c.opened is not None for c in tuple(zodb.pool)):
                busy.append((store, zodb))
            else:
                zodb.close()
                store.close()
        self._retired = busy

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


def _end(connection: Any) -> None:
    # ZODB closes its database over open connections only with an error.
    if connection.opened is None:
        return
    with contextlib.suppress(transaction.interfaces.NoTransaction):
        connection.transaction_manager.abort()
    connection.close()


def open_database(
    uri: str,
    *,
    create: bool = False,
    populate: Populate | None = None,
    outdated: bool = False,
) -> Database:
    """Open a store, or make a new one.

    Parameters
    ----------
    uri
        ``sqlite://FOLDER`` or ``postgresql://USER@HOST/NAME``.
    create
        Make the store; it must not exist. Otherwise it must exist.
    populate
        Fills the root mapping of a new store, in its first transaction: a store
        that is there is filled.
    outdated
        Open although schema steps are pending; for the command that runs them.

    Raises
    ------
    StoreMissing, StoreExists, StoreOutdated, StoreTooNew
        As their names say.
    StorageError
        If the URI names no supported kind of store, or it cannot be opened.
    """
    scheme = urlsplit(uri).scheme
    if scheme == "sqlite":
        database = _open_sqlite(uri, create=create, populate=populate)
    elif scheme in {"postgresql", "postgres"}:
        database = _open_postgresql(uri, create=create, populate=populate)
    else:
        raise StorageError(
            f"zodb.uri {uri!r} names no supported store; supported are "
            "sqlite://FOLDER (embedded) and postgresql://USER@HOST/NAME (cluster)"
        )
    if not outdated:
        try:
            if scheme != "sqlite":
                _require_restored(uri)
            view(database, evolve.require_current)
        except BaseException:
            database.close()
            raise
    return database


def _require_restored(uri: str) -> None:
    from recordsvc.storage.restoring_postgres import require_restored

    require_restored(uri)


def _open_sqlite(uri: str, *, create: bool, populate: Populate | None) -> Database:
    from recordsvc.storage.sqlite_store import MAIN, SQLiteStore

    name = uri.removeprefix("sqlite://")
    if not name:
        raise StorageError(f"zodb.uri {uri!r} names no folder")
    folder = Path(name).absolute()
    exists = (folder / MAIN).exists()
    if create:
        if exists:
            raise StoreExists(str(folder))
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise StorageError(
                f"{folder} holds something that is no store; name an empty folder"
            )
        _create_sqlite(folder, populate)
    elif not exists:
        raise StoreMissing(str(folder))
    return Database(uri, lambda: SQLiteStore(folder))


def _create_sqlite(folder: Path, populate: Populate | None) -> None:
    from recordsvc.storage.sqlite_store import SQLiteStore

    make_private_directory(folder.parent)
    # Made beside and renamed: a store that was killed while being made is none.
    beside = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    with contextlib.ExitStack() as undo:
        undo.callback(_remove_tree, beside)
        with Database(f"sqlite://{beside}", lambda: SQLiteStore(beside)) as fresh:
            run(fresh, lambda root: _first_content(root, populate))
        sync_directory(beside)
        try:
            beside.rename(folder)
        except OSError as exc:
            if folder.exists():
                raise StoreExists(str(folder)) from exc
            raise
        undo.pop_all()
    sync_directory(folder.parent)


def _first_content(root: Any, populate: Populate | None) -> None:
    evolve.record_all(root)
    if populate is not None:
        populate(root)


def _remove_tree(folder: Path) -> None:
    for path in folder.iterdir():
        path.unlink(missing_ok=True)
    folder.rmdir()


def _open_postgresql(uri: str, *, create: bool, populate: Populate | None) -> Database:
    from recordsvc.storage.postgres_store import PostgresStore, has_tables

    exists = has_tables(uri)
    place = urlsplit(uri)
    shown = f"{place.scheme}://{place.hostname or ''}{place.path}"
    if create and exists:
        raise StoreExists(shown)
    if not create and not exists:
        raise StoreMissing(shown)
    database = Database(uri, lambda: PostgresStore(uri))
    if create:
        run(database, lambda root: _first_content(root, populate))
    return database
