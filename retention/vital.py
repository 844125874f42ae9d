"""Vital records: when the next review of one falls due.

Vital are the records without which the House could not go on after a disaster; they
are looked at in a cycle (DoD 5015.2; Alfresco reviews them by class, with inheritance).
"""

from dataclasses import dataclass
from datetime import date

from retention.dates import legal_day, zone_of
from retention.periods import Period

__all__ = ["VitalReview", "vital_review"]


@dataclass(frozen=True, slots=True, kw_only=True)
class VitalReview:
    """Hold when a vital record was reviewed, and when it is to be reviewed again.

    Parameters
    ----------
    counted_from
        The day of the last review, else the day it was declared; None if unknown.
    next_on
        The day by which it is to be reviewed; None if nothing is known to count from.
    """

    counted_from: date | None
    next_on: date | None

    def is_overdue(self, on: date) -> bool:
        """Say whether the review should have been done before a day.

        Where nothing is known to count from it is overdue: a vital record that nobody
        can date is to be looked at, not forgotten.
        """
        return self.next_on is None or self.next_on < on


def vital_review(
    cycle: Period, *, zone: str, declared: object = None, reviewed: object = None
) -> VitalReview:
    """Return the next review of a vital record.

    Parameters
    ----------
    cycle
        How often its class is reviewed.
    zone
        Name of the zone in which instants become legal days.
    declared
        Date or instant, as a text, on which it became a record; None is unknown.
    reviewed
        Date or instant of its last review, as a text; None where there was none.

    Raises
    ------
    MalformedError
        If a date that is read, or the zone, is malformed.
    CaseError
        If the next review is after the year 9999.

    Examples
    --------
    >>> review = vital_review(Period(years=1), zone="UTC", declared="2024-02-29")
    >>> print(review.next_on, review.is_overdue(date(2025, 2, 28)))
    2025-02-28 False
    """
    zone_of(zone)
    what, text = ("reviewed", reviewed)
    if reviewed is None:
        what, text = "declared", declared
    if text is None:
        return VitalReview(counted_from=None, next_on=None)
    day = legal_day(text, zone, what)
    return VitalReview(counted_from=day, next_on=cycle.after(day))
