"""The pages of retention and disposal as a real browser shows them to an officer."""

import json
import os
import re
import signal
import subprocess

import pytest

from .conftest import COMMAND, ROOT
from .test_pages import CONTRAST

pytestmark = [pytest.mark.browser]

TODAY = "2026-06-01"
PASSWORD = "a-long-password"
SCHEDULE = """\
[authority]
title = "Records Authority of the Assembly"
zone = "Europe/Paris"
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
[[schedule]]
code = "PQ-5"
title = "Questions, closed files"
citation = ["Records Act 2004 s. 12"]
  [[schedule.stage]]
  trigger = "created"
  period = "P5Y"
  rounding = "month"
  action = "destroy"
"""
METADATA = """\
file,title,type,date,class
due.txt,Herring quotas,question,2020-01-10,BUS.PQ
held.txt,أسئلة عن الموانئ,question,2020-02-10,BUS.PQ
later.txt,Ferries to the isles,question,2021-09-15,BUS.PQ
undated.txt,Paper without a day,question,,BUS.PQ
"""


class Office:
    """A served archive under a schedule, and its addresses."""

    def __init__(self, folder):
        self.folder = folder
        self.environ = {
            **os.environ,
            "RECORDSVC_DATA_DIR": str(folder / "data"),
            "RECORDSVC_TODAY": TODAY,
            "PYTHONPATH": str(ROOT),
        }

    def run(self, *arguments, login=None):
        as_whom = ["--as", login] if login else []
        done = subprocess.run(
            [*COMMAND, *as_whom, *arguments],
            capture_output=True,
            check=True,
            timeout=120,
            env=self.environ,
            cwd=self.folder,
        )
        return done.stdout.decode()

    def fill(self):
        papers = self.folder / "papers"
        papers.mkdir()
        for name in ("due", "held", "later", "undated"):
            (papers / f"{name}.txt").write_text(f"A paper about {name} and no other.")
        (self.folder / "metadata.csv").write_text(METADATA, encoding="utf-8")
        (self.folder / "schedule.toml").write_text(SCHEDULE)
        (self.folder / "password").write_text(PASSWORD)
        environ = self.environ
        self.environ = {k: v for k, v in environ.items() if k != "RECORDSVC_TODAY"}
        self.run("init", "--test")
        self.environ = environ
        self.run(
            "user", "add", "olga", "--role", "officer", "--password-file", "password"
        )
        self.run("schedule", "import", "schedule.toml", login="olga")
        lines = self.run(
            "ingest",
            "papers",
            "--recursive",
            "--metadata",
            "metadata.csv",
            "--jsonl",
            login="olga",
        ).splitlines()
        told = [json.loads(line) for line in lines]
        ids = {t["path"].rsplit("/", 1)[-1]: t["id"] for t in told if "path" in t}
        placed = self.run(
            "hold",
            "place",
            "--title",
            "Inquiry into harbours",
            "--mandate",
            "Order 7",
            "--id",
            ids["held.txt"],
            "--json",
            login="olga",
        )
        made = self.run(
            "disposal", "propose", "--id", ids["due.txt"], "--json", login="olga"
        )
        self.addresses = {
            "board": "/retention",
            "why": f"/records/{ids['due.txt']}/retention",
            "why held": f"/records/{ids['held.txt']}/retention",
            "record": f"/records/{ids['held.txt']}",
            "lists": "/disposal",
            "list": f"/disposal/{json.loads(made)['id']}",
            "run": "/disposal/run",
            "holds": "/holds",
            "hold": f"/holds/{json.loads(placed)['id']}",
            "new hold": "/holds/new",
            "schedules": "/schedules",
            "schedule": "/schedules/1",
            "editor": "/schedules/new?from=1",
            "file plan": "/fileplan",
            "class": "/fileplan/BUS.PQ",
        }


