"""Describing a record anew from a text that came later than the record."""

from collections.abc import Collection
from dataclasses import replace

from recordsvc.model import Record
from recordsvc.model.record import Statement
from recordsvc.services import changes
from recordsvc.services.authority import match_parties
from recordsvc.services.context import Context
from recordsvc.services.described import Described
from recordsvc.services.sidecars import SideValues

# What persons, and those who sent the paper, have said of it stays.
SAID = frozenset({"entered", "confirmed", "sidecar", "inherited"})
PLAIN_FIELDS = ("type", "date", "jurisdiction", "chamber", "session", "legislature")


def said_of(record: Record) -> dict[str, Statement]:
    """Return what persons, sidecars and sources have said, by field."""
    return {s.field: s for s in reversed(record.statements) if s.how in SAID}


def redescribe(ctx: Context, record: Record, found: Described) -> None:
    """Give a record what its text says of it; what was said of it before stays.

    Parameters
    ----------
    found
        All that the text and the file say: it replaces what was found before, and a
        value that it lacks is left as it is.
    """
    said = said_of(record)
    for name in PLAIN_FIELDS:
        value = getattr(found, name)
        is_set = name in said or (name == "type" and record.type_basis == "sidecar")
        if value and not is_set:
            setattr(record, name, value)
    if found.language and "language" not in said:
        _set_language(record, found.language)
    if found.titles and "title" not in said:
        record.titles = found.titles
    days = {k: v for k, v in found.dates if not said.keys() & {k, f"date.{k}"}}
    record.dates = tuple(sorted((dict(record.dates) | days).items()))
    _set_identifiers(ctx, record, found, said.get("identifier"))
    _set_parties(ctx, record, found, said.keys())
    own = {i.normalised for i in record.identifiers}
    record.citations = tuple(c for c in found.citations if c.normalised not in own)
    record.statements = (
        *(s for s in record.statements if s.how in SAID),
        *(s for s in found.statements if s.field not in said),
    )


def _set_parties(
    ctx: Context, record: Record, found: Described, said: Collection[str]
) -> None:
    if "subject" not in said:
        record.subjects = found.subjects or record.subjects
    fresh = SideValues(found=found).parties()
    roles = {p.role for p in fresh} - set(said)
    record.parties = (
        *(p for p in fresh if p.role in roles),
        *(p for p in record.parties if p.role not in roles),
    )
    match_parties(ctx, record)


def _set_language(record: Record, language: str) -> None:
    old, record.language = record.language, language
    record.expressions = tuple(
        replace(e, language=language) if e.language == old else e
        for e in record.expressions
    )


def _set_identifiers(
    ctx: Context, record: Record, found: Described, said: Statement | None
) -> None:
    if not found.identifiers or (said is not None and said.how == "entered"):
        return
    stated = record.identifiers if said is not None else ()
    keys = {i.normalised for i in stated}
    fresh = (i for i in found.identifiers if i.normalised not in keys)
    changes.set_identifiers(ctx, record, (*stated, *fresh))
