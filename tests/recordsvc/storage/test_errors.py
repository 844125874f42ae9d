import errno
import sqlite3

import pytest

from recordsvc.storage.errors import StorageFull, is_disk_full
from recordsvc.storage.postgres_store import keywords


def chained(inner, outer):
    outer.__cause__ = inner
    return outer


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        OSError(errno.EDQUOT, "Disk quota exceeded"),
        sqlite3.OperationalError("database or disk is full"),
        StorageFull("/srv/records"),
        chained(sqlite3.OperationalError("database or disk is full"), ValueError()),
    ],
)
def test_a_full_disk_is_known_in_every_guise(error):
    assert is_disk_full(error)


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.EACCES, "Permission denied"),
        sqlite3.OperationalError("database is locked"),
        ValueError("disk is full"),
    ],
)
def test_other_errors_are_no_full_disk(error):
    assert not is_disk_full(error)


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("postgresql://u@h/db", "host='h' user='u' dbname='db'"),
        (
            "postgresql://u:p%40ss%27@h:5433/db",
            r"host='h' port='5433' user='u' password='p@ss\'' dbname='db'",
        ),
        (
            "postgresql://u@/db?host=%2Frun%2Fpg&sslmode=require",
            "host='/run/pg' user='u' dbname='db' sslmode='require'",
        ),
    ],
)
def test_a_uri_is_told_to_libpq_in_keywords(uri, expected):
    assert keywords(uri) == expected
