"""Say in a PostgreSQL database that its store is not yet what it has to be."""

import contextlib
from collections.abc import Iterator

from recordsvc.storage.erasing_postgres import own_connection, shown
from recordsvc.storage.errors import RestoreUnfinished, StoreExists
from recordsvc.storage.postgres_store import has_tables

MARK = "recordsvc_restoring"


def require_restored(uri: str) -> None:
    """Refuse a store whose restore is not finished; every opener asks this first.

    Raises
    ------
    RestoreUnfinished
        If the mark of a restore is there.
    """
    with (
        contextlib.closing(own_connection(uri)) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [MARK])
        (is_marked,) = cursor.fetchone()
    if is_marked:
        raise RestoreUnfinished(shown(uri))


@contextlib.contextmanager
def restored_tables(uri: str, backup: str) -> Iterator[bool]:
    """Mark a database for the length of a restore; the mark stays when it fails.

    Parameters
    ----------
    backup
        What tells one backup from another: only the same one goes on.

    Yields
    ------
    bool
        Whether there are no tables of a store yet.

    Raises
    ------
    StoreExists
        If there is a store that no restore of this backup has begun.
    """
    is_empty = not has_tables(uri)
    with contextlib.closing(own_connection(uri)) as connection:
        with connection.cursor() as cursor:
            cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [MARK])
            (is_marked,) = cursor.fetchone()
            begun = None
            if is_marked:
                cursor.execute(f"SELECT backup FROM {MARK}")  # noqa: S608  a constant
                begun = (cursor.fetchone() or (None,))[0]
            if not is_empty and begun != backup:
                raise StoreExists(shown(uri))
            # In one statement: a mark without a name would belong to no backup.
            cursor.execute(
                f"DROP TABLE IF EXISTS {MARK}; "
                f"CREATE TABLE {MARK} AS SELECT %s::text AS backup",
                [backup],
            )
        yield is_empty
        with connection.cursor() as cursor:
            cursor.execute(f"DROP TABLE {MARK}")
