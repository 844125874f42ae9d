"""A record as a package: the crosswalk from the model to the exports library."""

from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

from exports.layout import Bagging
from exports.package import (
    Agent,
    DublinCore,
    Package,
    Payload,
    PreservationEvent,
)
from recordsvc.model import Event, Record
from recordsvc.services import agents
from recordsvc.services.access import effective_level, may_read, record_for
from recordsvc.services.classification import classes
from recordsvc.services.context import Context
from recordsvc.services.display import title_of
from recordsvc.services.errors import Conflict
from recordsvc.services.reading import readable
from recordsvc.services.recorddocument import RecordDocument, document_of, dump
from recordsvc.services.retention.obligations import obligation_of

PROFILES = ("parliamentary-record",)
# Words of the PREMIS event type vocabulary where there is one.
PREMIS_WORDS = {
    "capture": "capture",
    "ingestion": "ingestion",
    "edit": "metadata modification",
    "classify": "metadata modification",
    "confirm": "metadata modification",
    "unconfirm": "metadata modification",
    "oblige": "metadata modification",
    "unoblige": "metadata modification",
    "link": "metadata modification",
    "unlink": "metadata modification",
    "import": "metadata modification",
    "ocr": "metadata extraction",
    "hold": "disposal hold",
    "hold-lifted": "disposal hold lifted",
}


def bagging_of(ctx: Context) -> Bagging:
    """Return the circumstances of an export today."""
    return Bagging(on=ctx.today(), software=f"recordsvc {version('recordsvc')}")


def exportable_ids(ctx: Context) -> tuple[str, ...]:
    """Return the ids of every record the actor may read and that has content.

    Papers of Members, which go back to their owners, are not among them.
    """
    return tuple(
        record.id
        for record in ctx.root.records.values()
        if not record.is_destroyed
        and may_read(ctx.actor, record)
        and not classes.is_members(ctx.root, record.class_code)
    )


def note_export(ctx: Context, *, record_id: str) -> None:
    """Remember that a record was handed out: its capture cannot be undone any more.

    It stands in the audit trail and not among the record's own events, because a
    package tells its life and would otherwise never be the same twice.
    """
    record: Record = ctx.root.records[record_id]
    record.exported_on = ctx.today()
    ctx.log(record_id, "export")


def package_of(ctx: Context, record_id: str, *, for_owner: bool = False) -> Package:
    """Return a record as a package, with the places of its bytes.

    Parameters
    ----------
    for_owner
        The package goes to the Member whose paper it is.

    Raises
    ------
    NotFound, NotAllowed, Gone, Conflict
        If the actor may not export it, it was destroyed, or it is a Member's paper.
    """
    found = record_for(ctx, record_id, "export.make")
    if classes.is_members(ctx.root, found.class_code) and not for_owner:
        raise Conflict(
            f"record {record_id} is a Member's paper, no record of the House; it goes "
            "back to its owner and nowhere else"
        )
    record = readable(ctx, record_id)
    if record.modified_at is None:
        raise Conflict(f"record {record_id} was never closed by a change; edit it once")
    document = document_of(ctx, record)
    return Package(
        id=record.id,
        name=f"{record.id}_v{record.revision:04d}",
        version=record.revision,
        payloads=tuple(
            Payload(
                name=file.name,
                original_name=file.stated_name or file.name,
                mime=file.mime,
                puid=file.puid,
                format_name=file.format_name,
                bytes=file.bytes,
                sha256=file.sha256,
                source=Path(ctx.bitstreams.path(file.sha256)),
                representation=f"rep-{file.role}",
                position=file.position,
            )
            for file in record.files
        ),
        dublin_core=DublinCore(elements=tuple(_dublin_core(ctx, record))),
        record_json=dump(document),
        modified=record.modified_at,
        access_status=effective_level(record),
        events=tuple(_preservation_event(e) for e in document.events),
        agents=_agents(ctx, document),
        bag_info=tuple(_bag_info(ctx, record)),
        retention=_retention(document),
        erms=obligation_of(ctx, record, document.holds),
    )


def _dublin_core(ctx: Context, record: Record) -> Iterator[tuple[str, str, str | None]]:
    yield "title", title_of(record), record.language if record.title else None
    for language, title in record.titles:
        if title != record.title:
            yield "alternative", title, language
    yield "identifier", record.id, None
    for number in record.identifiers:
        yield "identifier", number.value, None
    yield "type", record.type, "en"
    if record.date:
        yield "date", record.date, None
    if created := dict(record.dates).get("created"):
        yield "created", created, None
    languages = (record.language, *(e.language for e in record.expressions))
    for code in dict.fromkeys(code for code in languages if code):
        yield "language", code, None
    yield "publisher", ctx.settings.parliament, None
    for value in (record.collection, record.session):
        if value:
            yield "isPartOf", value, None
    if record.jurisdiction:
        yield "spatial", record.jurisdiction, None
    for party in record.parties:
        # Dublin Core 1.1 has no word for whom a paper is for; record.json says it.
        if party.role == "author":
            yield "creator", party.name, None
    for subject in record.subjects:
        yield "subject", subject, record.language
    if record.class_code:
        yield "subject", record.class_code, None
    for mime in dict.fromkeys(file.mime for file in record.files):
        yield "format", mime, None
    for text in dict.fromkeys(c.text for c in record.citations):
        yield "references", text, None
    yield "accessRights", effective_level(record), "en"


def _preservation_event(event: Event) -> PreservationEvent:
    return PreservationEvent(
        id=event.id,
        type=PREMIS_WORDS.get(event.type, event.type),
        at=event.at,
        agent=event.agent,
        outcome=event.outcome,
        detail="; ".join(
            [event.type, *(f"{name} {value}" for name, value in event.facts)]
        ),
    )


def _agents(ctx: Context, document: RecordDocument) -> tuple[Agent, ...]:
    return tuple(
        Agent(
            id=agent_id,
            name=agents.name_of(ctx.root, agent_id),
            type=agents.kind_of(ctx.root, agent_id).value,
        )
        for agent_id in sorted({event.agent for event in document.events})
    )


def _bag_info(ctx: Context, record: Record) -> Iterator[tuple[str, str]]:
    yield "Source-Organization", ctx.settings.parliament
    yield "Contact-Email", ctx.settings.admin_email
    yield "External-Description", title_of(record)
    for number in record.identifiers:
        yield "Internal-Sender-Identifier", number.value
    if ctx.root.is_test:
        yield "Internal-Sender-Description", "Made in a test store: no real record"


def _retention(document: RecordDocument) -> dict[str, Any]:
    standing = document.standing
    return {
        "class": document.values["class_code"],
        "classes": [
            {"code": c.code, "title": c.title, "schedule": c.schedule}
            for c in document.classes
        ],
        "further_obligations": [
            {"class": o.class_code, "citation": o.citation, "reason": o.reason}
            for o in document.values["extra_obligations"]
        ],
        "holds": [
            {k: v for k, v in (("id", h.id), ("title", h.title)) if v}
            for h in document.holds
        ],
        "decision": None
        if standing is None
        else {
            "state": standing.state,
            "action": standing.action,
            "due_on": standing.due_on.isoformat() if standing.due_on else None,
            "schedule": standing.winner,
            "schedule_version": standing.schedule_version,
        },
    }
