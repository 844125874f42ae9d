"""What a package tells of how long its record is kept, by what right, and what then.

Plain values: nothing here decides; the decision was made elsewhere and is told.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from exports.errors import BadPackage

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanClass:
    """Name one class of the file plan.

    Attributes
    ----------
    code : str
        Its code, unique in the file plan.
    title : str
        Its title; may be empty.
    """

    code: str
    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DisposalHold:
    """Describe one hold on the record.

    Attributes
    ----------
    id : str
        The hold's identifier.
    title, mandate : str
        Empty where the reader may not see them.
    placed_on, lifted_on : date or None
        The hold is in force until it is lifted.
    """

    id: str
    title: str = ""
    mandate: str = ""
    placed_on: date | None = None
    lifted_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DisposalEvent:
    """Describe one act of the disposal of the record.

    Attributes
    ----------
    type : str
        ``proposed``, ``reviewed``, ``approved``, ``aborted``, ``transferred``,
        ``destroyed`` or another word.
    at : datetime
        The instant, aware.
    agent, role : str
        Who acted, and as what; may be empty.
    detail : str
        One sentence, for example the reason; may be empty.
    """

    type: str
    at: datetime
    agent: str = ""
    role: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """Describe the retention of one record.

    Attributes
    ----------
    record_id : str
        The record, equal to `Package.id`.
    agency : str
        The parliament, or the authority whose schedule it is.
    title, type, access : str
        Of the record; empty when they are not to be told.
    classes : tuple of PlanClass
        The path in the file plan, from the top down to the record's own class.
    aggregation_id : str or None
        The dossier that the record lies in.
    schedule : str or None
        The code of the disposal schedule that decides.
    schedule_version : int or None
        The version of the issued schedules.
    citations : tuple of str
        The authority: each the law or resolution that the schedule rests on.
    trigger : str
        What starts the clock, for example ``closed`` or ``event:answered``.
    trigger_date, due_on : date or None
        When it started, and from when the action may be taken.
    is_provisional : bool
        Whether the two dates rest on something not confirmed.
    period, rounding : str
        The term, ISO 8601 (``P10Y``), and the unit the trigger is rounded to.
    action : str or None
        ``destroy``, ``transfer``, ``review``, ``retain``, ``anonymise`` or
        ``permanent``.
    state : str
        For example ``running``, ``due``, ``held``.
    dates : tuple of (str, date)
        Legal days of the record: ``created``, ``received``, ``closed`` and others.
    is_vital : bool
        Whether the record is vital to carry on after a disaster.
    vital_review_on : date or None
        When its standing as a vital record is looked at next.
    """

    record_id: str
    agency: str
    title: str = ""
    type: str = ""
    access: str = ""
    classes: tuple[PlanClass, ...] = ()
    aggregation_id: str | None = None
    aggregation_title: str = ""
    aggregation_closed_on: date | None = None
    schedule: str | None = None
    schedule_title: str = ""
    schedule_version: int | None = None
    citations: tuple[str, ...] = ()
    trigger: str = ""
    trigger_date: date | None = None
    period: str = ""
    rounding: str = ""
    due_on: date | None = None
    is_provisional: bool = False
    action: str | None = None
    state: str = ""
    dates: tuple[tuple[str, date], ...] = ()
    holds: tuple[DisposalHold, ...] = ()
    events: tuple[DisposalEvent, ...] = ()
    is_vital: bool = False
    vital_review_on: date | None = None

    @property
    def is_held(self) -> bool:
        """Tell whether any hold is in force."""
        return any(hold.lifted_on is None for hold in self.holds)

    @property
    def may_be_disposed(self) -> bool:
        """Tell whether the schedule names an end for the record that nothing stops.

        A hold, a missing or provisional due date and an action that keeps the
        record stop it; whether the day has come is for the reader to compare.
        """
        return (
            self.action in ("destroy", "transfer", "anonymise")
            and self.due_on is not None
            and not self.is_provisional
            and not self.is_held
        )


def check_retention(retention: Retention, record_id: str) -> None:
    """Refuse a description that lacks what every reader needs.

    Raises
    ------
    BadPackage
        With what is wrong.
    """
    if retention.record_id != record_id:
        raise BadPackage(
            f"the retention is that of {retention.record_id!r}, not of {record_id!r}"
        )
    needed = {
        "an agency": [retention.agency],
        "the code of each class": [c.code for c in retention.classes],
        "the id of each hold": [h.id for h in retention.holds],
        "the type of each event": [e.type for e in retention.events],
        "the name of each date": [name for name, _ in retention.dates],
    }
    for what, values in needed.items():
        if not all(value.strip() for value in values):
            raise BadPackage(f"the retention of {record_id} needs {what}")
    if any(event.at.tzinfo is None for event in retention.events):
        raise BadPackage("DisposalEvent.at must be an aware instant")


def retention_tags(retention: Retention) -> Iterator[tuple[str, str]]:
    """Yield the labels of ``bag-info.txt`` that tell a transfer.

    Only what is known and confirmed is told; ``Retention-Authority`` repeats.
    """
    if retention.classes:
        yield "Retention-Class", retention.classes[-1].code
    if retention.schedule:
        yield "Retention-Schedule", retention.schedule
    if retention.schedule_version is not None:
        yield "Retention-Schedule-Version", str(retention.schedule_version)
    if retention.trigger:
        yield "Retention-Trigger", retention.trigger
    if not retention.is_provisional:
        if retention.trigger_date:
            yield "Retention-Trigger-Date", retention.trigger_date.isoformat()
        if retention.due_on:
            yield "Retention-Due-Date", retention.due_on.isoformat()
    if retention.action:
        yield "Retention-Action", retention.action
    for citation in retention.citations:
        yield "Retention-Authority", citation
