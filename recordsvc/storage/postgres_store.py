"""The store of a cluster: RelStorage on PostgreSQL."""

from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

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
    uri
        ``postgresql://USER:PASSWORD@HOST/NAME`` with libpq's parameters after ``?``.
    """

    def __init__(self, uri: str) -> None:
        self.storage: Any = RelStorage(_adapter(uri), options=_options())

    def close(self) -> None:
        """Do nothing: the storage holds the only connections."""


def _options() -> Any:
    return Options(
        keep_history=False,
        commit_lock_timeout=COMMIT_LOCK_TIMEOUT_S,
        cache_local_mb=16,
    )


def keywords(uri: str) -> str:
    """Return a URI in the other form that libpq reads, ``key='value' ...``.

    Notes
    -----
    RelStorage's drivers append keywords of their own, which a URI does not bear.
    """
    parts = urlsplit(uri)
    found = {
        "host": parts.hostname,
        "port": str(parts.port) if parts.port else None,
        "user": parts.username and unquote(parts.username),
        "password": parts.password and unquote(parts.password),
        "dbname": unquote(parts.path.lstrip("/")),
        **dict(parse_qsl(parts.query)),
    }
    return " ".join(f"{k}={_quoted(v)}" for k, v in found.items() if v)


def _quoted(value: str) -> str:
    escaped = value.replace("\\", r"\\").replace("'", r"\'")
    return f"'{escaped}'"


def _adapter(uri: str) -> Any:
    try:
        return PostgreSQLAdapter(keywords(uri), options=_options())
    except DriverNotAvailableError as exc:
        raise StorageError(
            "no PostgreSQL driver is installed; install the extra: "
            "pip install 'recordsvc[postgres]'"
        ) from exc


def has_tables(uri: str) -> bool:
    """Tell whether a database holds a store already.

    Raises
    ------
    StorageError
        If the driver is missing or the server does not answer.
    """
    adapter = _adapter(uri)
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
