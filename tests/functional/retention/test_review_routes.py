"""Units of a review route: each judges in its turn, none is passed over."""

import json
from pathlib import Path
from typing import Any

import pytest

from .conftest import House

PLAN = Path(__file__).parent / "routes.toml"
VERDICT = ("disposal", "verdict")


@pytest.fixture
def house(bare_house: House) -> House:
    """Return a house whose schedule has routes."""
    bare_house.ok("schedule", "import", str(PLAN))
    return bare_house


def shown(house: House, made: str, record: str) -> dict[str, Any]:
    """Return an item of a list."""
    items = house.json("disposal", "show", made)["items"]
    return next(item for item in items if item["id"] == record)


def narrowed(house: House, made: str, *words: str, by: str = "olga") -> list[str]:
    """Return the ids that a narrowed view of a list shows."""
    found = house.json("disposal", "show", made, *words, by=by)
    return [item["id"] for item in found["items"]]


def test_every_unit_judges_in_its_turn_before_a_list_is_approved(house: House) -> None:
    record = house.paper("BUS.ROUTED", created="2015-01-01")
    made = house.propose(record)
    item = shown(house, made, record)
    assert item["route"] == ["LEGAL", "ARCHIVE"]
    assert item["waits_for"] == "LEGAL"
    told = house.refused(6, "disposal", "approve", made, by="ada")
    assert f"{record} (waits for LEGAL)" in told
    house.ok(*VERDICT, made, "--rest", "destroy", "--reason", "no claim", by="omar")
    item = shown(house, made, record)
    assert (item["verdict"], item["waits_for"]) == (None, "ARCHIVE")
    assert [(p["unit"], p["by"], p["reason"]) for p in item["passed"]] == [
        ("LEGAL", "omar", "no claim")
    ]
    told = house.refused(6, "disposal", "approve", made, by="ada")
    assert "waits for ARCHIVE" in told
    house.refused(7, "disposal", "run", by="olga", on="2036-01-01")
    house.ok(*VERDICT, made, "--rest", "destroy", by="arno")
    assert shown(house, made, record)["verdict"] == "destroy"
    house.approve(made)
    assert house.results(made, "2026-06-02") == {record: "destroyed"}
    acts = house.show(record)["tombstone"]["decisions"]
    judged = [(login, why) for kind, login, _, _, why in acts if kind == "judge"]
    assert judged == [("omar", "LEGAL: no claim"), ("arno", "ARCHIVE")]
    signed = json.loads(house.ok("disposal", "certificate", made).out)["certificate"]
    reviewers = [
        d["by"]["login"] for d in signed["decisions"] if d["act"] == "reviewed"
    ]
    assert reviewers == ["omar", "arno"]


def test_a_person_speaks_for_one_unit_of_a_record_alone(house: House) -> None:
    record = house.paper("BUS.ROUTED", created="2015-01-01")
    made = house.propose(record)
    house.ok(*VERDICT, made, "--rest", "destroy", by="omar")
    told = house.refused(4, *VERDICT, made, "--all", "destroy", by="omar")
    assert "omar has judged" in told
    assert "for LEGAL already; another person judges it for ARCHIVE" in told
    keep = ("keep", "--until", "2040-01-01", "--reason", "r")
    house.refused(4, *VERDICT, made, "--all", *keep, by="omar")
    house.ok(*VERDICT, made, "--all", "destroy", by="anna")


def test_who_judged_for_the_first_unit_does_not_approve(house: House) -> None:
    record = house.paper("BUS.ROUTED", created="2015-01-01")
    made = house.propose(record)
    house.ok(*VERDICT, made, "--rest", "destroy", by="ada")
    house.ok(*VERDICT, made, "--rest", "destroy", by="omar")
    told = house.refused(4, "disposal", "approve", made, by="ada")
    assert "has judged items" in told


def test_any_unit_of_a_route_can_keep_a_record(house: House) -> None:
    first, second = house.papers("BUS.ROUTED", 2, created="2015-01-01")
    made = house.propose(first, second)
    keep = ("keep", "--until", "2040-01-01", "--reason", "a claim is open")
    house.ok(*VERDICT, made, "--item", first, *keep, by="omar")
    house.ok(*VERDICT, made, "--rest", "destroy", by="omar")
    house.ok(*VERDICT, made, "--item", second, *keep, by="arno")
    states = {
        i["id"]: i["state"] for i in house.json("disposal", "show", made)["items"]
    }
    assert states == {first: "kept", second: "kept"}
    assert house.explain(first)["due_on"] == house.explain(second)["due_on"]
    house.refused(6, "disposal", "approve", made, by="ada")


def test_a_unit_is_shown_only_what_it_may_judge_now(house: House) -> None:
    routed = house.paper("BUS.ROUTED", created="2015-01-01")
    archived = house.paper("BUS.ARCHIVED", created="2015-01-01")
    plain = house.paper("BUS", created="2015-01-01")
    made = house.propose(routed, archived, plain)
    assert narrowed(house, made, "--unit", "LEGAL") == [routed]
    assert narrowed(house, made, "--unit", "ARCHIVE") == [archived]
    assert narrowed(house, made, "--unit", "BUS") == [plain]
    assert narrowed(house, made, "--unit", "NOBODY") == []
    units = {u["unit"]: u for u in house.json("disposal", "show", made)["units"]}
    assert (units["ARCHIVE"]["now"], units["ARCHIVE"]["later"]) == (1, 1)
    house.ok(*VERDICT, made, "--rest", "--unit", "LEGAL", "destroy", by="omar")
    assert narrowed(house, made, "--unit", "LEGAL") == []
    assert set(narrowed(house, made, "--unit", "ARCHIVE")) == {routed, archived}
    house.ok(*VERDICT, made, "--rest", "--unit", "ARCHIVE", "destroy", by="arno")
    assert shown(house, made, plain)["waits_for"] == "BUS"
    house.refused(7, *VERDICT, made, "--rest", "--unit", "LEGAL", "destroy", by="anna")
    told = house.refused(
        6, *VERDICT, made, "--item", routed, "--unit", "LEGAL", "destroy", by="anna"
    )
    assert "does not wait for LEGAL now" in told


