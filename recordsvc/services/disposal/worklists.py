"""A disposal list as a worklist: page by page, with what a person needs to judge by."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from recordsvc.model import DisposalList, ListItem
from recordsvc.model.disposal import ItemState, ListState
from recordsvc.services.access import authorize, may, may_read
from recordsvc.services.context import Context
from recordsvc.services.display import title_of
from recordsvc.services.disposal.disposalview import item_mapping, list_mapping
from recordsvc.services.disposal.disposing import list_of
from recordsvc.services.disposal.dossierview import dossiers_of
from recordsvc.services.disposal.routes import may_judge, units_of, waits_for
from recordsvc.services.errors import InvalidRequest

PAGE = 100
_ID = re.compile(r"[0-9a-f]{1,64}")
LEFT_OVER = frozenset({ItemState.KEPT, ItemState.EJECTED, ItemState.FAILED_RETRYABLE})


Filter = Callable[[Context, DisposalList, ListItem], bool]
FILTERS: dict[str, Filter] = {
    "": lambda _ctx, _found, _item: True,
    "mine": lambda ctx, found, item: (
        item.verdict is None and may_judge(ctx, found, item)
    ),
    "open": lambda _ctx, _found, item: waits_for(item) is not None,
    "judged": lambda _ctx, _found, item: (
        item.state == ItemState.LISTED and item.verdict is not None
    ),
    "left": lambda _ctx, _found, item: item.state in LEFT_OVER,
}


def worklist(
    ctx: Context,
    list_id: str,
    *,
    only: str = "",
    unit: str = "",
    cursor: str = "",
    limit: int = PAGE,
) -> dict[str, Any]:
    """Return a list with one page of its items and what the actor may do with it.

    Parameters
    ----------
    only
        ``mine``: what the actor may judge now; ``open``: without a verdict;
        ``judged``: with one; ``left``: no more to be carried out, or not yet; empty:
        all.
    unit
        Only what that unit may judge now.
    cursor
        Where the page before ended.

    Returns
    -------
    dict
        The list (INTERFACE 7.20), ``dossiers`` of this page, and ``counts``,
        ``units``, ``may``, ``only``, ``unit`` and, where more items follow, ``next``.

    Raises
    ------
    InvalidRequest
        If the filter or the cursor is none of ours.
    """
    authorize(ctx, "disposal.view")
    if only not in FILTERS:
        raise InvalidRequest(
            f"no filter {only!r}; there are {', '.join(filter(None, FILTERS))}"
        )
    if cursor and not _ID.fullmatch(cursor):
        raise InvalidRequest(f"{cursor!r} is no cursor of this list")
    found = list_of(ctx, list_id)
    chosen = _chosen(ctx, found, only, unit, cursor)
    items, following = _page(ctx, found, chosen, limit)
    return {
        **list_mapping(ctx, found, with_items=False),
        "items": items,
        "dossiers": dossiers_of(ctx, found, (found.items[i["id"]] for i in items)),
        "next": following,
        "only": only,
        "unit": unit,
        "counts": counts_of(found),
        "units": units_of(found),
        "may": acts_open_to(ctx, found),
    }


def _page(
    ctx: Context, found: DisposalList, chosen: Iterator[ListItem], limit: int
) -> tuple[list[dict[str, Any]], str | None]:
    shown: list[dict[str, Any]] = []
    for item in chosen:
        if len(shown) == limit:
            return shown, shown[-1]["id"]
        told = _with_titles(ctx, item_mapping(ctx, found, item))
        shown.append({**told, "may_judge": may_judge(ctx, found, item)})
    return shown, None


def _chosen(
    ctx: Context, found: DisposalList, only: str, unit: str, cursor: str
) -> Iterator[ListItem]:
    matches = FILTERS[only]
    for item in found.items.values(min=cursor or None, excludemin=bool(cursor)):
        if unit and waits_for(item) != unit:
            continue
        is_shown = matches(ctx, found, item)
        if is_shown and may_read(ctx.actor, ctx.root.records[item.record_id]):
            yield item


def _with_titles(ctx: Context, item: dict[str, Any]) -> dict[str, Any]:
    """Return an item whose citing papers are named as far as the actor may read."""
    records = (ctx.root.records[i] for i in item["cited_by"])
    citing = [
        {"id": r.id, "title": title_of(r)} for r in records if may_read(ctx.actor, r)
    ]
    return {**item, "citing": citing}


def counts_of(found: DisposalList) -> dict[str, int]:
    """Return how many items have each verdict (while listed) and each other state."""
    counts: Counter[str] = Counter()
    for item in found.items.values():
        if item.state == ItemState.LISTED:
            counts[item.verdict or "open"] += 1
        else:
            counts[str(item.state)] += 1
    return dict(counts)


def acts_open_to(ctx: Context, found: DisposalList) -> dict[str, bool]:
    """Return which acts on a list the actor may do, as far as that is known before.

    The use cases judge for themselves; this only keeps a form from being offered that
    would be refused.
    """
    actor, is_new = ctx.actor, found.state == ListState.NEW
    has_proposed = _has(found, "propose", actor.login)
    has_approved = _has(found, "approve", actor.login)
    has_judged = any(i.is_judged_by(actor.login) for i in found.items.values())
    is_stoppable = found.state in {ListState.NEW, ListState.APPROVED}
    is_other = not (has_proposed or has_approved)
    return {
        "judge": is_new and may(actor, "disposal.judge") and is_other,
        "approve": is_new
        and may(actor, "disposal.approve")
        and is_other
        and not has_judged,
        "abort": is_stoppable and may(actor, "disposal.abort"),
        "assign": is_new and may(actor, "disposal.propose"),
        "receipt": may(actor, "disposal.receipt")
        and any(i.state == ItemState.TRANSFERRING for i in found.items.values()),
    }


def _has(found: DisposalList, kind: str, login: str) -> bool:
    return any(act.login == login for act in found.acts_of(kind))
