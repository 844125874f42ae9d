"""Approving and aborting disposal lists: two people more, bound to exact items."""

import hashlib
from dataclasses import replace

from recordsvc.model import DisposalList, ListItem
from recordsvc.model.disposal import ItemState, ListState
from recordsvc.services.access import authorize
from recordsvc.services.context import Context
from recordsvc.services.days import require_text
from recordsvc.services.disposal.digests import why_changed
from recordsvc.services.disposal.disposing import (
    NAMED,
    act_of,
    leave,
    list_of,
    open_list,
    require_other_person,
)
from recordsvc.services.errors import Conflict, InvalidRequest, NotAllowed, NothingToDo
from recordsvc.services.retention import standing

MIN_APPROVALS = 2


def approve(ctx: Context, list_id: str) -> DisposalList:
    """Approve a list whose every item has a verdict.

    Raises
    ------
    NotAllowed
        If the actor proposed the list or judged an item of it.
    Conflict
        If an item has no verdict, naming it, or nothing is left on the list.
    NothingToDo
        If the actor has approved it already.
    """
    authorize(ctx, "disposal.approve")
    found = open_list(ctx, list_id)
    if any(act.login == ctx.actor.login for act in found.acts_of("approve")):
        raise NothingToDo(f"{ctx.actor.login} has approved list {list_id} already")
    require_other_person(ctx, found, ("propose",))
    if any(i.is_judged_by(ctx.actor.login) for i in found.items.values()):
        raise NotAllowed(
            f"{ctx.actor.login} has judged items of list {list_id}; another approves"
        )
    _require_complete(ctx, found)
    found.acts = (*found.acts, act_of(ctx, "approve", list_digest(found)))
    ctx.log(found.id, "disposal-approved", digest=list_digest(found))
    if len(found.acts_of("approve")) >= approvals_needed(ctx):
        found.state, found.approved_on = ListState.APPROVED, ctx.today()
    return found


def _require_complete(ctx: Context, found: DisposalList) -> None:
    listed = [i for i in found.items.values() if i.state == ItemState.LISTED]
    if not listed:
        raise Conflict(f"nothing is left on list {found.id} to be approved")
    open_items = [_named(i) for i in listed if i.verdict is None]
    if open_items:
        more = (
            "" if len(open_items) <= NAMED else f" and {len(open_items) - NAMED} more"
        )
        raise Conflict(
            f"no verdict yet on {', '.join(open_items[:NAMED])}{more}; "
            "see: recordsvc disposal verdict"
        )
    for item in listed:
        record = ctx.root.records[item.record_id]
        if why := why_changed(ctx, record, item.due_on, item):
            raise Conflict(
                f"record {item.record_id} has changed since it was listed: {why}; "
                "abort the list and propose it anew"
            )


def _named(item: ListItem) -> str:
    """Return an item that has no verdict, and which unit it waits for."""
    is_routed = len(item.route) > 1
    return f"{item.record_id} (waits for {item.unit})" if is_routed else item.record_id


def list_digest(found: DisposalList) -> str:
    """Return what binds an approval to exactly these items and verdicts."""
    lines = (
        f"{item.record_id} {item.digest} {item.verdict}"
        for item in found.items.values()
        if item.state == ItemState.LISTED
    )
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def approvals_needed(ctx: Context) -> int:
    """Return how many different people must approve a list."""
    version = standing.current_version(ctx.root, ctx.today())
    named = 0
    if version is not None:
        file = standing.schedule_file(version.source)
        named = len(set(file.authority.approved_by))
    if ctx.root.is_test:
        return max(named, 1)
    return max(named, MIN_APPROVALS)


def abort(ctx: Context, list_id: str, reason: str) -> DisposalList:
    """Stop a list: an approved one is new again, a new one is over.

    Raises
    ------
    InvalidRequest
        Without a reason.
    Conflict
        If it was carried out, is being carried out, or is over.
    """
    authorize(ctx, "disposal.abort")
    require_text("the reason", reason)
    if not reason.strip():
        raise InvalidRequest("aborting a list needs a reason")
    found = list_of(ctx, list_id)
    if found.state not in {ListState.NEW, ListState.APPROVED}:
        raise Conflict(f"list {list_id} is {found.state}; it cannot be aborted")
    if found.state == ListState.APPROVED:
        # The approvals lapse; they stay in the history under another name.
        found.acts = tuple(
            replace(a, kind="lapsed") if a.kind == "approve" else a for a in found.acts
        )
        found.state, found.approved_on = ListState.NEW, None
    else:
        found.state = ListState.ABORTED
        for item in list(found.items.values()):
            if item.state == ItemState.LISTED:
                found.items[item.record_id] = leave(
                    ctx, item, ItemState.EJECTED, "the list was aborted"
                )
    found.acts = (*found.acts, act_of(ctx, "abort", reason.strip()))
    ctx.log(found.id, "disposal-aborted", state=found.state)
    return found
