"""What happens in the House: events that start the clocks of records, by number."""

import uuid
from collections.abc import Iterator
from typing import Any

from recordsvc.model import TriggerEvent
from recordsvc.services.access import authorize, record_for
from recordsvc.services.audit.moments import legal_day_of
from recordsvc.services.classification.filing import eject
from recordsvc.services.context import Context
from recordsvc.services.crosswalks import identifier_of, numbers_in
from recordsvc.services.days import require_text
from recordsvc.services.errors import InvalidRequest, NotFound, NothingToDo
from recordsvc.services.numbers import is_ambiguous
from recordsvc.services.retention import recalculating, terms


def record_event(
    ctx: Context,
    kind: str,
    key: str,
    day: str,
    *,
    provisional: bool = False,
    jurisdiction: str = "",
    evidence: str = "",
) -> str:
    """Record an event that starts a clock, or an end of the calendar.

    Parameters
    ----------
    kind
        ``session_end`` and ``legislature_end`` are ends of the calendar, and so are
        ``prorogation`` and ``dissolution``, which end them early; their key is the
        number. Any other kind is matched to records by number or id.
    day
        Day or instant.
    jurisdiction
        Whose calendar it belongs to; empty is the parliament's own.
    evidence
        Where it is written.

    Returns
    -------
    str
        The id of the event. Several events of one kind may be recorded of a record:
        the latest day counts, and all stay.
    """
    authorize(ctx, "event.record")
    legal_day_of(ctx, "the day", day)
    for name, text in (("TYPE", kind), ("KEY", key)):
        require_text(name, text)
        if not text.strip():
            raise InvalidRequest(f"{name} is empty")
    require_text("the evidence", evidence)
    if kind in terms.ENDS:
        return terms.record_end(
            ctx,
            kind,
            key.strip(),
            day,
            confirmed=not provisional,
            jurisdiction=jurisdiction,
            evidence=evidence.strip(),
        )
    if provisional or jurisdiction:
        named = ", ".join(terms.ENDS)
        raise InvalidRequest(
            f"only an end of the calendar ({named}) can be provisional or of a "
            "jurisdiction"
        )
    event = TriggerEvent(uuid.uuid4().hex, kind, _key_of_event(ctx, key), day)
    event.recorded_by, event.recorded_at = ctx.actor.login, ctx.now()
    event.evidence = evidence.strip()
    ctx.root.trigger_events[event.id] = event
    ctx.root.by_event_key.add((event.key, event.id))
    ctx.log(event.id, "event-recorded", type=kind)
    recalculating.request(ctx, _ids_of(ctx, event.key))
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
    """Reverse an event: it stays, and counts no more.

    What a disposal list has decided of its records is void.

    Raises
    ------
    NotFound
        If there is none of that id.
    NothingToDo
        If it was reversed already.
    """
    authorize(ctx, "event.record")
    if event_id in ctx.root.calendar:
        terms.reverse_end(ctx, event_id)
        return
    event: TriggerEvent | None = ctx.root.trigger_events.get(event_id)
    if event is None:
        raise NotFound(f"there is no event {event_id}; see: recordsvc event list")
    if event.reversed_by is not None:
        raise NothingToDo(f"event {event_id} was reversed already")
    event.reversed_by = ctx.actor.login
    ctx.log(event.id, "event-reversed", type=event.type)
    ids = _ids_of(ctx, event.key)
    for record_id in ids:
        eject(ctx, record_id, f"event {event_id} was reversed")
    recalculating.request(ctx, ids)


def _ids_of(ctx: Context, key: str) -> tuple[str, ...]:
    if key in ctx.root.records:
        return (key,)
    return ctx.root.ids_by_identifier(key)


def events(ctx: Context, key: str | None = None) -> Iterator[dict[str, Any]]:
    """Yield every event and every end of the calendar, or those of a key.

    Parameters
    ----------
    key
        A number, the id of a record, or the number of a session or legislature.
    """
    authorize(ctx, "retention.view")
    for entry_id, end in ctx.root.calendar.items():
        if key is None or end.key == key:
            yield terms.end_mapping(entry_id, end)
    if key is None:
        yield from map(_mapping, ctx.root.trigger_events.values())
        return
    wanted = _key_of_event(ctx, key)
    for _, event_id in ctx.root.by_event_key.keys(min=(wanted, ""), max=(wanted, "g")):
        yield _mapping(ctx.root.trigger_events[event_id])


def _mapping(event: TriggerEvent) -> dict[str, Any]:
    return {
        "id": event.id,
        "type": event.type,
        "key": event.key,
        "date": event.date,
        "evidence": event.evidence,
        "recorded_by": event.recorded_by,
        "recorded_at": event.recorded_at.isoformat() if event.recorded_at else None,
        "reversed_by": event.reversed_by,
    }
