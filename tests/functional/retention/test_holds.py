"""Holds by every scope from the command line, and links that are late or missing."""

import pytest

from recordsvc.bootstrap import opened
from recordsvc.jobs.handlers import HANDLERS
from recordsvc.jobs.task import Interrupted, Task
from recordsvc.services.context import SYSTEM, Context
from recordsvc.services.disposal import holding
from recordsvc.services.queueing import HOLD_LINKS

from .conftest import TODAY, House

PLACE = ("hold", "place", "--title", "Inquiry 7", "--mandate", "Order 12")


def why_kept(house: House, record: str) -> str:
    """Return what whoever asks for the deletion of a record is told."""
    return house.deletion(record)[1]


def test_a_hold_has_exactly_one_scope(house: House) -> None:
    record = house.paper("BUS.FIVE")
    scopes = (
        ("--id", record),
        ("--query", "water"),
        ("--class", "BUS"),
        ("--aggregation", "x"),
    )
    house.refused(2, *PLACE)
    for first in scopes:
        for second in scopes:
            if first != second:
                house.refused(2, *PLACE, *first, *second)
    house.refused(3, *PLACE, "--class", "NO.SUCH")
    house.refused(3, *PLACE, "--aggregation", "no-such")
    house.refused(3, *PLACE, "--id", "no-such")
    house.refused(2, *PLACE, "--query", "water", "--review", "soon")
    for login in ("rita", "lena", "ada"):
        house.refused(4, *PLACE, "--id", record, by=login)
    assert house.json("hold", "list")["holds"] == []


def test_a_hold_on_a_class_holds_what_comes_into_it_and_below(house: House) -> None:
    before = house.paper("BUS.FIVE", created="2015-01-01")
    elsewhere = house.paper("LAW")
    made = house.json(*PLACE, "--class", "BUS")
    assert (made["records"], made["gone"]) == (1, [])
    after = house.paper("BUS.TEN", created="2001-01-01")
    assert [house.explain(r)["state"] for r in (before, after, elsewhere)] == [
        "held",
        "held",
        "permanent",
    ]
    assert [h["id"] for h in house.show(after)["holds"]] == [made["id"]]
    assert f"{made['id']}  Inquiry 7" in house.ok("show", after).out
    house.refused(6, "disposal", "propose", "--id", after, by="olga")
    shown = house.json("hold", "show", made["id"])
    assert (shown["scope"], shown["target"], shown["records"]) == ("class", "BUS", 2)
    assert {r["id"] for r in shown["held"]} == {before, after}
    assert "Inquiry 7" in house.ok("hold", "show", made["id"]).out
    house.refused(4, "hold", "show", made["id"], by="rita")
    house.refused(3, "hold", "show", "no-such")
    assert house.json("show", before, by="rita")["holds"] == [made["id"]]


def test_a_hold_by_query_holds_what_is_captured_and_edited_later(house: House) -> None:
    now = house.paper("BUS.FIVE", "On the wombat inquiry", created="2015-01-01")
    never = house.paper("BUS.FIVE", "On ferries", created="2015-01-01")
    made = house.json(*PLACE, "--query", "wombat")
    assert made["records"] == 1
    later = house.paper("BUS.FIVE", "More wombats, a wombat", created="2015-01-01")
    assert house.explain(later)["held_by"] == [made["id"]]
    assert house.explain(never)["state"] == "due"
    edit = ("edit", never, "title=The wombat file", "--if-match")
    house.ok(*edit, str(house.show(never)["revision"]))
    assert house.explain(never)["held_by"] == [made["id"]]
    assert house.due(TODAY) == []
    assert house.explain(now)["held_by"] == [made["id"]]


def test_a_query_hold_that_finds_nothing_today_holds_what_comes(house: House) -> None:
    here = house.paper("BUS.FIVE", "On ferries", created="2015-01-01")
    called = house.ok(*PLACE, "--query", "numbat")
    assert "lies on 0 records" in called.out
    assert "it matches no record today" in called.out
    made = house.json("hold", "list")["holds"][0]["id"]
    assert house.explain(here)["state"] == "due"
    later = house.paper("BUS.FIVE", "A numbat at last", created="2015-01-01")
    edit = ("edit", here, "title=The numbat file", "--if-match")
    house.ok(*edit, str(house.show(here)["revision"]))
    for record in (here, later):
        assert house.explain(record)["held_by"] == [made]
    house.refused(6, "disposal", "propose", "--id", later, by="olga")
    empty = house.json(*PLACE, "--class", "LAW")
    assert (empty["records"], "no record today" in empty["note"]) == (0, True)
    assert house.json(*PLACE, "--id", here)["note"] is None
    order = {"title": "T", "mandate": "M", "query": "quoll"}
    with house.client("olga") as client:
        told = client.post_json("/api/v1/holds", order, status=201).json
        assert (told["records"], "no record today" in told["note"]) == (0, True)
        assert "Nothing yet" in client.get(f"/holds/{told['id']}")


