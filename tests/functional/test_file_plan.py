"""File plan, dossiers, calendar, closures and vital reviews from the command line."""

from collections.abc import Callable
from pathlib import Path

import pytest

from .conftest import Cli

Write = Callable[[str, str], str]

PLAN = """
[authority]
title = "Authority"
zone = "Europe/Paris"
approved_by = ["Clerk", "Archivist"]
version = 1
effective_from = 2000-01-01

[[class]]
code = "BUS"
title = "Business"
schedule = "TEN"

[[class]]
code = "BUS.PQ"
title = "Questions"
parent = "BUS"

[[class]]
code = "COM"
title = "Committees"
schedule = "CLOSED"
closure = "C-30"
vital_review = "P1Y"

[[class]]
code = "LEG"
title = "Legislature"
schedule = "LEG"

[[class]]
code = "MEM"
title = "Papers of Members"
owner = "member"

[[closure]]
code = "C-30"
title = "Thirty years"
trigger = "created"
period = "P30Y"

[[schedule]]
code = "TEN"
title = "Ten years"
  [[schedule.stage]]
  trigger = "created"
  period = "P10Y"
  action = "destroy"

[[schedule]]
code = "CLOSED"
title = "From the closing"
  [[schedule.stage]]
  trigger = "closed"
  period = "P10Y"
  rounding = "year"
  action = "destroy"

[[schedule]]
code = "LEG"
title = "Three years from the end"
  [[schedule.stage]]
  trigger = "legislature_end"
  period = "P3Y"
  action = "destroy"
"""


@pytest.fixture(scope="module")
def cli(
    make_store: Callable[..., Cli], tmp_path_factory: pytest.TempPathFactory
) -> Cli:
    """Return the command line on a store with the plan, on a day in 2030."""
    made = make_store(RECORDSVC_TODAY="2030-06-01")
    plan = tmp_path_factory.mktemp("plan") / "plan.toml"
    plan.write_text(PLAN, encoding="utf-8")
    made.ok("schedule", "import", str(plan))
    return made


@pytest.fixture
def paper(cli: Cli, write: Write) -> Callable[..., str]:
    """Return a maker of papers; it answers with the id."""

    def make(name: str, created: str, code: str = "", access: str = "open") -> str:
        sidecar = write(
            "sidecar.csv",
            f"file,class,created,access\n{name}.txt,{code},{created},{access}\n",
        )
        path = write(f"{name}.txt", f"Minutes of {name}.\n")
        (line,) = cli.ingest(path, "--metadata", sidecar)
        assert line["status"] == "added", line
        return str(line["id"])

    return make


def explain(cli: Cli, record: str) -> dict[str, object]:
    found: dict[str, object] = cli.ok("retention", "explain", record, "--json").json
    return found


def test_a_class_is_made_shown_moved_and_retired(
    cli: Cli, paper: Callable[..., str]
) -> None:
    making = ("class", "add", "BUS.PET", "--title", "Petitions", "--parent", "BUS")
    assert cli.ok(*making, "--json").json == {"code": "BUS.PET"}
    assert cli(*making).code == 7
    assert cli("class", "add", "X", "--title", "x", "--parent", "NO").code == 2
    record = paper("petition", "2015-03-15", "BUS.PET")
    assert explain(cli, record)["due_on"] == "2025-03-15"
    moving = ("class", "move", "BUS.PET", "--to", "COM")
    seen = cli.ok(*moving, "--dry-run", "--json").json
    assert (seen["records"], seen["later"], seen["changes"][0]["id"]) == (1, 1, record)
    assert "nothing was written" in cli.ok(*moving, "--dry-run").out
    assert explain(cli, record)["due_on"] == "2025-03-15"
    cli.ok(*moving)
    assert explain(cli, record)["state"] == "awaiting_trigger"
    shown = cli.ok("class", "show", "BUS.PET", "--json").json
    assert shown["inherited"]["closure"] == "C-30"
    assert (
        "COM Committees > BUS.PET Petitions" in cli.ok("class", "show", "BUS.PET").out
    )
    cli.ok("class", "edit", "BUS.PET", "--schedule", "TEN", "--title", "Prayers")
    cli.ok("class", "retire", "BUS.PET")
    other = paper("other", "2015-03-15")
    assert cli("classify", other, "BUS.PET").code == 6
    assert cli("class", "delete", "BUS.PET").code == 6
    listed = cli.ok("class", "list", "--json").json["classes"]
    assert {c["code"]: c["valid_to"] for c in listed}["BUS.PET"] == "2030-05-31"
    then = cli.ok("class", "list", "--on", "2029-01-01", "--json").json["classes"]
    assert "BUS.PET" not in {c["code"] for c in then}


