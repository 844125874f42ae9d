"""An opened test store with one account of each role that jobs need."""

import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from recordsvc.bootstrap import Service, init_store, opened
from recordsvc.model import Job
from recordsvc.services.accounts import add_account
from recordsvc.services.context import SYSTEM
from recordsvc.settings import Settings, settings_from


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_from(
        {
            "recordsvc.data_dir": str(tmp_path / "var"),
            "search.engine": "memory",
            "recordsvc.workers": "1",
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
            found.run(
                SYSTEM, lambda ctx: add_account(ctx, "officer", "officer", "x" * 12)
            )
            yield found
    finally:
        os.umask(mask)


@pytest.fixture
def queued(service: Service) -> Callable[..., str]:
    """Return a function that queues a job of a kind and returns its id."""

    def put(kind: str, job_id: str = "j1", **args: str) -> str:
        def work(ctx):
            ctx.root.jobs.put(Job(job_id, kind, args, ctx.now()))

        service.run(SYSTEM, work)
        return job_id

    return put


@pytest.fixture
def job(service: Service) -> Callable[..., object]:
    """Return a function that looks up one attribute of a job."""
    return lambda name, job_id="j1": service.view(
        SYSTEM, lambda ctx: getattr(ctx.root.jobs.jobs[job_id], name)
    )


@pytest.fixture
def stop() -> threading.Event:
    return threading.Event()
