"""The second clock: closed until a day has come and a person has opened it."""

from datetime import date

import pytest

from recordsvc.jobs.bag_import import BagImport
from recordsvc.jobs.export_job import export_records
from recordsvc.jobs.indexer import Indexer
from recordsvc.services import description
from recordsvc.services.access import effective_level, may_read, stricter
from recordsvc.services.classification import fileplan, filing
from recordsvc.services.context import ANONYMOUS
from recordsvc.services.errors import (
    Conflict,
    InvalidRequest,
    NotAllowed,
    NotFound,
    NothingToDo,
)
from recordsvc.services.indexing import document_of
from recordsvc.services.packaging import exportable_ids, package_of
from recordsvc.services.retention import standing
from recordsvc.services.retention.opening import open_record, openings

from .conftest import ADMIN, ARCHIVIST, OFFICER, READER, make_store


def evidence(store, created="1996-06-02", **more):
    return store.paper(created=created, access="open", **{"class": "COM.EV"}, **more)


def level(store, paper):
    return store.see(lambda ctx: effective_level(ctx.root.records[paper]))


def may_see(store, paper, actor):
    return store.see(lambda ctx: may_read(actor, ctx.root.records[paper]))


def waiting(store, on=None):
    return [i["id"] for i in store.see(lambda ctx: openings(ctx, on))["items"]]


def test_a_rule_of_the_class_above_closes_an_open_paper(store):
    paper = evidence(store)
    assert store.record(paper)["closure"].opens_on == date(2026, 6, 2)
    assert level(store, paper) == "closed"
    assert not may_see(store, paper, READER)
    assert may_see(store, paper, OFFICER)


def test_the_day_alone_opens_nothing_and_an_archivist_does(store):
    paper = evidence(store)
    assert waiting(store) == []
    assert waiting(store, date(2026, 6, 2)) == [paper]
    store.today = date(2026, 6, 2)
    assert not may_see(store, paper, READER)
    with pytest.raises(NotAllowed):
        store.do(lambda ctx: open_record(ctx, paper).id, OFFICER)
    store.do(lambda ctx: open_record(ctx, paper).id, ARCHIVIST)
    assert may_see(store, paper, READER)
    assert waiting(store) == []
    assert store.kinds(paper)[-1] == "opened"


def test_a_record_is_not_opened_before_its_day_nor_twice(store):
    paper = evidence(store)
    with pytest.raises(Conflict, match="closed until 2026-06-02"):
        store.do(lambda ctx: open_record(ctx, paper).id)
    store.today = date(2026, 6, 2)
    store.do(lambda ctx: open_record(ctx, paper).id)
    with pytest.raises(NothingToDo):
        store.do(lambda ctx: open_record(ctx, paper).id)
    free = store.paper(created="1990-01-01", **{"class": "BUS"})
    with pytest.raises(NothingToDo):
        store.do(lambda ctx: open_record(ctx, free).id)


def test_a_paper_without_the_date_of_its_clock_stays_closed(store):
    paper = store.paper(access="open", **{"class": "COM.EV"})
    assert store.record(paper)["closure"].state == "awaiting_trigger"
    assert level(store, paper) == "closed"
    with pytest.raises(Conflict, match="not certain"):
        store.do(lambda ctx: open_record(ctx, paper).id)
    assert waiting(store, date(2999, 1, 1)) == []


def test_an_opened_record_is_closed_again_when_its_day_moves(store):
    paper = evidence(store)
    store.today = date(2026, 6, 2)
    store.do(lambda ctx: open_record(ctx, paper).id)
    store.do(lambda ctx: description.edit(ctx, paper, {"title": "Minutes"}).id)
    assert level(store, paper) == "open"
    store.do(
        lambda ctx: description.edit(ctx, paper, {"date.created": "2001-01-01"}).id
    )
    assert level(store, paper) == "closed"
    assert store.see(lambda ctx: paper in ctx.root.tightened)


def test_a_held_record_is_not_opened(store):
    paper = evidence(store)
    store.today = date(2026, 6, 2)
    store.hold(paper)
    with pytest.raises(Conflict, match="on hold"):
        store.do(lambda ctx: open_record(ctx, paper).id)


def test_a_rule_given_to_a_class_closes_its_records_at_once(store):
    paper = store.paper(created="2020-01-01", access="open", **{"class": "BUS.PQ"})
    with Indexer(store.service) as indexer:
        indexer.catch_up()
    assert store.see(lambda ctx: len(ctx.root.outbox)) == 0
    store.do(lambda ctx: fileplan.edit_class(ctx, "BUS", {"closure": "C-30"}).code)
    assert level(store, paper) == "closed"
    # Hidden from searches before the index has caught up, which it is told to do.
    assert store.see(lambda ctx: paper in ctx.root.tightened)
    assert store.see(lambda ctx: [i for i, _ in ctx.root.outbox]) == [paper]


