"""Retention as people ask for it: why this date, what is due, what is held."""

import uuid
from collections.abc import Iterable
from datetime import date
from typing import Any

from recordsvc.model import CalendarEnd, Hold, Record, TriggerEvent
from recordsvc.services import changes, standing
from recordsvc.services.access import authorize, may_read, record_for
from recordsvc.services.context import Context
from recordsvc.services.crosswalks import identifier_of, numbers_in
from recordsvc.services.days import day_of, require_text
from recordsvc.services.display import title_of
from recordsvc.services.errors import (
    Conflict,
    InvalidRequest,
    NotFound,
    NothingToDo,
)
from recordsvc.services.numbers import is_ambiguous
from recordsvc.services.scheduling import refresh_all
from retention.errors import RetentionError

EXCEPTION_STATES = ("awaiting_trigger", "error")


def explain(ctx: Context, record_id: str, on: date | None = None) -> dict[str, Any]:
    """Return the decision for a record with every step that led to it."""
    record = record_for(ctx, record_id)
    day = on or ctx.today()
    version = standing.current_version(ctx.root, day)
    if version is None:
        raise NotFound("no schedule is in force; import one: recordsvc schedule import")
    try:
        decision = standing.decision_of(ctx, record, day)
    except RetentionError as error:
        return {"case": record.id, "state": "error", "error": str(error)}
    assert decision is not None  # noqa: S101 - a version is in force
    return {
        **decision.as_mapping(),
        "id": record.id,
        "schedule_version": version.number,
    }


def due(ctx: Context, on: date | None = None) -> dict[str, Any]:
    """Return what is due on a day, what cannot be judged, and the next date."""
    authorize(ctx, "retention.view")
    day = on or ctx.today()
    items, exceptions = [], []
    for _, record_id in ctx.root.ids_due(day):
        record = ctx.root.records[record_id]
        if record.is_destroyed or not may_read(ctx.actor, record):
            continue
        answer = explain(ctx, record_id, day)
        if answer["state"] == "due":
            items.append(_due_item(record, answer))
        elif answer["state"] in {"held", *EXCEPTION_STATES}:
            exceptions.append(_exception(record, answer["state"]))
    exceptions.extend(_waiting(ctx, {e["id"] for e in exceptions}))
    following = next(iter(ctx.root.by_due.keys(min=(day.isoformat(), "g"))), None)
    return {
        "on": day.isoformat(),
        "items": items,
        "exceptions": exceptions,
        "next": following[0] if following else None,
    }


def _due_item(record: Record, answer: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": record.id,
        "title": title_of(record),
        "due_on": answer["due_on"],
        "action": answer["action"],
        "winner": answer["winner"],
    }


def _exception(record: Record, state: str) -> dict[str, Any]:
    reasons = {
        "held": f"on hold: {', '.join(record.holds)}",
        "awaiting_trigger": "the date that starts the clock is not known",
        "error": "its facts cannot be judged",
    }
    key = state.split(":", maxsplit=1)[0]
    return {"id": record.id, "state": key, "reason": reasons.get(key, state)}


def _waiting(ctx: Context, told: set[str]) -> list[dict[str, Any]]:
    found = []
    for record in ctx.root.records.values():
        if record.id in told or record.is_destroyed or record.standing is None:
            continue
        state = record.standing.state.split(":", maxsplit=1)[0]
        if state in EXCEPTION_STATES and may_read(ctx.actor, record):
            found.append(_exception(record, state))
    return found


def place_hold(
    ctx: Context, title: str, mandate: str, record_ids: Iterable[str]
) -> tuple[Hold, int]:
    """Place a hold on records; it always succeeds while there is content.

    Returns
    -------
    tuple of Hold and int
        The hold, and on how many records it lies.
    """
    authorize(ctx, "hold.place")
    require_text("the title", title)
    require_text("the mandate", mandate)
    if not title.strip() or not mandate.strip():
        raise InvalidRequest("a hold needs a title and a mandate")
    records = [record_for(ctx, record_id) for record_id in dict.fromkeys(record_ids)]
    if not records:
        raise NothingToDo("no record matches; the hold was not placed")
    gone = [r.id for r in records if r.is_destroyed]
    if gone:
        raise Conflict(f"already destroyed: {', '.join(gone)}; the hold was not placed")
    hold = Hold(uuid.uuid4().hex, title.strip())
    hold.mandate = mandate.strip()
    hold.placed_by, hold.placed_at = ctx.actor.login, ctx.now()
    ctx.root.holds[hold.id] = hold
    for record in records:
        record.holds = (*record.holds, hold.id)
        ctx.root.held.add((hold.id, record.id))
        changes.touch(ctx, record, "hold", hold=hold.id)
    return hold, len(records)


