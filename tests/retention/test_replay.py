"""A trace leads to its decision again, from what it recorded and no more."""

import json
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retention.closure import closed_until
from retention.decide import Calendar, Case, Facts, Obligation, decide
from retention.errors import CaseError, MalformedError, RetentionError
from retention.fields import triggers_from
from retention.periods import Period
from retention.replay import replay, replay_closure
from retention.schedule import Action, Rounding, Stage
from retention.sentences import sentence
from retention.shapes import SHAPES
from retention.trace import Step
from tests.retention.made import CASES
from tests.retention.test_closure import RULES


def kept(trace):
    """Return a trace that went through JSON, as a store keeps it."""
    text = json.dumps([step.as_mapping() for step in trace], allow_nan=False)
    return [Step.from_mapping(value) for value in json.loads(text)]


@given(CASES)
def test_a_kept_trace_replays_to_the_same_decision(case):
    decision = decide(case)
    steps = kept(decision.trace)
    assert tuple(steps) == decision.trace
    assert replay(steps, case=case.case) == decision


@given(CASES, RULES)
def test_a_kept_trace_replays_to_the_same_closure(case, rule):
    closure = closed_until(case, rule)
    assert replay_closure(kept(closure.trace)) == closure


REACHED = {
    "combine": ["date"],
    "period": ["date"],
    "waiting": ["missing"],
    "lost": ["due_on", "winner", "winner_due_on", "because"],
    "kept": ["schedule_due_on", "due_on"],
    "provisional": ["schedules"],
    "state": ["state", "due_on", "provisional", "earliest_execution", "winner"],
}


def _other(name, value):
    if isinstance(value, bool):
        return not value
    if isinstance(value, list):
        return [*value, "X"]
    if name == "because":
        return "unknown" if value == "code" else "code"
    return "X"


@given(CASES, st.data())
def test_a_changed_result_is_found_by_replaying(case, data):
    steps = list(decide(case).trace)
    places = [
        (place, name)
        for place, step in enumerate(steps)
        for name in REACHED.get(step.step, [])
    ]
    if not places:
        return
    place, name = data.draw(st.sampled_from(places))
    facts = steps[place].facts
    other = _other(name, facts[name])
    steps[place] = Step(step=steps[place].step, facts={**facts, name: other})
    assert replay(steps).trace != tuple(steps)


@given(CASES, st.data())
def test_a_trace_with_a_step_taken_out_is_refused_or_differs(case, data):
    steps = list(decide(case).trace)
    place = data.draw(st.integers(0, len(steps) - 1))
    if steps[place].step in {"held", "kept", "finished", "lost", "provisional"}:
        return
    del steps[place]
    try:
        replayed = replay(steps)
    except RetentionError:
        return
    assert replayed.trace != tuple(steps)


@pytest.fixture
def trace():
    stage = Stage(
        action=Action.DESTROY,
        triggers=triggers_from("closed"),
        period=Period(years=1),
        rounding=Rounding.SESSION,
    )
    case = Case(
        case="c",
        on=date(2025, 1, 1),
        zone="UTC",
        obligations=(Obligation(schedule="S", stages=(stage,)),),
        facts=Facts(closed="2020-01-01"),
        calendar=Calendar(session_end=(("2020-07-14", True),)),
    )
    return kept(decide(case).trace)


def changed(trace, step, **facts):
    return [
        replace(found, facts={**found.facts, **facts}) if found.step == step else found
        for found in trace
    ]


@pytest.mark.parametrize(
    ("step", "facts", "error"),
    [
        ("trigger", {"date": "2020-13-01"}, "date of a step trigger is '2020-13-01'"),
        ("trigger", {"date": "2021-01-01"}, "session_end on 2020-07-14, before"),
        ("trigger", {"trigger": "created"}, "the trace lacks the trigger closed"),
        ("stage", {"action": "shred"}, "action is 'shred'"),
        ("stage", {"period": "1 year"}, "period is '1 year'"),
        ("stage", {"rounding": "fiscal"}, "fiscal_year_start is missing"),
        ("stage", {"cooling_days": 10**4000}, "at most 4000 digits"),
        ("stage", {"triggers": "closed"}, "a list of texts"),
        ("state", {"on": "today"}, "on of a step state is 'today'"),
    ],
)
def test_a_trace_that_makes_no_sense_is_refused(trace, step, facts, error):
    with pytest.raises(RetentionError, match=error):
        replay(changed(trace, step, **facts))


