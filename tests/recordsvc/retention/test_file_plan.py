"""The file plan: validity, inheritance, moves, merges, previews, files."""

from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recordsvc.services.classification import (
    classes,
    fileplan,
    fileplan_files,
    fileplan_view,
    filing,
    merging,
)
from recordsvc.services.classification.aggregating import open_aggregation
from recordsvc.services.classification.fileplan_preview import (
    preview_merge,
    preview_move,
)
from recordsvc.services.disposal import disposing, holding
from recordsvc.services.errors import (
    Conflict,
    InvalidRequest,
    NotAllowed,
    NotFound,
    NothingToDo,
)
from recordsvc.services.retention.opening import openings

from .conftest import OFFICER, READER


def paper_in(store, code, created="2020-03-15", **more):
    return store.paper(created=created, **{"class": code}, **more)


def show(store, code, on=None):
    return store.see(lambda ctx: fileplan_view.class_detail(ctx, code, on))


def merged(store, code, into, **more):
    return store.do(
        lambda ctx: merging.merge_class(ctx, code, into, reason="one office", **more),
        OFFICER,
    )


# Classifying


def test_a_class_without_a_schedule_classifies_nothing(store):
    with pytest.raises(Conflict, match="has no schedule, its own or inherited"):
        paper_in(store, "NONE")
    paper = store.paper()
    with pytest.raises(Conflict, match="has no schedule"):
        store.do(lambda ctx: filing.classify(ctx, paper, "NONE").id)


def test_a_class_inherits_from_its_nearest_ancestor(store):
    paper = paper_in(store, "BUS.PQ")
    assert store.due_on(paper) == date(2030, 3, 15)
    store.do(lambda ctx: fileplan.edit_class(ctx, "BUS.PQ", {"schedule": "LEG"}).code)
    assert store.due_on(paper) is None
    store.do(lambda ctx: fileplan.edit_class(ctx, "BUS.PQ", {"schedule": ""}).code)
    assert store.due_on(paper) == date(2030, 3, 15)


def test_a_class_out_of_its_days_takes_no_new_records(store):
    old = paper_in(store, "BUS.PQ")
    store.do(lambda ctx: fileplan.retire_class(ctx, "BUS.PQ", date(2026, 6, 30)).code)
    paper_in(store, "BUS.PQ")
    store.today = date(2026, 7, 1)
    with pytest.raises(Conflict, match="until 2026-06-30"):
        paper_in(store, "BUS.PQ")
    # Its records stay, under their schedule.
    assert store.due_on(old) == date(2030, 3, 15)


def test_the_reason_of_a_reclassification_is_kept(store):
    paper = paper_in(store, "BUS.PQ")
    store.do(lambda ctx: filing.classify(ctx, paper, "ANS", reason="it was one").id)
    assert store.due_on(paper) is None
    (said, *_) = store.record(paper)["statements"]
    assert (said.field, said.value, said.rule) == (filing.REASON, "it was one", "local")
    event = store.record(paper)["events"][-1]
    assert event.facts == (("after", "ANS"), ("before", "BUS.PQ"))


def test_a_reclassified_record_leaves_its_disposal_list(store):
    paper = paper_in(store, "BUS.PQ", created="2010-01-01")
    store.do(lambda ctx: disposing.propose(ctx).list.id, OFFICER)
    assert store.see(lambda ctx: paper in ctx.root.listed)
    store.do(lambda ctx: filing.classify(ctx, paper, "BUS", reason="wrong").id)
    assert not store.see(lambda ctx: paper in ctx.root.listed)


def test_a_second_obligation_laid_or_taken_away_voids_what_a_list_decided(store):
    paper = paper_in(store, "BUS.PQ", created="2010-01-01")

    def listed():
        store.do(lambda ctx: disposing.propose(ctx).list.id, OFFICER)
        assert store.see(lambda ctx: paper in ctx.root.listed)

    listed()
    law = {"citation": "Act 4", "reason": "an enquiry"}
    store.do(lambda ctx: filing.add_obligation(ctx, paper, "COM", **law).id)
    assert not store.see(lambda ctx: paper in ctx.root.listed)
    assert store.due_on(paper) is None
    with pytest.raises(Conflict, match="under a second obligation"):
        store.do(lambda ctx: filing.classify(ctx, paper, "MEM", reason="r").id)
    store.do(lambda ctx: filing.remove_obligation(ctx, paper, "COM").id)
    assert store.due_on(paper) == date(2020, 1, 1)
    listed()


def test_a_class_that_has_not_begun_takes_no_records(store):
    values = {"code": "PET", "title": "Petitions", "schedule": "TEN"}
    later = values | {"valid_from": "2027-01-01"}
    store.do(lambda ctx: fileplan.add_class(ctx, later).code)
    with pytest.raises(Conflict, match="from 2027-01-01"):
        paper_in(store, "PET")
    store.today = date(2027, 1, 1)
    paper_in(store, "PET")


