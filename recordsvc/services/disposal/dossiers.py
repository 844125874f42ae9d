"""Dossiers and volumes disposed of as one, once nothing is left in them.

A closed aggregation goes when the last of its records has gone (MoReq2010 and
research/records-management 2.8): it becomes its stub, and takes nothing any more. It
goes in the run that took the last record, or in the first run after what kept it has
ended: a closing that came late, or a hold.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice

from exports.certificate import Aggregation as Certified
from recordsvc.model import Aggregation, DisposalRun, Hold, Record
from recordsvc.model.fileplan import AggregationAct, AggregationStub
from recordsvc.model.record import Tombstone
from recordsvc.services.classification.aggregations import (
    DISPOSED_OF,
    disposed_within,
    enclosing,
    records_within,
    volumes_of,
)
from recordsvc.services.classification.classes import lineage
from recordsvc.services.context import Context
from recordsvc.services.disposal.holdscope import (
    BY_AGGREGATION,
    BY_CLASS,
    active_holds,
)
from recordsvc.storage.transactions import read_current

# So many are looked at in a transaction, and so many disposed of.
LOOKED_AT, BATCH = 500, 20
DISPOSED = "disposed"


def note_disposed(ctx: Context, record: Record) -> None:
    """Note in its dossier that a record was disposed of under the schedule.

    What was taken back or given back is no disposal: a dossier is not disposed of
    for it.
    """
    root = ctx.root
    if record.aggregation not in root.aggregations:
        return
    root.by_aggregation.add((record.aggregation, f"{DISPOSED_OF}{record.id}"))
    root.dwindling.update(enclosing(root, record.aggregation))


def ready(ctx: Context) -> Iterator[Aggregation]:
    """Yield the aggregations that the next run disposes of."""
    for aggregation_id in ctx.root.dwindling:
        aggregation = ctx.root.aggregations[aggregation_id]
        if _may_go(ctx, aggregation):
            yield aggregation


def dispose_next(ctx: Context, run_id: str, after: str) -> str | None:
    """Dispose of the next aggregations that nothing is left in.

    Each is judged inside this transaction, which fails when a hold, a closing or a
    new record is committed meanwhile. What is done already is passed over.

    Parameters
    ----------
    after
        Id up to which they were looked at, empty at the beginning.

    Returns
    -------
    str or None
        Where to go on, None at the end.
    """
    run: DisposalRun = ctx.root.disposal_runs[run_id]
    ids = list(islice(ctx.root.dwindling.keys(min=after, excludemin=True), LOOKED_AT))
    done = 0
    for aggregation_id in ids:
        aggregation = ctx.root.aggregations[aggregation_id]
        if not _may_go(ctx, aggregation):
            continue
        _dispose(ctx, aggregation, run)
        done += 1
        if done >= BATCH:
            return str(aggregation_id)
    return str(ids[-1]) if ids else None


def _may_go(ctx: Context, aggregation: Aggregation) -> bool:
    """Say whether it is closed, nothing is left in it, and no hold lies on it."""
    if aggregation.stub is not None or aggregation.closed_on is None:
        return False
    if records_within(ctx.root, aggregation):
        return False
    read_current(ctx.root.hold_epoch)
    return not any(_lies_on(ctx, hold, aggregation) for hold in active_holds(ctx.root))


def _lies_on(ctx: Context, hold: Hold, aggregation: Aggregation) -> bool:
    root = ctx.root
    files = (aggregation, *volumes_of(root, aggregation))
    if hold.scope == BY_AGGREGATION:
        return any(hold.target in enclosing(root, f.id) for f in files)
    if hold.scope == BY_CLASS:
        return any(
            hold.target == node.code
            for f in files
            for node in lineage(root, f.class_code)
        )
    return False


def _dispose(ctx: Context, aggregation: Aggregation, run: DisposalRun) -> None:
    """Make an aggregation its stub, and with it its volumes that are not yet.

    Those that never had a record are as sensitive as the dossier.
    """
    keeps_title = _keeps_title(_disposed_of(ctx, aggregation))
    for each in (aggregation, *volumes_of(ctx.root, aggregation)):
        if each.stub is not None:
            continue
        records = _disposed_of(ctx, each)
        stays = _keeps_title(records) if records else keeps_title
        _entomb(ctx, each, run, records, keeps_title=stays)
        ctx.root.dwindling.discard(each.id)
        if run.aggregations is not None:
            run.aggregations.add(each.id)


def _disposed_of(ctx: Context, aggregation: Aggregation) -> list[Record]:
    return [ctx.root.records[i] for i in disposed_within(ctx.root, aggregation)]


def _entomb(
    ctx: Context,
    aggregation: Aggregation,
    run: DisposalRun,
    records: list[Record],
    *,
    keeps_title: bool,
) -> None:
    node = ctx.root.classes.get(aggregation.class_code or "")
    stub = AggregationStub(
        run=run.id,
        executor=run.executor,
        on=run.on,
        started_at=ctx.now(),
        keeps_title=keeps_title,
        class_code=aggregation.class_code or "",
        class_title=node.title if node is not None else "",
        destroyed=len(records),
        transferred=sum(1 for stone in _stones(records) if stone.transferred),
    )
    aggregation.stub = _with_papers(ctx, stub, records)
    act = AggregationAct(
        kind=DISPOSED, day=run.on.isoformat(), login=run.executor, at=ctx.now()
    )
    history = aggregation.history
    if not stub.keeps_title:
        # The reasons of a reopening say of the content what the title says.
        aggregation.title = ""
        history = tuple(replace(a, reason="") for a in history)
    aggregation.history = (*history, act)
    ctx.log(aggregation.id, "aggregation-disposed", run=run.id)


def _keeps_title(records: list[Record]) -> bool:
    """Say whether the title of a dossier outlives its records.

    It is as closed as what lay in it: it goes where one of them was closed to
    readers, and where none of them has left a title.
    """
    is_closed = any(record.access == "closed" for record in records)
    return not is_closed and any(stone.title for stone in _stones(records))


def _stones(records: Iterable[Record]) -> Iterator[Tombstone]:
    for record in records:
        assert record.tombstone is not None  # noqa: S101 - it was disposed of
        yield record.tombstone


def _with_papers(
    ctx: Context, stub: AggregationStub, records: Iterable[Record]
) -> AggregationStub:
    """Return a stub with the lists and certificates that its records have now."""
    gone = list(records)
    stones = list(_stones(gone))
    is_finished = all(is_proved(record) for record in gone)
    return replace(
        stub,
        lists=tuple(dict.fromkeys(s.authority for s in stones)),
        certificates=tuple(
            dict.fromkeys(s.certificate for s in stones if s.certificate)
        ),
        finished_at=stub.finished_at or (ctx.now() if is_finished else None),
    )


def certified(
    ctx: Context, ids: Iterable[str], proved: Iterable[str]
) -> tuple[Certified, ...]:
    """Return what a certificate says of the dossiers and volumes of its records.

    Parameters
    ----------
    ids
        The records that it certifies.
    proved
        The records whose content the run has proved gone, certified here or not.

    Returns
    -------
    tuple
        Disposed of as a whole is what went with all its records, each proved gone.
    """
    root, gone = ctx.root, frozenset(proved)
    counts = Counter(
        file_id
        for record_id in ids
        for file_id in enclosing(root, root.records[record_id].aggregation)
        if file_id in root.aggregations
    )
    files = [root.aggregations[file_id] for file_id in counts]
    # Dossiers stand before their volumes.
    files.sort(key=lambda f: (f.parent or f.id, f.parent is not None, f.id))
    return tuple(
        Certified(
            id=file.id,
            kind=file.kind,
            title=file.title or None,
            class_code=file.class_code or "",
            opened_on=file.opened_on,
            closed_on=file.closed_on,
            records=counts[file.id],
            is_whole=file.stub is not None
            and all(
                record.id in gone or is_proved(record)
                for record in _disposed_of(ctx, file)
            ),
        )
        for file in files
    )


def is_proved(record: Record) -> bool:
    """Say whether the content of a destroyed record was proved gone."""
    return record.tombstone is not None and record.tombstone.finished_at is not None


def finish(ctx: Context, run_id: str, ids: Iterable[str]) -> None:
    """Write lists, certificates and the end onto the stubs that a run concerns.

    Parameters
    ----------
    ids
        The records whose content the run has proved gone.
    """
    run: DisposalRun = ctx.root.disposal_runs[run_id]
    root = ctx.root
    concerned = set(run.aggregations or ())
    for record_id in ids:
        concerned.update(enclosing(root, root.records[record_id].aggregation))
    for aggregation_id in sorted(concerned):
        aggregation = root.aggregations.get(aggregation_id)
        if aggregation is None or aggregation.stub is None:
            continue
        records = _disposed_of(ctx, aggregation)
        aggregation.stub = _with_papers(ctx, aggregation.stub, records)
