"""A house with a file plan and its people, as each scenario finds it."""

import hashlib
import io
import itertools
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import pytest
from webtest import TestApp

from exports import certificate_verifier
from recordsvc.bootstrap import opened
from recordsvc.jobs.indexer import Indexer
from recordsvc.model import Manifestation
from recordsvc.services import accounts, capture, renditions
from recordsvc.services.context import LOCAL_ADMINISTRATOR, SYSTEM, Actor, Context
from recordsvc.services.described import Described
from recordsvc.settings import load_settings
from recordsvc.web import make_app

from ..conftest import CONFIG, Called, Cli  # noqa: TID252 - no package has a name

T = TypeVar("T")
TODAY = "2026-06-01"
PLAN = (Path(__file__).parent / "plan.toml").read_text(encoding="utf-8")
# Login to role; no two acts of one list are done by the same of them.
PEOPLE = {
    "olga": "officer",
    "omar": "officer",
    "arno": "archivist",
    "anna": "archivist",
    "ada": "approver",
    "abe": "approver",
    "lena": "librarian",
    "rita": "reader",
    "root": "administrator",
}


@dataclass(slots=True, kw_only=True)
class House:
    """The command line of one test store, and the services behind it.

    Parameters
    ----------
    cli
        Its ``RECORDSVC_TODAY`` is the clock.
    """

    cli: Cli
    counted: Iterator[int] = field(default_factory=itertools.count)

    def __call__(self, *argv: str, by: str = "", on: str = "", **more: str) -> Called:
        """Run a command as a person on a day; without, the administrator today."""
        who = ("--as", by) if by else ()
        day = {"RECORDSVC_TODAY": on} if on else {}
        return self.cli(*who, *argv, **day, **more)

    def ok(self, *argv: str, by: str = "", on: str = "", **more: str) -> Called:
        """Run a command that must succeed."""
        called = self(*argv, by=by, on=on, **more)
        assert called.code == 0, (argv, called)
        return called

    def json(self, *argv: str, by: str = "", on: str = "", code: int = 0) -> Any:
        """Run a command with ``--json`` and return its document."""
        called = self(*argv, "--json", by=by, on=on)
        assert called.code == code, f"{argv}\n{called.out}\n{called.err}"
        return called.json

    def refused(self, code: int, *argv: str, by: str = "", on: str = "") -> str:
        """Run a command that must be refused with a code; return what it said."""
        called = self(*argv, by=by, on=on)
        assert called.code == code, (argv, called)
        return called.err

    def do(self, work: Callable[[Context], T], actor: Actor = SYSTEM) -> T:
        """Run a use case of the services in one committed transaction."""
        with opened(self._settings(), self.cli.environ) as service:
            return service.run(actor, work)

    def see(self, work: Callable[[Context], T]) -> T:
        """Run a use case of the services that only reads."""
        with opened(self._settings(), self.cli.environ) as service:
            return service.view(SYSTEM, work)

    def _settings(self) -> Any:
        environ = {"RECORDSVC_DATA_DIR": str(self.cli.data_dir), **self.cli.environ}
        return load_settings(Path(CONFIG), environ)

    def paper(self, code: str, text: str = "", /, **said: str) -> str:
        """Capture one paper; see `papers`."""
        return self.papers(code, 1, text, **said)[0]

    def papers(
        self, code: str, count: int, text: str = "", /, **said: str
    ) -> list[str]:
        """Capture papers with their text, index them, and return their ids.

        Parameters
        ----------
        text
            Of every one, beside a number that makes it differ.
        said
            Values of the sidecar; ``date__tabled`` is ``date.tabled``.
        """
        sidecar = {key.replace("__", "."): value for key, value in said.items()}
        with opened(self._settings(), self.cli.environ) as service:

            def work(ctx: Context) -> list[str]:
                return [
                    self._capture(ctx, {"class": code, **sidecar}, text)
                    for _ in range(count)
                ]

            made = service.run(LOCAL_ADMINISTRATOR, work)
            with Indexer(service) as indexer:
                indexer.catch_up()
        return made

    def _capture(self, ctx: Context, sidecar: dict[str, str], text: str) -> str:
        number = next(self.counted)
        words = f"{text or 'A paper about drinking water'}. Number {number}."
        content = words.encode()
        stored = ctx.bitstreams.put(io.BytesIO(content))
        pages = renditions.encode([(1, words)], None, "en")
        rendition = renditions.store(ctx.bitstreams, pages)
        file = Manifestation(
            name=f"paper-{number}.txt",
            sha256=stored.sha256,
            bytes=stored.bytes,
            mime="text/plain",
            text="full",
            rendition=rendition.sha256,
        )
        arrival = capture.Arrival(
            manifestation=file,
            described=Described(type="paper", language="en"),
            sidecar={"title": f"Paper {number}", **sidecar},
            rendition_bytes=rendition.bytes,
        )
        return capture.capture(ctx, arrival).record.id

    def explain(self, record: str, on: str = "") -> dict[str, Any]:
        """Return the decision on a record, today or on a day."""
        day = ("--on", on) if on else ()
        found: dict[str, Any] = self.json("retention", "explain", record, *day)
        return found

    def show(self, record: str) -> dict[str, Any]:
        """Return a record as ``show --json`` gives it."""
        found: dict[str, Any] = self.json("show", record)
        return found

    def due(self, on: str) -> list[str]:
        """Return the ids of what is due on a day."""
        found = self.json("retention", "due", "--on", on)
        return [item["id"] for item in found["items"]]

    def exceptions(self, on: str = TODAY) -> dict[str, str]:
        """Return the state of every record that never becomes due as it stands."""
        found = self.json("retention", "due", "--on", on)
        return {one["id"]: one["state"] for one in found["exceptions"]}

    def propose(self, *ids: str, on: str = TODAY, by: str = "olga") -> str:
        """Propose a list of records, or of everything due; return its id."""
        named = [word for i in ids for word in ("--id", i)]
        found = self.json("disposal", "propose", *named, by=by, on=on)
        return str(found["id"])

    def judge(self, made: str, verdict: str = "destroy", *, on: str = TODAY) -> None:
        """Give every item left on a list one verdict."""
        self.ok("disposal", "verdict", made, "--rest", verdict, by="omar", on=on)

    def approve(self, made: str, *, on: str = TODAY) -> None:
        """Approve a list by the two people it takes."""
        for login in ("ada", "abe"):
            self.ok("disposal", "approve", made, by=login, on=on)

    def approved(self, *ids: str, on: str = TODAY) -> str:
        """Return a list of records that is approved to be destroyed."""
        made = self.propose(*ids, on=on)
        self.judge(made, on=on)
        self.approve(made, on=on)
        return made

    def run(self, on: str, *, code: int = 0, by: str = "olga") -> dict[str, Any]:
        """Carry out what may be carried out on a day; return list id to list."""
        found = self.json("disposal", "run", by=by, on=on, code=code)
        return {one["id"]: one for one in found["lists"]}

    def results(self, made: str, on: str, *, code: int = 0) -> dict[str, str]:
        """Carry lists out; return record id to result of one of them."""
        items = self.run(on, code=code)[made]["items"]
        return {item["id"]: item["result"] for item in items}

    def state(self, record: str) -> str:
        """Return the state of a record."""
        return str(self.show(record)["state"])

    def hold(self, *scope: str, title: str = "Inquiry 7") -> str:
        """Place a hold; return its id."""
        order = ("--title", title, "--mandate", "Order 12 of the committee")
        return str(self.json("hold", "place", *order, *scope)["id"])

    def lift(self, hold: str) -> None:
        """Lift a hold."""
        self.ok("hold", "lift", hold, "--reason", "it has reported", by="ada")

    @contextmanager
    def client(self, login: str) -> Iterator[TestApp]:
        """Open the web application as a person who is logged in by a token."""
        with opened(self._settings(), self.cli.environ) as service:
            token = service.run(
                SYSTEM,
                lambda ctx: accounts.issue_token(ctx.root, login, self_made=True),
            )
            application = make_app(service)
            held = {"HTTP_AUTHORIZATION": f"Bearer {token}"}
            try:
                yield TestApp(application, extra_environ=held)
            finally:
                application.registry.pages.close()

    def deletion(self, record: str, *, by: str = "root") -> tuple[int, str]:
        """Ask over HTTP that a record be deleted; return the status and why."""
        with self.client(by) as client:
            path = f"/api/v1/records/{record}"
            answer = client.delete(path, expect_errors=True)
            return answer.status_int, answer.json["detail"]


