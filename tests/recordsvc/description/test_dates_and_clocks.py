"""A date that is less than a day never makes anything due too early."""

import pytest

from recordsvc.model import Record, new_archive
from recordsvc.model.record import Statement
from recordsvc.services.retention.evidence import facts_of
from retention.schedule import TriggerKind


def facts(date, dates=()):
    import datetime as dt

    root = new_archive("5f" * 16, dt.datetime(2026, 3, 2, tzinfo=dt.UTC), is_test=True)
    record = Record("a" * 32)
    record.date, record.dates = date, tuple(dates)
    record.statements = (
        Statement(field="date", value=date or "", how="entered"),
        *(Statement(field=f"date.{k}", value=v, how="entered") for k, v in dates),
    )
    return facts_of(root, record, frozenset({TriggerKind.CREATED, TriggerKind.DATE}))


@pytest.mark.parametrize(
    ("date", "created", "unconfirmed"),
    [
        ("2004-05-10", "2004-05-10", ()),
        ("2004-05-10~", "2004-05-10", ("created",)),
        ("1985~", "1985-12-31", ("created",)),
        ("201X", "2019-12-31", ("created",)),
        ("2004-06/2006-08", "2006-08-31", ("created",)),
        ("2004/..", None, ("created",)),
        ("2004-05-10T10:00:00Z", "2004-05-10T10:00:00Z", ()),
    ],
)
def test_a_clock_counts_from_the_last_day_that_it_may_be(date, created, unconfirmed):
    found = facts(date)
    assert found.created == created
    assert found.unconfirmed == unconfirmed


def test_a_date_by_kind_counts_from_its_last_day_and_an_open_one_not_at_all():
    found = facts("2004-05-10", [("answered", "2005-03"), ("laid", "2005/..")])
    assert found.dates == (("answered", "2005-03-31"),)
    assert set(found.unconfirmed) == {"answered", "laid"}
