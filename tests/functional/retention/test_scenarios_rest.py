"""Scenarios 32 to 36 of the acceptance list: verdicts, zones, proof, plans."""

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from retention.loader import load

from .conftest import PLAN, House


def test_scenario_32_a_list_without_every_verdict_is_not_approved(
    house: House,
) -> None:
    records = house.papers("BUS.FIVE", 3, created="2015-01-01")
    made = house.propose(*records)
    judge = ("disposal", "verdict", made)
    house.ok(*judge, "--item", records[0], "--item", records[2], "destroy", by="omar")
    refused = house.refused(6, "disposal", "approve", made, by="ada")
    assert records[1] in refused
    assert records[0] not in refused
    house.refused(7, "disposal", "run", by="olga", on="2026-06-02")
    house.refused(3, *judge, "--item", "nothing", "destroy", by="omar")
    house.refused(2, *judge, "--rest", "shred", by="omar")
    house.refused(2, *judge, "destroy", by="omar")
    house.ok(*judge, "--rest", "destroy", by="omar")
    house.approve(made)
    assert house.json("disposal", "show", made)["state"] == "approved"


@pytest.mark.parametrize(
    ("zone", "due_on"),
    [("Europe/Paris", "2028-01-01"), ("America/Toronto", "2027-01-01")],
)
def test_scenario_33_an_instant_is_a_day_of_the_parliaments_zone(
    bare_house: House,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    zone: str,
    due_on: str,
) -> None:
    house, instant = bare_house, "2025-12-31T23:30:00Z"
    plan = tmp_path / "plan.toml"
    plan.write_text(PLAN.replace("Europe/Paris", zone))
    house.ok("schedule", "import", str(plan))
    record = house.paper("BUS.CLOSED1")
    file = ("--class", "BUS.CLOSED1", "--on", "2025-01-01")
    dossier = house.json("aggregation", "open", "File", *file)["id"]
    house.ok("aggregation", "add", dossier, record)
    house.ok("aggregation", "close", dossier, "--on", instant)
    case = {
        "case": "c",
        "on": "2026-06-01",
        "zone": zone,
        "obligations": [
            {
                "schedule": "CLOSED1",
                "stages": [
                    {
                        "trigger": "closed",
                        "period": "P1Y",
                        "rounding": "year",
                        "action": "destroy",
                    }
                ],
            }
        ],
        "facts": {"closed": instant},
    }
    cases = tmp_path / "cases.jsonl"
    cases.write_text(json.dumps(case))
    told = set()
    for host in ("UTC", "Asia/Tokyo", "Pacific/Kiritimati", "America/Toronto"):
        monkeypatch.setenv("TZ", host)
        time.tzset()
        pure = house.ok("retention", "evaluate", str(cases)).lines[0]
        told.add((house.explain(record)["due_on"], pure["due_on"]))
        assert house.due(due_on) == [record]
    monkeypatch.undo()
    time.tzset()
    assert told == {(due_on, due_on)}


def altered(lines: list[str]) -> int:
    lines[2] = lines[2].replace('"outcome":"success"', '"outcome":"failure"')
    return 2


def removed(lines: list[str]) -> int:
    del lines[3]
    return 3


def reordered(lines: list[str]) -> int:
    lines[4], lines[5] = lines[5], lines[4]
    return 4


@pytest.mark.parametrize("tamper", [altered, removed, reordered])
def test_scenario_34_a_changed_trail_names_its_first_bad_entry(
    house: House, tamper: Callable[[list[str]], int]
) -> None:
    house.papers("BUS.FIVE", 4, created="2015-01-01")
    sound = house.json("audit", "verify")
    assert (sound["valid"], sound["first_bad"]) == (True, None)
    trail = house.cli.data_dir / "audit" / "audit.jsonl"
    lines = trail.read_text().splitlines(keepends=True)
    assert len(lines) > 6
    first_bad = tamper(lines)
    trail.write_text("".join(lines))
    found = house.json("audit", "verify", code=8)
    assert (found["valid"], found["first_bad"]) == (False, first_bad)


