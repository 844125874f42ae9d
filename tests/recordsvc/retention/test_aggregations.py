"""Dossiers and volumes: what closing starts and reopening stops."""

from datetime import date

import pytest

from recordsvc.services.classification import aggregating, aggregations
from recordsvc.services.classification.aggregating import (
    add_record,
    close,
    open_aggregation,
    reopen,
)
from recordsvc.services.disposal import disposing
from recordsvc.services.errors import (
    Conflict,
    InvalidRequest,
    NotAllowed,
    NotFound,
    NothingToDo,
)

from .conftest import OFFICER, READER


def dossier(store, title="Water Bill", code="COM", **more):
    return store.do(lambda ctx: open_aggregation(ctx, title, code, **more).id, OFFICER)


@pytest.fixture
def filed(store):
    """Return a store with a dossier and a paper in it."""
    made = dossier(store, on="2013-01-01")
    paper = store.paper(created="2012-05-05")
    store.do(lambda ctx: add_record(ctx, made, paper).id, OFFICER)
    return store, made, paper


def test_a_paper_without_a_class_takes_that_of_its_dossier(filed):
    store, made, paper = filed
    assert store.record(paper)["class_code"] == "COM"
    assert store.record(paper)["aggregation"] == made


def test_closing_starts_the_clock_and_is_rounded_to_the_year(filed):
    store, made, paper = filed
    assert store.due_on(paper) is None
    store.do(lambda ctx: close(ctx, made, "2013-01-03").id)
    assert store.due_on(paper) == date(2024, 1, 1)
    assert store.in_due_tree(paper)


def test_the_closing_of_an_instant_is_its_day_in_the_zone(filed):
    store, made, paper = filed
    store.do(lambda ctx: close(ctx, made, "2013-12-31T23:30:00Z").id)
    # In Paris it was 2014 already, and the next year begins the term.
    assert store.due_on(paper) == date(2025, 1, 1)


def test_reopening_voids_the_trigger_and_a_new_closing_starts_a_new_clock(filed):
    store, made, paper = filed
    store.do(lambda ctx: close(ctx, made, "2013-01-03").id)
    store.do(lambda ctx: reopen(ctx, made, reason="a late petition").id)
    assert store.due_on(paper) is None
    assert store.record(paper)["standing"].state == "awaiting_trigger"
    assert not store.in_due_tree(paper)
    store.do(lambda ctx: close(ctx, made, "2015-06-01").id)
    assert store.due_on(paper) == date(2026, 1, 1)


def test_reopening_takes_the_records_from_their_disposal_list(filed):
    store, made, paper = filed
    store.do(lambda ctx: close(ctx, made, "2013-01-03").id)
    listed = store.do(lambda ctx: disposing.propose(ctx).list.id, OFFICER)
    assert store.see(lambda ctx: ctx.root.listed.get(paper)) == listed
    store.do(lambda ctx: reopen(ctx, made, reason="a late petition").id)
    assert store.see(lambda ctx: ctx.root.listed.get(paper)) is None


def test_a_late_document_is_refused_by_a_closed_dossier(filed):
    store, made, _ = filed
    store.do(lambda ctx: close(ctx, made, "2013-01-03").id)
    late = store.paper(created="2013-05-05")
    with pytest.raises(Conflict, match="reopen it with a reason"):
        store.do(lambda ctx: add_record(ctx, made, late).id)
    store.do(lambda ctx: reopen(ctx, made, reason="a late document").id)
    store.do(lambda ctx: add_record(ctx, made, late).id)
    assert store.record(late)["aggregation"] == made


def test_what_was_entered_as_closed_counts_no_more_in_an_open_dossier(filed):
    store, made, _ = filed
    paper = store.paper(created="2012-01-01", closed="2012-06-01", **{"class": "COM"})
    assert store.due_on(paper) == date(2023, 1, 1)
    store.do(lambda ctx: add_record(ctx, made, paper).id)
    assert store.due_on(paper) is None


