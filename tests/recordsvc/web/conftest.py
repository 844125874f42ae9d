"""A small archive behind the real application."""

import io
from dataclasses import dataclass
from pathlib import Path

import pytest
from reportlab.pdfgen.canvas import Canvas
from webtest import TestApp

from recordsvc.bootstrap import Service, init_store, open_service
from recordsvc.jobs.intake import Intake, IntakeOptions
from recordsvc.jobs.walk import Item
from recordsvc.model import Record
from recordsvc.services import accounts
from recordsvc.services.context import SYSTEM, Actor
from recordsvc.settings import Settings, settings_from
from recordsvc.web import make_app

TESTER = Actor(login="tester", role="administrator", self_made=True)
PASSWORD = "a-long-password"
ROLES = ("administrator", "officer", "librarian", "researcher", "reader")
XSS = "<script>alert(1)</script>"


def pdf(*pages: str) -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out, invariant=True)
    for text in pages:
        for row, line in enumerate(text.splitlines()):
            canvas.drawString(72, 760 - 16 * row, line)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


HARBOUR = (
    b"<html><head><title>Harbour dues</title></head><body><p>Harbour dues rise."
    b"</p><script>alert(2)</script></body></html>"
)
PAPERS: dict[str, tuple[bytes, dict[str, str]]] = {
    "water.pdf": (
        pdf(
            "Report on drinking water\nThe committee met on 12 May 2021.",
            "Every household has a right to drinking water.\nThe aquifer is shared.",
        ),
        {"title": "Report on drinking water", "type": "report", "date": "2021-05-12"},
    ),
    "page.html": (
        HARBOUR,
        {"title": "Harbour dues", "type": "bill", "date": "2020-02-03"},
    ),
    "arabic.txt": (
        "تقرير عن مياه الشرب في المدينة. لكل أسرة حق في مياه الشرب النظيفة.".encode(),
        {"title": "تقرير عن مياه الشرب", "type": "report", "language": "ar"},
    ),
    "odd.txt": (
        f"A paper about {XSS} and lighthouses, which stand on the coast.".encode(),
        {"title": f"{XSS} lighthouses", "type": "<b>bold</b>", "date": "2019-07-01"},
    ),
    "inner.txt": (
        b"Zeppelin procurement minutes, for the staff of the house alone.",
        {"title": "Zeppelin minutes", "type": "minutes", "access": "internal"},
    ),
    "secret.txt": (
        b"Quarrymaster testimony, closed until further notice by the committee.",
        {"title": "Quarrymaster testimony", "type": "secret", "access": "closed"},
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """What a test is given: the archive, its application, its records by file."""

    service: Service
    application: object
    ids: dict[str, str]

    def client(self, role: str | None = None, **environ: str) -> "Client":
        client = Client(self.application, extra_environ=environ or None)
        if role is not None:
            client.log_in(role)
        return client

    def token(self, role: str) -> dict[str, str]:
        made = self.service.run(
            SYSTEM, lambda ctx: accounts.issue_token(ctx.root, role, self_made=True)
        )
        return {"Authorization": f"Bearer {made}"}

    def record(self, name: str) -> tuple[str, int]:
        def look(ctx):
            record: Record = ctx.root.records[self.ids[name]]
            return record.id, record.revision

        return self.service.view(SYSTEM, look)


class Client(TestApp):
    """WebTest's client that can log in."""

    def csrf(self) -> str:
        return self.get("/about/accessibility").forms[1]["csrf_token"].value

    def log_in(self, login: str, password: str = PASSWORD, **more: str):
        form = self.get("/login").forms[2]
        form["login"], form["password"] = login, password
        for name, value in more.items():
            form[name] = value
        return form.submit(expect_errors=True)


def settings_in(folder: Path, **more: str) -> Settings:
    return settings_from(
        {
            "recordsvc.parliament": "Assembly of Tessara",
            "recordsvc.default_access": "open",
            "search.engine": "memory",
            "recordsvc.workers": "1",
            **more,
        },
        {"RECORDSVC_DATA_DIR": str(folder / "data")},
    )


def take_in(service: Service, folder: Path, names: list[str]) -> dict[str, str]:
    lines = []
    folder.mkdir(exist_ok=True)
    items = []
    rows = {}
    for name in names:
        content, values = PAPERS[name]
        path = folder / name
        path.write_bytes(content)
        items.append(Item(given=str(path), path=path))
        rows[str(path)] = values
    Intake(service, TESTER, IntakeOptions(rows=rows), lines.append).run(items)
    return {Path(line["path"]).name: line["id"] for line in lines}


def library_in(folder: Path, names: list[str]) -> Library:
    settings = settings_in(folder)
    init_store(settings, is_test=True, admin="root", password=PASSWORD)
    service = open_service(settings, {})

    def people(ctx):
        for role in ROLES:
            accounts.create_account(ctx.root, role, role, PASSWORD)

    service.run(SYSTEM, people)
    ids = take_in(service, folder / "papers", names)
    application = make_app(service, validate_answers=True)
    return Library(service=service, application=application, ids=ids)


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory):
    made = library_in(tmp_path_factory.mktemp("library"), list(PAPERS))
    yield made
    made.application.registry.pages.close()
    made.service.close()


@pytest.fixture(scope="session")
def open_library(tmp_path_factory: pytest.TempPathFactory):
    """The same archive without what an anonymous reader may not see."""
    names = [n for n, (_, v) in PAPERS.items() if "access" not in v]
    made = library_in(tmp_path_factory.mktemp("open"), names)
    yield made
    made.application.registry.pages.close()
    made.service.close()


@pytest.fixture
def anyone(library: Library) -> Client:
    return library.client()


@pytest.fixture
def officer(library: Library) -> Client:
    return library.client("officer")
