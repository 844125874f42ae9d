"""What must hold of every decision, whatever the case."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retention.decide import Calendar, Case, Facts, Hold, Obligation, decide
from retention.errors import CaseError
from retention.fields import triggers_from
from retention.periods import Period
from retention.schedule import Action, Combine, Rounding, Stage, State

DAYS = st.dates(min_value=date(1900, 1, 1), max_value=date(2100, 1, 1))
PERIODS = st.builds(
    Period,
    years=st.integers(0, 200),
    months=st.integers(0, 30),
    weeks=st.integers(0, 60),
    days=st.integers(0, 400),
)
TRIGGERS = st.lists(
    st.sampled_from(["closed", "created", "event:x", "date:y", "session_end"]),
    min_size=1,
    max_size=3,
).map(triggers_from)
STAGES = st.builds(
    Stage,
    action=st.sampled_from(Action),
    triggers=TRIGGERS,
    period=PERIODS,
    combine=st.sampled_from(Combine),
    rounding=st.sampled_from(Rounding),
    cooling_days=st.integers(0, 40),
)
TEXTS = DAYS.map(date.isoformat)
FACTS = st.builds(
    Facts,
    closed=st.none() | TEXTS,
    created=st.none() | TEXTS,
    events=st.lists(st.tuples(st.just("x"), TEXTS), max_size=2).map(tuple),
    dates=st.lists(st.tuples(st.just("y"), TEXTS), max_size=1).map(tuple),
    stages_done=st.lists(
        st.tuples(st.sampled_from("ABC"), st.integers(0, 2), TEXTS), max_size=3
    ).map(tuple),
    unconfirmed=st.lists(st.sampled_from(["created", "x", "y"]), max_size=2).map(tuple),
)
ENDS = st.lists(st.tuples(TEXTS, st.booleans()), max_size=3).map(tuple)
OBLIGATIONS = st.lists(
    st.builds(
        Obligation,
        schedule=st.sampled_from("ABC"),
        stages=st.lists(STAGES, min_size=1, max_size=3).map(tuple),
    ),
    max_size=3,
    unique_by=lambda obligation: obligation.schedule,
).map(tuple)
HOLDS = st.builds(
    Hold, id=st.sampled_from(["h1", "h2"]), from_=st.none() | DAYS, to=st.none()
)
CASES = st.builds(
    Case,
    case=st.just("c"),
    on=DAYS,
    zone=st.sampled_from(["Europe/Paris", "America/Toronto"]),
    fiscal_year_start=st.just("04-01"),
    obligations=OBLIGATIONS,
    facts=FACTS,
    calendar=st.builds(Calendar, session_end=ENDS, legislature_end=ENDS),
    holds=st.lists(HOLDS, max_size=2).map(tuple),
)


@given(CASES, HOLDS)
def test_adding_a_hold_never_makes_anything_due(case, hold):
    before = decide(case)
    after = decide(replace(case, holds=(*case.holds, hold)))
    assert after.state in {before.state, State.HELD}
    assert replace(after, state=before.state, held_by=(), trace=()) == replace(
        before, held_by=(), trace=()
    )


@given(CASES, st.randoms())
def test_the_order_of_obligations_never_matters(case, random):
    shuffled = list(case.obligations)
    random.shuffle(shuffled)
    assert decide(replace(case, obligations=tuple(shuffled))) == decide(case)


@given(CASES, st.randoms())
def test_the_order_of_facts_never_matters(case, random):
    events, ends = list(case.facts.events), list(case.calendar.session_end)
    random.shuffle(events)
    random.shuffle(ends)
    mixed = replace(
        case,
        facts=replace(case.facts, events=tuple(events)),
        calendar=replace(case.calendar, session_end=tuple(ends)),
    )
    assert decide(mixed) == decide(case)


@given(CASES)
def test_nothing_is_due_before_its_day_or_executed_before_the_next(case):
    decision = decide(case)
    if decision.state is State.DUE:
        assert decision.due_on <= case.on
        assert not decision.provisional
        assert decision.action is not Action.PERMANENT
        assert decision.earliest_execution > decision.due_on
    if decision.due_on is not None:
        assert decision.trigger_date <= decision.due_on


@given(CASES, st.integers(0, 40000))
def test_what_is_due_stays_due_until_something_changes(case, days):
    if decide(case).state is State.DUE:
        later = case.on + timedelta(days=days)
        assert decide(replace(case, on=later)).state in {State.DUE, State.HELD}


@given(CASES, STAGES)
def test_a_further_obligation_that_loses_never_makes_anything_due(case, stage):
    further = Obligation(schedule="D", stages=(stage,))
    after = decide(replace(case, obligations=(*case.obligations, further)))
    if after.state is State.DUE and after.winner != "D":
        before = decide(case)
        assert (before.state, before.winner) == (State.DUE, after.winner)


@given(CASES)
def test_the_trace_is_never_empty_and_the_answer_is_plain(case):
    answer = decide(case).as_mapping()
    assert answer["trace"]
    for step in answer["trace"]:
        assert isinstance(step, str)


def test_a_hold_that_ends_before_it_begins_is_an_error():
    hold = Hold(id="h", from_=date(2025, 1, 2), to=date(2025, 1, 1))
    case = Case(case="c", on=date(2025, 1, 1), zone="UTC", holds=(hold,))
    with pytest.raises(CaseError, match="ends on 2025-01-01") as caught:
        decide(case)
    assert caught.value.reason == str(caught.value)
