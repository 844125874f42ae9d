import os
import time

import pytest

from recordsvc.storage.errors import LeaseHeld
from recordsvc.storage.leases import FileLease


@pytest.fixture
def path(tmp_path):
    return tmp_path / "locks" / "indexer.lock"


def test_one_has_it_and_the_other_waits(path):
    one, other = FileLease(path), FileLease(path)
    assert one.acquire()
    assert one.acquire(), "asking again changes nothing"
    assert not other.acquire()
    one.release()
    assert other.acquire()
    assert not one.is_held
    other.release()
    other.release()


def test_the_holder_is_named_while_it_holds(path):
    lease = FileLease(path)
    assert lease.holder() is None
    lease.acquire()
    holder = FileLease(path).holder()
    assert holder.pid == os.getpid()
    assert f"process {os.getpid()} on " in str(holder)
    lease.release()
    assert lease.holder() is None


def test_a_block_that_cannot_have_it_says_who_has(path):
    with (
        FileLease(path).held(),
        pytest.raises(
            LeaseHeld, match=rf"indexer.lock is held by process {os.getpid()}"
        ),
        FileLease(path).held(),
    ):
        pytest.fail("two hold one lease")
    with FileLease(path).held() as lease:
        assert lease.is_held
    assert not lease.is_held


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"pid": "x"}', b"\xff" * 5000])
def test_a_damaged_file_names_nobody_and_stops_nobody(path, content):
    path.parent.mkdir()
    path.write_bytes(content)
    lease = FileLease(path)
    assert lease.holder() is None
    assert lease.acquire()
    lease.release()


def test_only_the_owner_reads_the_file(path):
    FileLease(path).acquire()
    assert path.stat().st_mode & 0o077 == 0


def test_a_process_that_lets_go_is_followed_at_once(path, started):
    process = started("leaser.py", str(path))
    assert process.hear() == "held"
    child = int(process.hear())
    lease = FileLease(path)
    assert not lease.acquire()
    assert lease.holder().pid == process.popen.pid
    process.say("release")
    assert process.hear() == "released"
    assert lease.acquire()
    lease.release()
    os.kill(child, 9)


@pytest.mark.faults
def test_a_killed_process_frees_it_at_once_although_its_child_lives_on(path, started):
    process = started("leaser.py", str(path))
    assert process.hear() == "held"
    child = int(process.hear())
    lease = FileLease(path)
    assert not lease.acquire()
    began = time.monotonic()
    process.kill()
    process.popen.wait()
    os.kill(child, 0)
    assert lease.acquire()
    assert time.monotonic() - began < 1
    lease.release()
    os.kill(child, 9)
