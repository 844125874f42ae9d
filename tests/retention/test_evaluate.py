"""The JSON door is total: any line has one answer, of plain JSON values."""

import json
import sys
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retention import jsonline
from retention.case import Case, Facts, Hold, Obligation
from retention.decide import decide
from retention.errors import CaseError, MalformedError, shown
from retention.evaluate import evaluate_line
from retention.fields import triggers_from
from retention.periods import Period
from retention.schedule import Action, Stage

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
    | st.sampled_from(["2020-01-01", "closed", "P5Y", "destroy", "S", "\ud800"]),
    lambda parts: (
        st.lists(parts, max_size=4)
        | st.dictionaries(
            st.text(max_size=5)
            | st.sampled_from(
                [
                    "schedule",
                    "stages",
                    "trigger",
                    "period",
                    "action",
                    "id",
                    "date",
                    "type",
                ]
            ),
            parts,
            max_size=5,
        )
    ),
    max_leaves=20,
)
STAGE = st.fixed_dictionaries(
    {
        "trigger": st.sampled_from(["closed", "created", "event:x", "session_end"])
        | JSON,
        "period": st.sampled_from(["P5Y", "P1M", "P0D", "P9999Y"]) | JSON,
        "action": st.sampled_from([*Action]) | JSON,
    },
    optional={
        "rounding": st.sampled_from(["year", "fiscal", "session"]) | JSON,
        "combine": st.sampled_from(["all", "any"]) | JSON,
        "cooling_days": st.integers(min_value=0, max_value=40) | JSON,
    },
)
DAY = st.dates().map(date.isoformat) | JSON
OBLIGATION = st.fixed_dictionaries(
    {
        "schedule": st.sampled_from(["S", "T"]) | JSON,
        "stages": st.lists(STAGE, max_size=3) | JSON,
    }
)
FACTS = st.fixed_dictionaries(
    {},
    optional={
        "closed": DAY,
        "created": DAY,
        "unconfirmed": st.lists(st.sampled_from(["created", "x"])) | JSON,
        "events": st.lists(st.fixed_dictionaries({"type": st.just("x"), "date": DAY}))
        | JSON,
        "stages_done": st.lists(
            st.fixed_dictionaries(
                {"schedule": st.just("S"), "stage": st.integers(0, 3), "date": DAY}
            ),
            max_size=2,
        )
        | JSON,
    },
)
CASE = st.fixed_dictionaries(
    {"on": DAY, "zone": st.just("Europe/Paris") | JSON},
    optional={
        "case": JSON,
        "obligations": st.lists(OBLIGATION, max_size=3) | JSON,
        "facts": FACTS | JSON,
        "calendar": st.fixed_dictionaries(
            {
                "session_end": st.lists(
                    st.fixed_dictionaries({"date": DAY, "confirmed": st.booleans()})
                )
            }
        )
        | JSON,
        "holds": st.lists(st.fixed_dictionaries({"id": st.just("h"), "to": DAY}))
        | JSON,
        "fiscal_year_start": st.just("04-01") | JSON,
    },
)


def _is_an_answer(answer):
    assert json.loads(json.dumps(answer, allow_nan=False)) == answer
    states = {"running", "awaiting_trigger", "due", "held", "permanent", "error"}
    assert answer["state"] in states
    if answer["state"] == "error":
        assert list(answer) == ["case", "state", "error"]
    else:
        assert answer["trace"]


@given(st.text())
def test_any_text_has_an_answer(text):
    _is_an_answer(evaluate_line(text))


@given(JSON)
def test_any_json_has_an_answer(value):
    _is_an_answer(evaluate_line(json.dumps(value)))


@given(CASE)
def test_anything_like_a_case_has_an_answer_that_names_it(case):
    answer = evaluate_line(json.dumps(case))
    _is_an_answer(answer)
    assert answer["case"] == case.get("case")
    assert answer == evaluate_line(json.dumps(case))


def _line(**members):
    return json.dumps(
        {"case": "c", "on": "2025-01-01", "zone": "Europe/Paris", **members}
    )


@pytest.mark.parametrize("number", ["1" * 5000, "-" + "1" * 5000, "1e999", "-1E999"])
def test_numbers_out_of_range_are_tolerated_where_nothing_reads_them(number):
    line = _line()[:-1] + f', "remark": [{number}]}}'
    assert evaluate_line(line)["state"] == "permanent"
    line = _line()[:-1] + f', "holds": [{{"id": {number}}}]}}'
    answer = evaluate_line(line)
    assert (answer["case"], answer["state"]) == ("c", "error")
    assert "a number out of range" in answer["error"]


@pytest.mark.parametrize("case", ["1e999", '{"a": [1e999]}', "[" * 70 + "]" * 70])
def test_a_case_that_cannot_be_given_back_is_an_error(case):
    answer = evaluate_line(f'{{"case": {case}, "on": "2025-01-01"}}')
    assert answer["case"] is None
    assert "case" in answer["error"]


