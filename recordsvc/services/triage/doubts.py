"""Why a record waits for a person, judged from the record alone."""

from collections.abc import Iterator
from enum import StrEnum

from recordsvc.model import Record
from recordsvc.model.record import RecordState, Statement

# Found by a program, and said by nobody.
FOUND = frozenset({"extracted", "embedded", "inferred", "ocr"})
# What holds for the whole field, whatever was found in it.
DECIDED = frozenset({"entered", "sidecar"})
CONFIRMED = "confirmed"
# Fields that have one value: two that differ are a conflict, and one decides.
SINGLE = frozenset(
    {"date", "type", "language", "jurisdiction", "chamber", "session", "collection"}
)
DEFAULT_TYPE = "paper"


class Reason(StrEnum):
    """Why a record waits, in the order in which reasons are told."""

    MISSING_TITLE = "missing-title"
    MISSING_DATE = "missing-date"
    MISSING_TYPE = "missing-type"
    MISSING_CLASS = "missing-class"
    UNSURE = "unsure"
    INFERRED = "inferred"
    CONFLICT = "conflict"


def reasons_of(record: Record, confidence: float) -> tuple[Reason, ...]:
    """Return why a record waits; nothing where it does not.

    Parameters
    ----------
    confidence
        A value that was found with less, from 0 to 1, is unsure.
    """
    if record.is_destroyed or record.state == RecordState.QUARANTINED:
        return ()
    found = set(_missing(record))
    for statement in record.statements:
        if reason := doubt_of(record, statement, confidence):
            found.add(reason)
    return tuple(reason for reason in Reason if reason in found)


def _missing(record: Record) -> Iterator[Reason]:
    if not record.title:
        yield Reason.MISSING_TITLE
    if not record.date:
        yield Reason.MISSING_DATE
    said = {s.field for s in record.statements}
    if record.type == DEFAULT_TYPE and "type" not in said:
        yield Reason.MISSING_TYPE
    if record.class_code is None:
        yield Reason.MISSING_CLASS


def doubt_of(record: Record, statement: Statement, confidence: float) -> Reason | None:
    """Return what is the matter with a value, None if nothing is."""
    if is_settled(record, statement):
        return None
    if is_disputed(record, statement):
        return Reason.CONFLICT
    if statement.how == "inferred":
        return Reason.INFERRED
    return Reason.UNSURE if statement.confidence < confidence else None


def is_settled(record: Record, statement: Statement) -> bool:
    """Say whether a value was said or confirmed by somebody, or its field decided."""
    if statement.how not in FOUND:
        return True
    return any(
        other.how in DECIDED
        or (
            other.how == CONFIRMED
            and (other.value == statement.value or statement.field in SINGLE)
        )
        for other in record.statements
        if other.field == statement.field and other.how not in FOUND
    )


def is_disputed(record: Record, statement: Statement) -> bool:
    """Say whether another value was found for a field that can have one alone."""
    return statement.field in SINGLE and any(
        other.field == statement.field and other.value != statement.value
        for other in record.statements
    )


def is_present(record: Record, statement: Statement) -> bool:
    """Say whether a statement is the first of its field with its value.

    For a field that has one value it is the first of the field: that one counts.
    """
    for other in record.statements:
        if other is statement:
            return True
        if other.field == statement.field and (
            statement.field in SINGLE or other.value == statement.value
        ):
            return False
    return False
