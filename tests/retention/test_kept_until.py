"""A day until which an appraisal keeps a record: it lengthens, and never shortens."""

from dataclasses import replace

import pytest
from hypothesis import given

from retention.decide import decide
from retention.schedule import Action, State
from tests.retention.made import CASES


def _kept(answer):
    return [step for step in answer["trace"] if step.startswith("kept until")]


def test_an_appraisal_keeps_a_record_longer_than_its_schedule(ask, stage):
    members = {"stage": stage(cooling_days=7), "facts": {"closed": "2022-01-01"}}
    answer = ask(**members, kept_until="2030-01-01", on="2029-12-31")
    assert (answer["state"], answer["due_on"]) == ("running", "2030-01-01")
    assert answer["earliest_execution"] == "2030-01-08"
    assert answer["trigger_date"] == "2022-01-01"
    assert _kept(answer) == [
        "kept until 2030-01-01 by hand (appraisal); the schedule alone says 2027-01-01"
    ]
    later = ask(**members, kept_until="2030-01-01", on="2030-01-01")
    assert later["state"] == "due"


@pytest.mark.parametrize("until", ["2020-01-01", "2027-01-01"])
def test_an_appraisal_never_makes_a_record_due_earlier(ask, stage, until):
    facts = {"closed": "2022-01-01"}
    answer = ask(stage=stage(), facts=facts, kept_until=until)
    assert answer["due_on"] == "2027-01-01"
    (said,) = _kept(answer)
    assert said == (
        f"kept until {until} by hand (appraisal); the schedule says 2027-01-01, "
        "which is not earlier, and counts"
    )


@pytest.mark.parametrize("only", [{"action": "permanent"}, {}])
def test_an_appraisal_gives_no_date_where_there_is_none(ask, stage, only):
    without = ask(stage=only or stage(), facts={})
    answer = ask(stage=only or stage(), facts={}, kept_until="2020-01-01")
    assert {**answer, "trace": []} == {**without, "trace": []}
    (said,) = _kept(answer)
    assert said == (
        "kept until 2020-01-01 by hand (appraisal); "
        "it changes nothing where there is no due date"
    )


def test_without_disposal_coverage_an_appraisal_is_not_spoken_of(ask):
    assert ask(kept_until="2030-01-01") == ask()


def test_an_instant_is_kept_until_its_legal_day(ask, stage):
    answer = ask(
        stage=stage(),
        facts={"closed": "2010-01-01"},
        kept_until="2029-12-31T23:30:00Z",
    )
    assert answer["due_on"] == "2030-01-01"


@pytest.mark.parametrize("until", ["", "garbage", "2030", 20300101, True, [], {}])
def test_a_malformed_day_of_an_appraisal_is_an_error_used_or_not(ask, stage, until):
    for only in (stage(), {"action": "permanent"}):
        answer = ask(stage=only, facts={"closed": "2010-01-01"}, kept_until=until)
        assert answer["state"] == "error"
        assert "kept_until" in answer["error"]


def test_a_provisional_date_stays_provisional_when_an_appraisal_lengthens_it(
    ask, stage
):
    answer = ask(
        stage=stage(),
        facts={"closed": "2010-01-01", "unconfirmed": ["closed"]},
        kept_until="2020-01-01",
    )
    assert (answer["state"], answer["due_on"]) == ("running", "2020-01-01")
    assert answer["provisional"] is True


def test_the_longest_obligation_is_found_before_the_appraisal_counts(ask, stage):
    short = {"schedule": "A", "stages": [stage(period="P1Y")]}
    long = {"schedule": "B", "stages": [stage(period="P3Y", action="review")]}
    answer = ask(
        obligations=[short, long],
        facts={"closed": "2020-01-01"},
        kept_until="2030-01-01",
    )
    assert (answer["winner"], answer["action"]) == ("B", "review")
    assert answer["due_on"] == "2030-01-01"


@given(CASES)
def test_keeping_a_record_never_makes_anything_due(case):
    without, decision = decide(replace(case, kept_until=None)), decide(case)
    assert decision.action == without.action
    assert (decision.due_on is None) == (without.due_on is None)
    if decision.due_on is not None:
        assert decision.due_on >= without.due_on
        assert decision.earliest_execution >= without.earliest_execution
    if decision.state is State.DUE:
        assert without.state is State.DUE
    if without.action is Action.PERMANENT:
        assert decision.state is without.state