@pytest.mark.parametrize("constant", ["NaN", "Infinity", "-Infinity"])
def test_constants_that_are_no_json_are_errors(constant):
    answer = evaluate_line(f'{{"case": "c", "on": {constant}}}')
    assert answer["case"] is None
    assert constant in answer["error"]


@pytest.mark.parametrize("opening", ["[", '{"a":'])
def test_nesting_without_end_is_an_error(opening):
    depth = sys.getrecursionlimit() * 100
    assert "nested" in evaluate_line(opening * depth)["error"]
    assert "nested" in evaluate_line(f'{{"a": {opening * depth}')["error"]


def test_nesting_that_nothing_reads_is_tolerated():
    assert evaluate_line(_line(remark=json.loads("[" * 100 + "]" * 100)))["state"] == (
        "permanent"
    )


@pytest.mark.parametrize(
    "line",
    [
        '{"case": "c", "on": "2025-01-01", "holds": [{"id": "h"}], "holds": []}',
        '{"case": "c", "facts": {"closed": "2020-01-01", "closed": null}}',
    ],
)
def test_a_name_that_stands_twice_is_an_error(line):
    answer = evaluate_line(line)
    assert answer["case"] == "c"
    assert "twice" in answer["error"]


def test_bytes_that_are_no_utf8_are_an_error():
    text = b'{"case": "c\xff"}'.decode("utf-8", "surrogateescape")
    answer = evaluate_line(text)
    assert answer == {
        "case": "c\udcff",
        "state": "error",
        "error": "the line is not UTF-8",
    }


def test_escaped_lone_surrogates_are_texts_like_others():
    stage = {"trigger": "event:\ud800", "period": "P1Y", "action": "review"}
    line = _line(
        obligations=[{"schedule": "\udfff", "stages": [stage]}],
        facts={"events": [{"type": "\ud800", "date": "2020-01-01"}]},
    )
    answer = evaluate_line(line)
    assert (answer["winner"], answer["state"]) == ("\udfff", "due")


def test_a_line_without_measure_is_an_error(monkeypatch):
    monkeypatch.setattr(jsonline, "MAX_LINE", 10)
    assert "longer than 10" in evaluate_line(_line())["error"]


def test_white_space_around_the_object_is_none_of_our_business():
    assert evaluate_line(f" \t{_line()}\r\n") == evaluate_line(_line())


def test_long_texts_mean_what_short_ones_do():
    zeros = "0" * 100
    stage = {"trigger": f"event:{zeros}", "period": f"P{zeros}5Y", "action": "review"}
    facts = {"events": [{"type": zeros, "date": f"2020-01-01T00:00:00.{zeros}Z"}]}
    line = _line(obligations=[{"schedule": "S", "stages": [stage]}], facts=facts)
    assert evaluate_line(line)["due_on"] == "2025-01-01"


def test_both_doors_give_the_same_decision():
    stage = Stage(
        action=Action.DESTROY,
        triggers=triggers_from("last_action"),
        period=Period.parse("P5Y"),
    )
    last_action = "2019-12-31T23:30:00.123456+00:00"
    decision = decide(
        Case(
            case="c",
            on=date(2025, 1, 1),
            zone="Europe/Paris",
            obligations=(Obligation(schedule="S", stages=(stage,)),),
            facts=Facts(last_action=last_action),
            holds=(Hold(id="h"),),
        )
    )
    raw = {"trigger": "last_action", "period": "P5Y", "action": "destroy"}
    line = _line(
        obligations=[{"schedule": "S", "stages": [raw]}],
        facts={"last_action": last_action},
        holds=[{"id": "h"}],
    )
    assert evaluate_line(line) == decision.as_mapping()


def test_values_made_by_hand_are_checked_like_lines():
    bare = Stage(action=Action.DESTROY)
    unstarted = Stage(action=Action.DESTROY, period=Period(years=1))
    for stages, part in ((bare,), "period"), ((unstarted,), "trigger"):
        obligation = Obligation(schedule="S", stages=stages)
        case = Case(case=1, on=date(2025, 1, 1), zone="UTC", obligations=(obligation,))
        with pytest.raises(CaseError, match=part):
            decide(case)
    with pytest.raises(MalformedError, match="zone"):
        decide(Case(case=1, on=date(2025, 1, 1), zone=None))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "missing"),
        ("a" * 100, "'" + "a" * 60 + "'..."),
        (False, "false"),
        (1.5, "1.5"),
        (10**100, "1" + "0" * 59),
        ((1,), "a list"),
        (date(2020, 1, 1), "2020-01-01"),
    ],
)
def test_messages_show_values_shortly(value, text):
    assert shown(value) == text
