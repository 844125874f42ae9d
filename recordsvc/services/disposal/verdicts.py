"""Verdicts on the items of a disposal list: what a reviewer may say, what follows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from recordsvc.model import DisposalList, ListItem, Record
from recordsvc.model.disposal import ItemState, Verdict
from recordsvc.services import changes
from recordsvc.services.access import authorize
from recordsvc.services.classification.filing import put_into, usable_class
from recordsvc.services.context import Context
from recordsvc.services.days import day_of, require_text
from recordsvc.services.disposal.disposing import (
    citing_records,
    leave,
    open_list,
    require_other_person,
)
from recordsvc.services.disposal.routes import waits_for, why_not_now
from recordsvc.services.errors import (
    Conflict,
    InvalidRequest,
    NotAllowed,
    NotFound,
    NothingToDo,
)
from recordsvc.services.retention import standing
from recordsvc.services.retention.appraising import appraise

# What a person carries out, and says so with the verdict `review`.
LOOKED_AT = frozenset({"review", "retain", "anonymise"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """What a reviewer says of items.

    Parameters
    ----------
    until
        Day of a ``keep``, code of the class of a ``reclassify``.
    """

    verdict: str
    until: str = ""
    reason: str = ""


def rule(
    ctx: Context,
    list_id: str,
    ruling: Ruling,
    *,
    ids: Sequence[str] = (),
    rest: bool = False,
    unit: str = "",
) -> list[ListItem]:
    """Give items a verdict; what keeps a record takes effect at once.

    Parameters
    ----------
    ids
        The items; without any, all that are still listed.
    rest
        Only those without a verdict.
    unit
        The unit that speaks: only what waits for it.

    Raises
    ------
    NotAllowed
        If the actor proposed or approved the list, the item's unit has another
        reviewer, or the actor has judged it for a unit before.
    Conflict, InvalidRequest, NotFound, NothingToDo
        Saying which item and why; then nothing is changed.

    Notes
    -----
    An item that is kept has left the list: no later verdict, of one or of all,
    brings it back. One that a unit lets go waits for the next unit of its route, and
    has no verdict before the last has given it.
    """
    authorize(ctx, "disposal.judge")
    found = open_list(ctx, list_id)
    require_other_person(ctx, found, ("propose", "approve"))
    _check(ctx, ruling)
    items = list(_chosen(found, ids, rest=rest, unit=unit))
    if not items:
        speaker = f" by {unit}" if unit else ""
        raise NothingToDo(f"list {list_id} has no item left to be judged{speaker}")
    # One act, however many items: it has one instant.
    at = ctx.now()
    judged = [_judged(ctx, found, replace(i, judged_at=at), ruling) for i in items]
    for item in judged:
        found.items[item.record_id] = item
    # Whoever approves meanwhile has not seen these verdicts, or is who gave them.
    found._p_changed = True  # noqa: SLF001  persistent's published name
    ctx.log(found.id, "disposal-judged", verdict=ruling.verdict)
    return judged


def _check(ctx: Context, ruling: Ruling) -> None:
    verdict = ruling.verdict
    if verdict not in set(Verdict):
        raise InvalidRequest(
            f"unknown verdict {verdict!r}; verdicts are {', '.join(Verdict)}"
        )
    require_text("the reason", ruling.reason)
    needs_reason = verdict not in {Verdict.DESTROY, Verdict.TRANSFER}
    if needs_reason and not ruling.reason.strip():
        raise InvalidRequest(f"the verdict {verdict} needs a reason")
    if ruling.until and verdict not in {Verdict.KEEP, Verdict.RECLASSIFY}:
        raise InvalidRequest(f"the verdict {verdict} has no day, as keep has")
    if verdict == Verdict.KEEP:
        if not ruling.until:
            raise InvalidRequest("the verdict keep needs a day: until when")
        if day_of(ruling.until) <= ctx.today():
            raise InvalidRequest(f"{ruling.until} has come already")


def _chosen(
    found: DisposalList, ids: Sequence[str], *, rest: bool, unit: str
) -> Iterator[ListItem]:
    if not ids:
        for item in found.items.values():
            if item.state != ItemState.LISTED or (rest and item.verdict):
                continue
            if not unit or waits_for(item) == unit:
                yield item
        return
    for record_id in dict.fromkeys(ids):
        item = found.items.get(record_id)
        if item is None:
            raise NotFound(f"record {record_id} is not on list {found.id}")
        if item.state != ItemState.LISTED:
            raise Conflict(f"record {record_id} has left the list: {item.state}")
        if unit and waits_for(item) != unit:
            raise Conflict(f"record {record_id} does not wait for {unit} now")
        yield item


def _judged(
    ctx: Context, found: DisposalList, item: ListItem, ruling: Ruling
) -> ListItem:
    if why := why_not_now(found, item, ctx.actor.login):
        raise NotAllowed(why)
    record = ctx.root.records[item.record_id]
    made = replace(
        item,
        verdict=ruling.verdict,
        until=ruling.until or None,
        reason=ruling.reason.strip(),
        judged_by=ctx.actor.login,
    )
    match ruling.verdict:
        case Verdict.DESTROY | Verdict.TRANSFER:
            _require_action(item, ruling.verdict)
            if ruling.verdict == Verdict.DESTROY:
                _require_reason_where_cited(ctx, record, made)
            return _let_go(made)
        case Verdict.RECLASSIFY:
            return _reclassified(ctx, record, made)
        case Verdict.REVIEW:
            return _reviewed(ctx, record, made)
    return _kept(ctx, record, made)


def _let_go(item: ListItem) -> ListItem:
    """Return an item that a unit lets go: the next of its route judges it, if any."""
    if not item.following:
        return item
    return replace(
        item,
        passed=item.rulings,
        unit=item.following[0],
        following=item.following[1:],
        verdict=None,
        reason="",
        judged_by="",
        judged_at=None,
    )


def _require_action(item: ListItem, verdict: str) -> None:
    if item.action != verdict:
        raise Conflict(
            f"record {item.record_id} is due for {item.action}, not for {verdict}; "
            f"give it a verdict of its own first: {item.action}, or keep"
        )


def _require_reason_where_cited(ctx: Context, record: Record, item: ListItem) -> None:
    """Ask for a reason where a paper that stays relies on this one."""
    citing = citing_records(ctx, record)
    if citing and not item.reason:
        raise Conflict(
            f"record {record.id} is relied on by {', '.join(r.id for r in citing)}; "
            "to destroy it nevertheless, give a reason"
        )


def _kept(ctx: Context, record: Record, item: ListItem) -> ListItem:
    made = leave(ctx, item, ItemState.KEPT)
    appraise(ctx, record, item.verdict or "", item.reason, item.until)
    return made


def _reclassified(ctx: Context, record: Record, item: ListItem) -> ListItem:
    code = item.until or ""
    usable_class(ctx, code)
    changes.require_changeable(ctx, record)
    made = leave(ctx, item, ItemState.KEPT, f"now in class {code}")
    put_into(ctx, record, code, reason=item.reason)
    return made


def _reviewed(ctx: Context, record: Record, item: ListItem) -> ListItem:
    """Finish a stage of review; any other action is looked at again later."""
    made = leave(ctx, item, ItemState.KEPT, "reviewed")
    if item.action in LOOKED_AT:
        finish_stage(ctx, record, ctx.today())
    return made


def finish_stage(ctx: Context, record: Record, on: date) -> None:
    """Note that the stage which decides on a record was carried out on a day."""
    decision = standing.decision_of(ctx, record, on)
    if decision is None or decision.winner is None or decision.stage is None:
        raise Conflict(f"no stage of a schedule decides on record {record.id}")
    record.stages_done = (
        *record.stages_done,
        (decision.winner, decision.stage, on.isoformat()),
    )
    changes.touch(
        ctx,
        record,
        "stage-done",
        schedule=decision.winner,
        stage=str(decision.stage),
    )
