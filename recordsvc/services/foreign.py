"""Records of other parliaments, harvested: shown as theirs, kept only when adopted."""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from recordsvc.model import Expression, Manifestation, Record
from recordsvc.model.foreign import Foreign
from recordsvc.model.record import Identifier, Statement
from recordsvc.services import capture, changes
from recordsvc.services.access import authorize, record_for
from recordsvc.services.classification.filing import require_reason
from recordsvc.services.context import Context
from recordsvc.services.errors import Conflict, NothingToDo

TYPE = "foreign_record"
SCHEME = "oai"
ADOPTION = "adoption_reason"


class Outcome(StrEnum):
    """What became of a record of a repository."""

    ADDED = "added"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    WITHDRAWN = "withdrawn"
    # It was deleted there before it ever came here.
    ABSENT = "absent"
    # It was adopted, or is on hold: what the House keeps does not change with them.
    KEPT = "kept"


@dataclass(frozen=True, slots=True, kw_only=True)
class Harvested:
    """A record of a repository, its bytes already durable.

    Parameters
    ----------
    values
        ``title``, ``date``, ``language`` and ``identifier`` (several parted by ``|``),
        checked as those of a sidecar are.
    said
        Everything that the description states, field and value.
    rendition_bytes
        Size of the text rendition.
    """

    foreign: Foreign
    values: tuple[tuple[str, str], ...]
    said: tuple[tuple[str, str], ...]
    file: Manifestation
    rendition_bytes: int
    access: str


def key_of(source: str, identifier: str) -> str:
    """Return the key under which a record of a repository is found again.

    The same identifier at another repository is another record.
    """
    digest = hashlib.sha256(f"{source}\n{identifier}".encode()).hexdigest()
    return f"{SCHEME}:sha256:{digest}"


def find(ctx: Context, source: str, identifier: str) -> Record | None:
    """Return the record that was harvested under an identifier, if it is here."""
    for record_id in ctx.root.ids_by_identifier(key_of(source, identifier)):
        record: Record = ctx.root.records[record_id]
        if record.foreign is not None and not record.is_destroyed:
            return record
    return None


def take(ctx: Context, harvested: Harvested) -> tuple[Outcome, Record]:
    """Make a record of what was harvested, or bring the one up to date that is here.

    Raises
    ------
    NotAllowed
        If the actor may not take papers in.
    Temporary
        If a disposal is taking the same bytes away.
    """
    authorize(ctx, "record.capture")
    origin = harvested.foreign
    record = find(ctx, origin.source, origin.identifier)
    if record is None:
        return Outcome.ADDED, _add(ctx, harvested)
    assert record.foreign is not None  # noqa: S101 - it was found by it
    same = record.files[0].sha256 == harvested.file.sha256
    if same and record.foreign.withdrawn_at is None:
        return Outcome.UNCHANGED, record
    if not record.is_foreign or record.is_held:
        return Outcome.KEPT, record
    capture.require_bytes(ctx, harvested.file)
    _release(ctx, record, harvested.file)
    _write(ctx, record, harvested)
    if record.access != harvested.access:
        changes.set_access(ctx, record, harvested.access)
    changes.touch(ctx, record, "harvest", sha256=harvested.file.sha256)
    return Outcome.UPDATED, record


def _add(ctx: Context, harvested: Harvested) -> Record:
    capture.require_bytes(ctx, harvested.file)
    record = Record(changes.new_record_id())
    record.access = harvested.access
    record.captured_at, record.captured_by = ctx.now(), ctx.actor.login
    record.received_on = ctx.today()
    _write(ctx, record, harvested)
    ctx.root.add(record)
    changes.touch(ctx, record, "harvest", sha256=harvested.file.sha256)
    return record


def _release(ctx: Context, record: Record, fresh: Manifestation) -> None:
    """Let go of the bytes that the record no longer holds; the sweep removes them."""
    for file in record.files:
        for sha256 in {file.sha256, file.rendition} - {fresh.sha256, fresh.rendition}:
            if sha256:
                ctx.root.bitstream(sha256, 0).release(record.id)


def _write(ctx: Context, record: Record, harvested: Harvested) -> None:
    values, origin = dict(harvested.values), harvested.foreign
    record.foreign = origin
    # What it says it is stands in its statements: every list shows whose it is.
    record.type = TYPE
    record.language = values.get("language") or None
    title = values.get("title") or origin.identifier
    record.titles = ((record.language or "und", title),)
    record.date = values.get("date") or None
    record.collection = origin.repository or None
    record.statements = tuple(
        Statement(field=name, value=value, how="inherited", rule=origin.prefix)
        for name, value in harvested.said
    )
    stated = (part.strip() for part in values.get("identifier", "").split("|"))
    record.expressions = (
        Expression(
            language=record.language,
            version=1,
            manifestations=(replace(harvested.file, captured_at=ctx.now()),),
        ),
    )
    capture.adopt_bytes(ctx, record, harvested.file, harvested.rendition_bytes)
    changes.set_identifiers(
        ctx,
        record,
        (
            Identifier(
                scheme=SCHEME,
                value=origin.identifier,
                normalised=key_of(origin.source, origin.identifier),
            ),
            *(
                Identifier(scheme="", value=text, normalised=f"{SCHEME}.said:{text}")
                for text in stated
                if text and text != origin.identifier
            ),
        ),
    )


def withdraw(
    ctx: Context, source: str, identifier: str, at: datetime
) -> tuple[Outcome, Record | None]:
    """Note that a repository has deleted a record, and close what is here of it.

    What was adopted stays as it is.
    """
    authorize(ctx, "record.capture")
    record = find(ctx, source, identifier)
    if record is None or record.foreign is None:
        return Outcome.ABSENT, None
    if record.foreign.withdrawn_at is not None:
        return Outcome.UNCHANGED, record
    if not record.is_foreign or record.is_held:
        return Outcome.KEPT, record
    record.foreign = replace(record.foreign, withdrawn_at=at)
    changes.set_access(ctx, record, "closed")
    changes.touch(ctx, record, "harvest-withdrawn")
    return Outcome.WITHDRAWN, record


def adopt(ctx: Context, record_id: str, reason: str) -> Record:
    """Make a harvested record a record of the House; then it may have a class.

    Raises
    ------
    NotFound, NotAllowed, InvalidRequest
        If there is none, the actor may not, or no reason is given.
    Conflict, NothingToDo
        If it is the House's own, or was adopted before.
    """
    record = record_for(ctx, record_id, "record.classify")
    changes.require_changeable(ctx, record)
    if record.foreign is None:
        raise Conflict(f"record {record_id} is the House's own and was not harvested")
    if not record.is_foreign:
        raise NothingToDo(f"record {record_id} was adopted before")
    require_reason(reason, "a record of others becomes one of the House")
    record.foreign = replace(record.foreign, adopted_on=ctx.today())
    words = Statement(
        field=ADOPTION, value=reason.strip(), how="entered", rule=ctx.actor.login
    )
    record.statements = (words, *record.statements)
    changes.touch(ctx, record, "adopt")
    return record
