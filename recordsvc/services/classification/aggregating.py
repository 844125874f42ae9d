"""Dossiers and volumes: opened, filled, closed together, reopened with a reason.

The day on which a file is closed is what the clock of its records reads; reopening
takes that day away from them, and a new closing starts a new clock.
"""

import uuid

from recordsvc.model import Aggregation, Record
from recordsvc.model.fileplan import AggregationAct
from recordsvc.services import changes
from recordsvc.services.access import authorize, record_for
from recordsvc.services.audit.moments import legal_day_of
from recordsvc.services.classification.aggregations import (
    OF_VOLUME,
    aggregation_of,
    lay_into,
    records_within,
    rely_on,
    require_not_disposed,
    volumes_of,
)
from recordsvc.services.classification.filing import (
    eject,
    keep_words,
    put_into,
    require_reason,
    usable_class,
)
from recordsvc.services.context import Context
from recordsvc.services.days import require_text
from recordsvc.services.errors import Conflict, InvalidRequest, NothingToDo
from recordsvc.services.retention import recalculating, standing
from recordsvc.services.retention.walking import records_in

DOSSIER, VOLUME = "dossier", "volume"
KINDS = (DOSSIER, VOLUME)
REASON = "aggregation_reason"
OPENED, CLOSED, REOPENED = "opened", "closed", "reopened"
# A volume that was closed because its dossier was; it is reopened with it.
CLOSED_WITH = "closed-with-dossier"


def open_aggregation(
    ctx: Context,
    title: str,
    class_code: str | None = None,
    *,
    kind: str = DOSSIER,
    parent: str | None = None,
    on: str | None = None,
) -> Aggregation:
    """Open a dossier, or a volume of one.

    Parameters
    ----------
    class_code
        The class of records that come without one; a volume without takes its
        dossier's.
    parent
        Id of the dossier in which a volume lies.
    on
        Day or instant; None is today.

    Raises
    ------
    InvalidRequest
        If a value is bad, or a volume lies in no dossier.
    NotFound, Conflict
        If class or dossier are not there, or take nothing.
    """
    authorize(ctx, "aggregation.change")
    require_text("the title", title)
    if not title.strip():
        raise InvalidRequest("a dossier needs a title")
    if kind not in KINDS:
        raise InvalidRequest(f"{kind!r} is no kind; it may be {' or '.join(KINDS)}")
    dossier = _dossier_for(ctx, kind, parent)
    code = class_code or (dossier.class_code if dossier is not None else None)
    if code is not None:
        usable_class(ctx, code)
    day = _day(ctx, "the day of opening", on)
    made = Aggregation(uuid.uuid4().hex, title.strip(), code)
    made.kind, made.parent, made.opened_on = kind, parent, day
    _note(ctx, made, OPENED, day)
    ctx.root.aggregations[made.id] = made
    if parent is not None:
        ctx.root.by_aggregation.add((parent, f"{OF_VOLUME}{made.id}"))
    return made


def _dossier_for(ctx: Context, kind: str, parent: str | None) -> Aggregation | None:
    if kind == DOSSIER:
        if parent is not None:
            raise InvalidRequest("a dossier lies in no other; only a volume does")
        return None
    if parent is None:
        raise InvalidRequest("a volume lies in a dossier; give its id")
    dossier = aggregation_of(ctx, parent)
    if dossier.kind != DOSSIER:
        raise InvalidRequest(f"{parent} is a volume; a volume lies in a dossier")
    _require_open(dossier)
    rely_on(dossier)
    return dossier


def add_record(
    ctx: Context, aggregation_id: str, record_id: str, *, reason: str = ""
) -> Record:
    """Put a record into a dossier or volume; one without a class takes the file's.

    Parameters
    ----------
    reason
        Why it leaves the file in which it lies already; else not needed.

    Raises
    ------
    Conflict
        If the file is closed, or the record is held.
    AggregationDisposed
        If the file was disposed of.
    """
    authorize(ctx, "aggregation.change")
    aggregation = aggregation_of(ctx, aggregation_id)
    record = record_for(ctx, record_id)
    changes.require_changeable(ctx, record)
    before = record.aggregation
    if before == aggregation_id:
        raise NothingToDo(f"record {record_id} lies in {aggregation_id} already")
    _require_open(aggregation)
    require_text("the reason", reason)
    if before:
        require_reason(reason, f"record {record_id} lies in {before}")
        ctx.root.by_aggregation.discard((before, record_id))
    lay_into(ctx, record, aggregation_id)
    keep_words(ctx, record, REASON, reason)
    changes.touch(ctx, record, "aggregate", before=before or "", after=aggregation_id)
    if record.class_code is None and aggregation.class_code is not None:
        usable_class(ctx, aggregation.class_code)
        put_into(ctx, record, aggregation.class_code, reason="")
    eject(ctx, record_id, f"it was put into dossier {aggregation_id}")
    return record


