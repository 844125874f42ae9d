"""Capture: a paper whose bytes are safe becomes a record."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from recordsvc.model import Expression, Manifestation, Record
from recordsvc.model.record import Identifier, RecordState, Statement
from recordsvc.services import changes
from recordsvc.services.access import authorize, may_read
from recordsvc.services.classification import classes
from recordsvc.services.classification.filing import usable_class
from recordsvc.services.context import Context
from recordsvc.services.crosswalks import identifier_of
from recordsvc.services.days import day_of, require_date_kind, require_text
from recordsvc.services.described import Described
from recordsvc.services.errors import Conflict, InvalidRequest, Temporary
from recordsvc.settings import ACCESS_LEVELS

SIDECAR_FIELDS = frozenset(
    {
        "title",
        "date",
        "type",
        "identifier",
        "jurisdiction",
        "language",
        "chamber",
        "session",
        "collection",
        "class",
        "access",
        "created",
        "received",
        "closed",
    }
)
DAY_FIELDS = frozenset({"date", "created", "received", "closed"})
PLAIN_FIELDS = ("type", "date", "jurisdiction", "chamber", "session", "collection")


_JURISDICTION = re.compile(r"[a-z]{2}\Z")


class Status(StrEnum):
    """What became of a file that arrived."""

    ADDED = "added"
    DUPLICATE = "duplicate"
    NEW_VERSION = "new_version"
    FAILED = "failed"
    QUARANTINED = "quarantined"


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A file on its way in; its bytes are already durable in the store.

    Parameters
    ----------
    sidecar
        Values of a metadata file or of command line options; they win over
        what was extracted, and say so.
    rendition_bytes
        Size of the text rendition, 0 without one.
    is_trial
        Nothing is kept, neither bytes nor record.
    """

    manifestation: Manifestation
    described: Described
    sidecar: Mapping[str, str] = field(default_factory=dict)
    quarantined: bool = False
    rendition_bytes: int = 0
    is_trial: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Captured:
    """The outcome of a capture."""

    status: Status
    record: Record
    joined: str | None = None


def check_sidecar(sidecar: Mapping[str, str]) -> None:
    """Refuse sidecar values that cannot be kept.

    Raises
    ------
    InvalidRequest
        Naming the field and what it may be.
    """
    for name in sidecar:
        if name not in SIDECAR_FIELDS and not name.startswith("date."):
            known = ", ".join(sorted(SIDECAR_FIELDS))
            raise InvalidRequest(
                f"unknown metadata field {name!r}; known fields are {known}, date.FIELD"
            )
        if name.startswith("date."):
            require_date_kind(name)
    for name, value in sidecar.items():
        require_text(name, value)
        if value.strip() and (name in DAY_FIELDS or name.startswith("date.")):
            day_of(value.strip())
    jurisdiction = sidecar.get("jurisdiction")
    if jurisdiction and not _JURISDICTION.match(jurisdiction.strip()):
        raise InvalidRequest(
            f"unknown jurisdiction {jurisdiction!r}; it is an ISO 3166-1 code of two "
            "small letters, or eu"
        )
    access = sidecar.get("access")
    if access and access not in ACCESS_LEVELS:
        raise InvalidRequest(
            f"unknown access {access!r}; it may be {', '.join(ACCESS_LEVELS)}"
        )


def capture(ctx: Context, arrival: Arrival) -> Captured:
    """Make a record of a paper, or find the one that already holds its bytes.

    A duplicate is told only to who may read the other record; anybody else
    gets a record of his own that shares the bytes silently (DESIGN 3).

    Raises
    ------
    NotAllowed, InvalidRequest, Conflict
        If the actor may not capture, the class or access is unknown, or the class
        takes no records.
    Temporary
        If a disposal is taking the same bytes away.
    """
    authorize(ctx, "record.capture")
    check_sidecar(arrival.sidecar)
    code = arrival.sidecar.get("class") or None
    if code and code not in ctx.root.classes:
        raise InvalidRequest(
            f"unknown class {code!r}; import a schedule that has it, or leave it out"
        )
    if code:
        usable_class(ctx, code)
        if arrival.sidecar.get("access") == "open" and classes.is_members(
            ctx.root, code
        ):
            raise Conflict(f"class {code} holds papers of Members, which are not open")
    twin = _twin(ctx, arrival.manifestation.sha256)
    if twin is not None:
        return Captured(status=Status.DUPLICATE, record=twin)
    if not arrival.is_trial:
        require_bytes(ctx, arrival.manifestation)
    record = Record(changes.new_record_id())
    _describe(ctx, record, arrival)
    now = ctx.now()
    file = replace(arrival.manifestation, captured_at=now)
    record.expressions = (
        Expression(language=record.language, version=1, manifestations=(file,)),
    )
    if arrival.quarantined:
        record.state = RecordState.QUARANTINED
    record.captured_at, record.captured_by = now, ctx.actor.login
    record.received_on = ctx.today()
    adopt_bytes(ctx, record, file, arrival.rendition_bytes)
    ctx.root.add(record)
    changes.set_class(ctx, record, code)
    changes.touch(ctx, record, "capture", sha256=file.sha256, mime=file.mime)
    status = Status.QUARANTINED if arrival.quarantined else Status.ADDED
    return Captured(status=status, record=record)


