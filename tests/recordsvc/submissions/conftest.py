"""An opened test store, and accounts that hand packages in."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from recordsvc.bootstrap import Service, init_store, opened
from recordsvc.services.accounts import add_account
from recordsvc.services.context import LOCAL_ADMINISTRATOR, SYSTEM, Actor
from recordsvc.settings import Settings, settings_from


def settings_of(folder: Path, **more: str) -> Settings:
    return settings_from(
        {
            "recordsvc.data_dir": str(folder / "var"),
            "search.engine": "memory",
            "recordsvc.workers": "1",
            "recordsvc.default_access": "open",
            **more,
        },
        {},
    )


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_of(tmp_path)


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
def actor() -> Actor:
    return LOCAL_ADMINISTRATOR
