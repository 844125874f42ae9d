"""Events by number, and the parliamentary calendar."""

from datetime import date

import pytest

from recordsvc.services.disposal import disposing
from recordsvc.services.errors import (
    InvalidRequest,
    NotAllowed,
    NotFound,
    NothingToDo,
)
from recordsvc.services.retention import occurrences
from recordsvc.services.retention.occurrences import record_event, reverse_event

from .conftest import OFFICER, READER


def happen(store, *what, **more):
    return store.do(lambda ctx: record_event(ctx, *what, **more), OFFICER)


def standing(store, paper):
    return store.record(paper)["standing"]


def test_a_provisional_end_is_shown_and_only_the_confirmed_one_counts(store):
    paper = store.paper(created="2022-03-01", **{"class": "BUS.LEG"})
    assert standing(store, paper).state == "awaiting_trigger"
    end = happen(store, "legislature_end", "58", "2027-06-20", provisional=True)
    assert standing(store, paper).provisional
    assert not store.in_due_tree(paper)
    assert happen(store, "legislature_end", "58", "2027-07-04") == end
    assert store.due_on(paper) == date(2030, 7, 4)
    assert not standing(store, paper).provisional
    assert store.in_due_tree(paper)


def test_every_form_of_an_end_stays_with_who_said_it(store):
    happen(store, "legislature_end", "58", "2027-06-20", provisional=True)
    happen(store, "dissolution", "58", "2026-05-09", evidence="Decree 2026-1")
    (end,) = store.see(lambda ctx: list(occurrences.events(ctx, "58")))
    assert (end["date"], end["confirmed"], end["cause"]) == (
        "2026-05-09",
        True,
        "dissolution",
    )
    assert end["evidence"] == "Decree 2026-1"
    (earlier,) = end["history"]
    assert (earlier["date"], earlier["confirmed"], earlier["recorded_by"]) == (
        "2027-06-20",
        False,
        "olga",
    )


def test_dissolution_ends_the_legislature_and_prorogation_the_session(store):
    bill = store.paper(created="2022-03-01", **{"class": "BUS.LEG"})
    motion = store.paper(created="2022-03-01", **{"class": "BUS.SES"})
    assert happen(store, "dissolution", "16", "2024-06-09") == "legislature_end:16"
    assert store.due_on(bill) == date(2027, 6, 9)
    assert store.due_on(motion) is None
    assert happen(store, "prorogation", "2", "2024-05-01") == "session_end:2"
    assert store.due_on(motion) == date(2025, 5, 1)


def test_a_reversed_end_counts_no_more_and_may_be_recorded_anew(store):
    paper = store.paper(created="2022-03-01", **{"class": "BUS.LEG"})
    end = happen(store, "legislature_end", "16", "2024-06-09")
    store.do(lambda ctx: reverse_event(ctx, end))
    assert standing(store, paper).state == "awaiting_trigger"
    with pytest.raises(NothingToDo):
        store.do(lambda ctx: reverse_event(ctx, end))
    happen(store, "legislature_end", "16", "2024-07-01")
    assert store.due_on(paper) == date(2027, 7, 1)


def test_each_jurisdiction_reads_its_own_calendar(store):
    own = store.paper(created="2022-03-01", **{"class": "BUS.LEG"})
    other = store.paper(created="2022-03-01", jurisdiction="de", **{"class": "BUS.LEG"})
    happen(store, "legislature_end", "16", "2024-06-09", jurisdiction="fr")
    assert store.due_on(own) == date(2027, 6, 9)
    assert store.due_on(other) is None
    theirs = happen(store, "legislature_end", "16", "2025-03-25", jurisdiction="de")
    assert theirs == "de:legislature_end:16"
    assert store.due_on(own) == date(2027, 6, 9)
    assert store.due_on(other) == date(2028, 3, 25)


def test_an_event_of_another_number_changes_nothing(store):
    ours = store.paper(
        identifier="E-000123/2022", jurisdiction="eu", **{"class": "ANS"}
    )
    happen(store, "answered", "E-000124/2022", "2025-05-01")
    assert store.due_on(ours) is None
    happen(store, "answered", "E-000123/2022", "2025-06-01")
    assert store.due_on(ours) == date(2027, 6, 1)


