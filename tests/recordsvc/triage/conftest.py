"""A store with a schedule, and papers whose values were found with some confidence."""

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
from recordsvc.model.record import Statement
from recordsvc.services import accounts, capture, renditions
from recordsvc.services.context import SYSTEM, Actor, Context
from recordsvc.services.described import Described
from recordsvc.services.disposal.holding import HoldOrder, place
from recordsvc.services.retention import scheduling
from recordsvc.settings import settings_from

T = TypeVar("T")
OFFICER = Actor(login="olga", role="officer", self_made=True)
LIBRARIAN = Actor(login="lena", role="librarian", self_made=True)
READER = Actor(login="rita", role="reader", self_made=True)
TODAY = date(2026, 6, 1)
PLAN = """
[authority]
title = "Authority"
zone = "UTC"
approved_by = ["Clerk", "Archivist"]
version = 1
effective_from = 2000-01-01
[[class]]
code = "Q"
title = "Questions"
schedule = "TEN"
[[class]]
code = "R"
title = "Reports"
schedule = "TWO"
[[class]]
code = "L"
title = "Letters"
schedule = "LAST"
[[class]]
code = "M"
title = "Papers of Members"
owner = "member"
[[schedule]]
code = "TEN"
title = "Ten years"
  [[schedule.stage]]
  trigger = "created"
  period = "P10Y"
  action = "destroy"
[[schedule]]
code = "TWO"
title = "Two years"
  [[schedule.stage]]
  trigger = "created"
  period = "P2Y"
  action = "destroy"
[[schedule]]
code = "LAST"
title = "From the last change"
  [[schedule.stage]]
  trigger = "last_action"
  period = "P1Y"
  action = "destroy"
"""


def found(
    field: str,
    value: str,
    confidence: float = 0.9,
    *,
    how: str = "extracted",
    rule: str = "za:heading",
    page: int | None = 1,
) -> Statement:
    return Statement(
        field=field,
        value=value,
        how=how,
        rule=rule,
        page=page,
        confidence=confidence,
    )


TITLE = found("title", "Report on drinking water")
DATE = found("date", "2020-05-12")
TYPE = found("type", "report")


@dataclass(slots=True, kw_only=True)
class House:
    """A store of its own, in which any day can be today."""

    service: Service
    today: date = TODAY
    made: int = 0

    def do(self, work: Callable[[Context], T], actor: Actor = OFFICER) -> T:
        return self.service.run(actor, lambda ctx: work(self.on(ctx)))

    def see(self, work: Callable[[Context], T], actor: Actor = OFFICER) -> T:
        return self.service.view(actor, lambda ctx: work(self.on(ctx)))

    def on(self, ctx: Context) -> Context:
        return replace(ctx, fixed_today=self.today)

    def paper(
        self,
        *statements: Statement,
        text: str = "",
        intake: str = "",
        jurisdiction: str | None = None,
        **sidecar: str,
    ) -> str:
        """Capture a paper whose values were found so; return its id."""
        self.made += 1
        content = hashlib.sha256(str(self.made).encode()).digest()

        def work(ctx: Context) -> str:
            kept = ctx.bitstreams.put(io.BytesIO(content))
            rendition = None
            if text:
                encoded = renditions.encode([(1, text)], [["", ""]], "en")
                rendition = renditions.store(ctx.bitstreams, encoded)
            file = Manifestation(
                name="paper.txt",
                sha256=kept.sha256,
                bytes=kept.bytes,
                mime="text/plain",
                rendition=rendition.sha256 if rendition else None,
            )
            said = {s.field: s.value for s in reversed(statements)}
            described = Described(
                type=said.get("type"),
                titles=(("en", said["title"]),) if "title" in said else (),
                date=said.get("date"),
                language="en",
                jurisdiction=jurisdiction,
                statements=statements,
            )
            arrival = capture.Arrival(
                manifestation=file,
                described=described,
                sidecar=sidecar,
                rendition_bytes=rendition.bytes if rendition else 0,
                facts={"intake": intake} if intake else {},
            )
            return capture.capture(ctx, arrival).record.id

        return self.do(work)

    def hold(self, *ids: str) -> str:
        order = HoldOrder(title="Inquiry", mandate="Order 7", record_ids=ids)
        return self.do(lambda ctx: place(ctx, order).hold.id)

    def of(self, record_id: str, *names: str) -> Any:
        """Return attributes of a record, as values that outlive the transaction."""

        def work(ctx: Context) -> Any:
            record: Record = ctx.root.records[record_id]
            values = tuple(getattr(record, name) for name in names)
            return values[0] if len(values) == 1 else values

        return self.see(work)

    def kinds(self, record_id: str) -> list[str]:
        return [event.type for event in self.of(record_id, "events")]


@contextmanager
def house_in(folder: Path, **more: str) -> Iterator[House]:
    settings = settings_from(
        {
            "search.engine": "memory",
            "recordsvc.workers": "1",
            "recordsvc.default_access": "open",
            **more,
        },
        {"RECORDSVC_DATA_DIR": str(folder)},
    )
    init_store(settings, is_test=True, admin="admin", password="secret-enough")
    service = open_service(settings, {})

    def people(ctx: Context) -> None:
        for actor in (OFFICER, LIBRARIAN, READER):
            accounts.create_account(
                ctx.root, actor.login, actor.role, "a-long-password"
            )

    service.run(SYSTEM, people)
    house = House(service=service)
    house.do(lambda ctx: scheduling.import_schedule(ctx, PLAN).number, SYSTEM)
    yield house
    service.close()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with house_in(tmp_path / "store") as made:
        yield made