def test_a_merge_is_previewed_done_and_found_done(
    cli: Cli, paper: Callable[..., str]
) -> None:
    cli.ok("class", "add", "OLD", "--title", "Old", "--schedule", "TEN")
    record = paper("merged", "2015-03-15", "OLD")
    merging = ("class", "merge", "OLD", "LEG")
    assert cli.ok(*merging, "--dry-run", "--json").json["records"] == 1
    assert cli(*merging).code == 2
    done = cli.ok(*merging, "--reason", "one office", "--json").json
    assert done == {"code": "OLD", "into": "LEG", "records": 1}
    assert cli.ok("show", record, "--json").json["class"] == "LEG"
    assert cli(*merging, "--reason", "again").code == 7


def test_the_plan_goes_out_as_a_table_and_comes_in_again(
    cli: Cli, tmp_path: Path
) -> None:
    table = tmp_path / "plan.csv"
    table.write_text(cli.ok("class", "export", "--format", "csv").out, "utf-8")
    assert cli("class", "import", str(table)).code == 7
    text = table.read_text("utf-8").replace("BUS.PQ,Questions", "BUS.PQ,Asked")
    table.write_text(text, "utf-8")
    changed = cli.ok("class", "import", str(table), "--json").json
    assert changed == {"changed": ["BUS.PQ"]}
    table.write_text("code,title,parent\nX,,\nY,y,Z\n", "utf-8")
    refused = cli("class", "import", str(table))
    assert refused.code == 2
    assert "line 2" in refused.err
    assert "line 3" in refused.err
    toml = tmp_path / "plan.toml"
    toml.write_text(cli.ok("class", "export").out, "utf-8")
    assert cli("class", "import", str(toml)).code == 7
    assert cli("class", "import", "plan.txt").code == 2
    assert cli("class", "import", str(tmp_path / "no.csv")).code == 3


def test_the_template_is_a_schedule_that_is_taken_as_a_draft(
    make_store: Callable[..., Cli], tmp_path: Path
) -> None:
    fresh = make_store()
    source = fresh.ok("class", "template").out
    assert "TEMPLATE" in source.splitlines()[0]
    path = tmp_path / "template.toml"
    path.write_text(source, encoding="utf-8")
    assert fresh.ok("schedule", "import", str(path), "--json").json["state"] == "draft"
    assert fresh("class", "template", "senate").code == 3


def test_a_dossier_is_closed_reopened_and_closed_anew(
    cli: Cli, paper: Callable[..., str]
) -> None:
    opening = ("aggregation", "open", "Water Bill", "--class", "COM")
    dossier = cli.ok(*opening, "--on", "2013-01-01", "--json").json["id"]
    record = paper("minutes", "2012-05-05")
    assert cli.ok("aggregation", "add", dossier, record, "--json").json["added"] == [
        record
    ]
    assert cli("aggregation", "add", dossier, record).code == 7
    closing = ("aggregation", "close", dossier, "--on", "2013-01-03")
    assert cli.ok(*closing, "--json").json["closed_on"] == "2013-01-03"
    assert cli(*closing).code == 7
    assert explain(cli, record)["due_on"] == "2024-01-01"
    late = paper("late", "2013-05-05")
    assert cli("aggregation", "add", dossier, late).code == 6
    assert cli("aggregation", "reopen", dossier).code == 2
    cli.ok("aggregation", "reopen", dossier, "--reason", "a late petition")
    assert explain(cli, record)["due_on"] is None
    cli.ok("aggregation", "add", dossier, late)
    listed = cli.ok("aggregation", "list", "--open", "--json").json["aggregations"]
    assert [a["id"] for a in listed] == [dossier]
    shown = cli.ok("aggregation", "show", dossier, "--json").json
    assert [act["kind"] for act in shown["history"]] == ["opened", "closed", "reopened"]
    assert len(shown["contents"]) == 2
    assert "a late petition" in cli.ok("aggregation", "show", dossier).out