def lift_hold(ctx: Context, hold_id: str, reason: str) -> int:
    """Lift a hold; lifted holds stay in the store for ever (MoReq2010)."""
    authorize(ctx, "hold.lift")
    hold = hold_of(ctx, hold_id)
    if not hold.is_active:
        raise NothingToDo(f"hold {hold_id} was lifted already")
    if not reason.strip():
        raise InvalidRequest("lifting a hold needs a reason")
    require_text("the reason", reason)
    hold.lifted_by, hold.lifted_at = ctx.actor.login, ctx.now()
    hold.reason = reason.strip()
    pairs = list(ctx.root.held.keys(min=(hold_id, ""), max=(hold_id, "g")))
    for pair in pairs:
        record = ctx.root.records[pair[1]]
        record.holds = tuple(h for h in record.holds if h != hold_id)
        ctx.root.held.remove(pair)
        changes.touch(ctx, record, "hold-lifted", hold=hold_id)
    return len(pairs)


def hold_of(ctx: Context, hold_id: str) -> Hold:
    """Return a hold by its id."""
    hold: Hold | None = ctx.root.holds.get(hold_id)
    if hold is None:
        raise NotFound(f"there is no hold {hold_id}; see: recordsvc hold list")
    return hold


def record_event(
    ctx: Context, kind: str, key: str, day: str, *, provisional: bool = False
) -> str:
    """Record an event that starts a clock, or an end of the calendar.

    Parameters
    ----------
    kind
        ``session_end`` and ``legislature_end`` are ends of the calendar, their
        key is the number; any other kind is matched to records by number or id.
    """
    authorize(ctx, "event.record")
    day_of(day)
    for name, text in (("TYPE", kind), ("KEY", key)):
        require_text(name, text)
        if not text.strip():
            raise InvalidRequest(f"{name} is empty")
    if kind in standing.CALENDAR_KINDS:
        entry_id = f"{kind}:{key}"
        ctx.root.calendar[entry_id] = CalendarEnd(
            kind, key, day, confirmed=not provisional
        )
        refresh_all(ctx)
        return entry_id
    if provisional:
        raise InvalidRequest(
            f"only {' and '.join(standing.CALENDAR_KINDS)} can be provisional"
        )
    event = TriggerEvent(uuid.uuid4().hex, kind, _key_of_event(ctx, key), day)
    ctx.root.trigger_events[event.id] = event
    ctx.root.by_event_key.add((event.key, event.id))
    _refresh_by_number(ctx, event.key)
    return event.id


def _key_of_event(ctx: Context, key: str) -> str:
    """Return the number an event belongs to, in the scheme that the store knows.

    Several jurisdictions may write a number alike; where just one of the readings
    is a record's number here, it is meant.

    Raises
    ------
    InvalidRequest
        If a part that the number needs is missing: it could be of two papers.
    """
    if key in ctx.root.records:
        return record_for(ctx, key).id
    own = identifier_of(key, ctx.settings.jurisdiction or None).normalised
    if ctx.root.ids_by_identifier(own):
        return own
    readings = {n.normalised for n in numbers_in(key)}
    known = [n for n in readings if ctx.root.ids_by_identifier(n)]
    if len(known) == 1:
        return known[0]
    if is_ambiguous(own):
        raise InvalidRequest(
            f"{key!r} may be of several papers (it does not say of which session or "
            "chamber); give the id of the record instead"
        )
    return own


def reverse_event(ctx: Context, event_id: str) -> None:
    """Reverse an event: it stays, and counts no more."""
    authorize(ctx, "event.record")
    end = ctx.root.calendar.get(event_id)
    if end is not None:
        if end.reversed_by is not None:
            raise NothingToDo(f"event {event_id} was reversed already")
        end.reversed_by = ctx.actor.login
        refresh_all(ctx)
        return
    event = ctx.root.trigger_events.get(event_id)
    if event is None:
        raise NotFound(f"there is no event {event_id}")
    if event.reversed_by is not None:
        raise NothingToDo(f"event {event_id} was reversed already")
    event.reversed_by = ctx.actor.login
    _refresh_by_number(ctx, event.key)


def _refresh_by_number(ctx: Context, key: str) -> None:
    ids = [key] if key in ctx.root.records else ctx.root.ids_by_identifier(key)
    for record_id in ids:
        standing.refresh(ctx, ctx.root.records[record_id])
