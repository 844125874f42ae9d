"""Schedules, decisions, events and holds from the command line."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from .conftest import Cli

Write = Callable[[str, str], str]

SCHEDULE = """
[authority]
title = "Records Authority of the Assembly"
zone = "Europe/Paris"
approved_by = ["Clerk of the House", "Archivist"]
version = {version}
effective_from = 2020-01-01

[[class]]
code = "BUS"
title = "Business"

[[class]]
code = "BUS.PQ"
title = "Questions"
parent = "BUS"
schedule = "PQ"

[[class]]
code = "BUS.LEG"
title = "End of the legislature"
parent = "BUS"
schedule = "LEG"

[[class]]
code = "BUS.ANS"
title = "Answered"
schedule = "ANS"

[[class]]
code = "LAW"
title = "Acts"
schedule = "FOREVER"

[[schedule]]
code = "PQ"
title = "Questions, closed"
  [[schedule.stage]]
  trigger = "closed"
  period = "{period}"
  action = "destroy"

[[schedule]]
code = "LEG"
title = "To the end of the legislature"
  [[schedule.stage]]
  trigger = "legislature_end"
  period = "P1Y"
  action = "review"

[[schedule]]
code = "ANS"
title = "After the answer"
  [[schedule.stage]]
  trigger = "event:answered"
  period = "P1Y"
  action = "destroy"

[[schedule]]
code = "FOREVER"
title = "Kept"
  [[schedule.stage]]
  trigger = "created"
  period = "P1Y"
  action = "permanent"
