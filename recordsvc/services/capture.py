"""Capture: a paper whose bytes are safe becomes a record."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from recordsvc.model import Expression, Manifestation, Record
from recordsvc.model.record import RecordState, Statement
from recordsvc.services import changes
from recordsvc.services.access import authorize, may_read
from recordsvc.services.authority import match_parties
from recordsvc.services.classification import classes
from recordsvc.services.classification.filing import usable_class
from recordsvc.services.context import Context
from recordsvc.services.crosswalks import READER
from recordsvc.services.described import Described
from recordsvc.services.disposal import disposing, holdscope
from recordsvc.services.errors import Conflict, InvalidRequest, Temporary
from recordsvc.services.redescribing import redescribe
from recordsvc.services.sidecars import (
    PLAIN_FIELDS,
    SIDECAR_FIELDS,
    SideValues,
    check_sidecar,
)

__all__ = [
    "SIDECAR_FIELDS",
    "Arrival",
    "Attached",
    "Captured",
    "Status",
    "adopt_bytes",
    "capture",
    "check_sidecar",
    "require_bytes",
]


class Status(StrEnum):
    """What became of a file that arrived."""

    ADDED = "added"
    DUPLICATE = "duplicate"
    NEW_VERSION = "new_version"
    FAILED = "failed"
    QUARANTINED = "quarantined"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attached:
    """A file that the arriving one carries; its bytes are durable as well.

    Parameters
    ----------
    rendition_bytes
        Size of its text rendition, 0 without one.
    """

    manifestation: Manifestation
    rendition_bytes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A file on its way in; its bytes are already durable in the store.

    Parameters
    ----------
    described
        What the paper says of itself; None where it was not read, because a record
        with the same bytes, read by the same version, was seen.
    sidecar
        Values of a metadata file or of command line options; they win over
        what was extracted, and say so.
    rendition_bytes
        Size of the text rendition, 0 without one.
    is_trial
        Nothing is kept, neither bytes nor record.
    origin
        Where the file came from: values that are kept as inherited.
    attached
        What the file carries, in order of position.
    facts
        Further facts for the event of the capture: ids, codes and digests.
    """

    manifestation: Manifestation
    described: Described | None
    sidecar: Mapping[str, str] = field(default_factory=dict)
    quarantined: bool = False
    rendition_bytes: int = 0
    is_trial: bool = False
    origin: Mapping[str, str] = field(default_factory=dict)
    attached: tuple[Attached, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Captured:
    """The outcome of a capture."""

    status: Status
    record: Record
    joined: str | None = None


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
        if arrival.described is not None and not arrival.is_trial:
            reread(ctx, twin, arrival)
        return Captured(status=Status.DUPLICATE, record=twin)
    if arrival.described is None:
        raise Temporary(
            "the record with the same bytes went while this file came in; take it in "
            "again"
        )
    if not arrival.is_trial:
        for file in (arrival.manifestation, *_carried(arrival)):
            require_bytes(ctx, file)
    record = Record(changes.new_record_id())
    _describe(ctx, record, arrival, arrival.described)
    now = ctx.now()
    file = replace(arrival.manifestation, captured_at=now)
    carried = (replace(f, captured_at=now) for f in _carried(arrival))
    record.expressions = (
        Expression(
            language=record.language, version=1, manifestations=(file, *carried)
        ),
    )
    if arrival.quarantined:
        record.state = RecordState.QUARANTINED
    record.captured_at, record.captured_by = now, ctx.actor.login
    record.received_on = ctx.today()
    adopt_bytes(ctx, record, file, arrival.rendition_bytes)
    for one in arrival.attached:
        adopt_bytes(ctx, record, one.manifestation, one.rendition_bytes)
    ctx.root.add(record)
    changes.set_class(ctx, record, code)
    changes.touch(
        ctx, record, "capture", sha256=file.sha256, mime=file.mime, **arrival.facts
    )
    status = Status.QUARANTINED if arrival.quarantined else Status.ADDED
    return Captured(status=status, record=record)


def is_known(ctx: Context, sha256: str) -> bool:
    """Say whether the actor may read a record of these bytes, read by this version.

    Notes
    -----
    For anybody else they are read anew: how long it takes tells him nothing.
    """
    twin = _twin(ctx, sha256)
    return twin is not None and all(
        f.reader == READER for f in twin.files if f.sha256 == sha256
    )


def reread(ctx: Context, record: Record, arrival: Arrival) -> None:
    """Give a record what a newer version has read in the bytes that it has.

    What persons said of it stays. A record on hold, one that was imported, carries
    files or has its text from OCR, is left as it is.
    """
    fresh = arrival.manifestation
    old = [f for f in record.files if f.sha256 == fresh.sha256]
    is_plain = len(record.files) == len(old) and not any(f.recognition for f in old)
    if not old or old[0].reader in {"", fresh.reader} or not is_plain:
        return
    if record.imported is not None or fresh.error or arrival.attached:
        return
    if holdscope.all_holds_on(ctx, record):
        return
    require_bytes(ctx, fresh)
    _put_reading(ctx, record, arrival)
    if arrival.described is not None:
        redescribe(ctx, record, arrival.described)
    changes.touch(ctx, record, "reread", reader=fresh.reader)
    disposing.look_anew(ctx, record)


def _put_reading(ctx: Context, record: Record, arrival: Arrival) -> None:
    fresh = arrival.manifestation
    before = {f.rendition for f in record.files if f.rendition}
    record.expressions = tuple(
        replace(
            e,
            manifestations=tuple(
                replace(
                    fresh,
                    name=m.name,
                    captured_at=m.captured_at,
                    scan=m.scan,
                )
                for m in e.manifestations
            ),
        )
        for e in record.expressions
    )
    if fresh.rendition:
        ctx.root.bitstream(fresh.rendition, arrival.rendition_bytes).adopt(record.id)
    for digest in before - {fresh.rendition}:
        ctx.root.bitstream(digest, 0).release(record.id)


def _carried(arrival: Arrival) -> Iterator[Manifestation]:
    return (one.manifestation for one in arrival.attached)


def _twin(ctx: Context, sha256: str) -> Record | None:
    entry = ctx.root.bitstreams.get(sha256)
    for record_id in entry.references if entry is not None else ():
        record: Record | None = ctx.root.records.get(record_id)
        if record is None or record.is_destroyed or not may_read(ctx.actor, record):
            continue
        # What arrives by itself is another paper than what a letter carries.
        if any(f.sha256 == sha256 for f in record.files if not f.is_attachment):
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


def _describe(ctx: Context, record: Record, arrival: Arrival, found: Described) -> None:
    sidecar = arrival.sidecar
    said = {k: v.strip() for k, v in sidecar.items() if v and v.strip()}
    values = SideValues(said=said, found=found)
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
    record.titles = values.titles(record.language)
    record.dates = values.dates()
    record.subjects = values.subjects()
    record.parties = values.parties()
    match_parties(ctx, record)
    if not record.date and "created" in said:
        record.date = said["created"]
    record.closed_on = said.get("closed")
    record.statements = (*values.statements(), *_inherited(arrival.origin))
    changes.set_identifiers(ctx, record, values.identifiers(record.jurisdiction))
    own = {i.normalised for i in record.identifiers}
    # A paper that names its own number cites nothing.
    record.citations = tuple(c for c in found.citations if c.normalised not in own)


def _inherited(origin: Mapping[str, str]) -> tuple[Statement, ...]:
    return tuple(
        Statement(field=name, value=value, how="inherited", rule="origin")
        for name, value in sorted(origin.items())
    )