def _twin(ctx: Context, sha256: str) -> Record | None:
    entry = ctx.root.bitstreams.get(sha256)
    for record_id in entry.references if entry is not None else ():
        record: Record | None = ctx.root.records.get(record_id)
        if record is None or record.is_destroyed or not may_read(ctx.actor, record):
            continue
        if any(f.sha256 == sha256 for f in record.files):
            return record
    return None


def require_bytes(ctx: Context, file: Manifestation) -> None:
    """Refuse a file whose bytes are not there, in the transaction that adopts them.

    Raises
    ------
    Temporary
        If a disposal has taken them away since they were put. It writes the same
        reference entries: so who comes second starts again, and is told here.
    """
    for sha256 in filter(None, (file.sha256, file.rendition)):
        if not ctx.bitstreams.exists(sha256):
            raise Temporary(
                "the same bytes were being destroyed while this file came in; take it "
                "in again"
            )


def adopt_bytes(
    ctx: Context, record: Record, file: Manifestation, rendition_bytes: int
) -> None:
    """Write the reference entries of a file and its text rendition."""
    ctx.root.bitstream(file.sha256, file.bytes).adopt(record.id)
    if file.rendition:
        ctx.root.bitstream(file.rendition, rendition_bytes).adopt(record.id)


def _describe(ctx: Context, record: Record, arrival: Arrival) -> None:
    found, sidecar = arrival.described, arrival.sidecar
    said = {k: v.strip() for k, v in sidecar.items() if v and v.strip()}
    for name in PLAIN_FIELDS:
        value = said.get(name) or getattr(found, name, None)
        if value:
            setattr(record, name, value)
    record.jurisdiction = record.jurisdiction or ctx.settings.jurisdiction or None
    record.language = said.get("language") or found.language
    record.access = said.get("access") or ctx.settings.default_access
    if record.access == "open" and classes.is_members(ctx.root, said.get("class")):
        # Papers of a Member are never open.
        record.access = "internal"
    record.titles = _titles(found, said, record.language)
    record.dates = _dates(found, said)
    if not record.date and "created" in said:
        record.date = said["created"]
    record.closed_on = said.get("closed")
    record.statements = _statements(found, said)
    changes.set_identifiers(ctx, record, _identifiers(found, said, record.jurisdiction))
    own = {i.normalised for i in record.identifiers}
    # A paper that names its own number cites nothing.
    record.citations = tuple(c for c in found.citations if c.normalised not in own)


def _titles(
    found: Described, said: Mapping[str, str], language: str | None
) -> tuple[tuple[str, str], ...]:
    titles = dict(found.titles)
    if "title" in said:
        titles = {language or "und": said["title"]} | {
            k: v for k, v in titles.items() if k != (language or "und")
        }
    return tuple(titles.items())


def _dates(found: Described, said: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    dates = dict(found.dates)
    for name, value in said.items():
        if name.startswith("date."):
            dates[name.removeprefix("date.")] = value
    for name in ("created", "received"):
        if name in said:
            dates[name] = said[name]
    return tuple(sorted(dates.items()))


def _identifiers(
    found: Described, said: Mapping[str, str], jurisdiction: str | None
) -> tuple[Identifier, ...]:
    if "identifier" not in said:
        return found.identifiers
    stated = [
        identifier_of(part, jurisdiction)
        for part in said["identifier"].split("|")
        if part.strip()
    ]
    keys = {i.normalised for i in stated}
    return (*stated, *(i for i in found.identifiers if i.normalised not in keys))


def _statements(found: Described, said: Mapping[str, str]) -> tuple[Statement, ...]:
    stated = tuple(
        Statement(field=name, value=value, how="sidecar", rule="metadata")
        for name, value in sorted(said.items())
    )
    fields = {s.field for s in stated}
    return (*stated, *(s for s in found.statements if s.field not in fields))
