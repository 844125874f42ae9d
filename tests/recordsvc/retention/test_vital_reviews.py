"""Vital records: the cycle is inherited, changed, overdue, and begun anew."""

from datetime import date

import pytest

from recordsvc.services.classification import fileplan
from recordsvc.services.classification.filing import classify
from recordsvc.services.errors import (
    Conflict,
    InvalidRequest,
    NotAllowed,
    NotFound,
)
from recordsvc.services.retention.reviewing import mark_reviewed, reviews

from .conftest import OFFICER, READER


@pytest.fixture
def vital(store):
    """Return a store with a paper in a class below a vital one."""
    return store, store.paper(created="2020-01-01", **{"class": "VIT.SUB"})


def due_reviews(store, on=None):
    return store.see(lambda ctx: reviews(ctx, on))["items"]


def test_children_inherit_the_cycle(vital):
    store, paper = vital
    assert store.record(paper)["review_on"] == date(2027, 6, 1)
    assert due_reviews(store) == []


def test_changing_the_period_updates_open_children(vital):
    store, paper = vital
    store.do(lambda ctx: fileplan.edit_class(ctx, "VIT", {"vital_review": "P3M"}).code)
    assert store.record(paper)["review_on"] == date(2026, 9, 1)
    store.do(lambda ctx: fileplan.edit_class(ctx, "VIT", {"vital_review": ""}).code)
    assert store.record(paper)["review_on"] is None
    assert store.see(lambda ctx: len(ctx.root.by_vital_review)) == 0


def test_overdue_reviews_are_reported(vital):
    store, paper = vital
    (item,) = due_reviews(store, date(2027, 6, 1))
    assert (item["id"], item["overdue"], item["period"]) == (paper, False, "P1Y")
    (item,) = due_reviews(store, date(2027, 6, 2))
    assert item["overdue"]


def test_a_reviewed_record_gets_the_next_date(vital):
    store, paper = vital
    store.today = date(2027, 8, 15)
    store.do(lambda ctx: mark_reviewed(ctx, paper).id, OFFICER)
    assert store.record(paper)["review_on"] == date(2028, 8, 15)
    assert store.kinds(paper)[-1] == "vital-review"
    assert due_reviews(store) == []


def test_a_review_may_be_noted_later_and_not_before_it_is_done(vital):
    store, paper = vital
    store.today = date(2027, 8, 15)
    store.do(lambda ctx: mark_reviewed(ctx, paper, date(2027, 8, 1)).id)
    assert store.record(paper)["review_on"] == date(2028, 8, 1)
    for day in (date(2027, 8, 16), date(2027, 7, 31)):
        with pytest.raises(InvalidRequest):
            store.do(lambda ctx, day=day: mark_reviewed(ctx, paper, day).id)


def test_a_record_moved_out_of_the_class_is_vital_no_more(vital):
    store, paper = vital
    store.do(lambda ctx: classify(ctx, paper, "BUS", reason="not vital").id)
    assert store.record(paper)["review_on"] is None
    with pytest.raises(Conflict, match="not vital"):
        store.do(lambda ctx: mark_reviewed(ctx, paper).id)


def test_only_who_may_review_does(store):
    with pytest.raises(NotAllowed):
        store.see(reviews, READER)
    with pytest.raises(NotFound):
        store.do(lambda ctx: mark_reviewed(ctx, "nothing"))
