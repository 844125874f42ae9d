"""Two records become one, the stricter wins, and it can be undone."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recordsvc.model.record import Appraisal
from recordsvc.services import linking
from recordsvc.services.access import effective_level, record_for
from recordsvc.services.description import edit
from recordsvc.services.disposal import disposing
from recordsvc.services.disposal.holding import HoldOrder, place
from recordsvc.services.errors import Conflict, InvalidRequest, NotAllowed, NotFound
from recordsvc.services.importing import is_new
from recordsvc.services.likeness.joining import join
from recordsvc.services.likeness.parting import unjoin
from recordsvc.services.packaging import note_export
from recordsvc.services.reading import pages_of

from .conftest import ADMIN, ANYONE, RESEARCHER, words

WATER, EAU = words("water"), words("eau")
ENTRIES = (
    "by_identifier",
    "by_class",
    "by_due",
    "by_exception",
    "by_notice",
    "by_aggregation",
    "by_opening",
    "by_vital_review",
    "links_by_record",
    "held",
)


def joined(store, one, other, reason="one paper"):
    return store.do(lambda ctx: join(ctx, one, other, reason).id)


def parted(store, other):
    return store.do(lambda ctx: unjoin(ctx, other, "two papers").id)


def state_of(store, *ids):
    """Return all that is kept of records, but for their histories."""

    def look(ctx):
        found = {}
        for record_id in ids:
            record = ctx.root.records[record_id]
            values = {n: v for n, v in vars(record).items() if v not in (None, ())}
            for name in ("events", "revision", "modified_at", "standing"):
                values.pop(name, None)
            values["due_on"] = record.standing and record.standing.due_on
            found |= {(record_id, name): value for name, value in values.items()}
        trees = {name: list(getattr(ctx.root, name)) for name in ENTRIES}
        held = {k: b.references for k, b in ctx.root.bitstreams.items()}
        return found, trees, {k: sorted(v) for k, v in held.items()}

    return store.see(look)


def test_one_record_answers_to_both_ids_with_every_file_and_language(store):
    one = store.paper(WATER, number="za.bill:b12-2019", title="Water")
    other = store.paper(EAU, language="fr", title="Eau", number="za.bill:b12f-2019")
    assert joined(store, one, other) == one
    shown = store.shown(other)
    assert shown["id"] == one
    assert shown["titles"] == {"en": "Water", "fr": "Eau"}
    assert [c["language"] for c in shown["components"]] == ["en", "fr"]
    assert len(shown["identifiers"]) == 2
    assert store.see(lambda ctx: pages_of(ctx, other)) == [WATER, EAU]
    ((stub),) = shown["joined"]
    assert (stub["id"], stub["by"], stub["reason"]) == (other, "olga", "one paper")
    assert [e["type"] for e in stub["events"]] == ["capture", "joined"]
    assert shown["events"][-1]["facts"] == {"other": other}
    trees = store.see(
        lambda ctx: [
            name
            for name in ENTRIES
            if any(other in key for key in getattr(ctx.root, name))
        ]
    )
    assert trees == []


def test_what_was_joined_is_changed_under_its_new_id_alone(store):
    one, other = store.paper(WATER), store.paper(EAU)
    joined(store, one, other)
    with pytest.raises(Conflict, match=f"joined to record {one}; do it there"):
        store.do(lambda ctx: edit(ctx, other, {"title": "x"}))


def test_what_was_joined_waits_in_no_inbox_until_it_is_parted(store):
    one, other = store.paper(WATER), store.paper(EAU, language="fr")

    def waiting(record_id):
        return store.see(lambda ctx: record_id in ctx.root.inbox.entries)

    assert waiting(other)
    joined(store, one, other)
    assert not waiting(other)
    parted(store, other)
    assert waiting(other)


def test_parting_leaves_both_as_they_were(store):
    one = store.paper(WATER, number="za.bill:b12-2019", **{"class": "TEN"})
    other = store.paper(
        EAU, language="fr", title="Eau", access="internal", **{"class": "TWENTY"}
    )
    third = store.paper(words("third"))
    store.do(lambda ctx: linking.add(ctx, "cites", other, third, "see p. 1"))
    before = state_of(store, one, other, third)
    joined(store, one, other)
    assert state_of(store, one, third) != before
    assert parted(store, other) == other
    for now, then in zip(state_of(store, one, other, third), before, strict=True):
        for name in then:
            assert now[name] == then[name]
    assert store.see(lambda ctx: int(ctx.root.record_count())) == 3
    kinds = [e["type"] for e in store.shown(other)["events"]]
    assert kinds[-2:] == ["joined", "unjoin"]


def test_parting_keeps_what_was_changed_since(store):
    one, other = store.paper(WATER), store.paper(EAU, language="fr", title="Eau")
    joined(store, one, other)
    store.do(lambda ctx: edit(ctx, one, {"title@de": "Wasser", "title": "Water Act"}))
    parted(store, other)
    assert store.shown(one)["titles"] == {"en": "Water Act", "de": "Wasser"}
    assert [c["language"] for c in store.shown(one)["components"]] == ["en"]


def test_the_links_of_both_are_the_links_of_one(store):
    one, other, third = (store.paper(words(s)) for s in ("a", "b", "c"))
    store.do(lambda ctx: linking.add(ctx, "cites", other, third, "p. 1"))
    store.do(lambda ctx: linking.add(ctx, "relatesTo", one, other, "both"))
    joined(store, one, other)
    (link,) = store.shown(one)["links"]
    assert (link["type"], link["target"]) == ("cites", third)
    parted(store, other)
    (link,) = store.shown(other)["links"]
    assert (link["type"], link["target"]) == ("cites", third)


LEVELS = ("open", "internal", "closed")
DAYS = st.dates().map(lambda day: day.replace(year=1990 + day.year % 30).isoformat())
PAPERS = st.fixed_dictionaries(
    {
        "access": st.sampled_from(LEVELS),
        "date": st.sampled_from(["2001-01-01", "2010-02-28", "2020-12-31"]),
        "class": st.sampled_from(["TEN", "TWENTY", "EVER", ""]),
        "date.tabled": st.sampled_from(["", "2011-01-01"]),
    }
)


def rank(standing):
    """How long a record is kept: for ever, without a day, or to a day."""
    if standing is None:
        return (0, "")
    if standing.state == "permanent":
        return (3, "")
    if standing.due_on is None or standing.provisional:
        return (2, "")
    return (1, standing.due_on.isoformat())


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(left=PAPERS, right=PAPERS)
def test_joining_never_opens_a_paper_nor_lets_it_go_earlier(store, left, right):
    ids = [store.paper(words(s), **values) for s, values in (("a", left), ("b", right))]

    def look(ctx):
        found = (ctx.root.record_at(i) for i in ids)
        return [
            (LEVELS.index(effective_level(r)), r.class_code, rank(r.standing))
            for r in found
        ]

    before = store.see(look)
    try:
        joined(store, *ids)
    except Conflict:
        # One of the two would have gone earlier.
        assert store.see(look) == before
        return
    (level, _, kept), _ = store.see(look)
    assert level == max(b[0] for b in before)
    for _, code, was in before:
        assert code is None or kept >= was
    parted(store, ids[1])
    assert store.see(look) == before


def test_a_date_that_a_person_has_set_for_either_holds_for_both(store):
    one, other = store.paper(WATER), store.paper(EAU)

    def keep(ctx):
        decided = Appraisal(
            verdict="keep",
            reason="r",
            login="olga",
            on=ctx.today(),
            until="2060-01-01",
        )
        ctx.root.records[other].appraisals = (decided,)

    store.do(keep)
    joined(store, one, other)
    last = store.see(lambda ctx: ctx.root.records[one].appraisals[-1])
    assert last.until == "2060-01-01"


def test_what_is_held_is_neither_joined_nor_parted(store):
    one, other = store.paper(WATER), store.paper(EAU)
    order = HoldOrder(title="Inquiry", mandate="Order 7", record_ids=(one,))
    for pair in ((one, other), (other, one)):
        with pytest.raises(Conflict, match="is on hold"):
            store.do(lambda ctx, pair=pair: (place(ctx, order), join(ctx, *pair, "r")))
    joined(store, one, other)
    store.do(lambda ctx: place(ctx, order))
    with pytest.raises(Conflict, match="is on hold"):
        parted(store, other)


def test_a_hold_on_the_old_id_lies_on_the_one_record(store):
    one, other = store.paper(WATER), store.paper(EAU)
    joined(store, one, other)
    order = HoldOrder(title="Inquiry", mandate="Order 7", record_ids=(other,))
    store.do(lambda ctx: place(ctx, order))
    assert store.see(lambda ctx: ctx.root.records[one].is_held)


def test_what_is_on_a_disposal_list_is_not_joined(store):
    one = store.paper(WATER, date="2001-01-01", **{"class": "TEN"})
    other = store.paper(EAU, date="2001-01-01", **{"class": "TEN"})
    store.do(lambda ctx: disposing.propose(ctx, ids=[other]))
    with pytest.raises(Conflict, match="on disposal list"):
        joined(store, one, other)


def test_classes_that_differ_want_a_reason_and_the_second_comes_as_an_obligation(store):
    one = store.paper(WATER, **{"class": "TEN"})
    other = store.paper(EAU, **{"class": "TWENTY"})
    with pytest.raises(Conflict, match="with a reason"):
        joined(store, one, other, reason="")
    joined(store, one, other)
    record = store.see(
        lambda ctx: (
            ctx.root.records[one].class_code,
            ctx.root.records[one].extra_obligations[0].class_code,
            ctx.root.records[one].standing.due_on.isoformat(),
        )
    )
    assert record == ("TEN", "TWENTY", "2040-03-01")


def test_who_may_join_keeps_records(store):
    one, other = store.paper(WATER), store.paper(EAU)
    with pytest.raises(NotAllowed):
        store.do(lambda ctx: join(ctx, one, other, "r"), RESEARCHER)
    with pytest.raises(InvalidRequest, match="itself"):
        joined(store, one, one)
    with pytest.raises(NotFound):
        joined(store, one, "0" * 32)


def test_who_may_not_read_the_one_record_does_not_learn_of_it_by_the_old_id(store):
    one, other = store.paper(WATER, access="closed"), store.paper(EAU)
    assert store.shown(other, ANYONE)["id"] == other
    joined(store, one, other)
    with pytest.raises(NotFound, match=f"no record {other}"):
        store.see(lambda ctx: record_for(ctx, other), ANYONE)


def test_what_was_handed_out_stays_one(store):
    one, other = store.paper(WATER), store.paper(EAU)
    joined(store, one, other)
    store.do(lambda ctx: note_export(ctx, record_id=one))
    with pytest.raises(Conflict, match="handed out"):
        parted(store, other)


def test_what_was_joined_twice_is_parted_in_the_other_order(store):
    first, second, third = (store.paper(words(s)) for s in ("a", "b", "c"))
    joined(store, second, third)
    joined(store, first, second)
    assert store.shown(third)["id"] == first
    assert store.shown(first)["joined"][0]["joined"][0]["id"] == third
    with pytest.raises(Conflict, match="part those first"):
        parted(store, third)
    parted(store, second)
    assert store.shown(third)["id"] == second
    parted(store, third)
    assert store.see(lambda ctx: sorted(ctx.root.records)) == sorted(
        (first, second, third)
    )


def test_attachments_of_both_have_places_of_their_own():
    from recordsvc.model import Expression, Manifestation
    from recordsvc.services.likeness.merging import with_files, without_files

    def file(name, position=""):
        role = "attachment" if position else "original"
        return Manifestation(
            name=name,
            sha256=name,
            bytes=1,
            mime="text/plain",
            role=role,
            position=position,
        )

    own = (Expression(language="en", manifestations=(file("a"), file("b", "1"))),)
    given_ = Expression(
        language="en",
        manifestations=(file("c"), file("d", "1"), file("e", "1.1")),
    )
    both = with_files(own, (given_,))
    places = [f.position for f in both[0].manifestations]
    assert places == ["", "1", "", "2", "2.1"]
    apart, taken = without_files(both, both[0].manifestations[2:])
    assert apart == own
    assert sorted(f.name for f in taken.values()) == ["c", "d", "e"]


def test_a_package_of_a_joined_record_is_not_taken_in_beside_it(store):
    from recordsvc.services.recorddocument import document_of

    one, other = store.paper(WATER), store.paper(EAU)
    document = store.see(lambda ctx: document_of(ctx, ctx.root.records[other]))
    joined(store, one, other)
    with pytest.raises(Conflict, match="was joined to another one here"):
        store.see(lambda ctx: is_new(ctx, document), ADMIN)