def test_an_end_is_announced_confirmed_listed_and_reversed(
    cli: Cli, paper: Callable[..., str]
) -> None:
    record = paper("mandate", "2028-05-05", "LEG")
    end = ("event", "record", "legislature_end", "58")
    cli.ok(*end, "2031-06-20", "--provisional")
    assert "provisional" in cli.ok("event", "list").out
    assert explain(cli, record)["provisional"] is True
    cli.ok("event", "record", "dissolution", "58", "2030-05-04", "--evidence", "Decree")
    assert explain(cli, record)["due_on"] == "2033-05-04"
    (found,) = cli.ok("event", "list", "--key", "58", "--json").json["events"]
    assert (found["id"], found["cause"]) == ("legislature_end:58", "dissolution")
    assert cli("event", "record", "dissolution", "58", "2030-05-04").code == 7
    theirs = ("event", "record", "legislature_end", "20", "2029-01-01", "--json")
    made = cli.ok(*theirs, "--jurisdiction", "de").json
    assert made == {"id": "de:legislature_end:20"}
    cli.ok("event", "reverse", "legislature_end:58")
    assert explain(cli, record)["state"] == "awaiting_trigger"


def test_a_closed_paper_is_listed_opened_and_then_found_by_anybody(
    cli: Cli, paper: Callable[..., str]
) -> None:
    cli.ok("user", "add", "rita", "--role", "reader")
    record = paper("evidence zebra", "1999-05-05", "COM")
    assert cli.ok("show", record, "--json").json["access"] == "closed"
    hits = ("--as", "rita", "search", "zebra", "--json")
    assert cli.ok(*hits).json["total"] == 0
    found = cli.ok("retention", "openings", "--json").json["items"]
    assert record in [item["id"] for item in found]
    assert cli.ok("retention", "open", record, "--json").json == {"opened": [record]}
    assert cli("retention", "open", record).code == 7
    assert cli.ok(*hits).json["total"] == 1
    young = paper("young", "2020-05-05", "COM")
    assert cli("retention", "open", young).code == 6


def test_vital_reviews_are_listed_and_done(cli: Cli, paper: Callable[..., str]) -> None:
    record = paper("vital", "2020-05-05", "COM")
    assert cli.ok("retention", "reviews", "--json").json["items"] == []
    found = cli.ok("retention", "reviews", "--on", "2031-06-02", "--json").json
    assert {i["overdue"] for i in found["items"]} == {True}
    done = cli.ok(
        "retention", "reviewed", record, "--json", RECORDSVC_TODAY="2031-07-01"
    )
    assert done.json["review_on"] == "2032-07-01"
    assert "vital records" in cli.ok("retention", "reviews", "--on", "2031-06-02").out


def test_a_members_paper_is_given_back_and_not_exported(
    cli: Cli, paper: Callable[..., str], tmp_path: Path
) -> None:
    record = paper("letters", "2020-05-05", "MEM", access="internal")
    assert cli("edit", record, "access=open", "--if-match", "1").code == 6
    refused = cli("export", "--id", record, "-o", str(tmp_path / "out"), "--json")
    assert refused.json["refused"][0]["id"] == record
    asking = ("class", "return", record, "--to", "A. Member", "-o", str(tmp_path / "m"))
    assert cli(*asking).code == 2
    done = cli.ok(*asking, "--reason", "end of mandate", "--json").json
    packed = tmp_path / "m" / done["packages"][0]["path"]
    assert cli("bag", "validate", str(packed)).code == 0
    shown = cli.ok("show", record, "--json").json
    assert shown["state"] == "destroyed"
    assert shown["tombstone"]["title"] is None
    assert cli("text", record).code == 6
    assert "was given back to its owner" in cli.ok("show", record).out
