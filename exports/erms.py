"""E-ARK ERMS 3: the retention of a record, for another records system to read.

Element names, their order and their value lists are those of the CITS ERMS schema
3.0.2. What it has no element for (the schedule's version, the trigger, the vital
flag) stands in its ``ownElement``, the extension the schema provides.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from lxml import etree

from exports.xmltext import serialise, to_xml

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, datetime

    from exports.obligation import DisposalEvent, DisposalHold, Retention

ERMS = "https://DILCIS.eu/XML/ERMS"
_PREFIX = f"{{{ERMS}}}"
_PLAN = "file-plan"
_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, ERMS)

DATE_TYPES: dict[str, str] = {
    "created": "created",
    "received": "received",
    "closed": "closed",
    "last_action": "modified",
    "transferred": "transferred",
    "destroyed": "destroyed",
    "reviewed": "reviewed",
    "approved": "decision",
}
"""Our words for dates, each with its word in the value list of ERMS."""

_AGENT_TYPES = {
    "approved": "authorising_person",
    "transferred": "deliverer",
    "destroyed": "responsible_person",
}


def erms(retention: Retention, *, at: datetime, software: str) -> bytes:
    """Write the retention of a record as an ERMS document.

    Parameters
    ----------
    at : datetime
        The instant that the description is of, aware.
    software : str
        Name and version of the program that writes.

    Notes
    -----
    CITS ERMS 3.0.2: the classes of the file plan are nested aggregations, the
    dossier is a file among them and the record its innermost part. A legal day is
    written as its midnight without a zone, since ERMS knows instants alone.
    """
    root = etree.Element(f"{_PREFIX}erms", nsmap={"erms": ERMS})
    _control(root, retention, at, software)
    levels = tuple(_levels(retention))
    holder = _child(root, "aggregations" if levels else "records")
    parent = ""
    for kind, identifier, title in levels:
        holder = _child(holder, "aggregation")
        holder.set("systemIdentifier", _uuid(retention, kind, identifier))
        holder.set("aggregationType", kind)
        if kind == "class":
            holder.set("classificationSchemaUsed", _PLAN)
        _child(holder, "objectId", identifier)
        if parent:
            is_class = kind == "class"
            name = "hierarchicalParentClassId" if is_class else "parentAggregationId"
            _child(holder, name, parent)
        _titled(holder, title, f"{kind} {identifier}")
        if kind == "file" and retention.aggregation_closed_on:
            _status(holder, "closed")
            dates = (("closed", retention.aggregation_closed_on),)
            _dates(_child(holder, "dates"), "date", dates)
        parent = identifier
    _record(_child(holder, "record"), retention, parent, at)
    return serialise(root)


def _control(
    root: etree._Element, retention: Retention, at: datetime, software: str
) -> None:
    control = _child(root, "control")
    identification = _child(control, "identification", retention.record_id)
    identification.set("identificationType", "record")
    if retention.classes:
        plan = _child(control, "classificationSchema")
        plan.set("classificationSchemaId", _PLAN)
        plan.set("classificationSchemaStatus", "current")
        text = _child(plan, "textualDescriptionOfClassificationSchema")
        _child(text, "p", f"File plan of {retention.agency}")
    maintenance = _child(control, "maintenanceInformation")
    _child(maintenance, "maintenanceStatus").set("value", "created")
    _child(_child(maintenance, "maintenanceAgency"), "agencyName", retention.agency)
    history = _child(maintenance, "maintenanceHistory")
    event = _child(history, "maintenanceEvent")
    _child(event, "eventType").set("value", "created")
    _child(event, "eventDateTime", at.isoformat())
    _agent(event, "agent", software)


def _levels(retention: Retention) -> Iterator[tuple[str, str, str]]:
    for each in retention.classes:
        yield "class", each.code, each.title
    if retention.aggregation_id is not None:
        yield "file", retention.aggregation_id, retention.aggregation_title


def _record(
    record: etree._Element, retention: Retention, parent: str, at: datetime
) -> None:
    record.set("systemIdentifier", _uuid(retention, "record", retention.record_id))
    if retention.type:
        record.set("recordType", to_xml(retention.type))
    record.set("recordPhysicalOrDigital", "digital")
    _child(record, "objectId", retention.record_id)
    if retention.classes:
        record.set("classificationSchemaUsed", _PLAN)
        _classification(record, retention)
    if parent:
        _child(record, "parentAggregationId", parent)
    if retention.title:
        _child(record, "title", retention.title)
    if retention.is_held:
        _status(record, "on_hold")
    for hold in retention.holds:
        _restriction(record, hold)
    _disposal(record, retention, at)
    if not retention.title:
        _child(record, "description", f"Record {retention.record_id}, title not given")
    if retention.dates:
        _dates(_child(record, "dates"), "date", retention.dates)
    for event in retention.events:
        _action(record, retention, event)
    if retention.access:
        _child(record, "access", retention.access)
    _own(_child(record, "additionalInformation"), retention)


def _classification(record: etree._Element, retention: Retention) -> None:
    own = retention.classes[-1]
    element = _child(record, "classification", own.title or own.code)
    element.set("classificationCode", to_xml(own.code))
    path = "/".join(each.code for each in retention.classes)
    element.set("fullyQualifiedClassificationCode", to_xml(path))


def _restriction(record: etree._Element, hold: DisposalHold) -> None:
    element = _child(record, "restriction")
    element.set("restrictionType", "other_type")
    element.set("otherRestrictionType", "disposal_hold")
    if hold.title:
        _child(element, "explanatoryText", hold.title)
    # The schema demands a regulation; a mandate not to be told is not invented.
    _child(element, "regulation", hold.mandate or f"Disposal hold {hold.id}")
    days = (("start", hold.placed_on), ("end", hold.lifted_on))
    known = [(kind, day) for kind, day in days if day is not None]
    if known:
        dates = _child(element, "dates")
        for kind, day in known:
            _child(dates, "date", _midnight(day)).set("dateType", kind)


def _disposal(record: etree._Element, retention: Retention, at: datetime) -> None:
    element = _child(record, "disposal")
    element.set("disposable", "true" if retention.may_be_disposed else "false")
    if retention.schedule:
        _child(element, "disposalScheduleId", retention.schedule)
    if retention.action:
        _child(element, "disposalAction", retention.action)
    if retention.period:
        _child(element, "disposalPeriod", retention.period)
    if retention.citations:
        _child(element, "disposalMandate", "; ".join(retention.citations))
    if retention.schedule_title:
        _child(element, "disposalDescription", retention.schedule_title)
    details = [event.detail for event in retention.events if event.detail]
    if details:
        comments = _child(element, "disposalComments")
        for detail in details:
            _child(comments, "disposalComment", detail)
    for name in _agents(retention, "transferred", "destroyed"):
        _child(element, "disposingPerson", name)
    for name in _agents(retention, "approved"):
        _child(element, "supervisingPerson", name)
    _disposal_dates(_child(element, "dates"), retention, at)


def _disposal_dates(dates: etree._Element, retention: Retention, at: datetime) -> None:
    def add(kind: str, value: str, other: str = "") -> None:
        element = _child(dates, "disposalDate", value)
        element.set("dateType", kind)
        if other:
            element.set("otherDisposalDateType", other)

    if retention.trigger_date is not None:
        day = _midnight(retention.trigger_date)
        if retention.is_provisional:
            add("other_date", day, "provisional_retention_period_start")
        else:
            add("retention_period_start", day)
    if retention.due_on is not None:
        day = _midnight(retention.due_on)
        if retention.is_provisional:
            add("other_date", day, "provisional_action_due")
        else:
            add("retention_period_end", day)
            add("action_due", day)
    for event in retention.events:
        if event.type in ("transferred", "destroyed"):
            add("disposal_date", event.at.isoformat())
    # The schema demands a date even where none is known yet.
    add("other_date", at.isoformat(), "stated_at")


def _action(record: etree._Element, retention: Retention, event: DisposalEvent) -> None:
    element = _child(record, "action")
    _child(element, "actionText", f"Disposal: {event.type}")
    if retention.citations:
        _child(element, "actionDue", "; ".join(retention.citations))
    if event.detail:
        _child(element, "actionMotivation", event.detail)
    _child(element, "actionType", event.type)
    date = _child(_child(element, "dates"), "actionDate", event.at.isoformat())
    _typed(date, event.type)
    if event.agent:
        kind = _AGENT_TYPES.get(event.type, "user")
        _agent(_child(element, "agents"), kind, event.agent, event.role)


def _own(additional: etree._Element, retention: Retention) -> None:
    group = _child(additional, "ownElement")
    _child(group, "ownElementDescription", "Retention as decided by the schedule")
    for name, kind, value in _facts(retention):
        element = _child(group, "ownElement")
        element.set("name", name)
        element.set("dataType", kind)
        _child(element, "value", value)
    for hold in retention.holds:
        element = _child(group, "ownElement")
        element.set("name", "hold")
        element.set("dataType", "string")
        _child(element, "value", hold.id)
        days = (("placed_on", hold.placed_on), ("lifted_on", hold.lifted_on))
        told = [("title", hold.title), ("mandate", hold.mandate)]
        told += [(name, day.isoformat()) for name, day in days if day]
        if any(value for _, value in told):
            _properties(_child(element, "property"), told)


def _properties(holder: etree._Element, pairs: list[tuple[str, str]]) -> None:
    for name, value in pairs:
        if value:
            attribute = _child(holder, "attribute")
            attribute.set("name", name)
            _child(attribute, "value", value)


def _facts(retention: Retention) -> Iterator[tuple[str, str, str]]:
    version = retention.schedule_version
    days = (
        ("trigger_date", retention.trigger_date),
        ("due_on", retention.due_on),
    )
    texts = (
        ("schedule_version", "" if version is None else str(version)),
        ("trigger", retention.trigger),
        ("rounding", retention.rounding),
        ("state", retention.state),
    )
    yield from ((name, "string", value) for name, value in texts if value)
    yield from ((name, "date", day.isoformat()) for name, day in days if day)
    yield "provisional", "boolean", "true" if retention.is_provisional else "false"
    yield from (("citation", "string", citation) for citation in retention.citations)
    yield "vital_record", "boolean", "true" if retention.is_vital else "false"
    if retention.vital_review_on is not None:
        yield "vital_review_on", "date", retention.vital_review_on.isoformat()


def _agents(retention: Retention, *types: str) -> list[str]:
    names = (e.agent for e in retention.events if e.type in types and e.agent)
    return list(dict.fromkeys(names))


def _agent(parent: etree._Element, kind: str, name: str, role: str = "") -> None:
    agent = _child(parent, "agent")
    agent.set("agentType", kind)
    _child(agent, "name", name)
    if role:
        _child(agent, "role", role)


def _titled(element: etree._Element, title: str, instead: str) -> None:
    if title:
        _child(element, "title", title)
    else:
        _child(element, "description", instead)


def _status(element: etree._Element, value: str) -> None:
    _child(element, "status").set("value", value)


def _dates(dates: etree._Element, tag: str, days: tuple[tuple[str, date], ...]) -> None:
    for name, day in days:
        _typed(_child(dates, tag, _midnight(day)), name)


def _typed(element: etree._Element, name: str) -> None:
    known = DATE_TYPES.get(name)
    element.set("dateType", known or "other")
    if known is None:
        element.set("otherDateType", to_xml(name))


def _midnight(day: date) -> str:
    return f"{day.isoformat()}T00:00:00"


def _uuid(retention: Retention, kind: str, identifier: str) -> str:
    """Return the UUID that ERMS demands: the identifier itself where it is one.

    Otherwise one made from agency, kind and identifier (RFC 9562, version 5), the
    same in every export.
    """
    try:
        return str(uuid.UUID(identifier))
    except ValueError:
        name = f"{to_xml(retention.agency)}\n{kind}\n{to_xml(identifier)}"
        return str(uuid.uuid5(_NAMESPACE, name))


def _child(
    parent: etree._Element, name: str, text: str | None = None
) -> etree._Element:
    element = etree.SubElement(parent, _PREFIX + name)
    if text is not None:
        element.text = to_xml(text)
    return element
