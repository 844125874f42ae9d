"""Recalculation: one result whatever the order, in batches that survive a kill."""

import threading
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recordsvc.jobs import housekeeping
from recordsvc.jobs.handlers import HANDLERS
from recordsvc.jobs.presence import Presence
from recordsvc.jobs.recalculation import recalculate, settle
from recordsvc.jobs.task import Interrupted, Task
from recordsvc.jobs.worker import Worker
from recordsvc.services.context import SYSTEM
from recordsvc.services.errors import Temporary
from recordsvc.services.retention import occurrences, recalculating, standing
from recordsvc.services.retention.recalculating import RECALCULATE

from .conftest import Store
from .test_schedules import issued, plan


def papers(store: Store, count: int) -> list[str]:
    return [
        store.paper(**{"class": "BUS.PQ", "created": "2020-03-15", "title": str(n)})
        for n in range(count)
    ]


def everything(store: Store) -> tuple[Any, ...]:
    """Return every standing and the trees, and nothing that an order could change."""

    def work(ctx: Any) -> tuple[Any, ...]:
        root = ctx.root
        found = {r.id: r.standing for r in root.records.values()}
        return found, list(root.by_due), list(root.by_exception)

    return store.see(work)


def job(store: Store) -> Any:
    def work(ctx: Any) -> Any:
        found = [j for j in ctx.root.jobs if j.kind == RECALCULATE]
        return [(j.id, j.state, dict(j.args), dict(j.outcome)) for j in found]

    return store.see(work)


@pytest.fixture
def many(store, monkeypatch):
    """Return a store in which ten records are many, and three a batch."""
    monkeypatch.setattr(recalculating, "AT_ONCE", 5)
    monkeypatch.setattr(recalculating, "BATCH", 3)
    papers(store, 10)
    return store


EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["answered", "noted", "legislature_end", "session_end"]),
        st.sampled_from(["1", "2"]),
        st.dates(date(2015, 1, 1), date(2035, 1, 1)),
        st.booleans(),
    ),
    max_size=6,
    unique_by=lambda event: event[:2],
)


@given(events=EVENTS, order=st.randoms(use_true_random=False))
@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_two_orders_of_the_same_events_give_one_result(store, events, order):
    ids = [
        store.paper(**{"class": code, "created": "2019-05-05"})
        for code in ("ANS", "BUS.LEG", "BUS.SES")
        if not store.see(lambda ctx, c=code: ctx.root.ids_by_class(c))
    ] or store.see(lambda ctx: list(ctx.root.records))

    def happen(row: list[Any]) -> tuple[Any, ...]:
        made = []
        for kind, key, day, is_provisional in row:
            of_calendar = kind in standing.CALENDAR_KINDS
            made.append(
                store.do(
                    lambda ctx, k=kind, n=key, d=day, p=is_provisional, c=of_calendar: (
                        occurrences.record_event(
                            ctx,
                            k,
                            n if c else ids[0],
                            d.isoformat(),
                            provisional=p and c,
                        )
                    )
                )
            )
        found = everything(store)
        for event_id in made:
            store.do(lambda ctx, e=event_id: occurrences.reverse_event(ctx, e))
        return found

    nothing = everything(store)
    first = happen(events)
    assert everything(store) == nothing
    shuffled = list(events)
    order.shuffle(shuffled)
    assert happen(shuffled) == first


def test_recalculation_is_idempotent_and_writes_nothing_the_second_time(store):
    papers(store, 4)
    before = everything(store)
    last = store.service.database.zodb.storage.lastTransaction()
    assert store.do(recalculating.request).changed == 0
    assert everything(store) == before
    assert store.service.database.zodb.storage.lastTransaction() == last


def test_many_records_are_left_to_a_job_and_a_second_request_joins_it(many):
    asked = many.do(recalculating.request)
    assert (asked.done, asked.job is not None) == (0, True)
    assert many.do(recalculating.request).job == asked.job
    ids = many.see(lambda ctx: list(ctx.root.records))
    assert many.do(lambda ctx: recalculating.request(ctx, ids)).job == asked.job
    assert many.do(lambda ctx: recalculating.request(ctx, ids[:2])).done == 2
    assert settle(many.service) == 10
    assert [state for _, state, _, _ in job(many)] == ["done"]
    assert settle(many.service) == 0


def test_a_version_brings_many_records_to_it_by_the_job(many):
    issued(many, plan(2, ten="P12Y"))
    some = many.see(lambda ctx: next(iter(ctx.root.records)))
    assert many.due_on(some) == date(2030, 3, 15)
    settle(many.service)
    found, by_due, _ = everything(many)
    assert {s.due_on for s in found.values()} == {date(2032, 3, 15)}
    assert {day for day, _ in by_due} == {"2032-03-15"}
    assert job(many)[0][3] == {"changed": "10", "done": "10"}


def task_of(store: Store, job_id: str, *, stop_after: int) -> Task:
    """Return a task whose worker is told to stop after so many batches."""
    asked = iter(range(1000))
    return Task(
        service=store.service,
        job_id=job_id,
        kind=RECALCULATE,
        args={},
        attempt=1,
        must_stop=lambda: next(asked) >= stop_after,
    )


