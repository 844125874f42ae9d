"""Transfer: the receipt of the archive, and what it allows."""

import hashlib
from dataclasses import replace
from typing import Any

from exports.certificate import Handover, Kind
from exports.errors import ReceiptRefused
from exports.receipt import Receipt, compare, load_receipt
from recordsvc.model import DisposalList
from recordsvc.model.disposal import ItemState
from recordsvc.model.record import Tombstone
from recordsvc.services import changes
from recordsvc.services.access import authorize
from recordsvc.services.context import Context
from recordsvc.services.disposal import certifying, dossiers, gate
from recordsvc.services.disposal.certifying import Issue
from recordsvc.services.disposal.disposing import act_of, leave, list_of, settle
from recordsvc.services.disposal.tombstones import Order, stone_of
from recordsvc.services.disposal.verdicts import finish_stage
from recordsvc.services.errors import Conflict, InvalidRequest
from recordsvc.storage.signing import SigningKey

METHOD = "package made, validated and handed over; fixity confirmed by the receipt"
RECIPIENT = "the archive named by the receipt"


def record_receipt(
    ctx: Context, list_id: str, content: bytes, key: SigningKey
) -> dict[str, Any]:
    """Record what an archive has received of a list.

    A record counts as transferred when every digest of it is in the receipt; its
    stage is then done. Nothing local is taken away by this: that is a later stage,
    with a list of its own.

    Parameters
    ----------
    content
        The receipt, JSON, as it came.

    Returns
    -------
    dict
        ``received`` ids, ``mismatches`` with their reason, ``certificate``.

    Raises
    ------
    InvalidRequest
        If it is no receipt, with every fault.
    Conflict
        If no record of the list waits for one, or none of them matches.
    """
    authorize(ctx, "disposal.receipt")
    found = list_of(ctx, list_id)
    receipt = _read(content)
    if receipt.list not in {None, list_id}:
        raise Conflict(f"the receipt is for list {receipt.list}, not {list_id}")
    waiting = [i for i in found.items.values() if i.state == ItemState.TRANSFERRING]
    if not waiting:
        raise Conflict(f"no record of list {list_id} waits for a receipt")
    records = ctx.root.records
    expected = {
        i.record_id: {f.sha256 for f in records[i.record_id].files} for i in waiting
    }
    result = compare(receipt, expected)
    mismatches = [
        {"id": m.id, "reason": _why(found, m.id, m.reason)} for m in result.mismatches
    ]
    digest = hashlib.sha256(content).hexdigest()
    stones = []
    for record_id in sorted(result.matched):
        try:
            stones.append(_accepted(ctx, found, record_id, digest))
        except gate.GateClosed as error:
            mismatches.append({"id": record_id, "reason": str(error)})
    if not stones:
        told = "; ".join(f"{one['id']}: {one['reason']}" for one in mismatches)
        raise Conflict(f"nothing was received as it was sent: {told}")
    archive = receipt.received_by or RECIPIENT
    found.acts = (*found.acts, act_of(ctx, "receipt", f"{archive}: {digest}"))
    settle(ctx, found)
    what = _issue(ctx, found, tuple(stones), receipt, digest)
    made = certifying.issue(ctx, what, key)
    return {
        "list": list_id,
        "state": found.state,
        "received": [record_id for record_id, _ in stones],
        "mismatches": mismatches,
        "certificate": made.id,
    }


def _read(content: bytes) -> Receipt:
    try:
        return load_receipt(content)
    except ReceiptRefused as error:
        raise InvalidRequest(str(error)) from error


def _why(found: DisposalList, record_id: str, reason: str) -> str:
    """Return why a record of a receipt does not count, as the list knows it."""
    item = found.items.get(record_id)
    is_here = item is not None and item.state == ItemState.TRANSFERRED
    return "was received already" if is_here else reason


def _accepted(
    ctx: Context, found: DisposalList, record_id: str, receipt: str
) -> tuple[str, Tombstone]:
    """Finish the stage of a record that has arrived; return what is certified."""
    record = ctx.root.records[record_id]
    day = ctx.today()
    order = Order(
        authority=found.id,
        method=METHOD,
        executor=ctx.actor.login,
        judgement=gate.require_disposable(ctx, record, "transfer", day),
        list=found,
    )
    stone = stone_of(ctx, record, order)
    item = leave(ctx, found.items[record_id], ItemState.TRANSFERRED)
    found.items[record_id] = replace(item, note=f"receipt {receipt}")
    finish_stage(ctx, record, day)
    changes.touch(ctx, record, "transfer", list=found.id, receipt=receipt)
    return record_id, stone


def _issue(
    ctx: Context,
    found: DisposalList,
    stones: tuple[tuple[str, Tombstone], ...],
    receipt: Receipt,
    digest: str,
) -> Issue:
    day = ctx.today()
    return Issue(
        list=found,
        kind=Kind.TRANSFER,
        items=stones,
        places=(),
        method=METHOD,
        executed_on=day,
        executor=ctx.actor.login,
        # Nothing is disposed of by a transfer alone, so none of them as a whole.
        aggregations=dossiers.certified(ctx, (i for i, _ in stones), ()),
        handover=Handover(
            recipient=receipt.received_by or RECIPIENT,
            received_on=receipt.received_on or day,
            receipt_sha256=digest,
            received_by=receipt.received_by,
        ),
    )
