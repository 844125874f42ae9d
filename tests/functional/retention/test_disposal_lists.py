"""Disposal lists beyond the numbered scenarios: verdicts, changes and real stores."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from ..conftest import Called, Cli  # noqa: TID252 - no package has a name
from .conftest import PLAN, TODAY, House


def test_what_was_decided_is_void_when_the_record_changes(house: House) -> None:
    dated, moved, kept = house.papers("BUS.FIVE", 3, created="2015-01-01")
    made = house.approved(dated, moved, kept)
    edit = ("edit", dated, "date.created=2016-01-01", "--if-match")
    house.ok(*edit, str(house.show(dated)["revision"]))
    house.ok("classify", moved, "BUS.TEN", "--reason", "filed wrongly")
    found = house.run("2026-06-02", code=5)[made]
    results = {i["id"]: i["result"] for i in found["items"]}
    assert results == {dated: "ejected", moved: "ejected", kept: "destroyed"}
    reasons = {i["id"]: i["reason"] for i in found["items"]}
    assert "not as it was" in reasons[dated]
    assert "BUS.TEN" in reasons[moved]
    assert house.state(dated) == house.state(moved) == "active"
    again = house.approved(dated, moved, on="2026-06-02")
    assert set(house.results(again, "2026-06-03").values()) == {"destroyed"}


def retitle(house: House, record: str, title: str) -> None:
    edit = ("edit", record, f"title={title}", "--if-match")
    house.ok(*edit, str(house.show(record)["revision"]))


def test_a_title_edited_after_the_verdict_voids_it_and_says_so(house: House) -> None:
    renamed, other = house.papers("BUS.FIVE", 2, created="2015-01-01")
    made = house.approved(renamed, other)
    retitle(house, renamed, "A better title")
    items = {i["id"]: i for i in house.json("disposal", "show", made)["items"]}
    assert items[renamed]["state"] == "ejected"
    assert items[renamed]["note"] == "its title was changed after the verdict"
    assert house.results(made, "2026-06-02", code=5)[other] == "destroyed"
    assert house.state(renamed) == "active"
    again = house.approved(renamed, on="2026-06-02")
    assert house.results(again, "2026-06-03") == {renamed: "destroyed"}
    assert house.show(renamed)["title"] == "A better title"


def test_a_title_edited_before_the_verdict_is_what_is_judged(house: House) -> None:
    record = house.paper("BUS.FIVE", created="2015-01-01")
    made = house.propose(record)
    retitle(house, record, "A better title")
    assert house.json("disposal", "show", made)["items"][0]["state"] == "listed"
    house.judge(made, on=TODAY)
    house.approve(made, on=TODAY)
    assert house.results(made, "2026-06-02") == {record: "destroyed"}


def test_a_schedule_that_changes_after_the_approval_voids_it(
    house: House, tmp_path: Path
) -> None:
    record = house.paper("BUS.FIVE", created="2015-01-01")
    made = house.approved(record)
    path = tmp_path / "v2.toml"
    text = PLAN.replace("version = 1", "version = 2")
    path.write_text(text.replace("effective_from = 2000", "effective_from = 2001"))
    house.ok("schedule", "import", str(path))
    assert house.results(made, "2026-06-02", code=7) == {record: "ejected"}
    assert house.state(record) == "active"
    assert house.json("disposal", "show", made)["state"] == "completed"


def test_a_record_is_on_one_list_at_a_time(house: House) -> None:
    one, other = house.papers("BUS.FIVE", 2, created="2015-01-01")
    first = house.propose(one)
    propose = ("disposal", "propose", "--id")
    assert first in house.refused(6, *propose, one, by="olga")
    made = house.json(*propose, one, "--id", other, by="olga", code=5)
    assert [i["id"] for i in made["items"]] == [other]
    assert [i["id"] for i in made["left_out"]] == [one]
    assert first in made["left_out"][0]["reason"]
    house.refused(7, "disposal", "propose", by="olga")
    abort = ("disposal", "abort", first, "--reason", "too early")
    assert house.json(*abort, by="olga")["state"] == "aborted"
    house.refused(6, *abort, by="olga")
    house.refused(6, "disposal", "verdict", first, "--all", "destroy", by="omar")
    assert house.propose(one) != first
    house.refused(3, "disposal", "show", "no-such")
    listed = house.json("disposal", "list")["lists"]
    assert [f["state"] for f in listed].count("aborted") == 1


def test_every_verdict_does_what_it_says(house: House) -> None:
    permanent, moved, reviewed, kept = house.papers("BUS.FIVE", 4, created="2015-01-01")
    made = house.propose(permanent, moved, reviewed, kept)
    verdict = ("disposal", "verdict", made, "--item")
    house.refused(2, *verdict, permanent, "permanent", by="omar")
    why = ("--reason", "of lasting value")
    house.ok(*verdict, permanent, "permanent", *why, by="omar")
    house.refused(3, *verdict, moved, "reclassify", *why, by="omar")
    move = (*verdict, moved, "reclassify", "--class", "BUS.TEN")
    house.ok(*move, *why, by="omar")
    house.ok(*verdict, reviewed, "review", *why, by="omar")
    past = (*verdict, kept, "keep", "--until", TODAY)
    house.refused(2, *past, *why, by="omar")
    house.ok(*verdict, kept, "keep", "--until", "2040-02-03", *why, by="omar")
    assert house.explain(permanent)["state"] == "permanent"
    assert house.show(moved)["class"] == "BUS.TEN"
    assert house.explain(reviewed)["state"] == "due"
    assert house.explain(kept)["due_on"] == "2040-02-03"
    house.refused(6, "disposal", "approve", made, by="ada")
    states = {
        i["id"]: i["state"] for i in house.json("disposal", "show", made)["items"]
    }
    assert set(states.values()) == {"kept"}
    assert permanent not in house.due("2199-01-01")


def test_items_of_a_unit_are_judged_by_its_reviewer(house: House) -> None:
    bill = house.paper("BUS.FIVE", created="2015-01-01")
    cut = house.paper("CUT5", created="2015-01-01")
    made = house.propose(bill, cut)
    house.refused(3, "disposal", "assign", made, "BUS", "nobody", by="olga")
    house.refused(3, "disposal", "assign", made, "LAW", "arno", by="olga")
    house.ok("disposal", "assign", made, "BUS", "arno", by="olga")
    verdict = ("disposal", "verdict", made, "--item")
    assert "arno" in house.refused(4, *verdict, bill, "destroy", by="omar")
    house.ok(*verdict, cut, "destroy", by="omar")
    house.ok(*verdict, bill, "destroy", by="arno")
    house.approve(made)


def test_silence_reminds_and_escalates_and_destroys_nothing(house: House) -> None:
    record = house.paper("BUS.FIVE", created="2015-01-01")
    made = house.propose(record)

    def waiting(on: str) -> str | None:
        return house.json("disposal", "show", made, on=on)["waiting"]

    assert waiting("2026-06-14") is None
    assert waiting("2026-06-15") == "reminder"
    assert waiting("2026-06-29") == "escalation"
    house.refused(7, "disposal", "run", by="olga", on="2036-01-01")
    assert house.state(record) == "active"


def test_what_a_permanent_record_cites_needs_a_reason(house: House) -> None:
    cited = house.paper("BUS.FIVE", created="2015-01-01")
    law = house.paper("LAW", created="2015-01-01")
    house.ok("link", "add", "cites", law, cited, "--reason", "the act rests on it")
    made = house.propose(cited)
    shown = house.json("disposal", "show", made)["items"]
    assert [i["cited_by"] for i in shown] == [[law]]
    verdict = ("disposal", "verdict", made, "--all", "destroy")
    assert law in house.refused(6, *verdict, by="omar")
    house.ok(*verdict, "--reason", "the act quotes it in full", by="omar")


def test_a_record_nobody_may_read_is_not_told_of(house: House) -> None:
    closed = house.paper("BUS.FIVE", created="2015-01-01", access="closed")
    made = house.propose(closed)
    for who in ("rita", "lena"):
        for act in (("list",), ("show", made)):
            house.refused(4, "disposal", *act, by=who)
        house.refused(3, "retention", "explain", closed, by=who)


def test_a_certificate_is_checked_without_this_program(
    house: House, tmp_path: Path, verifier: Callable[[Path], tuple[int, str]]
) -> None:
    record = house.paper("BUS.FIVE", title="On ferries", created="2015-01-01")
    made = house.approved(record)
    assert house.results(made, "2026-06-02") == {record: "destroyed"}
    path = tmp_path / "certificate.json"
    path.write_text(house.ok("disposal", "certificate", made).out)
    code, out = verifier(path)
    assert code == 0, out
    print(out)
    assert "On ferries" in house.ok("disposal", "certificate", made, "--html").out
    changed = path.read_text().replace("On ferries", "On terries")
    assert changed != path.read_text()
    path.write_text(changed)
    assert verifier(path)[0] != 0
    house.refused(3, "disposal", "certificate", "C999999")
    house.refused(4, "disposal", "certificate", made, by="rita")
    places = json.loads(house.ok("disposal", "certificate", made).out)["certificate"]
    told = {p["name"]: p["result"] for p in places["places"]}
    assert told["store"] == "scanned"
    assert told["backups"] == "not scannable by us"


@pytest.mark.parametrize(
    "fault",
    [
        "after_ledger",
        pytest.param("after_step_2", marks=pytest.mark.slow),
        pytest.param("after_step_4", marks=pytest.mark.slow),
    ],
)
def test_a_run_that_fails_on_the_way_is_finished_by_the_next(
    house: House, fault: str
) -> None:
    record = house.paper("BUS.FIVE", created="2015-01-01")
    made = house.approved(record)
    run = ("disposal", "run")
    told = {"RECORDSVC_FAULT": f"disposal.{fault}:error"}
    assert house(*run, by="olga", on="2026-06-02", **told).code == 1
    assert house.show(record)["state"] == "destroyed"
    assert house.results(made, "2026-06-02") == {record: "destroyed"}


def handed(house: House, *records: str) -> str:
    """Return a list whose records are packaged and wait for their receipt."""
    made = house.propose(*records)
    house.judge(made, "transfer")
    house.approve(made)
    assert set(house.results(made, "2026-06-02").values()) == {"transferred"}
    return made


def receipt(path: Path, house: House, *records: str) -> str:
    """Write a receipt for the originals of records; return its path."""
    packages = [
        {"id": r, "digests": [c["sha256"] for c in house.show(r)["components"]]}
        for r in records
    ]
    path.write_text(json.dumps({"packages": packages}))
    return str(path)


def test_a_run_with_nothing_to_do_says_what_is_waited_for(house: House) -> None:
    cooling = house.approved(house.paper("BUS.FIVE", created="2015-01-01"))
    told = house.refused(7, "disposal", "run", by="olga")
    assert told.endswith(f"; list {cooling} waits until 2026-06-02\n")
    packed = handed(house, house.paper("BUS.HAND", created="2015-01-01"))
    told = house.refused(7, "disposal", "run", by="olga", on="2026-06-02")
    assert f"list {packed} waits for the receipt of the archive" in told


def test_a_run_says_where_the_packages_for_the_archive_are(house: House) -> None:
    record = house.paper("BUS.HAND", created="2015-01-01")
    made = house.propose(record)
    house.judge(made, "transfer")
    house.approve(made)
    found = house.run("2026-06-02")[made]
    (package,) = Path(found["packages"]).iterdir()
    assert package.name.startswith(record)
    assert found["items"][0]["reason"].startswith("packed, receipt awaited")


def test_a_certificate_and_a_tombstone_name_the_role_of_everybody(
    house: House,
) -> None:
    record = house.paper("BUS.FIVE", created="2015-01-01")
    made = house.approved(record)
    house.run("2026-06-02")
    printed = house.ok("disposal", "certificate", made).out
    found = json.loads(printed)["certificate"]
    acted = [d["by"] for d in found["decisions"]] + [found["executor"]]
    assert {one["login"]: one["role"] for one in acted} == {
        "olga": "officer",
        "omar": "officer",
        "ada": "approver",
        "abe": "approver",
    }
    decisions = house.show(record)["tombstone"]["decisions"]
    assert ["judge", "omar", "officer"] in [d[:3] for d in decisions]


def test_a_receipt_for_a_part_finishes_that_part(house: House, tmp_path: Path) -> None:
    one, other = house.papers("BUS.HAND", 2, created="2015-01-01")
    made = handed(house, one, other)
    told = ("disposal", "receipt", made, receipt(tmp_path / "r.json", house, one))
    found = house.json(*told, by="arno", code=5)
    assert found["received"] == [one]
    assert [m["id"] for m in found["mismatches"]] == [other]
    states = {
        i["id"]: i["state"] for i in house.json("disposal", "show", made)["items"]
    }
    assert states == {one: "transferred", other: "transferring"}
    assert house.explain(one)["action"] == "destroy"
    assert house.explain(other)["action"] == "transfer"
    again = house.refused(6, *told, by="arno")
    assert f"{one}: was received already" in again
    rest = ("disposal", "receipt", made, receipt(tmp_path / "r2.json", house, other))
    assert house.json(*rest, by="arno")["state"] == "completed"


def test_a_hold_after_the_packaging_stops_the_transfer(
    house: House, tmp_path: Path
) -> None:
    one, other = house.papers("BUS.HAND", 2, created="2015-01-01")
    made = handed(house, one, other)
    hold = house.hold("--id", one)
    told = (
        "disposal",
        "receipt",
        made,
        receipt(tmp_path / "r.json", house, one, other),
    )
    found = house.json(*told, by="arno", code=5)
    assert found["received"] == [other]
    assert house.json("disposal", "show", made)["state"] == "completed"
    house.lift(hold)
    assert house.explain(one)["state"] == "due"
    assert house.explain(one)["action"] == "transfer"


def test_a_real_store_takes_four_people_with_tokens_of_their_own(
    make_store: Callable[..., Cli], tmp_path: Path
) -> None:
    cli = make_store(is_test=False)
    plan = tmp_path / "plan.toml"
    plan.write_text(PLAN)
    tokens = {}
    people = {
        "olga": "officer",
        "omar": "officer",
        "ada": "approver",
        "arno": "archivist",
    }
    for login, role in (people | {"abe": "approver"}).items():
        password = tmp_path / f"{login}.pw"
        password.write_text(f"a password of {login}\n")
        named = ("--role", role, "--password-file", str(password))
        cli.ok("user", "add", login, *named)
        token = ("user", "token", login, "--password-file", str(password), "--json")
        tokens[login] = cli.ok(*token).json["token"]

    def by(login: str, *argv: str) -> Called:
        return cli(*argv, RECORDSVC_TOKEN=tokens[login])

    cli.ok("schedule", "import", str(plan))
    assert by("arno", "schedule", "approve", "1").code == 0
    assert by("ada", "schedule", "approve", "1").code == 0
    assert by("ada", "schedule", "issue", "1").code == 0
    paper = tmp_path / "paper.txt"
    paper.write_text("A paper about drinking water.")
    rows = tmp_path / "rows.csv"
    rows.write_text("file,class,created\npaper.txt,BUS.FIVE,2015-01-01\n")
    record = cli.ingest(str(paper), "--metadata", str(rows))[0]["id"]
    for argv in (
        ("--as", "olga", "disposal", "list"),
        ("disposal", "run", "--on", "2199-01-01"),
    ):
        assert cli(*argv).code == 2, argv
    assert cli("disposal", "list", RECORDSVC_TODAY="2030-01-01").code == 2
    made = by("olga", "disposal", "propose", "--json").json["id"]
    verdict = ("disposal", "verdict", made, "--all", "destroy")
    assert cli(*verdict).code == 4
    assert by("olga", *verdict).code == 4
    assert by("omar", *verdict).code == 0
    assert by("ada", "disposal", "approve", made).code == 0
    assert by("olga", "disposal", "run").code == 7
    found = by("abe", "disposal", "approve", made, "--json").json
    assert (found["state"], found["approvals_needed"]) == ("approved", 2)
    assert by("olga", "disposal", "run").code == 7
    assert by("olga", "disposal", "run", "--on", "2199-01-01").code == 2
    assert cli("disposal", "run").code == 4
    given = cli.ok(
        "user", "token", "olga", "--password-file", str(tmp_path / "olga.pw")
    )
    assert given.out
    assert cli.ok("show", record, "--json").json["state"] == "active"


def test_an_event_reversed_after_the_approval_stops_the_clock(house: House) -> None:
    record = house.paper("BUS.PQ")
    answered = ("event", "record", "question_answered", record, "2020-01-01")
    event = house.json(*answered)["id"]
    made = house.approved(record)
    house.ok("event", "reverse", event)
    assert house.explain(record)["state"] == "awaiting_trigger"
    assert house.results(made, "2026-06-02", code=7) == {record: "ejected"}
    assert house.due("2199-01-01") == []
    assert house.state(record) == "active"


def test_a_review_ends_its_stage_and_the_next_one_begins(house: House) -> None:
    record = house.paper("BUS.LOOK", created="2015-01-01")
    made = house.propose(record)
    verdict = ("disposal", "verdict", made, "--all")
    house.refused(6, *verdict, "destroy", by="omar")
    house.refused(6, *verdict, "transfer", by="omar")
    house.refused(2, *verdict, "review", by="omar")
    house.ok(*verdict, "review", "--reason", "no lasting value", by="omar")
    found = house.explain(record)
    assert (found["stage"], found["action"]) == (1, "destroy")
    assert found["due_on"] == "2027-06-01"
    assert house.due("2027-05-31") == []
    last = house.approved(record, on="2027-06-01")
    assert house.results(last, "2027-06-02") == {record: "destroyed"}


def test_a_revoked_schedule_destroys_nothing(house: House) -> None:
    record = house.paper("BUS.FIVE", created="2015-01-01")
    made = house.approved(record)
    house.ok("schedule", "revoke", "1", "--reason", "annulled", by="ada")
    assert house.results(made, "2026-06-02", code=7) == {record: "ejected"}
    refused = house.refused(6, "disposal", "propose", "--id", record, by="olga")
    assert "no disposal coverage" in refused
    assert house.state(record) == "active"
    assert house.exceptions()[record] == "no_coverage"


def test_a_broken_run_is_finished_and_other_lists_go_with_it(
    house: House, process: Callable[..., int]
) -> None:
    one, other = house.papers("BUS.FIVE", 2, created="2015-01-01")
    first = house.approved(one)
    run = ("--as", "olga", "disposal", "run")
    fault = {"RECORDSVC_FAULT": "disposal.after_ledger:kill"}
    assert process(house, *run, on="2026-06-02", **fault) == -9
    second = house.approved(other)
    for login in ("rita", "arno", "ada", ""):
        house.refused(4, "disposal", "run", by=login, on="2026-06-02")
    found = house.run("2026-06-02")
    assert {
        i["id"]: (list_id, i["result"])
        for list_id, made in found.items()
        for i in made["items"]
    } == {one: (first, "destroyed"), other: (second, "destroyed")}


def test_a_due_row_and_the_record_itself_say_on_which_list_it_is(house: House) -> None:
    listed, free = house.papers("BUS.FIVE", 2, created="2015-01-01")
    made = house.propose(listed)
    items = {i["id"]: i["list"] for i in house.json("retention", "due")["items"]}
    assert items == {listed: {"id": made, "state": "new"}, free: None}
    text = house.ok("retention", "due").out
    assert text.count(f"on list {made} (new)") == 1
    assert house.show(listed)["list"] == {"id": made, "state": "new"}
    assert house.show(free)["list"] is None
    assert f"{made} (new)" in house.ok("show", listed).out
    house.judge(made)
    house.approve(made)
    assert house.show(listed)["list"]["state"] == "approved"
    assert house.json("show", listed, by="rita")["list"] is None
    with house.client("olga") as client:
        page = client.get(f"/retention?on={TODAY}")
        assert f"/disposal/{made}" in page
        boxes = [
            b.attrs["value"] for b in page.html.find_all("input", {"name": "item"})
        ]
        assert boxes == [free]
        rows = client.get(f"/api/v1/retention/due?on={TODAY}").json["items"]
    assert {i["id"]: i["list"] for i in rows} == {
        listed: {"id": made, "state": "approved"},
        free: None,
    }
