"""A program runs in its own cell: it starts nothing, reads little, ends in time."""

import os
import threading
import time
from dataclasses import replace

import pytest

from ingest.errors import PoolClosedError, TemplateError
from ingest.limits import Limits
from ingest.programs import Program, ProgramRunner
from tests.ingest.made import open_descriptors, processes_in

SHELL = Program(path="/bin/sh")
LIMITS = Limits(wall_s=20.0, cpu_s=5, file_bytes=1024 * 1024)


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory):
    """Return a shell that is shut in: what it is told, a hostile program would do."""
    with ProgramRunner(
        SHELL, scratch=tmp_path_factory.mktemp("scratch"), limits=LIMITS
    ) as runner:
        yield runner


def told(runner, command, given=b""):
    """Return how a shell command ended and what it wrote."""
    source, target = os.memfd_create("source"), os.memfd_create("target")
    try:
        os.write(source, given)
        os.lseek(source, 0, os.SEEK_SET)
        run = runner.run(["-c", command], source=source, target=target)
        return run, os.pread(target, 1_000_000, 0)
    finally:
        os.close(source)
        os.close(target)


def needs(runner, layer):
    if layer not in runner.probe():
        pytest.skip(f"this machine has no {layer}")


def test_input_output_and_code_are_those_of_the_program(sandbox):
    run, wrote = told(sandbox, 'read word; echo "<$word>"; exit 3', b"House\n")
    assert wrote == b"<House>\n"
    assert (run.code, run.is_late) == (3, False)
    assert run.failure == "it ended with code 3"
    assert told(sandbox, "exit 0")[0].failure is None


def test_its_last_words_are_kept(sandbox):
    run, _ = told(sandbox, "echo 'no data' >&2; exit 1")
    assert run.failure == "it ended with code 1: no data"


def test_it_starts_no_other_program(sandbox):
    needs(sandbox, "landlock")
    for other in ("/bin/ls /", "/usr/bin/env", "/usr/bin/python3 -c 0"):
        run, wrote = told(sandbox, other)
        assert run.code == 126, other
        assert wrote == b""


def test_it_reads_nothing_but_what_it_needs(sandbox, tmp_path):
    needs(sandbox, "landlock")
    (tmp_path / "paper").write_text("closed")
    tmp_path.chmod(0o755)
    for place in (tmp_path / "paper", "/etc/passwd", "/proc/self/environ"):
        run, _ = told(sandbox, f"read word < {place}")
        assert run.code != 0, place


def test_it_reads_the_folder_that_it_was_given(tmp_path):
    folder = tmp_path / "words"
    folder.mkdir()
    words = folder / "list"
    words.write_text("Amendment\n")
    # Whatever the umask: the program is another user.
    for place in (words, folder, *folder.parents):
        mode = place.stat().st_mode
        if place.stat().st_uid == os.getuid() and mode & 0o005 != 0o005:
            place.chmod(mode | 0o055)
    program = replace(SHELL, readable=(str(folder),))
    with ProgramRunner(program, scratch=tmp_path / "s", limits=LIMITS) as runner:
        run, wrote = told(runner, f"read word < {folder}/list; echo $word")
        assert wrote == b"Amendment\n", run


def test_it_writes_in_its_own_folder_which_goes_with_it(sandbox):
    run, wrote = told(sandbox, "echo x > here && read word < here && echo $word")
    assert (run.code, wrote) == (0, b"x\n")
    assert told(sandbox, "read word < here")[0].code != 0


def test_its_environment_is_bare(sandbox, monkeypatch):
    monkeypatch.setenv("RECORDSVC_TOKEN", "secret")
    _, wrote = told(sandbox, "export -p")
    assert b"RECORDSVC" not in wrote
    assert b"HOME" in wrote


def test_it_gets_the_environment_that_it_was_given(tmp_path):
    program = replace(SHELL, environment={"OMP_THREAD_LIMIT": "1"})
    with ProgramRunner(program, scratch=tmp_path, limits=LIMITS) as runner:
        assert told(runner, "echo $OMP_THREAD_LIMIT")[1] == b"1\n"


def test_it_is_ended_when_it_takes_too_long(tmp_path):
    limits = replace(LIMITS, wall_s=1.0)
    with ProgramRunner(SHELL, scratch=tmp_path / "s", limits=limits) as runner:
        began = time.monotonic()
        run, _ = told(runner, "while :; do :; done")
        assert run.is_late
        assert run.failure == "it took too long"
        assert time.monotonic() - began < 10
        # The next one is not touched by it.
        assert told(runner, "echo well")[1] == b"well\n"
    assert processes_in(tmp_path) == []


def test_its_processor_time_is_bounded(tmp_path):
    limits = replace(LIMITS, cpu_s=1, wall_s=60.0)
    with ProgramRunner(SHELL, scratch=tmp_path, limits=limits) as runner:
        run, _ = told(runner, "while :; do :; done")
    assert not run.is_late
    assert run.code in {128 + 9, 128 + 24, -9, -24}
    assert run.cpu_s < 3


def test_what_it_writes_is_bounded(sandbox):
    _, wrote = told(sandbox, "while echo 0123456789012345678901234567890; do :; done")
    assert len(wrote) <= LIMITS.file_bytes


def test_what_it_leaves_running_does_not_outlive_it(sandbox, tmp_path):
    needs(sandbox, "process-namespace")
    told(sandbox, "(while :; do :; done) & exit 0")
    assert processes_in(tmp_path) == []


def test_as_many_layers_lie_around_it_as_around_a_worker(sandbox):
    layers = sandbox.probe()
    assert {"limits", "no-new-privileges"} <= set(layers)
    if os.geteuid() == 0 and "network-namespace" in layers:
        assert "other-user" in layers


def test_a_program_that_is_not_there_fails_with_its_reason(tmp_path):
    program = Program(path="/nonexistent/program")
    with ProgramRunner(program, scratch=tmp_path / "s", limits=LIMITS) as runner:
        run, _ = told(runner, "")
    assert run.code == 127
    assert "FileNotFoundError" in (run.failure or "")


def test_closing_ends_what_runs_and_leaves_nothing(tmp_path):
    before = open_descriptors()
    runner = ProgramRunner(SHELL, scratch=tmp_path / "s", limits=LIMITS)
    failures = []

    def wait_long():
        try:
            told(runner, "while :; do :; done")
        except (TemplateError, PoolClosedError) as failure:
            failures.append(failure)

    thread = threading.Thread(target=wait_long)
    thread.start()
    time.sleep(0.5)
    began = time.monotonic()
    runner.close()
    thread.join(10)
    assert not thread.is_alive()
    assert time.monotonic() - began < 5
    assert len(failures) == 1
    assert list((tmp_path / "s").iterdir()) == []
    assert processes_in(tmp_path) == []
    assert open_descriptors() == before
    with pytest.raises(PoolClosedError):
        told(runner, "echo")
