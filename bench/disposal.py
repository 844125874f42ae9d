"""A run of disposal beside bringing the same records in."""

import datetime as dt
import io
import random
import tempfile
import time
from pathlib import Path

from bench.archive import schedule
from bench.measure import Ratio
from recordsvc.bootstrap import Service, init_store, opened
from recordsvc.jobs.disposal import run_disposal
from recordsvc.jobs.indexer import Indexer
from recordsvc.model import Manifestation
from recordsvc.services import renditions
from recordsvc.services.capture import Arrival, capture
from recordsvc.services.context import SYSTEM, Actor, Context
from recordsvc.services.described import Described
from recordsvc.services.disposal import approving, disposing, verdicts
from recordsvc.services.retention import scheduling
from recordsvc.settings import settings_from

GROUP = 100
WORDS = 400
OFFICER = Actor(login="officer", role="officer", self_made=True)
JUDGE = Actor(login="archivist", role="archivist", self_made=True)
APPROVERS = tuple(
    Actor(login=login, role="approver", self_made=True) for login in ("one", "two")
)


def disposal(count: int, engine: str) -> Ratio:
    """Measure a run over so many records, and how long it took to take them in."""
    with tempfile.TemporaryDirectory(prefix="bench-disposal-") as name:
        settings = settings_from(
            {
                "recordsvc.data_dir": str(Path(name) / "var"),
                "search.engine": engine,
                "recordsvc.default_access": "open",
            },
            {},
        )
        init_store(settings, is_test=True, admin="admin", password="a long password")
        with opened(settings, {}) as service:
            taken_in = _fill(service, count)
            today = service.view(SYSTEM, lambda ctx: ctx.today())
            _approve(service)
            started = time.perf_counter()
            report = run_disposal(service, OFFICER, today + dt.timedelta(days=30))
            took = time.perf_counter() - started
            destroyed = sum(
                item["result"] == "destroyed"
                for found in report.mapping["lists"]
                for item in found["items"]
            )
    if destroyed != count:
        raise RuntimeError(f"{destroyed} of {count} were destroyed")
    return Ratio(
        what=f"a run of disposal over {count} records, {engine}",
        ours_s=took,
        reference_s=taken_in,
        ratio=took / taken_in,
        note="reference: capturing and indexing the same texts",
    )


def _fill(service: Service, count: int) -> float:
    service.run(SYSTEM, lambda ctx: scheduling.import_schedule(ctx, schedule()).number)
    chance = random.Random(7)
    vocabulary = [
        "".join(chance.choices("abcdefghijklmnop", k=chance.randint(3, 11)))
        for _ in range(5000)
    ]
    texts = [" ".join(chance.choices(vocabulary, k=WORDS)) for _ in range(count)]
    started = time.perf_counter()
    for begin in range(0, count, GROUP):
        numbers = range(begin, min(begin + GROUP, count))
        service.run(SYSTEM, lambda ctx, n=numbers: _take_in(ctx, n, texts))
    with Indexer(service) as indexer:
        indexer.catch_up()
    return time.perf_counter() - started


def _take_in(ctx: Context, numbers: range, texts: list[str]) -> None:
    for number in numbers:
        text = f"{texts[number]} token{number:07d}own"
        stored = ctx.bitstreams.put(io.BytesIO(text.encode()))
        rendition = renditions.store(
            ctx.bitstreams, renditions.encode([(1, text)], None, "en")
        )
        file = Manifestation(
            name=f"{number}.txt",
            sha256=stored.sha256,
            bytes=stored.bytes,
            mime="text/plain",
            text="full",
            rendition=rendition.sha256,
        )
        sidecar = {
            "title": f"Paper {number}",
            "class": "PQ",
            "created": "2000-01-01",
            "closed": "2001-01-01",
        }
        capture(
            ctx,
            Arrival(
                manifestation=file,
                described=Described(type="paper", language="en"),
                sidecar=sidecar,
                rendition_bytes=rendition.bytes,
            ),
        )


def _approve(service: Service) -> None:
    list_id = service.run(OFFICER, lambda ctx: disposing.propose(ctx).list.id)
    ruling = verdicts.Ruling(verdict="destroy")
    service.run(JUDGE, lambda ctx: len(verdicts.rule(ctx, list_id, ruling)))
    for who in APPROVERS:
        service.run(who, lambda ctx: approving.approve(ctx, list_id).id)
