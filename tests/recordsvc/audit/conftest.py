"""A test store whose trail holds a few events."""

import os
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from recordsvc.bootstrap import Service, init_store, opened
from recordsvc.jobs.audit_check import Verdict, verify_trail
from recordsvc.jobs.sealer import Sealer, audit_file
from recordsvc.model import Event
from recordsvc.model.audit import AuditTrail
from recordsvc.services.context import LOCAL_ADMINISTRATOR, SYSTEM
from recordsvc.settings import Settings, settings_from
from recordsvc.storage.audit_file import AuditFile

ROOT = Path(__file__).resolve().parents[3]
SCRIPTS = Path(__file__).with_name("processes")
BEGINNING = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_from(
        {
            "recordsvc.data_dir": str(tmp_path / "var"),
            "search.engine": "memory",
            "recordsvc.default_access": "open",
        },
        {},
    )


@pytest.fixture
def service(settings: Settings) -> Iterator[Service]:
    mask = os.umask(0o077)
    try:
        init_store(settings, is_test=True, admin="admin", password="a long password")
        with opened(settings, {}) as found:
            # What the set-up itself does is none of these tests' business.
            found.run(SYSTEM, lambda ctx: setattr(ctx.root, "audit", AuditTrail()))
            yield found
    finally:
        os.umask(mask)


def event(number: int, login: str, **facts: str) -> Event:
    return Event(
        id=uuid.uuid4().hex,
        type="hold" if number % 3 == 0 else "edit",
        at=BEGINNING + timedelta(seconds=number),
        agent=login,
        facts=tuple(sorted(facts.items())),
    )


@pytest.fixture
def acts(service: Service) -> Callable[..., list[Event]]:
    """Return a function that does so many acts, one transaction for all."""

    def act(
        count: int, first: int = 0, login: str = "officer", sha256: str = "ab" * 32
    ) -> list[Event]:
        events = [event(first + n, login, sha256=sha256) for n in range(count)]

        def work(ctx):
            for number, one in enumerate(events):
                ctx.root.audit.put(one, f"{number % 4:032x}")

        service.run(SYSTEM, work)
        return events

    return act


@pytest.fixture
def sealed(service: Service, acts) -> Callable[[int], list[Event]]:
    """Return a function that does so many acts and seals them."""

    def act(count: int, first: int = 0) -> list[Event]:
        events = acts(count, first)
        with Sealer(service) as sealer:
            sealer.catch_up()
        return events

    return act


@pytest.fixture
def file(service: Service) -> AuditFile:
    return audit_file(service.settings)


@pytest.fixture
def verdict(service: Service) -> Callable[..., Verdict]:
    return lambda *heads: verify_trail(service, LOCAL_ADMINISTRATOR, heads)


@pytest.fixture
def change(service: Service) -> Callable[[Callable], None]:
    """Return a function that tampers with the trail behind everybody's back."""

    def tamper(how: Callable) -> None:
        service.run(SYSTEM, lambda ctx: how(ctx.root.audit))

    return tamper


@pytest.fixture
def trail(service: Service) -> Callable[[Callable], object]:
    """Return a function that looks something up in the trail."""
    return lambda look: service.view(SYSTEM, lambda ctx: look(ctx.root.audit))


@pytest.fixture
def started(settings: Settings) -> Iterator[Callable[..., subprocess.Popen]]:
    """Return a function that starts a script of the folder `processes`."""
    running: list[subprocess.Popen] = []

    def start(script: str, *args: str) -> subprocess.Popen:
        command = [sys.executable, str(SCRIPTS / script), str(settings.data_dir)]
        path = os.pathsep.join(
            [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
        )
        process = subprocess.Popen(
            [*command, *args],
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": path},
        )
        running.append(process)
        return process

    yield start
    for process in running:
        process.kill()
        process.wait()
        process.stdout.close()
