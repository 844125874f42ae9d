"""The board of the months to come: how much falls due, and what is to be done."""

from collections import Counter
from datetime import date
from typing import Any

from recordsvc.services.access import authorize
from recordsvc.services.context import Context
from recordsvc.services.retention.comingdays import due_within, month_after, month_of
from recordsvc.services.retention.walking import records_in

MONTHS = 12
# So many records are loaded to tell their actions apart; beyond, days are counted.
MOST_LOADED = 20_000


def months_ahead(ctx: Context) -> dict[str, Any]:
    """Return what falls due in this month and the eleven after it.

    Returns
    -------
    dict
        ``months``: for each ``YYYY-MM`` its ``records`` and, where they were few
        enough to be looked at, their ``actions``; ``told_apart`` says whether.

    Notes
    -----
    What was due before is not looked at, so that a backlog costs the board nothing.
    """
    authorize(ctx, "retention.view")
    first, end = ctx.today().replace(day=1), month_after(ctx.today(), MONTHS)
    counts = Counter(month_of(day) for day, _ in due_within(ctx, first, end))
    told_apart = counts.total() <= MOST_LOADED
    actions = _actions(ctx, first, end) if told_apart else {}
    keys = (month_after(first, n).isoformat()[:7] for n in range(MONTHS))
    return {
        "told_apart": told_apart,
        "months": [
            {"month": key, "records": counts[key], "actions": actions.get(key, {})}
            for key in keys
        ],
    }


def _actions(ctx: Context, first: date, end: date) -> dict[str, Counter[str]]:
    found: dict[str, Counter[str]] = {}
    ids = (record_id for _, record_id in due_within(ctx, first, end))
    for record in records_in(ctx.root, ids):
        standing = record.standing
        if standing is not None and standing.due_on is not None:
            month = found.setdefault(month_of(standing.due_on.isoformat()), Counter())
            month[standing.action or ""] += 1
    return found