# Making and changing


def test_a_class_is_made_with_every_value_and_begins_today(store):
    values = {"code": "PET", "title": "Petitions", "schedule": "TEN", "scope": "All"}
    store.do(lambda ctx: fileplan.add_class(ctx, values).code, OFFICER)
    found = show(store, "PET")
    assert (found["valid_from"], found["scope"]) == ("2026-06-01", "All")
    with pytest.raises(NothingToDo):
        store.do(lambda ctx: fileplan.add_class(ctx, values))
    with pytest.raises(Conflict, match="other values"):
        store.do(lambda ctx: fileplan.add_class(ctx, values | {"title": "Other"}))
    with pytest.raises(NotFound, match="begins on 2026-06-01"):
        show(store, "PET", date(2026, 5, 31))


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"code": "", "title": "x"}, "no code"),
        ({"code": "X", "title": ""}, "no title"),
        ({"code": "X", "title": "x", "parent": "BUZ"}, "nearest is BUS"),
        ({"code": "X", "title": "x", "schedule": "TEM"}, "nearest is TEN"),
        ({"code": "X", "title": "x", "closure": "C"}, "not in force"),
        ({"code": "X", "title": "x", "vital_review": "1 year"}, "vital_review"),
        ({"code": "X", "title": "x", "owner": "nobody"}, "owner"),
        ({"code": "X", "title": "x", "valid_to": "2026-13-01"}, "valid_to"),
        ({"code": "X", "title": "x", "valid_to": "2020-01-01"}, "before valid_from"),
        ({"code": "X", "title": "x", "parent": "MEM"}, "below Members' papers"),
        ({"code": "X", "title": "x", "owner": "member", "schedule": "TEN"}, "no rec"),
        ({"code": "X", "title": "a\x00b"}, "no text"),
        ({"code": "X", "title": "x", "colour": "red"}, "no key 'colour'"),
    ],
)
def test_a_bad_class_is_refused_and_says_why(store, values, says):
    with pytest.raises(InvalidRequest, match=says):
        store.do(lambda ctx: fileplan.add_class(ctx, values))
    assert store.see(lambda ctx: "X" not in ctx.root.classes)


def test_the_plan_is_shown_as_it_stood_on_a_day(store):
    store.do(lambda ctx: fileplan.move_class(ctx, "BUS.PQ", "COM").code, OFFICER)
    store.today = date(2026, 9, 1)
    store.do(lambda ctx: fileplan.edit_class(ctx, "BUS.PQ", {"title": "Asked"}).code)
    before = show(store, "BUS.PQ", date(2026, 5, 31))
    assert [p["code"] for p in before["path"]] == ["BUS", "BUS.PQ"]
    assert before["inherited"]["schedule"] == "TEN"
    between = show(store, "BUS.PQ", date(2026, 8, 31))
    assert (between["title"], between["parent"]) == ("Questions", "COM")
    assert between["inherited"] == {
        "schedule": "CLOSED",
        "closure": "C-30",
        "maximum": None,
        "survives_destruction": [],
        "vital_review": None,
    }
    now = show(store, "BUS.PQ")
    assert now["title"] == "Asked"
    assert [h["changed_by"] for h in now["history"]] == ["olga", "local"]
    listed = store.see(lambda ctx: fileplan_view.class_list(ctx, date(2026, 5, 31)))
    assert {c["code"]: c["parent"] for c in listed}["BUS.PQ"] == "BUS"


def test_a_retired_class_has_no_classes_that_still_take_papers(store):
    with pytest.raises(Conflict, match=r"BUS\.LEG, BUS\.PQ, BUS\.SES"):
        store.do(lambda ctx: fileplan.retire_class(ctx, "BUS").code)


def test_a_class_with_records_is_not_deleted_and_an_unused_one_is(store):
    paper_in(store, "BUS.PQ")
    extra = paper_in(store, "BUS")
    store.do(
        lambda ctx: (
            filing.add_obligation(ctx, extra, "ANS", citation="c", reason="r").id
        )
    )
    store.do(lambda ctx: open_aggregation(ctx, "Dossier", "COM").id)
    for code, why in (
        ("BUS.PQ", "records"),
        ("ANS", "records"),
        ("BUS", "records and classes"),
        ("COM", "classes and dossiers"),
    ):
        with pytest.raises(Conflict, match=f"has {why} and stays"):
            store.do(lambda ctx, code=code: fileplan.delete_class(ctx, code))
    store.do(lambda ctx: fileplan.delete_class(ctx, "BUS.SES"))
    assert store.see(lambda ctx: "BUS.SES" not in ctx.root.classes)


