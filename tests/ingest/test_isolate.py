"""Hostile files end as results; nothing gets out and nothing stays behind."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from ingest.errors import PoolClosedError, TemplateError
from ingest.extraction import TextKind
from ingest.isolate import ExtractionPool, sweep_scratch
from ingest.limits import Limits
from tests.ingest.made import (
    FAST,
    codes_of,
    open_descriptors,
    processes_in,
    results_of,
    text_pdf,
)


def test_pool_reads_files_and_joins_text_format_and_finished(misbehaving, tmp_path):
    pool = misbehaving(2)
    paths = []
    for number in range(20):
        path = tmp_path / f"{number}.pdf"
        path.write_bytes(text_pdf(f"The House met, item {number}"))
        paths.append(path)
    for path in paths:
        pool.submit(path.name, path, path.name)
    found = results_of(pool)
    assert set(found) == {path.name for path in paths}
    one = found["7.pdf"]
    assert one.extraction.pages[0].text == "The House met, item 7"
    assert one.extraction.text is TextKind.FULL
    assert one.extraction.puid == "fmt/18"
    assert one.extraction.format_name.startswith("Acrobat PDF 1.4")
    assert one.finished[0] == "seen"
    assert pool.results(0) == ()


@pytest.mark.parametrize("word", ["loop", "sleep"])
def test_file_that_never_ends_is_killed_twice_then_quarantined(
    misbehaving, command, word
):
    pool = misbehaving()
    started = time.monotonic()
    command(pool, word)
    command(pool, "a harmless paper behind it")
    found = results_of(pool)
    assert 2.0 <= time.monotonic() - started < 8.0
    bad = found[word].extraction
    assert bad.quarantined
    assert bad.error == "killed: took longer than 1 s"
    assert bad.mime == "text/plain"
    assert "quarantined" in codes_of(bad)
    assert bad.text is TextKind.NONE
    good = found["a harmless paper behind it"]
    assert not good.extraction.quarantined
    assert good.extraction.text is TextKind.FULL


def test_memory_beyond_the_limit_is_refused_and_the_text_kept(misbehaving, command):
    pool = misbehaving()
    command(pool, "allocate")
    result = results_of(pool)["allocate"]
    assert result.finished is None
    assert "finish-failed" in codes_of(result.extraction)
    assert result.extraction.pages[0].text == "allocate"


def test_crash_says_its_signal_and_blames_no_other_file(misbehaving, command):
    pool = misbehaving(limits=Limits(wall_s=5.0, attempts=1))
    keys = ["one", "two", "crash", "three", "four", "five"]
    for key in keys:
        command(pool, key)
    found = results_of(pool)
    assert found["crash"].extraction.error == "crashed: signal 11"
    assert [k for k in keys if found[k].extraction.quarantined] == ["crash"]


def test_worker_that_exits_is_a_failure_of_its_file(misbehaving, command):
    pool = misbehaving()
    command(pool, "exit")
    error = results_of(pool)["exit"].extraction.error
    assert error == "crashed: the worker ended with code 3"


@pytest.mark.slow
def test_processor_time_is_bounded_by_the_kernel(misbehaving, command):
    pool = misbehaving(limits=Limits(wall_s=30.0, cpu_s=1, attempts=1))
    command(pool, "loop")
    error = results_of(pool)["loop"].extraction.error
    assert error == "killed: used more than 1 s of processor"


def test_forks_are_bounded_and_do_not_outlive_their_file(misbehaving, command, scratch):
    pool = misbehaving(limits=Limits(wall_s=5.0, files_per_worker=1))
    command(pool, "forks")
    assert results_of(pool)["forks"].finished < 100
    command(pool, "next")
    results_of(pool)
    assert len(processes_in(scratch)) <= 3
    pool.close()


def test_worker_reaches_no_files_but_its_own_folder(misbehaving, command, tmp_path):
    pool = misbehaving()
    if "landlock" not in pool.layers:
        pytest.skip("this kernel has no Landlock")
    outside = tmp_path / str(os.getpid())
    outside.mkdir()
    outside.chmod(0o777)
    (outside / "secret").write_text("closed session")
    text = f"files {outside}"
    command(pool, text)
    tried = results_of(pool)[text].finished
    refused = {name for name, outcome in tried.items() if outcome[0] == "refused"}
    assert refused >= {"write", "read", "list", "passwd", "root", "kill"}
    assert tried["inside"] == ["done", "1"]
    assert not (outside / "written").exists()


def test_worker_reaches_no_network(misbehaving, command):
    pool = misbehaving()
    if "network-namespace" not in pool.layers:
        pytest.skip("this kernel grants no network namespace")
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with socket.socket(socket.AF_UNIX) as abstract:
            abstract.bind(f"\0recordsvc-test-{port}")
            abstract.listen()
            text = f"network {port}"
            command(pool, text)
            tried = results_of(pool)[text].finished
    assert {outcome[0] for outcome in tried.values()} == {"refused"}


def test_written_files_are_bounded(misbehaving, command):
    pool = misbehaving(limits=Limits(wall_s=10.0))
    command(pool, "writes")
    assert results_of(pool)["writes"].finished[0] == "refused"


@pytest.fixture(scope="module")
def believing(tmp_path_factory):
    """Return one pool for all liars: each only ends its worker."""
    with (
        pytest.MonkeyPatch.context() as patch,
        tempfile.TemporaryDirectory() as scratch,
    ):
        patch.syspath_prepend(str(Path(__file__).parent))
        limits = Limits(wall_s=3.0, attempts=1)
        finish = "misbehaviour:obey"
        folder = Path(scratch)
        with ExtractionPool(1, scratch=folder, finish=finish, limits=limits) as pool:
            yield pool


@pytest.mark.parametrize(
    "kind",
    [
        "json",
        "long",
        "short",
        "length",
        "types",
        "deep",
        "list",
        "job",
        "message",
        "noise",
        "close",
    ],
)
def test_lying_answer_is_a_failure_of_its_file(believing, command, kind):
    pool = believing
    command(pool, f"lie {kind}")
    command(pool, "honest")
    found = results_of(pool)
    bad = found[f"lie {kind}"].extraction
    assert bad.quarantined
    assert "refused" in bad.error or "killed" in bad.error or "ended" in bad.error
    assert not found["honest"].extraction.quarantined


def test_worker_is_replaced_after_its_files(misbehaving, command):
    pool = misbehaving(limits=Limits(files_per_worker=3))
    for number in range(10):
        command(pool, f"paper {number}")
    counts = [result.finished[1] for result in results_of(pool).values()]
    # The warm-up calls count too, the same for each worker.
    assert max(counts) - min(counts) == 2
    assert counts.count(min(counts)) == 4


def test_names_that_are_no_unicode_and_endless_hints_are_taken(misbehaving, tmp_path):
    pool = misbehaving()
    path = tmp_path / "file"
    path.write_text("The House met.")
    hints = {f"h{i}": "x" * 5_000 for i in range(50)}
    pool.submit("odd", path, os.fsdecode(b"caf\xe9.txt"), hints=hints)
    assert not results_of(pool)["odd"].extraction.quarantined


def test_format_is_none_with_a_warning_when_identification_keeps_dying(
    misbehaving, command
):
    pool = misbehaving()
    command(pool, "first")
    pool._pronom._process.kill()
    command(pool, "second")
    found = results_of(pool)
    assert found["first"].extraction.puid == "x-fmt/111"
    assert found["second"].extraction.puid == "x-fmt/111"
    pool._pronom._restarts = 0
    pool._pronom._process.kill()
    command(pool, "third")
    third = results_of(pool)["third"].extraction
    assert third.puid is None
    assert "pronom-unavailable" in codes_of(third)
    assert third.text is TextKind.FULL


def test_slow_identification_does_not_hold_up_the_intake(misbehaving, command):
    pool = misbehaving(limits=Limits(pronom_s=0.5))
    command(pool, "first")
    results_of(pool)
    pool._pronom._restarts = 0
    os.kill(pool._pronom._process.pid, signal.SIGSTOP)
    command(pool, "second")
    assert "pronom-unavailable" in codes_of(results_of(pool)["second"].extraction)


def test_ctrl_c_of_the_terminal_does_not_reach_the_processes(misbehaving, command):
    pool = misbehaving()
    assert os.getpgid(pool._server.pid) != os.getpgid(0)
    os.kill(pool._server.pid, signal.SIGINT)
    command(pool, "still here")
    assert results_of(pool)["still here"].finished[0] == "seen"


def test_missing_finish_function_is_named(scratch):
    with pytest.raises(TemplateError, match="no_such_module"):
        ExtractionPool(1, scratch=scratch, finish="no_such_module:function")


def test_closed_pool_takes_no_file_and_closes_twice(scratch, tmp_path):
    pool = ExtractionPool(1, scratch=scratch)
    (tmp_path / "file").write_text("x")
    pool.submit("lost", tmp_path / "file", "file")
    pool.close()
    pool.close()
    with pytest.raises(PoolClosedError):
        pool.submit("late", tmp_path / "file", "file")
    with pytest.raises(PoolClosedError):
        pool.results(0)


def test_closed_pool_leaves_no_descriptor_open(scratch, tmp_path):
    (tmp_path / "file").write_text("x")
    before = open_descriptors()
    with ExtractionPool(2, scratch=scratch) as pool:
        for number in range(9):
            pool.submit(str(number), tmp_path / "file", "file")
        results_of(pool)
        pool.submit("lost", tmp_path / "file", "file")
    assert open_descriptors() == before


PARENT = """
import sys, json
sys.path[:] = json.loads(sys.argv[1])
from pathlib import Path
from ingest.isolate import ExtractionPool
scratch, file = Path(sys.argv[2]), Path(sys.argv[3])
pool = ExtractionPool(2, scratch=scratch, finish="misbehaviour:obey")
for key in "abc":
    pool.submit(key, file, "loop.txt")
