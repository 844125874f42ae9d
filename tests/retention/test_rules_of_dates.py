"""Rules 1 to 3 of `retention evaluate`: dates, arithmetic, calendar triggers."""

import pytest

# Rule 1


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2020-03-15", "2020-03-15"),
        ("2019-12-31T23:30:00Z", "2020-01-01"),
        ("2019-12-31T23:30Z", "2020-01-01"),
        ("2019-12-31T23:30:00.123456789Z", "2020-01-01"),
        ("2019-12-31T22:59:59.999999+00:00", "2019-12-31"),
        ("2020-01-01T00:30:00+02:00", "2019-12-31"),
        ("2019-12-31T20:00:00-05:00", "2020-01-01"),
        ("2019-12-31T23:30:00-00:00", "2020-01-01"),
        ("2019-12-31T23:30:00", "2019-12-31"),
        ("2019-12-31T23:30", "2019-12-31"),
        ("2040-06-30T22:30:00Z", "2040-07-01"),
        ("2040-12-31T22:30:00Z", "2040-12-31"),
        ("2024-02-29", "2024-02-29"),
        ("0001-01-01", "0001-01-01"),
    ],
)
def test_rule_1_an_instant_goes_to_the_zone_then_loses_its_time(ask, stage, text, day):
    answer = ask(stage=stage(period="P0D"), facts={"closed": text})
    assert answer["trigger_date"] == day
    assert answer["due_on"] == day


@pytest.mark.parametrize(
    "value",
    [
        *(
            "",
            " ",
            "20200315",
            "2020-03",
            "2020",
            "2020-3-15",
            "2020-02-30",
            "2023-02-29",
        ),
        *("2020-03-15 ", " 2020-03-15", "2020-03-15\n", "2020-W01-1", "2020-075"),
        *("0000-01-01", "10000-01-01", "-2020-01-01", "+2020-01-01", "15.03.2020"),
        *(
            "2020-03-15T",
            "2020-03-15T10",
            "2020-03-15T10:00:60Z",
            "2020-03-15T24:00:00Z",
        ),
        *("2020-03-15 10:00:00Z", "2020-03-15t10:00:00Z", "2020-03-15T10:00:00z"),
        *("2020-03-15T10:00:00.Z", "2020-03-15T10:00:00,5Z", "2020-03-15T10:00.5Z"),
        *("2020-03-15T10:00:00+0100", "2020-03-15T10:00:00+01", "2020-03-15T1:00Z"),
        *(
            "2020-03-15T10:00:00+24:00",
            "2020-03-15T10:00:00+01:60",
            "2020-03-15T10:60Z",
        ),
        *("２０２０-03-15", "2020‐03‐15", "\ud800", "now", "2020-02-30T10:00:00Z"),
        *(
            20200315,
            0,
            1.5,
            True,
            False,
            [],
            {},
            ["2020-03-15"],
            {"date": "2020-03-15"},
        ),
    ],
)
def test_rule_1_anything_else_is_malformed(ask, stage, value):
    answer = ask(stage=stage(), facts={"closed": value})
    assert answer["state"] == "error"
    assert "closed" in answer["error"]


@pytest.mark.parametrize("facts", [None, {}, {"closed": None}])
def test_rule_1_absent_and_null_mean_missing(ask, stage, facts):
    answer = ask(stage=stage(), facts=facts)
    assert answer["state"] == "awaiting_trigger"


@pytest.mark.parametrize("date", [{}, {"date": None}])
def test_rule_1_an_event_without_a_date_counts_as_not_recorded(ask, stage, date):
    events = [{"type": "answered", **date}]
    answer = ask(stage=stage(trigger="event:answered"), facts={"events": events})
    assert answer["state"] == "awaiting_trigger"
    events.append({"type": "answered", "date": "2020-01-02"})
    answer = ask(stage=stage(trigger="event:answered"), facts={"events": events})
    assert answer["due_on"] == "2025-01-02"


