"""Manual dates: one person lengthens, two shorten, and every five years a reason."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recordsvc.services.context import LOCAL_ADMINISTRATOR, Actor
from recordsvc.services.disposal import disposing
from recordsvc.services.errors import (
    Conflict,
    Gone,
    InvalidRequest,
    NotAllowed,
    NothingToDo,
    ServiceError,
)
from recordsvc.services.retention import (
    manualdates,
    recalculating,
    retaining,
    scheduling,
)
from recordsvc.services.retention.appraising import appraise
from recordsvc.services.retention.exceptions import exceptions
from recordsvc.services.retention.manualview import manual_dates

from .conftest import ARCHIVIST, OFFICER, PLAN, READER, TODAY, make_store

WHY = "an inquiry may need it"


@pytest.fixture
def paper(store):
    """Return a paper whose schedule lets it go on 1 January 2030."""
    return store.paper(created="2020-01-01", **{"class": "BUS"})


def keep(store, paper, until="2040-01-01", actor=OFFICER):
    store.do(lambda ctx: manualdates.keep(ctx, paper, until, WHY).id, actor)


def propose(store, paper, until="2035-01-01", actor=OFFICER):
    def work(ctx):
        return manualdates.propose_shortening(ctx, paper, until, "it has ended").id

    store.do(work, actor)


def confirm(store, paper, actor=ARCHIVIST, seen=None):
    def work(ctx):
        return manualdates.confirm_shortening(ctx, paper, seen=seen).id

    store.do(work, actor)


def explained(store, paper):
    return store.see(lambda ctx: retaining.explain(ctx, paper))


def waiting(store, **options):
    return store.see(lambda ctx: manual_dates(ctx, **options))


def test_one_person_lengthens_with_a_reason_and_it_is_told_as_manual(store, paper):
    keep(store, paper)
    found = explained(store, paper)
    assert found["due_on"] == "2040-01-01"
    assert found["manual"] == {
        "until": "2040-01-01",
        "justified_on": "2026-06-01",
        "justify_by": "2031-06-01",
    }
    assert (
        "kept until 2040-01-01 by hand (appraisal); the schedule alone says 2030-01-01"
        in found["trace"]
    )
    assert found["appraisals"][0]["reason"] == WHY
    keep(store, paper, "2041-01-01")
    assert store.due_on(paper) == date(2041, 1, 1)


def test_a_manual_date_survives_recalculation(store, paper):
    keep(store, paper)
    store.do(recalculating.request)
    assert store.due_on(paper) == date(2040, 1, 1)


@pytest.mark.parametrize(
    ("until", "error", "said"),
    [
        ("2026-06-01", InvalidRequest, "has come already"),
        ("2030-01-01", InvalidRequest, "a manual date can only be later"),
        ("soon", InvalidRequest, "is no day"),
    ],
)
def test_a_day_that_lengthens_nothing_is_refused(store, paper, until, error, said):
    with pytest.raises(error, match=said):
        keep(store, paper, until)


def test_a_reason_is_always_asked_for(store, paper):
    with pytest.raises(InvalidRequest, match="reason"):
        store.do(lambda ctx: manualdates.keep(ctx, paper, "2040-01-01", " ").id)


def test_one_person_cannot_bring_a_date_forward_in_any_way(store, paper):
    keep(store, paper)
    with pytest.raises(NothingToDo):
        keep(store, paper)
    with pytest.raises(Conflict, match="retention shorten"):
        keep(store, paper, "2039-12-31")

    def behind_the_back(ctx):
        appraise(ctx, ctx.root.records[paper], "keep", "r", "2031-01-01")

    with pytest.raises(Conflict, match="is kept until 2040-01-01 by hand"):
        store.do(behind_the_back)
    assert store.due_on(paper) == date(2040, 1, 1)


def test_a_record_that_is_kept_for_ever_is_not_kept_longer(store):
    paper = store.paper(created="2020-01-01", **{"class": "VIT"})
    with pytest.raises(Conflict, match="without end"):
        keep(store, paper)


def test_a_record_with_an_unknown_date_may_be_kept_longer_too(store):
    paper = store.paper(**{"class": "ANS"})
    keep(store, paper)
    assert explained(store, paper)["due_on"] is None
    assert explained(store, paper)["manual"]["until"] == "2040-01-01"


def test_two_persons_shorten_and_both_are_in_the_trail(store, paper):
    keep(store, paper)
    propose(store, paper)
    assert store.due_on(paper) == date(2040, 1, 1)
    assert explained(store, paper)["shortening"] == {
        "until": "2035-01-01",
        "instead_of": "2040-01-01",
        "reason": "it has ended",
        "by": "olga",
        "on": "2026-06-01",
    }
    confirm(store, paper, seen="2035-01-01")
    found = explained(store, paper)
    assert found["due_on"] == "2035-01-01"
    assert found["shortening"] is None
    last = found["appraisals"][-1]
    assert (last["by"], last["proposed_by"]) == ("arno", "olga")
    assert last["reason"] == "it has ended"
    events = store.record(paper)["events"]
    proposed = next(e for e in events if e.type == "shortening-proposed")
    shortened = next(e for e in events if e.type == "date-shortened")
    assert (proposed.agent, shortened.agent) == ("olga", "arno")
    assert dict(shortened.facts)["proposed_by"] == "olga"


def test_nobody_confirms_what_they_have_proposed(store, paper):
    keep(store, paper)
    propose(store, paper)
    with pytest.raises(NotAllowed, match="another person confirms it"):
        confirm(store, paper, OFFICER)
    assert store.due_on(paper) == date(2040, 1, 1)


def test_a_manual_date_may_be_taken_away_and_the_schedule_counts_again(store, paper):
    keep(store, paper)
    propose(store, paper, None)
    confirm(store, paper, seen="")
    assert store.due_on(paper) == date(2030, 1, 1)
    assert explained(store, paper)["manual"] is None
    assert waiting(store, every=True)["items"] == []


def test_a_permanent_appraisal_is_taken_back_by_two_persons_alone(store, paper):
    store.do(lambda ctx: appraise(ctx, ctx.root.records[paper], "permanent", WHY, None))
    assert explained(store, paper)["state"] == "permanent"
    with pytest.raises(Conflict, match="permanently by hand"):
        store.do(
            lambda ctx: appraise(
                ctx, ctx.root.records[paper], "keep", "r", "2031-01-01"
            )
        )
    with pytest.raises(Conflict, match="no manual date to be justified"):
        store.do(lambda ctx: manualdates.justify(ctx, paper, WHY).id)
    propose(store, paper, "2045-01-01")
    confirm(store, paper)
    assert store.due_on(paper) == date(2045, 1, 1)


@pytest.mark.parametrize(
    ("until", "error", "said"),
    [
        ("2029-12-31", InvalidRequest, "no manual date goes before that"),
        ("2040-01-01", InvalidRequest, "no earlier"),
        ("2026-06-01", InvalidRequest, "take the date away"),
        ("soon", InvalidRequest, "is no day"),
    ],
)
def test_a_proposal_must_be_earlier_and_not_before_the_schedule(
    store, paper, until, error, said
):
    keep(store, paper)
    with pytest.raises(error, match=said):
        propose(store, paper, until)


def test_a_proposal_that_the_schedule_has_overtaken_is_not_confirmed(store, paper):
    keep(store, paper)
    propose(store, paper, "2031-01-01")

    def move(ctx):
        record = ctx.root.records[paper]
        record.dates = (("created", "2022-01-01"),)

    store.do(move)
    with pytest.raises(InvalidRequest, match="until 2032-01-01"):
        confirm(store, paper)


def test_what_is_not_there_is_neither_shortened_nor_confirmed_nor_justified(
    store, paper
):
    with pytest.raises(Conflict, match="no manual date that could be shortened"):
        propose(store, paper)
    with pytest.raises(NothingToDo):
        confirm(store, paper)
    with pytest.raises(Conflict, match="no manual date to be justified"):
        store.do(lambda ctx: manualdates.justify(ctx, paper, WHY).id)
    keep(store, paper)
    propose(store, paper)
    with pytest.raises(Conflict, match="olga has proposed"):
        propose(store, paper, "2036-01-01", ARCHIVIST)
    with pytest.raises(Conflict, match="another day is proposed"):
        confirm(store, paper, seen="2036-01-01")


def test_a_refused_proposal_changes_nothing_and_its_reason_stays(store, paper):
    keep(store, paper)
    propose(store, paper)

    def refuse(ctx):
        return manualdates.refuse_shortening(ctx, paper, "it goes on").id

    store.do(refuse, ARCHIVIST)
    assert store.due_on(paper) == date(2040, 1, 1)
    assert store.kinds(paper)[-1] == "shortening-refused"
    said = [s for s in store.record(paper)["statements"] if "refusal" in s.field]
    assert [(s.value, s.rule) for s in said] == [("it goes on", "arno")]
    assert waiting(store)["shortenings"] == []
    with pytest.raises(NothingToDo):
        confirm(store, paper)


def test_lengthening_voids_what_was_proposed_before(store, paper):
    keep(store, paper)
    propose(store, paper)
    keep(store, paper, "2041-01-01", ARCHIVIST)
    with pytest.raises(NothingToDo):
        confirm(store, paper)
    assert waiting(store)["shortenings"] == []


def test_a_held_record_is_kept_longer_and_not_let_go_earlier(store, paper):
    store.hold(paper)
    keep(store, paper)
    propose(store, paper)
    with pytest.raises(Conflict, match="on hold"):
        confirm(store, paper)


def test_a_listed_record_leaves_its_list_when_it_is_kept(store):
    paper = store.paper(created="2010-01-01", **{"class": "BUS"})
    store.do(lambda ctx: disposing.propose(ctx).list.id, OFFICER)
    keep(store, paper)
    assert store.see(lambda ctx: dict(ctx.root.listed)) == {}


def test_who_is_not_known_or_not_allowed_does_none_of_it(store, paper):
    keep(store, paper, actor=LOCAL_ADMINISTRATOR)
    unsure = replace(OFFICER, self_made=False)
    for actor in (LOCAL_ADMINISTRATOR, unsure):
        with pytest.raises(NotAllowed):
            propose(store, paper, actor=actor)
    for actor in (READER, Actor(login="liz", role="librarian", self_made=True)):
        with pytest.raises(ServiceError):
            keep(store, paper, "2050-01-01", actor)


def test_a_destroyed_record_is_beyond_all_of_it(store, paper):
    def destroy(ctx):
        ctx.root.records[paper].state = "destroyed"

    store.do(destroy)
    with pytest.raises(Gone):
        keep(store, paper)


def test_without_a_schedule_there_is_nothing_to_lengthen(tmp_path):
    with make_store(tmp_path / "bare") as bare:
        paper = bare.paper(created="2020-01-01")
        with pytest.raises(Conflict, match="no schedule is in force"):
            keep(bare, paper)


def test_what_cannot_be_judged_is_not_kept_by_hand(store, paper):
    def break_it(ctx):
        ctx.root.records[paper].class_code = "NOWHERE"

    store.do(break_it)
    with pytest.raises(Conflict, match="cannot be judged"):
        keep(store, paper)


def test_a_manual_date_that_refuses_a_maximum_is_named_as_the_reason(tmp_path):
    source = PLAN.replace('schedule = "TEN"\n', 'schedule = "TEN"\nmaximum = "P"\n')
    source += """
