"""The indexer: one writer under a lease, batch by batch, until nothing waits."""

import time
from typing import Self

from recordsvc.bootstrap import Service
from recordsvc.jobs.leased import Leased
from recordsvc.model import Archive
from recordsvc.services import indexing
from recordsvc.services.context import SYSTEM, Context
from recordsvc.services.errors import Temporary

WAIT_S = 120.0


class Indexer(Leased):
    """Hold the index writer while the block lasts, if no other process does.

    A command that waits takes the lease itself when it is free; otherwise it
    waits for the process that has it.
    """

    def __init__(self, service: Service) -> None:
        super().__init__(service.lease("indexer"))
        self.service = service

    def __enter__(self) -> Self:
        if self.lease.acquire():
            self.service.ensure_index()
        return self

    def drain(self, *, batches: int | None = None) -> int:
        """Index what waits; return how many entries were done.

        The engine commits with the watermark inside, then the entries that
        have not moved on are cleared. A kill between the two costs a repeat.
        """
        if not self.has_lease:
            if not self.lease.acquire():
                return 0
            self.service.ensure_index()
        done = 0
        while batches is None or batches > 0:
            batch = self.service.view(SYSTEM, _read)
            if not batch.entries:
                break
            store_id = self.service.store_id()
            indexing.apply_batch(self.service.search(), batch, store_id)
            entries = list(batch.entries)

            def clear(ctx: Context, entries: list[tuple[str, int]] = entries) -> None:
                _clear(ctx.root, entries)

            self.service.run(SYSTEM, clear)
            done += len(entries)
            batches = None if batches is None else batches - 1
        self._rebuild_if_wanted()
        return done

    def _rebuild_if_wanted(self) -> None:
        """Build the index anew where a destruction waits for it."""
        wanted = self.service.view(SYSTEM, lambda ctx: ctx.root.index_wanted)
        if not wanted:
            return
        self.service.rebuild_index()

        def done(ctx: Context) -> None:
            if ctx.root.index_wanted == wanted:
                ctx.root.index_wanted = ""

        self.service.run(SYSTEM, done)

    def catch_up(self, timeout_s: float = WAIT_S) -> None:
        """Return when everything that waited at the call is searchable.

        Raises
        ------
        Temporary
            If another process holds the lease and does not get it done.
        """
        deadline = time.monotonic() + timeout_s
        while True:
            self.drain()
            if self.service.view(SYSTEM, _waiting) == 0:
                return
            if time.monotonic() > deadline:
                raise Temporary(
                    "the index is behind: another process holds the indexer and has "
                    "not finished; see: recordsvc index status"
                )
            time.sleep(0.05)


def _read(ctx: Context) -> indexing.Batch:
    return indexing.read_batch(ctx.root, ctx.bitstreams)


def _waiting(ctx: Context) -> int:
    return len(ctx.root.outbox)


def _clear(root: Archive, entries: list[tuple[str, int]]) -> None:
    root.outbox.clear(entries)
    for record_id, revision in entries:
        record = root.records.get(record_id)
        if record is None or record.revision == revision:
            root.tightened.discard(record_id)
