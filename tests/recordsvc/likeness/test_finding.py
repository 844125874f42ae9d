"""Alike papers are found after the capture, and the policy is followed."""

import pytest

from recordsvc.jobs.likening import Likener
from recordsvc.jobs.sealer import Sealer
from recordsvc.services import linking
from recordsvc.services.description import edit
from recordsvc.services.errors import Conflict, NotAllowed, NotFound
from recordsvc.services.likeness import deciding, following
from recordsvc.settings import SettingsError, settings_from

from .conftest import ANYONE, OFFICER, READER, RESEARCHER, words

WATER = words("water")
EAU = words("eau")
B1, B1B = "za.bill:b12-2019", "za.bill:b12b-2019"


def kinds(store, actor=OFFICER):
    return sorted(pair["kind"] for pair in store.pairs(actor))


def test_the_same_text_waits_for_a_person(store):
    one, other = store.paper(WATER), store.paper(WATER.upper())
    assert store.pairs() == []
    tally = store.look()
    assert (tally.looked_at, tally.suggested) == (2, 1)
    (pair,) = store.pairs()
    assert {pair["first"]["id"], pair["second"]["id"]} == {one, other}
    assert (pair["kind"], pair["score"], pair["state"]) == ("same-text", 1.0, "waiting")


def test_one_paper_in_another_format_is_joined_by_itself_when_its_number_agrees(store):
    one = store.paper(WATER, number=B1)
    other = store.paper(WATER, number=B1, mime="application/pdf")
    assert store.look().joined == 1
    assert store.pairs() == []
    shown = store.shown(other)
    assert shown["id"] == one
    assert [c["mime"] for c in shown["components"]] == ["text/plain", "application/pdf"]


def test_a_format_without_a_number_waits(store):
    store.paper(WATER)
    store.paper(WATER, mime="application/pdf")
    store.look()
    assert kinds(store) == ["format"]


def test_two_papers_that_the_law_treats_otherwise_are_not_joined_by_themselves(store):
    store.paper(WATER, number=B1, access="open")
    store.paper(WATER, number=B1, mime="application/pdf", access="internal")
    assert store.look().joined == 0
    assert kinds(store) == ["format"]


def test_another_language_waits_and_another_print_is_linked(store):
    one = store.paper(WATER, number=B1)
    store.paper(EAU, number=B1, language="fr")
    newer = store.paper(
        f"{WATER} as amended by the committee of the whole House",
        number=B1B,
        date="2020-09-01",
    )
    tally = store.look()
    # The French text may belong to either print: a person says so.
    assert (tally.linked, kinds(store).count("language")) == (1, 2)
    alike = {a["kind"]: a for a in store.shown(one)["alike"]}
    assert alike["version"]["other"]["id"] == newer
    assert (alike["version"]["newer"], alike["version"]["state"]) == (True, "automatic")
    assert alike["language"]["state"] == "waiting"


def test_looking_again_changes_nothing(store):
    store.paper(WATER, number=B1)
    store.paper(f"{WATER} amended", number=B1B, date="2021-01-01")
    store.paper(WATER)
    store.look()
    before = store.pairs()
    revisions = store.see(lambda ctx: [r.revision for r in ctx.root.records.values()])
    with Likener(store.service) as likener:
        assert likener.look_at_all().looked_at == 3
    assert store.pairs() == before
    assert revisions == store.see(
        lambda ctx: [r.revision for r in ctx.root.records.values()]
    )


def test_unlike_papers_leave_their_traits_and_nothing_else(store):
    for subject in ("fish", "roads", "schools"):
        store.paper(words(subject))
    store.look()
    book = store.see(lambda ctx: (len(ctx.root.likeness.traits), len(ctx.root.links)))
    assert book == (3, 0)
    assert store.pairs() == []


def test_a_pair_that_is_none_any_more_is_forgotten(store):
    one = store.paper(WATER, number=B1)
    store.paper(EAU, number=B1, language="fr")
    store.look()
    assert kinds(store) == ["language"]
    store.do(lambda ctx: edit(ctx, one, {"identifier": "B 77-2019"}))
    store.look()
    assert store.pairs() == []


def test_a_broken_off_look_goes_on_where_it_was(store, monkeypatch):
    monkeypatch.setattr(following, "RECORDS", 1)
    for _ in range(3):
        store.paper(WATER)
    with Sealer(store.service) as sealer:
        sealer.drain()
    with Likener(store.service, _stop) as likener, pytest.raises(KeyboardInterrupt):
        likener.catch_up()
    assert len(store.see(lambda ctx: tuple(ctx.root.likeness.traits))) == 1
    assert store.look().looked_at == 2
    assert kinds(store) == ["same-text"] * 3


def _stop(_tally):
    raise KeyboardInterrupt


def test_what_was_rejected_is_not_proposed_again(store):
    store.paper(WATER)
    store.paper(WATER)
    store.look()
    (pair,) = store.pairs()
    assert store.do(lambda ctx: deciding.reject(ctx, [pair["id"]])) == [pair["id"]]
    with Likener(store.service) as likener:
        likener.look_at_all()
    assert store.pairs() == []