pool.results(0.3)
print(pool._server.pid, pool._pronom._process.pid, flush=True)
pool.results(None)
"""


def test_killed_parent_leaves_no_process_and_the_next_start_sweeps(tmp_path):
    import json

    scratch = tmp_path / "scratch"
    file = tmp_path / "file"
    file.write_text("loop")
    path = json.dumps([str(Path(__file__).parent), *map(os.path.abspath, sys.path)])
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, path, str(scratch), str(file)],
        stdout=subprocess.PIPE,
        text=True,
    )
    helpers = [int(pid) for pid in parent.stdout.readline().split()]
    assert len(helpers) == 2
    assert sweep_scratch(scratch) == 0
    parent.kill()
    parent.wait()
    parent.stdout.close()
    end = time.monotonic() + 5.0
    while time.monotonic() < end and (
        processes_in(scratch) or any(map(_is_alive, helpers))
    ):
        time.sleep(0.02)
    assert processes_in(scratch) == []
    assert not any(map(_is_alive, helpers))
    assert len(list(scratch.iterdir())) == 1
    with ExtractionPool(1, scratch=scratch, limits=FAST):
        assert len(list(scratch.iterdir())) == 1
    assert list(scratch.iterdir()) == []


def _is_alive(pid):
    try:
        state = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return state.rpartition(")")[2].split()[0] != "Z"
