"""The inbox and bulk edits by the command line."""

from pathlib import Path

import pytest

from .conftest import Cli

SCHEDULE = """
[authority]
title = "A"
zone = "UTC"
approved_by = ["C", "D"]
version = 1
effective_from = 2000-01-01
[[class]]
code = "Q"
title = "Questions"
schedule = "TEN"
[[class]]
code = "R"
title = "Reports"
schedule = "TWO"
[[schedule]]
code = "TEN"
title = "Ten"
[[schedule.stage]]
trigger = "created"
period = "P10Y"
action = "destroy"
[[schedule]]
code = "TWO"
title = "Two"
[[schedule.stage]]
trigger = "created"
period = "P2Y"
action = "destroy"
"""


@pytest.fixture(scope="module")
def house(make_store, tmp_path_factory) -> Cli:
    cli = make_store(RECORDSVC_TODAY="2026-06-01")
    folder = tmp_path_factory.mktemp("papers")
    (folder / "s.toml").write_text(SCHEDULE)
    cli.ok("schedule", "import", str(folder / "s.toml"))
    cli.ok("user", "add", "olga", "--role", "officer")
    cli.ok("user", "add", "rita", "--role", "reader")
    return cli


@pytest.fixture
def letters(house: Cli, tmp_path: Path, request) -> list[str]:
    """Three letters of one class, each with a word that only this test has."""
    word = f"w{abs(hash(request.node.name)):x}"
    for number in range(3):
        path = tmp_path / f"{number}.txt"
        path.write_text(f"Letter {number} about ferries, {word}.\n12 May 2020\n")
    lines = house.ingest(
        str(tmp_path), "--recursive", "--class", "Q", "--type", "report"
    )
    return [line["id"] for line in lines]


def test_the_inbox_is_listed_shown_and_accepted(house, letters):
    told = house.ok("triage", "list", "--limit", "1000", "--json").json
    items = {item["id"]: item for item in told["items"]}
    assert set(letters) <= set(items)
    one = items[letters[0]]
    assert one["intake"] in {f["value"] for f in told["facets"]["intake"]}
    mine = house.ok("triage", "list", "--intake", one["intake"], "--json").json
    assert {item["id"] for item in mine["items"]} == set(letters)
    assert letters[0] in house.ok("triage", "list", "--limit", "1000").out
    shown = house.ok("triage", "show", letters[0], "--json").json
    plain = house.ok("triage", "show", letters[0]).out
    for value in shown["values"]:
        assert f"{value['field']} = {value['value']}" in plain
    values = [f"{v['field']}={v['value']}" for v in shown["values"]]
    if values:
        house.ok("triage", "accept", letters[0], *values)
        assert house("triage", "accept", letters[0]).code == 7


def test_a_bulk_edit_is_previewed_done_and_undone(house, letters):
    chosen = [word for record_id in letters for word in ("--id", record_id)]
    change = ("--set", "date=2020-05-13", "--set", "class=R", "--reason", "split")
    told = house.ok("bulk", "preview", *chosen, *change, "--json").json
    assert told["changed"] == 3
    assert told["moves"]["now_due"] == 3
    plain = house.ok("bulk", "preview", *chosen, *change).out
    assert "class: Q → R" in plain
    assert "3 would be due now" in plain
    done = house.ok(
        "bulk", "edit", *chosen, *change, "--seal", told["seal"], "--json"
    ).json
    assert done["counts"] == {"changed": 3}
    assert house.ok("show", letters[0], "--json").json["class"] == "R"
    found = house.ok("search", "class:R", "--json").json
    assert set(letters) <= {hit["id"] for hit in found["hits"]}
    again = house("bulk", "edit", *chosen, *change, "--seal", told["seal"])
    assert again.code == 6
    assert done["id"] in house.ok("bulk", "list").out
    undone = house.ok("bulk", "undo", done["id"], "--json").json
    assert undone["counts"] == {"undone": 3}
    assert house.ok("show", letters[0], "--json").json["class"] == "Q"
    assert house("bulk", "undo", done["id"]).code == 7
    assert house("bulk", "show", "nothing").code == 3


def test_a_held_record_is_named_and_the_act_is_partly_done(house, letters):
    house.ok("hold", "place", "--title", "T", "--mandate", "M", "--id", letters[0])
    chosen = [word for record_id in letters for word in ("--id", record_id)]
    called = house("bulk", "edit", *chosen, "--set", "session=58")
    assert called.code == 5
    assert f"left out: {letters[0]}  on hold" in called.out


def test_all_values_of_a_rule_are_accepted(house, letters):
    shown = house.ok("triage", "show", letters[1], "--json").json
    values = [v for v in shown["values"] if v["rule"]]
    assert values, "nothing was found in the letters by a rule"
    value = values[0]
    rule = ("--rule", value["rule"], "--field", value["field"])
    told = house.ok("triage", "accept", *rule, "--dry-run", "--json").json
    assert told["changed"] >= 1
    done = house("triage", "accept", *rule, "--json")
    assert done.code in {0, 5}
    left = house.ok("triage", "show", letters[1], "--json").json["values"]
    assert value["field"] not in {v["field"] for v in left}


def test_filing_anew_looks_at_every_record(house, letters):
    assert "looked at" in house.ok("triage", "refile").out


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("bulk", "edit", "--query", "x"), 2),
        (("bulk", "edit", "--set", "session=1"), 2),
        (("bulk", "edit", "--id", "nope", "--set", "session=1"), 3),
        (("bulk", "edit", "--class", "Q", "--set", "session"), 2),
        (("bulk", "preview", "--query", "zzzz", "--set", "session=1"), 7),
        (("triage", "accept"), 2),
        (("triage", "accept", "x", "--rule", "y"), 2),
        (("triage", "list", "--reason", "odd"), 2),
        (("triage", "list", "--cursor", "odd"), 2),
        (("--as", "rita", "triage", "list"), 4),
        (("--as", "rita", "bulk", "list"), 4),
        (("--as", "rita", "quarantine", "list"), 4),
        (("--as", "rita", "triage", "refile"), 4),
    ],
)
def test_what_is_asked_wrongly_is_refused(house, words, code):
    assert house(*words).code == code
