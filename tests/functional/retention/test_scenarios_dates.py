"""Scenarios 1 to 15 of the acceptance list: when a record falls due, and why."""

from pathlib import Path

import pytest

from recordsvc.services.context import Context

from .conftest import PLAN, TODAY, House


def test_scenario_1_a_plain_period_is_due_on_its_day(house: House) -> None:
    record = house.paper("BUS.FIVE", created="2020-03-15")
    assert house.explain(record)["due_on"] == "2025-03-15"
    assert house.due("2025-03-14") == []
    assert house.due("2025-03-15") == [record]
    early = ("disposal", "propose", "--on", "2025-03-14")
    assert "nothing is due" in house.refused(7, *early, by="olga")
    made = house.json("disposal", "propose", "--on", "2025-03-15", by="olga")
    assert [i["id"] for i in made["items"]] == [record]
    assert made["items"][0]["due_on"] == "2025-03-15"


@pytest.mark.parametrize(
    ("code", "closed", "due_on"),
    [
        ("BUS.CLOSED10", "2013-01-03", "2024-01-01"),
        ("BUS.CLOSED20", "2010-01-01", "2031-01-01"),
        ("BUS.CLOSED20", "2010-02-21", "2031-01-01"),
    ],
)
def test_scenario_2_a_year_is_rounded_up_before_the_period(
    house: House, code: str, closed: str, due_on: str
) -> None:
    record = house.paper(code, closed=closed)
    found = house.explain(record)
    assert (found["due_on"], found["trigger_date"]) == (due_on, closed)


@pytest.mark.parametrize(
    ("closed", "due_on"),
    [("2024-04-02", "2026-04-01"), ("2024-03-31", "2025-04-01")],
)
def test_scenario_3_a_fiscal_year_begins_on_its_day(
    house: House, closed: str, due_on: str
) -> None:
    record = house.paper("BUS.FISCAL", closed=closed)
    assert house.explain(record)["due_on"] == due_on


def test_scenario_4_a_leap_day_is_kept_to_its_full_end(house: House) -> None:
    one = house.paper("BUS.ONE", created="2024-02-29")
    four = house.paper("BUS.FOUR", created="2024-02-29")
    found = house.explain(one)
    assert found["due_on"] == "2025-02-28"
    assert found["earliest_execution"] == "2025-03-01"
    assert house.explain(four)["due_on"] == "2028-02-29"
    made = house.approved(one, on="2025-02-28")
    house.refused(7, "disposal", "run", by="olga", on="2025-02-28")
    assert house.state(one) == "active"
    assert house.results(made, "2025-03-01") == {one: "destroyed"}


def test_scenario_5_a_missing_trigger_protects_the_record(house: House) -> None:
    record = house.paper("BUS.TABLED", created="1990-01-01")
    found = house.explain(record, "2199-01-01")
    assert (found["state"], found["due_on"]) == ("awaiting_trigger", None)
    assert house.due("2199-01-01") == []
    assert house.exceptions("2199-01-01") == {record: "awaiting_trigger"}
    propose = ("disposal", "propose", "--on", "2199-01-01")
    house.refused(7, *propose, by="olga")
    by_hand = house.refused(6, *propose, "--id", record, by="olga")
    assert "the date that starts its clock is not known" in by_hand
    house.refused(7, "disposal", "run", "--on", "2199-01-01", by="olga")
    status, why = house.deletion(record)
    assert (status, "clock is not known" in why) == (409, True)
    assert house.state(record) == "active"


def test_scenario_6_a_trigger_long_past_makes_due_and_destroys_nothing(
    house: House,
) -> None:
    record = house.paper("BUS.TABLED", date__tabled="1950-01-01")
    found = house.explain(record)
    assert (found["state"], found["due_on"]) == ("due", "1955-01-01")
    house.refused(7, "disposal", "run", by="olga")
    assert house.state(record) == "active"
    made = house.approved(record)
    assert house.results(made, "2026-06-02") == {record: "destroyed"}


def test_scenario_7_an_event_counts_for_the_question_it_names(house: House) -> None:
    ours = house.paper("BUS.PQ", identifier="E-000123/2025", jurisdiction="eu")
    answered = ("event", "record", "question_answered")
    house.ok(*answered, "E-000124/2025", "2024-01-01")
    assert house.explain(ours)["state"] == "awaiting_trigger"
    house.ok(*answered, "E-000123/2025", "2025-06-01")
    found = house.explain(ours)
    assert (found["due_on"], found["trigger_date"]) == ("2027-06-01", "2025-06-01")
    assert house.due("2027-06-01") == [ours]


