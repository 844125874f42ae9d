"""What a record is said to be, value by value, each with its evidence."""

from dataclasses import asdict
from typing import Any

from recordsvc.model import Record
from recordsvc.model.record import Statement
from recordsvc.services.access import record_for
from recordsvc.services.context import Context
from recordsvc.services.display import title_of
from recordsvc.services.drafting import EDITABLE
from recordsvc.services.errors import Gone
from recordsvc.services.renditions import RenditionPage, load
from recordsvc.services.triage import quoting
from recordsvc.services.triage.doubts import (
    FOUND,
    doubt_of,
    is_present,
    is_settled,
    reasons_of,
)
from recordsvc.storage.errors import BitstreamMissing

# The fields that a person can settle here, in the order in which they are told.
_FIRST = ("title", "date", "type", "identifier", "language")
SETTLED_HERE = (*_FIRST, *(field for field in EDITABLE if field not in _FIRST))
MISSING = ("title", "date", "type")


def suggestions(ctx: Context, record_id: str) -> dict[str, Any]:
    """Return the values of a record that nobody has said or confirmed yet.

    Returns
    -------
    dict
        ``values``: each with ``how``, ``rule``, ``page``, ``confidence``, ``quote``
        (the span that it was read from), ``doubt`` (why it waits, or None) and
        ``candidates`` (others that were found, or stand at the head of the paper);
        and ``missing``: fields without a value, with their candidates.
    """
    record = record_for(ctx, record_id, "record.edit")
    if record.is_destroyed:
        raise Gone(f"record {record_id} was destroyed; only its tombstone is left")
    pages = _pages(ctx, record)
    confidence = ctx.settings.triage_confidence
    values = [
        _told(record, s, pages, doubt_of(record, s, confidence))
        for s in open_statements(record)
    ]
    reasons = reasons_of(record, confidence)
    return {
        "id": record.id,
        "title": title_of(record),
        "type": record.type,
        "date": record.date,
        "class": record.class_code,
        "revision": record.revision,
        "reasons": [str(reason) for reason in reasons],
        "values": values,
        "missing": [
            {"field": field, "candidates": _others(record, field, (), pages)}
            for field in MISSING
            if f"missing-{field}" in reasons
        ],
        "page_text": pages[0].text[: quoting.MAX_CHARS] if pages else "",
    }


def open_statements(record: Record) -> tuple[Statement, ...]:
    """Return the values that count for a record and that nobody has confirmed."""
    order = {field: place for place, field in enumerate(SETTLED_HERE)}
    found = [
        s
        for s in (*record.statements, *_unstated_dates(record))
        if s.how in FOUND
        and (s.field in order or s.field.startswith("date."))
        and not is_settled(record, s)
        and (s.field.startswith("date.") or is_present(record, s))
    ]
    return tuple(sorted(found, key=lambda s: order.get(s.field, len(order))))


def _unstated_dates(record: Record) -> tuple[Statement, ...]:
    """Return the dates by kind that were found together with another value."""
    said = {s.field for s in record.statements}
    return tuple(
        Statement(field=f"date.{kind}", value=day, how="extracted")
        for kind, day in record.dates
        if not said & {kind, f"date.{kind}"}
    )


def _pages(ctx: Context, record: Record) -> tuple[RenditionPage, ...]:
    for file in record.texts:
        if not file.is_attachment:
            try:
                return load(ctx.bitstreams, file.rendition)
            except BitstreamMissing:
                # It is told by the fixity checks; here its evidence is wanting.
                return ()
    return ()


def _told(
    record: Record,
    statement: Statement,
    pages: tuple[RenditionPage, ...],
    doubt: str | None,
) -> dict[str, Any]:
    field, value = statement.field, statement.value
    quote = quoting.quote_of(pages, statement)
    return {
        "field": field,
        "value": value,
        "how": statement.how,
        "rule": statement.rule,
        "page": statement.page,
        "confidence": statement.confidence,
        "doubt": str(doubt) if doubt else None,
        "quote": asdict(quote) if quote else None,
        "candidates": _others(record, field, (value,), pages),
    }


def _others(
    record: Record,
    field: str,
    known: tuple[str, ...],
    pages: tuple[RenditionPage, ...],
) -> list[dict[str, Any]]:
    stated = [s for s in record.statements if s.field == field and s.value not in known]
    found: dict[str, dict[str, Any]] = {}
    for s in stated:
        quote = quoting.quote_of(pages, s)
        told = asdict(quote) if quote else None
        found.setdefault(s.value, {"value": s.value, "rule": s.rule, "quote": told})
    for candidate in quoting.candidates(pages, field, (*known, *found)):
        quoted = {"rule": "", "quote": asdict(candidate.quote)}
        found[candidate.value] = {"value": candidate.value, **quoted}
    return list(found.values())
