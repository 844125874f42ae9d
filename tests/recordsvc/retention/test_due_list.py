"""The due list: read from its tree, page by page, never by walking the archive."""

import re
from datetime import date, timedelta
from typing import Any

import pytest

from recordsvc.cli import main
from recordsvc.services.classification import filing
from recordsvc.services.errors import InvalidRequest, NotAllowed
from recordsvc.services.retention import evidence, occurrences, retaining, standing

from .conftest import READER, TODAY, Store
from .test_schedules import explained


def papers(store: Store, count: int, **values: str) -> list[str]:
    """Return records due on one day after the other, in that order."""
    first = date(2010, 1, 1)
    return [
        store.paper(
            **{
                "class": "BUS.PQ",
                "title": f"{place}",
                "created": (first + timedelta(days=place)).isoformat(),
                **values,
            }
        )
        for place in range(count)
    ]


def due(store: Store, on: date | None = None, **options: Any) -> dict[str, Any]:
    return store.see(lambda ctx: retaining.due(ctx, on, **options))


def test_1_due_on_its_day_and_not_the_day_before(store):
    record = store.paper(**{"class": "BUS.PQ", "created": "2020-03-15"})
    before = due(store, date(2030, 3, 14))
    assert (before["items"], before["next"]) == ([], "2030-03-15")
    on = due(store, date(2030, 3, 15))
    assert [i["id"] for i in on["items"]] == [record]
    assert set(on) == {"on", "items", "exceptions", "next"}
    assert on["next"] is None


def test_5_without_a_trigger_never_due_and_on_the_exceptions(store):
    record = store.paper(**{"class": "ANS", "created": "2020-03-15"})
    found = due(store, date(2199, 1, 1))
    assert found["items"] == []
    assert [(e["id"], e["state"]) for e in found["exceptions"]] == [
        (record, "awaiting_trigger")
    ]
    assert not store.in_due_tree(record)


def test_6_a_day_long_past_is_due_at_once_and_nothing_more(store):
    record = store.paper(**{"class": "BUS.PQ", "created": "1950-01-01"})
    assert [i["id"] for i in due(store)["items"]] == [record]
    assert store.see(lambda ctx: ctx.root.records[record].state) == "active"


def test_9_a_provisional_day_is_found_and_never_due(store):
    record = store.paper(**{"class": "BUS.LEG", "created": "2026-01-01"})

    def end(day: str, *, provisional: bool) -> None:
        store.do(
            lambda ctx: occurrences.record_event(
                ctx, "legislature_end", "58", day, provisional=provisional
            )
        )

    end("2027-06-20", provisional=True)
    found = due(store, date(2031, 1, 1))
    assert found["items"] == []
    assert [(e["id"], e["state"]) for e in found["exceptions"]] == [
        (record, "provisional")
    ]
    assert not store.in_due_tree(record)
    assert explained(store, record)["due_on"] == "2030-06-20"
    end("2027-07-04", provisional=False)
    assert [i["due_on"] for i in due(store, date(2031, 1, 1))["items"]] == [
        "2030-07-04"
    ]
    assert store.see(lambda ctx: list(ctx.root.by_exception)) == []


def test_pages_follow_one_another_and_miss_nothing(store):
    ids = papers(store, 7)
    found, cursor, pages = [], "", 0
    while True:
        page = due(store, limit=3, cursor=cursor)
        found += [i["id"] for i in page["items"]]
        pages += 1
        cursor = page.get("cursor", "")
        if not cursor:
            break
    assert (found, pages) == (ids, 3)


def test_the_last_full_page_has_no_cursor(store):
    papers(store, 4)
    first = due(store, limit=2)
    assert "cursor" not in due(store, limit=2, cursor=first["cursor"])


