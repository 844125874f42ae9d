"""Ways round the two persons, the schedule and the dossier that must lead nowhere."""

import pytest

from recordsvc.services.classification import filing
from recordsvc.services.disposal import removing
from recordsvc.services.errors import Conflict, NotAllowed
from recordsvc.services.retention import manualdates

from .conftest import ADMIN, ARCHIVIST, OFFICER


def test_what_is_kept_by_hand_is_not_taken_back_by_whoever_captured_it(store):
    paper = store.paper(created="2020-01-01")
    add = {"citation": "Inquiries Act", "reason": "an inquiry asks for it"}
    store.do(lambda ctx: filing.add_obligation(ctx, paper, "BUS", **add).id, OFFICER)

    def kept(ctx):
        return manualdates.keep(ctx, paper, "2040-01-01", "it is needed").id

    store.do(kept, OFFICER)
    with pytest.raises(Conflict, match="second obligation"):
        store.do(lambda ctx: removing.undo_capture(ctx, paper, "a slip"), ADMIN)
    assert store.kinds(paper)[-1] == "appraise"


def test_what_was_decided_to_be_kept_stays_though_it_is_bound_by_nothing(store):
    """An appraisal that came with the record, or of an obligation since removed."""
    paper = store.paper(created="2020-01-01")
    add = {"citation": "Inquiries Act", "reason": "an inquiry asks for it"}
    store.do(lambda ctx: filing.add_obligation(ctx, paper, "BUS", **add).id, OFFICER)

    def kept(ctx):
        return manualdates.keep(ctx, paper, "2040-01-01", "it is needed").id

    store.do(kept, OFFICER)
    store.do(lambda ctx: filing.remove_obligation(ctx, paper, "BUS").id, OFFICER)
    with pytest.raises(Conflict, match="kept by hand"):
        store.do(lambda ctx: removing.undo_capture(ctx, paper, "a slip"), ADMIN)


def put_among_members(store, paper, actor=OFFICER):
    store.do(lambda ctx: filing.classify(ctx, paper, "MEM", reason="his").id, actor)


def ask_back(store, paper, actor=OFFICER):
    def work(ctx):
        return filing.return_to_owner(ctx, paper, to="the Member", reason="asked").id

    store.do(work, actor)


def test_a_paper_without_a_class_does_not_go_by_one_person_as_a_member_s(store):
    """It is kept without end until somebody files it, and takes two to go."""
    paper = store.paper(created="2020-01-01")
    put_among_members(store, paper)
    with pytest.raises(NotAllowed, match=r"moved record \w+ out of none"):
        ask_back(store, paper)
    ask_back(store, paper, ARCHIVIST)
    give = {"record_id": paper, "reason": "asked"}
    with pytest.raises(NotAllowed, match="another gives it back"):
        store.do(lambda ctx: removing.give_back(ctx, **give), OFFICER)
    assert store.kinds(paper)[-1] == "return-requested"


def test_what_came_as_a_member_s_paper_goes_back_by_one_person(store):
    paper = store.paper(created="2020-01-01", **{"class": "MEM"})
    ask_back(store, paper)
    assert store.kinds(paper)[-1] == "return-requested"


def test_what_is_kept_by_hand_does_not_go_back_before_two_persons_say_so(store):
    paper = store.paper(created="2020-01-01", **{"class": "BUS"})
    keep = ("2040-01-01", "an inquiry needs it")
    store.do(lambda ctx: manualdates.keep(ctx, paper, *keep).id, OFFICER)
    put_among_members(store, paper)
    with pytest.raises(Conflict, match="kept until 2040-01-01 by hand"):
        ask_back(store, paper, ARCHIVIST)

    def propose(ctx):
        return manualdates.propose_shortening(ctx, paper, None, "it has ended").id

    store.do(propose, OFFICER)
    store.do(lambda ctx: manualdates.confirm_shortening(ctx, paper).id, ARCHIVIST)
    ask_back(store, paper, ARCHIVIST)