def test_of_several_events_of_a_kind_the_latest_day_counts_and_all_stay(store):
    paper = store.paper(**{"class": "ANS"})
    happen(store, "answered", paper, "2023-02-01")
    second = happen(store, "answered", paper, "2024-02-01", evidence="Hansard 12")
    happen(store, "answered", paper, "2022-02-01")
    assert store.due_on(paper) == date(2026, 2, 1)
    found = store.see(lambda ctx: list(occurrences.events(ctx, paper)))
    assert len(found) == 3
    assert {e["evidence"] for e in found} == {"", "Hansard 12"}
    store.do(lambda ctx: reverse_event(ctx, second))
    assert store.due_on(paper) == date(2025, 2, 1)


def test_a_reversal_takes_the_record_from_its_disposal_list(store):
    paper = store.paper(**{"class": "ANS"})
    event = happen(store, "answered", paper, "2023-02-01")
    store.do(lambda ctx: disposing.propose(ctx).list.id, OFFICER)
    assert store.see(lambda ctx: paper in ctx.root.listed)
    store.do(lambda ctx: reverse_event(ctx, event))
    assert not store.see(lambda ctx: paper in ctx.root.listed)
    assert standing(store, paper).state == "awaiting_trigger"


def test_a_moved_end_takes_the_record_from_its_disposal_list(store):
    paper = store.paper(created="2012-03-01", **{"class": "BUS.LEG"})
    happen(store, "legislature_end", "14", "2017-06-20")
    store.do(lambda ctx: disposing.propose(ctx).list.id, OFFICER)
    assert store.see(lambda ctx: paper in ctx.root.listed)
    happen(store, "legislature_end", "14", "2024-06-20")
    assert not store.see(lambda ctx: paper in ctx.root.listed)
    assert store.due_on(paper) == date(2027, 6, 20)


def test_refusals_say_what_is_wrong(store):
    happen(store, "legislature_end", "16", "2024-06-09")
    refused = [
        (NothingToDo, ("legislature_end", "16", "2024-06-09"), {}),
        (InvalidRequest, ("legislature_end", " ", "2024-06-09"), {}),
        (InvalidRequest, (" ", "16", "2024-06-09"), {}),
        (InvalidRequest, ("legislature_end", "16", "2024-02-30"), {}),
        (InvalidRequest, ("session_end", "1", "2024-01-01"), {"jurisdiction": "FRA"}),
        (InvalidRequest, ("answered", "1", "2024-01-01"), {"provisional": True}),
        (InvalidRequest, ("answered", "1", "2024-01-01"), {"jurisdiction": "fr"}),
        (InvalidRequest, ("answered", "1", "2024-01-01"), {"evidence": "\x00"}),
    ]
    for kind, what, more in refused:
        with pytest.raises(kind):
            happen(store, *what, **more)
    with pytest.raises(NotFound):
        store.do(lambda ctx: reverse_event(ctx, "nothing"))
    with pytest.raises(NotAllowed):
        store.do(lambda ctx: record_event(ctx, "answered", "1", "2024-01-01"), READER)


def test_an_instant_is_an_event_of_its_day_in_the_zone(store):
    paper = store.paper(**{"class": "ANS"})
    happen(store, "answered", paper, "2023-12-31T23:30:00Z")
    assert store.due_on(paper) == date(2026, 1, 1)


def test_the_events_of_a_number_are_listed_in_any_of_its_forms(store):
    store.paper(identifier="E-000123/2022", jurisdiction="eu", **{"class": "ANS"})
    happen(store, "answered", "E-000123/22", "2025-06-01")
    happen(store, "answered", "E-000999/2022", "2025-06-01")
    (found,) = store.see(lambda ctx: list(occurrences.events(ctx, "E-000123/2022")))
    assert (found["date"], found["recorded_by"]) == ("2025-06-01", "olga")
    assert len(store.see(lambda ctx: list(occurrences.events(ctx)))) == 2