"""
TODAY = "2030-06-01"


def schedule(version: int = 1, period: str = "P10Y") -> str:
    """Return a schedule text."""
    return SCHEDULE.format(version=version, period=period)


@pytest.fixture(scope="module")
def cli(
    make_store: Callable[..., Cli], tmp_path_factory: pytest.TempPathFactory
) -> Cli:
    """Return a test store with a schedule, on a fixed day."""
    cli = make_store(RECORDSVC_TODAY=TODAY)
    path = tmp_path_factory.mktemp("plan") / "schedule.toml"
    path.write_text(schedule())
    issued = cli.ok("schedule", "import", str(path), "--json").json
    assert issued["state"] == "issued"
    for role in ("officer", "approver", "reader"):
        cli.ok("user", "add", f"an-{role}", "--role", role)
    return cli


@pytest.fixture
def paper(cli: Cli, write: Write, request: pytest.FixtureRequest) -> Callable[..., str]:
    """Return a maker of records; it answers with the id."""
    count = iter(range(1000))

    def make(*, code: str = "BUS.PQ", **values: str) -> str:
        name = f"{request.node.name}-{next(count)}.txt"
        path = write(name.replace("/", "-"), f"A paper for {name}.")
        row = json.dumps([{"file": path, "class": code, **values}])
        table = write(f"{next(count)}.json", row)
        return str(cli.ingest(path, "--metadata", table)[0]["id"])

    return make


def explain(cli: Cli, record: str, *more: str) -> dict[str, Any]:
    """Return the decision on a record."""
    found: dict[str, Any] = cli.ok("retention", "explain", record, *more, "--json").json
    return found


def test_explain_moves_with_the_day(cli: Cli, paper: Callable[..., str]) -> None:
    record = paper(closed="2020-03-01")
    found = explain(cli, record)
    assert (found["id"], found["schedule_version"]) == (record, 1)
    assert (found["state"], found["due_on"]) == ("running", "2030-03-01") or (
        found["state"],
        found["due_on"],
    ) == ("due", "2030-03-01")
    assert found["trace"]
    early = explain(cli, record, "--on", "2029-01-01")
    assert early["state"] == "running"
    assert explain(cli, record, "--on", "2030-03-01")["state"] == "due"
    assert "2030-03-01" in cli.ok("retention", "explain", record).out


def test_due_lists_on_a_day(cli: Cli, paper: Callable[..., str]) -> None:
    record = paper(closed="2021-05-05")
    waiting = paper(code="BUS.PQ")
    found = cli.ok("retention", "due", "--on", "2031-05-05", "--json").json
    assert set(found) == {"on", "items", "exceptions", "next"}
    item = next(i for i in found["items"] if i["id"] == record)
    assert set(item) == {"id", "title", "due_on", "action", "winner", "list"}
    assert (item["action"], item["winner"]) == ("destroy", "PQ")
    states = {e["id"]: e["state"] for e in found["exceptions"]}
    assert states[waiting] == "awaiting_trigger"
    before = cli.ok("retention", "due", "--on", "2031-05-04", "--json").json
    assert record not in [i["id"] for i in before["items"]]
    assert before["next"] == "2031-05-05"
    assert record in cli.ok("retention", "due", "--on", "2031-05-05").out


@pytest.mark.parametrize("day", ["2030-02-30", "20300201", "soon", ""])
def test_day_that_is_none_is_usage(cli: Cli, day: str) -> None:
    assert cli("retention", "due", "--on", day).code == 2
    assert cli("event", "record", "answered", "E-1/2020", day).code == 2


def test_reader_does_not_see_what_is_due(cli: Cli) -> None:
    assert cli("--as", "an-reader", "retention", "due").code == 4


def test_classify_and_second_obligations(cli: Cli, paper: Callable[..., str]) -> None:
    record = paper(closed="2020-01-01")
    assert cli("classify", record, "BUS.PQ").code == 7
    assert cli("classify", record, "NO.SUCH").code == 3
    assert cli("classify", "nothing", "LAW").code == 3
    assert cli("classify", record).code == 2
    both = ("classify", record, "LAW", "--also")
    assert cli(*both).code == 2
    cli.ok(*both, "--citation", "Archives Act s. 4", "--reason", "of interest")
    assert explain(cli, record)["state"] == "permanent"
    assert cli(*both, "--citation", "c", "--reason", "r").code == 7
    cli.ok("classify", record, "LAW", "--remove")
    assert cli("classify", record, "LAW", "--remove").code == 7
    assert explain(cli, record)["action"] == "destroy"
    moving = ("classify", record, "LAW", "--json")
    changed = cli.ok(*moving, "--reason", "it is an act").json
    assert changed == {"class": "LAW", "changed": [record]}
    assert cli.ok("show", record, "--json").json["class"] == "LAW"


def test_classify_is_all_or_nothing(cli: Cli, paper: Callable[..., str]) -> None:
    record = paper()
    moving = ("classify", record, "nothing", "LAW", "--reason", "it is an act")
    assert cli(*moving).code == 3
    assert cli.ok("show", record, "--json").json["class"] == "BUS.PQ"


def test_event_starts_the_clock_and_its_reversal_stops_it(
    cli: Cli, paper: Callable[..., str]
) -> None:
    record = paper(code="BUS.ANS", identifier="E-000123/2022", jurisdiction="eu")
    assert explain(cli, record)["state"] == "awaiting_trigger"
    made = cli.ok(
        "event", "record", "answered", "E-000123/22", "2022-05-01", "--json"
    ).json
    assert set(made) == {"id"}
    assert explain(cli, record)["due_on"] == "2023-05-01"
    cli.ok("event", "reverse", made["id"])
    assert explain(cli, record)["state"] == "awaiting_trigger"
    assert cli("event", "reverse", made["id"]).code == 7
    assert cli("event", "reverse", "nothing").code == 3


def test_event_finds_an_act_without_a_jurisdiction_said(
    cli: Cli, paper: Callable[..., str]
) -> None:
    record = paper(code="BUS.ANS", identifier="Act, No. 24 of 1999", jurisdiction="lk")
    cli.ok("event", "record", "answered", "Act, No. 24 of 1999", "2022-05-01")
    assert explain(cli, record)["due_on"] == "2023-05-01"


def test_event_of_a_number_that_may_be_of_two_papers_needs_the_record(
    cli: Cli, paper: Callable[..., str]
) -> None:
    record = paper(code="BUS.ANS", identifier="NW1903E", jurisdiction="za")
    event = ("event", "record", "answered")
    assert cli(*event, "NW1903E", "2022-05-01").code == 2
    assert explain(cli, record)["state"] == "awaiting_trigger"
    made = cli.ok(*event, record, "2022-05-01").out.strip()
    assert explain(cli, record)["due_on"] == "2023-05-01"
    assert record in [
        i["id"] for i in cli.ok("retention", "due", "--json").json["items"]
    ]
    cli.ok("event", "reverse", made)
    assert explain(cli, record)["state"] == "awaiting_trigger"


def test_end_of_the_legislature_may_be_provisional(
    cli: Cli, paper: Callable[..., str]
) -> None:
    record = paper(code="BUS.LEG", created="2026-01-01")
    assert explain(cli, record)["state"] == "awaiting_trigger"
    event = ("event", "record", "legislature_end", "58", "2027-07-04")
    made = cli.ok(*event, "--provisional", "--json").json["id"]
    found = explain(cli, record)
    assert (found["provisional"], found["due_on"]) == (True, "2028-07-04")
    assert found["state"] == "running"
    cli.ok(*event)
    assert explain(cli, record)["state"] == "due"
    cli.ok("event", "reverse", made)
    assert explain(cli, record)["state"] == "awaiting_trigger"
    assert cli("event", "reverse", made).code == 7
    cli.ok(*event)
    assert explain(cli, record)["state"] == "due"


def test_only_the_calendar_is_provisional(cli: Cli) -> None:
    event = ("event", "record", "answered", "E-1/2020", "2020-01-01")
    assert cli(*event, "--provisional").code == 2


def test_hold_by_id_blocks_change_until_an_approver_lifts_it(
    cli: Cli, paper: Callable[..., str]
) -> None:
    record = paper(closed="2010-01-01")
    place = ("hold", "place", "--title", "Inquiry 7", "--mandate", "Order 12")
    hold = cli.ok(*place, "--id", record, "--json").json
    assert hold["records"] == 1
    assert explain(cli, record)["state"] == "held"
    due = cli.ok("retention", "due", "--json").json
    assert record not in [i["id"] for i in due["items"]]
    assert record in [e["id"] for e in due["exceptions"] if e["state"] == "held"]
    revision = str(cli.ok("show", record, "--json").json["revision"])
    assert cli("edit", record, "title=x", "--if-match", revision).code == 6
    assert cli("classify", record, "LAW").code == 6
    lift = ("hold", "lift", hold["id"], "--reason", "reported")
    assert cli(*lift).code == 4
    assert cli("--as", "an-officer", *lift).code == 4
    token = cli.ok("user", "token", "an-approver").out.strip()
    cli.ok(*lift, RECORDSVC_TOKEN=token)
    assert cli(*lift, RECORDSVC_TOKEN=token).code == 7
    assert explain(cli, record)["state"] == "due"
    assert cli("--as", "an-approver", "hold", "lift", "x", "--reason", "r").code == 3


def test_hold_by_query(cli: Cli, write: Write) -> None:
    lines = cli.ingest(
        write("h1.txt", "quokka inquiry"),
        write("h2.txt", "quokka"),
        write("h3.txt", "x"),
    )
    place = ("hold", "place", "--title", "Q", "--mandate", "M")
    hold = cli.ok(*place, "--query", "quokka", "--json").json
    assert hold["records"] == 2
    held = [cli.ok("show", x["id"], "--json").json["holds"] for x in lines]
    assert [bool(h) for h in held] == [True, True, False]
    plain = cli.ok("--as", "an-reader", "show", lines[0]["id"], "--json").json["holds"]
    assert plain == [hold["id"]]
    bad = cli(*place, "--query", "quokka AND (", "--json")
    assert bad.code == 2
    assert bad.json["error"]["column"] == 12
    # What comes and matches later is held, so it is placed though nothing matches.
    nothing = cli.ok(*place, "--query", "nowherenever")
    assert "lies on 0 records\nit matches no record today" in nothing.out
    assert cli(*place).code == 2
    assert cli(*place[:-1], "\udcff", "--query", "quokka").code == 2
    assert (
        cli("hold", "place", "--title", " ", "--mandate", "m", "--query", "x").code == 2
    )
    listed = cli.ok("hold", "list", "--json").json["holds"]
    assert hold["id"] in [h["id"] for h in listed]
    assert cli("--as", "an-reader", "hold", "list").code == 4


def test_schedule_comes_back_as_it_went_in(cli: Cli, write: Write) -> None:
    text = cli.ok("schedule", "export").out
    again = cli("schedule", "import", write("again.toml", text))
    assert (again.code, again.out) == (7, "")
    other = schedule(period="P11Y")
    assert cli("schedule", "import", write("other.toml", other)).code == 6
    listed = cli.ok("schedule", "list", "--json").json["versions"]
    assert [v["version"] for v in listed] == [1]
    shown = cli.ok("schedule", "show", "--json").json["classes"]
    assert {c["code"]: c["schedule"] for c in shown}["BUS.PQ"] == "PQ"


def test_bad_schedule_is_refused_with_every_line(cli: Cli, write: Write) -> None:
    text = schedule(2).replace("P10Y", "10 years").replace('"review"', '"shred"')
    text = text.replace('schedule = "ANS"', 'schedule = "GONE"')
    called = cli("schedule", "import", write("bad.toml", text))
    assert (called.code, called.out) == (2, "")
    for wrong in ("10 years", "shred", "GONE"):
        line = next(n for n, x in enumerate(text.splitlines(), 1) if wrong in x)
        assert f"line {line}:" in called.err
    assert cli("schedule", "import", write("no.toml", "= nonsense")).code == 2
    assert cli("schedule", "import", "no-such.toml").code == 3
    assert cli("schedule", "show", "9").code == 3


def test_real_store_needs_two_people_with_tokens_of_their_own(
    make_store: Callable[..., Cli], write: Write, tmp_path: Path
) -> None:
    cli = make_store(is_test=False)
    passwords = {}
    for login, role in (("ann", "archivist"), ("bob", "approver"), ("kit", "reader")):
        passwords[login] = write(f"{login}.pw", f"a password of {login}\n")
        cli.ok(
            "user", "add", login, "--role", role, "--password-file", passwords[login]
        )
    made = cli.ok("schedule", "import", write("s.toml", schedule()), "--json").json
    assert made["state"] == "draft"
    approve = ("schedule", "approve", "1")
    assert cli(*approve).code == 4
    given = cli.ok("user", "token", "bob").out.strip()
    assert cli(*approve, RECORDSVC_TOKEN=given).code == 4

    def token(login: str) -> str:
        called = cli.ok(
            "user", "token", login, "--password-file", passwords[login], "--json"
        )
        return str(called.json["token"])

    ann, bob = token("ann"), token("bob")
    wrong = cli("user", "token", "bob", "--password-file", passwords["ann"])
    assert (wrong.code, wrong.out) == (4, "")
    assert cli(*approve, RECORDSVC_TOKEN=token("kit")).code == 4
    cli.ok(*approve, RECORDSVC_TOKEN=ann)
    assert cli(*approve, RECORDSVC_TOKEN=ann).code == 7
    assert cli("schedule", "issue", "1", RECORDSVC_TOKEN=bob).code == 6
    held = tmp_path / "bob.token"
    held.write_text(bob + "\n")
    cli.ok("--token-file", str(held), *approve)
    cli.ok("schedule", "issue", "1", RECORDSVC_TOKEN=bob)
    assert cli("schedule", "issue", "1", RECORDSVC_TOKEN=bob).code == 7
    assert cli("schedule", "approve", "7", RECORDSVC_TOKEN=bob).code == 3

    paper = write("closed.txt", "a closed paper")
    table = write("c.csv", "file,class,closed\nclosed.txt,BUS.PQ,2020-01-01\n")
    record = cli.ingest(paper, "--metadata", table)[0]["id"]
    assert explain(cli, record)["due_on"] == "2030-01-01"
    cli.ok("schedule", "import", write("s2.toml", schedule(2, "P5Y")))
    for who in (ann, bob):
        cli.ok("schedule", "approve", "2", RECORDSVC_TOKEN=who)
    issue = ("schedule", "issue", "2")
    assert cli(*issue, RECORDSVC_TOKEN=bob).code == 6
    assert explain(cli, record)["due_on"] == "2030-01-01"
    cli.ok(*issue, "--acknowledge-earlier", RECORDSVC_TOKEN=bob)
    assert explain(cli, record)["due_on"] == "2025-01-01"


CASE = {
    "case": "c1",
    "on": "2025-03-15",
    "zone": "Europe/Paris",
    "obligations": [
        {
            "schedule": "PQ-10",
            "stages": [{"trigger": "closed", "period": "P5Y", "action": "destroy"}],
        }
    ],
    "facts": {"closed": "2019-12-31T23:30:00Z"},
}


def test_evaluate_reads_a_file_or_standard_input(tmp_path: Path) -> None:
    cli = Cli(data_dir=tmp_path / "no-store")
    line = json.dumps(CASE).encode() + b"\n"
    path = tmp_path / "cases.jsonl"
    path.write_bytes(line)
    called = cli.ok("retention", "evaluate", str(path))
    answer = called.lines[0]
    assert (answer["case"], answer["state"]) == ("c1", "due")
    assert answer["due_on"] == "2025-01-01"
    assert cli.ok("retention", "evaluate", stdin=line).out == called.out
    assert cli.ok("retention", "evaluate", "-", stdin=line, TZ="Asia/Tokyo").out == (
        called.out
    )
    mixed = cli(
        "retention", "evaluate", "-", stdin=b"nonsense\n" + line + b"\xff\n[]\n"
    )
    assert mixed.code == 5
    assert [x["state"] for x in mixed.lines] == ["error", "due", "error", "error"]
    assert mixed.lines[0]["case"] is None
    assert cli("retention", "evaluate", str(tmp_path / "none")).code == 3
    assert not (tmp_path / "no-store").exists()
