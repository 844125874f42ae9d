"""A run of disposal that is killed between any two steps is finished by the next."""

import json
import os
import random
import shutil
import signal
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from recordsvc.model.disposal import ItemState, ListState, RunStep
from recordsvc.services.context import Context
from recordsvc.settings import Settings
from recordsvc.storage.ledger import open_ledger
from tests.faults.retention.archives import (
    Commands,
    House,
    Paper,
    house_of,
    make_store,
    settings_of,
)

pytestmark = pytest.mark.faults
# The points in the order in which their kills hurt most; all of them with 15.
POINTS = (
    "disposal.in_step_2",
    "disposal.after_bytes",
    "disposal.after_certificates",
    "disposal.in_bytes",
    "disposal.after_tombstones",
    "disposal.after_aggregations",
    "disposal.after_step_1",
    "disposal.after_seal",
    "disposal.after_ledger",
    "disposal.after_index",
    "disposal.after_step_2",
    "disposal.after_step_3",
    "disposal.after_step_4",
    "disposal.after_step_5",
    "disposal.after_scan",
)
KILLS = int(os.environ.get("RECORDSVC_KILLS", "3"))
# More than one transaction of tombstones takes.
FIRST_LIST, SECOND_LIST, NEIGHBOURS = 21, 3, 3


