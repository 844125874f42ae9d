"""Disposal lists as people and programs see them."""

from datetime import date, timedelta
from typing import Any

from recordsvc.model import DisposalList, ListItem
from recordsvc.model.disposal import ItemState, ListState
from recordsvc.services.access import authorize, may_read
from recordsvc.services.context import Context
from recordsvc.services.display import title_of
from recordsvc.services.disposal.approving import approvals_needed
from recordsvc.services.disposal.disposing import citing_records, execute_after
from recordsvc.services.disposal.dossierview import dossiers_of
from recordsvc.services.disposal.routes import units_of, waits_for

REMIND_AFTER = timedelta(days=14)
ESCALATE_AFTER = timedelta(days=28)


def waiting_for(found: DisposalList, on: date) -> str | None:
    """Return ``reminder`` or ``escalation`` when nobody has acted for too long.

    Silence never destroys: the list stays where it is (research 2.8).
    """
    if found.state != ListState.NEW or not found.acts:
        return None
    silent = on - max(act.on for act in found.acts)
    if silent >= ESCALATE_AFTER:
        return "escalation"
    return "reminder" if silent >= REMIND_AFTER else None


def list_mapping(
    ctx: Context, found: DisposalList, *, with_items: bool = True
) -> dict[str, Any]:
    """Return a list as JSON-able values (INTERFACE 7.20)."""
    answer: dict[str, Any] = {
        "id": found.id,
        "state": found.state,
        "on": found.on.isoformat(),
        "approvals": [a.login for a in found.acts_of("approve")],
        "approvals_needed": approvals_needed(ctx),
        "approved_on": found.approved_on,
        "certificate": found.certificate,
        "waiting": waiting_for(found, ctx.today()),
        "reviewers": dict(found.reviewers),
        "acts": [
            {"kind": a.kind, "login": a.login, "role": a.role, "at": a.at}
            | ({"reason": a.reason} if a.reason else {})
            for a in found.acts
        ],
        "count": len(found.items),
    }
    if with_items:
        answer["units"] = units_of(found)
        answer["items"] = [
            item_mapping(ctx, found, item)
            for item in found.items.values()
            if may_read(ctx.actor, ctx.root.records[item.record_id])
        ]
        answer["dossiers"] = dossiers_of(ctx, found, found.items.values())
    return answer


def item_mapping(ctx: Context, found: DisposalList, item: ListItem) -> dict[str, Any]:
    """Return an item of a list as JSON-able values."""
    record = ctx.root.records[item.record_id]
    listed = item.state == ItemState.LISTED
    return {
        "id": item.record_id,
        # Of a paper whose title was not kept there is none: it was no untitled one.
        "title": record.title if record.is_destroyed else title_of(record),
        "class": record.class_code,
        "unit": item.unit,
        "route": list(item.route),
        "waits_for": waits_for(item),
        "passed": [
            {
                "unit": r.unit,
                "verdict": r.verdict,
                "by": r.login,
                "at": r.at,
                "reason": r.reason or None,
            }
            for r in item.passed
        ],
        "action": item.action,
        "due_on": item.due_on.isoformat(),
        "verdict": item.verdict,
        "until": item.until,
        "reason": item.reason or None,
        "judged_by": item.judged_by or None,
        "state": item.state,
        "note": item.note or None,
        "execute_after": execute_after(ctx, found, item) if listed else None,
        "cited_by": [r.id for r in citing_records(ctx, record)] if listed else [],
    }


def every_list(ctx: Context) -> list[dict[str, Any]]:
    """Return every list without its items, newest first."""
    authorize(ctx, "disposal.view")
    found = sorted(
        ctx.root.disposal_lists.values(), key=lambda f: f.acts[0].at, reverse=True
    )
    return [list_mapping(ctx, f, with_items=False) for f in found]
