"""Manual dates, maximum-keeping duties and far triggers on the command line."""

from pathlib import Path

import pytest

from .conftest import PLAN, House

PERSONAL = """
[[maximum]]
code = "PRIV-2"
title = "Personal data"
citation = ["Data Act s. 5"]
trigger = "created"
period = "P2Y"

[[class]]
code = "PRIV"
title = "Personal data, laid beside"
maximum = "PRIV-2"
"""
LAW = ("--citation", "Data Act s. 5", "--reason", "it names a person")


@pytest.fixture
def personal(house: House, tmp_path: Path) -> House:
    """Return a house whose second version of the schedule has a maximum."""
    file = tmp_path / "plan.toml"
    file.write_text(PLAN.replace("version = 1", "version = 2") + PERSONAL)
    house.ok("schedule", "import", str(file), by="olga")
    return house


def test_one_person_keeps_longer_and_two_let_go_earlier(house: House) -> None:
    paper = house.paper("BUS.FIVE", created="2024-01-01")
    keep = ("retention", "keep", paper)
    why = ("--reason", "wanted by the inquiry")
    house.refused(2, *keep, "--until", "2028-01-01", *why, by="olga")
    house.refused(2, *keep, "--until", "2040-01-01", "--reason", " ", by="olga")
    house.refused(4, *keep, "--until", "2040-01-01", *why, by="lena")
    found = house.json(*keep, "--until", "2040-01-01", *why, by="olga")
    assert (found["due_on"], found["manual"]["justify_by"]) == (
        "2040-01-01",
        "2031-06-01",
    )
    shorten = ("retention", "shorten", paper, "--reason", "it has ended")
    house.refused(2, *shorten, by="olga")
    house.refused(4, *shorten, "--remove")
    house.refused(2, *shorten, "--until", "2028-12-31", by="olga")
    said = house.ok(*shorten, "--until", "2030-01-01", by="olga").out
    assert "olga proposes 2030-01-01; another person confirms it" in said
    assert house.explain(paper)["due_on"] == "2040-01-01"
    house.refused(4, "retention", "confirm", paper, by="olga")
    listed = house.ok("retention", "manual", by="arno").out
    assert "1 proposal to be confirmed:" in listed
    done = house.json("retention", "confirm", paper, by="arno")
    assert done["due_on"] == "2030-01-01"
    told = house.ok("retention", "explain", paper).out
    assert "by arno, proposed by olga: shorten until 2030-01-01" in told
    assert "kept until 2030-01-01 by hand" in told
    assert house.due("2029-12-31") == []
    assert house.due("2030-01-01") == [paper]


def test_a_proposal_is_refused_and_a_permanence_taken_back(house: House) -> None:
    paper = house.paper("BUS.FIVE", created="2024-01-01")
    why = ("--reason", "wanted")
    house.ok("retention", "keep", paper, "--until", "2040-01-01", *why, by="olga")
    house.ok("retention", "shorten", paper, "--remove", *why, by="olga")
    house.ok("retention", "refuse", paper, *why, by="arno")
    house.refused(7, "retention", "confirm", paper, by="arno")
    assert house.explain(paper)["due_on"] == "2040-01-01"


def test_silence_destroys_nothing_and_a_reason_begins_the_clock_anew(
    house: House,
) -> None:
    paper = house.paper("BUS.FIVE", created="2024-01-01")
    why = ("--reason", "wanted")
    house.ok("retention", "keep", paper, "--until", "2050-01-01", *why, by="olga")
    manual = ("retention", "manual")
    assert house.json(*manual)["items"] == []
    assert [i["id"] for i in house.json(*manual, "--all")["items"]] == [paper]
    late = "2031-06-01"
    (item,) = house.json(*manual, on=late)["items"]
    assert (item["id"], item["overdue"]) == (paper, True)
    assert (
        "to be justified by 2031-06-01: 1 manual date" in house.ok(*manual, on=late).out
    )
    assert house.due("2049-12-31") == []
    justify = ("retention", "justify", paper, "--reason", "the appeal is pending")
    found = house.json(*justify, by="arno", on=late)
    assert found["manual"]["justify_by"] == "2036-06-01"
    assert house.json(*manual, on=late)["items"] == []


def test_a_maximum_is_refused_reported_and_stops_nothing(personal: House) -> None:
    house = personal
    held_long = house.paper("BUS.FIVE", created="2015-01-01")
    free = house.paper("BUS.FIVE", created="2015-01-02")
    before = house.explain(held_long)
    house.ok("classify", held_long, "PRIV", "--also", *LAW, by="olga")
    found = house.explain(held_long)
    same = ("state", "due_on", "action", "winner")
    assert [found[n] for n in same] == [before[n] for n in same]
    (bound,) = found["maximums"]
    assert (bound["maximum"], bound["state"]) == ("PRIV-2", "refused")
    report = house.json("retention", "exceptions")["exceptions"]
    assert [(e["id"], e["state"]) for e in report] == [(held_long, "maximum_refused")]
    assert (
        "PRIV-2 wants it gone by 2017-01-01" in house.ok("retention", "exceptions").out
    )
    kinds = [e["type"] for e in house.json("show", held_long)["events"]]
    assert kinds.count("maximum-refused") == 1
    # The others proceed, and so does the record itself on its own day.
    made = house.approved(held_long, free)
    assert set(house.results(made, "2026-06-02").values()) == {"destroyed"}
    stone = house.json("show", held_long)["tombstone"]
    assert any("PRIV-2 is refused" in step for step in stone["trace"])
    assert house.json("retention", "exceptions")["exceptions"] == []


def test_a_class_says_its_maximum_and_the_report_what_is_refused(
    personal: House, tmp_path: Path
) -> None:
    house = personal
    paper = house.paper("BUS.FIVE", created="2024-06-01")
    house.ok("class", "edit", "BUS.FIVE", "--maximum", "PRIV-2", by="olga")
    house.refused(2, "class", "edit", "BUS.FIVE", "--maximum", "NONE", by="olga")
    assert "maximum: PRIV-2" in house.ok("class", "show", "BUS.FIVE").out
    (said,) = house.json("retention", "exceptions")["exceptions"]
    assert (said["id"], said["state"]) == (paper, "maximum_refused")
    for form in ("csv", "toml"):
        file = tmp_path / f"again.{form}"
        file.write_text(house.ok("class", "export", "--format", form).out)
        assert "PRIV-2" in file.read_text()
        house.refused(7, "class", "import", str(file), by="olga")
    assert house.explain(paper)["maximums"][0]["because"] == "later"


def test_a_trigger_far_ahead_is_warned_of(house: House) -> None:
    paper = house.paper("BUS.FIVE", created="2120-01-01")
    (said,) = house.json("retention", "exceptions")["exceptions"]
    assert (said["id"], said["state"], said["day"]) == (
        paper,
        "far_trigger",
        "2120-01-01",
    )
    assert "warning: the trigger" in house.ok("retention", "explain", paper).out


def test_the_pure_evaluation_takes_maximums(house: House, tmp_path: Path) -> None:
    cases = tmp_path / "cases.jsonl"
    cases.write_text(
        '{"case":"c1","on":"2025-03-15","zone":"UTC","obligations":[{"schedule":"S",'
        '"stages":[{"trigger":"closed","period":"P5Y","action":"destroy"}]}],'
        '"maximums":[{"maximum":"P","trigger":"closed","period":"P2Y"}],'
        '"facts":{"closed":"2020-01-01"}}\n'
    )
    found = house.cli("retention", "evaluate", str(cases)).json
    assert (found["state"], found["maximums"][0]["because"]) == ("due", "later")
