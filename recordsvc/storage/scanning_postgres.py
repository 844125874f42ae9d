"""The absence scan of a PostgreSQL store, by queries.

Its files lie with the server, and hold long values compressed: a look at their bytes
would prove nothing. What was deleted there is the business of ``erasing``.
"""

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

from recordsvc.storage.erasing_postgres import own_connection, shown
from recordsvc.storage.errors import StoreMissing
from recordsvc.storage.findings import Findings, Limits
from recordsvc.storage.needles import Finder
from recordsvc.storage.postgres_store import has_tables
from recordsvc.storage.scanning import (
    Explained,
    Scanned,
    ScanReport,
    report_of,
    unexplained,
)
from recordsvc.storage.sieving import Sieve
from recordsvc.storage.unpacking import MARKERS

TABLE = "object_state"
# Short transactions: one that is open keeps dead rows alive.
ROWS_A_TRANSACTION = 200


def scan_postgres(
    uri: str,
    needles: Mapping[str, bytes],
    explained: Explained = unexplained,
    *,
    limits: Limits | None = None,
) -> ScanReport:
    """Look for needles in every object that a PostgreSQL store holds now.

    Parameters
    ----------
    needles, explained, limits
        As for :func:`recordsvc.storage.scanning.scan`.

    Returns
    -------
    ScanReport
        One place, ``database``; ``path`` of a hit is the database and the table,
        ``where`` begins with the number of the object.

    Raises
    ------
    StoreMissing, StorageError
        If there is no store, or the server does not answer.
    """
    if not has_tables(uri):
        raise StoreMissing(shown(uri))
    finder = Finder(needles, MARKERS)
    findings = Findings(limits=limits or Limits())
    place = f"{shown(uri)} {TABLE}"
    rows = size = 0
    with contextlib.closing(own_connection(uri)) as connection:
        for number, state in _states(connection):
            findings.begin(place)
            sieve = Sieve(finder, findings, f"object {number}", 1)
            sieve.feed(state)
            sieve.close()
            rows += 1
            size += len(state)
    seen = Scanned(name="database", path=place, exists=True, files=rows, bytes=size)
    return report_of(
        [seen],
        findings.hits.values(),
        findings.not_scannable.values(),
        sum(findings.left_off.values()),
        explained,
    )


def _states(connection: Any) -> Iterator[tuple[int, bytes]]:
    last = -1
    with connection.cursor() as cursor:
        while True:
            cursor.execute(
                f"SELECT zoid, state FROM {TABLE} "  # noqa: S608  a constant
                "WHERE zoid > %s AND state IS NOT NULL ORDER BY zoid LIMIT %s",
                [last, ROWS_A_TRANSACTION],
            )
            rows = cursor.fetchall()
            if not rows:
                return
            for number, state in rows:
                yield int(number), bytes(state)
            last = rows[-1][0]
