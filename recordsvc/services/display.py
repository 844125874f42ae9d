"""A record as other programs see it (`show --json`, the API)."""

from dataclasses import replace
from typing import Any

from recordsvc.model import Link, Record
from recordsvc.model.record import Citation, Statement, Tombstone
from recordsvc.services.access import effective_level, may, may_read
from recordsvc.services.context import Context
from recordsvc.services.disposal.listed import list_of_record
from recordsvc.services.linking import Suggestion, links_of
from recordsvc.services.numbers import is_ambiguous
from recordsvc.services.retention.standing import state_on
from recordsvc.services.valuecodec import encode

# What the house has said of its own acts on a paper, and is nothing that it says.
WORDS_OF_ACTS = frozenset(
    {"class_reason", "aggregation_reason", "return_reason", "returned_to"}
)
FALLBACK_TITLE = "Untitled paper"


def title_of(record: Record) -> str:
    """Return the title, else the first number, else a plain word.

    A file name is never a title (INTERFACE 7.6).
    """
    if record.title:
        return record.title
    return record.identifiers[0].value if record.identifiers else FALLBACK_TITLE


def record_url(ctx: Context, record_id: str) -> str:
    """Return the permanent address of a record."""
    return f"{ctx.settings.url.rstrip('/')}/records/{record_id}"


def record_mapping(ctx: Context, record: Record) -> dict[str, Any]:
    """Return the whole record as JSON-able values (INTERFACE 7.5)."""
    if record.is_destroyed:
        return {
            "id": record.id,
            "state": record.state,
            "title": title_of(record),
            # A tombstone that keeps only the proof tells of no type.
            "type": record.type or None,
            "tombstone": encode(stone_of(ctx, record)),
            "revision": record.revision,
        }
    return {
        "id": record.id,
        "state": record.state,
        "type": record.type,
        "title": title_of(record),
        "titles": dict(record.titles),
        "date": record.date,
        "dates": dict(record.dates),
        "language": record.language,
        "jurisdiction": record.jurisdiction,
        "chamber": record.chamber,
        "session": record.session,
        "legislature": record.legislature,
        "subjects": list(record.subjects),
        "parties": [
            {
                "role": p.role,
                "name": p.name,
                "state": str(p.state),
                "agent": p.agent or None,
                "score": p.score,
            }
            for p in record.parties
        ],
        "collection": record.collection,
        "access": effective_level(record),
        "closure": _closure(record),
        "identifiers": identifiers_mapping(record),
        "expressions": [
            {
                "language": e.language,
                "version": e.version,
                "files": [m.name for m in e.manifestations],
            }
            for e in record.expressions
        ],
        "components": _components(record),
        "class": record.class_code,
        "aggregation": record.aggregation,
        "obligation": _obligation(ctx, record),
        "list": list_of_record(ctx, record.id),
        "holds": _holds(ctx, record),
        "links": [link_mapping(ctx, record, link) for link in links_of(ctx, record)],
        "citations": [citation_mapping(ctx, c) for c in record.citations],
        "events": [
            {
                "id": e.id,
                "type": e.type,
                "at": e.at.isoformat(),
                "agent": e.agent,
                "outcome": e.outcome,
                "facts": dict(e.facts),
            }
            for e in (*record.claimed_events, *record.events)
        ],
        "provenance": _provenance(ctx, record.statements),
        "declared_on": _iso(record.declared_on),
        "received_on": _iso(record.received_on),
        "closed_on": record.closed_on,
        "captured_at": _iso(record.captured_at),
        "modified": _iso(record.modified_at),
        "imported": record.imported,
        "foreign": _foreign(record),
        "url": record_url(ctx, record.id),
        "revision": record.revision,
    }


def stone_of(ctx: Context, record: Record) -> Tombstone | None:
    """Return a tombstone; what people wrote of a decision is for those who decide."""
    stone = record.tombstone
    if stone is None or may(ctx.actor, "disposal.view"):
        return stone
    decisions = tuple((*decision[:4], "") for decision in stone.decisions)
    return replace(stone, reason="", decisions=decisions)


def _iso(value: Any) -> str | None:
    return None if value is None else str(value.isoformat())


def _components(record: Record) -> list[dict[str, Any]]:
    places = {m.position: m.sha256 for m in record.files}
    return [
        {
            "name": m.name,
            "sha256": m.sha256,
            "bytes": m.bytes,
            "mime": m.mime,
            "puid": m.puid,
            "format": m.format_name,
            "pages": m.pages,
            "text": m.text,
            "recognition": m.recognition or None,
            "confidence": m.confidence,
            "language": e.language,
            "version": e.version,
            "role": m.role,
            "position": m.position,
            "parent": places.get(m.carrier) if m.is_attachment else None,
            "stated_name": m.stated_name,
            "warnings": list(m.warnings),
            "error": m.error,
            "scan": m.scan or None,
            "signatures": m.signatures or None,
            "media": dict(m.media),
        }
        for e in record.expressions
        for m in e.manifestations
    ]


