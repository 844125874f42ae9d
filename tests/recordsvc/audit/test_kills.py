"""Real processes that die while they seal, and several that work at once."""

import random
import signal

import pytest

from recordsvc.jobs.sealer import Sealer
from recordsvc.services.audit.sealing import BATCH, line_of

pytestmark = pytest.mark.faults


def wait(process):
    out = process.stdout.read()
    return process.wait(60), out


def test_a_kill_between_file_and_commit_is_taken_up(
    acts, started, trail, file, verdict
):
    events = acts(20)
    code, _ = wait(started("sealing.py", "die-after-file"))
    assert code == -signal.SIGKILL
    left = file.path.read_bytes()
    assert left.count(b"\n") == 20
    assert trail(lambda t: (t.size, t.pending_count)) == (0, 20)
    # Acts of an earlier time must not come before what the file has.
    acts(5, first=-5)
    code, out = wait(started("sealing.py", "once"))
    assert (code, out.split()) == (0, ["ready", "25"])
    assert file.path.read_bytes().startswith(left), "the file is never rewritten"
    found = verdict()
    assert (found.valid, found.size) == (True, 25)
    assert trail(lambda t: t.is_sealed(events[0].id))


def test_what_a_kill_has_left_is_no_fault_before_it_is_taken_up(
    service, acts, started, trail, verdict
):
    acts(3)
    wait(started("sealing.py", "die-after-file"))
    with Sealer(service) as sealer:
        sealer.lease.release()
        assert trail(lambda t: t.size) == 0
    assert verdict().valid
    assert trail(lambda t: t.size) == 3


def test_a_kill_within_a_line_is_taken_up(acts, started, trail, file, verdict):
    acts(20)
    code, _ = wait(started("sealing.py", "die-within-line"))
    assert code == -signal.SIGKILL
    left = file.path.read_bytes()
    assert not left.endswith(b"\n")
    whole = left[: left.rindex(b"\n") + 1]
    assert trail(lambda t: t.size) == 0
    found = verdict()
    assert (found.valid, found.size) == (True, 20)
    assert file.path.read_bytes().startswith(whole)


def test_a_kill_after_the_first_lines_of_a_longer_row_of_batches_is_taken_up(
    acts, started, trail, verdict
):
    acts(BATCH + 40)
    wait(started("sealing.py", "once"))
    assert trail(lambda t: t.size) == BATCH
    wait(started("sealing.py", "die-after-file"))
    assert trail(lambda t: t.size) == BATCH
    assert verdict().size == BATCH + 40


@pytest.mark.slow
def test_kills_at_any_moment_lose_and_double_nothing(
    acts, started, trail, file, verdict
):
    chance, events = random.Random(34), []
    for turn in range(12):
        events += acts(700, first=1000 * turn)
        process = started("sealing.py", "again-and-again")
        assert process.stdout.readline() == "ready\n"
        try:
            process.wait(chance.uniform(0.001, 0.12))
        except Exception:  # noqa: BLE001 - it is still running, as it should be
            process.kill()
        process.wait(10)
        assert process.returncode == -signal.SIGKILL
    found = verdict()
    assert (found.valid, found.size) == (True, len(events))
    entries = trail(lambda t: list(t.sealed.values()))
    assert {entry.event_id for entry in entries} == {e.id for e in events}
    assert list(file.lines()) == [line_of(entry) for entry in entries]


@pytest.mark.slow
def test_two_sealers_and_two_writers_at_once_make_one_chain(started, trail, verdict):
    sealers = [started("sealing.py", "again-and-again") for _ in range(2)]
    for sealer in sealers:
        assert sealer.stdout.readline() == "ready\n"
    writers = [started("acting.py", "150") for _ in range(2)]
    told = [wait(writer) for writer in writers]
    for sealer in sealers:
        assert sealer.poll() is None, "no sealer has failed"
        sealer.kill()
        sealer.wait(10)
    assert [code for code, _ in told] == [0, 0]
    found = verdict()
    assert (found.valid, found.size) == (True, 300)
    sealed = trail(lambda t: {entry.event_id for entry in t.sealed.values()})
    assert sealed == {event for _, out in told for event in out.split()}
