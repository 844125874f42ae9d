"""The authority list: whom a name of a paper means, and whom it only may mean."""

import pytest

from recordsvc.model import AgentKind, Question
from recordsvc.model.record import Party
from recordsvc.services import agents, authority
from recordsvc.services.disposal import overwriting
from recordsvc.services.errors import Conflict, NothingToDo

ROWS = [
    {"name": "Désirée van der Walt", "jurisdiction": "za", "variants": "D vd Walt"},
    {"name": "John Smith", "jurisdiction": "za"},
    {"name": "John Smith", "jurisdiction": "gb"},
    {"name": "Jane Smith", "jurisdiction": "za"},
    {"name": "Minister of Police", "kind": "organization", "jurisdiction": "za"},
]


@pytest.fixture
def filled(archive):
    archive.do(lambda ctx: authority.import_agents(ctx, rows(ROWS), is_trial=False))
    return archive


def rows(values):
    return list(enumerate(values, start=2))


def meant(archive, name, jurisdiction="za"):
    def work(ctx):
        party = Party(role="author", name=name)
        (found,) = authority.matched(ctx.root, jurisdiction, [party])
        return found.state, agents.name_of(ctx.root, found.agent), found.score

    return archive.see(work)


@pytest.mark.parametrize(
    ("name", "state", "agent"),
    [
        ("Désirée van der Walt", "matched", "Désirée van der Walt"),
        ("Ms DESIREE VAN DER WALT (DA)", "matched", "Désirée van der Walt"),
        ("D vd Walt", "matched", "Désirée van der Walt"),
        ("D van der Walt", "suggested", "Désirée van der Walt"),
        ("Minister of Police", "matched", "Minister of Police"),
        ("J Smith", "suggested", None),
        ("Smith", "unmatched", ""),
        ("Rui Costa", "unmatched", ""),
    ],
)
def test_a_name_is_matched_or_suggested_by_how_like_it_is(filled, name, state, agent):
    found = meant(filled, name)
    assert found[0] == state
    if agent is not None:
        assert found[1] == agent


def test_one_name_in_two_parliaments_is_two_entries_and_each_keeps_to_its_own(filled):
    assert meant(filled, "John Smith", "za")[0] == "matched"
    assert meant(filled, "John Smith", "gb")[0] == "matched"
    ids = filled.see(lambda ctx: {a["id"] for a in authority.listed(ctx, "John Smith")})
    assert len(ids) == 3


def test_nobody_of_another_parliament_is_matched_silently(filled):
    state, _, score = meant(filled, "Désirée van der Walt", "gb")
    assert (state, score) == ("suggested", 0.5)
    assert meant(filled, "Désirée van der Walt", "")[0] == "suggested"


def test_a_captured_paper_keeps_who_is_meant_with_the_score(filled):
    path = filled.file("a.txt", "A paper")
    (line,) = filled.take_in(path, author="Desiree van der Walt", jurisdiction="za")
    (party,) = filled.record(line["id"], lambda r: r.parties)
    assert (party.state, party.score) == ("matched", 0.97)


def test_a_trial_of_an_import_writes_nothing(archive):
    report = archive.see(
        lambda ctx: authority.import_agents(ctx, rows(ROWS), is_trial=True)
    )
    assert len(report.added) == len(ROWS)
    assert archive.see(authority.listed) == []


def test_an_import_again_changes_nothing_and_a_bad_row_does_not_stop_it(filled):
    more = [*ROWS, {"name": ""}, {"name": "X Y", "kind": "robot"}, {"nam": "Z"}]
    report = filled.do(
        lambda ctx: authority.import_agents(ctx, rows(more), is_trial=False)
    )
    assert (report.added, report.updated, report.unchanged) == ([], [], len(ROWS))
    assert [e["line"] for e in report.errors] == [7, 8, 9]


def test_a_merged_entry_leads_to_the_one_that_stays(filled):
    one, other = (
        filled.see(
            lambda ctx, n=n: next(
                a["id"] for a in authority.listed(ctx) if a["name"] == n
            )
        )
        for n in ("Jane Smith", "Désirée van der Walt")
    )
    before = filled.see(lambda ctx: authority.merge(ctx, one, other, is_trial=True))
    assert meant(filled, "D vd Walt")[1] == "Désirée van der Walt"
    after = filled.do(lambda ctx: authority.merge(ctx, one, other, is_trial=False))
    assert before == after
    assert meant(filled, "D vd Walt")[:2] == ("matched", "Jane Smith")
    assert filled.see(lambda ctx: agents.name_of(ctx.root, other)) == "Jane Smith"
    with pytest.raises(NothingToDo):
        filled.do(lambda ctx: authority.merge(ctx, one, other, is_trial=False))


def test_entries_of_two_parliaments_are_not_merged(filled):
    ids = filled.see(
        lambda ctx: [
            a["id"] for a in authority.listed(ctx) if a["name"] == "John Smith"
        ]
    )
    with pytest.raises(Conflict):
        filled.do(lambda ctx: authority.merge(ctx, *ids, is_trial=False))


def test_a_listed_asker_stays_when_the_last_question_that_named_him_goes(filled):
    def work(ctx):
        listed = agents.keep_party(ctx.root, AgentKind.PERSON, "Jane Smith")
        other = agents.keep_party(ctx.root, AgentKind.PERSON, "Rui Costa")
        question = Question("a" * 32, "NW1E", None)
        question.author, question.addressee = listed, other
        ctx.root.questions["a" * 32] = question
        overwriting.clear_question(ctx, "a" * 32)
        return agents.name_of(ctx.root, listed), other in ctx.root.agents

    assert filled.do(work) == ("Jane Smith", False)
