"""Review routes: which units judge an item, whose turn it is, who may speak for it.

A unit gives its verdict after the ones before it and never for them: whoever has
judged an item for one unit does not judge it for another.
"""

from collections import Counter
from typing import Any

from recordsvc.model import DisposalList, ListItem, Record
from recordsvc.model.disposal import ItemState, ListState
from recordsvc.services.access import ROLES, may
from recordsvc.services.accounts import account_of
from recordsvc.services.classification.classes import lineage
from recordsvc.services.context import Context
from recordsvc.services.errors import Conflict
from retention.schedule import Stage


def route_of(ctx: Context, record: Record, stage: Stage | None) -> tuple[str, ...]:
    """Return the units that judge a record by a stage, in their order: one at least."""
    if stage is not None and stage.review_route:
        return stage.review_route
    return (unit_of(ctx, record),)


def unit_of(ctx: Context, record: Record) -> str:
    """Return the part of the class tree whose reviewers judge a record."""
    if record.class_code is None:
        return ""
    codes = [node.code for node in lineage(ctx.root, record.class_code)]
    return codes[-1] if codes else record.class_code


def require_able_to_judge(ctx: Context, found: DisposalList, login: str) -> None:
    """Refuse that somebody is named for a unit who can give no verdict on the list.

    Nobody else could judge for the unit then, and the list would wait for ever.

    Raises
    ------
    NotFound
        If there is no such account.
    Conflict
        If the account is disabled, its role does not judge, or its owner has proposed
        or approved the list.
    """
    account = account_of(ctx.root, login)
    why = None
    if account.disabled:
        why = "the account is disabled"
    elif "disposal.judge" not in ROLES[account.role]:
        why = f"the role {account.role} gives no verdicts"
    elif _has_decided(found, login):
        why = "who proposes, who judges and who approves are different people"
    if why:
        raise Conflict(f"{login} cannot judge on list {found.id}: {why}; name another")


def require_one_unit_each(found: DisposalList, unit: str, login: str) -> None:
    """Refuse that one person is named for two units that judge the same item.

    Raises
    ------
    Conflict
        Naming the other unit.
    """
    others = {u for u, named in found.reviewers if named == login and u != unit}
    for item in found.items.values():
        for other in others.intersection(item.route) if unit in item.route else ():
            raise Conflict(
                f"{login} judges for {other}, and record {item.record_id} goes through "
                f"{other} and {unit}; name another person for one of them"
            )


def why_not_now(found: DisposalList, item: ListItem, login: str) -> str | None:
    """Return why a person does not speak for the unit whose turn it is; None if so."""
    reviewer = dict(found.reviewers).get(item.unit)
    if reviewer is not None and reviewer != login:
        return f"items of {item.unit} are judged by {reviewer}"
    for ruling in item.passed:
        if ruling.login == login:
            return (
                f"{login} has judged record {item.record_id} for {ruling.unit} "
                f"already; another person judges it for {item.unit}"
            )
    return None


def waits_for(item: ListItem) -> str | None:
    """Return the unit that an item waits for; None where it waits for none."""
    is_open = item.state == ItemState.LISTED and item.verdict is None
    return item.unit if is_open else None


def may_judge(ctx: Context, found: DisposalList, item: ListItem) -> bool:
    """Say whether the actor may give a verdict on an item now."""
    login = ctx.actor.login
    return (
        found.state == ListState.NEW
        and item.state == ItemState.LISTED
        and may(ctx.actor, "disposal.judge")
        and not _has_decided(found, login)
        and why_not_now(found, item, login) is None
    )


def _has_decided(found: DisposalList, login: str) -> bool:
    """Say whether somebody has proposed or approved a list, and so cannot judge it."""
    return any(
        act.login == login and act.kind in {"propose", "approve"} for act in found.acts
    )


def units_of(found: DisposalList) -> list[dict[str, Any]]:
    """Return every unit of a list, who is named for it, and what waits for it.

    Returns
    -------
    list of dict
        ``unit``, ``reviewer``, ``count`` of its items, and how many of them wait for
        its verdict ``now``, and how many will ``later``, after other units.
    """
    counts: Counter[str] = Counter()
    now: Counter[str] = Counter()
    later: Counter[str] = Counter()
    for item in found.items.values():
        counts.update(item.route)
        unit = waits_for(item)
        if unit is not None:
            now[unit] += 1
            later.update(item.following)
    reviewers = dict(found.reviewers)
    return [
        {
            "unit": unit,
            "count": count,
            "reviewer": reviewers.get(unit),
            "now": now[unit],
            "later": later[unit],
        }
        for unit, count in sorted(counts.items())
    ]
