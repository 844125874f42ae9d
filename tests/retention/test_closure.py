"""Access closure: a second clock, which opens only on a certain day."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retention.case import Calendar, Case, Facts, Hold, Obligation
from retention.closure import ClosureState, closed_until
from retention.decide import decide
from retention.errors import CaseError, MalformedError
from retention.fields import triggers_from
from retention.periods import Period
from retention.schedule import Action, ClosureRule, Combine, Rounding, Stage
from tests.retention.made import CASES, PERIODS, TRIGGERS

RULES = st.builds(
    ClosureRule,
    code=st.just("C"),
    title=st.just("c"),
    triggers=TRIGGERS,
    period=PERIODS,
    combine=st.sampled_from(Combine),
    rounding=st.sampled_from(Rounding),
)


def rule(*triggers, period="P30Y", **changes):
    return ClosureRule(
        code="C-30",
        title="Thirty years",
        triggers=triggers_from(triggers),
        period=Period.parse(period),
        **changes,
    )


def case(on="2024-06-01", calendar=None, **facts):
    return Case(
        case=1,
        on=date.fromisoformat(on),
        zone="Europe/Paris",
        facts=Facts(**facts),
        calendar=calendar or Calendar(),
    )


def last(closure):
    return closure.trace[-1].text


@pytest.mark.parametrize(
    ("on", "state", "said"),
    [
        (
            "2024-05-31",
            "closed",
            "closed: it opens on 2024-06-01, not yet on 2024-05-31",
        ),
        ("2024-06-01", "open", "open: 2024-06-01 has come on 2024-06-01"),
    ],
)
def test_a_record_is_closed_until_the_day_it_opens(on, state, said):
    closure = closed_until(case(on, closed="1994-06-01"), rule("closed"))
    assert (closure.state, closure.opens_on) == (state, date(2024, 6, 1))
    assert closure.expected_on == closure.opens_on
    assert [step.text for step in closure.trace] == [
        "C-30: closed to the public for P30Y",
        "trigger closed: 1994-06-01",
        "plus P30Y: 2024-06-01",
        said,
    ]


def test_without_a_trigger_date_a_record_stays_closed_without_end():
    closure = closed_until(case("9999-01-01"), rule("closed", "created"))
    assert closure.state is ClosureState.AWAITING_TRIGGER
    assert closure.opens_on is closure.expected_on is None
    assert closure.trace[-2].text == (
        "waiting for closed and created: no day on which it opens"
    )
    assert last(closure) == "closed: there is no day on which it opens"


def test_a_provisional_date_never_opens_a_record():
    facts = {"created": "1950-01-01", "unconfirmed": ("created",)}
    closure = closed_until(case("2024-01-01", **facts), rule("created"))
    assert (closure.state, closure.opens_on) == ("closed", None)
    assert (closure.provisional, closure.expected_on) == (True, date(1980, 1, 1))
    assert last(closure) == "closed without end: 1980-01-01 is provisional"


def test_a_closure_may_wait_for_the_end_of_a_legislature():
    following = rule("closed", period="P0D", rounding=Rounding.LEGISLATURE)
    waiting = closed_until(case(closed="2020-01-01"), following)
    assert waiting.state is ClosureState.AWAITING_TRIGGER
    assert waiting.trace[-2].text == (
        "waiting for a legislature that ends on or after 2020-01-01: "
        "no day on which it opens"
    )
    ends = Calendar(legislature_end=(("2023-06-20", True),))
    ended = closed_until(case(calendar=ends, closed="2020-01-01"), following)
    assert (ended.state, ended.opens_on) == ("open", date(2023, 6, 21))


def test_the_same_rule_gives_the_same_day_as_a_stage():
    timed = {
        "triggers": triggers_from(["closed", "event:reported"]),
        "combine": Combine.ANY,
        "rounding": Rounding.YEAR,
        "period": Period(years=30, months=1),
    }
    facts = {"closed": "1994-06-01", "events": (("reported", "1993-12-31T23:30:00Z"),)}
    closure = closed_until(case(**facts), ClosureRule(code="C", title="c", **timed))
    stage = Stage(action=Action.REVIEW, **timed)
    obligation = Obligation(schedule="S", stages=(stage,))
    decision = decide(replace(case(**facts), obligations=(obligation,)))
    assert closure.opens_on == decision.due_on == date(2025, 2, 1)


def test_fiscal_years_need_their_start():
    fiscal = rule("closed", rounding=Rounding.FISCAL)
    asked = case(closed="2020-05-01")
    with pytest.raises(CaseError, match="without their start"):
        closed_until(asked, fiscal)
    started = replace(asked, fiscal_year_start="04-01")
    assert closed_until(started, fiscal).opens_on == date(2051, 4, 1)


def test_what_cannot_be_read_is_an_error_and_opens_nothing():
    with pytest.raises(MalformedError, match="closed is 'garbage'"):
        closed_until(case(closed="garbage"), rule("closed"))
    with pytest.raises(MalformedError, match="zone"):
        closed_until(replace(case(), zone=None), rule("closed"))
    with pytest.raises(CaseError, match="has no trigger"):
        closed_until(case(), replace(rule("closed"), triggers=()))


@given(CASES, RULES)
def test_a_record_is_open_from_a_certain_day_and_never_else(case, rule):
    closure = closed_until(case, rule)
    is_open = closure.opens_on is not None and closure.opens_on <= case.on
    assert (closure.state is ClosureState.OPEN) == is_open
    if closure.provisional:
        assert closure.opens_on is None
    if closure.opens_on is not None:
        assert closure.opens_on == closure.expected_on


@given(CASES, RULES)
def test_disposal_holds_and_appraisals_move_no_closure(case, rule):
    bare = replace(case, obligations=(), holds=(Hold(id="h"),), kept_until=None)
    assert closed_until(bare, rule) == closed_until(case, rule)