def test_a_query_hold_needs_neither_the_index_nor_its_links(house: House) -> None:
    record = house.paper("BUS.FIVE", "On the wombat inquiry", created="2015-01-01")

    def late(ctx: Context) -> None:
        paper = ctx.root.records[record]
        paper.revision += 1
        ctx.root.outbox.put(paper.id, paper.revision)

    house.do(late)
    made = house.json(*PLACE, "--query", "wombat")
    assert made["records"] == 1

    def without_links(ctx: Context) -> None:
        paper = ctx.root.records[record]
        paper.holds = ()
        ctx.root.held.discard((made["id"], record))

    house.do(without_links)
    assert f"on hold ({made['id']})" in why_kept(house, record)
    house.refused(6, "disposal", "propose", "--id", record, by="olga")


def test_what_is_gone_cannot_be_held_and_is_named(house: House) -> None:
    gone, here = house.papers("BUS.FIVE", 2, created="2015-01-01")
    made = house.approved(gone)
    assert house.results(made, "2026-06-02") == {gone: "destroyed"}
    both = house.json(*PLACE, "--id", gone, "--id", here, code=5)
    assert (both["records"], both["gone"]) == (1, [gone])
    told = house.json("audit", "list", "--kind", "hold-too-late")["entries"]
    assert [entry["subject"] for entry in told] == [gone]
    called = house(*PLACE, "--id", gone, "--id", here)
    assert (called.code, gone in called.err) == (5, True)
    assert gone in house.refused(6, *PLACE, "--id", gone)
    assert house.state(gone) == "destroyed"


def test_a_review_that_is_due_is_shown_until_it_is_done(house: House) -> None:
    record = house.paper("BUS.FIVE")
    made = house.json(*PLACE, "--id", record, "--review", "2027-01-01")["id"]
    assert "active" in house.ok("hold", "list").out
    assert "review is due" in house.ok("hold", "list", on="2027-01-01").out
    review = ("hold", "review", made, "--until", "2028-01-01")
    house.refused(2, *review)
    house.refused(2, *review, "--reason", " ")
    house.refused(2, "hold", "review", made, "--until", "then", "--reason", "r")
    house.refused(3, "hold", "review", "x", "--until", "2028-01-01", "--reason", "r")
    house.refused(4, *review, "--reason", "r", by="rita")
    found = house.json(*review, "--reason", "an appeal is pending", on="2027-01-02")
    assert (found["review_on"], found["review_due"]) == ("2028-01-01", False)
    assert "an appeal is pending" in house.ok("hold", "show", made).out
    assert [r["by"] for r in house.json("hold", "show", made)["reviews"]] == ["local"]
    house.refused(2, *review, "--reason", "r", on="2028-01-01")
    listed = house.json("hold", "list", on="2027-01-02")["holds"]
    assert [h["review_due"] for h in listed] == [False]


def test_a_large_hold_holds_before_its_links_are_made(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(holding, "AT_ONCE", 3)
    monkeypatch.setattr(holding, "BATCH", 2)
    records = house.papers("BUS.FIVE", 11, created="2015-01-01")

    def place(ctx: Context) -> str:
        order = holding.HoldOrder(
            title="t", mandate="m", scope="query", target="drinking"
        )
        return holding.place(ctx, order).hold.id

    hold = house.do(place)
    linked = house.see(lambda ctx: holding.records_held(ctx, hold))
    assert len(linked) == 3
    for record in records:
        assert "on hold" in why_kept(house, record)
        assert house.explain(record)["state"] == "held"
    with opened(house._settings(), house.cli.environ) as service:
        jobs = service.view(
            SYSTEM, lambda ctx: [(j.id, dict(j.args)) for j in ctx.root.jobs]
        )
        assert [args for _, args in jobs] == [{"hold": hold}]
        steps = iter([False, True])
        task = Task(
            service=service,
            job_id=jobs[0][0],
            kind=HOLD_LINKS,
            args={"hold": hold},
            attempt=1,
            must_stop=lambda: next(steps),
        )
        with pytest.raises(Interrupted):
            HANDLERS[HOLD_LINKS](task)
        left = service.view(SYSTEM, lambda ctx: len(ctx.root.holds[hold].pending))
        assert left == 4
        task = Task(
            service=service,
            job_id=jobs[0][0],
            kind=HOLD_LINKS,
            args={"hold": hold},
            attempt=2,
            must_stop=lambda: False,
        )
        assert HANDLERS[HOLD_LINKS](task) == {"records": "11"}
        assert HANDLERS[HOLD_LINKS](task) == {"records": "11"}


def test_a_large_hold_is_spread_and_lifted_by_the_command_itself(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(holding, "AT_ONCE", 2)
    monkeypatch.setattr(holding, "BATCH", 2)
    records = house.papers("BUS.FIVE", 7, created="2015-01-01")
    made = house.json(*PLACE, "--query", "drinking")
    assert made["records"] == 7
    shown = house.json("hold", "show", made["id"])
    assert (shown["records"], shown["pending"]) == (7, 0)
    lifted = house.json("hold", "lift", made["id"], "--reason", "r", by="ada")
    assert lifted["records"] == 7
    assert house.json("hold", "show", made["id"])["records"] == 0
    assert set(house.due(TODAY)) == set(records)
    assert {len(house.show(r)["holds"]) for r in records} == {0}