class Case:
    """A store with two approved lists and a few neighbours."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        with house_of(settings) as house:
            one, two, beside = (
                house.add(*(_paper(f"{kind}{n}") for n in range(count)))
                for kind, count in (
                    ("first", FIRST_LIST),
                    ("second", SECOND_LIST),
                    ("stays", NEIGHBOURS),
                )
            )
            house.index()
            self.lists = [house.approved(one), house.approved(two)]
        self.doomed, self.neighbours = sorted([*one, *two]), beside


def _paper(word: str) -> Paper:
    # Own words of nine letters and more are what the absence scan seeks.
    return Paper(text=f"A paper about water and the zq{word}oddword of its own. " * 3)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Case:
    settings = settings_of(tmp_path_factory.mktemp("prepared") / "var", engine="whoosh")
    make_store(settings)
    return Case(settings)


@pytest.fixture
def commands(prepared: Case, tmp_path: Path) -> Commands:
    folder = tmp_path / "var"
    shutil.copytree(prepared.settings.data_dir, folder)
    return Commands(settings_of(folder, engine="whoosh"))


def _results(text: str) -> Counter[str]:
    return Counter(i["result"] for f in json.loads(text)["lists"] for i in f["items"])


def _run(commands: Commands, *codes: int, fault: str = "") -> tuple[int, str]:
    code, out, _ = commands.run(
        "--as", "olga", "disposal", "run", "--json", fault=fault, codes=codes
    )
    return code, out


def _check_finished(commands: Commands, case: Case) -> None:
    """Every record was destroyed exactly once, and its neighbours were not."""
    settings = settings_of(commands.data_dir, engine="whoosh")
    with house_of(settings) as house:
        certified = Counter(i for ids in house.certified() for i in ids)
        assert certified == Counter(case.doomed), "one certificate a record"
        house.view(lambda ctx: _check_records(ctx, case))
        _check_searches(house, case)
    entries = [e.record_id for e in open_ledger(settings).entries()]
    assert sorted(entries) == case.doomed, "one line of the ledger a record"
    assert commands.json("audit", "verify")["valid"]
    assert commands.json("index", "verify")["valid"]


def _check_records(ctx: Context, case: Case) -> None:
    for record_id in case.doomed:
        record = ctx.root.records[record_id]
        stone = record.tombstone
        assert record.is_destroyed
        assert not record.files
        assert [e.type for e in record.events].count("destruction") == 1
        assert stone.verification == "no trace found"
        assert stone.certificate in ctx.root.certificates
        assert stone.finished_at is not None
        for sha256, _size in stone.components:
            assert sha256 not in ctx.root.bitstreams
            assert not ctx.bitstreams.exists(sha256)
    for record_id in case.neighbours:
        record = ctx.root.records[record_id]
        assert not record.is_destroyed
        assert all(ctx.bitstreams.verify(f.sha256) for f in record.files)
        assert all(ctx.bitstreams.verify(f.rendition) for f in record.files)
    for list_id in case.lists:
        found = ctx.root.disposal_lists[list_id]
        assert found.state == ListState.COMPLETED
        assert {i.state for i in found.items.values()} == {ItemState.DESTROYED}
    for run in ctx.root.disposal_runs.values():
        assert run.step == RunStep.DONE
        assert not run.traces
        assert run.mask == b""
    assert {i for _, i in ctx.root.by_due} == set(case.neighbours)
    assert not ctx.root.listed
    assert not ctx.root.outbox
    assert not list(ctx.bitstreams.trash.iterdir())


def _check_searches(house: House, case: Case) -> None:
    assert house.found("zqfirst0oddword") == []
    assert house.found("zqsecond1oddword") == []
    assert house.found("zqstays1oddword") == [case.neighbours[1]]


@pytest.mark.slow
@pytest.mark.parametrize("point", POINTS[:KILLS])
def test_a_run_killed_between_two_steps_is_finished_by_the_next(
    commands: Commands, prepared: Case, point: str
) -> None:
    _run(commands, -signal.SIGKILL, fault=f"{point}:kill")
    code, out = _run(commands, 0, 7)
    if code == 0:
        assert _results(out) == {"destroyed": FIRST_LIST + SECOND_LIST}
    else:
        # Everything was done when the kill came.
        assert point in {"disposal.after_certificates", "disposal.after_step_5"}
        assert _results(out) == {"skipped": FIRST_LIST + SECOND_LIST}
    for _ in range(2):
        _, out = _run(commands, 7)
        assert _results(out) == {"skipped": FIRST_LIST + SECOND_LIST}
    _check_finished(commands, prepared)


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.skipif(len(POINTS) > KILLS, reason="RECORDSVC_KILLS asks for fewer kills")
def test_a_run_killed_at_every_step_in_turn_is_finished_in_the_end(
    commands: Commands, prepared: Case
) -> None:
    for point in POINTS:
        _run(commands, -signal.SIGKILL, 0, 7, fault=f"{point}:kill")
    _run(commands, 0, 7)
    _check_finished(commands, prepared)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_a_run_killed_at_random_moments_is_finished_in_the_end(
    commands: Commands, prepared: Case
) -> None:
    words = ("--as", "olga", "disposal", "run", "--json")
    codes = []
    for _ in range(KILLS):
        process = commands.start(*words)
        time.sleep(random.uniform(0.6, 1.6))
        process.kill()
        process.communicate(timeout=60)
        codes.append(process.returncode)
    _run(commands, 0, 7)
    print(f"\n{KILLS} kills at random moments, exit codes {codes}")
    _check_finished(commands, prepared)


@pytest.mark.slow
def test_of_two_runs_at_once_one_does_it_and_the_other_says_so(
    commands: Commands, prepared: Case
) -> None:
    words = ("--as", "olga", "disposal", "run", "--json")
    both = [commands.start(*words) for _ in range(2)]
    told = [process.communicate(timeout=240) for process in both]
    codes = sorted(process.returncode for process in both)
    assert codes in ([0, 7], [0, 9]), told
    done = next(out for p, (out, _) in zip(both, told, strict=True) if not p.returncode)
    assert _results(done) == {"destroyed": FIRST_LIST + SECOND_LIST}
    _check_finished(commands, prepared)


@pytest.mark.slow
def test_a_run_and_an_intake_at_once_both_come_to_their_end(
    commands: Commands, prepared: Case, tmp_path: Path
) -> None:
    folder = tmp_path / "more"
    folder.mkdir()
    for number in range(300):
        text = f"<title>More {number}</title><p>Text zqmore{number}word of it.</p>"
        (folder / f"{number}.html").write_text(text)
    intake = commands.start("--quiet", "ingest", str(folder), "--recursive", "--jsonl")
    with ThreadPoolExecutor(1) as threads:
        # Somebody has to read what the intake says, or it waits.
        told = threads.submit(intake.communicate, timeout=240)
        time.sleep(2)
        _, out = _run(commands, 0)
        said = told.result()
    assert intake.returncode == 0, said
    assert _results(out) == {"destroyed": FIRST_LIST + SECOND_LIST}
    _check_finished(commands, prepared)
    assert commands.json("search", "", "--limit", "0")["total"] >= 300


@pytest.mark.slow
@pytest.mark.parametrize("door", [("worker",), ("serve", "--port", "0")])
def test_a_run_is_finished_beside_a_process_that_holds_the_index(
    commands: Commands, prepared: Case, door: tuple[str, ...]
) -> None:
    beside = commands.start(*door)
    try:
        time.sleep(4)
        assert beside.poll() is None
        _, out = _run(commands, 0)
    finally:
        beside.terminate()
        told = beside.communicate(timeout=30)
    assert _results(out) == {"destroyed": FIRST_LIST + SECOND_LIST}, told
    _check_finished(commands, prepared)
