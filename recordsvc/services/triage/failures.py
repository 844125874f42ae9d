"""Files that could not be read, by kind, each kind with the act that is suggested."""

from collections import Counter
from enum import StrEnum
from typing import Any

from recordsvc.model import Manifestation, Record
from recordsvc.model.record import RecordState
from recordsvc.services.access import authorize, may_read, record_for
from recordsvc.services.context import Context
from recordsvc.services.errors import Conflict, Gone

# The kind of the jobs that the pages ask for.
QUARANTINE = "quarantine"
_BY_LIMIT = ("took longer", "processor", "out of memory", "MemoryError")


class Kind(StrEnum):
    """Why a file was not read."""

    ENCRYPTED = "encrypted"
    TOO_LARGE = "too-large"
    INFECTED = "infected"
    BROKEN = "broken"
    UNKNOWN = "unknown"


# What is to be done, and with which command: told with every file.
SUGGESTIONS = {
    Kind.ENCRYPTED: (
        "give its password once, which is never kept (recordsvc quarantine retry ID "
        "--password-file FILE), or ask the sender for an open copy"
    ),
    Kind.TOO_LARGE: (
        "read it once more with wider limits (recordsvc quarantine retry ID "
        "--seconds N --megabytes N), or keep it without text"
    ),
    Kind.INFECTED: "discard it with a reason, and tell the sender",
    Kind.BROKEN: (
        "ask the sender for a sound copy and discard this one, or keep it without text"
    ),
    Kind.UNKNOWN: "try once more after an update, or keep it without text",
}
_BY_CODE = {
    "infected": Kind.INFECTED,
    "encrypted": Kind.ENCRYPTED,
    "too-large": Kind.TOO_LARGE,
    "damaged": Kind.BROKEN,
}


def kind_of(record: Record) -> Kind | None:
    """Return why the file of a record was not read; None where it was."""
    if record.state != RecordState.QUARANTINED:
        return None
    file = unread_file(record)
    if file is not None and file.scan == Kind.INFECTED:
        return Kind.INFECTED
    codes = {warning.partition(":")[0] for warning in file.warnings} if file else set()
    for code, kind in _BY_CODE.items():
        if code in codes:
            return kind
    error = (file.error or "") if file else ""
    if any(words in error for words in _BY_LIMIT):
        return Kind.TOO_LARGE
    return Kind.BROKEN if error.startswith("crashed") else Kind.UNKNOWN


def unread_file(record: Record) -> Manifestation | None:
    """Return the file that a record came as."""
    return next((f for f in record.files if not f.is_attachment), None)


def quarantined(ctx: Context, record_id: str, function: str) -> Record:
    """Return a record whose file was not read.

    Raises
    ------
    NotFound, NotAllowed, Gone
        If there is none, or the actor may not do this with it.
    Conflict
        If its file was read.
    """
    record = record_for(ctx, record_id, function)
    if record.is_destroyed:
        raise Gone(f"record {record_id} was destroyed; only its tombstone is left")
    if record.state != RecordState.QUARANTINED:
        raise Conflict(f"record {record_id} is not in quarantine: its file was read")
    return record


def require_sound(record: Record) -> None:
    """Refuse what a virus scanner has found something in.

    Raises
    ------
    Conflict
        Saying what to do instead.
    """
    if kind_of(record) == Kind.INFECTED:
        raise Conflict(
            f"record {record.id} is infected: it is neither read nor handed out. "
            "Discard it; where the scanner was wrong, take the file in again with "
            "newer signatures"
        )


def ids_of_kind(ctx: Context, kind: str = "", intake: str = "") -> tuple[str, ...]:
    """Return the ids of the files in quarantine that the actor may know of.

    Parameters
    ----------
    kind
        Of this kind alone, if it is given.
    intake
        Of this intake alone, if it is given.
    """
    authorize(ctx, "record.capture")
    unread = ctx.root.unread
    facet = ("reason", kind) if kind else ("", "")
    return tuple(
        record_id
        for _, record_id in unread.under(*facet)
        if (not intake or unread.entries[record_id].intake == intake)
        and may_read(ctx.actor, ctx.root.records[record_id])
    )


def failures(ctx: Context, kind: str = "", intake: str = "") -> dict[str, Any]:
    """Return the files in quarantine, each with its tool's output and what to do.

    Returns
    -------
    dict
        ``files``, and ``kinds``: how many there are of each kind.
    """
    ids = ids_of_kind(ctx, kind, intake)
    entries = ctx.root.unread.entries
    found = [told(ctx.root.records[i], entries[i].intake) for i in ids]
    kinds = Counter(r for i in ids_of_kind(ctx) for r in entries[i].reasons)
    return {"files": found, "kinds": dict(kinds)}


def told(record: Record, intake: str = "") -> dict[str, Any]:
    """Return a file in quarantine as plain values."""
    kind = kind_of(record) or Kind.UNKNOWN
    file = unread_file(record)
    captured = record.captured_at
    return {
        "id": record.id,
        "name": file.name if file else "",
        "bytes": file.bytes if file else 0,
        "mime": file.mime if file else "",
        "kind": str(kind),
        "error": file.error if file else None,
        "output": list(file.warnings) if file else [],
        "suggestion": SUGGESTIONS[kind],
        "captured_at": captured.isoformat() if captured is not None else None,
        "intake": intake,
        "revision": record.revision,
    }
