"""The what-if in several processes: the answer of one, and nothing left behind."""

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from recordsvc.jobs import simulation
from recordsvc.model import Record
from recordsvc.services import changes
from recordsvc.services.errors import (
    InvalidRequest,
    NotAllowed,
    ServiceError,
    Temporary,
)
from recordsvc.services.retention import scheduling, simulating, standing
from recordsvc.services.retention.simulating import Impact, spans
from recordsvc.storage.transactions import state_of

from .conftest import ADMIN, PLAN, READER, TODAY, make_store

MANY = 6_000
CLASSES = ("BUS.PQ", "COM.EV", "BUS.LEG", "VIT", "NONE", "MEM", None)
CHANGED = (
    PLAN.replace("version = 1", "version = 2")
    .replace('"P10Y"\n  action', '"P8Y"\n  action', 1)
    .replace('"P10Y"\n  rounding', '"P12Y"\n  rounding')
)


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """Return a store of 6,000 records in classes of every kind; it is only read."""
    with make_store(tmp_path_factory.mktemp("large") / "store") as made:
        made.service.fixed_today = TODAY
        made.do(lambda ctx: scheduling.import_schedule(ctx, PLAN).number)
        for begin in range(0, MANY, 1_000):
            made.do(lambda ctx, begin=begin: fill(ctx, range(begin, begin + 1_000)))
        yield made.service


def fill(ctx, numbers):
    by = standing.judge(ctx)
    for number in numbers:
        record = Record(uuid.uuid4().hex)
        day = (date(2005, 1, 1) + timedelta(days=number)).isoformat()
        record.titles = (("en", f"Paper {number}"),)
        record.dates, record.closed_on = (("created", day),), day
        ctx.root.add(record)
        changes.set_class(ctx, record, CLASSES[number % len(CLASSES)])
        standing.refresh(ctx, record, by)


def state(service):
    return service.view(ADMIN, lambda ctx: state_of(ctx.root))


def in_one_process(service, **options):
    return service.view(
        ADMIN, lambda ctx: simulating.simulate(ctx, CHANGED, **options).as_mapping()
    )


@pytest.mark.parametrize("limit", [0, 7, MANY])
def test_several_processes_find_what_one_finds_and_write_nothing(
    large, limit, monkeypatch
):
    expected, before = in_one_process(large, limit=limit), state(large)
    monkeypatch.setattr(simulating, "impact_of", None)
    found = simulation.simulate(large, ADMIN, CHANGED, limit=limit).as_mapping()
    assert found == expected
    assert found["records"] == MANY
    assert min(found["counts"][kind] for kind in ("earlier", "later")) > 0
    assert state(large) == before
    assert multiprocessing.active_children() == []


def test_every_id_is_in_one_part():
    ids = ["", "0", "7fff", "8000", "8000" + "0" * 28, "f" * 32, "ö", "zz"]
    ids += [uuid.uuid4().hex for _ in range(100)]
    for count in (1, 2, 3, 16):
        for one in ids[1:]:
            holders = [
                part
                for part in spans(count)
                if part.after < one and (part.until is None or one <= part.until)
            ]
            assert len(holders) == 1


def test_parts_of_two_states_are_not_put_together(large, monkeypatch):
    strangers = [simulation._Part(state=n, impact=Impact(on=TODAY)) for n in (1, 2)]
    monkeypatch.setattr(simulation, "_answers", lambda _: strangers)
    found = simulation.simulate(large, ADMIN, CHANGED, limit=5).as_mapping()
    assert found == in_one_process(large, limit=5)


def test_a_commit_changes_the_state_that_others_compare(store):
    before = state(store.service)
    assert state(store.service) == before
    store.paper(**{"class": "BUS.PQ", "created": "2020-01-01"})
    assert state(store.service) > before


def test_a_process_that_is_killed_is_told(large):
    def kill_one():
        while not (children := multiprocessing.active_children()):
            time.sleep(0.01)
        children[0].kill()

    killer = threading.Thread(target=kill_one)
    killer.start()
    with pytest.raises(Temporary, match=r"SIGKILL; nothing was written"):
        simulation.simulate(large, ADMIN, CHANGED)
    killer.join()
    assert multiprocessing.active_children() == []


def test_a_process_that_fails_is_told_and_says_why(large, tmp_path, monkeypatch, capfd):
    elsewhere = replace(large.settings, store_uri=f"sqlite://{tmp_path / 'none'}")
    monkeypatch.setattr(large, "settings", elsewhere)
    with pytest.raises(ServiceError, match="code 1 and without an answer"):
        simulation.simulate(large, ADMIN, CHANGED)
    assert "StoreMissing" in capfd.readouterr().err


def test_few_records_and_one_worker_need_no_other_process(large, monkeypatch):
    monkeypatch.setattr(simulation, "_answers", None)
    with monkeypatch.context() as few:
        few.setattr(simulation, "MOST_IN_PROCESS", MANY)
        assert simulation.simulate(large, ADMIN, CHANGED).records == MANY
    monkeypatch.setattr(large, "settings", replace(large.settings, workers=1))
    assert simulation.simulate(large, ADMIN, CHANGED).records == MANY


def test_what_is_refused_is_refused_before_a_process_starts(large, monkeypatch):
    monkeypatch.setattr(simulation, "_answers", None)
    with pytest.raises(InvalidRequest, match="line 1"):
        simulation.simulate(large, ADMIN, "nonsense")
    with pytest.raises(NotAllowed):
        simulation.simulate(large, READER, CHANGED)


def test_a_stop_from_the_keyboard_ends_every_process(large, tmp_path):
    draft = tmp_path / "draft.toml"
    draft.write_text(CHANGED)
    command = [sys.executable, "-c", "from recordsvc.cli import main; main()"]
    environ = os.environ | {
        "RECORDSVC_DATA_DIR": str(large.settings.data_dir),
        "PYTHONPATH": str(Path(simulation.__file__).parents[2]),
    }
    with subprocess.Popen(
        [*command, "schedule", "simulate", str(draft)],
        cwd=tmp_path,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as stopped:
        wait_for(lambda: len(spawned(stopped.pid)) == 2)
        os.killpg(stopped.pid, signal.SIGINT)
        out, err = stopped.communicate(timeout=30)
    assert (stopped.returncode, out, err) == (130, "", "\nstopped\n")
    wait_for(lambda: not is_group(stopped.pid))


def spawned(pid: int) -> list[str]:
    """Return the command lines of a process's children that compute parts."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    lines = [Path(f"/proc/{child}/cmdline").read_bytes() for child in children]
    return [line for line in lines if b"spawn_main" in line]


def is_group(number: int) -> bool:
    try:
        os.killpg(number, 0)
    except ProcessLookupError:
        return False
    return True


def wait_for(is_so, timeout_s=30):
    deadline = time.monotonic() + timeout_s
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.01)
