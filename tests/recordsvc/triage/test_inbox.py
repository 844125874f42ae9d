"""The inbox: what waits, why, with which evidence; and what confirming does."""

import pytest

from recordsvc.jobs.doing import finish
from recordsvc.jobs.inbox import file_anew
from recordsvc.model.record import Statement
from recordsvc.services import description
from recordsvc.services.context import SYSTEM
from recordsvc.services.described import Described
from recordsvc.services.errors import Conflict, InvalidRequest, NotAllowed, NothingToDo
from recordsvc.services.redescribing import redescribe
from recordsvc.services.triage import filing
from recordsvc.services.triage.confirming import confirm
from recordsvc.services.triage.inbox import Sieve, inbox, next_of
from recordsvc.services.triage.suggestions import suggestions

from .conftest import DATE, LIBRARIAN, READER, TITLE, TYPE, found, house_in

SURE = {"class": "Q"}


def waits(house, **sieve):
    told = house.see(lambda ctx: inbox(ctx, Sieve(**sieve)))
    return {item["id"]: item["reasons"] for item in told["items"]}


def test_a_paper_whose_values_are_sure_does_not_wait(house):
    house.paper(TITLE, DATE, TYPE, **SURE)
    assert waits(house) == {}


@pytest.mark.parametrize(
    ("statements", "reason"),
    [
        ((DATE, TYPE), "missing-title"),
        ((TITLE, TYPE), "missing-date"),
        ((TITLE, DATE), "missing-type"),
        ((TITLE, found("date", "2020-05-12", 0.4), TYPE), "unsure"),
        ((TITLE, found("date", "2020-05-12", how="inferred"), TYPE), "inferred"),
        ((TITLE, DATE, found("date", "2019-01-02"), TYPE), "conflict"),
    ],
)
def test_every_reason_is_told(house, statements, reason):
    paper = house.paper(*statements, **SURE)
    assert waits(house) == {paper: [reason]}


def test_without_a_class_it_waits_until_it_is_put_into_one(house):
    from recordsvc.services.classification.filing import classify

    paper = house.paper(TITLE, DATE, TYPE)
    assert waits(house) == {paper: ["missing-class"]}
    house.do(lambda ctx: classify(ctx, paper, "Q"))
    assert waits(house) == {}


def test_the_inbox_is_filtered_by_reason_intake_and_legislature(house):
    one = house.paper(TITLE, TYPE, intake="i1", jurisdiction="za", **SURE)
    two = house.paper(DATE, TYPE, intake="i1", jurisdiction="ke", **SURE)
    three = house.paper(TITLE, TYPE, intake="i2", jurisdiction="ke", **SURE)
    assert set(waits(house, reason="missing-date")) == {one, three}
    assert set(waits(house, intake="i1")) == {one, two}
    assert set(waits(house, legislature="ke", reason="missing-date")) == {three}
    told = house.see(inbox)["facets"]
    assert told["intake"] == [{"value": "i1", "count": 2}, {"value": "i2", "count": 1}]
    with pytest.raises(InvalidRequest, match="missing-title"):
        waits(house, reason="nonsense")


def test_pages_of_the_inbox_hold_each_paper_once(house):
    papers = {house.paper(TITLE, TYPE, **SURE) for _ in range(5)}
    seen, cursor = [], ""
    while True:
        page = house.see(lambda ctx, at=cursor: inbox(ctx, limit=2, cursor=at))
        seen += [item["id"] for item in page["items"]]
        cursor = page.get("cursor", "")
        if not cursor:
            break
    assert len(seen) == 5
    assert set(seen) == papers


def test_next_goes_round_and_passes_over_what_waits_no_more(house):
    first, second = sorted(house.paper(TITLE, TYPE, **SURE) for _ in range(2))
    after = house.see(lambda ctx: next_of(ctx, first, Sieve()))
    assert after == second
    assert house.see(lambda ctx: next_of(ctx, second, Sieve())) == first


def test_a_suggestion_shows_the_words_it_was_read_from_and_other_candidates(house):
    paper = house.paper(
        TITLE,
        found("date", "2020-05-12", 0.4, rule="any:first-day"),
        TYPE,
        text="Report on\ndrinking water\nTabled 12 May 2020, printed 3 June 2020.",
        **SURE,
    )
    told = house.see(lambda ctx: suggestions(ctx, paper))
    values = {v["field"]: v for v in told["values"]}
    assert values["date"]["rule"] == "any:first-day"
    assert values["date"]["confidence"] == 0.4
    assert values["date"]["doubt"] == "unsure"
    assert values["date"]["quote"]["match"] == "12 May 2020"
    assert values["date"]["quote"]["page"] == 1
    assert [c["value"] for c in values["date"]["candidates"]] == ["2020-06-03"]
    assert values["title"]["quote"]["match"] == "Report on drinking water"
    assert values["title"]["doubt"] is None


