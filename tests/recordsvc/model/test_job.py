from datetime import UTC, datetime, timedelta

import pytest

from recordsvc.model import Job, JobQueue
from recordsvc.model.job import MAX_ATTEMPTS, JobState

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
LEASE = timedelta(seconds=60)
SECOND = timedelta(seconds=1)


@pytest.fixture
def queue():
    return JobQueue()


def queued(queue, job_id="a1", at=NOW):
    return queue.put(Job(job_id, "intake", {"spool": "s"}, at))


def claimed(queue, holder="w1", now=NOW):
    return queue.claim(holder, now, LEASE)


def test_the_job_that_has_waited_longest_comes_first_whatever_its_id(queue):
    queued(queue, "a", NOW)
    queued(queue, "b", NOW - 2 * SECOND)
    queued(queue, "c", NOW - SECOND)
    assert [claimed(queue).id for _ in range(3)] == ["b", "c", "a"]
    assert claimed(queue) is None


def test_a_claimed_job_is_nobody_elses(queue):
    job = queued(queue)
    assert claimed(queue, "w1") is job
    assert (job.state, job.attempts, job.holder) == (JobState.RUNNING, 1, "w1")
    assert claimed(queue, "w2") is None


def test_what_is_done_is_done_and_leaves_the_queue(queue):
    job = queued(queue)
    claimed(queue)
    assert queue.finish(job, "w1", NOW, {"added": "3"})
    assert (job.state, dict(job.outcome), job.finished_at) == (
        JobState.DONE,
        {"added": "3"},
        NOW,
    )
    assert len(queue.open) == 0
    assert list(queue) == [job]


def test_a_failure_waits_longer_each_time_and_the_fourth_parks(queue):
    job, now, waits = queued(queue), NOW, []
    for attempt in range(1, MAX_ATTEMPTS + 1):
        assert claimed(queue, now=now) is job
        assert job.attempts == attempt
        assert queue.fail(job, "w1", "the disk is full", now)
        if job.state == JobState.QUEUED:
            waits.append((job.not_before - now).total_seconds())
            assert claimed(queue, now=job.not_before - SECOND) is None
            now = job.not_before
    assert waits == [4, 16, 64]
    assert (job.state, job.error) == (JobState.PARKED, "the disk is full")
    assert claimed(queue, now=now + timedelta(days=1)) is None


def test_a_lease_that_ran_out_gives_the_job_to_another(queue):
    job = queued(queue)
    claimed(queue, "w1")
    assert claimed(queue, "w2", NOW + LEASE) is None
    assert claimed(queue, "w2", NOW + LEASE + SECOND) is job
    assert (job.holder, job.attempts) == ("w2", 2)


def test_a_lease_that_was_renewed_does_not_run_out(queue):
    job = queued(queue)
    claimed(queue, "w1")
    assert queue.renew(job, "w1", NOW + 2 * LEASE)
    assert claimed(queue, "w2", NOW + LEASE + SECOND) is None


def test_the_job_of_a_dead_worker_need_not_wait_for_the_end_of_its_lease(queue):
    job = queued(queue)
    claimed(queue, "w1")
    assert queue.claim("w2", NOW, LEASE, {"w1"}.__contains__) is job


def test_a_worker_that_lost_its_job_changes_nothing_any_more(queue):
    job = queued(queue)
    claimed(queue, "slow")
    later = NOW + LEASE + SECOND
    claimed(queue, "quick", later)
    assert not queue.finish(job, "slow", later, {"added": "1"})
    assert not queue.fail(job, "slow", "late", later)
    assert not queue.park(job, "slow", "late", later)
    assert not queue.renew(job, "slow", later + LEASE)
    assert not queue.give_back(job, "slow")
    assert (job.state, job.holder, job.error) == (JobState.RUNNING, "quick", None)


def test_a_job_that_kills_its_workers_is_parked_and_the_next_one_is_taken(queue):
    deadly, harmless = queued(queue, "deadly"), queued(queue, "h", NOW + SECOND)
    now = NOW
    for number in range(MAX_ATTEMPTS):
        assert claimed(queue, f"w{number}", now) is deadly
        now += LEASE + SECOND
    assert claimed(queue, "w9", now) is harmless
    assert deadly.state == JobState.PARKED
    assert "died over it" in deadly.error


def test_a_refusal_is_parked_at_once(queue):
    job = queued(queue)
    claimed(queue)
    assert queue.park(job, "w1", "the account is disabled", NOW)
    assert (job.state, job.attempts) == (JobState.PARKED, 1)


def test_a_worker_that_ends_gives_its_job_back_without_a_mark(queue):
    job = queued(queue)
    claimed(queue)
    assert queue.give_back(job, "w1")
    assert (job.state, job.attempts, job.holder) == (JobState.QUEUED, 0, "")
    assert claimed(queue, "w2") is job


def test_a_parked_job_is_retried_from_its_first_attempt(queue):
    job = queued(queue)
    claimed(queue)
    queue.park(job, "w1", "no such class", NOW)
    assert queue.retry(job)
    assert (job.attempts, job.error, job.finished_at) == (0, None, None)
    assert claimed(queue) is job


@pytest.mark.parametrize("end", ["done", "running", "queued"])
def test_only_what_is_parked_or_cancelled_is_retried(queue, end):
    job = queued(queue)
    if end != "queued":
        claimed(queue)
    if end == "done":
        queue.finish(job, "w1", NOW)
    assert not queue.retry(job)
    assert job.state == end


def test_a_cancelled_job_is_not_done_and_its_worker_is_told(queue):
    job = queued(queue)
    claimed(queue)
    assert queue.cancel(job, NOW)
    assert not queue.renew(job, "w1", NOW + LEASE)
    assert not queue.finish(job, "w1", NOW)
    assert not queue.cancel(job, NOW)
    assert job.state == JobState.CANCELLED
    assert claimed(queue) is None


def test_finished_jobs_are_forgotten_and_parked_ones_kept(queue):
    for job_id in ("done", "cancelled", "parked", "waiting"):
        queued(queue, job_id)
    jobs = queue.jobs
    queue.cancel(jobs["cancelled"], NOW)
    for job_id in ("done", "parked"):
        jobs[job_id].state, jobs[job_id].holder = JobState.RUNNING, "w1"
    queue.finish(jobs["done"], "w1", NOW)
    queue.park(jobs["parked"], "w1", "why", NOW)
    assert queue.forget_finished(NOW) == 0
    assert queue.forget_finished(NOW + SECOND) == 2
    assert sorted(job.id for job in queue) == ["parked", "waiting"]
