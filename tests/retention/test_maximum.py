"""A maximum-keeping duty: it bounds or is refused, and never moves a date."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given

from retention.case import Case, Facts, Hold, Obligation
from retention.decide import decide
from retention.errors import CaseError, MalformedError, ScheduleError
from retention.fields import triggers_from
from retention.fileplan import terms_of
from retention.loader import dump, load
from retention.maximum import BoundState
from retention.periods import Period
from retention.replay import replay
from retention.schedule import MaximumRule, Rounding, State
from retention.trace import Step
from tests.retention.made import CASES, HOLDS

FILE = """
[authority]
title = "A"
zone = "Europe/Paris"
version = 1
effective_from = 2020-01-01

[[class]]
code = "HR"
title = "Personal files"
schedule = "HR-1"
maximum = "PRIV-2"

[[class]]
code = "HR.SICK"
title = "Sick notes"
parent = "HR"

[[schedule]]
code = "HR-1"
title = "One year"
  [[schedule.stage]]
  trigger = "closed"
  period = "P1Y"
  action = "destroy"

[[maximum]]
code = "PRIV-2"
title = "Personal data"
citation = ["GDPR art. 5(1)(e)"]
trigger = "closed"
period = "P2Y"
"""
AT_MOST_2 = {"maximum": "PRIV-2", "trigger": "closed", "period": "P2Y"}


def bound_of(ask, **members):
    members.setdefault("facts", {"closed": "2024-01-01"})
    answer = ask(maximums=[AT_MOST_2], **members)
    (found,) = answer["maximums"]
    return answer, found


def test_a_duty_that_agrees_with_the_schedule_shows_as_a_bound(ask, stage):
    answer, found = bound_of(ask, stage=stage(period="P1Y"))
    assert found == {
        "maximum": "PRIV-2",
        "until": "2026-01-01",
        "provisional": False,
        "state": "bound",
        "because": None,
        "fault": None,
    }
    assert answer["trace"][-1] == "PRIV-2: it must be gone by 2026-01-01"


def test_on_its_last_day_a_record_is_not_late_and_on_the_next_it_is(ask, stage):
    for on, state in (("2026-01-01", "bound"), ("2026-01-02", "passed")):
        answer, found = bound_of(ask, stage=stage(period="P1Y"), on=on)
        assert (answer["state"], found["state"]) == ("due", state)
    assert answer["trace"][-1] == (
        "PRIV-2: it must have been gone by 2026-01-01; that makes nothing due"
    )


@pytest.mark.parametrize(
    ("stage_says", "facts", "outcome"),
    [
        ({"period": "P5Y"}, {}, ("later", "but S keeps it until 2029-01-01")),
        ({"action": "permanent"}, {}, ("permanent", "but S keeps it permanently")),
        ({"trigger": "event:x"}, {}, ("unknown", "but S has no due date yet")),
        (
            {},
            {"stages_done": [{"schedule": "S", "stage": 0, "date": "2025-01-01"}]},
            ("coverage", "but it has no disposal coverage and stays"),
        ),
    ],
)
def test_what_keeps_a_record_longer_refuses_the_duty(
    ask, stage, stage_says, facts, outcome
):
    because, said = outcome
    facts = {"closed": "2024-01-01", **facts}
    answer, found = bound_of(ask, stage=stage(**stage_says), facts=facts)
    assert (found["state"], found["because"]) == ("refused", because)
    assert said in answer["trace"][-1]
    without = ask(stage=stage(**stage_says), facts=facts)
    assert {**answer, "trace": 0} == {
        **without,
        "trace": 0,
        "maximums": answer["maximums"],
    }


def test_a_hold_refuses_the_duty_once_its_day_has_passed(ask, stage):
    hold = [{"id": "h1"}]
    _, before = bound_of(ask, stage=stage(period="P1Y"), holds=hold, on="2026-01-01")
    assert before["state"] == "bound"
    answer, after = bound_of(
        ask, stage=stage(period="P1Y"), holds=hold, on="2026-01-02"
    )
    assert (answer["state"], after["because"]) == ("held", "hold")


def test_a_manual_date_refuses_the_duty_in_its_own_name(ask, stage):
    for until, because in (("2030-01-01", "by_hand"), ("2024-06-01", None)):
        answer, found = bound_of(ask, stage=stage(period="P1Y"), kept_until=until)
        assert found["because"] == because
    answer, found = bound_of(ask, stage=stage(period="P5Y"), kept_until="2030-01-01")
    assert found["because"] == "later"
    answer, _ = bound_of(ask, stage=stage(period="P1Y"), kept_until="2030-01-01")
    assert answer["trace"][-1].endswith("but it is kept until 2030-01-01 by hand")


def test_a_duty_whose_own_day_is_unknown_refuses_nothing(ask, stage):
    permanent = {"action": "permanent"}
    answer, found = bound_of(ask, stage=permanent, facts={"created": "2020-01-01"})
    assert (found["state"], found["until"]) == ("waiting", None)
    assert answer["trace"][-2:] == [
        "waiting for closed: no day by which it must be gone",
        "PRIV-2: no day by which it must be gone is known",
    ]


def test_a_provisional_bound_is_never_passed(ask, stage):
    facts = {"dates": {"born": "2000-01-01"}, "closed": "2000-01-01"}
    duty = {**AT_MOST_2, "trigger": "date:born"}
    answer = ask(
        maximums=[duty],
        stage=stage(period="P1Y"),
        facts={**facts, "unconfirmed": ["born"]},
    )
    (found,) = answer["maximums"]
    assert (found["state"], found["provisional"]) == ("bound", True)
    assert answer["state"] == "due"
    assert answer["trace"][-1].endswith("gone by 2002-01-01, provisional")


def test_a_fact_that_only_the_duty_reads_and_cannot_stops_nothing(ask, stage):
    duty = {**AT_MOST_2, "trigger": "date:born"}
    facts = {"closed": "2000-01-01", "dates": {"born": "long ago"}}
    answer = ask(maximums=[duty], stage=stage(), facts=facts)
    (found,) = answer["maximums"]
    assert answer["state"] == "due"
    assert found["state"] == "unread"
    assert "long ago" in found["fault"]
    assert answer["trace"][-1].startswith("PRIV-2 bounds nothing")


@pytest.mark.parametrize(
    ("duties", "error"),
    [
        ("PRIV-2", "a list"),
        (["PRIV-2"], "an object"),
        ([{"trigger": "closed", "period": "P2Y"}], "code of a maximum"),
        ([{"maximum": "P", "period": "P2Y"}], "trigger of P"),
        ([{"maximum": "P", "trigger": "closed"}], "period of P"),
        ([{**AT_MOST_2, "combine": "some"}], "combine of PRIV-2"),
        ([{**AT_MOST_2, "rounding": "week"}], "rounding of PRIV-2"),
        ([{**AT_MOST_2, "rounding": "fiscal"}], "without their start"),
        ([AT_MOST_2, AT_MOST_2], "stands twice"),
    ],
)
def test_a_malformed_duty_is_an_error(ask, stage, duties, error):
    answer = ask(maximums=duties, stage=stage(), facts={"closed": "2000-01-01"})
    assert answer["state"] == "error"
    assert error in answer["error"]


def test_a_duty_takes_the_combination_and_the_rounding_of_any_clock(ask, stage):
    duty = {**AT_MOST_2, "combine": "any", "rounding": "year"}
    answer = ask(maximums=[duty], stage=stage(), facts={"closed": "2024-05-01"})
    assert answer["maximums"][0]["until"] == "2027-01-01"


def test_a_duty_without_a_trigger_is_refused():
    rule = MaximumRule(code="P", title="p", triggers=(), period=Period(years=1))
    case = Case(case=1, on=date(2024, 1, 1), zone="UTC", maximums=(rule,))
    with pytest.raises(CaseError, match="has no trigger"):
        decide(case)


def test_the_worst_day_of_the_calendar_is_told_and_stops_nothing():
    rule = MaximumRule(
        code="P", title="p", triggers=triggers_from("closed"), period=Period(years=9000)
    )
    on, facts = date(2024, 1, 1), Facts(closed="2000-01-01")
    case = Case(case=1, on=on, zone="UTC", facts=facts, maximums=(rule,))
    decision = decide(case)
    assert decision.bounds[0].state is BoundState.UNREAD
    assert replay(decision.trace, case=1) == decision


@given(CASES)
def test_a_maximum_makes_nothing_due_earlier_or_later(case):
    decision, without = decide(case), decide(replace(case, maximums=()))
    told = replace(decision, bounds=(), trace=without.trace)
    assert told == without
    assert decision.trace[: len(without.trace)] == without.trace
    assert len(decision.bounds) == len(case.maximums)


@given(CASES, HOLDS)
def test_adding_a_hold_never_makes_anything_due_beside_a_maximum(case, hold):
    held = decide(replace(case, holds=(hold,)))
    free = decide(replace(case, holds=()))
    assert held.due_on == free.due_on
    if held.state is State.DUE:
        assert free.state is State.DUE
    for bound, before in zip(held.bounds, free.bounds, strict=True):
        assert bound.until == before.until


@given(CASES)
def test_a_duty_is_refused_exactly_when_something_keeps_the_record_longer(case):
    decision = decide(case)
    for bound in decision.bounds:
        if bound.until is None:
            assert bound.state in {BoundState.WAITING, BoundState.UNREAD}
            continue
        keeps = (
            decision.winner is None
            or decision.due_on is None
            or decision.due_on > bound.until
            or (bool(decision.held_by) and bound.until < case.on)
        )
        assert (bound.state is BoundState.REFUSED) == keeps


def test_a_class_names_a_maximum_beside_its_schedule_and_hands_it_down():
    file = load(FILE)
    assert load(dump(file)) == file
    terms = terms_of(file.classes)
    assert terms["HR.SICK"].maximum == "PRIV-2"
    assert file.maximums[0].rounding is Rounding.NONE


@pytest.mark.parametrize(
    ("old", "new", "error"),
    [
        ('maximum = "PRIV-2"', 'maximum = "PRIV-3"', "maximum PRIV-3 is not in"),
        ('maximum = "PRIV-2"', 'maximum = "HR-1"', "maximum HR-1 is not in the file"),
        ('schedule = "HR-1"', 'schedule = "PRIV-2"', "schedule PRIV-2 is not in"),
        ('citation = ["GDPR art. 5(1)(e)"]\n', "", "maximum has no citation"),
        ('period = "P2Y"', 'action = "destroy"', "action"),
        (
            'maximum = "PRIV-2"',
            'maximum = "PRIV-2"\nowner = "member"',
            "maximum is 'PRIV-2', but Members' papers",
        ),
    ],
)
def test_a_bad_maximum_is_named_with_its_line(old, new, error):
    assert old in FILE
    with pytest.raises(ScheduleError, match="line") as caught:
        load(FILE.replace(old, new))
    assert any(error in text for _, text in caught.value.errors), caught.value.errors


def test_what_a_refusal_says_must_be_known():
    facts = {
        "maximum": "P",
        "until": "2020-01-01",
        "provisional": False,
        "because": "whim",
        "winner": None,
        "due_on": None,
    }
    with pytest.raises(MalformedError, match="one of permanent"):
        Step.from_mapping({"step": "refused", "facts": facts})


# A trigger far ahead


def _case(trigger_day, on=date(2025, 1, 1), **changes):
    stage = {"trigger": "date:born", "period": "P10Y", "action": "destroy"}
    return {
        "on": on.isoformat(),
        "stage": {**stage, **changes},
        "facts": {"dates": {"born": trigger_day}},
    }


def _warnings(answer):
    return [step for step in answer["trace"] if step.startswith("warning")]


def test_a_trigger_more_than_fifty_years_ahead_is_warned_of_and_changes_nothing(ask):
    assert _warnings(ask(**_case("2075-01-01"))) == []
    answer = ask(**_case("2075-01-02"))
    assert (answer["state"], answer["due_on"]) == ("running", "2085-01-02")
    (warning,) = _warnings(answer)
    assert warning == (
        "warning: the trigger of S, 2075-01-02, lies more than 50 years ahead of "
        "2025-01-01; is it right?"
    )


def test_a_long_period_is_no_far_trigger(ask):
    assert _warnings(ask(**_case("2025-01-01", period="P90Y"))) == []


def test_the_end_of_the_calendar_is_far_and_no_fault(ask):
    on = date(9990, 1, 1)
    assert _warnings(ask(**_case("9995-01-01", on=on, period="P1Y"))) == []


def test_a_held_or_provisional_case_is_warned_of_as_well():
    case = Case(
        case=1,
        on=date(2025, 1, 1),
        zone="UTC",
        facts=Facts(dates=(("born", "2090-01-01"),), unconfirmed=("born",)),
        obligations=(Obligation(schedule="S", stages=load(FILE).schedules[0].stages),),
        holds=(Hold(id="h"),),
    )
    stage = replace(case.obligations[0].stages[0], triggers=triggers_from("date:born"))
    case = replace(case, obligations=(Obligation(schedule="S", stages=(stage,)),))
    decision = decide(case)
    assert decision.far_trigger == date(2090, 1, 1)
    assert replay(decision.trace, case=1) == decision