def test_confirming_keeps_the_value_its_evidence_and_says_who(house):
    paper = house.paper(TITLE, found("date", "2020-05-12", 0.4), TYPE, **SURE)
    house.do(lambda ctx: confirm(ctx, paper, [("date", "2020-05-12")]), LIBRARIAN)
    first, second = (s for s in house.of(paper, "statements") if s.field == "date")
    assert (first.how, first.rule, first.page) == ("confirmed", "lena", 1)
    assert (second.how, second.confidence) == ("extracted", 0.4)
    assert house.of(paper, "date") == "2020-05-12"
    assert waits(house) == {}
    event = house.of(paper, "events")[-1]
    assert (event.type, event.agent, dict(event.facts)) == (
        "confirm",
        "lena",
        {"fields": "date"},
    )


def test_a_provisional_due_date_becomes_firm_by_confirming(house):
    paper = house.paper(TITLE, DATE, TYPE, **SURE)
    before = house.of(paper, "standing")
    assert before.provisional
    assert before.due_on.isoformat() == "2030-05-12"
    assert house.see(lambda ctx: list(ctx.root.by_due)) == []
    house.do(lambda ctx: confirm(ctx, paper, [("date", "2020-05-12")]))
    after = house.of(paper, "standing")
    assert not after.provisional
    assert after.due_on == before.due_on
    assert house.see(lambda ctx: list(ctx.root.by_due)) == [("2030-05-12", paper)]


def test_what_was_not_seen_is_not_confirmed(house):
    paper = house.paper(TITLE, DATE, TYPE, **SURE)
    with pytest.raises(Conflict, match="look at it again"):
        house.do(lambda ctx: confirm(ctx, paper, [("date", "2020-05-13")]))
    with pytest.raises(Conflict, match="moved on"):
        house.do(lambda ctx: confirm(ctx, paper, if_revision=99))


def test_confirming_twice_is_nothing_to_do(house):
    paper = house.paper(TITLE, DATE, TYPE, **SURE)
    house.do(lambda ctx: confirm(ctx, paper))
    with pytest.raises(NothingToDo):
        house.do(lambda ctx: confirm(ctx, paper))


def test_a_correction_settles_a_conflict(house):
    paper = house.paper(TITLE, DATE, found("date", "2019-01-02"), TYPE, **SURE)
    house.do(lambda ctx: description.edit(ctx, paper, {"date": "2019-01-02"}))
    assert waits(house) == {}


def test_a_text_that_comes_later_does_not_undo_what_was_confirmed(house):
    paper = house.paper(TITLE, DATE, TYPE, **SURE)
    house.do(lambda ctx: confirm(ctx, paper))

    def read_again(ctx):
        later = Described(date="1999-01-01", statements=(found("date", "1999-01-01"),))
        redescribe(ctx, ctx.root.records[paper], later)

    house.do(read_again)
    assert house.of(paper, "date") == "2020-05-12"


def test_a_held_record_is_not_confirmed(house):
    paper = house.paper(TITLE, DATE, TYPE, **SURE)
    house.hold(paper)
    with pytest.raises(Conflict, match="on hold"):
        house.do(lambda ctx: confirm(ctx, paper))


def test_who_may_not_edit_sees_no_inbox(house):
    with pytest.raises(NotAllowed, match=r"record\.edit"):
        house.see(inbox, READER)


def test_what_a_person_may_not_read_does_not_stand_in_the_inbox(house):
    house.paper(TITLE, TYPE, access="closed", **SURE)
    assert house.see(inbox, LIBRARIAN)["items"] == []
    assert len(house.see(inbox)["items"]) == 1


def test_another_setting_is_taken_over_by_filing_anew(tmp_path):
    with house_in(tmp_path / "store") as house:
        paper = house.paper(TITLE, found("date", "2020-05-12", 0.8), TYPE, **SURE)
        assert waits(house) == {}
        house.service.settings = type(house.service.settings)(
            **{
                name: getattr(house.service.settings, name)
                for name in house.service.settings.__slots__
            }
            | {"triage_confidence": 0.85}
        )
        assert house.see(inbox)["stale"]
        job = house.do(lambda ctx: filing.request(ctx).id, SYSTEM)
        assert finish(house.service, job, file_anew) == {"done": "1"}
        told = house.see(inbox)
        assert not told["stale"]
        assert [item["id"] for item in told["items"]] == [paper]


def test_a_statement_that_was_entered_decides_its_field(house):
    paper = house.paper(
        TITLE,
        Statement(field="date", value="2020-01-01", how="entered", rule="olga"),
        found("date", "2020-05-12", 0.2),
        TYPE,
        **SURE,
    )
    assert paper not in waits(house)
