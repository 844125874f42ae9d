"""Maximum-keeping duties on real records: bound, refused, overdue, never a disposal."""

from datetime import date

import pytest

from recordsvc.jobs.housekeeping import keep_house
from recordsvc.services.classification import filing
from recordsvc.services.disposal import disposing
from recordsvc.services.errors import Conflict, InvalidRequest, NotAllowed
from recordsvc.services.retention import notices, retaining, scheduling
from recordsvc.services.retention.exceptions import exceptions
from recordsvc.services.retention.simulating import simulate
from retention.replay import replay
from retention.trace import Step

from .conftest import OFFICER, PLAN, READER, make_store

ON_SCHEDULES = """
[[maximum]]
code = "PRIV-2"
title = "Personal data"
citation = ["Data Act s. 5"]
trigger = "created"
period = "P2Y"

[[maximum]]
code = "PRIV-12"
title = "Personal data, long"
citation = ["Data Act s. 6"]
trigger = "created"
period = "P12Y"

[[class]]
code = "HR"
title = "Personal files"
schedule = "TEN"
maximum = "PRIV-12"

[[class]]
code = "HR.SICK"
title = "Sick notes"
parent = "HR"

[[class]]
code = "PRIV"
title = "Personal data, laid beside"
maximum = "PRIV-2"
"""
LAW = {"citation": "Data Act s. 5", "reason": "it names a person"}


@pytest.fixture
def store(tmp_path):
    with make_store(tmp_path / "store") as made:
        source = PLAN + ON_SCHEDULES
        made.do(lambda ctx: scheduling.import_schedule(ctx, source).number)
        yield made


def explained(store, record, on=None):
    return store.see(lambda ctx: retaining.explain(ctx, record, on))


def told(store, record, on=None):
    """Return what the report of exceptions says of a record."""
    if on is not None:
        store.today = on
    found = store.see(exceptions)["exceptions"]
    return [e for e in found if e["id"] == record]


def refusals(store, record):
    events = store.record(record)["events"]
    return [dict(e.facts) for e in events if e.type == notices.REFUSED_EVENT]


def test_a_class_below_inherits_the_duty_and_it_shows_as_a_bound(store):
    paper = store.paper(created="2020-01-01", **{"class": "HR.SICK"})
    found = explained(store, paper)
    (bound,) = found["maximums"]
    assert (bound["maximum"], bound["until"]) == ("PRIV-12", "2032-01-01")
    assert bound["state"] == "bound"
    assert found["due_on"] == "2030-01-01"
    assert store.record(paper)["standing"].maximum_on == date(2032, 1, 1)
    assert told(store, paper) == []


def test_a_duty_laid_on_one_record_is_refused_by_its_longer_schedule(store):
    paper = store.paper(created="2020-01-01", **{"class": "BUS"})
    other = store.paper(created="2020-01-02", **{"class": "BUS"})
    before = explained(store, paper)
    store.do(lambda ctx: filing.add_obligation(ctx, paper, "PRIV", **LAW).id)
    found = explained(store, paper)
    assert (found["due_on"], found["state"]) == (before["due_on"], before["state"])
    (bound,) = found["maximums"]
    assert (bound["state"], bound["because"]) == ("refused", "later")
    assert refusals(store, paper) == [
        {"maximum": "PRIV-2", "until": "2022-01-01", "by": "TEN"}
    ]
    (said,) = told(store, paper)
    assert said["state"] == "maximum_refused"
    assert said["reason"] == (
        "PRIV-2 wants it gone by 2022-01-01, but TEN keeps it until 2030-01-01"
    )
    # The others proceed: nothing is said of them, and they fall due as before.
    assert told(store, other) == []
    assert refusals(store, other) == []
    steps = [Step.from_mapping(step) for step in found["steps"]]
    assert replay(steps, case=paper).as_mapping()["maximums"] == found["maximums"]


def test_a_refusal_is_recorded_once_and_goes_with_the_duty(store):
    paper = store.paper(created="2020-01-01", **{"class": "BUS"})
    store.do(lambda ctx: filing.add_obligation(ctx, paper, "PRIV", **LAW).id)
    store.do(lambda ctx: filing.classify(ctx, paper, "BUS.PQ", reason="r").id)
    assert len(refusals(store, paper)) == 1
    store.do(lambda ctx: filing.remove_obligation(ctx, paper, "PRIV").id)
    assert told(store, paper) == []
    assert store.see(lambda ctx: list(ctx.root.by_notice)) == []
    assert "maximums" not in explained(store, paper)


@pytest.mark.parametrize(
    ("code", "because"), [("VIT", "permanent"), ("ANS", "unknown")]
)
def test_permanence_and_an_unknown_date_refuse_the_duty(store, code, because):
    paper = store.paper(created="2020-01-01", **{"class": code})
    store.do(lambda ctx: filing.add_obligation(ctx, paper, "PRIV", **LAW).id)
    said = [e for e in told(store, paper) if e["state"] == "maximum_refused"]
    assert [e["because"] for e in said] == [because]
    assert refusals(store, paper)


def test_a_record_past_its_maximum_is_overdue_until_it_is_on_a_list(store):
    paper = store.paper(created="2020-01-01", **{"class": "HR"})
    assert told(store, paper, date(2032, 1, 1)) == []
    (said,) = told(store, paper, date(2032, 1, 2))
    assert said["state"] == "maximum_overdue"
    assert said["day"] == "2032-01-01"
    store.do(lambda ctx: disposing.propose(ctx).list.id, OFFICER)
    assert told(store, paper) == []


