"""Rules 4 to 7 of `retention evaluate`: triggers, stages, several obligations."""

import itertools

import pytest

# Rule 4

TWO = ["event:answered", "closed"]


@pytest.mark.parametrize(
    ("combine", "day"),
    [("all", "2024-06-01"), (None, "2024-06-01"), ("any", "2024-01-01")],
)
def test_rule_4_all_takes_the_latest_date_and_any_the_earliest(
    ask, stage, combine, day
):
    facts = {
        "events": [{"type": "answered", "date": "2024-06-01"}],
        "closed": "2024-01-01",
    }
    answer = ask(stage=stage(trigger=TWO, combine=combine), facts=facts)
    assert answer["trigger_date"] == day


def test_rule_4_all_waits_for_all_and_any_for_one(ask, stage):
    facts = {"closed": "2019-01-01"}
    waiting = ask(stage=stage(trigger=TWO), facts=facts)
    assert waiting["state"] == "awaiting_trigger"
    assert waiting["trigger_date"] is None
    assert ask(stage=stage(trigger=TWO, combine="any"), facts=facts)["state"] == "due"
    nothing = ask(stage=stage(trigger=TWO, combine="any"))
    assert nothing["state"] == "awaiting_trigger"


def test_rule_4_of_several_events_of_one_type_the_latest_counts(ask, stage):
    events = [
        {"type": "answered", "date": "2019-01-01"},
        {"type": "answered", "date": "2020-01-01T23:30:00Z"},
        {"type": "answered", "date": "2018-01-01"},
        {"type": "withdrawn", "date": "2023-01-01"},
    ]
    answer = ask(stage=stage(trigger="event:answered"), facts={"events": events})
    assert answer["trigger_date"] == "2020-01-02"


@pytest.mark.parametrize(
    "kind", ["created", "received", "declared", "closed", "superseded", "last_action"]
)
def test_rule_4_every_plain_fact_starts_a_clock(ask, stage, kind):
    answer = ask(stage=stage(trigger=kind), facts={kind: "2020-01-01"})
    assert answer["due_on"] == "2025-01-01"


def test_rule_4_a_date_field_and_a_fixed_day_start_a_clock(ask, stage):
    facts = {"dates": {"tabled": "2020-01-01", "x:y": "2021-01-01", "none": None}}
    assert (
        ask(stage=stage(trigger="date:tabled"), facts=facts)["due_on"] == "2025-01-01"
    )
    assert ask(stage=stage(trigger="date:x:y"), facts=facts)["due_on"] == "2026-01-01"
    waiting = ask(stage=stage(trigger="date:none"), facts=facts)
    assert waiting["state"] == "awaiting_trigger"
    two = stage(trigger=["date:tabled", "date:x:y"])
    assert ask(stage=two, facts=facts)["due_on"] == "2026-01-01"
    assert ask(stage=stage(trigger="fixed:2020-02-29"))["due_on"] == "2025-02-28"


def test_rule_4_future_dates_count_and_give_running(ask, stage):
    answer = ask(stage=stage(), facts={"closed": "2099-01-01"})
    assert (answer["state"], answer["due_on"]) == ("running", "2104-01-01")


def test_rule_4_a_missing_trigger_never_becomes_due(ask, stage):
    answer = ask(stage=stage(), on="9999-12-31")
    assert answer["state"] == "awaiting_trigger"
    assert (answer["action"], answer["winner"], answer["stage"]) == ("destroy", "S", 0)
    assert answer["due_on"] is None
    assert answer["earliest_execution"] is None


# Rule 5


def _done(*entries, schedule="S"):
    return [{"schedule": schedule, "stage": n, "date": day} for n, day in entries]


@pytest.fixture
def three(stage):
    return [
        stage(action="review", period="P1Y"),
        {"action": "transfer", "period": "P2Y"},
        {"action": "destroy", "period": "P3Y", "rounding": "year", "cooling_days": 7},
    ]


@pytest.mark.parametrize(
    ("done", "number", "due"),
    [
        ([], 0, "2011-01-01"),
        ([(0, "2012-05-05")], 1, "2014-05-05"),
        ([(1, "2015-05-05"), (0, "2012-05-05")], 2, "2019-01-01"),
        ([(0, "2012-05-05"), (2, "2020-01-01")], 1, "2014-05-05"),
        ([(1, "2015-05-05"), (2, "2020-01-01")], 0, "2011-01-01"),
        ([(0, "2012-05-05"), (0, "2013-05-05")], 1, "2015-05-05"),
        ([(0, None)], 0, "2011-01-01"),
        ([(0, "2012-12-31T23:30:00Z")], 1, "2015-01-01"),
        ([(7, "2012-05-05")], 0, "2011-01-01"),
    ],
)
def test_rule_5_the_execution_of_a_stage_starts_the_next(ask, three, done, number, due):
    facts = {"closed": "2010-01-01", "stages_done": _done(*done)}
    answer = ask(stage=three, facts=facts)
    assert (answer["stage"], answer["due_on"]) == (number, due)