def test_a_hold_that_was_not_active_holds_nothing(trace):
    facts = {"hold": "h", "from": None, "to": "2024-12-31"}
    step = Step(step="held", facts=facts)
    assert replay([*trace, step]) == replay(trace)
    active = Step(step="held", facts={**facts, "to": "2025-01-01"})
    assert replay([*trace, active]).held_by == ("h",)


def test_a_trace_without_its_end_or_beginning_is_refused(trace):
    with pytest.raises(CaseError, match="has 0 steps state or coverage"):
        replay([step for step in trace if step.step != "state"])
    with pytest.raises(CaseError, match="has 2 steps state or coverage"):
        replay([*trace, *trace])
    with pytest.raises(CaseError, match="a step trigger before any stage"):
        replay([step for step in trace if step.step != "stage"])
    without = [step for step in trace if step.step != "rounding"]
    with pytest.raises(CaseError, match="lacks the rounding to fiscal years"):
        replay(changed(without, "stage", rounding="fiscal"))
    with pytest.raises(CaseError, match="has 0 steps closure"):
        replay_closure(trace)


@pytest.mark.parametrize(
    ("value", "error"),
    [
        (None, "a step of a trace is missing"),
        ([], "a step of a trace is a list"),
        ({"facts": {}}, "step of a trace is missing"),
        ({"step": "guess", "facts": {}}, "step of a trace is 'guess'"),
        ({"step": ["held"], "facts": {}}, "step of a trace is a list"),
        ({"step": "coverage"}, "facts of a step coverage is missing"),
        ({"step": "coverage", "facts": []}, "facts of a step coverage is a list"),
        ({"step": "coverage", "facts": {}}, "an object with on"),
        ({"step": "coverage", "facts": {"on": "x", "off": "y"}}, "an object with on"),
        ({"step": "coverage", "facts": {"on": 5}}, "on of a step coverage is 5"),
        (
            {"step": "finished", "facts": {"schedule": "S", "stages": True}},
            "stages of a step finished is true",
        ),
        (
            {"step": "held", "facts": {"hold": "h", "from": 5, "to": None}},
            "a text or null",
        ),
        (
            {
                "step": "lost",
                "facts": {
                    "schedule": "A",
                    "due_on": None,
                    "action": "review",
                    "winner": "B",
                    "winner_due_on": None,
                    "winner_action": "review",
                    "because": "it lost",
                },
            },
            "one of permanent, unknown",
        ),
    ],
)
def test_a_step_of_another_shape_is_refused(value, error):
    with pytest.raises(MalformedError, match=error):
        Step.from_mapping(value)


VALUES = {
    "a text": st.text(),
    "a text or null": st.none() | st.text(),
    "true or false": st.booleans(),
    "a list of texts": st.lists(st.text()),
}


@given(st.sampled_from(sorted(SHAPES)), st.data())
def test_any_step_of_the_right_shape_has_a_sentence(step, data):
    facts = {}
    for name, kind in SHAPES[step].items():
        if kind.wanted in VALUES:
            facts[name] = data.draw(VALUES[kind.wanted])
        elif kind.wanted.startswith("one of"):
            reasons = kind.wanted.removeprefix("one of ").split(", ")
            facts[name] = data.draw(st.sampled_from(reasons))
        else:
            facts[name] = data.draw(st.integers())
    found = Step.from_mapping({"step": step, "facts": facts})
    assert found.text == sentence(step, facts)
    assert found.text


def test_a_step_keeps_no_hold_on_the_facts_it_was_read_from():
    facts = {"on": "2025-01-01"}
    step = Step.from_mapping({"step": "coverage", "facts": facts})
    facts["on"] = "2026-01-01"
    assert step.facts == {"on": "2025-01-01"}


def test_no_sentence_is_written_until_somebody_reads_it(trace, monkeypatch):
    written = []

    def write(step, facts):
        written.append(step)
        return sentence(step, facts)

    monkeypatch.setattr("retention.trace.sentence", write)
    replayed = replay(trace)
    assert written == []
    assert len(replayed.as_mapping()["trace"]) == len(written) == len(trace)