def test_scenario_8_any_is_started_by_the_first_and_all_waits_for_both(
    house: House,
) -> None:
    any_of, all_of = house.paper("BUS.ANY"), house.paper("BUS.ALL")
    for record in (any_of, all_of):
        assert house.explain(record)["state"] == "awaiting_trigger"
        house.ok("event", "record", "debated", record, "2025-01-10")
    assert house.explain(any_of)["due_on"] == "2026-01-10"
    assert house.explain(all_of)["state"] == "awaiting_trigger"
    for record in (any_of, all_of):
        house.ok("event", "record", "withdrawn", record, "2025-03-20")
    assert house.explain(any_of)["due_on"] == "2026-01-10"
    assert house.explain(all_of)["due_on"] == "2026-03-20"


def test_scenario_9_a_provisional_end_of_the_legislature_makes_nothing_due(
    house: House,
) -> None:
    record = house.paper("BUS.LEG", created="2025-02-01")
    ends = ("event", "record", "legislature_end", "58")
    house.ok(*ends, "2027-06-20", "--provisional")
    found = house.explain(record, "2031-01-01")
    assert found["provisional"] is True
    assert (found["state"], found["due_on"]) == ("running", "2030-06-20")
    assert house.due("2031-01-01") == []
    propose = ("disposal", "propose", "--on", "2031-01-01")
    house.refused(7, *propose, by="olga")
    assert "not confirmed" in house.refused(6, *propose, "--id", record, by="olga")
    house.refused(7, "disposal", "run", "--on", "2031-01-01", by="olga")
    house.ok(*ends, "2027-07-04")
    found = house.explain(record, "2031-01-01")
    assert (found["provisional"], found["due_on"]) == (False, "2030-07-04")
    assert house.due("2030-07-03") == []
    assert house.due("2030-07-04") == [record]


BOTH = ("--also", "--citation", "Audit Act s. 4", "--reason", "accounts hang on it")


def test_scenario_10_the_longest_obligation_wins_in_either_order(house: House) -> None:
    short_first = house.paper("BUS.ONE", created="2024-05-01")
    long_first = house.paper("BUS.THREE", created="2024-05-01")
    house.ok("classify", short_first, "BUS.THREE", *BOTH)
    house.ok("classify", long_first, "BUS.ONE", *BOTH)
    for record in (short_first, long_first):
        found = house.explain(record)
        assert (found["due_on"], found["winner"]) == ("2027-05-01", "THREE")


def test_scenario_11_taking_the_longer_one_away_brings_the_shorter_back(
    house: House,
) -> None:
    record = house.paper("BUS.ONE", created="2024-05-01")
    house.ok("classify", record, "BUS.THREE", *BOTH)
    before = house.explain(record)
    house.ok("classify", record, "BUS.THREE", "--remove")
    after = house.explain(record)
    assert (before["due_on"], after["due_on"]) == ("2027-05-01", "2025-05-01")
    assert after["winner"] == "ONE"
    assert any("THREE" in step for step in before["trace"])
    assert not any("THREE" in step for step in after["trace"])
    changed = [e for e in house.show(record)["events"] if e["type"] == "unoblige"]
    assert [e["facts"] for e in changed] == [{"before": "BUS.THREE"}]


def test_scenario_12_the_unknown_is_the_longest_and_permanent_wins(
    house: House,
) -> None:
    unknown = house.paper("BUS.ONE", created="2000-05-01")
    house.ok("classify", unknown, "BUS.PQ", *BOTH)
    found = house.explain(unknown)
    assert (found["state"], found["due_on"]) == ("awaiting_trigger", None)
    kept = house.paper("BUS.ONE", created="2000-05-01")
    house.ok("classify", kept, "LAW", *BOTH)
    assert house.explain(kept)["state"] == "permanent"
    assert house.due("2199-01-01") == []
    propose = ("disposal", "propose", "--on", "2199-01-01", "--id", kept)
    assert "permanent" in house.refused(6, *propose, by="olga")


def version(number: int, *changes: tuple[str, str], names: int = 2) -> str:
    """Return the plan as a version of today, with changes, approved by so many."""
    text = PLAN.replace("version = 1", f"version = {number}")
    text = text.replace("effective_from = 2000-01-01", f"effective_from = {TODAY}")
    if names < 2:
        text = text.replace(', "Archivist"]', "]")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return text


def longer(code: str, period: str, than: str) -> tuple[str, str]:
    """Return the change that gives a schedule of the plan another period."""
    start = PLAN.index(f'[[schedule]]\ncode = "{code}"\n')
    end = PLAN.index(f'period = "{than}"', start)
    old = PLAN[start:end] + f'period = "{than}"'
    return old, old.replace(than, period)


