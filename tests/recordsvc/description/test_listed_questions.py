"""Questions of an order paper become records that are linked to it."""

import pytest

from recordsvc.services import agents
from recordsvc.services.errors import Conflict, NothingToDo
from recordsvc.services.listedquestions import LISTED_IN, keep_listing, listing_of
from recordsvc.services.questions import register

PAPER = """ASSEMBLY OF TESSARA
Twelfth Legislature, Third Session
OP 12/045
Order paper for Thursday 18 April 2024
Oral questions
1. Garrick Penhollow to ask the Minister of Transport when the ferry will sail again.
2. Delia Marchetane to ask the Minister of the Environment whether the wells are clean.
Business of the day
3. Second reading of the Drinking Water Bill.
"""


@pytest.fixture
def paper(archive):
    path = archive.file("op.txt", PAPER)
    (line,) = archive.take_in(path, type="order-paper", jurisdiction="xt")
    return line["id"]


def listing(archive, paper):
    return archive.see(lambda ctx: listing_of(ctx, paper))


def test_a_trial_shows_the_questions_and_writes_nothing(archive, paper):
    found = listing(archive, paper)
    lines = archive.see(lambda ctx: keep_listing(ctx, found, is_trial=True))
    assert [(x["number"], x["asker"], x["page"], x["id"]) for x in lines] == [
        ("1", "Garrick Penhollow", 1, None),
        ("2", "Delia Marchetane", 1, None),
    ]
    assert archive.see(register) == []


def test_each_question_is_a_record_linked_to_the_paper_with_its_page(archive, paper):
    found = listing(archive, paper)
    lines = archive.do(lambda ctx: keep_listing(ctx, found))
    assert [x["status"] for x in lines] == ["added", "added"]

    def look(ctx):
        record = ctx.root.records[lines[0]["id"]]
        (link_id,) = ctx.root.link_ids(record.id)
        link = ctx.root.links[link_id]
        question = ctx.root.questions[record.id]
        parties = agents.parties_of(ctx.root, question)
        return (
            record.type,
            record.jurisdiction,
            link.type,
            link.target,
            (link.evidence[0].page),
            parties,
            {s.field: s.page for s in record.statements},
        )

    kind, place, link, target, page, parties, pages = archive.see(look)
    assert (kind, place, link, target, page) == ("question", "xt", LISTED_IN, paper, 1)
    assert parties["author"] == "Garrick Penhollow"
    assert parties["addressee"] == "Minister of Transport"
    assert set(pages.values()) == {1}


def test_extracting_again_adds_nothing(archive, paper):
    archive.do(lambda ctx: keep_listing(ctx, listing_of(ctx, paper)))
    count = archive.see(lambda ctx: len(ctx.root.records))
    lines = archive.do(lambda ctx: keep_listing(ctx, listing_of(ctx, paper)))
    assert {x["status"] for x in lines} == {"known"}
    assert archive.see(lambda ctx: len(ctx.root.records)) == count


def test_a_paper_that_changed_meanwhile_is_read_again_first(archive, paper):
    from recordsvc.services.description import edit

    found = listing(archive, paper)
    archive.do(lambda ctx: edit(ctx, paper, {"title": "Another"}))
    with pytest.raises(Conflict):
        archive.do(lambda ctx: keep_listing(ctx, found))


def test_a_paper_without_questions_says_so(archive):
    (line,) = archive.take_in(archive.file("a.txt", "The House met."))
    with pytest.raises(NothingToDo):
        listing(archive, line["id"])


@pytest.mark.real
@pytest.mark.slow
def test_a_south_african_question_paper_gives_all_its_questions(archive, papers):
    (line,) = archive.take_in(papers / "za" / "184530_1.pdf")
    lines = archive.do(lambda ctx: keep_listing(ctx, listing_of(ctx, line["id"])))
    assert len(lines) == 190
    assert all(x["asker"] and x["addressee"] and x["reference"] for x in lines)
