"""Dates that are less or more than a day (ISO 8601-2, EDTF levels 0 and 1)."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.edtf import extended_date


@pytest.mark.parametrize(
    ("text", "first", "last", "is_day"),
    [
        ("2004-05-10", "2004-05-10", "2004-05-10", True),
        ("2004-05-10T10:20:30Z", "2004-05-10", "2004-05-10", True),
        ("2004-05-10?", "2004-05-10", "2004-05-10", False),
        ("2004-02", "2004-02-01", "2004-02-29", False),
        ("1985~", "1985-01-01", "1985-12-31", False),
        ("1985%", "1985-01-01", "1985-12-31", False),
        ("201X", "2010-01-01", "2019-12-31", False),
        ("19XX", "1900-01-01", "1999-12-31", False),
        ("2004-XX", "2004-01-01", "2004-12-31", False),
        ("2004-06-XX", "2004-06-01", "2004-06-30", False),
        ("2004-XX-XX", "2004-01-01", "2004-12-31", False),
        ("2001-21", "2001-01-01", "2001-12-31", False),
        ("2003-24", "2003-01-01", "2004-02-29", False),
        ("2004-06/2006-08", "2004-06-01", "2006-08-31", False),
        ("1984~/2004-06", "1984-01-01", "2004-06-30", False),
        ("1985/..", "1985-01-01", None, False),
        ("../1985", None, "1985-12-31", False),
        ("1985-04-12/", "1985-04-12", None, False),
    ],
)
def test_a_date_of_the_format_is_the_days_that_it_may_be(text, first, last, is_day):
    found = extended_date(text)
    assert found is not None
    assert [d.isoformat() if d else None for d in (found.first, found.last)] == [
        first,
        last,
    ]
    assert found.is_day is is_day
    assert found.text == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "..",
        "/",
        "../..",
        "soon",
        "2004-13",
        "2004-02-30",
        "0000",
        "1X85",
        "201X-05",
        "2004-XX-10",
        "2004-25",
        "2006/2004",
        "2004/2005/2006",
        "-1985",
        "Y170000002",
        "2004-06-01 ",
        "٢٠٠٤",
        "9" * 80,
    ],
)
def test_what_is_no_date_of_the_format_is_refused(text):
    assert extended_date(text) is None


@given(st.dates())
def test_every_day_is_itself(day):
    found = extended_date(day.isoformat())
    assert found is not None
    assert found.is_day
    assert found.first == found.last == day


@given(st.dates(), st.dates())
def test_an_interval_is_never_turned_round(one, other):
    found = extended_date(f"{one}/{other}")
    assert (found is None) is (other < one)


@given(st.text(alphabet="0123456789X-/.~?%T:Z", max_size=24))
def test_no_text_breaks_it_and_its_days_are_in_order(text):
    found = extended_date(text)
    if found is not None and found.first and found.last:
        assert dt.date.min <= found.first <= found.last <= dt.date.max
