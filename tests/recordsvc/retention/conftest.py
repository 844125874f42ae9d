"""A real store, a schedule with every kind of clock, and papers without extraction."""

import hashlib
import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import pytest

from recordsvc.bootstrap import Service, init_store, open_service
from recordsvc.model import Manifestation, Record
from recordsvc.services import capture
from recordsvc.services.context import LOCAL_ADMINISTRATOR, Actor, Context
from recordsvc.services.described import Described
from recordsvc.services.disposal.holding import HoldOrder, place
from recordsvc.services.retention import scheduling
from recordsvc.settings import settings_from

T = TypeVar("T")
ADMIN = LOCAL_ADMINISTRATOR
OFFICER = Actor(login="olga", role="officer", self_made=True)
ARCHIVIST = Actor(login="arno", role="archivist", self_made=True)
READER = Actor(login="rita", role="reader", self_made=True)
TODAY = date(2026, 6, 1)

PLAN = """
[authority]
title = "Authority"
zone = "Europe/Paris"
fiscal_year_start = "04-01"
approved_by = ["Clerk", "Archivist"]
version = 1
effective_from = 2000-01-01

[[class]]
code = "BUS"
title = "Business"
schedule = "TEN"

[[class]]
code = "BUS.PQ"
title = "Questions"
parent = "BUS"

[[class]]
code = "BUS.LEG"
title = "To the end of the legislature"
parent = "BUS"
schedule = "LEG"

[[class]]
code = "BUS.SES"
title = "To the end of the session"
parent = "BUS"
schedule = "SES"

[[class]]
code = "COM"
title = "Committees"
schedule = "CLOSED"
closure = "C-30"

[[class]]
code = "COM.EV"
title = "Evidence"
parent = "COM"

[[class]]
code = "ANS"
title = "Answered"
schedule = "ANS"

[[class]]
code = "VIT"
title = "Vital"
schedule = "FOREVER"
vital_review = "P1Y"

[[class]]
code = "VIT.SUB"
title = "Vital, below"
parent = "VIT"

[[class]]
code = "NONE"
title = "Not yet scheduled"

[[class]]
code = "MEM"
title = "Papers of Members"
owner = "member"

[[closure]]
code = "C-30"
title = "Thirty years"
trigger = "created"
period = "P30Y"
rounding = "none"

[[schedule]]
code = "TEN"
title = "Ten years"
  [[schedule.stage]]
  trigger = "created"
  period = "P10Y"
  action = "destroy"

[[schedule]]
code = "CLOSED"
title = "From the closing"
  [[schedule.stage]]
  trigger = "closed"
  period = "P10Y"
  rounding = "year"
  action = "destroy"

[[schedule]]
code = "LEG"
title = "From the end of the legislature"
  [[schedule.stage]]
  trigger = "legislature_end"
  period = "P3Y"
  action = "destroy"

[[schedule]]
code = "SES"
title = "From the end of the session"
  [[schedule.stage]]
  trigger = "session_end"
  period = "P1Y"
  action = "destroy"

[[schedule]]
code = "ANS"
title = "From the answer"
  [[schedule.stage]]
  trigger = "event:answered"
  period = "P2Y"
  action = "destroy"

[[schedule]]
code = "FOREVER"
title = "Kept"
  [[schedule.stage]]
  trigger = "created"
  period = "P1Y"
  action = "permanent"
"""


@dataclass(slots=True, kw_only=True)
class Store:
    """A store of its own, in which any day can be today."""

    service: Service
    today: date = TODAY

    def do(self, work: Callable[[Context], T], actor: Actor = ADMIN) -> T:
        """Run a use case in one committed transaction."""
        return self.service.run(actor, lambda ctx: work(self._on(ctx)))

    def see(self, work: Callable[[Context], T], actor: Actor = ADMIN) -> T:
        """Run a use case that only reads."""
        return self.service.view(actor, lambda ctx: work(self._on(ctx)))

    def _on(self, ctx: Context) -> Context:
        return replace(ctx, fixed_today=self.today)

    def paper(self, **sidecar: str) -> str:
        """Capture a paper; return its id."""
        said = {key.replace("__", "."): value for key, value in sidecar.items()}

        def work(ctx: Context) -> str:
            content = hashlib.sha256(repr((len(ctx.root.records), said)).encode())
            stored = ctx.bitstreams.put(io.BytesIO(content.digest()))
            file = Manifestation(
                name="paper.txt",
                sha256=stored.sha256,
                bytes=stored.bytes,
                mime="text/plain",
            )
            arrival = capture.Arrival(
                manifestation=file, described=Described(type="report"), sidecar=said
            )
            return capture.capture(ctx, arrival).record.id

        return self.do(work)

    def hold(self, *ids: str) -> str:
        """Place a hold on records; return its id."""
        order = HoldOrder(title="Inquiry", mandate="Order 7", record_ids=ids)
        return self.do(lambda ctx: place(ctx, order).hold.id)

    def record(self, record_id: str) -> dict[str, Any]:
        """Return what is kept of a record, as values that outlive the transaction."""

        def work(ctx: Context) -> dict[str, Any]:
            record: Record = ctx.root.records[record_id]
            names = ("class_code", "standing", "closure", "review_on", "events")
            more = ("access", "revision", "aggregation", "statements", "reviewed_on")
            return {name: getattr(record, name) for name in (*names, *more)}

        return self.see(work)

    def due_on(self, record_id: str) -> date | None:
        """Return the day on which a record falls due, as it was last computed."""
        standing = self.record(record_id)["standing"]
        return standing.due_on if standing is not None else None

    def kinds(self, record_id: str) -> list[str]:
        """Return the types of a record's events, oldest first."""
        return [event.type for event in self.record(record_id)["events"]]

    def in_due_tree(self, record_id: str) -> bool:
        """Say whether a record stands in the tree of due days."""
        return self.see(lambda ctx: any(i == record_id for _, i in ctx.root.by_due))


@contextmanager
def make_store(folder: Path) -> Iterator[Store]:
    """Open a new test store without a schedule."""
    settings = settings_from(
        {"search.engine": "memory", "recordsvc.jurisdiction": "fr"},
        {"RECORDSVC_DATA_DIR": str(folder)},
    )
    init_store(settings, is_test=True, admin="admin", password="secret-enough")
    service = open_service(settings, {})
    yield Store(service=service)
    service.close()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Return a test store in which the plan of this module is in force."""
    with make_store(tmp_path / "store") as made:
        made.do(lambda ctx: scheduling.import_schedule(ctx, PLAN).number)
        yield made
