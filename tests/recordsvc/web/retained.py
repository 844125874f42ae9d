"""An archive under a schedule: papers that are due or not, people to decide."""

import shutil
from dataclasses import dataclass, field, replace
from datetime import date
from http.cookiejar import Cookie
from pathlib import Path
from typing import Any

from recordsvc.bootstrap import Service, init_store, open_service
from recordsvc.jobs.intake import Intake, IntakeOptions
from recordsvc.jobs.walk import Item
from recordsvc.services import accounts, linking
from recordsvc.services.context import SYSTEM, Actor
from recordsvc.services.disposal import approving, disposing
from recordsvc.services.disposal.verdicts import Ruling, rule
from recordsvc.services.retention.scheduling import import_schedule
from recordsvc.web import make_app

from .conftest import PASSWORD, Client, Library, settings_in

TODAY = date(2026, 6, 1)
PEOPLE = {
    "officer": "officer",
    "judge": "archivist",
    "approver": "approver",
    "second": "approver",
    "auditor": "auditor",
    "librarian": "librarian",
    "administrator": "administrator",
    "reader": "reader",
}
SCHEDULE = """\
[authority]
title = "Records Authority of Tessara"
zone = "Atlantic/Azores"
fiscal_year_start = "04-01"
approved_by = ["Clerk", "Archivist"]
version = 1
effective_from = 2020-01-01

[[class]]
code = "BUS"
title = "Business"
[[class]]
code = "BUS.PQ"
title = "Questions"
parent = "BUS"
schedule = "PQ-5"
scope = "Questions and answers"
closure = "C-2"
vital_review = "P1Y"
[[class]]
code = "BUS.DEP"
title = "Deposited papers"
parent = "BUS"
schedule = "DEP-T"
[[class]]
code = "BUS.LAW"
title = "Acts"
parent = "BUS"
schedule = "LAW-P"

[[schedule]]
code = "PQ-5"
title = "Questions, five years"
citation = ["Records Act 2004 s. 12"]
  [[schedule.stage]]
  trigger = "created"
  period = "P5Y"
  action = "destroy"
[[schedule]]
code = "DEP-T"
title = "Deposited papers"
  [[schedule.stage]]
  trigger = ["created", "event:printed"]
  combine = "any"
  period = "P5Y"
  rounding = "year"
  action = "transfer"
  cooling_days = 7
[[schedule]]
code = "LAW-P"
title = "Acts"
  [[schedule.stage]]
  action = "permanent"

[[closure]]
code = "C-2"
title = "Answers"
trigger = "created"
period = "P2Y"
"""
# Name to (class, day, title).
PAPERS = {
    "herring.txt": ("BUS.PQ", "2020-01-10", "Herring quotas"),
    "harbour.txt": ("BUS.PQ", "2020-02-20", "Harbour dues"),
    "bridges.txt": ("BUS.PQ", "2020-03-05", "Bridges & <b>tunnels</b>"),
    "ferries.txt": ("BUS.PQ", "2021-09-15", "Ferries to the isles"),
    "maps.txt": ("BUS.DEP", "2019-05-05", "Maps of the coast"),
    "act.txt": ("BUS.LAW", "2018-04-04", "Act on water"),
    "undated.txt": ("BUS.PQ", "", "Paper without a day"),
}
TEXT = "{title}. Every word of {name} is about {title} and its {word} alone, in full."
WORDS = (
    "quixotry",
    "zirconium",
    "plumbago",
    "xylophone",
    "obsidian",
    "juniper",
    "mica",
)


def actor(login: str) -> Actor:
    return Actor(login=login, role=PEOPLE[login], self_made=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Office(Library):
    """An archive whose people have logged in once, for all tests of a module."""

    sessions: dict[str, list[Cookie]]

    def client(self, role: str | None = None, **environ: str) -> Client:
        client = Client(self.application, extra_environ=environ or None)
        if role is None:
            return client
        if role not in self.sessions:
            client.log_in(role)
            self.sessions[role] = list(client.cookiejar)
        for cookie in self.sessions[role]:
            client.cookiejar.set_cookie(cookie)
        return client


@dataclass(slots=True, kw_only=True)
class Mould:
    """An archive that is made once; each test has a copy of its own.

    Only one copy is served at a time: the application is the costly part.
    """

    folder: Path
    ids: dict[str, str]
    application: Any = None
    sessions: dict[str, list[Cookie]] = field(default_factory=dict)

    def copy(self, folder: Path) -> Office:
        shutil.copytree(self.folder / "data", folder / "data")
        service = opened_in(folder)
        service.rebuild_index()
        if self.application is None:
            self.application = make_app(service, validate_answers=True)
        self.application.registry.service = service
        return Office(
            service=service,
            application=self.application,
            ids=self.ids,
            sessions=self.sessions,
        )

    def close(self) -> None:
        if self.application is not None:
            self.application.registry.pages.close()


def opened_in(folder: Path, engine: str = "memory") -> Service:
    settings = settings_in(folder, **{"search.engine": engine})
    return open_service(settings, {"RECORDSVC_TODAY": TODAY.isoformat()})


def mould_in(folder: Path, engine: str = "memory") -> Mould:
    settings = settings_in(folder, **{"search.engine": engine})
    init_store(settings, is_test=True, admin="root", password=PASSWORD)
    service = opened_in(folder, engine)

    def people(ctx):
        for login, role in PEOPLE.items():
            accounts.create_account(ctx.root, login, role, PASSWORD)
        import_schedule(replace(ctx, actor=actor("officer")), SCHEDULE)

    service.run(SYSTEM, people)
    ids = take_in(service, folder / "papers")
    service.close()
    return Mould(folder=folder, ids=ids)


def take_in(service: Service, folder: Path) -> dict[str, str]:
    folder.mkdir(exist_ok=True)
    items, rows, lines = [], {}, []
    for word, (name, (code, day, title)) in zip(WORDS, PAPERS.items(), strict=True):
        path = folder / name
        path.write_text(TEXT.format(name=name, title=title, word=word))
        items.append(Item(given=str(path), path=path))
        row = {"title": title, "class": code, "date": day, "type": "paper"}
        rows[str(path)] = {key: value for key, value in row.items() if value}
    Intake(service, actor("officer"), IntakeOptions(rows=rows), lines.append).run(items)
    return {Path(line["path"]).name: line["id"] for line in lines}


def propose(library: Library, *names: str) -> str:
    ids = [library.ids[name] for name in names]
    made = library.service.run(
        actor("officer"), lambda ctx: disposing.propose(ctx, None, ids).list.id
    )
    return str(made)


def judge(library: Library, list_id: str, verdict: str = "destroy") -> None:
    ruling = Ruling(verdict=verdict, reason="looked at")
    library.service.run(actor("judge"), lambda ctx: rule(ctx, list_id, ruling))


def approve(library: Library, list_id: str) -> None:
    for login in ("approver", "second"):
        library.service.run(
            actor(login), lambda ctx: approving.approve(ctx, list_id) and None
        )


def rely(library: Library, source: str, target: str) -> None:
    """Say that one paper is the answer to another."""
    library.service.run(
        actor("officer"),
        lambda ctx: (
            linking.add(
                ctx, "answers", library.ids[source], library.ids[target], "it does"
            )
            and None
        ),
    )