def test_scenario_13_a_new_version_moves_the_days_and_the_old_one_stays(
    house: House, tmp_path: Path
) -> None:
    gone = house.paper("BUS.ONE", created="2024-01-01")
    made = house.approved(gone)
    assert house.results(made, "2026-06-02") == {gone: "destroyed"}
    records = house.papers("BUS.ONE", 3, created="2026-02-03")
    assert {house.explain(r)["due_on"] for r in records} == {"2027-02-03"}
    first = house.ok("schedule", "export").out
    path = tmp_path / "v2.toml"
    path.write_text(version(2, longer("ONE", "P3Y", "P1Y")))
    assert house.json("schedule", "import", str(path))["state"] == "issued"
    for record in records:
        found = house.explain(record)
        assert (found["due_on"], found["schedule_version"]) == ("2029-02-03", 2)
    assert house.ok("schedule", "export", "--version", "1").out == first
    listed = house.json("schedule", "list")["versions"]
    assert [(v["version"], v["supersedes"]) for v in listed] == [(1, None), (2, 1)]
    stone = house.show(gone)["tombstone"]
    assert (stone["schedule"], stone["schedule_version"]) == ("ONE", 1)
    assert stone["citation"] == ["Records Act 2004 s. 1"]
    assert house.due("2027-02-03") == []


def test_scenario_14_what_if_changes_nothing_and_earlier_needs_acknowledgement(
    house: House, tmp_path: Path
) -> None:
    old = house.papers("BUS.TEN", 2, created="2020-01-01")
    new = house.paper("BUS.TEN", created="2025-01-01")
    other = house.paper("BUS.FIVE", created="2025-01-01")
    path = tmp_path / "v2.toml"
    path.write_text(version(2, longer("TEN", "P2Y", "P10Y"), names=1))
    before = house.see(everything)
    found = house.json("schedule", "simulate", str(path))
    assert house.see(everything) == before
    assert found["counts"] == {
        "earlier": 3,
        "later": 0,
        "changed": 0,
        "unchanged": 1,
        "now_due": 2,
    }
    assert {e["id"] for e in found["earlier"]} == {*old, new}
    assert {e["id"] for e in found["now_due"]} == set(old)
    moved = next(e for e in found["earlier"] if e["id"] == new)
    assert (moved["before"]["due_on"], moved["after"]["due_on"]) == (
        "2035-01-01",
        "2027-01-01",
    )
    assert house.json("schedule", "import", str(path))["state"] == "draft"
    for login in ("arno", "ada"):
        house.ok("schedule", "approve", "2", by=login)
    refused = house.refused(6, "schedule", "issue", "2", by="ada")
    assert "3 records would fall due earlier" in refused
    assert house.explain(old[0])["due_on"] == "2030-01-01"
    house.ok("schedule", "issue", "2", "--acknowledge-earlier", by="ada")
    assert house.explain(old[0])["due_on"] == "2022-01-01"
    assert house.explain(other)["due_on"] == "2030-01-01"


def everything(ctx: Context) -> tuple[object, ...]:
    """Return what no what-if may touch: the last commit, and what records say."""
    jar = ctx.root._p_jar
    records = [
        (r.id, r.revision, r.standing, r._p_serial, len(r.events))
        for r in ctx.root.records.values()
    ]
    waiting = len(ctx.root.outbox)
    return jar.db().lastTransaction(), records, waiting, len(ctx.root.schedule_versions)


def test_scenario_15_a_class_that_moves_takes_its_records_along(house: House) -> None:
    record = house.paper("CUT5.SUB", "Reclassified quokka", created="2026-05-30")
    assert house.explain(record)["due_on"] == "2026-06-04"
    preview = house.json("class", "move", "CUT5.SUB", "--to", "CUT10", "--dry-run")
    assert house.explain(record)["due_on"] == "2026-06-04"
    print(preview)
    house.ok("class", "move", "CUT5.SUB", "--to", "CUT10")
    found = house.explain(record)
    assert (found["due_on"], found["winner"]) == ("2026-06-09", "DAYS10")
    assert house.due("2026-06-04") == []
    assert house.due("2026-06-09") == [record]
    house.ok("classify", record, "BUS.ONE", "--reason", "filed wrongly")
    assert house.explain(record)["due_on"] == "2027-05-30"
    hits = house.json("search", "class:BUS.ONE")["hits"]
    assert [hit["id"] for hit in hits] == [record]
    assert house.json("search", "class:CUT5.SUB")["total"] == 0
