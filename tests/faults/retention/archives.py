"""A test store with everyone who acts in a disposal, in this process or as commands."""

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, TypeVar

from exports.certificate_verifier import check
from recordsvc.bootstrap import Service, init_store, opened
from recordsvc.jobs.disposal import RunReport, run_disposal
from recordsvc.jobs.indexer import Indexer
from recordsvc.model import Archive, Record
from recordsvc.model.record import Manifestation
from recordsvc.model.root import ROOT_KEY
from recordsvc.search.ast import Word
from recordsvc.search.index import AccessFilter
from recordsvc.services import renditions
from recordsvc.services.accounts import add_account
from recordsvc.services.capture import Arrival, Captured, capture
from recordsvc.services.context import SYSTEM, Actor, Context
from recordsvc.services.described import Described
from recordsvc.services.disposal import approving, disposing, verdicts
from recordsvc.services.disposal.holding import HoldOrder
from recordsvc.services.retention.scheduling import import_schedule
from recordsvc.settings import ACCESS_LEVELS, Settings, settings_from
from recordsvc.storage.transactions import run

T = TypeVar("T")
ROOT = Path(__file__).resolve().parents[3]
COMMAND = [sys.executable, "-c", "from recordsvc.cli import main; main()"]
TODAY = date(2026, 12, 1)
# Lists are approved today and cool for a day.
RUN_DAY = TODAY + timedelta(days=1)
OFFICER = Actor(login="olga", role="officer", self_made=True)
REVIEWER = Actor(login="rosa", role="officer", self_made=True)
FIRST = Actor(login="ada", role="approver", self_made=True)
SECOND = Actor(login="bea", role="approver", self_made=True)
LIBRARIAN = Actor(login="lena", role="librarian", self_made=True)
SCHEDULE = """
[authority]
title = "Records Authority"
zone = "Europe/Paris"
approved_by = ["Clerk", "Archivist"]
version = 1
effective_from = 2020-01-01

[[class]]
code = "X"
title = "Papers"
schedule = "S5"

[[class]]
code = "X.1"
title = "Papers of the water committee"
parent = "X"

[[class]]
code = "KEPT"
title = "Acts"
schedule = "EVER"

[[schedule]]
code = "S5"
title = "five years"
citation = ["Act 1 of 2001"]
  [[schedule.stage]]
  trigger = "created"
  period = "P5Y"
  action = "destroy"

[[schedule]]
code = "EVER"
title = "for ever"
citation = ["Act 2 of 2001"]
  [[schedule.stage]]
  action = "permanent"
"""


def settings_of(data_dir: Path, *, engine: str = "memory", store: str = "") -> Settings:
    """Return the settings of a store below a folder."""
    values = {
        "recordsvc.data_dir": str(data_dir),
        "search.engine": engine,
        "recordsvc.workers": "1",
        "recordsvc.default_access": "internal",
    }
    return settings_from(values | ({"zodb.uri": store} if store else {}), {})


def make_store(settings: Settings) -> None:
    """Make a test store with a schedule in force."""
    mask = os.umask(0o077)
    try:
        init_store(settings, is_test=True, admin="admin", password="a long password")
    finally:
        os.umask(mask)
    with house_of(settings) as house:
        house.act(SYSTEM, add_people)
        house.act(OFFICER, lambda ctx: import_schedule(ctx, SCHEDULE))


def add_people(ctx: Context) -> None:
    """Add an account for everyone who acts."""
    for who in (OFFICER, REVIEWER, FIRST, SECOND, LIBRARIAN):
        add_account(ctx, who.login, who.role, "a long password")


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """What is captured.

    Parameters
    ----------
    content
        The file; the text in UTF-8 without.
    """

    text: str
    title: str = "A paper on water"
    code: str = "X"
    created: str = "2015-03-01"
    access: str = "internal"
    content: bytes | None = None


def capture_paper(ctx: Context, paper: Paper) -> Captured:
    """Capture a paper as an intake does, without extraction."""
    content = paper.content if paper.content is not None else paper.text.encode()
    stored = ctx.bitstreams.put(io.BytesIO(content))
    rendition = renditions.store(
        ctx.bitstreams, renditions.encode([(1, paper.text)], None, "en")
    )
    arrival = Arrival(
        manifestation=Manifestation(
            name="paper.txt",
            sha256=stored.sha256,
            bytes=stored.bytes,
            mime="text/plain",
            pages=1,
            text="full",
            rendition=rendition.sha256,
        ),
        described=Described(language="en"),
        sidecar={
            "title": paper.title,
            "class": paper.code,
            "created": paper.created,
            "access": paper.access,
        },
        rendition_bytes=rendition.bytes,
    )
    return capture(ctx, arrival)


