"""After a restore: what the destruction ledger names is destroyed again."""

import logging
from functools import partial

from recordsvc.bootstrap import Service
from recordsvc.jobs.disposal import finish_run
from recordsvc.model.disposal import RunStep
from recordsvc.services.context import SYSTEM, Context
from recordsvc.services.disposal import executing, removing
from recordsvc.storage.errors import LeaseHeld
from recordsvc.storage.ledger import LedgerEntry, open_ledger

log = logging.getLogger(__name__)

BATCH = 20


def catch_up_with_ledger(service: Service) -> int:
    """Replay the ledger where it has grown beyond what the store has seen.

    Returns
    -------
    int
        How many records were destroyed again.

    Notes
    -----
    A disposal that is running writes the ledger before it notes its size in the
    store: whoever holds its lease is not behind.
    """
    if not service.is_behind_ledger():
        return 0
    try:
        return replay_ledger(service)
    except LeaseHeld:
        return 0


def replay_ledger(service: Service) -> int:
    """Destroy every record that the ledger names and that is here with content.

    Returns
    -------
    int
        How many there were.

    Raises
    ------
    LedgerDamaged
        If the ledger was changed, or a line is not signed by this installation: then
        nothing is destroyed, and nothing serves until it is put right.
    LeaseHeld
        If a disposal is running.
    """
    with service.lease("disposal").held():
        # What this reads first is on the disk when the size is noted below.
        ledger = open_ledger(service.settings)
        seen = ledger.path.stat().st_size if ledger.path.exists() else 0
        entries = list(ledger.entries())
        again = [e for e in entries if service.view(SYSTEM, partial(_is_here, entry=e))]
        if again:
            _destroy_again(service, again)
        service.run(SYSTEM, partial(_note, size=seen, has_lines=seen > 0))
        if service.view(SYSTEM, lambda ctx: ctx.root.ledger_bytes) > seen:
            log.error("ledger shortened: bytes=%d", seen)
        return len(again)


def _is_here(ctx: Context, *, entry: LedgerEntry) -> bool:
    record = ctx.root.records.get(entry.record_id)
    return record is not None and not record.is_destroyed


def _destroy_again(service: Service, entries: list[LedgerEntry]) -> None:
    run_id = service.run(SYSTEM, lambda ctx: executing.new_run(ctx, ctx.today()).id)
    for start in range(0, len(entries), BATCH):
        part = entries[start : start + BATCH]
        service.run(SYSTEM, partial(_replay, run_id=run_id, entries=part))
    service.run(SYSTEM, partial(_begin, run_id=run_id))
    finish_run(service, SYSTEM, run_id)


def _replay(ctx: Context, *, run_id: str, entries: list[LedgerEntry]) -> None:
    for entry in entries:
        removing.replay(ctx, run_id, entry)


def _begin(ctx: Context, *, run_id: str) -> None:
    ctx.root.disposal_runs[run_id].step = RunStep.AGGREGATIONS


def _note(ctx: Context, *, size: int, has_lines: bool) -> None:
    # A shorter one stays noted as such: whoever adds to it, or takes a backup, asks.
    ctx.root.ledger_bytes = max(size, ctx.root.ledger_bytes)
    # A reader that takes nothing unsigned has read it.
    ctx.root.ledger_signed = ctx.root.ledger_signed or has_lines
