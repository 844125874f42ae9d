"""Carrying approved lists out: the parts of a run that are transactions.

The physical parts, and the order of all of them, are those of
`recordsvc.jobs.disposal`. Each function here may be called again after a death at any
point: what is done already is passed over.
"""

import secrets
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from recordsvc.model import DisposalList, DisposalRun, ListItem, Record
from recordsvc.model.disposal import ItemState, ListState, RunStep, Verdict
from recordsvc.services.access import authorize
from recordsvc.services.context import Context
from recordsvc.services.disposal import dossiers, gate
from recordsvc.services.disposal.digests import why_changed
from recordsvc.services.disposal.disposing import (
    execute_after,
    leave,
    settle,
)
from recordsvc.services.disposal.tombstones import Entombed, Order, entomb, stone_of
from recordsvc.services.disposal.traces import masked, traces_of
from recordsvc.services.errors import NothingToDo
from recordsvc.storage.transactions import read_current

BATCH = 20
CARRIED_OUT = frozenset({Verdict.DESTROY, Verdict.TRANSFER})
METHOD = (
    "database state overwritten in place, bytes unlinked, search index rebuilt "
    "without the record"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What a run has left of a record to be taken away.

    Parameters
    ----------
    authority
        Id of the list, or another word.
    """

    authority: str
    originals: tuple[str, ...]
    digests: tuple[str, ...]
    event: str


def left_of(run: DisposalRun, record_id: str) -> Left:
    """Return what a run has left of a record."""
    authority, originals, digests, event = run.records[record_id]
    return Left(authority=authority, originals=originals, digests=digests, event=event)


def unfinished(ctx: Context) -> str | None:
    """Return the id of a run that was broken off, None without."""
    for run in ctx.root.disposal_runs.values():
        if run.step != RunStep.DONE:
            return str(run.id)
    return None


def new_run(ctx: Context, on: date) -> DisposalRun:
    """Add a run to the archive."""
    run = DisposalRun(uuid.uuid4().hex, on, ctx.actor.login, ctx.now())
    run.mask = secrets.token_bytes(64)
    ctx.root.disposal_runs[run.id] = run
    return run


def begin(ctx: Context, on: date) -> str:
    """Begin a run of every approved list whose cooling days are over.

    Raises
    ------
    NothingToDo
        If no list has anything that may be carried out on that day, and no dossier
        is left without a record.
    """
    authorize(ctx, "disposal.run")
    ready = [f for f in ctx.root.disposal_lists.values() if _is_ready(ctx, f, on)]
    failed = tuple(failed_before(ctx))
    if not ready and not failed and next(dossiers.ready(ctx), None) is None:
        waits = "".join(f"; {text}" for text in waiting_lists(ctx))
        raise NothingToDo(f"no approved list may be carried out on {on}{waits}")
    # Only a test store chooses the day that its certificates will name.
    run = new_run(ctx, on if ctx.root.is_test else ctx.today())
    run.lists = tuple(found.id for found in ready)
    for found in ready:
        found.state = ListState.EXECUTING
    for earlier, record_id in failed:
        _take_over(ctx, run, earlier, record_id)
    ctx.log(run.id, "disposal-run", on=on.isoformat())
    return run.id


def waiting_lists(ctx: Context) -> Iterator[str]:
    """Yield what the lists that are approved and not done are waiting for."""
    for found in ctx.root.disposal_lists.values():
        if found.state not in {ListState.APPROVED, ListState.EXECUTING}:
            continue
        items = list(found.items.values())
        days = [
            execute_after(ctx, found, item)
            for item in items
            if item.state == ItemState.LISTED and item.verdict in CARRIED_OUT
        ]
        if known := [day for day in days if day is not None]:
            yield f"list {found.id} waits until {min(known)}"
        elif any(item.state == ItemState.TRANSFERRING for item in items):
            yield (
                f"list {found.id} waits for the receipt of the archive "
                "(recordsvc disposal receipt)"
            )


def _is_ready(ctx: Context, found: DisposalList, on: date) -> bool:
    if found.state not in {ListState.APPROVED, ListState.EXECUTING}:
        return False
    return any(
        item.state == ItemState.FAILED_RETRYABLE or may_run(ctx, found, item, on)
        for item in found.items.values()
    )


def may_run(ctx: Context, found: DisposalList, item: ListItem, on: date) -> bool:
    """Say whether an item of an approved list may be carried out on a day."""
    if item.state != ItemState.LISTED or item.verdict not in CARRIED_OUT:
        return False
    after = execute_after(ctx, found, item)
    # What cannot be judged any more is met by the gate, which says why.
    return after is None or after <= on


def failed_before(ctx: Context) -> Iterator[tuple[DisposalRun, str]]:
    """Yield what earlier runs could not take away, or not prove gone."""
    for earlier in ctx.root.disposal_runs.values():
        for record_id, _ in earlier.failed:
            if record_id in earlier.records:
                yield earlier, record_id


def _take_over(
    ctx: Context, run: DisposalRun, earlier: DisposalRun, record_id: str
) -> None:
    run.records[record_id] = earlier.records.pop(record_id)
    samples = masked(earlier.traces.pop(record_id, ()), earlier.mask)
    run.traces[record_id] = masked(samples, run.mask)
    found = ctx.root.disposal_lists.get(left_of(run, record_id).authority)
    if found is not None:
        found.items[record_id] = replace(
            found.items[record_id], state=ItemState.DESTROYING
        )


def entomb_next(ctx: Context, run_id: str) -> int:
    """Write the next tombstones of a run; return how many items were settled.

    Each item is judged by the gate inside this transaction, which fails when a hold,
    a schedule or the record itself is changed before it commits.
    """
    run: DisposalRun = ctx.root.disposal_runs[run_id]
    done = 0
    for found, item in _waiting(ctx, run, Verdict.DESTROY):
        done += 1
        record: Record = ctx.root.records[item.record_id]
        try:
            judgement = _judge(ctx, found, item, record, run.on)
            order = Order(
                authority=found.id,
                method=METHOD,
                executor=run.executor,
                judgement=judgement,
                list=found,
            )
            stone = stone_of(ctx, record, order)
            samples = traces_of(ctx, record, stone)
        except gate.GateClosed as error:
            _eject(ctx, found, item, str(error))
        except OSError as error:
            # One file that the disk does not give must not stop all the others.
            reason = f"its bytes cannot be read: {error.strerror or error}"
            _eject(ctx, found, item, reason)
        else:
            _keep(run, entomb(ctx, record, order, stone), found.id, samples)
            dossiers.note_disposed(ctx, record)
            found.items[item.record_id] = leave(ctx, item, ItemState.DESTROYING)
        if done >= BATCH:
            break
    return done


def _keep(
    run: DisposalRun, entombed: Entombed, authority: str, samples: tuple[bytes, ...]
) -> None:
    run.records[entombed.record_id] = (
        authority,
        entombed.originals,
        entombed.digests,
        entombed.event,
    )
    run.traces[entombed.record_id] = masked(samples, run.mask)


def entomb_alone(ctx: Context, run: DisposalRun, record: Record, order: Order) -> None:
    """Write the tombstone of a record that no list is needed for."""
    stone = stone_of(ctx, record, order)
    samples = traces_of(ctx, record, stone)
    _keep(run, entomb(ctx, record, order, stone), order.authority, samples)


def _waiting(
    ctx: Context, run: DisposalRun, verdict: str
) -> Iterator[tuple[DisposalList, ListItem]]:
    for list_id in run.lists:
        found = ctx.root.disposal_lists[list_id]
        for item in list(found.items.values()):
            if item.verdict == verdict and may_run(ctx, found, item, run.on):
                yield found, item


def _judge(
    ctx: Context, found: DisposalList, item: ListItem, record: Record, on: date
) -> Any:
    action = item.verdict or ""
    if on < ctx.today():
        # What was due by the rules of a day gone by may be permanent by today's.
        gate.require_disposable(ctx, record, action, ctx.today())
    judgement = gate.require_disposable(ctx, record, action, on)
    if why := why_changed(ctx, record, judgement.decision.due_on, item):
        raise gate.GateClosed(
            f"record {record.id} is not as it was when list {found.id} was judged: "
            f"{why}"
        )
    return judgement


def _eject(ctx: Context, found: DisposalList, item: ListItem, reason: str) -> None:
    found.items[item.record_id] = leave(ctx, item, ItemState.EJECTED, reason)
    ctx.log(found.id, "disposal-ejected", record=item.record_id)


def to_transfer(ctx: Context, run_id: str) -> tuple[tuple[str, str], ...]:
    """Return (list id, record id) of what a run has to hand over and may.

    What the gate refuses is ejected.
    """
    run: DisposalRun = ctx.root.disposal_runs[run_id]
    chosen = []
    for found, item in _waiting(ctx, run, Verdict.TRANSFER):
        record = ctx.root.records[item.record_id]
        try:
            _judge(ctx, found, item, record, run.on)
        except gate.GateClosed as error:
            _eject(ctx, found, item, str(error))
        else:
            chosen.append((found.id, item.record_id))
    return tuple(chosen)


def note_packaged(
    ctx: Context, *, run_id: str, list_id: str, record_id: str, package: str
) -> None:
    """Note that a package was made; the receipt of the archive is waited for.

    Parameters
    ----------
    package
        SHA-256 of the package's ``manifest-sha256.txt``.
    """
    run: DisposalRun = ctx.root.disposal_runs[run_id]
    found = ctx.root.disposal_lists[list_id]
    item = found.items[record_id]
    if item.state != ItemState.LISTED:
        return
    try:
        _judge(ctx, found, item, ctx.root.records[record_id], run.on)
    except gate.GateClosed as error:
        _eject(ctx, found, item, str(error))
        return
    found.items[record_id] = replace(item, state=ItemState.TRANSFERRING, note=package)
    ctx.log(record_id, "transfer-packaged", list=list_id, package=package)


def note_unpackaged(ctx: Context, *, list_id: str, record_id: str, reason: str) -> None:
    """Note that no package could be made; the next run tries again."""
    found = ctx.root.disposal_lists[list_id]
    item = found.items[record_id]
    if item.state == ItemState.LISTED:
        found.items[record_id] = replace(item, note=reason)


def fail(ctx: Context, run_id: str, record_id: str, reason: str) -> None:
    """Note that a record's content could not be proved gone; it is tried again."""
    run: DisposalRun = ctx.root.disposal_runs[run_id]
    if record_id not in dict(run.failed):
        run.failed = (*run.failed, (record_id, reason))
    found = ctx.root.disposal_lists.get(left_of(run, record_id).authority)
    if found is not None:
        found.items[record_id] = replace(
            found.items[record_id], state=ItemState.FAILED_RETRYABLE, note=reason
        )


def finished(item: ListItem) -> ListItem:
    """Return an item whose content is proved gone."""
    return replace(item, state=ItemState.DESTROYED, note="")


def succeeded(run: DisposalRun) -> tuple[str, ...]:
    """Return the ids of the records of a run whose content is gone."""
    failed = dict(run.failed)
    return tuple(i for i in run.records if i not in failed)


def wipe_traces(ctx: Context, run_id: str) -> None:
    """Forget what the scan looked for, but for records that are tried again."""
    run: DisposalRun = ctx.root.disposal_runs[run_id]
    failed = dict(run.failed)
    nothing = [i for i, samples in run.traces.items() if not samples]
    run.unsought = tuple(dict.fromkeys((*run.unsought, *nothing)))
    for record_id in list(run.traces):
        if record_id not in failed:
            # Written over first: an entry that only goes stays in its old page.
            run.traces[record_id] = ()
            del run.traces[record_id]
    if not run.traces:
        run.mask = b""


def verification_of(run: DisposalRun, record_id: str) -> str:
    """Return what the absence scan of a run says of a record whose content is gone."""
    if record_id in run.unsought:
        return "it had nothing that could be looked for"
    return "no trace found"


def close(ctx: Context, run_id: str) -> None:
    """End a run: every list has the state that its items have come to."""
    run: DisposalRun = ctx.root.disposal_runs[run_id]
    lists = [ctx.root.disposal_lists[list_id] for list_id in run.lists]
    read_current(*lists)
    for found in lists:
        settle(ctx, found)
    run.step, run.finished_at = RunStep.DONE, ctx.now()