def test_the_index_is_told_the_effective_level(store):
    paper = evidence(store)

    def indexed(ctx):
        return document_of(ctx.root.records[paper], ctx.bitstreams).access

    assert store.see(indexed) == "closed"
    store.today = date(2026, 6, 2)
    store.do(lambda ctx: open_record(ctx, paper).id)
    assert store.see(indexed) == "open"


def test_a_rule_that_is_not_in_force_keeps_the_record_closed(store):
    paper = evidence(store)

    def lose_rule(ctx):
        ctx.root.classes["COM"].closure = "LOST"
        standing.refresh(ctx, ctx.root.records[paper])

    store.do(lose_rule)
    assert store.record(paper)["closure"].state == "unknown_rule"
    assert level(store, paper) == "closed"


def test_papers_of_members_are_never_open_nor_scheduled_nor_exported(store):
    paper = store.paper(created="1990-01-01", **{"class": "MEM"})
    record = store.record(paper)
    assert level(store, paper) == "internal"
    assert record["access"] == "internal"
    assert store.due_on(paper) is None
    assert not may_see(store, paper, ANONYMOUS)
    with pytest.raises(Conflict, match="never open"):
        store.do(lambda ctx: description.edit(ctx, paper, {"access": "open"}).id)
    with pytest.raises(Conflict, match="are not open"):
        store.paper(access="open", **{"class": "MEM"})
    with pytest.raises(Conflict, match="Member's paper"):
        store.see(lambda ctx: package_of(ctx, paper))
    assert store.see(exportable_ids) == ()
    with pytest.raises(Conflict, match="no schedule binds"):
        store.do(
            lambda ctx: (
                filing.add_obligation(
                    ctx, paper, "BUS", citation="Act", reason="why"
                ).id
            )
        )


def test_an_open_paper_put_among_members_papers_is_hidden_at_once(store):
    paper = store.paper(created="1990-01-01", access="open", **{"class": "BUS"})
    store.do(lambda ctx: filing.classify(ctx, paper, "MEM", reason="private").id)
    assert level(store, paper) == "internal"
    assert store.see(lambda ctx: paper in ctx.root.tightened)
    assert store.due_on(paper) is None
    with pytest.raises(Conflict, match="never published"):
        store.do(lambda ctx: open_record(ctx, paper).id)


def test_a_members_paper_is_asked_back_once_with_whom_and_why(store):
    paper = store.paper(created="1990-01-01", **{"class": "MEM"})
    house = store.paper(created="1990-01-01", **{"class": "BUS"})

    def back(record_id, to="A. Member", reason="end of mandate"):
        return store.do(
            lambda ctx: filing.return_to_owner(ctx, record_id, to=to, reason=reason).id,
            OFFICER,
        )

    for wrong in ({"to": " "}, {"reason": ""}):
        with pytest.raises(InvalidRequest):
            back(paper, **wrong)
    with pytest.raises(Conflict, match="record of the House"):
        back(house)
    back(paper)
    assert store.kinds(paper)[-1] == "return-requested"
    said = {s.field: s.value for s in store.record(paper)["statements"]}
    assert said["returned_to"] == "A. Member"
    with pytest.raises(NothingToDo):
        back(paper)


def test_an_unreadable_record_is_not_told_of(store):
    paper = evidence(store)
    with pytest.raises(NotFound):
        store.do(lambda ctx: open_record(ctx, paper).id, READER)
    found = store.see(lambda ctx: openings(ctx, date(2026, 6, 2)), ADMIN)
    assert found["items"][0]["access"] == "open"


def test_the_stricter_of_two_levels_wins():
    assert stricter("internal", "open") == "internal"
    assert stricter("closed", "internal") == "closed"


def test_a_closed_record_stays_closed_in_a_store_that_knows_no_schedule(
    store, tmp_path
):
    paper = evidence(store)
    store.today = date(2026, 6, 2)
    store.do(lambda ctx: open_record(ctx, paper).id)
    young = evidence(store, created="2020-01-01")
    members = store.paper(created="2020-01-01", **{"class": "MEM"})
    export_records(store.service, ADMIN, [paper, young], tmp_path / "out")
    with make_store(tmp_path / "other") as other:
        BagImport(other.service, ADMIN).run(list((tmp_path / "out").iterdir()))
        assert {level(other, i) for i in (paper, young)} == {"closed"}
        assert other.record(young)["closure"].state == "unknown_rule"
        assert not other.see(lambda ctx: members in ctx.root.records)


def test_a_date_that_cannot_be_read_keeps_the_record_closed(store):
    paper = evidence(store)

    def spoil(ctx):
        record = ctx.root.records[paper]
        record.dates = (("created", "spring 1996"),)
        standing.refresh(ctx, record)

    store.do(spoil)
    assert store.record(paper)["closure"].state == "awaiting_trigger"
    assert level(store, paper) == "closed"
    assert store.see(lambda ctx: len(ctx.root.by_opening)) == 0
