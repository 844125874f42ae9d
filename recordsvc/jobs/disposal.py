"""A run of disposal: from approved lists to certificates, resumable at every step.

The order is what makes it lawful (DESIGN 4): the gate inside the transaction that
writes the tombstones, the audit trail sealed and the ledger written before any bytes
go, and no certificate before a scan has found nothing.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from functools import partial
from itertools import chain, islice
from typing import Any

from exports.certificate import Scan
from recordsvc.bootstrap import Service
from recordsvc.jobs import certificates, erasing, removal
from recordsvc.jobs.export_job import export_records
from recordsvc.jobs.faults import reach
from recordsvc.jobs.sealer import Sealer
from recordsvc.model import DisposalRun
from recordsvc.model.disposal import RunStep
from recordsvc.services.access import authorize
from recordsvc.services.context import SYSTEM, Actor, Context
from recordsvc.services.disposal import dossiers, executing, runview
from recordsvc.services.disposal.removing import ledger_line
from recordsvc.services.disposal.traces import masked
from recordsvc.services.errors import NothingToDo, VerificationFailed
from recordsvc.storage.erasing import Outcome
from recordsvc.storage.ledger import Destroyed, open_ledger
from recordsvc.storage.signing import open_signing_key

STEPS = tuple(RunStep)
# The five steps of research/records-management 2.6, for faults on demand.
POINTS = {
    RunStep.TOMBSTONES: "disposal.after_step_2",
    RunStep.DATABASE: "disposal.after_step_3",
    RunStep.SCAN: "disposal.after_step_4",
    RunStep.CERTIFICATES: "disposal.after_step_5",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RunReport:
    """What a run has come to (INTERFACE 7.20)."""

    mapping: dict[str, Any]

    @property
    def results(self) -> set[str]:
        """Return the results that occurred."""
        return {i["result"] for f in self.mapping["lists"] for i in f["items"]}


def run_disposal(service: Service, actor: Actor, on: date) -> RunReport:
    """Carry out every approved list whose cooling days are over.

    A run that was broken off is finished first.

    Raises
    ------
    NothingToDo
        If there is nothing to carry out.
    NotAllowed
        If the actor may not.
    LeaseHeld
        If another process is at it.
    """
    service.view(actor, lambda ctx: authorize(ctx, "disposal.run"))
    with service.lease("disposal").held():
        done = []
        broken_off = service.view(SYSTEM, executing.unfinished)
        if broken_off is not None:
            finish_run(service, actor, broken_off)
            done.append(broken_off)
        try:
            done.append(service.run(actor, lambda ctx: executing.begin(ctx, on)))
        except NothingToDo:
            if not done:
                raise
        else:
            reach("disposal.after_step_1")
            finish_run(service, actor, done[-1])
        return RunReport(
            mapping=service.view(actor, lambda ctx: runview.runs_mapping(ctx, done))
        )


def finish_removal(
    service: Service, actor: Actor, begin: Callable[[Context], str]
) -> None:
    """Take one record away for another reason than a list, and prove it gone.

    Parameters
    ----------
    begin
        Writes the tombstone, in a transaction, and returns the id of its run.

    Raises
    ------
    VerificationFailed
        If a trace was found: the next run of disposal tries again.
    """
    with service.lease("disposal").held():
        run_id = service.run(actor, begin)
        service.run(SYSTEM, partial(_set_step, run_id=run_id, step=RunStep.SEAL))
        finish_run(service, SYSTEM, run_id)
        failed = service.view(SYSTEM, lambda ctx: ctx.root.disposal_runs[run_id].failed)
    if failed:
        raise VerificationFailed(f"record {failed[0][0]}: {failed[0][1]}")


def _set_step(ctx: Context, *, run_id: str, step: RunStep) -> None:
    ctx.root.disposal_runs[run_id].step = step


def finish_run(service: Service, actor: Actor, run_id: str) -> None:
    """Go through the steps of a run from where it stands."""
    acts: dict[RunStep, Callable[[Service, Actor, str], None]] = {
        RunStep.TOMBSTONES: _write_tombstones,
        RunStep.AGGREGATIONS: _dispose_of_dossiers,
        RunStep.SEAL: _seal,
        RunStep.LEDGER: _enter_ledger,
        RunStep.INDEX: _renew_index,
        RunStep.BYTES: _remove_bytes,
        RunStep.DATABASE: _clean_database,
        RunStep.SCAN: _scan,
        RunStep.CERTIFICATES: _certify,
    }
    while True:
        step = service.view(SYSTEM, lambda ctx: _step(ctx, run_id))
        if step is RunStep.DONE:
            return
        acts[step](service, actor, run_id)
        service.run(SYSTEM, partial(_advance, run_id=run_id, after=step))
        reach(f"disposal.after_{step}")
        if step in POINTS:
            reach(POINTS[step])


def _step(ctx: Context, run_id: str) -> RunStep:
    return RunStep(ctx.root.disposal_runs[run_id].step)


def _advance(ctx: Context, *, run_id: str, after: RunStep) -> None:
    following = STEPS[STEPS.index(after) + 1]
    if following is RunStep.DONE:
        executing.close(ctx, run_id)
    else:
        ctx.root.disposal_runs[run_id].step = following


def _write_tombstones(service: Service, actor: Actor, run_id: str) -> None:
    while service.run(actor, lambda ctx: executing.entomb_next(ctx, run_id)):
        reach("disposal.in_step_2")
    _make_packages(service, actor, run_id)


def _make_packages(service: Service, actor: Actor, run_id: str) -> None:
    """Make the packages of what is to be handed over, each validated."""
    chosen = service.run(actor, lambda ctx: executing.to_transfer(ctx, run_id))
    for list_id, record_id in chosen:
        folder = erasing.transfers(service.settings.data_dir) / list_id
        # What a killed run has left half made is made anew.
        erasing.remove_staged(service, record_id)
        report = export_records(service, SYSTEM, [record_id], folder)
        if report.refused or not report.packages[0]["valid"]:
            reason = (
                report.refused[0].reason
                if report.refused
                else "the package is not valid"
            )
            unpackaged = partial(
                executing.note_unpackaged,
                list_id=list_id,
                record_id=record_id,
                reason=reason,
            )
            service.run(SYSTEM, unpackaged)
            continue
        packaged = partial(
            executing.note_packaged,
            run_id=run_id,
            list_id=list_id,
            record_id=record_id,
            package=report.packages[0]["manifest_sha256"],
        )
        service.run(actor, packaged)


def _dispose_of_dossiers(service: Service, actor: Actor, run_id: str) -> None:
    """Make stubs of the dossiers that the tombstones have left empty.

    Before the content goes, as the tombstones are: the act is sealed with theirs, and
    a title that goes is out of the database when it is searched.
    """
    at: str | None = ""
    while at is not None:
        following = partial(dossiers.dispose_next, run_id=run_id, after=at)
        at = service.run(actor, following)
        reach("disposal.in_aggregations")


def _ids(service: Service, run_id: str) -> tuple[str, ...]:
    return service.view(
        SYSTEM, lambda ctx: executing.succeeded(ctx.root.disposal_runs[run_id])
    )


def _aggregations(service: Service, run_id: str) -> tuple[str, ...]:
    return service.view(
        SYSTEM, lambda ctx: tuple(ctx.root.disposal_runs[run_id].aggregations or ())
    )


def _seal(service: Service, _actor: Actor, run_id: str) -> None:
    """Have the events of the run sealed: the act is on record before bytes go."""
    with Sealer(service) as sealer:
        sealer.catch_up()

    def unsealed(ctx: Context) -> list[str]:
        run = ctx.root.disposal_runs[run_id]
        events = [executing.left_of(run, i).event for i in run.records]
        return [e for e in events if not ctx.root.audit.is_sealed(e)]

    if service.view(SYSTEM, unsealed):
        raise VerificationFailed(
            "the audit trail does not hold every destruction of this run; nothing was "
            "removed. See: recordsvc audit verify"
        )


def _enter_ledger(service: Service, _actor: Actor, run_id: str) -> None:
    if not service.view(
        SYSTEM, lambda ctx: len(ctx.root.disposal_runs[run_id].records)
    ):
        return

    def lines(ctx: Context) -> list[Destroyed]:
        run = ctx.root.disposal_runs[run_id]
        return [ledger_line(ctx, run, record_id) for record_id in run.records]

    ledger = open_ledger(service.settings)
    ledger.require_whole(service.view(SYSTEM, lambda ctx: ctx.root.ledger_bytes))
    key = open_signing_key(service.settings.data_dir)
    ledger.append(service.view(SYSTEM, lines), key)
    size = ledger.path.stat().st_size

    def note(ctx: Context) -> None:
        ctx.root.ledger_bytes, ctx.root.ledger_signed = size, True

    service.run(SYSTEM, note)


def _renew_index(service: Service, _actor: Actor, run_id: str) -> None:
    if _ids(service, run_id):
        erasing.renew_index(service, run_id)


def _remove_bytes(service: Service, _actor: Actor, run_id: str) -> None:
    waiting = iter(_ids(service, run_id))
    while group := tuple(islice(waiting, removal.GROUP)):
        digests = service.view(SYSTEM, partial(_digests, run_id=run_id, ids=group))
        refused = removal.remove_bytes(service, chain(*digests.values()))
        for record_id in group:
            try:
                for sha256 in digests[record_id]:
                    if sha256 in refused:
                        raise refused[sha256]
                erasing.remove_staged(service, record_id)
            except OSError as error:
                reason = f"bytes could not be removed: {error.strerror or error}"
                _fail(service, run_id, record_id, reason)


def _digests(
    ctx: Context, *, run_id: str, ids: tuple[str, ...]
) -> dict[str, tuple[str, ...]]:
    run = ctx.root.disposal_runs[run_id]
    return {i: executing.left_of(run, i).digests for i in ids}


def _fail(service: Service, run_id: str, record_id: str, reason: str) -> None:
    service.run(SYSTEM, lambda ctx: executing.fail(ctx, run_id, record_id, reason))


def _clean_database(service: Service, _actor: Actor, run_id: str) -> None:
    if not _ids(service, run_id) and not _aggregations(service, run_id):
        return
    erasure = erasing.clean_database(service)
    told = [
        ("database", "not scannable by us", f"{step.name}: {step.detail}")
        for step in erasure.steps
        if step.outcome is not Outcome.DONE
    ]
    told += [("database", "not scannable by us", text) for text in erasure.beyond]
    service.run(SYSTEM, lambda ctx: _report(ctx, run_id, told, instead=True))


def _report(
    ctx: Context,
    run_id: str,
    lines: Iterable[tuple[str, str, str]],
    *,
    instead: bool = False,
) -> None:
    run: DisposalRun = ctx.root.disposal_runs[run_id]
    run.report = (*(() if instead else run.report), *lines)


def _scan(service: Service, _actor: Actor, run_id: str) -> None:
    """Look for a trace of every record of the run, once for all of them."""
    ids = _ids(service, run_id)
    if not ids:
        return

    def samples(ctx: Context) -> dict[str, tuple[bytes, ...]]:
        run = ctx.root.disposal_runs[run_id]
        return {i: masked(run.traces.get(i, ()), run.mask) for i in ids}

    absence = erasing.look_for(service, service.view(SYSTEM, samples))
    for record_id, where in absence.found.items():
        _fail(service, run_id, record_id, f"a trace of it was found in {where}")
    report = absence.report
    lines = [
        (place.name, Scan.SCANNED.value, f"files {place.files}, bytes {place.bytes}")
        for place in report.places
        if place.exists
    ]
    lines += [
        (one.path, Scan.NOT_SCANNABLE.value, f"{one.where} {one.reason}".strip())
        for one in report.not_scannable
    ]
    if absence.own:
        told = f"{absence.own} files that records have, checked by digest and not read"
        lines.append(("bitstreams", Scan.NOT_SCANNABLE.value, told))
    service.run(SYSTEM, lambda ctx: _report(ctx, run_id, lines))


def _certify(service: Service, _actor: Actor, run_id: str) -> None:
    certificates.certify(service, run_id)
