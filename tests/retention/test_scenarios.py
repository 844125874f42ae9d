"""The acceptance scenarios of records management, as far as they are pure.

The zone is Europe/Paris unless a scenario says otherwise.
"""

import pytest


def test_plain_period(ask, stage):
    facts = {"created": "2020-03-15"}
    plain = stage(trigger="created")
    assert ask(stage=plain, facts=facts, on="2025-03-14")["state"] == "running"
    answer = ask(stage=plain, facts=facts, on="2025-03-15")
    assert (answer["state"], answer["due_on"]) == ("due", "2025-03-15")


@pytest.mark.parametrize(
    ("closed", "period", "due"),
    [
        ("2013-01-03", "P10Y", "2024-01-01"),
        ("2010-01-01", "P20Y", "2031-01-01"),
        ("2010-02-21", "P20Y", "2031-01-01"),
    ],
)
def test_year_rounding(ask, stage, closed, period, due):
    answer = ask(stage=stage(period=period, rounding="year"), facts={"closed": closed})
    assert answer["due_on"] == due


@pytest.mark.parametrize(
    ("closed", "due"), [("2024-04-02", "2026-04-01"), ("2024-03-31", "2025-04-01")]
)
def test_fiscal_rounding(ask, stage, closed, due):
    answer = ask(
        stage=stage(period="P1Y", rounding="fiscal"),
        facts={"closed": closed},
        fiscal_year_start="04-01",
    )
    assert answer["due_on"] == due


def test_leap_day(ask, stage):
    facts = {"closed": "2024-02-29"}
    answer = ask(stage=stage(period="P1Y"), facts=facts)
    assert answer["due_on"] == "2025-02-28"
    assert answer["earliest_execution"] == "2025-03-01"
    assert ask(stage=stage(period="P4Y"), facts=facts)["due_on"] == "2028-02-29"


def test_missing_trigger(ask, stage):
    answer = ask(stage=stage(trigger="date:tabled"), on="2199-01-01")
    assert answer["state"] == "awaiting_trigger"
    assert "waiting for date:tabled" in str(answer["trace"])


def test_past_trigger_at_ingest(ask, stage):
    facts = {"dates": {"tabled": "1950-01-01"}}
    answer = ask(stage=stage(trigger="date:tabled"), facts=facts)
    assert (answer["state"], answer["due_on"]) == ("due", "1955-01-01")
    assert answer["earliest_execution"] == "1955-01-02"


def test_event_with_value(ask, stage):
    answered = stage(trigger="event:question_answered", period="P2Y")
    assert ask(stage=answered)["state"] == "awaiting_trigger"
    facts = {"events": [{"type": "question_answered", "date": "2025-06-01"}]}
    assert ask(stage=answered, facts=facts)["due_on"] == "2027-06-01"


def test_all_of_versus_any_of(ask, stage):
    facts = {"events": [{"type": "a", "date": "2020-01-01"}]}
    both = ["event:a", "event:b"]
    assert ask(stage=stage(trigger=both, combine="any"), facts=facts)["state"] == "due"
    waiting = ask(stage=stage(trigger=both, combine="all"), facts=facts)
    assert waiting["state"] == "awaiting_trigger"
    facts["events"].append({"type": "b", "date": "2021-01-01"})
    answer = ask(stage=stage(trigger=both, combine="all"), facts=facts)
    assert answer["due_on"] == "2026-01-01"


def test_legislature_end(ask, stage):
    rule = stage(trigger="legislature_end", period="P3Y")

    def on_2031(day, *, confirmed):
        calendar = {"legislature_end": [{"date": day, "confirmed": confirmed}]}
        facts = {"created": "2024-01-01"}
        return ask(stage=rule, facts=facts, calendar=calendar, on="2031-01-01")

    announced = on_2031("2027-06-20", confirmed=False)
    assert (announced["state"], announced["due_on"]) == ("running", "2030-06-20")
    assert announced["provisional"] is True
    confirmed = on_2031("2027-07-04", confirmed=True)
    assert (confirmed["state"], confirmed["due_on"]) == ("due", "2030-07-04")


