"""Bytes that arrive again after their destruction are a new record, with a warning."""

import time
from datetime import date
from pathlib import Path

import pytest

from recordsvc.jobs.intake import Intake, IntakeOptions
from recordsvc.jobs.recurrence import Recurrence
from recordsvc.jobs.walk import walk
from recordsvc.services.context import Actor
from recordsvc.storage.ledger import Destroyed, open_ledger
from recordsvc.storage.signing import open_signing_key
from tests.faults.retention.archives import (
    LIBRARIAN,
    OFFICER,
    RUN_DAY,
    House,
    Paper,
    settings_of,
)

pytestmark = pytest.mark.faults
TEXT = "The same text of old about the zqagainoddword and nothing else. " * 3


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "papers"
    made.mkdir()
    (made / "again.txt").write_text(TEXT)
    return made


def _ingest(house: House, folder: Path, by: Actor, *, dry_run: bool = False) -> dict:
    lines: list[dict] = []
    options = IntakeOptions(dry_run=dry_run)
    intake = Intake(house.service, by, options, report=lines.append)
    intake.run(walk([str(folder)], recursive=True))
    (line,) = lines
    return line


def _destroyed(house: House, access: str) -> tuple[str, str]:
    (record_id,) = house.add(Paper(text=TEXT, access=access))
    house.index()
    list_id = house.approved([record_id])
    assert house.run().results == {"destroyed"}
    return record_id, list_id


def test_destroyed_bytes_that_come_again_are_a_new_record_with_a_warning(
    house: House, folder: Path
) -> None:
    old, list_id = _destroyed(house, "internal")
    tried = _ingest(house, folder, LIBRARIAN, dry_run=True)
    line = _ingest(house, folder, LIBRARIAN)
    told = (
        f"bytes-destroyed: the same bytes were destroyed on {RUN_DAY} under "
        f"list {list_id}"
    )
    assert line["status"] == tried["status"] == "added"
    assert line["id"] != old
    assert told in line["warnings"]
    assert told in tried["warnings"]
    assert house.found("zqagainoddword") == [line["id"]]
    assert house.state(old) == "destroyed"
    # Once it is a record again it is a duplicate like any other.
    again = _ingest(house, folder, LIBRARIAN)
    assert (again["status"], again["id"]) == ("duplicate", line["id"])
    assert told not in again["warnings"]


def test_a_destruction_is_told_only_to_who_may_see_its_tombstone(
    house: House, folder: Path
) -> None:
    _destroyed(house, "closed")
    line = _ingest(house, folder, LIBRARIAN)
    assert not any("destroyed" in warning for warning in line["warnings"])


def test_a_new_paper_has_no_such_warning(house: House, folder: Path) -> None:
    _destroyed(house, "internal")
    (folder / "again.txt").write_text("Quite another text about the zqotherword.")
    assert not any(
        "destroyed" in w for w in _ingest(house, folder, OFFICER)["warnings"]
    )


def test_a_damaged_ledger_is_said_and_turns_no_paper_away(
    house: House, folder: Path
) -> None:
    _destroyed(house, "internal")
    path = open_ledger(house.service.settings).path
    path.write_bytes(path.read_bytes().replace(b'"seq":1', b'"seq":7'))
    line = _ingest(house, folder, LIBRARIAN)
    assert line["status"] == "added"
    assert any(warning.startswith("ledger-damaged") for warning in line["warnings"])


@pytest.mark.slow
def test_a_look_up_costs_next_to_nothing_in_a_long_ledger(tmp_path: Path) -> None:
    settings = settings_of(tmp_path / "var")
    open_ledger(settings).append(
        (
            Destroyed(
                record_id=f"{n:032x}",
                sha256s=(f"{n:064x}",),
                list_id="f" * 32,
                destroyed_on=date(2026, 12, 2),
            )
            for n in range(20_000)
        ),
        open_signing_key(settings.data_dir),
    )
    recurrence = Recurrence(settings)
    started = time.monotonic()
    recurrence.warnings(None, "a" * 64)
    opened_s = time.monotonic() - started
    started = time.monotonic()
    for n in range(20_000, 30_000):
        recurrence.warnings(None, f"{n:064x}")
    each_us = (time.monotonic() - started) * 100
    print(f"\n20,000 lines: read in {opened_s:.2f} s, a look-up {each_us:.2f} us")
    assert each_us < 100