def close(ctx: Context, aggregation_id: str, on: str | None = None) -> Aggregation:
    """Close a file; its open volumes are closed with it.

    Parameters
    ----------
    on
        Day or instant; None is today. It is where the clock of the records begins.

    Raises
    ------
    NothingToDo
        If it is closed already.
    AggregationDisposed
        If it was disposed of.
    InvalidRequest
        If the day is to come, or before the opening.
    """
    authorize(ctx, "aggregation.change")
    aggregation = aggregation_of(ctx, aggregation_id)
    require_not_disposed(aggregation)
    if aggregation.closed_on is not None:
        raise NothingToDo(
            f"{aggregation_id} is closed already, since {aggregation.closed_on}"
        )
    day = _day(ctx, "the day of closing", on)
    _close(ctx, aggregation, day, CLOSED)
    for volume in volumes_of(ctx.root, aggregation):
        if volume.closed_on is None:
            _close(ctx, volume, day, CLOSED_WITH)
    _renew(ctx, records_within(ctx.root, aggregation))
    return aggregation


def _close(ctx: Context, aggregation: Aggregation, day: str, kind: str) -> None:
    opened = aggregation.opened_on
    if opened is not None and _legal(ctx, day) < _legal(ctx, opened):
        raise InvalidRequest(
            f"{aggregation.id} was opened on {opened}, after {day}; it cannot have "
            "been closed then"
        )
    aggregation.closed_on = day
    _note(ctx, aggregation, kind, day)


def reopen(ctx: Context, aggregation_id: str, *, reason: str) -> Aggregation:
    """Reopen a file: its records lose the day on which their clock began.

    What a disposal list has decided of them is void. Volumes that were closed with
    a dossier are reopened with it.

    Raises
    ------
    NothingToDo, Conflict
        If it is open, or it is a volume of a closed dossier.
    AggregationDisposed
        If it was disposed of.
    """
    authorize(ctx, "aggregation.change")
    aggregation = aggregation_of(ctx, aggregation_id)
    require_not_disposed(aggregation)
    require_reason(reason, "a closed file is opened again")
    if aggregation.closed_on is None:
        raise NothingToDo(f"{aggregation_id} is open")
    if aggregation.parent is not None:
        dossier = aggregation_of(ctx, aggregation.parent)
        if dossier.closed_on is not None:
            raise Conflict(f"its dossier {dossier.id} is closed; reopen that first")
    _reopen(ctx, aggregation, reason)
    for volume in volumes_of(ctx.root, aggregation):
        if volume.closed_on is not None and volume.history[-1].kind == CLOSED_WITH:
            _reopen(ctx, volume, reason)
    # Whoever judges by the closing must not cross with its end.
    ctx.root.schedule_epoch.advance()
    ids = records_within(ctx.root, aggregation)
    for record_id in ids:
        eject(ctx, record_id, f"dossier {aggregation_id} was reopened")
    _renew(ctx, ids)
    return aggregation


def _renew(ctx: Context, ids: tuple[str, ...]) -> None:
    """Compute the records of a file anew, all in the transaction of its act.

    Between a reopening and a job nothing may be due by a closing that is no more.
    """
    by = standing.judge(ctx)
    for record in records_in(ctx.root, ids):
        recalculating.renew(ctx, record, by)


def _reopen(ctx: Context, aggregation: Aggregation, reason: str) -> None:
    aggregation.closed_on = None
    _note(ctx, aggregation, REOPENED, ctx.today().isoformat(), reason.strip())


def _note(
    ctx: Context, aggregation: Aggregation, kind: str, day: str, reason: str = ""
) -> None:
    act = AggregationAct(
        kind=kind, day=day, login=ctx.actor.login, at=ctx.now(), reason=reason
    )
    aggregation.history = (*aggregation.history, act)
    ctx.log(aggregation.id, f"aggregation-{kind}", day=day)


def _require_open(aggregation: Aggregation) -> None:
    require_not_disposed(aggregation)
    if aggregation.closed_on is not None:
        raise Conflict(
            f"{aggregation.kind} {aggregation.id} was closed on "
            f"{aggregation.closed_on} and takes nothing more; reopen it with a reason, "
            "or open a new one"
        )


def _day(ctx: Context, what: str, text: str | None) -> str:
    """Return a day or instant as it is kept, which must have come."""
    day = text or ctx.today().isoformat()
    if legal_day_of(ctx, what, day) > ctx.today():
        raise InvalidRequest(f"{what}, {day}, has not come")
    return day


def _legal(ctx: Context, text: str) -> str:
    return legal_day_of(ctx, "the day", text).isoformat()
