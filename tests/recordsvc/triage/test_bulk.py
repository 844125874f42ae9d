"""Bulk edits: shown before, done as one act, taken back as one act."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recordsvc.jobs.bulk import carry_bulk, settle_bulk
from recordsvc.jobs.task import Interrupted, Task
from recordsvc.model.bulk import Change, ChangeKind, Rule
from recordsvc.services import description
from recordsvc.services.bulk import carrying, orders, previewing
from recordsvc.services.bulk.bulkview import bulk_edits, bulk_mapping
from recordsvc.services.bulk.orders import Choice, Order
from recordsvc.services.classification.filing import require_returnable
from recordsvc.services.context import SYSTEM
from recordsvc.services.disposal import disposing
from recordsvc.services.errors import (
    Conflict,
    InvalidRequest,
    NotAllowed,
    NotFound,
    NothingToDo,
)
from recordsvc.services.likeness.joining import join
from recordsvc.services.triage.confirming import confirm

from .conftest import DATE, LIBRARIAN, OFFICER, TITLE, TYPE, found

DESCRIBED = (
    "titles",
    "date",
    "dates",
    "type",
    "language",
    "session",
    "chamber",
    "collection",
    "access",
    "identifiers",
    "class_code",
    "declared_on",
    "statements",
    "closed_on",
    "expressions",
)


def setting(field, value):
    return Change(kind=ChangeKind.SET, field=field, value=value)


def adding(field, value):
    return Change(kind=ChangeKind.ADD, field=field, value=value)


def removing(field, value=""):
    return Change(kind=ChangeKind.REMOVE, field=field, value=value)


def order(ids, *changes, **more):
    return Order(choice=Choice(ids=tuple(ids)), changes=changes, **more)


def preview(house, asked, actor=OFFICER):
    return house.see(lambda ctx: previewing.preview(ctx, asked), actor)


def carry(house, asked, actor=OFFICER, **more):
    """Apply an act; return its id and its counts."""

    def work(ctx):
        bulk = carrying.begin(ctx, asked, **more)
        return bulk.id, bulk.job

    bulk_id, job = house.do(work, actor)
    settle_bulk(house.service, job)
    return bulk_id, house.see(lambda ctx: bulk_mapping(ctx, bulk_id))["counts"]


def undo(house, bulk_id, actor=OFFICER):
    job = house.do(lambda ctx: carrying.begin_undo(ctx, bulk_id).job, actor)
    settle_bulk(house.service, job)
    return house.see(lambda ctx: bulk_mapping(ctx, bulk_id))


def described(house, record_id):
    """Return what a description holds; only within a field statements have an order."""
    found = dict(zip(DESCRIBED, house.of(record_id, *DESCRIBED), strict=True))
    found["statements"] = sorted(found["statements"], key=lambda s: s.field)
    return found


def papers(house, count=3, **sidecar):
    return [house.paper(TITLE, DATE, TYPE, **sidecar) for _ in range(count)]


# Preview


def test_a_preview_shows_each_value_before_and_after_and_writes_nothing(house):
    ids = papers(house)
    before = [house.of(i, *DESCRIBED, "revision", "events") for i in ids]
    told = preview(house, order(ids, setting("session", "58"), setting("class", "R")))
    assert (told["records"], told["changed"], told["left_out_count"]) == (3, 3, 0)
    assert {
        v["field"]: (v["before"], v["after"]) for v in told["items"][0]["values"]
    } == {
        "session": (None, "58"),
        "class": (None, "R"),
    }
    assert [house.of(i, *DESCRIBED, "revision", "events") for i in ids] == before
    assert house.see(lambda ctx: len(ctx.root.bulk_edits)) == 0


def test_a_preview_says_which_retention_dates_move(house):
    confirmed = house.paper(TITLE, DATE, TYPE, **{"class": "Q", "date": "2020-05-12"})
    told = preview(house, order([confirmed], setting("class", "R")))
    (item,) = told["items"]
    assert item["before"]["due_on"] == "2030-05-12"
    assert item["after"]["due_on"] == "2022-05-12"
    assert item["moves"] == ["earlier", "now_due"]
    assert told["moves"]["earlier"] == told["moves"]["now_due"] == 1
    back = preview(house, order([confirmed], setting("date", "2021-05-12")))
    assert back["moves"]["later"] == 1


def test_an_edit_moves_what_hangs_on_the_last_action_and_the_preview_knows(house):
    paper = house.paper(TITLE, DATE, TYPE, **{"class": "L"})
    asked = order([paper], setting("session", "58"))
    (item,) = preview(house, asked)["items"]
    carry(house, asked)
    due = house.of(paper, "standing").due_on.isoformat()
    assert item["after"]["due_on"] == due


def test_held_and_listed_records_are_left_out_and_named(house):
    held, listed, free = papers(house, **{"class": "R", "date": "2020-05-12"})
    house.hold(held)
    house.do(lambda ctx: disposing.propose(ctx, ctx.today(), (listed,)))
    asked = order([held, listed, free], setting("session", "58"))
    told = preview(house, asked)
    assert {i["id"]: i["why"] for i in told["left_out"]} == {
        held: "held",
        listed: "listed",
    }
    bulk_id, counts = carry(house, asked)
    assert counts == {"changed": 1, "left_out": 2}
    named = house.see(lambda ctx: bulk_mapping(ctx, bulk_id))["named"]
    assert {n["id"]: n["why"] for n in named} == {held: "held", listed: "listed"}
    assert house.of(held, "session") is None
    assert house.of(free, "session") == "58"


def test_an_act_is_refused_when_something_has_changed_since_it_was_shown(house):
    ids = papers(house)
    asked = order(ids, setting("session", "58"))
    seal = preview(house, asked)["seal"]
    house.do(lambda ctx: description.edit(ctx, ids[0], {"title": "Another"}))
    with pytest.raises(Conflict, match="look at the preview again"):
        carry(house, asked, seal=seal)


# Choice and permission


def test_records_are_chosen_by_query_class_and_ids(house):
    one, two = papers(house, 2, **{"class": "Q"})
    other = house.paper(found("title", "Lighthouses"), DATE, TYPE)

    def ids(**choice):
        return house.see(lambda ctx: orders.chosen(ctx, Choice(**choice)))

    assert ids(class_code="Q") == tuple(sorted((one, two)))
    assert ids(query="lighthouses") == (other,)
    assert ids(ids=(one,)) == (one,)
    with pytest.raises(NotFound):
        ids(ids=("f" * 32,))
    with pytest.raises(NotFound):
        ids(class_code="NONE")


@pytest.mark.parametrize(
    "change",
    [
        setting("title", "One title for all"),
        setting("author", "Anna Example"),
        setting("date", "2020-13-01"),
        setting("access", "everybody"),
        setting("identifier", "A 1"),
        removing("access"),
        removing("class"),
        removing("identifier"),
        setting("session", ""),
        setting("nonsense", "x"),
    ],
)
def test_what_cannot_be_done_to_many_records_is_refused_at_once(house, change):
    ids = papers(house, 1)
    with pytest.raises(InvalidRequest):
        preview(house, order(ids, change))


def test_a_librarian_edits_one_by_one(house):
    ids = papers(house, 1)
    with pytest.raises(NotAllowed, match=r"bulk\.edit"):
        carry(house, order(ids, setting("session", "58")), LIBRARIAN)


def test_no_record_meant_is_nothing_to_do(house):
    asked = Order(
        choice=Choice(query="lighthouses"), changes=(setting("session", "58"),)
    )
    with pytest.raises(NothingToDo):
        carry(house, asked)


# Act


def test_each_record_has_one_event_that_names_the_act_and_the_trail_has_one(house):
    ids = papers(house)
    bulk_id, counts = carry(
        house, order(ids, setting("session", "58"), setting("class", "R"), reason="r")
    )
    assert counts == {"changed": 3}
    for record_id in ids:
        event = house.of(record_id, "events")[-1]
        assert (event.type, event.agent) == ("edit", "olga")
        assert dict(event.facts) == {
            "bulk": bulk_id,
            "fields": "session class",
            "before": "",
            "after": "R",
        }
        assert house.kinds(record_id) == ["capture", "edit"]
        assert house.of(record_id, "session", "class_code") == ("58", "R")
    told = house.see(bulk_edits)["bulk_edits"][0]
    assert (told["id"], told["state"], told["records"]) == (bulk_id, "applied", 3)


def test_adding_fills_what_is_empty_and_removing_takes_only_what_is_named(house):
    one, two = papers(house, 2)
    house.do(lambda ctx: description.edit(ctx, one, {"session": "57"}))
    carry(house, order([one, two], adding("session", "58")))
    assert [house.of(i, "session") for i in (one, two)] == ["57", "58"]
    carry(house, order([one, two], removing("session", "58")))
    assert [house.of(i, "session") for i in (one, two)] == ["57", None]


def test_identifiers_are_added_and_removed_and_the_look_up_follows(house):
    ids = papers(house, 2)
    carry(house, order(ids, adding("identifier", "E-000123/2022")))
    (key,) = {i.normalised for r in ids for i in house.of(r, "identifiers")}
    assert set(house.see(lambda ctx: ctx.root.ids_by_identifier(key))) == set(ids)
    carry(house, order(ids[:1], removing("identifier", "E-000123/2022")))
    assert house.see(lambda ctx: ctx.root.ids_by_identifier(key)) == (ids[1],)


def test_subjects_are_added_beside_others_and_taken_by_their_name(house):
    (paper,) = papers(house, 1)
    carry(house, order([paper], setting("subject", "Water | Ports")))
    bulk_id, _ = carry(house, order([paper], adding("subject", "Roads")))
    assert house.of(paper, "subjects") == ("Water", "Ports", "Roads")
    carry(house, order([paper], removing("subject", "Ports")))
    assert house.of(paper, "subjects") == ("Water", "Roads")
    assert undo(house, bulk_id)["counts"] == {"kept": 1}


def test_a_record_that_says_it_already_is_not_written(house):
    ids = papers(house, 1)
    carry(house, order(ids, setting("session", "58")))
    revision = house.of(ids[0], "revision")
    _, counts = carry(house, order(ids, setting("session", "58")))
    assert counts == {"unchanged": 1}
    assert house.of(ids[0], "revision") == revision


def test_a_members_class_closes_what_was_open_and_is_not_opened_again(house):
    ids = papers(house, 1)
    told = preview(house, order(ids, setting("class", "M")))
    assert {v["field"] for v in told["items"][0]["values"]} == {"class", "access"}
    carry(house, order(ids, setting("class", "M")))
    assert house.of(ids[0], "access") == "internal"
    told = preview(house, order(ids, setting("access", "open")))
    assert [i["why"] for i in told["left_out"]] == ["members"]


def test_who_moved_records_out_of_the_house_in_bulk_does_not_give_them_back(house):
    ids = papers(house, 1, **{"class": "R"})
    carry(house, order(ids, setting("class", "M"), setting("session", "58")))
    with pytest.raises(NotAllowed, match="another gives it back"):
        house.see(lambda ctx: require_returnable(ctx, ctx.root.records[ids[0]]))


def test_an_act_goes_on_where_it_was_broken_off(house, monkeypatch):
    monkeypatch.setattr(carrying, "BATCH", 2)
    ids = papers(house, 5)
    asked = order(ids, setting("session", "58"))
    bulk = house.do(lambda ctx: carrying.begin(ctx, asked).id)
    turns = iter([False, False, True])
    task = Task(
        service=house.service,
        job_id="j",
        kind="bulk",
        args={"bulk": bulk, "actor": "olga"},
        attempt=1,
        must_stop=lambda: next(turns, False),
    )
    with pytest.raises(Interrupted):
        carry_bulk(task)
    done = [i for i in ids if house.of(i, "session") == "58"]
    assert len(done) == 4
    assert carry_bulk(task) == {"changed": "5"}
    assert all(house.kinds(i) == ["capture", "edit"] for i in ids)


# Undo


def test_undoing_puts_every_value_its_provenance_and_its_day_back(house):
    ids = papers(house)
    before = [described(house, i) for i in ids]
    due = [house.of(i, "standing").due_on for i in ids]
    bulk_id, _ = carry(
        house,
        order(
            ids,
            setting("session", "58"),
            setting("class", "R"),
            setting("date", "2001-01-01"),
            adding("identifier", "E-000123/2022"),
            setting("access", "closed"),
            setting("language", "fr"),
        ),
    )
    told = undo(house, bulk_id)
    assert (told["state"], told["counts"]) == ("undone", {"undone": 3})
    assert [described(house, i) for i in ids] == before
    assert [house.of(i, "standing").due_on for i in ids] == due
    assert house.see(lambda ctx: list(ctx.root.by_class)) == []
    event = house.of(ids[0], "events")[-1]
    assert dict(event.facts)["bulk"] == bulk_id
    assert dict(event.facts)["undone"] == "yes"
    with pytest.raises(NothingToDo):
        undo(house, bulk_id)


def test_what_was_changed_since_is_kept_and_named(house):
    edited, confirmed, free = papers(house)
    bulk_id, _ = carry(house, order([edited, confirmed, free], setting("type", "bill")))
    house.do(lambda ctx: description.edit(ctx, edited, {"type": "act"}))
    told = undo(house, bulk_id)
    assert told["counts"] == {"undone": 2, "kept": 1}
    assert [(n["id"], n["why"]) for n in told["named"]] == [(edited, "changed-since")]
    assert [house.of(i, "type") for i in (edited, free)] == ["act", "report"]


def test_what_was_joined_to_another_paper_is_passed_over_and_named(house):
    ids = papers(house)
    bulk_id, _ = carry(house, order(ids, setting("session", "58")))
    house.do(lambda ctx: join(ctx, ids[0], ids[1], "one paper"))
    told = undo(house, bulk_id)
    assert told["counts"]["kept"] >= 1
    assert (ids[1], "joined") in [(n["id"], n["why"]) for n in told["named"]]
    assert house.see(lambda ctx: bulk_mapping(ctx, bulk_id))["named"] == told["named"]


def test_what_came_on_hold_since_is_kept_and_named(house):
    ids = papers(house, 1)
    bulk_id, _ = carry(house, order(ids, setting("session", "58")))
    house.hold(*ids)
    told = undo(house, bulk_id)
    assert [(n["outcome"], n["why"]) for n in told["named"]] == [("kept", "held")]
    assert house.of(ids[0], "session") == "58"


VALUES = st.lists(
    st.one_of(
        st.builds(setting, st.just("session"), st.sampled_from(["57", "58"])),
        st.builds(adding, st.just("chamber"), st.sampled_from(["upper", "lower"])),
        st.builds(setting, st.just("date.tabled"), st.dates().map(str)),
        st.builds(removing, st.just("date")),
        st.builds(setting, st.just("class"), st.sampled_from(["Q", "R", "L", "M"])),
        st.builds(adding, st.just("identifier"), st.sampled_from(["A 1/2020"])),
        st.builds(setting, st.just("access"), st.sampled_from(["internal", "closed"])),
    ),
    min_size=1,
    max_size=4,
    unique_by=lambda change: change.field,
)


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(changes=VALUES)
def test_doing_and_undoing_leaves_everything_as_it_was(house, changes):
    paper = house.paper(TITLE, DATE, TYPE)
    before = described(house, paper)
    asked = order([paper], *changes)
    told = preview(house, asked)
    bulk_id, counts = carry(house, asked)
    assert counts.get("changed", 0) == told["changed"]
    if told["items"]:
        after = told["items"][0]["after"]
        standing = house.of(paper, "standing")
        assert after["due_on"] == (
            standing.due_on.isoformat() if standing.due_on else None
        )
    undo(house, bulk_id)
    assert described(house, paper) == before


# Confirming all values of one rule


def test_every_value_of_one_rule_is_confirmed_above_a_confidence(house):
    sure = house.paper(TITLE, found("date", "2020-05-12", 0.8), TYPE, **{"class": "Q"})
    unsure = house.paper(
        TITLE, found("date", "2020-05-12", 0.5), TYPE, **{"class": "Q"}
    )
    other = house.paper(
        TITLE, found("date", "2020-05-12", 0.9, rule="ke:x"), TYPE, **{"class": "Q"}
    )
    asked = Order(
        choice=Choice(every=True),
        rule=Rule(field="date", rule="za:heading", confidence=0.8),
    )
    told = preview(house, asked)
    assert [item["id"] for item in told["items"]] == [sure]
    bulk_id, counts = carry(house, asked)
    assert counts == {"changed": 1}
    assert [house.of(i, "standing").provisional for i in (sure, unsure, other)] == [
        False,
        True,
        True,
    ]
    assert house.kinds(sure)[-1] == "confirm"
    undo(house, bulk_id)
    assert house.of(sure, "standing").provisional
    assert house.kinds(sure)[-1] == "unconfirm"


def test_what_somebody_confirmed_by_hand_since_stays_when_the_act_is_undone(house):
    paper = house.paper(TITLE, DATE, found("type", "report", 0.5))
    rule = Rule(field="type", rule="za:heading", confidence=0.5)
    bulk_id, _ = carry(house, Order(choice=Choice(every=True), rule=rule))
    house.do(lambda ctx: confirm(ctx, paper, [("date", "2020-05-12")]))
    undo(house, bulk_id)
    hows = {s.field: s.how for s in reversed(house.of(paper, "statements"))}
    assert hows["date"] == "confirmed"
    assert hows["type"] == "extracted"


def test_a_job_of_an_account_that_was_disabled_does_nothing(house):
    from recordsvc.services.accounts import account_of

    ids = papers(house, 1)
    asked = order(ids, setting("session", "58"))
    job = house.do(lambda ctx: carrying.begin(ctx, asked).job)

    def disable(ctx):
        account_of(ctx.root, "olga").disabled = True

    house.do(disable, SYSTEM)
    with pytest.raises(NotAllowed, match="disabled"):
        settle_bulk(house.service, job)
    assert house.of(ids[0], "session") is None
