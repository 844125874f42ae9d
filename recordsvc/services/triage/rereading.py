"""What a second reading of a file in quarantine has found, kept with its record."""

from dataclasses import dataclass, replace

from recordsvc.model import Manifestation, Record
from recordsvc.model.record import RecordState
from recordsvc.services import changes, recognition
from recordsvc.services.capture import Attached, adopt_bytes, require_bytes
from recordsvc.services.classification.filing import keep_words
from recordsvc.services.context import Context
from recordsvc.services.days import require_text
from recordsvc.services.described import Described
from recordsvc.services.disposal import disposing
from recordsvc.services.redescribing import redescribe
from recordsvc.services.triage.failures import (
    kind_of,
    quarantined,
    require_sound,
    unread_file,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reread:
    """What came of reading a file once more.

    Parameters
    ----------
    file
        As it was read now.
    described
        What the text says of the paper.
    rendition_bytes
        Size of the text rendition, 0 without one.
    attached
        What the file carries.
    """

    file: Manifestation
    described: Described
    quarantined: bool
    rendition_bytes: int = 0
    attached: tuple[Attached, ...] = ()


def keep_reread(ctx: Context, record_id: str, found: Reread) -> Record:
    """Keep what a second reading has found; a file that was read leaves quarantine.

    Raises
    ------
    NotFound, NotAllowed, Gone
        If there is no such record, or the actor may not do this.
    Conflict
        If it is not in quarantine any more, or on hold.
    Temporary
        If a disposal is taking the same bytes away.
    """
    record = quarantined(ctx, record_id, "quarantine.decide")
    changes.require_changeable(ctx, record)
    old = unread_file(record)
    if old is not None:
        file = replace(found.file, captured_at=old.captured_at)
        fresh = () if found.quarantined else found.attached
        _exchange(ctx, record, old, file, fresh)
        require_bytes(ctx, file)
        adopt_bytes(ctx, record, file, found.rendition_bytes)
    if not found.quarantined:
        record.state = RecordState.ACTIVE
        redescribe(ctx, record, found.described)
        recognition.queue_new(ctx, (record.id,))
    outcome = str(kind_of(record) or "read")
    changes.touch(ctx, record, "reread", found=outcome)
    disposing.look_anew(ctx, record)
    return record


def _exchange(
    ctx: Context,
    record: Record,
    old: Manifestation,
    file: Manifestation,
    attached: tuple[Attached, ...],
) -> None:
    for one in attached:
        require_bytes(ctx, one.manifestation)
        adopt_bytes(ctx, record, one.manifestation, one.rendition_bytes)
    carried = tuple(
        replace(one.manifestation, captured_at=old.captured_at) for one in attached
    )
    record.expressions = tuple(
        replace(e, manifestations=(*_put(e.manifestations, old, file), *carried))
        if old in e.manifestations
        else e
        for e in record.expressions
    )


def _put(
    files: tuple[Manifestation, ...], old: Manifestation, file: Manifestation
) -> tuple[Manifestation, ...]:
    return tuple(file if f == old else f for f in files)


def store_without_text(ctx: Context, record_id: str, reason: str = "") -> Record:
    """Let a file that could not be read be a record as it is, without text.

    Raises
    ------
    NotFound, NotAllowed, Gone
        If there is no such record, or the actor may not do this.
    Conflict
        If it is not in quarantine, infected, or on hold.
    """
    record = quarantined(ctx, record_id, "quarantine.decide")
    changes.require_changeable(ctx, record)
    require_sound(record)
    require_text("the reason", reason)
    kind = str(kind_of(record))
    record.state = RecordState.ACTIVE
    keep_words(ctx, record, "unread_reason", reason)
    changes.touch(ctx, record, "store-without-text", was=kind)
    return record
