"""Periods, roundings and days as the clock uses them."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retention.dates import bare_day, legal_day, zone_of
from retention.errors import CaseError, MalformedError
from retention.periods import (
    MAX_AMOUNT,
    Period,
    add_days,
    next_fiscal_year,
    next_month,
    next_quarter,
    next_year,
)

AMOUNTS = st.integers(0, MAX_AMOUNT)
PERIODS = st.builds(Period, years=AMOUNTS, months=AMOUNTS, weeks=AMOUNTS, days=AMOUNTS)
DAYS = st.dates(max_value=date(9990, 12, 31))


@given(PERIODS)
def test_a_period_reads_back_as_it_was_printed(period):
    assert Period.parse(str(period)) == period


@given(DAYS, st.integers(0, 5), st.integers(0, 30))
def test_months_are_clamped_to_the_end_and_never_run_over(day, years, months):
    moved = Period(years=years, months=months).after(day)
    count = day.year * 12 + day.month - 1 + 12 * years + months
    assert (moved.year, moved.month) == (count // 12, count % 12 + 1)
    assert moved.day <= day.day
    assert moved.day == day.day or (moved + timedelta(days=1)).day == 1


@given(DAYS)
def test_rounding_always_moves_forward_to_a_first_day(day):
    for rounded, longest in (
        (next_month(day), 31),
        (next_quarter(day), 92),
        (next_year(day), 366),
        (next_fiscal_year(day, (4, 1)), 366),
    ):
        assert timedelta(0) < rounded - day <= timedelta(days=longest)
        assert rounded.day == 1


@pytest.mark.parametrize("years", [-1, MAX_AMOUNT + 1])
def test_a_number_of_a_period_has_bounds(years):
    with pytest.raises(MalformedError, match="a number of a period"):
        Period(years=years)


def test_numbers_without_measure_count_as_the_greatest():
    assert Period.parse("P" + "9" * 9999 + "D").days == MAX_AMOUNT
    assert Period.parse("P999999999D").days == 999_999_999


def test_errors_carry_their_facts():
    with pytest.raises(MalformedError) as caught:
        bare_day("2023-02-29", "closed")
    assert (caught.value.what, caught.value.value) == ("closed", "2023-02-29")
    with pytest.raises(CaseError, match=r"9999-12-31 plus P1Y is after the year 9999"):
        Period(years=1).after(date(9999, 12, 31))
    with pytest.raises(CaseError, match="plus 1 days"):
        add_days(date(9999, 12, 31), 1)


@given(st.datetimes())
def test_an_instant_in_the_zone_itself_keeps_its_day(instant):
    text = instant.isoformat()
    assert legal_day(text, "Europe/Paris", "closed") == instant.date()
    offset = legal_day(f"{text}+14:00", "Etc/GMT-14", "closed")
    assert offset == instant.date()


def test_every_zone_of_the_database_opens():
    for name in ("UTC", "Asia/Kolkata", "America/Argentina/Buenos_Aires", "EST5EDT"):
        assert zone_of(name).key == name


@pytest.mark.parametrize(
    ("text", "zone", "day"),
    [
        ("2037-07-01T03:30:00Z", "America/Toronto", "2037-06-30"),
        ("2100-07-01T03:30:00Z", "America/Toronto", "2100-06-30"),
        ("2100-01-01T04:30:00Z", "America/Toronto", "2099-12-31"),
        ("9999-07-01T03:30:00Z", "America/Toronto", "9999-06-30"),
        ("2024-03-31T00:59:59Z", "Europe/Paris", "2024-03-31"),
        ("2011-12-30T09:59:59Z", "Pacific/Apia", "2011-12-29"),
        ("2011-12-30T10:00:00Z", "Pacific/Apia", "2011-12-31"),
        ("2025-06-30T18:15:00Z", "Asia/Kathmandu", "2025-07-01"),
    ],
)
def test_zones_with_changes_far_and_odd(text, zone, day):
    assert legal_day(text, zone, "closed").isoformat() == day