def test_longest_wins_in_both_orders_and_unlinking_recalculates(ask, stage):
    short = {"schedule": "A", "stages": [stage(period="P1Y")]}
    long = {"schedule": "B", "stages": [stage(period="P3Y")]}
    facts = {"closed": "2024-01-01"}
    for obligations in ([short, long], [long, short]):
        answer = ask(obligations=obligations, facts=facts)
        assert (answer["winner"], answer["due_on"]) == ("B", "2027-01-01")
        assert any(" lost to " in step for step in answer["trace"])
    alone = ask(obligations=[short], facts=facts)
    assert alone["due_on"] == "2025-01-01"
    assert not any(" lost to " in step for step in alone["trace"])


def test_unknown_is_longest_and_permanent_wins(ask, stage):
    known = {"schedule": "A", "stages": [stage(period="P1Y")]}
    event = {"schedule": "B", "stages": [stage(trigger="event:x")]}
    forever = {"schedule": "C", "stages": [{"action": "permanent"}]}
    facts = {"closed": "2020-01-01"}
    unknown = ask(obligations=[known, event], facts=facts)
    assert (unknown["due_on"], unknown["state"]) == (None, "awaiting_trigger")
    permanent = ask(obligations=[known, forever], facts=facts, on="9999-01-01")
    assert permanent["state"] == "permanent"


def test_schedule_change_moves_the_date_by_the_difference(ask, stage):
    facts = {"closed": "2020-06-01"}
    assert ask(stage=stage(period="P1Y"), facts=facts)["due_on"] == "2021-06-01"
    assert ask(stage=stage(period="P3Y"), facts=facts)["due_on"] == "2023-06-01"


def test_two_holds_and_one_lifted(ask, stage):
    facts = {"closed": "2010-01-01"}
    first = {"id": "h1", "to": "2025-03-14"}
    answer = ask(stage=stage(), facts=facts, holds=[first, {"id": "h2"}])
    assert (answer["state"], answer["held_by"]) == ("held", ["h2"])
    assert ask(stage=stage(), facts=facts, holds=[first])["state"] == "due"


def test_hold_released_late_does_not_move_the_clock(ask, stage):
    members = {
        "stage": stage(period="P4Y"),
        "facts": {"closed": "2020-01-01"},
        "holds": [{"id": "h", "from": "2023-06-01", "to": "2025-05-01"}],
    }
    assert ask(**members, on="2025-05-01")["state"] == "held"
    released = ask(**members, on="2025-05-02")
    assert (released["state"], released["due_on"]) == ("due", "2024-01-01")


def test_reopening_voids_the_trigger(ask, stage):
    assert ask(stage=stage(), facts={"closed": "2010-01-01"})["state"] == "due"
    assert ask(stage=stage(), facts={"closed": None})["state"] == "awaiting_trigger"
    assert ask(stage=stage(), facts={"closed": "2024-01-01"})["due_on"] == "2029-01-01"


def test_transfer_before_destroy(ask, stage):
    stages = [stage(action="transfer"), {"action": "destroy", "period": "P0D"}]
    facts = {"closed": "2010-01-01"}
    assert ask(stage=stages, facts=facts)["action"] == "transfer"
    facts["stages_done"] = [{"schedule": "S", "stage": 0, "date": "2025-03-01"}]
    answer = ask(stage=stages, facts=facts)
    assert (answer["action"], answer["stage"], answer["state"]) == ("destroy", 1, "due")


@pytest.mark.parametrize(
    ("zone", "due"), [("Europe/Paris", "2028-01-01"), ("America/Toronto", "2027-01-01")]
)
def test_zone(ask, stage, zone, due):
    answer = ask(
        stage=stage(period="P1Y", rounding="year"),
        facts={"closed": "2025-12-31T23:30:00Z"},
        zone=zone,
    )
    assert answer["due_on"] == due
