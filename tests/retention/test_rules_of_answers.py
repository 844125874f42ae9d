"""Rules 8 to 13 of `retention evaluate`: holds, due, defaults, faults, the trace."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from retention.evaluate import evaluate_line

# Rule 8


@pytest.mark.parametrize(
    ("hold", "held"),
    [
        ({}, True),
        ({"from": None, "to": None}, True),
        ({"from": "2025-03-15"}, True),
        ({"from": "2025-03-16"}, False),
        ({"to": "2025-03-15"}, True),
        ({"to": "2025-03-14"}, False),
        ({"from": "2025-03-15", "to": "2025-03-15"}, True),
        ({"from": "2025-03-14T23:30:00Z"}, True),
        ({"from": "2025-03-15T23:30:00Z"}, False),
    ],
)
def test_rule_8_a_hold_is_active_from_its_first_to_its_last_day(ask, stage, hold, held):
    answer = ask(
        stage=stage(), facts={"closed": "2020-01-01"}, holds=[{"id": "h1", **hold}]
    )
    assert answer["state"] == ("held" if held else "due")
    assert answer["held_by"] == (["h1"] if held else [])


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"obligations": []},
        {"facts": {}},
        {"facts": {"closed": "2024-01-01"}},
        {"facts": {"closed": "2000-01-01"}},
        {"obligations": [{"schedule": "S", "stages": [{"action": "permanent"}]}]},
    ],
)
def test_rule_8_held_lies_over_any_state_and_changes_nothing_else(ask, stage, changes):
    without = ask(**{"stage": stage(), **changes})
    held = ask(**{"stage": stage(), **changes}, holds=[{"id": "h1"}])
    assert held["state"] == "held"
    for name in set(without) - {"state", "held_by", "trace"}:
        assert held[name] == without[name]
    assert held["trace"][: len(without["trace"])] == without["trace"]


def test_rule_8_every_active_hold_is_named(ask):
    holds = [{"id": "h2"}, {"id": "h3", "to": "2020-01-01"}, {"id": "h1"}]
    assert ask(holds=holds)["held_by"] == ["h2", "h1"]


@pytest.mark.parametrize(
    "hold",
    [
        *(
            {},
            {"id": None},
            {"id": ""},
            {"id": 5},
            {"from": "2024-01-01"},
            "h1",
            5,
            None,
        ),
        {"id": "h", "from": "garbage"},
        {"id": "h", "to": ""},
        {"id": "h", "from": 20240101},
        {"id": "h", "from": "2024-01-02", "to": "2024-01-01"},
        {"id": "h", "from": "2044-01-02", "to": "2044-01-01"},
    ],
)
def test_rule_8_a_malformed_hold_is_an_error(ask, hold):
    assert ask(holds=[{"id": "good"}, hold])["state"] == "error"


@pytest.mark.parametrize("holds", [{}, "h1", 5, True])
def test_rule_8_holds_that_are_no_list_are_an_error(ask, holds):
    assert ask(holds=holds)["state"] == "error"


# Rule 9


@pytest.mark.parametrize(
    "action", ["retain", "transfer", "review", "anonymise", "destroy"]
)
@pytest.mark.parametrize(
    ("on", "state"),
    [("2025-03-14", "running"), ("2025-03-15", "due"), ("2099-01-01", "due")],
)
def test_rule_9_every_temporary_action_is_due_from_its_day(
    ask, stage, action, on, state
):
    answer = ask(stage=stage(action=action), facts={"closed": "2020-03-15"}, on=on)
    assert answer["state"] == state


@pytest.mark.parametrize(
    ("cooling", "earliest"),
    [(None, "2025-03-16"), (0, "2025-03-16"), (1, "2025-03-16"), (7, "2025-03-22")],
)
def test_rule_9_execution_waits_for_the_cooling_days(ask, stage, cooling, earliest):
    answer = ask(stage=stage(cooling_days=cooling), facts={"closed": "2020-03-15"})
    assert answer["earliest_execution"] == earliest


# Rule 10


def test_rule_10_null_and_absent_members_have_their_defaults(ask, stage):
    facts = {"closed": "2020-01-01"}
    plain = ask(stage=stage(), facts=facts)
    nulls = stage(combine=None, rounding=None, cooling_days=None)
    assert ask(stage=nulls, facts=facts, holds=None, calendar=None) == plain
    told = stage(combine="all", rounding="none", cooling_days=1)
    assert ask(stage=told, facts=facts) == plain


BAD_STAGES = [
    {"period": None},
    {"trigger": None},
    {"action": None},
    {"trigger": []},
    {"trigger": ["closed", None]},
    {"trigger": [["closed"]]},
    *({"action": bad} for bad in ("delete", "DESTROY", "", 5, True, [], {})),
    *({"rounding": bad} for bad in ("decade", "Year", "", 5, True, [], {})),
    *({"combine": bad} for bad in ("some", "ALL", "", 5, True, [], {})),
    *(
        {"cooling_days": bad}
        for bad in (-1, 1.5, 7.0, True, False, "7", [], {}, -(10**30))
    ),
    *(
        {"trigger": bad}
        for bad in (
            *("opened", "Closed", "", "event", "event:", "date", "date:", "fixed"),
            *(
                "fixed:",
                "fixed:2020-02-30",
                "fixed:2020-01-01T00:00Z",
                "fixed:0000-01-01",
            ),
            *("closed:", "closed:x", ":", ":x", " closed", 5, True, {}),
        )
    ),
    {"rounding": "fiscal"},
]


@pytest.mark.parametrize("changes", BAD_STAGES)
def test_rule_10_a_bad_stage_is_an_error_used_or_not(ask, stage, changes):
    facts = {"closed": "2020-01-01"}
    assert ask(stage=stage(**changes), facts=facts)["state"] == "error"
    done = [{"schedule": "S", "stage": 0, "date": "2021-01-01"}]
    stages = [stage(**changes), {"action": "review", "period": "P1Y"}]
    answer = ask(stage=stages, facts={**facts, "stages_done": done})
    assert answer["state"] == "error"
    obligations = [
        {"schedule": "A", "stages": [{"action": "permanent"}]},
        {"schedule": "B", "stages": [stage(**changes)]},
    ]
    assert ask(obligations=obligations, facts=facts)["state"] == "error"


@pytest.mark.parametrize("changes", [c for c in BAD_STAGES if "trigger" not in c])
def test_rule_10_a_bad_later_stage_is_an_error_before_its_time(ask, stage, changes):
    stages = [stage(), stage(**changes)]
    assert ask(stage=stages, facts={"closed": "2020-01-01"})["state"] == "error"


@pytest.mark.parametrize("stage", [None, 5, "x", []])
def test_rule_10_a_stage_that_is_no_object_is_an_error(ask, stage):
    obligations = [{"schedule": "S", "stages": [stage]}]
    assert ask(obligations=obligations)["state"] == "error"


def test_rule_10_an_unknown_rounding_of_a_permanent_stage_is_an_error(ask):
    stage = {"action": "permanent", "rounding": "fiscal"}
    assert ask(stage=stage)["state"] == "error"
    assert ask(stage=stage, fiscal_year_start="01-01")["state"] == "permanent"


@pytest.mark.parametrize(
    "zone",
    [
        *(None, "", "Mars", "Europe", "europe/paris", "Europe/Paris ", "/etc/passwd"),
        *(
            "../tzdata",
            "localtime",
            "posixrules",
            "zone.tab",
            "a\0b",
            "x" * 5000,
            "\ud800",
        ),
        *(5, True, [], {}, "+01:00", "posix/Europe/Paris"),
    ],
)
def test_rule_10_a_missing_or_unknown_zone_is_an_error(ask, zone):
    assert ask(zone=zone)["state"] == "error"


@pytest.mark.parametrize(
    "start",
    [
        *(
            "02-29",
            "02-30",
            "13-01",
            "00-01",
            "04-00",
            "4-1",
            "0401",
            "04-01 ",
            "",
            "04",
        ),
        *(401, True, [], {}, "2024-04-01", "٠٤-01"),
    ],
)
def test_rule_10_a_bad_start_of_fiscal_years_is_an_error_used_or_not(ask, start):
    assert ask(fiscal_year_start=start)["state"] == "error"


@pytest.mark.parametrize("start", ["12-31", "01-01", "02-28"])
def test_rule_10_other_starts_of_fiscal_years_are_good(ask, stage, start):
    answer = ask(
        stage=stage(rounding="fiscal", period="P0D"),
        facts={"closed": "2024-02-28"},
        fiscal_year_start=start,
    )
    assert answer["due_on"][5:] == start
    assert answer["due_on"] > "2024-02-28"


# Rule 11

UNREAD = [
    {"created": "garbage"},
    {"superseded": 5},
    {"events": [{"type": "withdrawn", "date": "garbage"}]},
    {"events": [5]},
    {"events": "garbage"},
    {"events": [{"date": "2020-01-01"}]},
    {"dates": {"tabled": "garbage"}},
    {"dates": 5},
    {"stages_done": [{"schedule": "T", "stage": "x", "date": "garbage"}]},
]


@pytest.mark.parametrize("facts", UNREAD)
def test_rule_11_a_malformed_fact_that_is_not_read_is_no_fault(ask, stage, facts):
    answer = ask(stage=stage(), facts={"closed": "2020-01-01", **facts})
    assert answer["state"] == "due"


def test_rule_11_a_malformed_calendar_that_is_not_read_is_no_fault(ask, stage):
    for calendar in (5, [], {"session_end": 5}, {"session_end": [{"date": "x"}]}):
        answer = ask(stage=stage(), facts={"closed": "2020-01-01"}, calendar=calendar)
        assert answer["state"] == "due"


@pytest.mark.parametrize(
    ("trigger", "facts"),
    [
        ("closed", {"closed": "garbage"}),
        (["closed", "created"], {"closed": "2020-01-01", "created": "garbage"}),
        (["closed", "created"], {"created": "garbage"}),
        ("event:answered", {"events": [{"type": "answered", "date": "garbage"}]}),
        ("event:answered", {"events": [{"type": "answered", "date": ""}]}),
        ("event:answered", {"events": [5]}),
        ("event:answered", {"events": [None]}),
        ("event:answered", {"events": {}}),
        ("event:answered", {"events": [{"date": "2020-01-01"}]}),
        ("event:answered", {"events": [{"type": 5, "date": "2020-01-01"}]}),
        ("date:tabled", {"dates": {"tabled": "garbage"}}),
        ("date:tabled", {"dates": ["tabled"]}),
        ("session_end", {"created": "garbage"}),
        ("closed", {"closed": "2020-01-01", "unconfirmed": "closed"}),
        ("closed", {"closed": "2020-01-01", "unconfirmed": [5]}),
        ("closed", {"closed": "2020-01-01", "stages_done": 5}),
    ],
)
@pytest.mark.parametrize("combine", ["all", "any"])
def test_rule_11_a_malformed_fact_that_is_read_is_an_error(
    ask, stage, trigger, facts, combine
):
    answer = ask(stage=stage(trigger=trigger, combine=combine), facts=facts)
    assert answer["state"] == "error"


@pytest.mark.parametrize(
    "calendar",
    [
        *(5, [], "x", {"session_end": 5}, {"session_end": {}}, {"session_end": [5]}),
        {"session_end": [{"date": "garbage"}]},
        {"session_end": [{"date": "2030-01-01"}, {"date": 5}]},
        {"session_end": [{"date": "2030-01-01", "confirmed": "yes"}]},
        {"session_end": [{"date": "2030-01-01", "confirmed": 1}]},
    ],
)
def test_rule_11_a_malformed_calendar_that_is_read_is_an_error(ask, stage, calendar):
    facts = {"closed": "2020-01-01"}
    answer = ask(stage=stage(trigger="session_end"), calendar=calendar)
    assert answer["state"] == "error"
    answer = ask(stage=stage(rounding="session"), calendar=calendar, facts=facts)
    assert answer["state"] == "error"


def test_rule_11_a_fault_of_a_losing_obligation_is_an_error(ask, stage):
    obligations = [
        {"schedule": "A", "stages": [{"action": "permanent"}]},
        {"schedule": "B", "stages": [stage()]},
    ]
    answer = ask(obligations=obligations, facts={"closed": "garbage"})
    assert answer["state"] == "error"


@pytest.mark.parametrize("facts", [5, [], "x", True])
def test_rule_11_facts_that_are_no_object_are_an_error(ask, facts):
    assert ask(facts=facts)["state"] == "error"


def test_rule_11_an_error_comes_before_held(ask, stage):
    answer = ask(stage=stage(), facts={"closed": "garbage"}, holds=[{"id": "h1"}])
    assert answer["state"] == "error"
    assert answer["case"] == "c1"


@pytest.mark.parametrize(
    "line",
    ["", " ", "5", "null", "[]", '"x"', "{", "{}x", "nonsense", "[{}]", "\ufeff{}"],
)
def test_rule_11_a_line_that_is_no_object_has_no_case(line):
    answer = evaluate_line(line)
    assert list(answer) == ["case", "state", "error"]
    assert answer["case"] is None
    assert answer["state"] == "error"


@pytest.mark.parametrize(
    "case", [None, 0, -5, 1.5, True, [], {"a": [1]}, "x", 2**80, "\ud800"]
)
def test_rule_11_an_error_gives_the_case_back_as_it_came(case):
    answer = evaluate_line(json.dumps({"case": case, "zone": "Mars"}))
    assert answer["state"] == "error"
    assert answer["case"] == case


# Rule 12


@pytest.mark.parametrize(
    ("trigger", "name"),
    [("created", "created"), ("date:tabled", "tabled"), ("event:answered", "answered")],
)
def test_rule_12_a_date_from_an_unconfirmed_fact_is_provisional(
    ask, stage, trigger, name
):
    facts = {
        "created": "2010-01-01",
        "dates": {"tabled": "2010-01-01"},
        "events": [{"type": "answered", "date": "2010-01-01"}],
    }
    answer = ask(stage=stage(trigger=trigger), facts={**facts, "unconfirmed": [name]})
    assert (answer["state"], answer["provisional"]) == ("running", True)
    assert answer["due_on"] == "2015-01-01"
    answer = ask(
        stage=stage(trigger=trigger), facts={**facts, "unconfirmed": ["other"]}
    )
    assert (answer["state"], answer["provisional"]) == ("due", False)


def test_rule_12_with_any_an_unconfirmed_date_counts_only_when_chosen(ask, stage):
    facts = {
        "created": "2011-01-01",
        "closed": "2010-01-01",
        "unconfirmed": ["created"],
    }
    two = stage(trigger=["created", "closed"], combine="any")
    assert ask(stage=two, facts=facts)["state"] == "due"
    facts["created"] = "2009-01-01"
    assert ask(stage=two, facts=facts)["provisional"] is True


def test_rule_12_an_end_found_by_an_unconfirmed_date_is_provisional(ask, stage):
    answer = ask(
        stage=stage(trigger="session_end", period="P0D"),
        facts={"created": "2010-01-01", "unconfirmed": ["created"]},
        calendar={"session_end": [{"date": "2011-01-01", "confirmed": True}]},
    )
    assert (answer["state"], answer["provisional"]) == ("running", True)


def test_rule_12_the_execution_of_a_stage_is_never_unconfirmed(ask, stage):
    answer = ask(
        stage=[stage(trigger="created"), {"action": "destroy", "period": "P1Y"}],
        facts={
            "created": "2010-01-01",
            "unconfirmed": ["created"],
            "stages_done": [{"schedule": "S", "stage": 0, "date": "2016-01-01"}],
        },
    )
    assert answer["state"] == "due"


# Rule 13


def test_rule_13_the_trace_explains_the_date_step_by_step(ask, stage):
    obligations = [
        {
            "schedule": "B",
            "stages": [
                stage(trigger=["closed", "event:x"], period="P10Y", rounding="year")
            ],
        },
        {"schedule": "A", "stages": [stage(period="P1Y")]},
    ]
    facts = {
        "closed": "2013-01-03",
        "events": [{"type": "x", "date": "2012-12-31T23:30:00Z"}],
    }
    answer = ask(obligations=obligations, facts=facts, holds=[{"id": "h1"}])
    assert answer["trace"] == [
        "A: stage 0 (1 of 1) decides, its action is destroy",
        "trigger closed: 2013-01-03",
        "plus P1Y: 2014-01-03",
        "B: stage 0 (1 of 1) decides, its action is destroy",
        "trigger closed: 2013-01-03",
        "trigger event:x: 2013-01-01 (legal day of 2012-12-31T23:30:00Z)",
        "all: the latest trigger counts, 2013-01-03",
        "rounded to year: 2014-01-01",
        "plus P10Y: 2024-01-01",
        "A (2014-01-03) lost to B because B is due later, on 2024-01-01",
        "due: 2024-01-01 has come on 2025-03-15; not to be executed before 2024-01-02",
        "held by h1 since ever, with no end: nothing is disposed of",
    ]


def test_rule_13_unknown_members_are_ignored(ask, stage):
    facts = {"closed": "2020-01-01"}
    plain = ask(stage=stage(), facts=facts)
    odd = ask(stage=stage(note=1), facts={**facts, "colour": {"a": [None]}}, remark="x")
    assert odd == plain


def test_rule_13_the_same_bytes_under_any_zone_and_locale_of_the_host(tmp_path):
    line = json.dumps(
        {
            "case": "é",
            "on": "2025-12-31T23:30:00Z",
            "zone": "America/Toronto",
            "obligations": [
                {
                    "schedule": "S",
                    "stages": [
                        {"trigger": "closed", "period": "P1Y", "action": "review"}
                    ],
                }
            ],
            "facts": {"closed": "2024-07-01T02:30:00Z"},
        }
    )
    program = (
        "import json, sys; from retention.evaluate import evaluate_line; "
        "print(json.dumps(evaluate_line(sys.argv[1])))"
    )
    hosts = [
        {"TZ": "Asia/Tokyo", "LC_ALL": "C"},
        {
            "TZ": "America/Los_Angeles",
            "LC_ALL": "C.UTF-8",
            "PYTHONTZPATH": str(tmp_path),
        },
    ]
    root = Path(__file__).resolve().parents[2]
    outputs = {
        subprocess.run(
            [sys.executable, "-c", program, line],
            env={**os.environ, **host, "PYTHONPATH": str(root)},
            capture_output=True,
            check=True,
        ).stdout
        for host in hosts
    }
    assert len(outputs) == 1
    assert json.loads(outputs.pop())["due_on"] == "2025-06-30"