NAMES = (
    "board",
    "why",
    "why held",
    "record",
    "lists",
    "list",
    "run",
    "holds",
    "hold",
    "new hold",
    "schedules",
    "schedule",
    "editor",
    "file plan",
    "class",
)


@pytest.fixture(scope="module")
def office(chromium, tmp_path_factory):
    made = Office(tmp_path_factory.mktemp("office"))
    made.fill()
    server = subprocess.Popen(
        [*COMMAND, "serve", "--port", "0"],
        stderr=subprocess.PIPE,
        env=made.environ,
        cwd=made.folder,
    )
    try:
        for line in server.stderr:
            if address := re.search(rb"serving (http://\S+)/", line):
                made.url = address[1].decode()
                break
        else:
            pytest.fail("the site did not start")
        log_in(chromium, made)
        yield made
    finally:
        chromium.call("Network.clearBrowserCookies")
        server.send_signal(signal.SIGTERM)
        server.wait(10)


def log_in(chromium, office):
    chromium.wear(1280, 800)
    chromium.go(f"{office.url}/login")
    chromium.ask(
        "(() => { document.getElementById('login').value = 'olga';"
        f" const p = document.getElementById('password'); p.value = '{PASSWORD}';"
        " p.form.submit(); })()"
    )
    chromium.wait("!location.pathname.includes('login')")
    chromium.wait("document.readyState === 'complete'")


def go(chromium, office, name, width=1280, **worn):
    chromium.wear(width, 900, **worn)
    chromium.go(office.url + office.addresses[name])


@pytest.mark.parametrize("name", NAMES)
def test_a_page_of_the_officer_loads_without_a_complaint(chromium, office, name):
    go(chromium, office, name)
    assert chromium.complaints == []
    assert chromium.ask("document.querySelectorAll('main h1').length") == 1
    assert "olga" in chromium.ask("document.body.innerText")


@pytest.mark.parametrize("language", ["en", "de", "ar"])
@pytest.mark.parametrize("name", NAMES)
def test_nothing_of_the_officer_sticks_out_at_320_pixels(
    chromium, office, name, language
):
    go(chromium, office, name, width=320, language=language)
    assert chromium.ask("document.documentElement.scrollWidth") <= 320


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", NAMES)
def test_every_text_of_the_officer_has_contrast(chromium, office, name, scheme):
    go(chromium, office, name, scheme=scheme)
    assert chromium.ask(CONTRAST) == []


@pytest.mark.parametrize("name", NAMES)
def test_every_field_and_picture_has_a_name(chromium, office, name):
    go(chromium, office, name)
    nameless = chromium.ask(
        "[...document.querySelectorAll('main input:not([type=hidden]), main select,"
        " main textarea')].filter(e => !e.labels.length && !e.ariaLabel)"
        ".map(e => e.outerHTML)"
    )
    assert nameless == []
    pictures = (
        "[...document.querySelectorAll('main svg')].filter(e =>"
        " e.getAttribute('aria-hidden') !== 'true' && !e.getAttribute('aria-label'))"
        ".length"
    )
    assert chromium.ask(pictures) == 0


def test_a_bar_of_the_board_is_a_worklist(chromium, office):
    go(chromium, office, "board")
    chromium.ask(
        "[...document.querySelectorAll('.months a')]"
        ".find(a => a.querySelector('.part')).querySelector('.part')"
        ".dispatchEvent(new MouseEvent('click', {bubbles: true, cancelable: true}))"
    )
    chromium.wait("location.search.includes('on=2026-10-31')")
    chromium.wait("document.readyState === 'complete'")
    assert "Ferries to the isles" in chromium.ask("document.body.innerText")


def test_the_first_month_stands_where_reading_begins(chromium, office):
    def places(language):
        go(chromium, office, "board", language=language)
        return chromium.ask(
            "[...document.querySelectorAll('.months .reach')]"
            ".map(e => e.getBoundingClientRect().left)"
        )

    assert places("en") == sorted(places("en"))
    assert places("ar") == sorted(places("ar"), reverse=True)