def test_scenario_34_the_entry_of_a_destruction_is_sealed_before_bytes_go(
    house: House, process: Callable[..., int]
) -> None:
    record = house.paper("BUS.FIVE", created="2015-01-01")
    sha256 = house.show(record)["components"][0]["sha256"]
    house.approved(record)
    fault = {"RECORDSVC_FAULT": "disposal.after_seal:kill"}
    run = ("--as", "olga", "disposal", "run")
    assert process(house, *run, on="2026-06-02", **fault) == -9
    stored = house.cli.data_dir / "bitstreams"
    assert len(list(stored.rglob(sha256))) == 1
    trail = (house.cli.data_dir / "audit" / "audit.jsonl").read_text().splitlines()
    kinds = [e["kind"] for e in map(json.loads, trail) if e["subject"] == record]
    assert kinds[-1] == "destruction"
    house.ok("disposal", "run", by="olga", on="2026-06-02")
    assert list(stored.rglob(sha256)) == []
    house.ok("audit", "verify")


def test_scenario_35_a_schedule_goes_out_and_comes_in_as_it_was(
    house: House, bare_house_beside: House, tmp_path: Path
) -> None:
    second = PLAN.replace("version = 1", "version = 2").replace(
        "effective_from = 2000-01-01", "effective_from = 2026-06-01\nsupersedes = 1"
    )
    path = tmp_path / "v2.toml"
    path.write_text(second.replace("Records Act 2004 s. 12", "Records Act 2026 s. 3"))
    house.ok("schedule", "import", str(path))
    other = bare_house_beside
    for number in ("1", "2"):
        text = house.ok("schedule", "export", "--version", number).out
        out = tmp_path / f"out-{number}.toml"
        out.write_text(text)
        other.ok("schedule", "import", str(out))
        again = other.ok("schedule", "export", "--version", number).out
        assert again == text
        assert load(again) == load(text)
    assert load(house.ok("schedule", "export").out) == load(path.read_text())
    kept = ("version", "title", "state", "supersedes", "effective_from")
    here, there = (
        [{k: v[k] for k in kept} for v in h.json("schedule", "list")["versions"]]
        for h in (house, other)
    )
    assert here == there
    assert [v["supersedes"] for v in here] == [None, 1]
    plans = [h.json("class", "list")["classes"] for h in (house, other)]
    names = ("code", "title", "parent", "schedule", "vital_review")
    told = [[{n: c[n] for n in names} for c in plan] for plan in plans]
    assert told[0] == told[1]


def test_scenario_35_a_bad_row_refuses_the_whole_file_with_every_error(
    bare_house: House, tmp_path: Path
) -> None:
    bad = (
        PLAN.replace('period = "P3Y"', 'period = "three years"')
        .replace('schedule = "FOUR"', 'schedule = "GONE"')
        .replace('trigger = "legislature_end"', 'trigger = "the_end"')
        .replace('action = "transfer"', 'action = "give away"')
    )
    path = tmp_path / "bad.toml"
    path.write_text(bad)
    refused = bare_house.refused(2, "schedule", "import", str(path))
    for word in ("three years", "GONE", "the_end", "give away"):
        line = next(n for n, row in enumerate(bad.splitlines(), 1) if word in row)
        assert f"line {line}:" in refused, word
    assert bare_house.json("schedule", "list")["versions"] == []
    assert bare_house.json("class", "list")["classes"] == []


def test_scenario_36_vital_records_are_looked_at_in_their_cycle(house: House) -> None:
    below = house.paper("VIT.SUB", "Vital, below")
    above = house.paper("VIT", "Vital")
    plain = house.paper("BUS.FIVE")

    def next_reviews(on: str) -> dict[str, tuple[str, bool]]:
        found = house.json("retention", "reviews", "--on", on)["items"]
        return {i["id"]: (i["review_on"], i["overdue"]) for i in found}

    assert next_reviews("2027-05-31") == {}
    day = ("2027-06-01", False)
    assert next_reviews("2027-06-01") == {below: day, above: day}
    house.ok("class", "edit", "VIT", "--vital-review", "P6M")
    assert next_reviews("2026-11-30") == {}
    late = ("2026-12-01", True)
    assert next_reviews("2026-12-02") == {below: late, above: late}
    text = house.ok("retention", "reviews", "--on", "2026-12-02").out
    assert "2 of them overdue" in text
    reviewed = ("retention", "reviewed", below)
    house.refused(4, *reviewed, by="rita")
    found = house.json(*reviewed, by="olga", on="2026-12-05")
    assert (found["reviewed_on"], found["review_on"]) == ("2026-12-05", "2027-06-05")
    assert next_reviews("2026-12-06") == {above: late}
    house.refused(6, "retention", "reviewed", plain, by="olga")
    house.ok("class", "edit", "VIT.SUB", "--vital-review", "P2Y")
    assert set(next_reviews("2028-12-04")) == {above}
    assert next_reviews("2028-12-05")[below] == ("2028-12-05", False)