# Moving


def test_a_moved_class_takes_the_schedule_of_its_new_place(store):
    paper = paper_in(store, "BUS.PQ", access="open")
    store.do(lambda ctx: fileplan.move_class(ctx, "BUS.PQ", "ANS").code)
    assert store.due_on(paper) is None
    assert store.record(paper)["standing"].winner == "ANS"
    store.do(lambda ctx: fileplan.move_class(ctx, "BUS.PQ", "COM").code)
    assert [
        i["id"] for i in store.see(lambda c: openings(c, date(2050, 3, 15)))["items"]
    ]


def test_a_class_is_not_moved_below_itself(store):
    for below in ("BUS", "BUS.PQ"):
        with pytest.raises(InvalidRequest, match="stands below"):
            store.do(lambda ctx, to=below: fileplan.move_class(ctx, "BUS", to))
    with pytest.raises(NothingToDo):
        store.do(lambda ctx: fileplan.move_class(ctx, "BUS.PQ", "BUS"))
    with pytest.raises(NotFound):
        store.do(lambda ctx: fileplan.move_class(ctx, "BUS.PQ", "NO.SUCH"))


def test_the_preview_of_a_move_is_what_the_move_does_and_writes_nothing(store):
    asked = paper_in(store, "BUS.PQ", created="2010-01-01")
    answered = paper_in(store, "BUS.PQ", created="2020-03-15")
    store.hold(answered)
    before = store.see(lambda ctx: [r.revision for r in ctx.root.records.values()])
    found = store.see(lambda ctx: preview_move(ctx, "BUS.PQ", "VIT").as_mapping())
    assert found["classes"] == ["BUS.PQ"]
    assert (found["records"], found["held"], found["later"]) == (2, 1, 2)
    assert (found["earlier"], found["now_due"]) == (0, 0)
    after = store.see(lambda ctx: [r.revision for r in ctx.root.records.values()])
    assert before == after
    assert show(store, "BUS.PQ")["parent"] == "BUS"
    told = {c["id"]: c["after"] for c in found["changes"]}
    store.do(lambda ctx: fileplan.move_class(ctx, "BUS.PQ", "VIT").code)
    stand = store.record(asked)["standing"]
    assert told[asked] == {
        "state": stand.state,
        "due_on": stand.due_on and stand.due_on.isoformat(),
        "action": stand.action,
    }


def test_a_preview_counts_what_would_be_due_now(store):
    store.do(lambda ctx: fileplan.edit_class(ctx, "BUS.PQ", {"schedule": "ANS"}).code)
    paper_in(store, "BUS.PQ", created="2010-01-01")
    found = store.see(lambda ctx: preview_merge(ctx, "BUS.PQ", "BUS").as_mapping())
    assert (found["earlier"], found["now_due"]) == (1, 1)


# Merging


def test_a_merge_moves_records_with_one_event_each_and_keeps_the_class(store):
    papers = [paper_in(store, "BUS.PQ") for _ in range(3)]
    assert merged(store, "BUS.PQ", "ANS") == 0
    for paper in papers:
        assert store.record(paper)["class_code"] == "ANS"
        assert store.kinds(paper) == ["capture", "classify"]
    found = show(store, "BUS.PQ")
    assert (found["merged_into"], found["records"]) == ("ANS", 0)
    assert found["valid_to"] == "2026-05-31"
    with pytest.raises(Conflict, match="was merged into ANS"):
        paper_in(store, "BUS.PQ")
    with pytest.raises(NothingToDo):
        merged(store, "BUS.PQ", "ANS")
    with pytest.raises(Conflict, match="was merged into ANS"):
        merged(store, "BUS.PQ", "BUS")


def test_a_merge_that_was_cut_short_goes_on(store):
    for _ in range(3):
        paper_in(store, "BUS.PQ")
    assert merged(store, "BUS.PQ", "ANS", limit=2) == 1
    assert merged(store, "BUS.PQ", "ANS", limit=2) == 0
    assert show(store, "ANS")["records"] == 3


def test_a_merge_takes_classes_and_dossiers_along(store):
    dossier = store.do(lambda ctx: open_aggregation(ctx, "Dossier", "COM").id)
    paper = paper_in(store, "COM.EV")
    merged(store, "COM", "BUS")
    assert show(store, "COM.EV")["parent"] == "BUS"
    assert store.see(lambda ctx: ctx.root.aggregations[dossier].class_code) == "BUS"
    assert store.due_on(paper) == date(2030, 3, 15)