@pytest.mark.parametrize(
    ("text", "zone", "day"),
    [
        ("9999-12-31T23:30:00Z", "Europe/Paris", None),
        ("9999-12-31T22:30:00Z", "Europe/Paris", "9999-12-31"),
        ("9999-12-31T23:30:00-01:00", "America/Toronto", "9999-12-31"),
        ("0001-01-01T00:30:00Z", "America/Toronto", None),
        ("0001-01-01T00:30:00+14:00", "Etc/GMT-14", "0001-01-01"),
        ("0001-01-01T00:30:00+14:00", "Etc/GMT-13", None),
    ],
)
def test_rule_1_a_day_outside_the_years_1_to_9999_is_an_error(
    ask, stage, text, zone, day
):
    permanent = stage(action="review", period="P0D")
    answer = ask(stage=permanent, zone=zone, facts={"closed": text})
    if day is None:
        assert "years 1 to 9999" in answer["error"]
    elif day == "9999-12-31":
        assert "after the year 9999" in answer["error"]  # its earliest execution is
    else:
        assert answer["trigger_date"] == day


def test_rule_1_the_day_asked_for_may_be_an_instant_too(ask, stage):
    facts = {"closed": "2020-01-01"}
    early = ask(stage=stage(), facts=facts, on="2024-12-31T22:59:59Z")
    late = ask(stage=stage(), facts=facts, on="2024-12-31T23:00:00Z")
    assert (early["state"], late["state"]) == ("running", "due")


@pytest.mark.parametrize("on", [None, "", "20250315", 5, "2025-02-30"])
def test_rule_1_without_a_day_asked_for_there_is_no_answer(ask, stage, on):
    assert ask(stage=stage(), on=on)["state"] == "error"


# Rule 2


@pytest.mark.parametrize(
    ("rounding", "closed", "due"),
    [
        ("none", "2024-01-01", "2024-01-01"),
        ("month", "2024-01-31", "2024-02-01"),
        ("month", "2024-02-01", "2024-03-01"),
        ("month", "2024-12-01", "2025-01-01"),
        ("quarter", "2024-01-01", "2024-04-01"),
        ("quarter", "2024-03-31", "2024-04-01"),
        ("quarter", "2024-09-30", "2024-10-01"),
        ("quarter", "2024-10-01", "2025-01-01"),
        ("quarter", "2024-12-31", "2025-01-01"),
        ("year", "2024-01-01", "2025-01-01"),
        ("year", "2024-12-31", "2025-01-01"),
        ("fiscal", "2024-03-31", "2024-04-01"),
        ("fiscal", "2024-04-01", "2025-04-01"),
        ("fiscal", "2024-04-02", "2025-04-01"),
    ],
)
def test_rule_2_rounding_moves_to_the_next_first_day_even_from_one(
    ask, stage, rounding, closed, due
):
    answer = ask(
        stage=stage(rounding=rounding, period="P0D"),
        facts={"closed": closed},
        fiscal_year_start="04-01",
    )
    assert answer["due_on"] == due
    assert answer["trigger_date"] == closed


@pytest.mark.parametrize(
    ("closed", "found"),
    [
        ("2024-07-10", ("2024-07-11", False)),
        ("2024-07-09", ("2024-07-11", False)),
        ("2024-07-11", ("2025-07-09", True)),
    ],
)
@pytest.mark.parametrize("unit", ["session", "legislature"])
def test_rule_2_rounding_to_the_day_after_the_end_on_or_after_the_trigger(
    ask, stage, unit, closed, found
):
    ends = [
        {"date": "2025-07-08", "confirmed": False},
        {"date": "2023-07-10", "confirmed": True},
        {"date": "2024-07-10", "confirmed": True},
    ]
    answer = ask(
        stage=stage(rounding=unit, period="P0D"),
        facts={"closed": closed},
        calendar={f"{unit}_end": ends},
    )
    assert (answer["due_on"], answer["provisional"]) == found
    assert answer["trigger_date"] == closed


@pytest.mark.parametrize("unit", ["session", "legislature"])
def test_rule_2_without_such_an_end_the_trigger_is_awaited(ask, stage, unit):
    answer = ask(
        stage=stage(rounding=unit),
        facts={"closed": "2024-07-11"},
        calendar={f"{unit}_end": [{"date": "2024-07-10", "confirmed": True}]},
    )
    assert answer["state"] == "awaiting_trigger"
    assert answer["action"] == "destroy"
    assert answer["winner"] == "S"
    assert answer["due_on"] is None
    assert answer["provisional"] is False


