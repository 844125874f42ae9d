"""What must hold of every decision, whatever the case."""

from copy import deepcopy
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retention import dates, periods
from retention.decide import Calendar, Case, Hold, Obligation, decide
from retention.errors import CaseError
from retention.schedule import Action, State
from tests.retention.made import CASES, HOLDS, STAGES


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
def test_two_orders_of_the_same_events_give_one_result(case, random):
    def mixed(entries):
        entries = list(entries)
        random.shuffle(entries)
        return tuple(entries)

    facts, calendar = case.facts, case.calendar
    other = replace(
        case,
        facts=replace(
            facts,
            events=mixed(facts.events),
            dates=mixed(facts.dates),
            stages_done=mixed(facts.stages_done),
            unconfirmed=mixed(facts.unconfirmed),
        ),
        calendar=Calendar(
            session_end=mixed(calendar.session_end),
            legislature_end=mixed(calendar.legislature_end),
        ),
    )
    assert decide(other) == decide(case)


@given(CASES)
def test_recalculation_is_idempotent(case):
    first = decide(case)
    for remembered in (dates._legal_day, periods._months_after, periods._parsed):
        remembered.cache_clear()
    assert decide(case) == first
    assert decide(deepcopy(case)) == first


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


@settings(max_examples=300)
@given(CASES, STAGES, STAGES)
def test_an_obligation_more_never_moves_due_earlier_but_by_its_further_stages(
    case, stage, next_stage
):
    """Rule 6 ranks by groups first: who has stages to come keeps a record longer.

    So the due date may move earlier in one way only: the new obligation has a stage
    after its current one and the former winner had none. What is due earlier then is
    a passing stage, never the end of the record. (From no coverage at all, which is
    kept for ever, any obligation leads to its own date.)
    """
    before = decide(case)
    for stages in ((stage,), (stage, next_stage)):
        further = Obligation(schedule="D", stages=stages)
        after = decide(replace(case, obligations=(*case.obligations, further)))
        if before.winner is None or after.due_on is None:
            continue
        assert before.due_on is not None
        if after.due_on < before.due_on:
            assert after.winner == "D"
            assert len(stages) == 2
            former = {o.schedule: len(o.stages) for o in case.obligations}
            assert before.stage == former[before.winner] - 1


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
