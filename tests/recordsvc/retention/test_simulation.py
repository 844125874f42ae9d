"""What-if and forecast: what would be, and what will be; written nowhere."""

from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recordsvc.cli import main
from recordsvc.services.access import authorize
from recordsvc.services.errors import InvalidRequest, NotAllowed
from recordsvc.services.retention import (
    forecasting,
    recalculating,
    scheduling,
    simulating,
)
from recordsvc.services.retention.recalculating import Requested

from .conftest import PLAN, READER, Store
from .test_schedules import issued, plan


def state_of(store: Store) -> tuple[Any, ...]:
    """Return what would change if anything had been written."""

    def work(ctx: Any) -> tuple[Any, ...]:
        root = ctx.root
        return (
            [(r.id, r.revision, r.standing, r.events) for r in root.records.values()],
            list(root.by_due),
            list(root.by_exception),
            list(root.outbox),
            list(root.schedule_versions),
            root.schedule_epoch.count,
        )

    last = store.service.database.zodb.storage.lastTransaction()
    return (last, *store.see(work))


def simulated(store: Store, source: str, **options: int) -> dict[str, Any]:
    return store.see(
        lambda ctx: simulating.simulate(ctx, source, **options).as_mapping()
    )


def test_14_a_draft_that_shortens_says_who_moves_and_writes_nothing(store):
    early = store.paper(**{"class": "BUS.PQ", "created": "2025-03-15"})
    due = store.paper(**{"class": "BUS.PQ", "created": "2020-03-15"})
    kept = store.paper(**{"class": "VIT", "created": "2020-03-15"})
    waiting = store.paper(**{"class": "ANS", "created": "2020-03-15"})
    before = state_of(store)
    found = simulated(store, plan(2, ten="P2Y"))
    assert state_of(store) == before
    assert found["records"] == 4
    assert found["unchanged"] == 2
    assert {e["id"] for e in found["earlier"]} == {early, due}
    assert [e["id"] for e in found["now_due"]] == [due]
    assert found["later"] == []
    entry = next(e for e in found["earlier"] if e["id"] == due)
    assert entry["before"] == {
        "state": "running",
        "due_on": "2030-03-15",
        "action": "destroy",
        "provisional": False,
    }
    assert (entry["after"]["state"], entry["after"]["due_on"]) == ("due", "2022-03-15")
    assert found["by_class"]["BUS.PQ"] == {
        "records": 2,
        "earlier": 2,
        "later": 0,
        "changed": 0,
        "unchanged": 0,
        "now_due": 1,
    }
    assert {kept, waiting}.isdisjoint(e["id"] for e in found["earlier"])


def test_lists_are_cut_and_counts_are_not(store):
    for number in range(4):
        store.paper(
            **{"class": "BUS.PQ", "created": "2025-03-15", "title": str(number)}
        )
    found = simulated(store, plan(2, ten="P2Y"), limit=1)
    assert (len(found["earlier"]), found["counts"]["earlier"]) == (1, 4)


def test_an_end_where_there_was_none_is_earlier_and_the_reverse_is_later(store):
    record = store.paper(**{"class": "VIT", "created": "2020-03-15"})
    ended = plan(2).replace('action = "permanent"', 'action = "destroy"')
    assert [e["id"] for e in simulated(store, ended)["earlier"]] == [record]
    issued(store, ended)
    assert [e["id"] for e in simulated(store, plan(3))["later"]] == [record]


def test_another_action_on_the_same_day_is_told_as_a_change(store):
    record = store.paper(**{"class": "BUS.PQ", "created": "2020-03-15"})
    found = simulated(store, plan(2).replace('"destroy"', '"transfer"'))
    assert [e["id"] for e in found["changed"]] == [record]
    assert found["changed"][0]["after"]["action"] == "transfer"


