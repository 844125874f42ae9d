"""What a run of disposal has come to, as people and programs see it."""

from collections.abc import Sequence
from typing import Any

from recordsvc.model import DisposalList, DisposalRun, ListItem
from recordsvc.model.disposal import ItemState, ListState
from recordsvc.services.context import Context
from recordsvc.services.disposal.disposing import execute_after

# So many lists that are done are told by a run that has nothing to do.
LISTS_TOLD = 20
RESULTS = {
    ItemState.DESTROYED: "destroyed",
    ItemState.TRANSFERRING: "transferred",
    ItemState.TRANSFERRED: "transferred",
    ItemState.EJECTED: "ejected",
    ItemState.FAILED_RETRYABLE: "failed_retryable",
}


def runs_mapping(ctx: Context, run_ids: Sequence[str]) -> dict[str, Any]:
    """Return what runs have done as JSON-able values (INTERFACE 7.20).

    Parameters
    ----------
    run_ids
        In their order.
    """
    runs = [ctx.root.disposal_runs[run_id] for run_id in run_ids]
    list_ids = dict.fromkeys(list_id for run in runs for list_id in run.lists)
    files = dict.fromkeys(i for run in runs for i in run.aggregations or ())
    return {
        "id": runs[-1].id,
        "on": runs[-1].on.isoformat(),
        "lists": [
            _list_result(ctx, runs, ctx.root.disposal_lists[list_id])
            for list_id in list_ids
        ],
        "aggregations": [
            {
                "id": file.id,
                "kind": file.kind,
                "title": file.title or None,
                "destroyed": file.stub.destroyed,
            }
            for file in (ctx.root.aggregations[i] for i in files)
        ],
    }


def _list_result(
    ctx: Context, runs: Sequence[DisposalRun], found: DisposalList
) -> dict[str, Any]:
    return {
        "id": found.id,
        "state": found.state,
        "certificate": found.certificate,
        "items": [_item_result(ctx, runs, found, i) for i in found.items.values()],
    }


def _item_result(
    ctx: Context, runs: Sequence[DisposalRun], found: DisposalList, item: ListItem
) -> dict[str, Any]:
    is_ours = any(item.record_id in run.records for run in runs) or item.state in {
        ItemState.EJECTED,
        ItemState.TRANSFERRING,
    }
    done = RESULTS.get(ItemState(item.state)) if is_ours else None
    return {
        "id": item.record_id,
        "result": done or "skipped",
        "reason": _why(ctx, found, item, done),
    }


def _why(
    ctx: Context, found: DisposalList, item: ListItem, done: str | None
) -> str | None:
    if item.state == ItemState.TRANSFERRING:
        return f"packed, receipt awaited; manifest-sha256.txt has {item.note}"
    return item.note or (None if done else _why_skipped(ctx, found, item))


def _why_skipped(ctx: Context, found: DisposalList, item: ListItem) -> str | None:
    if item.state == ItemState.LISTED:
        return f"not before {execute_after(ctx, found, item)}"
    if item.state == ItemState.KEPT:
        return item.reason
    return "done already" if item.state == ItemState.DESTROYED else None


def skipped_mapping(ctx: Context) -> dict[str, Any]:
    """Return what a run that had nothing to do passed over: `lists`, none changed.

    Of lists that are done, only the newest are told.
    """
    lists = list(ctx.root.disposal_lists.values())
    waiting = [f for f in lists if f.state in {ListState.APPROVED, ListState.EXECUTING}]
    done = [f for f in lists if f.state == ListState.COMPLETED]
    done.sort(key=lambda f: f.completed_at, reverse=True)
    return {
        "lists": [
            {
                "id": f.id,
                "state": f.state,
                "certificate": f.certificate,
                "items": [_passed_over(ctx, f, i) for i in f.items.values()],
            }
            for f in (*waiting, *done[:LISTS_TOLD])
        ]
    }


def _passed_over(ctx: Context, found: DisposalList, item: ListItem) -> dict[str, Any]:
    is_ejected = item.state == ItemState.EJECTED
    return {
        "id": item.record_id,
        "result": RESULTS[ItemState.EJECTED] if is_ejected else "skipped",
        "reason": item.note if is_ejected else _why_skipped(ctx, found, item),
    }