def test_rule_5_the_done_stages_of_another_schedule_do_not_count(ask, three):
    done = _done((0, "garbage"), (-1, None), schedule="T")
    answer = ask(stage=three, facts={"closed": "2010-01-01", "stages_done": done})
    assert answer["stage"] == 0


@pytest.mark.parametrize("trigger", ["nonsense", 7, [], "event:", "session_end"])
def test_rule_5_the_trigger_of_a_later_stage_is_not_read(ask, three, trigger):
    three[1]["trigger"] = trigger
    facts = {"closed": "2010-01-01", "stages_done": _done((0, "2012-05-05"))}
    assert ask(stage=three, facts=facts)["due_on"] == "2014-05-05"


def test_rule_5_a_stage_that_is_done_does_not_read_its_facts_again(ask, three):
    facts = {"closed": "garbage", "stages_done": _done((0, "2012-05-05"))}
    assert ask(stage=three, facts=facts)["due_on"] == "2014-05-05"


@pytest.mark.parametrize(
    "entry",
    [
        *(5, None, "S", [], {}, {"stage": 0, "date": "2012-05-05"}),
        {"schedule": None, "stage": 0, "date": "2012-05-05"},
        {"schedule": "S", "date": "2012-05-05"},
        {"schedule": "S", "stage": -1, "date": "2012-05-05"},
        {"schedule": "S", "stage": 0.0, "date": "2012-05-05"},
        {"schedule": "S", "stage": True, "date": "2012-05-05"},
        {"schedule": "S", "stage": "0", "date": "2012-05-05"},
        {"schedule": "S", "stage": 0, "date": "2012"},
    ],
)
def test_rule_5_a_malformed_done_stage_is_an_error(ask, three, entry):
    facts = {"closed": "2010-01-01", "stages_done": [entry]}
    assert ask(stage=three, facts=facts)["state"] == "error"


def test_rule_5_stages_done_that_are_no_list_are_an_error(ask, three):
    assert ask(stage=three, facts={"stages_done": {}})["state"] == "error"


# Rule 6


def _orders(obligations):
    return [list(order) for order in itertools.permutations(obligations)]


def _obligation(code, *stages):
    return {"schedule": code, "stages": list(stages)}


def _same_for_every_order(ask, obligations, **members):
    answers = [ask(obligations=order, **members) for order in _orders(obligations)]
    assert all(answer == answers[0] for answer in answers)
    return answers[0]


def test_rule_6_permanent_beats_everything(ask, stage):
    answer = _same_for_every_order(
        ask,
        [
            _obligation("A", stage(trigger="superseded")),
            _obligation("B", stage(period="P99Y")),
            _obligation("C", {"action": "permanent"}),
        ],
        facts={"closed": "2010-01-01"},
    )
    assert (answer["winner"], answer["state"]) == ("C", "permanent")


def test_rule_6_an_unknown_due_date_beats_every_known_one(ask, stage):
    answer = _same_for_every_order(
        ask,
        [
            _obligation("A", stage(trigger="superseded", period="P1D")),
            _obligation(
                "B", stage(period="P99Y"), {"action": "review", "period": "P1Y"}
            ),
        ],
        facts={"closed": "2010-01-01"},
    )
    assert (answer["winner"], answer["state"]) == ("A", "awaiting_trigger")


def test_rule_6_stages_still_to_come_beat_a_later_last_stage(ask, stage):
    answer = _same_for_every_order(
        ask,
        [
            _obligation(
                "A", stage(period="P1Y"), {"action": "review", "period": "P1Y"}
            ),
            _obligation("B", stage(period="P99Y")),
            _obligation(
                "C", stage(period="P2Y"), {"action": "review", "period": "P1Y"}
            ),
        ],
        facts={"closed": "2010-01-01"},
    )
    assert (answer["winner"], answer["due_on"]) == ("C", "2012-01-01")


def test_rule_6_an_obligation_on_its_last_stage_has_none_to_come(ask, stage):
    answer = _same_for_every_order(
        ask,
        [
            _obligation("A", stage(), {"action": "review", "period": "P1Y"}),
            _obligation("B", stage(period="P3Y")),
        ],
        facts={
            "closed": "2020-01-01",
            "stages_done": _done((0, "2020-02-01"), schedule="A"),
        },
    )
    assert (answer["winner"], answer["due_on"]) == ("B", "2023-01-01")


