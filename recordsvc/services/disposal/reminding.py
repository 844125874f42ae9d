"""Reminders: what waits for a person, told at most once a day.

Silence decides nothing, so it must not be comfortable either: whoever may judge or
approve a list is told when it begins to wait, again when nobody has acted for long, and
then every week; those who propose lists are told of the ones that nobody acts on
(research/records-management 2.8).
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import time, timedelta
from zoneinfo import ZoneInfo

from recordsvc.model import Account, DisposalList
from recordsvc.model.disposal import ItemState, ListState
from recordsvc.model.mail import Letter, LetterKind
from recordsvc.services import letters
from recordsvc.services.access import may
from recordsvc.services.accounts import actor_of_account
from recordsvc.services.context import Context
from recordsvc.services.disposal.disposalview import (
    ESCALATE_AFTER,
    REMIND_AFTER,
    waiting_for,
)
from recordsvc.services.disposal.routes import may_judge
from recordsvc.services.disposal.worklists import acts_open_to

# Reminders lie in the box when the day's work begins, not in the night.
FROM_HOUR = time(6)
AGAIN_AFTER = timedelta(days=7)
ACTS = ("disposal.judge", "disposal.approve", "disposal.propose")
DAYS = {
    None: "",
    "reminder": str(REMIND_AFTER.days),
    "escalation": str(ESCALATE_AFTER.days),
}


def people_to_remind(ctx: Context) -> tuple[str, ...]:
    """Return the logins of those who may have to be told of something today."""
    if not ctx.settings.smtp_host or not _is_day(ctx):
        return ()
    return tuple(
        account.login
        for account in ctx.root.accounts.values()
        if account.email
        and not account.disabled
        and account.reminded_on != ctx.today()
        and any(may(actor_of_account(ctx.root, account), act) for act in ACTS)
    )


def _is_day(ctx: Context) -> bool:
    return ctx.now().astimezone(ZoneInfo(ctx.settings.zone)).time() >= FROM_HOUR


def remind(ctx: Context, login: str) -> Letter | None:
    """Write a person the digest of the day, if there is anything to tell.

    Notes
    -----
    The letter is written in the transaction that notes the day, so that no one gets
    two of a day, and a letter that could not be written is written later.
    """
    account: Account = ctx.root.accounts[login]
    if account.reminded_on == ctx.today():
        return None
    entries = tuple(waiting_on(ctx, account))
    known = set(account.reminded_of)
    is_new = any(entry not in known for entry in entries)
    last = account.reminded_on
    if not entries or not (is_new or last is None or ctx.today() - last >= AGAIN_AFTER):
        return None
    letter = letters.write(ctx, account, LetterKind.DIGEST, entries=entries)
    if letter is not None:
        account.reminded_on, account.reminded_of = ctx.today(), entries
    return letter


def waiting_on(ctx: Context, account: Account) -> Iterator[tuple[str, str, str]]:
    """Yield what waits for a person.

    Yields
    ------
    tuple
        ``judge``, ``approve`` or ``escalation``; the id of the list; the days of
        silence it has passed, empty while it is young.
    """
    actor = actor_of_account(ctx.root, account)
    mine = replace(ctx, actor=actor)
    for found in ctx.root.disposal_lists.values():
        if found.state != ListState.NEW:
            continue
        waiting = waiting_for(found, ctx.today())
        days = DAYS[waiting]
        open_to = acts_open_to(mine, found)
        is_judged = _is_judged(found)
        if any(
            item.verdict is None and may_judge(mine, found, item)
            for item in found.items.values()
        ):
            yield "judge", found.id, days
        elif open_to["approve"] and is_judged:
            yield "approve", found.id, days
        elif waiting == "escalation" and may(actor, "disposal.propose"):
            yield "escalation", found.id, days


def _is_judged(found: DisposalList) -> bool:
    return all(
        item.verdict for item in found.items.values() if item.state == ItemState.LISTED
    )
