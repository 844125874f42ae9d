"""Read facts: the day on which a trigger fired, as far as it is known.

Everything is parsed on first use and remembered for the rest of the decision.
"""

from bisect import bisect_left
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from retention.case import Calendar, Case, Facts, Malformed
from retention.dates import legal_day, zone_of
from retention.errors import MalformedError
from retention.fields import fiscal_start
from retention.schedule import Trigger, TriggerKind

__all__ = ["Reader", "Reading"]

_Entry = TypeVar("_Entry")
_CALENDAR = frozenset({TriggerKind.SESSION_END, TriggerKind.LEGISLATURE_END})


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Hold a day that was read, how certain it is, and its text where it differs."""

    day: date
    is_provisional: bool = False
    text: str | None = None


class Reader:
    """Read the facts and the calendar of one case.

    Parameters
    ----------
    facts
        What is known of the record.
    calendar
        The ends of sessions and legislatures.
    zone
        Name of the zone in which instants become legal days.
    fiscal
        Month and day on which fiscal years begin, where that is known.
    """

    def __init__(
        self,
        facts: Facts,
        calendar: Calendar,
        zone: str,
        fiscal: tuple[int, int] | None = None,
    ) -> None:
        self.zone = zone
        self.fiscal = fiscal
        self._facts = facts
        self._calendar = calendar
        self._readings: dict[str, Reading | None] = {}
        self._ends: dict[TriggerKind, list[Reading]] = {}
        self._events: dict[str, list[object]] | None = None
        self._dates: dict[str, object] | None = None
        self._done: dict[str, list[list[object]]] | None = None
        self._unconfirmed: frozenset[str] | None = None

    @classmethod
    def of(cls, case: Case) -> "Reader":
        """Return the reader of a case.

        Raises
        ------
        MalformedError
            If its zone is missing or unknown, or its fiscal years begin on no day.
        """
        if case.zone is None:
            raise MalformedError("zone", None, "a zone of the IANA database")
        zone_of(case.zone)
        fiscal = None
        if case.fiscal_year_start is not None:
            fiscal = fiscal_start(case.fiscal_year_start)
        return cls(case.facts, case.calendar, case.zone, fiscal)

    def read(self, trigger: Trigger) -> Reading | None:
        """Return the day on which a trigger fired, or None while it is missing.

        Raises
        ------
        MalformedError, CaseError
            If a fact that it reads is no date.
        """
        name = str(trigger)
        if name in self._readings:
            return self._readings[name]
        reading = self._readings[name] = self._read(trigger)
        return reading

    def _read(self, trigger: Trigger) -> Reading | None:
        if trigger.day is not None:
            return Reading(day=trigger.day)
        if trigger.kind in _CALENDAR:
            return self._read_calendar(trigger.kind)
        if trigger.kind is TriggerKind.EVENT:
            return self._latest(self._events_of(trigger.name), trigger)
        if trigger.kind is TriggerKind.DATE:
            return self._latest([self._date_field(trigger.name)], trigger)
        return self._latest([getattr(self._facts, trigger.kind)], trigger)

    def _latest(self, values: list[object], trigger: Trigger) -> Reading | None:
        found: Reading | None = None
        for value in values:
            if value is not None:
                day = legal_day(value, self.zone, str(trigger))
                if found is None or day > found.day:
                    found = Reading(
                        day=day,
                        is_provisional=self._is_unconfirmed(trigger),
                        text=str(value) if value != day.isoformat() else None,
                    )
        return found

    def _is_unconfirmed(self, trigger: Trigger) -> bool:
        if self._unconfirmed is None:
            self._unconfirmed = frozenset(_well_formed(self._facts.unconfirmed))
        return (trigger.name or trigger.kind.value) in self._unconfirmed

    def _read_calendar(self, kind: TriggerKind) -> Reading | None:
        ends = self.ends(kind)
        created = self.read(Trigger(kind=TriggerKind.CREATED))
        if created is None:
            return ends[-1] if ends else None
        found = self.end_after(kind, created.day)
        if found is not None and created.is_provisional:
            # Which end counts hangs on a date that nobody confirmed.
            return Reading(day=found.day, is_provisional=True)
        return found

    def ends(self, kind: TriggerKind) -> list[Reading]:
        """Return the ends of sessions or legislatures in order of time."""
        if kind not in self._ends:
            entries = (
                self._calendar.session_end
                if kind is TriggerKind.SESSION_END
                else self._calendar.legislature_end
            )
            confirmed: dict[date, bool] = {}
            for raw, is_confirmed in map(_well_formed, _well_formed(entries)):
                if not isinstance(is_confirmed, bool | None):
                    what = f"confirmed of a {kind}"
                    raise MalformedError(what, is_confirmed, "true or false")
                if raw is not None:
                    day = legal_day(raw, self.zone, f"a {kind} of the calendar")
                    confirmed[day] = confirmed.get(day, False) or bool(is_confirmed)
            self._ends[kind] = [
                Reading(day=day, is_provisional=not confirmed[day])
                for day in sorted(confirmed)
            ]
        return self._ends[kind]

    def end_after(self, kind: TriggerKind, day: date) -> Reading | None:
        """Return the first end on or after a day, or None."""
        ends = self.ends(kind)
        place = bisect_left(ends, day, key=_day_of)
        return ends[place] if place < len(ends) else None

    def _events_of(self, name: str) -> list[object]:
        if self._events is None:
            self._events = {}
            for kind, raw in map(_well_formed, _well_formed(self._facts.events)):
                self._events.setdefault(kind, []).append(raw)
        return self._events.get(name, [])

    def _date_field(self, name: str) -> object:
        if self._dates is None:
            self._dates = dict(_well_formed(self._facts.dates))
        return self._dates.get(name)

    def stages_done(self, schedule: str) -> dict[int, list[object]]:
        """Return the raw execution dates of the stages of a schedule that are done.

        Raises
        ------
        MalformedError
            If an entry has the wrong shape, or its stage is no number from 0.
        """
        if self._done is None:
            self._done = {}
            for code, *rest in map(_well_formed, _well_formed(self._facts.stages_done)):
                self._done.setdefault(code, []).append(rest)
        found: dict[int, list[object]] = {}
        for stage, raw in self._done.get(schedule, []):
            number = _stage_number(stage)
            if raw is not None:
                found.setdefault(number, []).append(raw)
        return found

    def latest_day(self, values: list[object], what: str) -> date:
        """Return the latest legal day of raw dates, of which there is at least one."""
        return max(legal_day(value, self.zone, what) for value in values)


def _day_of(reading: Reading) -> date:
    return reading.day


def _well_formed(found: _Entry | Malformed) -> _Entry:
    if isinstance(found, Malformed):
        raise MalformedError(found.what, found.value, found.wanted)
    return found


def _stage_number(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    raise MalformedError("stage of a stage that is done", value, "a number from 0")
