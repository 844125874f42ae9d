"""A test store with small papers, opened as a program opens it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pytest

from recordsvc.bootstrap import Service, init_store, open_service
from recordsvc.jobs.intake import Intake, IntakeOptions
from recordsvc.jobs.walk import Item
from recordsvc.model import Record
from recordsvc.services.context import LOCAL_ADMINISTRATOR, Context
from recordsvc.settings import settings_from

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """A service with an administrator."""

    service: Service
    folder: Path

    def do(self, work: Callable[[Context], T]) -> T:
        """Run a use case and commit."""
        return self.service.run(LOCAL_ADMINISTRATOR, work)

    def see(self, work: Callable[[Context], T]) -> T:
        """Run a use case that reads."""
        return self.service.view(LOCAL_ADMINISTRATOR, work)

    def file(self, name: str, text: str) -> Path:
        """Write a paper."""
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def take_in(self, *paths: Path, **row: str) -> list[dict[str, Any]]:
        """Take papers in, each with the same stated values; return their lines."""
        lines: list[dict[str, Any]] = []
        options = IntakeOptions(common=row, wait=False)
        intake = Intake(self.service, LOCAL_ADMINISTRATOR, options, lines.append)
        intake.run([Item(given=str(path), path=path) for path in paths])
        return lines

    def record(self, record_id: str, read: Callable[[Record], T]) -> T:
        """Return what is read of a record."""
        return self.see(lambda ctx: read(ctx.root.records[record_id]))


@pytest.fixture
def make_archive(tmp_path: Path) -> Iterator[Callable[..., Archive]]:
    """Return a maker of archives; its keywords are settings with a dot for __."""
    opened: list[Service] = []

    def make(name: str = "data", **settings: str) -> Archive:
        values = {k.replace("__", "."): v for k, v in settings.items()}
        data = tmp_path / name
        found = settings_from(
            {"recordsvc.data_dir": str(data), "search.engine": "memory", **values}, {}
        )
        init_store(found, is_test=True, admin="admin", password="a long password")
        service = open_service(found, {})
        opened.append(service)
        folder = tmp_path / f"{name}-papers"
        folder.mkdir()
        return Archive(service=service, folder=folder)

    yield make
    for service in opened:
        service.close()


@pytest.fixture
def archive(make_archive: Callable[..., Archive]) -> Archive:
    """Return an empty archive."""
    return make_archive()
