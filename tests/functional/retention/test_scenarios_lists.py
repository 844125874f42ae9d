"""Scenarios 21 to 26 of the acceptance list: who decides, and what a run may do."""

import json
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from recordsvc.model import Archive
from recordsvc.storage.directory import DirectoryBitstreams

from .conftest import House, start


def test_scenario_21_two_persons_and_each_keeps_to_its_part(house: House) -> None:
    record = house.paper("BUS.FIVE", created="2015-01-01")
    handed = house.paper("BUS.HAND", created="2015-01-01")
    made = house.propose(record)
    judge = ("disposal", "verdict", made, "--all", "destroy")
    approve = ("disposal", "approve", made)
    assert "olga" in house.refused(4, *judge, by="olga")
    for login in ("", "root", "olga", "omar", "arno", "rita"):
        house.refused(4, *approve, by=login)
    for login in ("", "root", "rita"):
        house.refused(4, *judge, by=login)
    house.ok(*judge, by="omar")
    house.refused(4, *approve, by="omar")
    house.ok(*approve, by="ada")
    house.refused(7, *approve, by="ada")
    for login in ("", "root", "arno", "ada", "rita"):
        house.refused(4, "disposal", "run", by=login, on="2026-06-02")
    house.refused(7, "disposal", "run", by="olga", on="2026-06-02")
    house.ok(*approve, by="abe")
    assert house.results(made, "2026-06-02") == {record: "destroyed"}

    other = house.propose(handed)
    house.ok("disposal", "verdict", other, "--all", "transfer", by="ada")
    assert "judged" in house.refused(4, "disposal", "approve", other, by="ada")
    receipt = ("disposal", "receipt", other, "/dev/null")
    for login in ("", "root", "olga", "ada"):
        house.refused(4, *receipt, by=login)


def test_scenario_22_a_keep_is_final_whatever_is_decided_in_bulk(house: House) -> None:
    records = house.papers("BUS.FIVE", 15, created="2015-01-01")
    kept, rest = records[:3], records[3:]
    made = house.propose(*records)
    verdict = ("disposal", "verdict", made)
    items = [word for record in kept for word in ("--item", record)]
    keep = (*verdict, *items, "keep")
    house.refused(2, *keep, "--reason", "wanted", by="omar")
    house.refused(2, *keep, "--until", "2030-01-01", by="omar")
    why = ("--until", "2030-01-01", "--reason", "wanted by the inquiry")
    house.ok(*keep, *why, by="omar")
    house.ok(*verdict, "--all", "destroy", by="omar")
    house.refused(6, *verdict, "--item", kept[0], "destroy", by="omar")
    house.approve(made)
    results = house.results(made, "2026-06-02")
    assert Counter(results.values()) == {"destroyed": 12, "skipped": 3}
    assert {i for i, r in results.items() if r == "destroyed"} == set(rest)
    for record in kept:
        found = house.explain(record)
        assert (found["state"], found["due_on"]) == ("running", "2030-01-01")
        assert [a["reason"] for a in found["appraisals"]] == ["wanted by the inquiry"]
        assert house.ok("text", record).out
    assert house.due("2029-12-31") == []
    assert set(house.due("2030-01-01")) == set(kept)


def test_scenario_23_days_to_think_and_a_stop_with_a_reason(house: House) -> None:
    stopped, gone = house.papers("BUS.COOL", 2, created="2015-01-01")
    one, other = house.approved(stopped), house.approved(gone)
    house.refused(7, "disposal", "run", by="olga", on="2026-06-07")
    skipped = house.json("disposal", "run", by="olga", on="2026-06-07", code=7)
    assert {i["result"] for f in skipped["lists"] for i in f["items"]} == {"skipped"}
    assert {i["reason"] for f in skipped["lists"] for i in f["items"]} == {
        "not before 2026-06-08"
    }
    house.refused(2, "disposal", "abort", one, by="ada")
    abort = ("disposal", "abort", one, "--reason", "the committee asks for it")
    house.refused(4, *abort, by="rita")
    found = house.json(*abort, by="ada", on="2026-06-07")
    assert (found["state"], found["approvals"]) == ("new", [])
    done = house.run("2026-06-08")
    assert list(done) == [other]
    assert [i["result"] for i in done[other]["items"]] == ["destroyed"]
    assert house.state(stopped) == "active"
    house.approve(one, on="2026-06-08")
    house.refused(7, "disposal", "run", by="olga", on="2026-06-14")
    assert house.results(one, "2026-06-15") == {stopped: "destroyed"}
    acts = house.json("disposal", "show", one)["acts"]
    assert [a["reason"] for a in acts if a["kind"] == "abort"] == [
        "the committee asks for it"
    ]
    house.refused(6, *abort, by="ada")


