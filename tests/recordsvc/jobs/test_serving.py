"""`serve` and `worker` as processes: they start, work, and end with their parent."""

import io
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request

import pytest

from recordsvc.cli.server import is_loopback
from recordsvc.services.context import SYSTEM, Actor
from recordsvc.services.errors import InvalidRequest
from recordsvc.services.queueing import queue_intake, spool_root
from recordsvc.storage.leases import FileLease
from recordsvc.storage.spool import Spool

COMMAND = [sys.executable, "-c", "from recordsvc.cli import main; main()"]


class Process:
    def __init__(self, settings, *args):
        self.log = settings.data_dir / "stderr.txt"
        with self.log.open("wb") as stderr:
            self.popen = subprocess.Popen(
                [*COMMAND, *args],
                stderr=stderr,
                env={**os.environ, "RECORDSVC_DATA_DIR": str(settings.data_dir)},
            )

    def hear(self, pattern, seconds=20.0):
        deadline = time.monotonic() + seconds
        while not (found := re.search(pattern, self.log.read_text())):
            assert self.popen.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.02)
        return found[1] if found.groups() else found[0]

    def end(self, number=signal.SIGTERM):
        """Send a signal; return the exit code and how long the end took."""
        began = time.monotonic()
        self.popen.send_signal(number)
        return self.popen.wait(10), time.monotonic() - began


@pytest.fixture
def started(settings, service):
    running = []

    def start(*args):
        running.append(Process(settings, *args))
        return running[-1]

    yield start
    for process in running:
        process.popen.kill()
        process.popen.wait()


def locks(settings):
    return list((settings.data_dir / "locks").glob("worker-*.lock"))


@pytest.mark.slow
def test_a_worker_takes_in_an_upload_and_ends_when_told(started, service, settings):
    worker = started("worker")
    worker.hear("worker is running")
    spool = Spool(spool_root(settings))
    spool.add("answer.txt", io.BytesIO(b"The bus services were restored in May.\n"))
    spool.seal()
    officer = Actor(login="officer", role="officer")
    job_id = service.run(officer, lambda ctx: queue_intake(ctx, spool.key).id)
    deadline = time.monotonic() + 30

    def state(ctx):
        return str(ctx.root.jobs.jobs[job_id].state), len(ctx.root.outbox)

    while service.view(SYSTEM, state) != ("done", 0):
        assert time.monotonic() < deadline, worker.log.read_text()
        time.sleep(0.05)
    code, seconds = worker.end()
    assert (code, seconds < 3) == (0, True)
    assert "outcome=done" in worker.log.read_text()
    assert locks(settings) == []


@pytest.mark.slow
def test_the_site_answers_and_ends_with_its_worker(started, settings):
    site = started("serve", "--port", "0")
    address = site.hear(r"serving (http://127\.0\.0\.1:\d+/)")
    with urllib.request.urlopen(f"{address}-/ready", timeout=10) as answer:
        assert answer.status == 200
    site.hear("worker is running")
    code, seconds = site.end()
    assert (code, seconds < 3) == (0, True)
    assert not is_worker_alive(settings)


@pytest.mark.faults
def test_the_worker_of_a_killed_site_does_not_live_on(started, settings):
    site = started("serve", "--port", "0")
    site.hear("worker is running")
    until_a_worker_lives(settings)
    site.popen.kill()
    deadline = time.monotonic() + 5
    while is_worker_alive(settings):
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.faults
def test_a_killed_worker_is_started_again(started, settings):
    site = started("serve", "--port", "0")
    site.hear("worker is running")
    until_a_worker_lives(settings)
    (lock,) = locks(settings)
    first = FileLease(lock).holder().pid
    os.kill(first, signal.SIGKILL)
    site.hear(r"is started again[\s\S]*worker is running")
    until_a_worker_lives(settings)
    code, seconds = site.end(signal.SIGINT)
    assert (code, seconds < 3) == (0, True)


def until_a_worker_lives(settings):
    """Wait for the lease, which a worker takes just after it has said that it runs."""
    deadline = time.monotonic() + 10
    while not is_worker_alive(settings):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def is_worker_alive(settings):
    return any(FileLease(lock).holder() is not None for lock in locks(settings))


@pytest.mark.slow
def test_a_test_store_is_not_shown_to_other_machines(started):
    site = started("serve", "--host", "0.0.0.0", "--port", "0")
    assert site.popen.wait(20) == 2
    assert "test store" in site.log.read_text()


@pytest.mark.slow
def test_a_port_that_is_taken_is_a_sentence(started):
    first = started("serve", "--port", "0")
    port = first.hear(r"serving http://127\.0\.0\.1:(\d+)/")
    log = first.log.rename(first.log.with_name("first.txt"))
    second = started("serve", "--port", port)
    assert second.popen.wait(20) == 1
    assert f"127.0.0.1:{port} cannot be served" in second.log.read_text()
    assert log.exists()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.8.9.1"])
def test_loopback_is_known(host):
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "", "192.0.2.7"])
def test_what_leads_further_is_known_too(host):
    assert not is_loopback(host)


def test_no_such_host_is_a_refusal():
    with pytest.raises(InvalidRequest, match="there is no host"):
        is_loopback("a..b")