def test_a_version_of_the_future_is_judged_on_its_first_day(store):
    record = store.paper(**{"class": "BUS.PQ", "created": "2019-03-15"})
    found = simulated(store, plan(2, ten="P9Y", effective_from="2028-04-01"))
    assert found["on"] == "2028-04-01"
    assert [e["id"] for e in found["now_due"]] == [record]
    assert found["now_due"][0]["before"]["state"] == "running"


def test_what_waits_to_be_computed_anew_is_judged_by_what_is_true_now(
    store, monkeypatch
):
    record = store.paper(**{"class": "BUS.PQ", "created": "2020-03-15"})
    monkeypatch.setattr(recalculating, "AT_ONCE", 0)
    issued(store, plan(2, ten="P12Y"))
    assert store.due_on(record) == date(2030, 3, 15)
    found = simulated(store, plan(3, ten="P12Y"))
    assert found["unchanged"] == 1


def test_a_bad_file_is_refused_with_every_line(store):
    bad = plan(2).replace("P10Y", "ten years").replace('"permanent"', '"shred"')
    with pytest.raises(InvalidRequest) as raised:
        simulated(store, bad)
    lines = bad.splitlines()
    wrong = [n for n, line in enumerate(lines, 1) if "ten years" in line]
    wrong += [n for n, line in enumerate(lines, 1) if "shred" in line]
    assert all(f"line {n}:" in str(raised.value) for n in wrong)


def test_only_who_may_see_retention_may_ask(store):
    for ask in (
        lambda ctx: simulating.simulate(ctx, PLAN),
        forecasting.forecast,
        lambda ctx: authorize(ctx, "retention.view"),
    ):
        with pytest.raises(NotAllowed):
            store.see(ask, READER)


@given(
    years=st.integers(0, 60),
    reach=st.sampled_from(["all", "open", "new"]),
    begin=st.dates(date(2026, 1, 1), date(2026, 6, 1)),
    created=st.lists(st.dates(date(1960, 1, 1), date(2026, 5, 1)), max_size=6),
)
@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_what_was_simulated_is_what_comes(store, years, reach, begin, created):
    number = store.see(lambda ctx: max(ctx.root.schedule_versions)) + 1
    papers = [
        store.paper(
            **{
                "class": "BUS.PQ",
                "created": day.isoformat(),
                "title": f"{number}-{place}",
            }
        )
        for place, day in enumerate(created)
    ]
    source = plan(
        number, ten=f"P{years}Y", reach=reach, effective_from=begin.isoformat()
    )
    found = simulated(store, source)
    expected = {
        e["id"]: e["after"]["due_on"]
        for kind in ("earlier", "later", "changed")
        for e in found[kind]
    }
    before = {paper: store.due_on(paper) for paper in papers}
    issued(store, source)
    for paper in papers:
        now = store.due_on(paper)
        assert now is not None
        if paper in expected:
            assert now.isoformat() == expected[paper]
        else:
            assert now == before[paper]


def test_forecast_counts_by_period_and_action_with_provisional_days_apart(store):
    from recordsvc.services.retention import occurrences

    store.paper(**{"class": "BUS.PQ", "created": "2018-03-15"})
    store.paper(**{"class": "BUS.PQ", "created": "2018-11-15"})
    store.paper(**{"class": "BUS.PQ", "created": "2010-11-15"})
    store.paper(**{"class": "BUS.PQ", "created": "2027-01-01"})
    store.paper(**{"class": "BUS.LEG", "created": "2026-01-01"})
    store.do(
        lambda ctx: occurrences.record_event(
            ctx, "legislature_end", "58", "2027-07-04", provisional=True
        )
    )
    found = store.see(lambda ctx: forecasting.forecast(ctx).as_mapping())
    assert (found["on"], found["until"]) == ("2026-06-01", "2036-06-01")
    assert found["overdue"] == {"records": 1, "actions": {"destroy": 1}, "bytes": 32}
    assert found["periods"] == [
        {"period": "2028", "records": 2, "actions": {"destroy": 2}, "bytes": 64}
    ]
    assert found["provisional"] == [
        {"period": "2030", "records": 1, "actions": {"destroy": 1}, "bytes": 32}
    ]
    months = store.see(
        lambda ctx: forecasting.forecast(ctx, years=2, unit="month").as_mapping()
    )
    assert [p["period"] for p in months["periods"]] == ["2028-03"]