class House:
    """An opened store, and what is done in it again and again."""

    def __init__(self, service: Service) -> None:
        self.service = service

    def act(self, actor: Actor, work: Callable[[Context], T]) -> T:
        return self.service.run(actor, work)

    def together(self, work: Callable[[Callable[[Actor], Context]], T]) -> T:
        """Do what several people do in one transaction: only to save time."""

        def durable(root: Mapping[str, Archive]) -> T:
            result = work(lambda who: self.service.context(root[ROOT_KEY], who))
            self.service.bitstreams.sync()
            return result

        return run(self.service.database, durable)

    def view(self, work: Callable[[Context], T]) -> T:
        return self.service.view(SYSTEM, work)

    def add(self, *papers: Paper, by: Actor = OFFICER) -> list[str]:
        """Capture papers; return their ids."""
        return self.act(
            by, lambda ctx: [capture_paper(ctx, p).record.id for p in papers]
        )

    def approved(self, ids: Iterable[str]) -> str:
        """Return the id of an approved list of records, all to be destroyed."""
        chosen = tuple(ids)
        return self.together(lambda as_: approve_list(as_, chosen))

    def index(self) -> None:
        with Indexer(self.service) as indexer:
            indexer.catch_up()

    def run(self, on: date = RUN_DAY) -> RunReport:
        return run_disposal(self.service, OFFICER, on)

    def record(self, record_id: str, look: Callable[[Record], T]) -> T:
        return self.view(lambda ctx: look(ctx.root.records[record_id]))

    def state(self, record_id: str) -> str:
        return self.record(record_id, lambda r: str(r.state))

    def found(self, word: str) -> list[str]:
        """Return the ids that a search of staff finds."""
        access = AccessFilter(levels=frozenset(ACCESS_LEVELS))
        hits = self.service.search().search(Word(text=word), access=access, limit=10)
        return [h.record_id for h in hits.hits]

    def certified(self) -> list[list[str]]:
        """Return the record ids of every certificate, in order."""
        return self.view(
            lambda ctx: [
                ids_certified(c.envelope) for c in ctx.root.certificates.values()
            ]
        )


def ids_certified(envelope: bytes) -> list[str]:
    """Return the record ids of a certificate that verifies by itself."""
    return [item["record"] for item in check(envelope)["certificate"]["items"]]


def approve_list(as_: Callable[[Actor], Context], ids: tuple[str, ...]) -> str:
    """Propose, judge and approve a list, each by another person; return its id."""
    list_id = disposing.propose(as_(OFFICER), RUN_DAY, ids).list.id
    verdicts.rule(as_(REVIEWER), list_id, verdicts.Ruling(verdict="destroy"))
    approving.approve(as_(FIRST), list_id)
    approving.approve(as_(SECOND), list_id)
    return list_id


def order(scope: str, target: str = "", ids: tuple[str, ...] = ()) -> HoldOrder:
    """Return an order for a hold."""
    return HoldOrder(
        title="Inquiry", mandate="Order 12", scope=scope, target=target, record_ids=ids
    )


@contextmanager
def house_of(settings: Settings, day: date = TODAY) -> Iterator[House]:
    """Open a store on a day."""
    with opened(settings, {"RECORDSVC_TODAY": day.isoformat()}) as service:
        yield House(service)


class Commands:
    """The command line on a store, as real processes."""

    def __init__(self, settings: Settings, day: date = RUN_DAY) -> None:
        self.data_dir = settings.data_dir
        self.environ = {
            **os.environ,
            "RECORDSVC_DATA_DIR": str(settings.data_dir),
            "RECORDSVC_TODAY": day.isoformat(),
        }
        self.folder = settings.data_dir.parent
        self.config = self.folder / f"{settings.data_dir.name}.ini"
        self.config.write_text(
            f"[app:main]\nsearch.engine = {settings.engine}\nrecordsvc.workers = 1\n"
        )

    def start(self, *words: str, fault: str = "") -> subprocess.Popen[str]:
        extra = {"RECORDSVC_FAULT": fault} if fault else {}
        return subprocess.Popen(
            [*COMMAND, "--config", str(self.config), *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=self.environ | extra,
        )

    def run(
        self, *words: str, fault: str = "", codes: tuple[int, ...] = (0,)
    ) -> tuple[int, str, str]:
        process = self.start(*words, fault=fault)
        out, err = process.communicate(timeout=240)
        assert process.returncode in codes, (words, process.returncode, out, err)
        return process.returncode, out, err

    def json(self, *words: str, codes: tuple[int, ...] = (0,)) -> Any:
        return json.loads(self.run(*words, "--json", codes=codes)[1])