def test_scenario_24_no_power_makes_due_what_is_not(house: House) -> None:
    record = house.paper("BUS.FIVE", created="2024-01-01")
    for login in ("", "root", "olga", "arno"):
        refused = house.refused(6, "disposal", "propose", "--id", record, by=login)
        assert "2029-01-01" in refused
    for login in ("root", "olga", "arno"):
        status, why = house.deletion(record, by=login)
        assert (status, "not due until 2029-01-01" in why) == (409, True)
    ahead = house.propose(record, on="2029-01-01")
    house.judge(ahead)
    house.approve(ahead)
    house.refused(7, "disposal", "run", by="olga", on="2029-01-01")
    assert house.state(record) == "active"
    assert house.show(record)["obligation"]["due_on"] == "2029-01-01"


RUN = ("--as", "olga", "disposal", "run", "--json")


def traces_of_one_end(root: Archive, record: str) -> dict[str, Any]:
    """Return how often a record was destroyed, by what can count it."""
    events = [e.type for e in root.records[record].events]
    certified = [c for c in root.certificates.values() if record.encode() in c.envelope]
    return {
        "events": events.count("destruction"),
        "certificates": len(certified),
        "is_destroyed": root.records[record].is_destroyed,
    }


ONCE = {"events": 1, "certificates": 1, "is_destroyed": True}


@pytest.mark.parametrize(
    "point",
    [
        "disposal.after_step_2",
        "disposal.in_bytes",
        pytest.param("disposal.after_step_1", marks=pytest.mark.slow),
        pytest.param("disposal.in_step_2", marks=pytest.mark.slow),
        pytest.param("disposal.after_seal", marks=pytest.mark.slow),
        pytest.param("disposal.after_ledger", marks=pytest.mark.slow),
        pytest.param("disposal.after_index", marks=pytest.mark.slow),
        pytest.param("disposal.after_step_3", marks=pytest.mark.slow),
        pytest.param("disposal.after_step_4", marks=pytest.mark.slow),
        pytest.param("disposal.after_step_5", marks=pytest.mark.slow),
    ],
)
def test_scenario_25_a_run_that_is_killed_ends_once(
    house: House, process: Callable[..., int], point: str
) -> None:
    records = house.papers("BUS.FIVE", 2, created="2015-01-01")
    made = house.approved(*records)
    fault = {"RECORDSVC_FAULT": f"{point}:kill"}
    assert process(house, *RUN, on="2026-06-02", **fault) == -9
    if point == "disposal.after_step_5":
        house.refused(7, "disposal", "run", by="olga", on="2026-06-02")
    else:
        results = house.results(made, "2026-06-02")
        assert results == dict.fromkeys(records, "destroyed")
    for record in records:
        assert house.see(lambda ctx, r=record: traces_of_one_end(ctx.root, r)) == ONCE
    again = house.json("disposal", "run", by="olga", on="2026-06-02", code=7)
    results = {i["id"]: i["result"] for f in again["lists"] for i in f["items"]}
    assert results == dict.fromkeys(records, "skipped")
    house.ok("index", "verify")
    house.ok("audit", "verify")


def test_scenario_25_two_runs_at_once_end_it_once(house: House) -> None:
    records = house.papers("BUS.FIVE", 5, created="2015-01-01")
    house.approved(*records)
    both = [start(house, *RUN, on="2026-06-02") for _ in range(2)]
    told = [child.communicate(timeout=60) for child in both]
    codes = sorted(child.returncode for child in both)
    assert codes[0] == 0, told
    assert codes[1] in {7, 9}, told
    done = next(json.loads(out) for out, _ in told if out.startswith("{"))
    assert [i["result"] for i in done["lists"][0]["items"]] == ["destroyed"] * 5
    for record in records:
        assert house.see(lambda ctx, r=record: traces_of_one_end(ctx.root, r)) == ONCE


def test_scenario_26_what_cannot_be_removed_is_tried_again_and_not_certified(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = house.papers("BUS.FIVE", 3, created="2015-01-01")
    stuck = records[1]
    sha256 = house.show(stuck)["components"][0]["sha256"]
    made = house.approved(*records)
    remove = DirectoryBitstreams.remove

    def refusing(self: DirectoryBitstreams, wanted: str) -> None:
        if wanted == sha256:
            raise OSError(5, "Input/output error")
        remove(self, wanted)

    with monkeypatch.context() as patch:
        patch.setattr(DirectoryBitstreams, "remove", refusing)
        found = house.run("2026-06-02", code=5)[made]
    results = {i["id"]: i["result"] for i in found["items"]}
    assert results == {
        records[0]: "destroyed",
        stuck: "failed_retryable",
        records[2]: "destroyed",
    }
    assert found["state"] == "executing"
    reason = next(i["reason"] for i in found["items"] if i["id"] == stuck)
    assert "Input/output error" in reason
    first = house.ok("disposal", "certificate", made).out
    assert stuck not in first
    assert records[0] in first
    house.refused(6, "text", stuck)

    found = house.run("2026-06-02")[made]
    assert found["state"] == "completed"
    results = {i["id"]: i["result"] for i in found["items"]}
    assert results == {records[0]: "skipped", stuck: "destroyed", records[2]: "skipped"}
    second = house.ok("disposal", "certificate", made).out
    assert stuck in second
    assert records[0] not in second
    for record in records:
        assert house.see(lambda ctx, r=record: traces_of_one_end(ctx.root, r)) == ONCE