@pytest.mark.parametrize(("years", "unit"), [(0, "year"), (101, "year"), (5, "week")])
def test_forecast_of_what_cannot_be_is_refused(store, years, unit):
    with pytest.raises(InvalidRequest):
        store.see(lambda ctx: forecasting.forecast(ctx, years=years, unit=unit))


def test_forecast_begins_on_a_leap_day_and_ends_within_the_calendar(store):
    store.today = date(2028, 2, 29)
    found = store.see(lambda ctx: forecasting.forecast(ctx, years=1))
    assert found.until == date(2029, 2, 28)
    store.today = date(9990, 1, 1)
    found = store.see(lambda ctx: forecasting.forecast(ctx, years=100))
    assert found.until.year == 9999


@pytest.fixture
def command(store, tmp_path, monkeypatch, capsys):
    """Return a caller of the command line on the store; it answers code and output."""
    store.service.close()
    monkeypatch.setenv("RECORDSVC_DATA_DIR", str(store.service.settings.data_dir))
    monkeypatch.setenv("RECORDSVC_TODAY", "2026-06-01")
    monkeypatch.chdir(tmp_path)

    def call(*words: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as stopped:
            main(list(words))
        shown = capsys.readouterr()
        return int(stopped.value.code or 0), shown.out, shown.err

    return call


def test_commands_of_the_schedule(store, tmp_path, command):
    draft = tmp_path / "draft.toml"
    draft.write_text(plan(2, ten="P2Y"))
    code, out, _ = command("schedule", "simulate", str(draft))
    assert (code, out.splitlines()[0]) == (0, "0 records, judged for 2026-06-01")
    assert command("schedule", "simulate", str(draft), "--json")[0] == 0
    draft.write_text("nonsense")
    code, out, err = command("schedule", "simulate", str(draft), "--json")
    assert (code, out) == (2, "")
    assert "line 1:" in err
    assert command("schedule", "simulate", "none.toml")[0] == 3
    draft.write_text(plan(2, ten="P2Y"))
    assert command("schedule", "import", str(draft))[0] == 0
    assert command("schedule", "delete", "2")[0] == 0
    assert command("schedule", "delete", "2")[0] == 3
    assert command("schedule", "delete", "1")[0] == 6
    assert command("schedule", "revoke", "1", "--reason", "x")[0] == 4
    code, out, _ = command("retention", "forecast", "--years", "3")
    assert (code, out.splitlines()[0]) == (0, "due from 2026-06-01 to 2029-06-01")
    assert command("retention", "forecast", "--json", "--by", "month")[0] == 0
    assert command("retention", "forecast", "--years", "0")[0] == 2


def test_issue_on_the_command_line_tells_the_impact(store, tmp_path, command):
    for login in ("ann", "bob"):
        assert command("user", "add", login, "--role", "approver")[0] == 0
    draft = tmp_path / "draft.toml"
    draft.write_text(plan(2, ten="P2Y"))
    assert command("schedule", "import", str(draft))[0] == 0
    for login in ("ann", "bob"):
        assert command("--as", login, "schedule", "approve", "2")[0] == 0
    code, out, _ = command("--as", "ann", "schedule", "issue", "2")
    assert (code, out) == (
        0,
        "version 2 is in force; computed anew: 0 records\n",
    )
    code, out, _ = command("--as", "ann", "schedule", "revoke", "2", "--reason", "x")
    assert (code, "last obligation" in out) == (0, True)


def test_a_request_says_what_it_did(store):
    assert store.do(recalculating.request) == Requested()
    store.paper(**{"class": "BUS.PQ", "created": "2018-03-15"})
    assert store.do(recalculating.request) == Requested(done=1)
    assert store.see(lambda ctx: scheduling.version_of(ctx, 1).applied_on)