def test_each_person_is_shown_what_is_theirs_to_judge(house: House) -> None:
    routed = house.paper("BUS.ROUTED", created="2015-01-01")
    plain = house.paper("BUS", created="2015-01-01")
    made = house.propose(routed, plain)
    house.ok("disposal", "assign", made, "LEGAL", "anna", by="olga")
    assert narrowed(house, made, "--mine") == [], "who proposed judges nothing"
    assert set(narrowed(house, made, "--mine", by="anna")) == {routed, plain}
    assert narrowed(house, made, "--mine", by="omar") == [plain]
    assert narrowed(house, made, "--mine", by="abe") == [plain]
    house.ok(*VERDICT, made, "--item", routed, "destroy", by="anna")
    assert narrowed(house, made, "--mine", by="anna") == [plain]
    assert set(narrowed(house, made, "--mine", by="omar")) == {routed, plain}


def test_who_is_named_for_a_unit_of_a_route_alone_speaks_for_it(house: House) -> None:
    record = house.paper("BUS.ROUTED", created="2015-01-01")
    made = house.propose(record)
    house.refused(3, "disposal", "assign", made, "BUS", "arno", by="olga")
    house.ok("disposal", "assign", made, "ARCHIVE", "arno", by="olga")
    told = house.refused(6, "disposal", "assign", made, "LEGAL", "arno", by="olga")
    assert "goes through ARCHIVE and LEGAL" in told
    house.ok(*VERDICT, made, "--rest", "destroy", by="omar")
    told = house.refused(4, *VERDICT, made, "--rest", "destroy", by="anna")
    assert "items of ARCHIVE are judged by arno" in told
    house.ok(*VERDICT, made, "--rest", "destroy", by="arno")


def test_a_title_edited_between_two_units_takes_the_item_off_the_list(
    house: House,
) -> None:
    record = house.paper("BUS.ROUTED", created="2015-01-01")
    made = house.propose(record)
    house.ok(*VERDICT, made, "--rest", "destroy", by="omar")
    edit = ("edit", record, "title=Another title", "--if-match")
    house.ok(*edit, str(house.show(record)["revision"]))
    assert shown(house, made, record)["state"] == "ejected"


def test_the_units_wait_in_the_words_of_the_command(house: House) -> None:
    record = house.paper("BUS.ROUTED", created="2015-01-01")
    made = house.propose(record)
    told = house.ok("disposal", "show", made).out
    assert "waits for LEGAL" in told
    assert "LEGAL (any reviewer): 1 to be judged now" in told
    assert "ARCHIVE (any reviewer): 0 to be judged now, 1 after other units" in told


def test_a_list_tells_its_units_over_http_too(house: House) -> None:
    record = house.paper("BUS.ROUTED", created="2015-01-01")
    made = house.propose(record)
    with house.client("omar") as client:
        path = f"/api/v1/disposal/lists/{made}"
        found = client.get(f"{path}?unit=LEGAL&only=mine").json
        assert [i["id"] for i in found["items"]] == [record]
        assert found["items"][0]["may_judge"]
        asked = {"verdict": "destroy", "scope": "rest", "unit": "ARCHIVE"}
        client.post_json(f"{path}/verdicts", asked, status=409)
        client.post_json(f"{path}/verdicts", asked | {"unit": "LEGAL"})
        (item,) = client.get(f"{path}?unit=ARCHIVE").json["items"]
        assert (item["waits_for"], item["may_judge"]) == ("ARCHIVE", False)
        page = client.get(f"/disposal/{made}")
        assert "Waits for ARCHIVE" in page
        assert not [f for f in page.forms.values() if "item" in f.fields]
    with house.client("arno") as client:
        page = client.get(f"/disposal/{made}?unit=ARCHIVE")
        assert "Only what ARCHIVE may judge now" in page
        assert "Judge the 1 record without a verdict" in page
        (form,) = [f for f in page.forms.values() if f.action.endswith("/judge")]
        form["verdict"] = "destroy"
        page = form.submit("scope", value="rest", status=303).follow()
        assert shown(house, made, record)["verdict"] == "destroy"


def test_nobody_is_named_for_a_unit_who_can_give_no_verdict(house: House) -> None:
    record = house.paper("BUS.ROUTED", created="2015-01-01")
    made = house.propose(record)
    told = house.refused(6, "disposal", "assign", made, "LEGAL", "olga", by="olga")
    assert "olga cannot judge on list" in told
    assert "who proposes, who judges and who approves are different people" in told
    told = house.refused(6, "disposal", "assign", made, "LEGAL", "rita", by="olga")
    assert "the role reader gives no verdicts; name another" in told
    house.refused(3, "disposal", "assign", made, "LEGAL", "nobody", by="olga")
    units = house.json("disposal", "show", made, by="olga")["units"]
    assert {unit["reviewer"] for unit in units} == {None}
    house.ok("disposal", "assign", made, "LEGAL", "omar", by="olga")