def digest(content: bytes) -> str:
    """Return a SHA-256 in hex."""
    return hashlib.sha256(content).hexdigest()


@pytest.fixture(scope="session")
def _bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a test store with its people and no schedule; return its folder."""
    cli = Cli(data_dir=tmp_path_factory.mktemp("bare") / "var")
    cli.ok("init", "--test")
    house = House(cli=cli)

    def hire(ctx: Context) -> None:
        for login, role in PEOPLE.items():
            accounts.create_account(ctx.root, login, role, "a long password")

    house.do(hire)
    return cli.data_dir


@pytest.fixture(scope="session")
def _planned(_bare: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a test store in which the plan of this folder is in force."""
    folder = tmp_path_factory.mktemp("planned") / "var"
    shutil.copytree(_bare, folder)
    plan = folder.with_name("plan.toml")
    plan.write_text(PLAN, encoding="utf-8")
    Cli(data_dir=folder).ok("schedule", "import", str(plan))
    return folder


def _house(template: Path, folder: Path) -> House:
    shutil.copytree(template, folder)
    return House(cli=Cli(data_dir=folder, environ={"RECORDSVC_TODAY": TODAY}))


@pytest.fixture
def house(_planned: Path, tmp_path: Path) -> House:
    """Return a house of the scenario's own with the plan in force, on TODAY."""
    return _house(_planned, tmp_path / "var")