@pytest.mark.parametrize(
    ("closed", "period", "due"),
    [
        ("2024-02-29", "P1Y", "2025-02-28"),
        ("2024-02-29", "P4Y", "2028-02-29"),
        ("2024-02-29", "P1Y1M", "2025-03-29"),
        ("2025-01-31", "P1M", "2025-02-28"),
        ("2025-01-31", "P1M1D", "2025-03-01"),
        ("2025-01-31", "P1M1W", "2025-03-07"),
        ("2024-12-31", "P2M", "2025-02-28"),
        ("2024-01-31", "P13M", "2025-02-28"),
        ("2024-01-01", "P1Y2M3W4D", "2025-03-26"),
        ("2024-01-01", "P0D", "2024-01-01"),
        ("2024-01-01", "P0Y0M0W0D", "2024-01-01"),
        ("2024-01-01", "P007Y", "2031-01-01"),
    ],
)
def test_rule_2_years_and_months_are_added_as_one_then_weeks_and_days(
    ask, stage, closed, period, due
):
    answer = ask(stage=stage(period=period), facts={"closed": closed})
    assert answer["due_on"] == due


@pytest.mark.parametrize(
    "period",
    [
        *("", "P", "p5y", "P5y", "5Y", "P5", "PY", "P-5Y", "-P5Y", "+P5Y", "P+5Y"),
        *(
            "P1.5Y",
            "P1,5Y",
            "P1D1Y",
            "P1M1Y",
            "P1W1M",
            "P1Y1Y",
            "PT1H",
            "P1YT1H",
            "P1Y ",
        ),
        *(" P1Y", "P1Y\n", "P٥Y", "P 1Y", "P1H", None, 5, 5.0, True, [], ["P5Y"], {}),
    ],
)
def test_rule_2_other_periods_are_errors(ask, stage, period):
    answer = ask(stage=stage(period=period), facts={"closed": "2024-01-01"})
    assert answer["state"] == "error"
    assert "period" in answer["error"]


@pytest.mark.parametrize(
    "changes",
    [
        {"period": "P8000Y"},
        {"period": "P99999999999999999999Y"},
        {"period": "P" + "9" * 5000 + "M"},
        {"period": "P99999999999999999999W"},
        {"period": "P99999999999999999999D"},
        {"period": "P7975Y11M30D", "cooling_days": 1},
        {"period": "P0D", "cooling_days": 10**7},
        {"period": "P0D", "cooling_days": 10**30},
    ],
)
def test_rule_2_a_date_after_the_year_9999_is_an_error(ask, stage, changes):
    answer = ask(stage=stage(**changes), facts={"closed": "2024-01-01"})
    assert "after the year 9999" in answer["error"]


@pytest.mark.parametrize("rounding", ["month", "quarter", "year", "fiscal", "session"])
def test_rule_2_rounding_past_the_year_9999_is_an_error(ask, stage, rounding):
    answer = ask(
        stage=stage(rounding=rounding, period="P0D"),
        facts={"closed": "9999-12-31"},
        fiscal_year_start="04-01",
        calendar={"session_end": [{"date": "9999-12-31", "confirmed": True}]},
    )
    assert "after the year 9999" in answer["error"]


def test_rule_2_a_period_beyond_all_dates_is_no_error_while_nothing_is_added(
    ask, stage
):
    answer = ask(stage=stage(period="P99999Y"), facts={})
    assert answer["state"] == "awaiting_trigger"


# Rule 3

ENDS = [
    {"date": "2017-06-20", "confirmed": True},
    {"date": "2022-06-21", "confirmed": True},
    {"date": "2027-06-20", "confirmed": False},
]


@pytest.mark.parametrize(
    ("created", "day", "state"),
    [
        ("2000-01-01", "2017-06-20", "due"),
        ("2017-06-20", "2017-06-20", "due"),
        ("2017-06-21", "2022-06-21", "due"),
        ("2022-06-22", "2027-06-20", "running"),
        ("2027-06-21", None, "awaiting_trigger"),
        (None, "2027-06-20", "running"),
    ],
)
def test_rule_3_calendar_triggers_take_the_first_end_on_or_after_created(
    ask, stage, created, day, state
):
    for kind in ("session_end", "legislature_end"):
        answer = ask(
            stage=stage(trigger=kind, period="P0D"),
            facts={"created": created},
            calendar={kind: ENDS[::-1]},
            on="2030-01-01",
        )
        assert (answer["trigger_date"], answer["due_on"]) == (day, day)
        assert answer["state"] == state
        assert answer["provisional"] is (state == "running")