def test_a_reader_is_told_nothing_of_a_closed_paper(store):
    one = store.paper(WATER)
    store.paper(WATER, access="closed", title="Secret")
    store.look()
    assert kinds(store) == ["same-text"]
    assert store.pairs(RESEARCHER) == []
    assert store.shown(one, RESEARCHER)["alike"] == []
    (pair,) = store.pairs()
    with pytest.raises(NotFound):
        store.see(lambda ctx: deciding.pair_of(ctx, pair["id"]), RESEARCHER)
    assert store.shown(one, ANYONE)["alike"] == []


def test_suggestions_are_not_for_readers_and_decisions_for_keepers_alone(store):
    one = store.paper(WATER)
    store.paper(WATER)
    store.look()
    (pair,) = store.pairs(RESEARCHER)
    assert store.shown(one, READER)["alike"] == []
    for actor in (READER, RESEARCHER):
        with pytest.raises(NotAllowed):
            store.do(lambda ctx: deciding.accept(ctx, pair["id"]), actor)


def test_an_accepted_version_starts_the_clock_of_the_older_paper(store):
    old = store.paper(WATER, number=B1, **{"class": "OLD"})
    store.paper(f"{WATER} amended", number=B1B, date="2021-01-01", **{"class": "OLD"})
    store.look()

    def superseded(ctx):
        record = ctx.root.records[old]
        due = record.standing.due_on
        return str(record.superseded_on), str(due), record.standing.state

    # What a program has linked sets no clock going.
    assert store.see(superseded) == ("None", "None", "awaiting_trigger")
    (pair,) = store.pairs()
    assert pair["state"] == "automatic"
    link = store.do(lambda ctx: deciding.accept(ctx, pair["id"])).link
    assert store.see(superseded)[:2] == ("2026-06-01", "2027-06-01")
    assert store.pairs() == []
    store.do(lambda ctx: linking.reject(ctx, link))
    assert store.see(superseded)[0] == "None"


def test_a_researchers_link_starts_no_clock(store):
    old, new = store.paper(WATER), store.paper(EAU)
    for actor, day in ((RESEARCHER, None), (OFFICER, "2026-06-01")):
        link = store.do(
            lambda ctx: linking.add(ctx, "versionOf", new, old, "it says so").id, actor
        )
        found = store.see(lambda ctx: ctx.root.records[old].superseded_on)
        assert (found and found.isoformat()) == day
        store.do(lambda ctx, link=link: linking.reject(ctx, link))


def test_all_of_a_kind_are_accepted_when_the_number_is_right(store):
    for subject in ("fish", "roads"):
        for _ in range(2):
            store.paper(words(subject))
    store.look()
    with pytest.raises(Conflict, match="2 pairs of that kind wait now, not 3"):
        store.do(lambda ctx: deciding.of_kind(ctx, "same-text", 3))

    def accept(ctx):
        pairs = deciding.of_kind(ctx, "same-text", 2)
        return deciding.accept_each(ctx, pairs)

    done, refused = store.do(accept)
    assert (len(done), refused) == (2, [])
    assert store.see(lambda ctx: len(ctx.root.records)) == 2


def test_a_refused_pair_does_not_hinder_the_others(store):
    from recordsvc.services.disposal.holding import HoldOrder, place

    held = store.paper(words("fish"))
    for subject in ("fish", "roads", "roads"):
        store.paper(words(subject))
    store.look()
    order = HoldOrder(title="Inquiry", mandate="Order 7", record_ids=(held,))
    store.do(lambda ctx: place(ctx, order))

    def accept(ctx):
        return deciding.accept_each(ctx, deciding.of_kind(ctx, "same-text", 2))

    done, ((_, why),) = store.do(accept)
    assert len(done) == 1
    assert "is on hold" in why
    assert kinds(store) == ["same-text"]


@pytest.mark.parametrize(
    ("key", "value"), [("version", "auto"), ("format", "ask"), ("near_same", "join")]
)
def test_a_policy_that_is_none_is_refused(key, value):
    with pytest.raises(SettingsError, match="it may be"):
        settings_from(
            {f"recordsvc.likeness_{key}": value}, {"RECORDSVC_DATA_DIR": "/nowhere"}
        )


def test_never_means_never(make):
    store = make(same_text="never", version="never")
    store.paper(WATER, number=B1)
    store.paper(f"{WATER} amended", number=B1B, date="2021-01-01")
    store.paper(WATER)
    store.look()
    assert "same-text" not in kinds(store)
    assert "version" not in kinds(store)


def test_a_thousand_papers_of_one_text_make_a_bounded_number_of_pairs(
    store, monkeypatch
):
    from recordsvc.services.likeness import candidates, considering

    monkeypatch.setattr(candidates, "MAX_JUDGED", 5)
    monkeypatch.setattr(considering, "MAX_KEPT", 3)
    for _ in range(30):
        store.paper(WATER)
    store.look()
    assert len(store.pairs()) <= 30 * 3