[[maximum]]
code = "P"
title = "Personal data"
citation = ["Data Act"]
trigger = "created"
period = "P12Y"
"""
    with make_store(tmp_path / "bound") as bound:
        bound.do(lambda ctx: scheduling.import_schedule(ctx, source).number)
        paper = bound.paper(created="2020-01-01", **{"class": "BUS"})
        keep(bound, paper)
        (said,) = bound.see(exceptions)["exceptions"]
        assert said["because"] == "by_hand"
        assert "but it is kept until 2040-01-01 by hand" in said["reason"]
        propose(bound, paper, None)
        confirm(bound, paper)
        assert bound.see(exceptions)["exceptions"] == []


# To be justified anew


def test_a_manual_date_is_to_be_justified_after_five_years(store, paper):
    keep(store, paper)
    store.today = date(2031, 5, 31)
    assert waiting(store)["items"] == []
    (item,) = waiting(store, every=True)["items"]
    assert (item["overdue"], item["justify_by"]) == (False, "2031-06-01")
    store.today = date(2031, 6, 1)
    (item,) = waiting(store)["items"]
    assert (item["id"], item["overdue"], item["until"]) == (paper, True, "2040-01-01")
    assert explained(store, paper)["state"] == "running"
    store.do(lambda ctx: manualdates.justify(ctx, paper, "still open").id, ARCHIVIST)
    assert waiting(store)["items"] == []
    found = explained(store, paper)
    assert found["due_on"] == "2040-01-01"
    assert found["manual"]["justify_by"] == "2036-06-01"
    assert store.kinds(paper)[-1] == "date-justified"


def test_a_date_that_has_come_needs_no_reason_any_more(store, paper):
    keep(store, paper, "2031-01-01")
    store.today = date(2032, 1, 1)
    assert waiting(store, every=True)["items"] == []
    assert explained(store, paper)["state"] == "due"
    with pytest.raises(Conflict):
        propose(store, paper, None)


def test_the_setting_says_how_often(store, paper):
    keep(store, paper)
    store.today = date(2028, 6, 1)

    def work(ctx):
        changed = replace(ctx, settings=replace(ctx.settings, rejustify_years=2))
        return manual_dates(changed)

    assert [i["id"] for i in store.see(work)["items"]] == [paper]


def test_a_leap_day_is_justified_on_the_last_day_of_february(store, paper):
    store.today = date(2028, 2, 29)
    keep(store, paper)
    store.today = date(2033, 2, 28)
    assert [i["justify_by"] for i in waiting(store)["items"]] == ["2033-02-28"]


def test_the_list_is_read_page_by_page(store):
    for year in (2019, 2020, 2021):
        keep(store, store.paper(created=f"{year}-01-01", **{"class": "BUS"}))
    store.today = date(2032, 1, 1)
    whole = waiting(store)["items"]
    assert len(whole) == 3
    first = waiting(store, limit=2)
    rest = waiting(store, limit=2, cursor=first["cursor"])
    assert first["items"] + rest["items"] == whole
    assert "cursor" not in rest
    with pytest.raises(InvalidRequest, match="no cursor"):
        waiting(store, cursor="x")


def test_who_may_not_read_a_record_is_not_told_of_its_date(store):
    paper = store.paper(created="2020-01-01", access="closed", **{"class": "BUS"})
    keep(store, paper)
    propose(store, paper)
    unread = Actor(login="x", role="auditor", self_made=True)
    assert store.see(lambda ctx: manual_dates(ctx, every=True), unread)["items"]
    with pytest.raises(NotAllowed):
        store.see(manual_dates, READER)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.integers(1, 20_000), st.booleans())
def test_shortening_by_one_person_changes_no_answer(store, days, is_removed):
    paper = store.paper(created="2020-01-01", **{"class": "BUS"})
    keep(store, paper)
    before = explained(store, paper)
    until = date.fromordinal(TODAY.toordinal() + days).isoformat()
    for act in (
        lambda ctx: manualdates.keep(ctx, paper, until, WHY) and None,
        lambda ctx: (
            manualdates.propose_shortening(
                ctx, paper, None if is_removed else until, WHY
            )
            and None
        ),
        lambda ctx: manualdates.confirm_shortening(ctx, paper) and None,
        lambda ctx: manualdates.justify(ctx, paper, WHY) and None,
    ):
        try:
            store.do(act, OFFICER)
        except ServiceError:
            continue
    after = explained(store, paper)
    assert after["due_on"] >= before["due_on"]
    if until <= "2040-01-01":
        same = ("state", "action", "due_on", "winner", "trace")
        assert [after[n] for n in same] == [before[n] for n in same]
