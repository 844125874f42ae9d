"""What a tombstone keeps, as the file plan says, and what the scan then looks for."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from recordsvc.model import Question
from recordsvc.model.record import Statement
from recordsvc.services import agents
from recordsvc.services.context import Context
from recordsvc.services.disposal import executing, removing, tombstones, traces
from recordsvc.storage.ledger import ledger_path
from recordsvc.storage.ledger_lines import (
    TITLE_BARE,
    TITLE_UNKNOWN,
    Destroyed,
    LedgerEntry,
)

from .conftest import House

PLAN = Path(__file__).parent / "routes.toml"
DAY = "2026-06-02"


@pytest.fixture
def house(bare_house: House) -> House:
    """Return a house whose classes say what survives."""
    bare_house.ok("schedule", "import", str(PLAN))
    return bare_house


def described(house: House, code: str, **said: str) -> str:
    """Capture a question that says much of itself; return its id."""
    record_id = house.paper(
        code,
        "Trawlers and nets",
        **{
            "title": "Trawlers off Brest",
            "identifier": "E-000123/2020",
            "created": "2015-01-01",
            "date__tabled": "2014-12-01",
            **said,
        },
    )

    def say(ctx: Context) -> None:
        record = ctx.root.records[record_id]
        record.titles = (*record.titles, ("fr", "Chalutiers"))
        record.statements = (
            *record.statements,
            Statement(field="subject", value="Fisheries", how="entered"),
            Statement(field="keywords", value="nets", how="entered"),
        )
        question = Question(record_id, "123", "2014-12-01")
        for role, kind in agents.QUESTION_ROLES.items():
            name = f"The {role}"
            setattr(question, role, agents.keep_party(ctx.root, kind, name))
        ctx.root.questions[record_id] = question

    house.do(say)
    return record_id


def tombstone(house: House, record: str) -> dict[str, Any]:
    """Destroy a record and return its tombstone."""
    made = house.approved(record)
    assert house.results(made, DAY) == {record: "destroyed"}
    found = house.show(record)
    assert found["tombstone"]["verification"] == "no trace found"
    return dict(found["tombstone"])


def test_a_class_says_what_survives_beside_what_always_does(house: House) -> None:
    stone = tombstone(house, described(house, "BUS"))
    assert stone["title"] == "Trawlers off Brest"
    assert stone["described"] == [
        ["author", "The author"],
        ["addressee", "The addressee"],
        ["subject", "Fisheries"],
        ["identifier", "E-000123/2020"],
        ["date.created", "2015-01-01"],
        ["date.tabled", "2014-12-01"],
        ["other_title", "Chalutiers"],
        ["language", "en"],
    ]


def test_nothing_more_survives_where_a_class_says_so(house: House) -> None:
    stone = tombstone(house, described(house, "BUS.NONE"))
    assert stone["title"] == "Trawlers off Brest"
    assert stone["described"] == []


def test_what_tells_of_the_content_goes_with_a_title_that_is_closed(
    house: House,
) -> None:
    stone = tombstone(house, described(house, "BUS", access="closed"))
    assert stone["title"] is None
    fields = [field for field, _ in stone["described"]]
    assert fields == [
        *("author", "addressee", "identifier", "date.created", "date.tabled"),
        "language",
    ]


def test_a_stage_may_leave_only_the_proof(house: House) -> None:
    record = described(house, "BARE")
    before = house.show(record)
    made = house.approved(record)
    assert house.results(made, DAY) == {record: "destroyed"}
    found = house.show(record)
    stone = found["tombstone"]
    assert stone["is_bare"]
    assert (found["type"], found["title"]) == (None, "Untitled paper")
    gone = ("title", "language", "created", "declared_on", "closed_on", "trigger_date")
    assert {stone[name] for name in gone} == {None}
    assert (stone["type"], stone["originator"]) == ("", "")
    assert stone["described"] == stone["trace"] == []
    assert stone["class_code"] == "BARE"
    assert stone["authority"] == made
    assert (stone["schedule"], stone["schedule_version"]) == ("BARE", 1)
    assert (stone["due_on"], stone["executor"]) == ("2020-01-01", "olga")
    assert stone["certificate"] == "C000001"
    assert stone["components"] == [
        [c["sha256"], c["bytes"]] for c in before["components"]
    ]
    assert [act[0] for act in stone["decisions"]] == [
        *("propose", "judge", "approve", "approve"),
    ]
    assert stone["verification"] == "no trace found"
    signed = house.ok("disposal", "certificate", made).out
    (item,) = json.loads(signed)["certificate"]["items"]
    assert (item["record"], item["title"]) == (record, None)
    for text in ("Trawlers", "E-000123", "2014-12-01", "The author", "Chalutiers"):
        assert text not in signed
        assert text not in json.dumps(found)
    kept = house.see(lambda ctx: vars(ctx.root.records[record]))
    assert set(kept) <= {
        *("id", "type", "access", "class_code", "aggregation", "events", "revision"),
        *("state", "tombstone", "modified_at"),
    }


def test_only_its_id_finds_what_left_only_the_proof(house: House) -> None:
    bare, other = described(house, "BARE"), described(house, "BUS")
    made = house.approved(bare, other)
    house.run(DAY)
    found = [h["id"] for h in house.json("search", "title:trawlers")["hits"]]
    assert found == [other]
    assert house.json("search", "chalutiers", code=0)["total"] == 0
    house.ok("index", "verify")
    told = house.ok("show", bare).out
    assert "was destroyed; this is its tombstone, which keeps only the proof" in told
    assert made in told
    assert "\ntitle" not in told
    assert "(title not kept)" in house.ok("disposal", "show", made).out
    with house.client("olga") as client:
        page = client.get(f"/records/{bare}", status=410)
        assert "The schedule keeps only what proves the act." in page
        assert "C000001" in page
        assert "Content-Type: text/plain" not in page, "no head of a catalogue"
        assert "Untitled paper" not in page
        assert "type withheld" in client.get("/certificates/C000001")
        page = client.get(f"/disposal/{made}")
        assert "Its title was not kept." in page
        assert "Untitled paper" not in page
        page = client.get(f"/records/{other}", status=410)
        assert "The addressee" in page
        assert "1 December 2014" in page


def test_a_word_of_a_title_that_goes_is_looked_for_in_the_index(house: House) -> None:
    bare = house.paper("BARE", title="On Quokkaologists", created="2015-01-01")
    kept = house.paper("BUS", title="On Wombatologists", created="2015-01-01")

    def sought(ctx: Context, record_id: str) -> set[bytes]:
        record = ctx.root.records[record_id]
        order = tombstones.Order(authority="x", method="m", executor="e")
        stone = tombstones.stone_of(ctx, record, order)
        return set(traces.traces_of(ctx, record, stone))

    word = traces.WORD + b"Quokkaologists"
    assert word in house.see(lambda ctx: sought(ctx, bare))
    assert b"Quokkaologists" not in house.see(lambda ctx: sought(ctx, bare))
    assert not any(
        b"Wombatologists" in sample
        for sample in house.see(lambda ctx: sought(ctx, kept))
    )


def test_what_survives_is_not_taken_for_a_trace(house: House) -> None:
    """The number stands in the text, where it is a word that nobody else has."""
    record = house.paper(
        "BUS",
        "The paper PV20240312X9 speaks of nets",
        identifier="PV20240312X9",
        created="2015-01-01",
    )
    stone = tombstone(house, record)
    assert ["identifier", "PV20240312X9"] in stone["described"]


def test_what_a_class_says_may_be_changed_and_is_remembered(house: House) -> None:
    words = ("--survives-destruction", "author keyword")
    house.ok("class", "edit", "BUS.NONE", *words)
    found = house.json("class", "show", "BUS.NONE")
    assert found["survives_destruction"] == ["author", "keyword"]
    assert found["history"][0]["survives_destruction"] == ["nothing"]
    told = house.ok("class", "show", "BUS.NONE").out
    assert "survives destruction: author keyword" in told
    bad = ("class", "edit", "BUS.NONE", "--survives-destruction", "autor")
    assert "one of nothing, author" in house.refused(2, *bad)
    stone = tombstone(house, described(house, "BUS.NONE"))
    assert [field for field, _ in stone["described"]] == ["author", "keyword"]
    house.ok("class", "edit", "BUS.NONE", "--survives-destruction", "")
    found = house.json("class", "show", "BUS.NONE")
    assert found["survives_destruction"] == []
    assert "addressee" in found["inherited"]["survives_destruction"]


def test_the_pages_of_the_plan_say_what_survives_and_who_judges(house: House) -> None:
    with house.client("olga") as client:
        page = client.get("/schedules/1")
        assert "Judged in this order by: LEGAL › ARCHIVE" in page
        assert "The tombstone tells nothing of the record." in page
        page = client.get("/fileplan/BUS.ROUTED")
        assert "Survives destruction" in page
        assert "Addressee" in page


def test_a_word_of_the_stem_of_a_kept_title_is_not_taken_for_a_trace(
    house: House,
) -> None:
    text = "All administrations were heard"
    record = house.paper("BUS", text, title="Administration", created="2015-01-01")
    assert tombstone(house, record)["title"] == "Administration"


@pytest.mark.parametrize("told", [TITLE_BARE, TITLE_UNKNOWN])
@pytest.mark.parametrize("code", ["BARE", "BUS"])
def test_what_left_only_the_proof_leaves_no_more_after_a_restore(
    house: House, told: str, code: str
) -> None:
    """The ledger says it; where an older line does not, the schedule does."""
    record = described(house, code)
    destroyed = Destroyed(
        record_id=record,
        sha256s=(),
        list_id="ab" * 16,
        destroyed_on=date(2026, 6, 1),
        title=told,
    )
    entry = LedgerEntry(seq=1, prev="0" * 64, hash="1" * 64, destroyed=destroyed)

    def replay(ctx: Context) -> bool:
        run = executing.new_run(ctx, ctx.today())
        return removing.replay(ctx, run.id, entry)

    assert house.do(replay)
    found = house.show(record)
    is_bare = "BARE" in code or told == TITLE_BARE
    assert found["tombstone"]["is_bare"] is is_bare
    assert (found["type"] is None) is is_bare


def test_the_ledger_is_told_that_only_the_proof_was_kept(house: House) -> None:
    bare, other = described(house, "BARE"), described(house, "BUS")
    house.approved(bare, other)
    house.run(DAY)
    (ledger,) = ledger_path(house._settings()).glob("*.jsonl")
    lines = {
        one["record_id"]: one["title"]
        for line in ledger.read_text().splitlines()
        if "record_id" in (one := json.loads(line)) and one["record_id"]
    }
    assert lines[bare] == TITLE_BARE
    assert len(lines[other]) == 64
