import threading
import time
from contextlib import contextmanager
from datetime import timedelta

import pytest

from recordsvc.jobs import worker as working
from recordsvc.jobs.presence import Presence
from recordsvc.jobs.task import Interrupted
from recordsvc.jobs.worker import Worker
from recordsvc.services.context import SYSTEM
from recordsvc.services.errors import InvalidRequest, Temporary


def until(condition, seconds=10.0):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.01)


@contextmanager
def running(service, stop, **handlers):
    """Run a worker beside; its answer stands in the list when the block is left."""
    answers = []
    worker = Worker(service, stop, handlers)
    thread = threading.Thread(target=lambda: answers.append(worker.run()))
    thread.start()
    try:
        yield answers
    finally:
        stop.set()
        thread.join()


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(working, "PATIENCE_S", 0.5)
    monkeypatch.setattr(working, "RENEW_EVERY_S", 0.05)
    monkeypatch.setattr(working, "POLL_JOBS_S", 0.02)


def test_a_job_is_done_outside_any_transaction_and_remembers_its_outcome(
    service, queued, job, stop
):
    queued("count", until="3")

    def count(task):
        assert (task.kind, task.attempt, dict(task.args)) == (
            "count",
            1,
            {"until": "3"},
        )
        assert task.service.view(SYSTEM, lambda ctx: len(ctx.root.jobs.open)) == 1
        return {"counted": task.args["until"]}

    with running(service, stop, count=count) as answers:
        until(lambda: job("state") == "done")
    assert answers == [True]
    assert job("outcome") == (("counted", "3"),)


def test_a_failure_is_tried_again_later_with_its_reason(service, queued, job, stop):
    queued("fail")

    def fail(task):
        raise OSError("the disk is full")

    with running(service, stop, fail=fail):
        until(lambda: job("error"))
    assert (job("state"), job("error"), job("attempts")) == (
        "queued",
        "the disk is full",
        1,
    )
    assert job("not_before") is not None


@pytest.mark.parametrize(
    "case",
    [(InvalidRequest("no such class"), "parked"), (Temporary("later"), "queued")],
)
def test_a_refusal_parks_at_once_and_what_is_temporary_does_not(
    service, queued, job, stop, case
):
    error, state = case
    queued("refuse")

    def refuse(task):
        raise error

    with running(service, stop, refuse=refuse):
        until(lambda: job("error"))
    assert (job("state"), job("error")) == (state, str(error))


def test_a_job_of_an_unknown_kind_is_parked_and_the_next_one_done(
    service, queued, job, stop
):
    queued("future", "j1")
    queued("known", "j2")
    with running(service, stop, known=lambda task: {}):
        until(lambda: job("state", "j2") == "done")
    assert job("state", "j1") == "parked"
    assert "future" in job("error", "j1")


def test_a_worker_told_to_stop_gives_its_job_back(service, queued, job, stop):
    queued("long")
    began = threading.Event()

    def work_long(task):
        began.set()
        until(task.must_stop)
        raise Interrupted

    with running(service, stop, long=work_long) as answers:
        assert began.wait(10)
    assert answers == [True]
    assert (job("state"), job("attempts")) == ("queued", 0)


def test_a_handler_that_hears_nothing_does_not_keep_the_worker(
    service, queued, job, stop
):
    queued("deaf")
    began, release = threading.Event(), threading.Event()

    def be_deaf(task):
        began.set()
        release.wait(20)
        return {"late": "yes"}

    with running(service, stop, deaf=be_deaf) as answers:
        assert began.wait(10)
        stop.set()
        told = time.monotonic()
        until(lambda: answers)
        assert time.monotonic() - told < 2
        assert answers == [False]
        assert (job("state"), job("attempts")) == ("queued", 0)
        release.set()
        time.sleep(0.2)
    assert job("state") == "queued", "what it reports late is not taken"


def test_a_cancelled_job_is_told_to_its_handler(service, queued, job, stop):
    queued("long")
    told = threading.Event()

    def work_long(task):
        service.run(
            SYSTEM,
            lambda ctx: ctx.root.jobs.cancel(ctx.root.jobs.jobs["j1"], ctx.now()),
        )
        until(task.must_stop)
        told.set()
        raise Interrupted

    with running(service, stop, long=work_long):
        assert told.wait(10)
    assert job("state") == "cancelled"


def test_a_long_job_keeps_its_lease(service, queued, job, stop, monkeypatch):
    monkeypatch.setattr(working, "LEASE", timedelta(seconds=0.4))
    queued("long")
    done = []

    def work_long(task):
        first = job("lease_until")
        until(lambda: job("lease_until") > first + timedelta(seconds=0.6))
        done.append(task.attempt)
        return {}

    with running(service, stop, long=work_long):
        until(lambda: job("state") == "done")
    assert done == [1]


def test_the_job_of_a_dead_worker_is_taken_at_once(service, queued, job, stop):
    queued("orphan")
    dead = Presence(service.settings.data_dir / "locks")
    with dead:
        service.run(
            SYSTEM,
            lambda ctx: (
                ctx.root.jobs.claim(dead.holder, ctx.now(), timedelta(hours=1)) and None
            ),
        )
    with running(service, stop, orphan=lambda task: {"attempt": str(task.attempt)}):
        until(lambda: job("state") == "done")
    assert job("outcome") == (("attempt", "2"),)


def test_two_workers_do_each_job_once(service, queued, stop, settings):
    for number in range(12):
        queued("once", f"j{number:02}")
    done = []
    handlers = {"once": lambda task: done.append(task.job_id) or {}}
    with running(service, stop, **handlers), running(service, stop, **handlers):
        until(lambda: service.view(SYSTEM, lambda ctx: len(ctx.root.jobs.open)) == 0)
    assert sorted(done) == [f"j{number:02}" for number in range(12)]


def test_a_stumble_is_survived(service, stop, monkeypatch, caplog):
    turns = []

    def stumble(self):
        turns.append(1)
        if len(turns) == 1:
            raise OSError("the database is away")
        self.stop.wait(5)

    monkeypatch.setattr(Worker, "_keep_index", stumble)
    with running(service, stop) as answers:
        until(lambda: len(turns) == 2)
    assert answers == [True]
    assert "index has stumbled" in caplog.text


def test_what_is_no_ordinary_error_ends_the_worker(service, stop, monkeypatch):
    class PanicException(BaseException):
        pass

    def panic(self):
        raise PanicException

    monkeypatch.setattr(Worker, "_keep_index", panic)
    with running(service, stop) as answers:
        until(lambda: answers)
    assert stop.is_set()


def test_presence_tells_the_living_the_dead_and_other_hosts_apart(tmp_path):
    watcher = Presence(tmp_path)
    with watcher, Presence(tmp_path) as other:
        assert not watcher.is_dead(other.holder)
        assert not watcher.is_dead(watcher.holder)
        gone = other.holder
    assert watcher.is_dead(gone)
    assert not watcher.is_dead("another-host/0123456789ab")
    assert not watcher.is_dead(f"{gone.rpartition('/')[0]}/../../etc/passwd")
    assert list(tmp_path.iterdir()) == []
