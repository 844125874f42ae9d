"""The what-if of a schedule beside a bare walk over the same records."""

import tempfile
from pathlib import Path

from bench.archive import archive, schedule
from bench.measure import Ratio, compare
from recordsvc.jobs.simulation import simulate
from recordsvc.services.context import LOCAL_ADMINISTRATOR, Context
from recordsvc.services.retention.walking import records_of


def what_if(count: int, rounds: int) -> Ratio:
    """Measure `schedule simulate` of a file that shortens every period."""
    source = schedule(2, less=2)

    def walk(ctx: Context) -> int:
        return sum(1 for _ in records_of(ctx.root))

    with (
        tempfile.TemporaryDirectory(prefix="bench-simulate-") as name,
        archive(Path(name), count) as service,
    ):
        workers = service.settings.workers
        return compare(
            f"what-if of a schedule over {count} records, {workers} workers",
            lambda: simulate(service, LOCAL_ADMINISTRATOR, source),
            lambda: service.view(LOCAL_ADMINISTRATOR, walk),
            rounds=rounds,
            note="reference: loading the same records in one process, nothing else",
        )
