"""A real store, where people prove who they are, and a test store beside it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from recordsvc.bootstrap import Service, init_store, open_service
from recordsvc.services import accounts
from recordsvc.services.context import SYSTEM
from recordsvc.settings import settings_from

PASSWORD = "a long password"


def opened_in(folder: Path, *, is_test: bool) -> Service:
    settings = settings_from(
        {"recordsvc.data_dir": str(folder / "var"), "search.engine": "memory"}, {}
    )
    init_store(settings, is_test=is_test, admin="admin", password=PASSWORD)
    service = open_service(settings, {})

    def people(ctx):
        accounts.add_account(ctx, "ada", "approver", PASSWORD)

    service.run(SYSTEM, people)
    return service


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    found = opened_in(tmp_path, is_test=False)
    yield found
    found.close()


@pytest.fixture
def trial(tmp_path: Path) -> Iterator[Service]:
    found = opened_in(tmp_path, is_test=True)
    yield found
    found.close()