def test_a_bound_that_passes_without_an_act_is_seen_to_and_stays_on_the_report(store):
    paper = store.paper(created="2020-01-01", **{"class": "HR"})
    store.today = date(2032, 1, 2)
    assert [e["state"] for e in told(store, paper)] == ["maximum_overdue"]
    assert store.do(notices.see_to_passed) == 1
    assert store.do(notices.see_to_passed) == 0
    kinds = store.see(lambda ctx: {kind for kind, _, _ in ctx.root.by_notice})
    assert kinds == {notices.OVERDUE}
    assert [e["state"] for e in told(store, paper)] == ["maximum_overdue"]


def test_a_hold_refuses_what_has_passed_and_that_is_recorded(store):
    before = store.paper(created="2020-01-02", **{"class": "HR"})
    after = store.paper(created="2020-01-01", **{"class": "HR"})
    hold = store.hold(before)
    assert refusals(store, before) == []
    store.today = date(2032, 1, 3)
    store.do(notices.see_to_passed)
    second = store.hold(after)
    assert refusals(store, before) == [{"until": "2032-01-02", "hold": hold}]
    assert refusals(store, after) == [{"until": "2032-01-01", "hold": second}]
    for paper in (before, after):
        (said,) = told(store, paper)
        assert (said["state"], said["because"]) == ("maximum_refused", "hold")
        assert explained(store, paper)["state"] == "held"


def test_housekeeping_sees_to_what_has_passed(store):
    store.paper(created="2010-01-01", **{"class": "HR"})
    assert keep_house(store.service) is not None
    assert store.see(lambda ctx: list(notices.passed(ctx))) == []


def test_a_destroyed_or_emptied_notice_leaves_no_entry(store):
    paper = store.paper(created="2010-01-01", **{"class": "HR"})
    assert store.see(lambda ctx: len(ctx.root.by_notice)) == 1

    def end(ctx):
        record = ctx.root.records[paper]
        record.state = "destroyed"
        notices.file(ctx, record, record.standing, None)

    store.do(end)
    assert store.see(lambda ctx: len(ctx.root.by_notice)) == 0


def test_a_class_with_a_maximum_alone_takes_no_records_of_its_own(store):
    paper = store.paper(created="2010-01-01", **{"class": "BUS"})
    with pytest.raises(Conflict, match="has no schedule"):
        store.do(lambda ctx: filing.classify(ctx, paper, "PRIV", reason="r").id)


def test_a_maximum_that_is_not_in_the_version_is_named(store):
    paper = store.paper(created="2010-01-01", **{"class": "HR"})

    def break_it(ctx):
        ctx.root.classes["HR"].maximum = "GONE"

    store.do(break_it)
    found = explained(store, paper)
    assert found["state"] == "error"
    assert "names maximum GONE, which is not in version 1" in found["error"]


def test_members_papers_have_no_maximum(store):
    paper = store.paper(created="2010-01-01", **{"class": "MEM"})

    def claim(ctx):
        ctx.root.classes["MEM"].maximum = "PRIV-2"

    store.do(claim)
    assert "maximums" not in explained(store, paper)


def test_a_far_trigger_is_reported_until_its_time_is_near(store):
    paper = store.paper(created="2090-01-01", **{"class": "BUS"})
    (said,) = told(store, paper)
    assert (said["state"], said["day"]) == ("far_trigger", "2090-01-01")
    assert explained(store, paper)["state"] == "running"
    assert any(s.startswith("warning") for s in explained(store, paper)["trace"])
    assert told(store, paper, date(2040, 1, 1)) == []


def test_the_report_is_read_page_by_page(store):
    for year in (2005, 2006, 2007):
        store.paper(created=f"{year}-01-01", **{"class": "HR"})
    store.paper(**{"class": "ANS"})
    store.paper(created="2095-01-01", **{"class": "BUS"})
    whole = store.see(exceptions)["exceptions"]
    assert [e["state"] for e in whole] == [
        "awaiting_trigger",
        *["maximum_overdue"] * 3,
        "far_trigger",
    ]
    found, cursor = [], ""
    while True:
        page = store.see(lambda ctx, c=cursor: exceptions(ctx, limit=1, cursor=c))
        found += page["exceptions"]
        cursor = page.get("cursor", "")
        if not cursor:
            break
    assert found == whole
    with pytest.raises(InvalidRequest, match="no cursor"):
        store.see(lambda ctx: exceptions(ctx, cursor="due:2020-01-01:0"))


def test_a_what_if_says_of_a_maximum_that_nothing_moves(store):
    store.paper(created="2010-01-01", **{"class": "HR"})
    stricter = (PLAN + ON_SCHEDULES).replace('period = "P12Y"', 'period = "P1Y"')
    draft = stricter.replace("version = 1", "version = 2")
    found = store.see(lambda ctx: simulate(ctx, draft))
    assert found.counts == {"unchanged": 1}


def test_who_may_not_read_a_record_is_told_nothing_of_it(store):
    paper = store.paper(created="2010-01-01", access="closed", **{"class": "HR"})
    assert [e["id"] for e in store.see(exceptions, OFFICER)["exceptions"]] == [paper]
    with pytest.raises(NotAllowed):
        store.see(exceptions, READER)