@pytest.mark.parametrize("calendar", [None, {}, {"session_end": None}])
def test_rule_3_without_ends_the_trigger_is_missing(ask, stage, calendar):
    answer = ask(stage=stage(trigger="session_end"), calendar=calendar)
    assert answer["state"] == "awaiting_trigger"


def test_rule_3_an_end_without_a_date_is_none(ask, stage):
    calendar = {"session_end": [{"confirmed": True}, {"date": None}]}
    answer = ask(stage=stage(trigger="session_end"), calendar=calendar)
    assert answer["state"] == "awaiting_trigger"


@pytest.mark.parametrize("confirmed", [False, None])
def test_rule_3_a_provisional_date_is_never_due_however_old(ask, stage, confirmed):
    answer = ask(
        stage=stage(trigger="session_end", period="P0D"),
        calendar={"session_end": [{"date": "1950-01-01", "confirmed": confirmed}]},
    )
    assert answer["state"] == "running"
    assert answer["provisional"] is True
    assert answer["due_on"] == "1950-01-01"
    assert answer["earliest_execution"] == "1950-01-02"


@pytest.mark.parametrize("forms", [(True, False), (False, True)])
def test_rule_3_an_end_that_is_listed_twice_counts_as_confirmed(ask, stage, forms):
    ends = [{"date": "2020-01-01", "confirmed": form} for form in forms]
    answer = ask(stage=stage(trigger="session_end"), calendar={"session_end": ends})
    assert answer["state"] == "due"


def test_rule_3_with_all_any_provisional_date_makes_it_provisional(ask, stage):
    answer = ask(
        stage=stage(trigger=["session_end", "closed"], combine="all", period="P0D"),
        facts={"closed": "2024-01-01"},
        calendar={"session_end": [{"date": "2020-01-01"}]},
    )
    assert (answer["due_on"], answer["provisional"]) == ("2024-01-01", True)
    assert answer["state"] == "running"


@pytest.mark.parametrize(
    ("end", "due", "provisional"),
    [
        ("2020-01-01", "2020-01-01", True),
        ("2025-01-01", "2024-01-01", False),
        ("2024-01-01", "2024-01-01", False),
    ],
)
def test_rule_3_with_any_only_the_chosen_date_counts(ask, stage, end, due, provisional):
    answer = ask(
        stage=stage(trigger=["session_end", "closed"], combine="any", period="P0D"),
        facts={"closed": "2024-01-01"},
        calendar={"session_end": [{"date": end}]},
    )
    assert (answer["due_on"], answer["provisional"]) == (due, provisional)


def test_rule_3_with_several_obligations_a_losing_provisional_date_counts(ask, stage):
    obligations = [
        {"schedule": "A", "stages": [stage(period="P1Y", trigger="session_end")]},
        {"schedule": "B", "stages": [stage(period="P5Y")]},
    ]
    answer = ask(
        obligations=obligations,
        facts={"closed": "2019-01-01"},
        calendar={"session_end": [{"date": "2019-01-01"}]},
    )
    assert (answer["winner"], answer["provisional"]) == ("B", True)
    assert answer["state"] == "running"
    assert any("provisional" in step and "A" in step for step in answer["trace"])


@pytest.mark.parametrize("other", ["permanent", "unknown"])
def test_rule_3_without_a_due_date_provisional_is_false(ask, stage, other):
    winning = (
        {"action": "permanent"} if other == "permanent" else stage(trigger="superseded")
    )
    obligations = [
        {"schedule": "A", "stages": [stage(trigger="session_end")]},
        {"schedule": "B", "stages": [winning]},
    ]
    answer = ask(
        obligations=obligations, calendar={"session_end": [{"date": "2019-01-01"}]}
    )
    assert (answer["winner"], answer["provisional"]) == ("B", False)


def test_rule_3_with_all_and_one_missing_provisional_is_false(ask, stage):
    answer = ask(
        stage=stage(trigger=["session_end", "closed"]),
        calendar={"session_end": [{"date": "2019-01-01"}]},
    )
    assert answer["state"] == "awaiting_trigger"
    assert answer["provisional"] is False
