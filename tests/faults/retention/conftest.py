"""Stores to be attacked, and the private PostgreSQL of the storage tests."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from recordsvc.settings import Settings
from tests.faults.retention.archives import House, house_of, make_store, settings_of
from tests.recordsvc.storage.conftest import postgres_server, postgres_uri

__all__ = ["postgres_server", "postgres_uri"]


@pytest.fixture(scope="session")
def empty_stores(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Return a function that makes an empty store of an engine, once."""
    made: dict[str, Path] = {}

    def make(engine: str) -> Path:
        if engine not in made:
            folder = tmp_path_factory.mktemp(f"empty-{engine}") / "var"
            make_store(settings_of(folder, engine=engine))
            made[engine] = folder
        return made[engine]

    return make


@pytest.fixture
def settings_for(
    tmp_path: Path, empty_stores: Callable[[str], Path]
) -> Callable[[str], Settings]:
    """Return a function that gives the settings of a fresh store of an engine."""

    def make(engine: str) -> Settings:
        folder = tmp_path / "var"
        shutil.copytree(empty_stores(engine), folder)
        return settings_of(folder, engine=engine)

    return make


@pytest.fixture
def house(settings_for: Callable[[str], Settings]) -> Iterator[House]:
    """Return an opened store whose index is on the disk."""
    with ExitStack() as stack:
        yield stack.enter_context(house_of(settings_for("whoosh")))