def test_closing_a_dossier_closes_its_open_volumes_and_reopening_opens_those(filed):
    store, made, _ = filed
    full = dossier(store, "Volume 1", None, kind="volume", parent=made, on="2013-01-01")
    rest = dossier(store, "Volume 2", None, kind="volume", parent=made, on="2013-01-01")
    paper = store.paper(created="2012-05-05")
    store.do(lambda ctx: add_record(ctx, rest, paper).id)
    store.do(lambda ctx: close(ctx, full, "2014-01-01").id)
    store.do(lambda ctx: close(ctx, made, "2015-01-01").id)

    def closed(ctx):
        return [ctx.root.aggregations[i].closed_on for i in (full, rest)]

    assert store.see(closed) == ["2014-01-01", "2015-01-01"]
    assert store.due_on(paper) == date(2026, 1, 1)
    with pytest.raises(Conflict, match="reopen that first"):
        store.do(lambda ctx: reopen(ctx, full, reason="more").id)
    store.do(lambda ctx: reopen(ctx, made, reason="more").id)
    assert store.see(closed) == ["2014-01-01", None]
    assert store.due_on(paper) is None


def test_a_held_record_is_not_moved_and_keeps_its_place(filed):
    store, made, paper = filed
    other = dossier(store, "Other")
    store.hold(paper)
    with pytest.raises(Conflict, match="on hold"):
        store.do(lambda ctx: add_record(ctx, other, paper, reason="wrong file").id)
    assert store.record(paper)["aggregation"] == made


def test_leaving_a_dossier_needs_a_reason_that_is_kept(filed):
    store, made, paper = filed
    other = dossier(store, "Other")
    with pytest.raises(InvalidRequest, match="say why"):
        store.do(lambda ctx: add_record(ctx, other, paper).id)
    store.do(lambda ctx: add_record(ctx, other, paper, reason="wrong file").id)
    (said, *_) = store.record(paper)["statements"]
    assert (said.field, said.value) == (aggregating.REASON, "wrong file")
    assert store.see(lambda ctx: ctx.root.ids_by_aggregation(made)) == ()
    assert store.see(lambda ctx: ctx.root.ids_by_aggregation(other)) == (paper,)


def test_refusals_say_what_is_wrong(filed):
    store, made, paper = filed
    refused = [
        (InvalidRequest, lambda ctx: open_aggregation(ctx, " ")),
        (InvalidRequest, lambda ctx: open_aggregation(ctx, "x", kind="box")),
        (InvalidRequest, lambda ctx: open_aggregation(ctx, "x", kind="volume")),
        (InvalidRequest, lambda ctx: open_aggregation(ctx, "x", parent=made)),
        (InvalidRequest, lambda ctx: open_aggregation(ctx, "x", on="2026-06-02")),
        (NotFound, lambda ctx: open_aggregation(ctx, "x", kind="volume", parent="y")),
        (NotFound, lambda ctx: open_aggregation(ctx, "x", "NO.SUCH")),
        (Conflict, lambda ctx: open_aggregation(ctx, "x", "NONE")),
        (NotFound, lambda ctx: close(ctx, "nothing")),
        (InvalidRequest, lambda ctx: close(ctx, made, "2012-12-31")),
        (InvalidRequest, lambda ctx: close(ctx, made, "2026-06-02")),
        (InvalidRequest, lambda ctx: close(ctx, made, "yesterday")),
        (NothingToDo, lambda ctx: reopen(ctx, made, reason="r")),
        (InvalidRequest, lambda ctx: reopen(ctx, made, reason=" ")),
        (NothingToDo, lambda ctx: add_record(ctx, made, paper)),
        (NotFound, lambda ctx: add_record(ctx, made, "nothing")),
    ]
    for kind, work in refused:
        with pytest.raises(kind):
            store.do(work)
    with pytest.raises(NotAllowed):
        store.do(lambda ctx: close(ctx, made), READER)


def test_who_did_what_to_a_dossier_is_shown(filed):
    store, made, paper = filed
    store.do(lambda ctx: close(ctx, made, "2013-01-03").id, OFFICER)
    store.do(lambda ctx: reopen(ctx, made, reason="a late petition").id, OFFICER)
    found = store.see(lambda ctx: aggregations.aggregation_detail(ctx, made))
    acts = [(a["kind"], a["day"], a["login"], a["reason"]) for a in found["history"]]
    assert acts == [
        ("opened", "2013-01-01", "olga", ""),
        ("closed", "2013-01-03", "olga", ""),
        ("reopened", "2026-06-01", "olga", "a late petition"),
    ]
    assert [r["id"] for r in found["contents"]] == [paper]
    listed = store.see(lambda ctx: list(aggregations.aggregations(ctx, is_open=False)))
    assert listed == []
