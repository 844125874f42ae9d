"""Versions of the schedule: drafted, approved, issued, superseded, revoked."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from recordsvc.jobs.recalculation import settle
from recordsvc.model.record import Appraisal
from recordsvc.services.context import Actor
from recordsvc.services.disposal import disposing
from recordsvc.services.errors import (
    Conflict,
    InvalidRequest,
    NotAllowed,
    NotFound,
    NothingToDo,
)
from recordsvc.services.retention import retaining, rollover, scheduling, standing
from retention.loader import load
from retention.replay import replay
from retention.trace import Step

from .conftest import ADMIN, ARCHIVIST, OFFICER, PLAN, TODAY, Store

FIRST = Actor(login="ann", role="approver", self_made=True)
SECOND = Actor(login="bob", role="approver", self_made=True)


def plan(version: int, **changes: str) -> str:
    """Return the plan as a draft: nobody is named as its approver.

    Keywords replace lines of the head; ``ten`` is the period of schedule TEN.
    """
    ten = changes.pop("ten", "P10Y")
    text = PLAN.replace('approved_by = ["Clerk", "Archivist"]', "approved_by = []")
    text = text.replace("version = 1", f"version = {version}")
    text = text.replace(
        'code = "TEN"\ntitle = "Ten years"\n  [[schedule.stage]]\n'
        '  trigger = "created"\n  period = "P10Y"',
        'code = "TEN"\ntitle = "Ten years"\n  [[schedule.stage]]\n'
        f'  trigger = "created"\n  period = "{ten}"',
    )
    head = {"effective_from": "2000-01-01"} | changes
    lines = "\n".join(
        f"{name} = {value if name == 'effective_from' else repr(value)}"
        for name, value in head.items()
    )
    return text.replace("effective_from = 2000-01-01", lines)


def approved(store: Store, source: str) -> int:
    """Import a draft, and have two people approve it."""
    number = store.do(lambda ctx: scheduling.import_schedule(ctx, source).number)
    for who in (FIRST, SECOND):
        store.do(lambda ctx: scheduling.approve(ctx, number).number, who)
    return number


def issued(store: Store, source: str, *, acknowledge: bool = True) -> dict[str, int]:
    """Bring a version into force; return its impact."""
    number = approved(store, source)

    def work(ctx: Any) -> dict[str, int]:
        done = scheduling.issue(ctx, number, acknowledge_earlier=acknowledge)
        return dict(done.impact.counts)

    return store.do(work, FIRST)


def stored(store: Store, number: int, name: str) -> Any:
    return store.see(lambda ctx: getattr(ctx.root.schedule_versions[number], name))


def explained(store: Store, record: str, on: date | None = None) -> dict[str, Any]:
    return store.see(lambda ctx: retaining.explain(ctx, record, on))


def test_the_importer_does_not_approve_and_one_person_counts_once(store):
    store.do(lambda ctx: scheduling.import_schedule(ctx, plan(2)).number, ARCHIVIST)
    assert stored(store, 2, "state") == "draft"
    assert stored(store, 2, "imported_by") == "arno"
    with pytest.raises(NotAllowed, match="imported schedule version 2"):
        store.do(lambda ctx: scheduling.approve(ctx, 2), ARCHIVIST)
    store.do(lambda ctx: scheduling.approve(ctx, 2).number, FIRST)
    with pytest.raises(NothingToDo):
        store.do(lambda ctx: scheduling.approve(ctx, 2), FIRST)
    with pytest.raises(Conflict, match="1 of 2 approvals"):
        store.do(lambda ctx: scheduling.issue(ctx, 2), FIRST)
    store.do(lambda ctx: scheduling.approve(ctx, 2).number, SECOND)
    store.do(lambda ctx: scheduling.issue(ctx, 2).version.number, SECOND)
    assert stored(store, 2, "issued_by") == "bob"
    assert (stored(store, 2, "supersedes"), stored(store, 1, "state")) == (
        1,
        "superseded",
    )
    with pytest.raises(Conflict, match="is superseded"):
        store.do(lambda ctx: scheduling.issue(ctx, 1), FIRST)
    with pytest.raises(NothingToDo):
        store.do(lambda ctx: scheduling.issue(ctx, 2), FIRST)


def test_13_a_new_version_for_all_moves_the_due_day_and_the_old_one_stays_readable(
    store,
):
    record = store.paper(**{"class": "BUS.PQ", "created": "2020-03-15"})
    assert store.due_on(record) == date(2030, 3, 15)
    impact = issued(store, plan(2, ten="P12Y"))
    assert impact == {"later": 1}
    assert store.due_on(record) == date(2032, 3, 15)
    assert store.record(record)["standing"].schedule_version == 2
    old = store.see(lambda ctx: scheduling.export_schedule(ctx, 1))
    assert load(old) == load(PLAN)
    assert dict(stored(store, 2, "impact")) == {"records": 1, "later": 1}
    shown = store.see(
        lambda ctx: scheduling.version_mapping(scheduling.version_of(ctx, 2))
    )
    assert (shown["state"], shown["supersedes"]) == ("issued", 1)
    assert store.see(lambda ctx: ctx.root.schedule_epoch.count) > 0


def test_14_earlier_days_need_an_acknowledgement_and_a_refusal_changes_nothing(store):
    record = store.paper(**{"class": "BUS.PQ", "created": "2020-03-15"})
    number = approved(store, plan(2, ten="P2Y"))
    with pytest.raises(Conflict, match=rf"1 records .*\({record}\).*acknowledge"):
        store.do(lambda ctx: scheduling.issue(ctx, number), FIRST)
    assert stored(store, 2, "state") == "draft"
    assert store.due_on(record) == date(2030, 3, 15)
    store.do(
        lambda ctx: (
            scheduling.issue(ctx, number, acknowledge_earlier=True).version.number
        ),
        FIRST,
    )
    assert stored(store, 2, "acknowledged_by") == "ann"
    assert dict(stored(store, 2, "impact")) == {
        "records": 1,
        "earlier": 1,
        "now_due": 1,
    }
    assert store.due_on(record) == date(2022, 3, 15)


def test_a_later_day_needs_no_acknowledgement(store):
    store.paper(**{"class": "BUS.PQ", "created": "2020-03-15"})
    issued(store, plan(2, ten="P12Y"), acknowledge=False)
    assert stored(store, 2, "acknowledged_by") == ""


def test_a_version_of_the_future_waits_for_its_day(store):
    record = store.paper(**{"class": "BUS.PQ", "created": "2020-03-15"})
    source = plan(2, ten="P12Y", effective_from="2027-01-01").replace(
        'code = "ANS"\ntitle = "Answered"', 'code = "ANS"\ntitle = "Answers"'
    )
    issued(store, source)
    assert stored(store, 2, "state") == "issued"
    assert stored(store, 1, "state") == "issued"
    assert store.due_on(record) == date(2030, 3, 15)
    assert explained(store, record)["schedule_version"] == 1
    # Asked for a day on which it will be in force, it decides.
    assert explained(store, record, date(2027, 1, 1))["due_on"] == "2032-03-15"
    assert store.do(rollover.roll_over) is None
    store.today = date(2027, 1, 1)
    assert explained(store, record)["schedule_version"] == 2
    done = store.do(rollover.roll_over)
    assert (done.done, done.changed) == (1, 1)
    assert store.due_on(record) == date(2032, 3, 15)
    assert stored(store, 1, "state") == "superseded"
    assert store.see(lambda ctx: ctx.root.classes["ANS"].title) == "Answers"
    assert store.do(rollover.roll_over) is None
    # What was the law on a day before stays answerable.
    assert explained(store, record, date(2026, 12, 31))["due_on"] == "2030-03-15"


def test_a_version_that_never_would_be_in_force_is_refused(store):
    number = approved(store, plan(3, ten="P11Y"))
    below = approved(store, plan(2, ten="P12Y"))
    store.do(lambda ctx: scheduling.issue(ctx, number).version.number, FIRST)
    with pytest.raises(Conflict, match="version 3 would be in force before"):
        store.do(lambda ctx: scheduling.issue(ctx, below), FIRST)


def test_a_version_for_new_records_leaves_the_others_under_theirs(store):
    old = store.paper(**{"class": "BUS.PQ", "created": "2020-03-15"})
    source = plan(2, ten="P12Y", effective_from="2026-06-10", reach="new")
    issued(store, source)
    store.today = date(2026, 6, 10)
    store.do(rollover.roll_over)
    new = store.paper(**{"class": "BUS.PQ", "created": "2020-03-15", "title": "new"})
    assert store.due_on(old) == date(2030, 3, 15)
    assert store.due_on(new) == date(2032, 3, 15)
    versions = [store.record(r)["standing"].schedule_version for r in (old, new)]
    assert versions == [1, 2]
    assert explained(store, old)["schedule_version"] == 1


def test_a_version_for_new_records_leaves_the_classes_of_the_others_as_they_were(store):
    old = store.paper(**{"class": "BUS.PQ", "created": "2020-03-15"})
    source = plan(2, effective_from="2026-06-10", reach="new").replace(
        'code = "BUS.PQ"\ntitle = "Questions"\nparent = "BUS"',
        'code = "BUS.PQ"\ntitle = "Questions"\nparent = "BUS"\nschedule = "FOREVER"',
    )
    issued(store, source)
    store.today = date(2026, 6, 10)
    store.do(rollover.roll_over)
    assert explained(store, old)["winner"] == "TEN"
    new = store.paper(**{"class": "BUS.PQ", "created": "2020-03-15", "title": "new"})
    assert explained(store, new)["winner"] == "FOREVER"


def test_a_version_for_open_records_leaves_what_is_closed_or_due(store):
    running = store.paper(**{"class": "BUS.PQ", "created": "2020-03-15"})
    closed = store.paper(
        **{"class": "BUS.PQ", "created": "2020-03-15", "closed": "2026-01-01"}
    )
    due = store.paper(**{"class": "BUS.PQ", "created": "2016-01-01"})
    later = store.paper(
        **{"class": "BUS.PQ", "created": "2020-03-15", "closed": "2026-06-20"}
    )
    source = plan(2, ten="P12Y", effective_from="2026-06-10", reach="open")
    issued(store, source)
    store.today = date(2026, 6, 10)
    store.do(rollover.roll_over)
    versions = [
        store.record(r)["standing"].schedule_version
        for r in (running, closed, due, later)
    ]
    assert versions == [2, 1, 1, 2]


def test_revoked_without_successor_keeps_the_last_obligation_and_disposes_of_nothing(
    store,
):
    record = store.paper(**{"class": "BUS.PQ", "created": "2010-03-15"})
    assert explained(store, record)["state"] == "due"
    with pytest.raises(InvalidRequest, match="reason"):
        store.do(lambda ctx: scheduling.revoke(ctx, 1, " "), FIRST)
    done = store.do(lambda ctx: scheduling.revoke(ctx, 1, "annulled"), FIRST)
    assert done.changed == 1
    found = explained(store, record)
    assert (found["state"], found["covered"]) == ("permanent", False)
    assert (found["winner"], found["due_on"]) == ("TEN", "2020-03-15")
    assert "no disposal coverage" in found["trace"][-1]
    assert not store.in_due_tree(record)
    listed = store.see(retaining.due)
    assert listed["items"] == []
    assert [(e["id"], e["state"]) for e in listed["exceptions"]] == [
        (record, "no_coverage")
    ]
    with pytest.raises(Conflict):
        store.do(lambda ctx: disposing.propose(ctx, ids=[record]), OFFICER)
    with pytest.raises(NothingToDo):
        store.do(lambda ctx: scheduling.revoke(ctx, 1, "again"), FIRST)
    with pytest.raises(NotFound):
        store.see(scheduling.export_schedule)
    issued(store, plan(2))
    assert explained(store, record)["state"] == "due"
    assert store.in_due_tree(record)
    assert store.see(lambda ctx: list(ctx.root.by_exception)) == []


def test_a_future_version_that_is_revoked_never_was_in_force(store):
    record = store.paper(**{"class": "BUS.PQ", "created": "2010-03-15"})
    issued(store, plan(2, ten="P30Y", effective_from="2027-01-01"))
    store.do(lambda ctx: scheduling.revoke(ctx, 2, "withdrawn"), FIRST)
    store.today = date(2027, 1, 1)
    assert store.do(rollover.roll_over) is None
    assert explained(store, record)["state"] == "due"


def test_16_a_used_version_is_never_deleted_and_a_draft_is(store):
    with pytest.raises(Conflict, match="version that was used stays"):
        store.do(lambda ctx: scheduling.delete(ctx, 1))
    store.do(lambda ctx: scheduling.import_schedule(ctx, plan(2)).number)
    with pytest.raises(Conflict, match="is a draft"):
        store.do(lambda ctx: scheduling.revoke(ctx, 2, "why"), FIRST)
    store.do(lambda ctx: scheduling.delete(ctx, 2))
    with pytest.raises(NotFound):
        store.do(lambda ctx: scheduling.delete(ctx, 2))
    store.do(lambda ctx: scheduling.import_schedule(ctx, plan(2, ten="P11Y")).number)


def test_a_schedule_that_is_not_in_the_version_is_named_and_never_guessed(store):
    record = store.paper(**{"class": "BUS.PQ", "created": "2010-03-15"})

    def rename(ctx: Any) -> None:
        ctx.root.classes["BUS.PQ"].schedule = "GONE"
        standing.refresh(ctx, ctx.root.records[record])

    store.do(rename)
    found = explained(store, record)
    assert found["state"] == "error"
    assert "class BUS.PQ names schedule GONE" in found["error"]
    assert found["id"] == record
    assert not store.in_due_tree(record)
    exceptions = store.see(retaining.due)["exceptions"]
    assert [(e["id"], e["state"]) for e in exceptions] == [(record, "error")]
    assert "GONE" in exceptions[0]["reason"]


def test_a_class_that_is_not_in_the_plan_is_named(store):
    record = store.paper(**{"class": "BUS.PQ", "created": "2010-03-15"})

    def forget(ctx: Any) -> None:
        ctx.root.records[record].class_code = "NOWHERE"

    store.do(forget)
    assert "class NOWHERE is not in the file plan" in explained(store, record)["error"]


def appraise(store: Store, record: str, verdict: str, until: str | None = None) -> None:
    def work(ctx: Any) -> None:
        found = ctx.root.records[record]
        appraisal = Appraisal(
            verdict=verdict, reason="still cited", login="bob", on=TODAY, until=until
        )
        found.appraisals = (*found.appraisals, appraisal)
        standing.refresh(ctx, found)

    store.do(work)


def test_22_a_keep_verdict_lengthens_and_the_newest_counts(store):
    record = store.paper(**{"class": "BUS.PQ", "created": "2010-03-15"})
    appraise(store, record, "keep", "2040-01-01")
    assert store.due_on(record) == date(2040, 1, 1)
    found = explained(store, record)
    assert found["appraisals"][0]["until"] == "2040-01-01"
    assert any("kept until 2040-01-01" in step for step in found["trace"])
    appraise(store, record, "keep", "2015-01-01")
    assert store.due_on(record) == date(2020, 3, 15)
    appraise(store, record, "permanent")
    assert explained(store, record)["state"] == "permanent"
    assert explained(store, record)["winner"] == "APPRAISAL"
    assert not store.in_due_tree(record)
    appraise(store, record, "keep", "2041-01-01")
    assert store.due_on(record) == date(2041, 1, 1)


def test_a_listed_record_leaves_its_list_when_a_version_moves_it(store):
    moved = store.paper(**{"class": "BUS.PQ", "created": "2010-03-15"})
    stays = store.paper(
        **{"class": "COM", "created": "2000-01-01", "closed": "2005-01-01"}
    )

    def propose(ctx: Any) -> str:
        return disposing.propose(ctx).list.id

    list_id = store.do(propose, OFFICER)
    assert store.see(lambda ctx: set(ctx.root.listed)) == {moved, stays}
    source = plan(2, ten="P40Y")
    issued(store, source)
    assert moved not in store.see(lambda ctx: set(ctx.root.listed))
    item = store.see(lambda ctx: ctx.root.disposal_lists[list_id].items[moved])
    assert (item.state, item.note) == ("ejected", "its retention decision has changed")


def test_the_trace_of_an_explanation_replays_to_the_same_decision(store):
    record = store.paper(**{"class": "BUS.PQ", "created": "2010-03-15"})
    appraise(store, record, "keep", "2024-01-01")
    found = explained(store, record)
    again = replay([Step.from_mapping(s) for s in found["steps"]], case=record)
    mapping = again.as_mapping()
    assert {key: found[key] for key in mapping} == mapping


def test_each_obligation_that_loses_is_told(store):
    from recordsvc.services.classification import filing

    record = store.paper(**{"class": "BUS.PQ", "created": "2010-03-15"})
    store.do(
        lambda ctx: (
            filing.add_obligation(
                ctx, record, "VIT", citation="Archives Act", reason="of interest"
            ).id
        )
    )
    found = explained(store, record)
    assert found["winner"] == "FOREVER"
    assert [loser["schedule"] for loser in found["losers"]] == ["TEN"]


def test_35_versions_and_supersession_come_out_as_they_went_in(store):
    second = plan(2, ten="P12Y").replace("version = 2", "version = 2\nsupersedes = 1")
    issued(store, second)
    texts = [
        store.see(lambda ctx, n=n: scheduling.export_schedule(ctx, n)) for n in (1, 2)
    ]
    assert [load(text) for text in texts] == [load(PLAN), load(second)]
    assert load(texts[1]).authority.supersedes == 1
    looped = second.replace("supersedes = 1", "supersedes = 2")
    with pytest.raises(InvalidRequest, match="line"):
        store.do(lambda ctx: scheduling.import_schedule(ctx, looped))


@pytest.mark.parametrize("act", [scheduling.approve, scheduling.issue])
def test_what_is_not_there_is_not_approved_or_issued(store, act: Callable[..., object]):
    with pytest.raises(NotFound):
        store.do(lambda ctx: act(ctx, 9), FIRST)
    with pytest.raises(NotAllowed):
        store.do(lambda ctx: act(ctx, 1), ADMIN)


def test_nothing_waits_after_a_small_recalculation(store):
    issued(store, plan(2))
    assert settle(store.service) == 0


def test_a_template_is_not_issued_before_somebody_has_made_it_his_own(store):
    source = plan(2).replace('title = "Authority"', 'title = "TEMPLATE, not approved"')
    store.do(lambda ctx: setattr(ctx.root, "is_test", False))
    number = approved(store, source)
    with pytest.raises(Conflict, match="template"):
        store.do(lambda ctx: scheduling.issue(ctx, number), FIRST)