def test_rule_6_the_latest_due_date_wins(ask, stage):
    answer = _same_for_every_order(
        ask,
        [_obligation("A", stage(period="P1Y")), _obligation("B", stage(period="P3Y"))],
        facts={"closed": "2020-01-01"},
    )
    assert (answer["winner"], answer["due_on"]) == ("B", "2023-01-01")


ORDER = ["retain", "transfer", "review", "anonymise", "destroy"]


@pytest.mark.parametrize(("first", "second"), list(itertools.combinations(ORDER, 2)))
@pytest.mark.parametrize("closed", ["2020-01-01", None])
def test_rule_6_on_the_same_date_the_action_decides(ask, stage, first, second, closed):
    answer = _same_for_every_order(
        ask,
        [
            _obligation("A", stage(action=second)),
            _obligation("B", stage(action=first)),
        ],
        facts={"closed": closed},
    )
    assert (answer["winner"], answer["action"]) == ("B", first)


def test_rule_6_then_the_lower_code_decides_never_the_order(ask, stage):
    answer = _same_for_every_order(
        ask,
        [_obligation(code, stage()) for code in ("b", "B", "a")],
        facts={"closed": "2020-01-01"},
    )
    assert answer["winner"] == "B"
    answer = _same_for_every_order(
        ask, [_obligation(code, {"action": "permanent"}) for code in ("Y", "X")]
    )
    assert answer["winner"] == "X"


def test_rule_6_the_same_schedule_twice_is_an_error(ask, stage):
    answer = ask(obligations=[_obligation("A", stage()), _obligation("A", stage())])
    assert "A" in answer["error"]


def _no_coverage(answer):
    assert answer["state"] == "permanent"
    for name in ("winner", "action", "stage", "due_on", "earliest_execution"):
        assert answer[name] is None
    assert answer["trace"][-1] == "no disposal coverage"


@pytest.mark.parametrize("obligations", [None, []])
def test_rule_6_no_obligation_is_permanent_without_coverage(ask, obligations):
    _no_coverage(ask(obligations=obligations))


def test_rule_6_all_stages_done_is_permanent_without_coverage(ask, three):
    done = _done((0, "2012-01-01"), (1, "2013-01-01"), (2, "2014-01-01"))
    _no_coverage(ask(stage=three, facts={"stages_done": done}))


def test_rule_6_a_finished_obligation_leaves_the_others_to_decide(ask, stage, three):
    done = _done((0, "2012-01-01"), (1, "2013-01-01"), (2, "2014-01-01"))
    answer = _same_for_every_order(
        ask,
        [_obligation("S", *three), _obligation("T", stage())],
        facts={"stages_done": done, "closed": "2020-01-01"},
    )
    assert (answer["winner"], answer["state"]) == ("T", "due")
    assert any("S" in step and "done" in step for step in answer["trace"])


@pytest.mark.parametrize("stages", [[], None, {}, "x", 0])
def test_rule_6_an_obligation_without_stages_is_an_error(ask, stages):
    obligations = [{"schedule": "S", "stages": stages}]
    assert ask(obligations=obligations)["state"] == "error"


@pytest.mark.parametrize(
    "obligations", [{}, "x", 5, ["x"], [5], [{}], [{"schedule": ""}], [{"schedule": 5}]]
)
def test_rule_6_malformed_obligations_are_errors(ask, obligations):
    assert ask(obligations=obligations)["state"] == "error"


# Rule 7


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"trigger": "closed", "period": "P5Y"},
        {"trigger": "nonsense", "period": "nonsense"},
        {"trigger": 5, "period": []},
    ],
)
def test_rule_7_permanent_has_no_dates_and_reads_none(ask, changes):
    answer = ask(stage={"action": "permanent", **changes}, facts={"closed": "garbage"})
    assert answer["state"] == "permanent"
    assert (answer["action"], answer["winner"], answer["stage"]) == (
        "permanent",
        "S",
        0,
    )
    for name in ("due_on", "trigger_date", "earliest_execution"):
        assert answer[name] is None
    assert answer["provisional"] is False


def test_rule_7_permanent_as_a_later_stage(ask, stage):
    answer = ask(
        stage=[stage(action="transfer"), {"action": "permanent"}],
        facts={"stages_done": _done((0, "garbage"))},
    )
    assert (answer["state"], answer["stage"]) == ("permanent", 1)
