"""What the store knows of a record that a clock may read, in the library's words.

Only what the stages of a record read is gathered: a simulation asks this of every
record there is.
"""

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

from recordsvc.model import Archive, Record
from recordsvc.services.days import is_uncertain, last_day_of
from recordsvc.services.numbers import is_ambiguous
from retention.case import Calendar, Facts
from retention.schedule import (
    Rounding,
    Stage,
    TimedRule,
    TriggerKind,
)

UNCONFIRMED = frozenset({"extracted", "embedded", "inferred", "ocr"})
CALENDAR_KINDS = ("session_end", "legislature_end")
EVERYTHING = frozenset(TriggerKind)
_CHANGING = frozenset({"capture", "edit", "import", "attach", "join", "unjoin"})
_OF_CALENDAR = frozenset({TriggerKind.SESSION_END, TriggerKind.LEGISLATURE_END})
_OF_ROUNDING = {
    Rounding.SESSION: TriggerKind.SESSION_END,
    Rounding.LEGISLATURE: TriggerKind.LEGISLATURE_END,
}
# What may have been read off the paper and confirmed by nobody.
_EXTRACTED = frozenset({TriggerKind.CREATED, TriggerKind.RECEIVED, TriggerKind.DATE})


def needs_of(
    rules: Iterable[Stage | TimedRule],
) -> frozenset[TriggerKind]:
    """Return the kinds of facts that stages, closure rules or maximums read."""
    found: set[TriggerKind] = set()
    for rule in rules:
        found.update(trigger.kind for trigger in rule.triggers)
        if rule.rounding in _OF_ROUNDING:
            found.add(_OF_ROUNDING[rule.rounding])
    if found & _OF_CALENDAR:
        # Which end counts hangs on the day the record was made.
        found.add(TriggerKind.CREATED)
    return frozenset(found)


def reads_calendar(needs: frozenset[TriggerKind]) -> bool:
    """Say whether ends of sessions or legislatures are among the facts needed."""
    return bool(needs & _OF_CALENDAR)


def facts_of(root: Archive, record: Record, needs: frozenset[TriggerKind]) -> Facts:
    """Return the facts of a record that are needed, and no others.

    So records alike in what counts have equal facts. Dates that were extracted and
    that nobody confirmed are named as such (INTERFACE section 5, rule 12).
    """
    found: dict[str, Any] = {
        kind.value: _READ[kind](root, record) for kind in needs if kind in _READ
    }
    if needs & _EXTRACTED:
        if TriggerKind.DATE in needs:
            known = ((kind, last_day_of(day)) for kind, day in record.dates)
            found["dates"] = tuple(sorted((k, day) for k, day in known if day))
        found["unconfirmed"] = _unconfirmed(record, needs)
    if TriggerKind.EVENT in needs:
        found["events"] = _events(root, record)
    return Facts(stages_done=record.stages_done, **found)


def closed_of(root: Archive, record: Record) -> str | None:
    """Return when a record was closed: with its aggregation, else as entered.

    What lies in an open file is not closed, whatever was entered of it before.
    """
    aggregation = root.aggregations.get(record.aggregation or "")
    if aggregation is not None:
        closed: str | None = aggregation.closed_on
        return closed
    return record.closed_on


def _unconfirmed(record: Record, needs: frozenset[TriggerKind]) -> tuple[str, ...]:
    how = {s.field: s.how for s in reversed(record.statements)}
    kinds = {kind for kind, _ in record.dates}
    if TriggerKind.DATE not in needs:
        kinds &= needs
    found = {
        kind for kind in kinds if how.get(f"date.{kind}", "extracted") in UNCONFIRMED
    }
    found |= {kind for kind, day in record.dates if kind in kinds and is_uncertain(day)}
    found.discard("created")
    said = [how[n] for n in ("created", "date.created", "date") if n in how]
    created = said[0] if said else "extracted"
    made = dict(record.dates).get("created") or record.date
    if TriggerKind.CREATED in needs and (created in UNCONFIRMED or is_uncertain(made)):
        found.add("created")
    return tuple(sorted(found))


def _created(_root: Archive, record: Record) -> str | None:
    return last_day_of(dict(record.dates).get("created") or record.date)


def _received(_root: Archive, record: Record) -> str | None:
    said = dict(record.dates).get("received")
    return last_day_of(said) if said else _iso(record.received_on)


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day is not None else None


def _last_action(_root: Archive, record: Record) -> str | None:
    # A record that came in a package was changed last where it came from.
    history = (*record.claimed_events, *record.events)
    stamps = [e.at for e in history if e.type in _CHANGING]
    return max(stamps).isoformat() if stamps else None


_READ: dict[TriggerKind, Callable[[Archive, Record], str | None]] = {
    TriggerKind.CREATED: _created,
    TriggerKind.RECEIVED: _received,
    TriggerKind.DECLARED: lambda _, record: _iso(record.declared_on),
    TriggerKind.CLOSED: closed_of,
    TriggerKind.SUPERSEDED: lambda _, record: _iso(record.superseded_on),
    TriggerKind.LAST_ACTION: _last_action,
}


def _events(root: Archive, record: Record) -> tuple[tuple[str, str], ...]:
    if not root.by_event_key:
        return ()
    found = []
    keys = (record.id, *(i.normalised for i in record.identifiers))
    for key in keys:
        if is_ambiguous(key):
            continue
        for _, event_id in root.by_event_key.keys(min=(key, ""), max=(key, "g")):
            event = root.trigger_events[event_id]
            if event.reversed_by is None:
                found.append((event.type, event.date))
    return tuple(sorted(found))


def calendar_of(root: Archive, own: str, jurisdiction: str | None) -> Calendar:
    """Return the ends of sessions and legislatures that a record reads.

    Parameters
    ----------
    own
        The parliament's own jurisdiction; empty where it was not said.
    jurisdiction
        The record's.

    Notes
    -----
    A paper of another jurisdiction reads that one's calendar alone. Where the own
    jurisdiction was not said, papers of one without a calendar read the own calendar.
    """
    entries = [e for e in root.calendar.values() if e.reversed_by is None]
    wanted = {"", own}
    if jurisdiction and jurisdiction != own:
        theirs = {e.jurisdiction for e in entries}
        if own or jurisdiction in theirs:
            wanted = {jurisdiction}
    ends: dict[str, list[tuple[str, bool]]] = {kind: [] for kind in CALENDAR_KINDS}
    for entry in entries:
        if entry.jurisdiction in wanted:
            ends[entry.kind].append((entry.date, entry.confirmed))
    return Calendar(
        session_end=tuple(sorted(ends["session_end"])),
        legislature_end=tuple(sorted(ends["legislature_end"])),
    )