def _obligation(ctx: Context, record: Record) -> dict[str, Any] | None:
    found = record.standing
    if found is None:
        return None
    return {
        "state": "held" if record.is_held else state_on(found, ctx.today()),
        "action": found.action,
        "due_on": _iso(found.due_on),
        "winner": found.winner,
        "stage": found.stage,
        "provisional": found.provisional,
        "schedule_version": found.schedule_version,
    }


def _foreign(record: Record) -> dict[str, Any] | None:
    """Return where a harvested record comes from, and whether it was adopted."""
    if record.foreign is None:
        return None
    said: dict[str, Any] = encode(record.foreign)
    return said


def _closure(record: Record) -> dict[str, Any] | None:
    closure = record.closure
    if closure is None:
        return None
    return {
        "state": str(closure.state),
        "rule": closure.rule,
        "opens_on": _iso(closure.opens_on),
        "provisional": closure.provisional,
        "access_when_open": record.access,
    }


def _holds(ctx: Context, record: Record) -> list[Any]:
    if not may(ctx.actor, "hold.view"):
        return list(record.holds)
    return [
        {"id": hold_id, "title": ctx.root.holds[hold_id].title}
        for hold_id in record.holds
        if hold_id in ctx.root.holds
    ]


def citation_mapping(ctx: Context, citation: Citation) -> dict[str, Any]:
    """Return a citation with what it resolves to for this reader.

    A target the reader may not see counts as wanted, so that the status
    carries nothing closed.
    """
    if is_ambiguous(citation.normalised):
        return _cited(citation, None, "ambiguous")
    targets = [
        record_id
        for record_id in ctx.root.ids_by_identifier(citation.normalised)
        if may_read(ctx.actor, ctx.root.records[record_id])
    ]
    status = {0: "wanted", 1: "resolved"}.get(len(targets), "ambiguous")
    return _cited(citation, targets[0] if status == "resolved" else None, status)


def _cited(citation: Citation, target: str | None, status: str) -> dict[str, Any]:
    return {
        "scheme": citation.scheme,
        "text": citation.text,
        "normalised": citation.normalised,
        "page": citation.page,
        "start": citation.start,
        "end": citation.end,
        "target": target,
        "status": status,
    }


def _provenance(ctx: Context, statements: tuple[Statement, ...]) -> dict[str, Any]:
    hidden = frozenset() if may(ctx.actor, "retention.view") else WORDS_OF_ACTS
    found: dict[str, Any] = {}
    for s in statements:
        if s.field in hidden:
            continue
        found.setdefault(
            s.field,
            {
                "how": s.how,
                "rule": s.rule,
                "page": s.page,
                "confidence": s.confidence,
                "value": s.value,
                "start": s.start,
                "end": s.end,
            },
        )
    return found


def brief(record: Record) -> dict[str, Any]:
    """Return what a list or a link says of a record."""
    return {
        "id": record.id,
        "title": title_of(record),
        "identifiers": identifiers_mapping(record),
    }


def identifiers_mapping(record: Record) -> list[dict[str, str]]:
    """Return the official numbers of a record."""
    return [
        {"scheme": i.scheme, "value": i.value, "normalised": i.normalised}
        for i in record.identifiers
    ]


def edge_mapping(
    edge: Suggestion | Link, source: Record, target: Record
) -> dict[str, Any]:
    """Return a link, or the suggestion of one, with both ends (INTERFACE 7.10)."""
    return {
        "id": edge.id,
        "type": edge.type,
        "source": brief(source),
        "target": brief(target),
        "certainty": edge.certainty,
        "score": edge.score,
        "evidence": [
            {"rule": e.rule, "text": e.text, "page": e.page} for e in edge.evidence
        ],
    }


def link_mapping(ctx: Context, record: Record, link: Link) -> dict[str, Any]:
    """Return a link as seen from one of its ends."""
    other = link.target if link.source == record.id else link.source
    return {
        "id": link.id,
        "type": link.type,
        "direction": "out" if link.source == record.id else "in",
        "source": link.source,
        "target": link.target,
        "certainty": link.certainty,
        "state": link.state,
        "other": brief(ctx.root.records[other]),
        "evidence": [
            {"rule": e.rule, "text": e.text, "page": e.page} for e in link.evidence
        ],
    }
