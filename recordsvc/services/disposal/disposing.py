"""Disposal lists: proposed, judged item by item, approved by others, or aborted.

Who proposes, who judges and who approves are different people (36 CFR 1233.20;
research/records-management 2.5); silence decides nothing.
"""

import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from recordsvc.model import DisposalList, ListItem, Record
from recordsvc.model.disposal import Act, ItemState, ListState, RunStep
from recordsvc.services.access import authorize, may_read
from recordsvc.services.context import Context
from recordsvc.services.disposal import gate
from recordsvc.services.disposal.digests import (
    RENAMED,
    digest_of,
    is_seen_otherwise,
    rebound,
)
from recordsvc.services.disposal.routes import (
    require_able_to_judge,
    require_one_unit_each,
    route_of,
)
from recordsvc.services.disposal.stages import stage_judged
from recordsvc.services.errors import (
    Conflict,
    NotAllowed,
    NotFound,
    NothingToDo,
)
from recordsvc.services.retention import standing
from retention.errors import RetentionError

MAX_ITEMS = 10_000
NAMED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A new list, and what was asked for and could not be listed."""

    list: DisposalList
    left_out: tuple[tuple[str, str], ...] = field(default=())


def propose(ctx: Context, on: date | None = None, ids: Sequence[str] = ()) -> Proposal:
    """Put what is due on a day on a new list.

    Parameters
    ----------
    ids
        Only these records; without any, everything due.

    Raises
    ------
    Conflict
        If none of the named records can be listed, saying why.
    NothingToDo
        If nothing is due.
    """
    authorize(ctx, "disposal.propose")
    day = on or ctx.today()
    made = DisposalList(uuid.uuid4().hex, day)
    left_out: list[tuple[str, str]] = []
    for record_id in dict.fromkeys(ids) if ids else _due_ids(ctx, day):
        reason = _add_item(ctx, made, record_id, day)
        if reason:
            left_out.append((record_id, reason))
        if len(made.items) >= MAX_ITEMS:
            break
    if not made.items:
        if ids:
            told = "; ".join(reason for _, reason in left_out[:NAMED])
            raise Conflict(f"nothing was listed: {told}")
        raise NothingToDo(f"nothing is due on {day} that is not on a list already")
    made.acts = (act_of(ctx, "propose"),)
    ctx.root.disposal_lists[made.id] = made
    ctx.log(made.id, "disposal-proposed", on=day.isoformat())
    return Proposal(list=made, left_out=tuple(left_out))


def _due_ids(ctx: Context, day: date) -> Iterator[str]:
    for _, record_id in ctx.root.ids_due(day):
        if record_id not in ctx.root.listed:
            yield record_id


def _add_item(
    ctx: Context, made: DisposalList, record_id: str, day: date
) -> str | None:
    """List a record; return why not, when it cannot be."""
    record: Record | None = ctx.root.records.get(record_id)
    if record is None or not may_read(ctx.actor, record):
        return f"there is no record {record_id}"
    if record_id in ctx.root.listed:
        return f"record {record_id} is on list {ctx.root.listed[record_id]} already"
    try:
        gate.require_free(ctx, record)
        judgement = gate.require_due(ctx, record, day)
    except gate.GateClosed as error:
        return str(error)
    decision = judgement.decision
    first, *following = route_of(ctx, record, stage_judged(ctx.root, judgement))
    assert decision.due_on is not None  # noqa: S101 - due decisions have a day
    made.items[record_id] = ListItem(
        record_id=record_id,
        action=str(decision.action),
        due_on=decision.due_on,
        digest=digest_of(ctx, record, decision.due_on),
        unit=first,
        following=tuple(following),
    )
    ctx.root.listed[record_id] = made.id
    return None


def list_of(ctx: Context, list_id: str) -> DisposalList:
    """Return a list by its id."""
    found: DisposalList | None = ctx.root.disposal_lists.get(list_id)
    if found is None:
        raise NotFound(f"there is no disposal list {list_id}; see: disposal list")
    return found


def act_of(ctx: Context, kind: str, reason: str = "") -> Act:
    """Return a decision of the actor about a list, now."""
    return Act(
        kind=kind,
        login=ctx.actor.login,
        role=ctx.actor.role,
        at=ctx.now(),
        on=ctx.today(),
        reason=reason,
    )


def role_of(ctx: Context, login: str) -> str:
    """Return the role of an account, empty where a login is of none.

    The role of an account never changes, so it is the one in which it has acted.
    """
    account = ctx.root.accounts.get(login)
    return str(account.role) if account is not None else ""


def assign(ctx: Context, list_id: str, unit: str, login: str) -> DisposalList:
    """Name who judges the items of a unit; without a name, any reviewer may.

    Raises
    ------
    NotFound
        If there is no such account, or the list has no item of that unit.
    Conflict
        If the account can give no verdict on the list, or is named for another unit
        that judges the same item.
    """
    authorize(ctx, "disposal.propose")
    found = open_list(ctx, list_id)
    require_able_to_judge(ctx, found, login)
    if not any(unit in item.route for item in found.items.values()):
        raise NotFound(f"list {list_id} has no item of unit {unit!r}")
    require_one_unit_each(found, unit, login)
    found.reviewers = (*(p for p in found.reviewers if p[0] != unit), (unit, login))
    ctx.log(found.id, "disposal-assigned", unit=unit)
    return found


def open_list(ctx: Context, list_id: str) -> DisposalList:
    """Return a list that may still be changed.

    Raises
    ------
    Conflict
        If it was approved, carried out or aborted.
    """
    found = list_of(ctx, list_id)
    if found.state != ListState.NEW:
        raise Conflict(f"list {list_id} is {found.state}; it cannot be changed")
    return found


def require_other_person(
    ctx: Context, found: DisposalList, kinds: Iterable[str]
) -> None:
    """Refuse an act to whoever has done another of the same list.

    Raises
    ------
    NotAllowed
        Naming the act that was done already.
    """
    for kind in kinds:
        if any(act.login == ctx.actor.login for act in found.acts_of(kind)):
            raise NotAllowed(
                f"{ctx.actor.login} has done this already: {kind}; who proposes, who "
                "judges and who approves are different people"
            )


def citing_records(ctx: Context, record: Record) -> list[Record]:
    """Return the answers and permanent records whose accepted links name a record."""
    found = []
    for link_id in ctx.root.link_ids(record.id):
        link = ctx.root.links[link_id]
        if link.target != record.id:
            continue
        source = ctx.root.records[link.source]
        permanent = source.standing is not None and source.standing.state == "permanent"
        if not source.is_destroyed and (permanent or link.type == "answers"):
            found.append(source)
    return found


def leave(ctx: Context, item: ListItem, state: str, note: str = "") -> ListItem:
    """Return an item as it leaves its list; its record may be listed again."""
    ctx.root.listed.pop(item.record_id, None)
    return replace(item, state=state, note=note)


def eject(ctx: Context, record_id: str, reason: str) -> bool:
    """Take a record from the list it is on: what was decided of it there is void.

    Returns
    -------
    bool
        Whether it was on one.
    """
    list_id = ctx.root.listed.get(record_id)
    if list_id is None:
        return False
    found = ctx.root.disposal_lists[list_id]
    item = found.items[record_id]
    if item.state not in {ItemState.LISTED, ItemState.TRANSFERRING}:
        return False
    found.items[record_id] = leave(ctx, item, ItemState.EJECTED, reason)
    ctx.log(list_id, "disposal-ejected", record=record_id)
    if _is_carried_out(ctx, found):
        # The run settles the list at its end, anew when this has come between.
        found._p_changed = True  # noqa: SLF001  persistent's published name
    else:
        settle(ctx, found)
    return True


def look_anew(ctx: Context, record: Record) -> None:
    """Void what was judged of a record under another title.

    An item that nobody has judged stays, bound to what a reviewer will see.
    """
    list_id = ctx.root.listed.get(record.id)
    if list_id is None:
        return
    found = ctx.root.disposal_lists[list_id]
    item = found.items[record.id]
    if not is_seen_otherwise(record, item):
        return
    if not item.rulings:
        found.items[record.id] = replace(item, digest=rebound(record, item))
    else:
        eject(ctx, record.id, RENAMED)


def _is_carried_out(ctx: Context, found: DisposalList) -> bool:
    """Say whether a run is at a list: it must not be opened for changes meanwhile."""
    return found.state == ListState.EXECUTING and any(
        run.step != RunStep.DONE and found.id in run.lists
        for run in ctx.root.disposal_runs.values()
    )


def settle(ctx: Context, found: DisposalList) -> None:
    """Give a list the state that its items have come to."""
    states = {item.state for item in found.items.values()}
    working = {ItemState.DESTROYING, ItemState.TRANSFERRING, ItemState.FAILED_RETRYABLE}
    if found.state == ListState.EXECUTING and not states & working:
        if ItemState.LISTED in states:
            found.state = ListState.APPROVED
        else:
            found.state, found.completed_at = ListState.COMPLETED, ctx.now()
    elif found.state == ListState.APPROVED and ItemState.LISTED not in states:
        found.state, found.completed_at = ListState.COMPLETED, ctx.now()


def execute_after(ctx: Context, found: DisposalList, item: ListItem) -> date | None:
    """Return the first day on which an approved item may be carried out.

    The later of the decision's earliest execution and the last approval with its
    cooling days (INTERFACE 7.20); None while it cannot be judged.
    """
    record = ctx.root.records[item.record_id]
    try:
        decision = standing.decision_of(ctx, record, ctx.today())
    except RetentionError:
        return None
    if decision is None or decision.earliest_execution is None:
        return None
    assert decision.due_on is not None  # noqa: S101 - it has an execution day
    approved = found.approved_on or ctx.today()
    cooling = decision.earliest_execution - decision.due_on
    return max(decision.earliest_execution, approved + cooling)
