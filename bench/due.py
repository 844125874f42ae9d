"""The due list of an archive beside a scan of its records."""

import datetime as dt
import random
import tempfile
import uuid
from pathlib import Path

from bench.archive import GROUP, archive
from bench.measure import Ratio, compare
from recordsvc.bootstrap import Service
from recordsvc.services.access import may_read
from recordsvc.services.context import LOCAL_ADMINISTRATOR, SYSTEM, Context
from recordsvc.services.retention import retaining, standing
from recordsvc.services.retention.walking import records_of

PAGE = 100
DUE = 1000
FUTURE = dt.date(2060, 1, 1)


def due_list(entries: int, records: int, rounds: int) -> tuple[Ratio, Ratio]:
    """Measure the first page and the first 1,000 of a tree of so many entries.

    Parameters
    ----------
    entries
        Entries of the due tree.
    records
        Records that stand behind the first of them; the others are due later, and
        a page never looks at them. The scan walks these records alone.
    """
    with (
        tempfile.TemporaryDirectory(prefix="bench-due-") as name,
        archive(Path(name), records) as service,
    ):
        _fill(service, entries - records)

        def page(limit: int) -> None:
            found = service.view(
                LOCAL_ADMINISTRATOR, lambda ctx: retaining.due(ctx, limit=limit)
            )
            if len(found["items"]) != limit:
                raise ValueError(f"{len(found['items'])} of {limit} items were found")

        def scan(ctx: Context) -> int:
            by = standing.judge(ctx)
            found = (r for r in records_of(ctx.root) if may_read(ctx.actor, r))
            return sum(by.judge(r) is not None for r in found)

        first, thousand = (
            compare(
                f"the first {limit} due of {entries} entries",
                lambda n=limit: page(n),
                lambda: service.view(LOCAL_ADMINISTRATOR, scan),
                rounds=rounds,
                note=f"reference: judging {records} records one by one",
            )
            for limit in (PAGE, DUE)
        )
        return first, thousand


def _fill(service: Service, count: int) -> None:
    """Add entries of later days, of records that no page comes to."""
    chance = random.Random(5)
    for begin in range(0, count, 20 * GROUP):
        pairs = [
            (
                (FUTURE + dt.timedelta(days=chance.randrange(15_000))).isoformat(),
                uuid.UUID(int=chance.getrandbits(128), version=4).hex,
            )
            for _ in range(min(20 * GROUP, count - begin))
        ]
        service.run(SYSTEM, lambda ctx, p=pairs: ctx.root.by_due.update(p))
