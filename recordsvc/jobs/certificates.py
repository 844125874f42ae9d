"""The last step of a run of disposal: what was done is certified, once it is proved.

What the scan looked for is forgotten first: a certificate stands for ever, and the
samples are of what must be gone.
"""

from exports.certificate import Kind, Place, Scan
from recordsvc.bootstrap import Service
from recordsvc.jobs import erasing
from recordsvc.model import DisposalRun
from recordsvc.model.disposal import ItemState
from recordsvc.services.context import SYSTEM, Context
from recordsvc.services.disposal import certifying, dossiers, executing, tombstones
from recordsvc.services.disposal.certifying import Issue
from recordsvc.storage.ledger import open_ledger
from recordsvc.storage.signing import open_signing_key


def certify(service: Service, run_id: str) -> None:
    """Forget the samples, clear them from the database, then certify."""
    service.run(SYSTEM, lambda ctx: executing.wipe_traces(ctx, run_id))
    if not service.view(SYSTEM, lambda ctx: _proved(ctx, run_id)):
        service.run(SYSTEM, lambda ctx: dossiers.finish(ctx, run_id, ()))
        return
    erasing.clean_database(service)
    ledger = open_ledger(service.settings)
    head = ledger.head()
    key = open_signing_key(service.settings.data_dir)

    def write(ctx: Context) -> None:
        run: DisposalRun = ctx.root.disposal_runs[run_id]
        ids = executing.succeeded(run)
        for list_id in run.lists:
            found = ctx.root.disposal_lists[list_id]
            mine = [i for i in ids if executing.left_of(run, i).authority == list_id]
            waiting = [i for i in mine if found.items[i].state == ItemState.DESTROYING]
            if waiting:
                made = certifying.issue(
                    ctx, _issue(ctx, run, list_id, waiting, head.hash), key, ledger
                )
                _finish(ctx, run, list_id, waiting, made.id)
        for record_id in ids:
            if executing.left_of(run, record_id).authority not in run.lists:
                tombstones.finish(
                    ctx.root.records[record_id],
                    executing.verification_of(run, record_id),
                    None,
                    ctx.now(),
                )
        dossiers.finish(ctx, run_id, ids)

    service.run(SYSTEM, write)


def _issue(
    ctx: Context, run: DisposalRun, list_id: str, ids: list[str], head: str
) -> Issue:
    return Issue(
        list=ctx.root.disposal_lists[list_id],
        kind=Kind.DESTRUCTION,
        items=tuple((i, ctx.root.records[i].tombstone) for i in ids),
        places=_certified_places(run),
        method=executing.METHOD,
        executed_on=run.on,
        executor=run.executor,
        ledger_head=head,
        aggregations=dossiers.certified(ctx, ids, executing.succeeded(run)),
    )


def _certified_places(run: DisposalRun) -> tuple[Place, ...]:
    told = list(dict.fromkeys(run.report))
    if run.unsought:
        words = f"{len(run.unsought)} of the run had nothing that could be looked for"
        told.append(("records", Scan.NOT_SCANNABLE.value, words))
    return (
        *(Place(name=n, result=Scan(result), note=note) for n, result, note in told),
        Place(
            name="backups",
            result=Scan.NOT_SCANNABLE,
            note="made before this day and not yet overwritten; a restore reads the "
            "destruction ledger first and serves nothing that stands in it",
        ),
        Place(
            name="packages handed out",
            result=Scan.NOT_SCANNABLE,
            note="exports made before are in the hands of others",
        ),
    )


def _finish(
    ctx: Context, run: DisposalRun, list_id: str, ids: list[str], certificate: str
) -> None:
    found = ctx.root.disposal_lists[list_id]
    for record_id in ids:
        record = ctx.root.records[record_id]
        verification = executing.verification_of(run, record_id)
        tombstones.finish(record, verification, certificate, ctx.now())
        found.items[record_id] = executing.finished(found.items[record_id])
    ctx.log(list_id, "certificate", certificate=certificate, run=run.id)


def _proved(ctx: Context, run_id: str) -> tuple[str, ...]:
    return executing.succeeded(ctx.root.disposal_runs[run_id])