@pytest.fixture
def bare_house(_bare: Path, tmp_path: Path) -> House:
    """Return a house of the scenario's own without any schedule."""
    return _house(_bare, tmp_path / "var")


@pytest.fixture
def bare_house_beside(_bare: Path, tmp_path: Path) -> House:
    """Return a second house, without any schedule."""
    return _house(_bare, tmp_path / "beside" / "var")


def start(house: House, *argv: str, on: str, **more: str) -> subprocess.Popen[str]:
    """Start a command in a process of its own, where a fault may kill it."""
    environ = {k: v for k, v in os.environ.items() if not k.startswith("RECORDSVC_")}
    environ |= {
        "RECORDSVC_DATA_DIR": str(house.cli.data_dir),
        "RECORDSVC_CONFIG": CONFIG,
        "RECORDSVC_TODAY": on,
        **more,
    }
    program = "from recordsvc.cli import main; main()"
    return subprocess.Popen(
        [sys.executable, "-c", program, *argv],
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def process() -> Callable[..., int]:
    """Return what runs a command in a process of its own; it answers with its code."""

    def run(house: House, *argv: str, on: str, **more: str) -> int:
        child = start(house, *argv, on=on, **more)
        child.communicate(timeout=60)
        return child.returncode

    return run


@pytest.fixture
def verifier() -> Callable[[Path], tuple[int, str]]:
    """Return what checks a certificate with the stand-alone verifier and nothing else.

    It answers with the exit code and everything that was printed.
    """
    program = Path(certificate_verifier.__file__)

    def verify(certificate: Path) -> tuple[int, str]:
        done = subprocess.run(
            [sys.executable, "-I", str(program), str(certificate)],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        return done.returncode, done.stdout + done.stderr

    return verify
