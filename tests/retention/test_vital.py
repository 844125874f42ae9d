"""Vital records come round for review."""

from datetime import date

import pytest

from retention.errors import MalformedError
from retention.periods import Period
from retention.vital import vital_review

YEAR = Period(years=1)


def test_the_first_review_is_counted_from_the_day_of_declaration():
    review = vital_review(YEAR, zone="Europe/Paris", declared="2023-12-31T23:30:00Z")
    assert (review.counted_from, review.next_on) == (
        date(2024, 1, 1),
        date(2025, 1, 1),
    )


def test_a_reviewed_record_gets_the_next_date():
    review = vital_review(
        YEAR, zone="UTC", declared="2020-01-01", reviewed="2024-05-06"
    )
    assert review.next_on == date(2025, 5, 6)


def test_another_cycle_moves_the_next_review():
    days = {"zone": "UTC", "declared": "2024-01-31"}
    assert vital_review(YEAR, **days).next_on == date(2025, 1, 31)
    assert vital_review(Period(months=1), **days).next_on == date(2024, 2, 29)


def test_a_review_is_overdue_after_its_day():
    review = vital_review(YEAR, zone="UTC", declared="2024-01-01")
    assert not review.is_overdue(date(2025, 1, 1))
    assert review.is_overdue(date(2025, 1, 2))


def test_a_vital_record_without_any_day_is_overdue_not_forgotten():
    review = vital_review(YEAR, zone="UTC")
    assert review.counted_from is review.next_on is None
    assert review.is_overdue(date(1900, 1, 1))


def test_bad_values_are_errors():
    with pytest.raises(MalformedError, match="zone"):
        vital_review(YEAR, zone="Mars")
    with pytest.raises(MalformedError, match="reviewed is 'soon'"):
        vital_review(YEAR, zone="UTC", declared="2024-01-01", reviewed="soon")
    with pytest.raises(MalformedError, match="declared is 5"):
        vital_review(YEAR, zone="UTC", declared=5)