def test_held_records_are_told_with_their_page_and_do_not_stop_it(store):
    ids = papers(store, 8)
    store.hold(*ids[:6])
    page = due(store, limit=2)
    assert [i["id"] for i in page["items"]] == ids[6:]
    assert [e["id"] for e in page["exceptions"]] == ids[:6]
    assert all(e["state"] == "held" for e in page["exceptions"])
    few = due(store, limit=1)
    assert few["items"] == []
    assert len(few["exceptions"]) == retaining.LOOKED_AT
    rest = due(store, limit=1, cursor=few["cursor"])
    assert [i["id"] for i in rest["items"]] == ids[6:7]


def test_a_hold_stops_no_clock(store):
    (record,) = papers(store, 1)
    store.hold(record)
    assert store.due_on(record) == date(2020, 1, 1)
    assert store.in_due_tree(record)
    assert explained(store, record)["state"] == "held"


def test_exceptions_come_page_by_page_with_the_worst_first(store):
    waiting = sorted(
        store.paper(**{"class": "ANS", "created": "2020-03-15", "title": str(n)})
        for n in range(4)
    )
    wrong = store.paper(**{"class": "BUS.PQ", "created": "2020-03-15"})

    def spoil(ctx: Any) -> None:
        ctx.root.records[wrong].dates = (("created", "the ides of March"),)
        standing.refresh(ctx, ctx.root.records[wrong])

    store.do(spoil)
    first = due(store, limit=3)
    assert [e["id"] for e in first["exceptions"]] == [wrong, *waiting[:2]]
    assert "ides of March" in first["exceptions"][0]["reason"]
    rest = store.see(
        lambda ctx: retaining.exceptions(
            ctx, limit=3, cursor=first["exceptions_cursor"]
        )
    )
    assert [e["id"] for e in rest["exceptions"]] == waiting[2:]
    assert "cursor" not in rest


@pytest.mark.parametrize("cursor", ["x", "2020-01-01", "2020-01-01:zz", "no:ab"])
def test_a_cursor_that_is_none_of_ours_is_refused(store, cursor):
    with pytest.raises(InvalidRequest):
        store.see(lambda ctx: retaining.exceptions(ctx, cursor=cursor))
    with pytest.raises(InvalidRequest):
        due(store, cursor=cursor)


def test_who_may_not_see_retention_sees_no_list(store):
    for ask in (retaining.due, retaining.exceptions):
        with pytest.raises(NotAllowed):
            store.see(ask, READER)


def test_a_page_loads_its_own_records_and_no_others(store):
    papers(store, 60)

    def loaded(limit: int) -> int:
        def work(ctx: Any) -> int:
            connection = ctx.root._p_jar
            connection.cacheMinimize()
            retaining.due(ctx, limit=limit)
            records = ctx.root.records.values()
            return sum(r._p_changed is not None for r in records)

        return store.see(work)

    assert loaded(5) == 5


def test_what_is_shown_is_what_is_found_on_that_day(store):
    """The stored day, the explained day and the listed day are one."""
    ids = papers(store, 3)
    for item in due(store)["items"]:
        assert item["due_on"] == explained(store, item["id"])["due_on"]
        assert item["due_on"] == store.due_on(item["id"]).isoformat()
    assert len(ids) == 3


def test_state_of_a_standing_follows_the_day_without_an_act(store):
    record = store.paper(**{"class": "BUS.PQ", "created": "2020-03-15"})
    found = store.record(record)["standing"]
    assert standing.state_on(found, date(2030, 3, 14)) == "running"
    assert standing.state_on(found, date(2030, 3, 15)) == "due"
    kept = store.paper(**{"class": "VIT", "created": "2020-03-15"})
    assert standing.state_on(store.record(kept)["standing"], TODAY) == "permanent"


def test_papers_of_members_are_never_scheduled(store):
    record = store.paper(**{"class": "BUS.PQ", "created": "1950-01-01"})

    def give(ctx: Any) -> None:
        found = ctx.root.records[record]
        found.class_code = "MEM"
        standing.refresh(ctx, found)

    store.do(give)
    found = explained(store, record)
    assert (found["state"], found["winner"]) == ("permanent", None)
    assert due(store)["items"] == []