def test_a_merge_that_cannot_be_is_refused_whole(store):
    paper = paper_in(store, "BUS.PQ")
    store.hold(paper)
    refused = [
        (InvalidRequest, "BUS", "BUS.PQ"),
        (InvalidRequest, "BUS", "BUS"),
        (NotFound, "BUS", "NO.SUCH"),
        (Conflict, "ANS", "NONE"),
        (Conflict, "ANS", "MEM"),
        (Conflict, "BUS.PQ", "ANS"),
    ]
    for kind, code, into in refused:
        with pytest.raises(kind):
            merged(store, code, into)
        with pytest.raises(kind):
            store.see(lambda ctx, c=code, i=into: preview_merge(ctx, c, i))
    with pytest.raises(InvalidRequest, match="say why"):
        store.do(lambda ctx: merging.merge_class(ctx, "ANS", "BUS", reason=""))


def test_a_class_under_a_hold_is_not_merged(store):
    order = holding.HoldOrder(
        title="Inquiry", mandate="Order 7", scope="class", target="ANS"
    )
    store.do(lambda ctx: holding.place(ctx, order) and None, OFFICER)
    with pytest.raises(Conflict, match="a hold lies on class ANS"):
        merged(store, "ANS", "BUS")


def test_a_preview_names_records_that_could_not_be_judged_any_more(store):
    paper = paper_in(store, "BUS.PQ")

    def lose_schedule(ctx):
        ctx.root.classes["ANS"].schedule = "LOST"
        return preview_move(ctx, "BUS.PQ", "ANS").as_mapping()

    (change,) = store.see(lose_schedule)["changes"]
    assert change["id"] == paper
    assert change["after"] == {"state": "error", "due_on": None, "action": None}


# Files


def test_the_table_round_trips_and_changes_what_it_says(store):
    table = store.see(fileplan_files.export_csv)
    with pytest.raises(NothingToDo):
        store.do(lambda ctx: fileplan_files.import_csv(ctx, table))
    edited = table.replace("BUS.PQ,Questions", "BUS.PQ,Asked")
    changed = store.do(lambda ctx: fileplan_files.import_csv(ctx, edited), OFFICER)
    assert changed == ("BUS.PQ",)
    assert show(store, "BUS.PQ")["title"] == "Asked"


def test_a_bad_table_is_refused_whole_with_every_error_and_line(store):
    table = (
        "code,title,parent,schedule\r\nNEW,New,,TEN\r\nX,,BUZ,TEN\r\nY,Why,NEW,TEM\r\n"
    )
    with pytest.raises(InvalidRequest) as caught:
        store.do(lambda ctx: fileplan_files.import_csv(ctx, table))
    message = str(caught.value)
    assert "line 3: class has no title" in message
    assert "line 3: parent BUZ" in message
    assert "line 4: schedule TEM" in message
    assert store.see(lambda ctx: "NEW" not in ctx.root.classes)


def test_the_class_part_of_a_schedule_file_round_trips(store):
    store.do(lambda ctx: fileplan.edit_class(ctx, "BUS.PQ", {"title": "Asked"}).code)
    source = store.see(fileplan_files.export_toml)
    with pytest.raises(NothingToDo):
        store.do(lambda ctx: fileplan_files.import_toml(ctx, source))
    back = source.replace('title = "Asked"', 'title = "Questions"')
    assert store.do(lambda ctx: fileplan_files.import_toml(ctx, back)) == ("BUS.PQ",)
    assert show(store, "BUS.PQ")["title"] == "Questions"


def test_classes_of_schedules_that_are_not_in_force_are_refused_with_the_line(store):
    source = fileplan_files.template_of("parliament")
    with pytest.raises(InvalidRequest, match=r"line \d+: schedule .* is not in force"):
        store.do(lambda ctx: fileplan_files.import_toml(ctx, source))
    with pytest.raises(NotFound, match="there is parliament"):
        fileplan_files.template_of("senate")


def test_only_who_may_change_the_plan_does(store):
    with pytest.raises(NotAllowed):
        store.do(lambda ctx: fileplan.move_class(ctx, "BUS.PQ", None), READER)
    with pytest.raises(NotAllowed):
        store.see(fileplan_view.class_list, READER)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    moves=st.lists(
        st.tuples(
            st.sampled_from(["BUS", "BUS.PQ", "BUS.LEG", "COM", "COM.EV", "ANS"]),
            st.sampled_from([None, "BUS", "BUS.PQ", "COM", "COM.EV", "ANS"]),
        ),
        max_size=8,
    )
)
def test_no_order_of_moves_makes_a_loop(store, moves):
    def work(ctx):
        for code, parent in moves:
            try:
                fileplan.move_class(ctx, code, parent)
            except (InvalidRequest, NothingToDo):
                continue
        for code in ctx.root.classes:
            line = list(classes.lineage(ctx.root, code))
            assert line[-1].parent is None, code

    store.see(work)
