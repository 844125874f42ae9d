"""The embedded store: RelStorage on SQLite, opened by several processes at once."""

import contextlib
import fcntl
import os
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from relstorage.adapters.sqlite.adapter import Sqlite3Adapter
from relstorage.adapters.sqlite.batch import Sqlite3RowBatcher
from relstorage.adapters.sqlite.connmanager import Sqlite3ConnectionManager
from relstorage.adapters.sqlite.locker import Sqlite3Locker
from relstorage.options import Options
from relstorage.storage import RelStorage

from recordsvc.storage.durable import PRIVATE_FILE
from recordsvc.storage.errors import StorageError

MAIN = "main.sqlite3"
ALLOCATOR = "oids.sqlite3"
LOCK = "store.lock"
# synchronous 2 is FULL: a commit is on the disk before it is acknowledged.
# secure_delete 1 overwrites what is deleted: destruction relies on it.
PRAGMAS = {"synchronous": 2, "secure_delete": 1}
READ_BACK: dict[str, int | str] = {**PRAGMAS, "journal_mode": "wal"}
COMMIT_LOCK_TIMEOUT_S = 30
REPAIR_TIMEOUT_S = 10.0


class LockFirst(Sqlite3Locker):  # type: ignore[misc]
    """Take the write lock before the tids of ``readCurrent`` are compared.

    Notes
    -----
    RelStorage 4.3 compares first and locks second, so that two processes which
    each read what the other writes both commit (write skew), and so that
    processes with several writers end in errors which no retry heals.
    """

    def _lock_readCurrent_oids_for_share(  # noqa: N802  RelStorage's name
        self, cursor: Any, current_oids: Any, shared_locks_block: Any
    ) -> None:
        del current_oids, shared_locks_block
        self._lock_rows_being_modified(cursor)


class CheckedConnections(Sqlite3ConnectionManager):  # type: ignore[misc]
    """Open SQLite connections whose pragmas are read back, each time."""

    def open(self, *args: Any, **kwargs: Any) -> tuple[Any, Any]:
        """Open one connection and prove its settings.

        Raises
        ------
        StorageError
            If this SQLite did not take a pragma that we rely on.
        """
        connection, cursor = super().open(*args, **kwargs)
        try:
            require_pragmas(connection)
        except StorageError:
            connection.close()
            raise
        return connection, cursor


class DurableAdapter(Sqlite3Adapter):  # type: ignore[misc]
    """Sqlite3Adapter with our locker and our connections."""

    connmanager: Any
    locker: Any

    def _create(self) -> None:
        if self.connmanager is None:
            self.connmanager = CheckedConnections(
                self.driver,
                path=str(Path(self.data_dir) / MAIN),
                pragmas=self.pragmas,
                options=self.options,
            )
        if self.locker is None:
            self.locker = LockFirst(
                self.options, self.driver, batcher_factory=Sqlite3RowBatcher
            )
        super()._create()


def read_pragmas(connection: sqlite3.Connection) -> dict[str, int | str]:
    """Return the pragmas we rely on as a connection has them."""
    return {
        name: connection.execute(f"PRAGMA {name}").fetchone()[0] for name in READ_BACK
    }


def require_pragmas(connection: sqlite3.Connection) -> None:
    """Refuse a connection that is not durable or does not erase.

    Raises
    ------
    StorageError
        Naming each pragma that came out otherwise.
    """
    wrong = [
        f"{name} is {value!r}, wanted {READ_BACK[name]!r}"
        for name, value in read_pragmas(connection).items()
        if value != READ_BACK[name]
    ]
    if wrong:
        raise StorageError(
            f"SQLite {sqlite3.sqlite_version} did not take our settings: "
            f"{'; '.join(wrong)}; use a file system and an SQLite that allow them"
        )


