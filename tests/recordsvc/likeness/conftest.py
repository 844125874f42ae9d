"""A real store with a schedule, and papers whose text is what a test says it is."""

import hashlib
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import pytest

from recordsvc.bootstrap import Service, init_store, open_service
from recordsvc.jobs.likening import Likener, Tally
from recordsvc.jobs.sealer import Sealer
from recordsvc.model import Manifestation
from recordsvc.model.record import Identifier
from recordsvc.services import capture, renditions
from recordsvc.services.context import Actor, Context
from recordsvc.services.described import Described
from recordsvc.services.retention import scheduling
from recordsvc.settings import settings_from

T = TypeVar("T")
OFFICER = Actor(login="olga", role="officer", self_made=True)
ADMIN = Actor(login="admin", role="administrator", self_made=True)
READER = Actor(login="rita", role="reader", self_made=True)
RESEARCHER = Actor(login="rosa", role="researcher", self_made=True)
ANYONE = Actor(login="anonymous", role="anonymous")
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
code = "TEN"
title = "Ten years"
schedule = "TEN"
[[class]]
code = "TWENTY"
title = "Twenty years"
schedule = "TWENTY"
[[class]]
code = "EVER"
title = "For ever"
schedule = "EVER"
[[class]]
code = "OLD"
title = "Until replaced"
schedule = "OLD"
[[schedule]]
code = "TEN"
title = "Ten"
  [[schedule.stage]]
  trigger = "created"
  period = "P10Y"
  action = "destroy"
[[schedule]]
code = "TWENTY"
title = "Twenty"
  [[schedule.stage]]
  trigger = "created"
  period = "P20Y"
  action = "destroy"
[[schedule]]
code = "EVER"
title = "Ever"
  [[schedule.stage]]
  trigger = "created"
  period = "P1Y"
  action = "permanent"
[[schedule]]
code = "OLD"
title = "Old"
  [[schedule.stage]]
  trigger = "superseded"
  period = "P1Y"
  action = "destroy"
"""


def words(subject: str, count: int = 150) -> str:
    """Return a text of its own for every subject, always the same."""
    seed = [
        hashlib.sha256(f"{subject}{n}".encode()).hexdigest()[:7] for n in range(count)
    ]
    return f"On {subject} it is enacted: " + " ".join(seed)


@dataclass(slots=True, kw_only=True)
class Store:
    """A store in which any day can be today."""

    service: Service
    today: date = TODAY
    captured: int = 0

    def do(self, work: Callable[[Context], T], actor: Actor = OFFICER) -> T:
        return self.service.run(actor, lambda ctx: work(self._on(ctx)))

    def see(self, work: Callable[[Context], T], actor: Actor = OFFICER) -> T:
        return self.service.view(actor, lambda ctx: work(self._on(ctx)))

    def _on(self, ctx: Context) -> Context:
        return replace(ctx, fixed_today=self.today)

    def paper(
        self,
        text: str,
        *,
        number: str = "",
        mime: str = "text/plain",
        language: str = "en",
        kind: str = "bill",
        **sidecar: str,
    ) -> str:
        """Capture a paper of a text; return its id."""
        self.captured += 1
        said = {"date": "2020-03-01", "title": "A bill", "language": language}
        said |= sidecar
        numbers = (
            (Identifier(scheme="za.bill", value=number, normalised=number),)
            if number
            else ()
        )

        def work(ctx: Context) -> str:
            page = renditions.encode([(1, text)], None, language)
            rendition = renditions.store(ctx.bitstreams, page)
            content = f"{self.captured}\n{text}".encode()
            stored = ctx.bitstreams.put(io.BytesIO(content))
            file = Manifestation(
                name=f"{self.captured}.txt",
                sha256=stored.sha256,
                bytes=stored.bytes,
                mime=mime,
                text="full",
                rendition=rendition.sha256,
            )
            arrival = capture.Arrival(
                manifestation=file,
                described=Described(type=kind, identifiers=numbers),
                sidecar=said,
                rendition_bytes=rendition.bytes,
            )
            return capture.capture(ctx, arrival).record.id

        return self.do(work)

    def look(self) -> Tally:
        """Compare what is new."""
        with Sealer(self.service) as sealer:
            sealer.drain()
        with Likener(self.service) as likener:
            return likener.catch_up()

    def pairs(self, actor: Actor = OFFICER) -> list[dict[str, Any]]:
        from recordsvc.services.likeness.viewing import pairs_waiting

        return self.see(lambda ctx: pairs_waiting(ctx)["pairs"], actor)

    def shown(self, record_id: str, actor: Actor = OFFICER) -> dict[str, Any]:
        from recordsvc.services.access import record_for
        from recordsvc.services.likeness.viewing import shown_mapping

        return self.see(
            lambda ctx: shown_mapping(ctx, record_for(ctx, record_id)), actor
        )


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[..., Store]]:
    """Return a function that opens a store under settings."""
    opened = []

    def open_(**settings: str) -> Store:
        found = settings_from(
            {"search.engine": "memory", "recordsvc.default_access": "open"}
            | {f"recordsvc.likeness_{k}": v for k, v in settings.items()},
            {"RECORDSVC_DATA_DIR": str(tmp_path / "store")},
        )
        init_store(found, is_test=True, admin="admin", password="secret-enough")
        store = Store(service=open_service(found, {}))
        opened.append(store)
        store.do(lambda ctx: scheduling.import_schedule(ctx, PLAN).number, ADMIN)
        return store

    yield open_
    for store in opened:
        store.service.close()


@pytest.fixture
def store(make: Callable[..., Store]) -> Store:
    return make()