def test_facts_are_gathered_as_far_as_they_are_read(store):
    record = store.paper(**{"class": "ANS", "created": "2020-03-15"})
    store.do(
        lambda ctx: occurrences.record_event(ctx, "answered", record, "2021-01-01")
    )

    def work(ctx: Any) -> tuple[Any, Any]:
        found = ctx.root.records[record]
        stages = standing.judge(ctx).newest.stages_of(ctx.root, "ANS")[1]
        needs = evidence.needs_of(stages)
        few = evidence.facts_of(ctx.root, found, needs)
        return few, evidence.facts_of(ctx.root, found, evidence.EVERYTHING)

    few, every = store.see(work)
    assert (few.created, few.last_action) == (None, None)
    assert few.events == every.events == (("answered", "2021-01-01"),)
    assert every.created == "2020-03-15"
    assert every.last_action is not None


@pytest.fixture
def command(store, monkeypatch, tmp_path, capsys):
    """Return a caller of the command line on the store; it answers what it printed."""
    monkeypatch.setenv("RECORDSVC_DATA_DIR", str(store.service.settings.data_dir))
    monkeypatch.setenv("RECORDSVC_TODAY", TODAY.isoformat())
    monkeypatch.chdir(tmp_path)

    def call(*words: str) -> str:
        store.service.close()
        with pytest.raises(SystemExit) as stopped:
            main(list(words))
        assert not stopped.value.code
        return capsys.readouterr().out

    return call


def test_the_command_streams_every_page(store, command):
    ids = papers(store, 5)
    waiting = [
        store.paper(**{"class": "ANS", "created": "2020-03-15", "title": f"w{n}"})
        for n in range(5)
    ]
    out = command("retention", "due", "--limit", "2")
    assert [i for i in re.findall(r"[0-9a-f]{32}", out) if i in ids] == ids
    assert set(re.findall(r"[0-9a-f]{32}", out)) == {*ids, *waiting}
    assert f"due on {TODAY}: 5 records" in out
    short = command("retention", "due")
    assert short.startswith(f"due on {TODAY}: 5 records\n")
    only = command("retention", "due", "--exceptions")
    assert set(re.findall(r"[0-9a-f]{32}", only)) == set(waiting)
    assert '"cursor"' in command("retention", "due", "--limit", "2", "--json")


def test_the_explanation_on_the_command_line_tells_appraisals(store, command):
    from recordsvc.model.record import Appraisal

    (record,) = papers(store, 1)

    def keep(ctx: Any) -> None:
        found = ctx.root.records[record]
        found.appraisals = (
            Appraisal(
                verdict="keep",
                reason="cited",
                login="bob",
                on=TODAY,
                until="2040-01-01",
            ),
        )
        standing.refresh(ctx, found)

    store.do(keep)
    out = command("retention", "explain", record)
    assert "appraised on 2026-06-01 by bob: keep until 2040-01-01 (cited)" in out


def test_10_and_11_the_longest_wins_in_either_order_and_its_end_recalculates(store):
    def paper(title: str, first: str, second: str) -> str:
        record = store.paper(
            **{"class": first, "created": "2020-03-15", "title": title, **closed}
        )
        store.do(
            lambda ctx: (
                filing.add_obligation(
                    ctx, record, second, citation="Act", reason="audit"
                ).id
            )
        )
        return record

    closed = {"closed": "2021-01-03"}
    one, other = paper("a", "BUS.PQ", "COM"), paper("b", "COM", "BUS.PQ")
    assert store.due_on(one) == store.due_on(other) == date(2032, 1, 1)
    store.do(lambda ctx: filing.remove_obligation(ctx, one, "COM").id)
    assert store.due_on(one) == date(2030, 3, 15)