def test_a_job_goes_on_where_it_was_cut_short(many, monkeypatch):
    issued(many, plan(2, ten="P12Y"))
    (job_id, *_rest) = job(many)[0]
    with pytest.raises(Interrupted):
        recalculate(task_of(many, job_id, stop_after=2))
    args = job(many)[0][2]
    assert (args["done"], args["changed"]) == ("6", "6")
    found, _, _ = everything(many)
    moved = [i for i, s in found.items() if s.schedule_version == 2]
    assert moved == sorted(found)[:6]
    seen = []
    renew = recalculating.renew

    def watch(ctx: Any, record: Any, by: Any) -> bool:
        seen.append(record.id)
        return renew(ctx, record, by)

    monkeypatch.setattr(recalculating, "renew", watch)
    outcome = recalculate(task_of(many, job_id, stop_after=1000))
    assert seen == sorted(found)[6:]
    assert outcome == {"done": "10", "changed": "10"}


def test_the_job_of_a_worker_that_died_is_taken_over_where_it_stood(many):
    issued(many, plan(2, ten="P12Y"))
    with Presence(many.service.settings.data_dir / "locks") as dying:

        def claim(ctx: Any) -> str:
            found = ctx.root.jobs.claim(
                dying.holder, ctx.now(), timedelta(hours=1), kind=RECALCULATE
            )
            return str(found.id)

        job_id = many.do(claim)
        many.do(lambda ctx: recalculating.continue_job(ctx, job_id))
    assert job(many)[0][2]["done"] == "3"
    assert settle(many.service) == 10
    assert (job(many)[0][1], job(many)[0][3]) == (
        "done",
        {"changed": "10", "done": "10"},
    )


def test_a_request_while_a_job_is_half_done_begins_another(many):
    first = many.do(recalculating.request).job
    with pytest.raises(Interrupted):
        recalculate(task_of(many, first, stop_after=1))
    second = many.do(recalculating.request).job
    assert second != first
    settle(many.service)
    assert [state for _, state, _, _ in job(many)] == ["done", "done"]


def test_a_worker_does_the_job(many):
    stop = threading.Event()
    issued(many, plan(2, ten="P12Y"))
    worker = Worker(many.service, stop, HANDLERS)
    thread = threading.Thread(target=worker.run)
    thread.start()
    try:
        settle(many.service)
    finally:
        stop.set()
        thread.join()
    found, _, _ = everything(many)
    assert {s.schedule_version for s in found.values()} == {2}


def test_a_job_that_another_has_and_does_not_finish_is_told_as_temporary(many):
    many.do(recalculating.request)
    many.do(
        lambda ctx: (
            ctx.root.jobs.claim("elsewhere/worker", ctx.now(), timedelta(hours=1)).id
        )
    )
    with pytest.raises(Temporary, match="jobs list"):
        settle(many.service, timeout_s=0.2)


def test_a_job_that_stumbles_is_given_back(many, monkeypatch):
    many.do(recalculating.request)

    def stumble(*_: object) -> None:
        raise RuntimeError("the disk")

    with monkeypatch.context() as patch:
        patch.setattr(recalculating, "continue_job", stumble)
        with pytest.raises(RuntimeError):
            settle(many.service)
    assert [state for _, state, _, _ in job(many)] == ["queued"]
    assert settle(many.service) == 10


def test_housekeeping_brings_a_version_into_force_on_its_day(store, monkeypatch):
    (record,) = papers(store, 1)
    issued(store, plan(2, ten="P12Y", effective_from="2026-06-10"))
    monkeypatch.setattr(store.service, "fixed_today", date(2026, 6, 9))
    housekeeping.keep_house(store.service)
    assert store.due_on(record) == date(2030, 3, 15)
    monkeypatch.setattr(store.service, "fixed_today", date(2026, 6, 10))
    housekeeping.keep_house(store.service)
    assert store.due_on(record) == date(2032, 3, 15)


def test_a_change_that_crosses_with_a_new_version_is_made_again(store):
    """A record judged by the schedule of before does not commit after it."""
    (record,) = papers(store, 1)
    tries = []

    def work(ctx: Any) -> None:
        tries.append(1)
        standing.refresh(ctx, ctx.root.records[record])
        ctx.root.records[record].closed_on = "2024-01-01"
        if len(tries) == 1:
            done = threading.Thread(
                target=store.service.run,
                args=(SYSTEM, lambda other: other.root.schedule_epoch.advance()),
            )
            done.start()
            done.join()

    store.do(work)
    assert len(tries) == 2


def test_a_second_refresh_marks_nothing_as_changed_in_any_tree(store):
    papers = [
        store.paper(created="1996-06-02", title=f"{number}", **{"class": code})
        for number in range(3)
        for code in ("COM.EV", "VIT.SUB", "BUS.PQ", "BUS.LEG")
    ]

    def again(ctx):
        trees = (ctx.root.by_opening, ctx.root.by_vital_review)
        assert [len(tree) for tree in trees] == [3, 3]
        for paper in papers:
            standing.refresh(ctx, ctx.root.records[paper])
        assert [len(tree) for tree in trees] == [3, 3]
        loaded = ctx.root._p_jar._cache.lru_items()
        return [type(one).__name__ for _, one in loaded if one._p_changed]

    assert store.do(again) == []