class SQLiteStore:
    """One opened store folder.

    Parameters
    ----------
    folder
        Holds ``main.sqlite3``; everything else in it can be rebuilt.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        # Held shared while the store is open, so that nobody replaces the
        # allocator under a process that still draws numbers from it.
        self._lock = os.open(
            folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE_FILE
        )
        try:
            fcntl.flock(self._lock, fcntl.LOCK_SH)
            if allocator_is_damaged(folder):
                self._drop_allocator()
            for name in (MAIN, ALLOCATOR):
                _touch_private(folder / name)
            self.storage = self._open()
        except BaseException:
            os.close(self._lock)
            raise

    def _open(self) -> Any:
        options = Options(
            keep_history=False,
            commit_lock_timeout=COMMIT_LOCK_TIMEOUT_S,
            cache_local_mb=16,
        )
        adapter = DurableAdapter(str(self.folder), pragmas=PRAGMAS, options=options)
        storage = RelStorage(adapter, options=options)
        try:
            # The allocator's file is written without journal and fsync.
            adapter.oidallocator.set_min_oid(None, highest_oid(self.folder) + 1)
        except BaseException:
            storage.close()
            raise
        return storage

    def _drop_allocator(self) -> None:
        with exclusively(self._lock, self.folder):
            if allocator_is_damaged(self.folder):
                (self.folder / ALLOCATOR).unlink(missing_ok=True)
                _touch_private(self.folder / ALLOCATOR)

    def close(self) -> None:
        """Let go of the folder; the ZODB database above was closed before."""
        os.close(self._lock)


@contextlib.contextmanager
def exclusively(lock: int, folder: Path) -> Iterator[None]:
    """Hold the only open handle of a store for a repair.

    Raises
    ------
    StorageError
        If other processes keep the store open.
    """
    # Two openers that both wait with a shared lock would wait for ever.
    fcntl.flock(lock, fcntl.LOCK_UN)
    deadline = time.monotonic() + REPAIR_TIMEOUT_S
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise StorageError(
                    f"{folder / ALLOCATOR} is missing or damaged while other "
                    "processes have the store open; stop them, then start again"
                ) from None
            time.sleep(0.02)
    try:
        yield
    finally:
        fcntl.flock(lock, fcntl.LOCK_SH)


def allocator_is_damaged(folder: Path) -> bool:
    """Tell whether the file of the number allocator cannot be drawn from."""
    path = folder / ALLOCATOR
    if not path.exists():
        return True
    try:
        with contextlib.closing(sqlite3.connect(path, timeout=30)) as connection:
            rows = connection.execute("SELECT zoid FROM new_oid").fetchall()
    except sqlite3.OperationalError as exc:
        # An empty file has no table yet; RelStorage makes it.
        return "no such table" not in str(exc)
    except sqlite3.DatabaseError:
        return True
    return len(rows) != 1 or not isinstance(rows[0][0], int)


def highest_oid(folder: Path) -> int:
    """Return the greatest object number in use, 0 for an empty store."""
    with contextlib.closing(sqlite3.connect(folder / MAIN, timeout=30)) as connection:
        (highest,) = connection.execute("SELECT MAX(zoid) FROM object_state").fetchone()
    return int(highest or 0)


def truncate_wal(folder: Path, *, patience_s: float = 5.0) -> bool:
    """Move everything from the write-ahead log into the main file and empty it.

    Parameters
    ----------
    patience_s
        How long to wait for readers.

    Returns
    -------
    bool
        False while a reader's transaction still needs the log: end it, ask again.

    Notes
    -----
    After True the bytes of deleted objects are neither in the log nor, thanks to
    ``secure_delete``, in the main file.
    """
    with contextlib.closing(
        sqlite3.connect(folder / MAIN, timeout=patience_s)
    ) as connection:
        connection.execute("PRAGMA secure_delete = 1")
        answer = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return tuple(answer) == (0, 0, 0)


def _touch_private(path: Path) -> None:
    # SQLite gives -wal and -shm the rights of the main file.
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE_FILE))
