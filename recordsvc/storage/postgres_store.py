"""The store of a cluster: RelStorage on PostgreSQL."""

from typing import Any

from relstorage.adapters.interfaces import DriverNotAvailableError
from relstorage.adapters.postgresql.adapter import PostgreSQLAdapter
from relstorage.options import Options
from relstorage.storage import RelStorage

from recordsvc.storage.errors import StorageError

COMMIT_LOCK_TIMEOUT_S = 30


class PostgresStore:
    """One opened PostgreSQL database.

    Parameters
    ----------
    dsn
        ``postgresql://USER:PASSWORD@HOST/NAME`` as libpq reads it.
    """

    def __init__(self, dsn: str) -> None:
        self.storage: Any = RelStorage(_adapter(dsn), options=_options())

    def close(self) -> None:
        """Do nothing: the storage holds the only connections."""


def _options() -> Any:
    return Options(
        keep_history=False,
        commit_lock_timeout=COMMIT_LOCK_TIMEOUT_S,
        cache_local_mb=16,
    )


def _adapter(dsn: str) -> Any:
    try:
        return PostgreSQLAdapter(dsn, options=_options())
    except DriverNotAvailableError as exc:
        raise StorageError(
            "no PostgreSQL driver is installed; install the extra: "
            "pip install 'recordsvc[postgres]'"
        ) from exc


def has_tables(dsn: str) -> bool:
    """Tell whether a database holds a store already.

    Raises
    ------
    StorageError
        If the driver is missing or the server does not answer.
    """
    adapter = _adapter(dsn)
    try:
        connection, cursor = adapter.connmanager.open()
    except adapter.driver.driver_module.Error as exc:
        raise StorageError(
            f"PostgreSQL does not answer ({str(exc).strip()}); check zodb.uri and "
            "that the server runs"
        ) from exc
    try:
        cursor.execute("SELECT to_regclass('object_state') IS NOT NULL")
        return bool(cursor.fetchone()[0])
    finally:
        adapter.connmanager.close(connection, cursor)
