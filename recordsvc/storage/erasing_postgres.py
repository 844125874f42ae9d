"""Make what was deleted or overwritten leave a PostgreSQL database."""

import contextlib
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from relstorage.adapters.postgresql.adapter import PostgreSQLAdapter
from relstorage.options import Options

from recordsvc.storage.erasing import Erasure, Outcome, Step
from recordsvc.storage.errors import ErasureBlocked, StorageError, StoreMissing
from recordsvc.storage.postgres_store import has_tables, keywords

# Of RelStorage's tables without history only these hold content; pg_statistic keeps
# samples of their columns, and large objects are where its blobs would lie.
TABLES = ("object_state", "blob_chunk")
CATALOGUES = ("pg_catalog.pg_statistic", "pg_catalog.pg_largeobject")
# Short: everybody else queues behind a statement that waits for its lock.
LOCK_TIMEOUT_MS = 2_000
LOCK_NOT_AVAILABLE = "55P03"
NOT_PERMITTED = "42501"
# A segment that was in use is written over only when the log comes round to it.
MOST_ROUNDS = 128
FEWEST_ROUNDS = 6

HOLDERS = """
SELECT DISTINCT a.pid, coalesce(nullif(a.application_name, ''), a.backend_type),
       coalesce(a.state, 'unknown'), coalesce(host(a.client_addr), 'this host')
FROM pg_locks l JOIN pg_stat_activity a USING (pid)
WHERE l.relation = to_regclass(%s) AND a.pid <> pg_backend_pid()
"""
BEYOND = """
SELECT current_setting('archive_mode') <> 'off',
       (SELECT count(*) FROM pg_stat_replication),
       (SELECT count(*) FROM pg_replication_slots)
"""


def erase_postgres(uri: str, patience_s: float) -> Erasure:
    """Rewrite the tables that hold content, then turn over the write-ahead log.

    Parameters
    ----------
    patience_s
        How long to wait for the transactions of others, in seconds.

    Raises
    ------
    ErasureBlocked
        If others still read after that time; they are named.
    StoreMissing, StorageError
        If there is no store, or the server does not answer.
    """
    if not has_tables(uri):
        raise StoreMissing(shown(uri))
    with contextlib.closing(own_connection(uri)) as connection:
        eraser = _Eraser(uri, connection)
        deadline = time.monotonic() + patience_s
        steps = [eraser.rewrite(table, deadline) for table in TABLES]
        steps += [eraser.rewrite(name, deadline) for name in CATALOGUES]
        steps += eraser.turn_over_log()
        return Erasure(steps=tuple(steps), beyond=tuple(eraser.beyond()))


def own_connection(uri: str) -> Any:
    """Open a connection outside of RelStorage, by the driver that it uses.

    Notes
    -----
    The caller has met the store before: the driver is there.
    """
    dsn = keywords(uri)
    adapter = PostgreSQLAdapter(dsn, options=Options(keep_history=False))
    connection = adapter.driver.driver_module.connect(dsn)
    # VACUUM runs outside of transactions only.
    connection.autocommit = True
    return connection


def shown(uri: str) -> str:
    """Return a URI without its password."""
    parts = urlsplit(uri)
    return f"{parts.scheme}://{parts.hostname or ''}{parts.path}"


class _Eraser:
    def __init__(self, uri: str, connection: Any) -> None:
        self._place = shown(uri)
        self._connection = connection
        self._run(f"SET lock_timeout = {LOCK_TIMEOUT_MS}")

    def _run(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        with self._connection.cursor() as cursor:
            cursor.execute(statement, values or None)
            return list(cursor.fetchall()) if cursor.description else []

    def rewrite(self, table: str, deadline: float) -> Step:
        """Write a table anew without its dead rows, and sample it again."""
        statement = f"VACUUM (FULL, ANALYZE) {table}"
        while True:
            del self._connection.notices[:]
            try:
                self._run(statement)
            except self._connection.Error as exc:
                if exc.pgcode == NOT_PERMITTED:
                    return _refused(statement, exc)
                if exc.pgcode != LOCK_NOT_AVAILABLE:
                    raise StorageError(
                        f"{statement} failed: {str(exc).strip()}"
                    ) from exc
                if time.monotonic() >= deadline:
                    raise ErasureBlocked(self._place, self._holders(table)) from exc
                time.sleep(0.2)
                continue
            # Who may not vacuum a table is told so by a warning only.
            told = " ".join(" ".join(self._connection.notices).split())
            if "permission denied" in told or "skipping" in told:
                return Step(name=statement, outcome=Outcome.NOT_PERMITTED, detail=told)
            return Step(name=statement, outcome=Outcome.DONE)

    def _holders(self, table: str) -> tuple[str, ...]:
        return tuple(
            f"server process {pid}: {name}, {state}, from {address}"
            for pid, name, state, address in self._run(HOLDERS, table)
        )

    def turn_over_log(self) -> Iterator[Step]:
        """Leave the old segments of the write-ahead log and write over them."""
        rounds = self._rounds()
        for statement in ("SELECT pg_switch_wal()", "CHECKPOINT"):
            step = self._permitted(statement)
            yield step
            if step.outcome is Outcome.NOT_PERMITTED:
                return
        for _ in range(rounds):
            self._run("SELECT pg_switch_wal()")
            self._run("CHECKPOINT")
        yield Step(
            name=f"{rounds} rounds of pg_switch_wal and CHECKPOINT",
            outcome=Outcome.DONE,
        )

    def _rounds(self) -> int:
        try:
            ((segments,),) = self._run("SELECT count(*) FROM pg_ls_waldir()")
        except self._connection.Error:
            segments = FEWEST_ROUNDS
        return int(min(MOST_ROUNDS, max(FEWEST_ROUNDS, segments + 1)))

    def _permitted(self, statement: str) -> Step:
        try:
            self._run(statement)
        except self._connection.Error as exc:
            if exc.pgcode != NOT_PERMITTED:
                raise StorageError(f"{statement} failed: {str(exc).strip()}") from exc
            return _refused(statement, exc)
        return Step(name=statement, outcome=Outcome.DONE)

    def beyond(self) -> Iterator[str]:
        """Yield the places of this server that no statement of ours reaches."""
        ((archives, replicas, slots),) = self._run(BEYOND)
        yield (
            "backups and snapshots of the database server, until they are overwritten"
        )
        if archives:
            yield "archived segments of the write-ahead log"
        if replicas or slots:
            yield f"{max(replicas, slots)} replica(s) or consumers of the log"


def _refused(statement: str, exc: Exception) -> Step:
    return Step(name=statement, outcome=Outcome.NOT_PERMITTED, detail=str(exc).strip())
