"""A store with many records of the usual size, made without extraction."""

import datetime as dt
import hashlib
import random
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from recordsvc.bootstrap import Service, init_store, opened
from recordsvc.model import Event, Expression, Manifestation, Record
from recordsvc.model.record import Identifier, Statement
from recordsvc.services import changes
from recordsvc.services.context import SYSTEM, Context
from recordsvc.services.retention import scheduling, standing
from recordsvc.settings import settings_from

GROUP = 1000
CLASSES = {"PQ": 10, "BILL": 25, "PAPER": 5, "CORR": 7}
EPOCH = dt.date(2000, 1, 1)
SCHEDULE = """
[authority]
title = "Records Authority of the Assembly"
zone = "Europe/Paris"
approved_by = ["Clerk of the House", "Archivist"]
version = {version}
effective_from = 2020-01-01
"""
CLASS = """
[[class]]
code = "{code}"
title = "{code}"
schedule = "{code}"

[[schedule]]
code = "{code}"
title = "{code}"
  [[schedule.stage]]
  trigger = "closed"
  period = "P{years}Y"
  rounding = "year"
  action = "destroy"
"""


def schedule(version: int = 1, *, less: int = 0) -> str:
    """Return a schedule file; `less` years are taken from every period."""
    parts = [
        CLASS.format(code=code, years=years - less) for code, years in CLASSES.items()
    ]
    return SCHEDULE.format(version=version) + "".join(parts)


@contextmanager
def archive(folder: Path, count: int) -> Iterator[Service]:
    """Make a store with so many records in an SQLite file, and open it."""
    settings = settings_from(
        {"recordsvc.data_dir": str(folder / "var"), "search.engine": "memory"}, {}
    )
    init_store(settings, is_test=True, admin="admin", password="a long password")
    chance = random.Random(7)
    with opened(settings, {}) as service:
        service.run(
            SYSTEM, lambda ctx: scheduling.import_schedule(ctx, schedule()).number
        )
        for begin in range(0, count, GROUP):
            numbers = range(begin, min(begin + GROUP, count))
            service.run(SYSTEM, lambda ctx, n=numbers: _fill(ctx, n, chance))
        yield service


def _fill(ctx: Context, numbers: range, chance: random.Random) -> None:
    by = standing.judge(ctx)
    for number in numbers:
        record = _record(ctx, number, chance)
        ctx.root.add(record)
        changes.set_class(ctx, record, chance.choice(list(CLASSES)))
        changes.set_identifiers(ctx, record, record.identifiers)
        standing.refresh(ctx, record, by)


def _record(ctx: Context, number: int, chance: random.Random) -> Record:
    record = Record(uuid.UUID(int=chance.getrandbits(128), version=4).hex)
    sha256 = hashlib.sha256(str(number).encode()).hexdigest()
    day = EPOCH + dt.timedelta(days=chance.randrange(9000))
    number_of = f"{number:06}/{day.year}"
    record.titles = (("en", f"Answer on rivers and harbours, number {number}"),)
    record.language, record.access, record.type = "en", "open", "answer"
    record.date, record.closed_on = day.isoformat(), day.isoformat()
    record.dates = (("created", day.isoformat()),)
    record.identifiers = (
        Identifier(scheme="local", value=number_of, normalised=f"local:{number_of}"),
    )
    record.statements = tuple(
        Statement(field=name, value=number_of, how="extracted", rule="header", page=1)
        for name in ("title", "date", "date.created", "type", "identifier", "chamber")
    )
    file = Manifestation(
        name=f"{number}.pdf",
        sha256=sha256,
        bytes=100_000 + number,
        mime="application/pdf",
        pages=4,
        text="full",
        rendition=sha256[::-1],
        captured_at=ctx.now(),
    )
    record.expressions = (Expression(language="en", manifestations=(file,)),)
    facts = (("mime", file.mime), ("sha256", sha256))
    record.events = (
        Event(
            id=uuid.UUID(int=chance.getrandbits(128), version=4).hex,
            type="capture",
            at=ctx.now(),
            agent="officer",
            outcome="success",
            facts=facts,
        ),
    )
    record.received_on, record.captured_at = ctx.today(), ctx.now()
    record.revision = 1
    return record
