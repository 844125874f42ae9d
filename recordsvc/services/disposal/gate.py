"""The one delete gate: everything that would take content away asks here.

Permission never replaces eligibility: the gate does not look at who asks. It is
judged inside the transaction that takes the content away, and declares what it has
read, so that a hold or a schedule committed meanwhile makes that transaction fail.
"""

from datetime import date

from recordsvc.model import Record
from recordsvc.services.context import Context
from recordsvc.services.disposal import holdscope
from recordsvc.services.errors import Conflict
from recordsvc.services.retention import standing
from recordsvc.services.retention.judging import Judgement
from recordsvc.storage.errors import BitstreamMissing
from recordsvc.storage.transactions import read_current
from retention.decision import Decision
from retention.errors import RetentionError
from retention.schedule import Action, State


class GateClosed(Conflict):
    """The record may not be taken away; the message says why."""


def require_disposable(
    ctx: Context, record: Record, action: str, on: date
) -> Judgement:
    """Return the judgement that allows a disposal action on a day.

    Parameters
    ----------
    action
        ``destroy`` or ``transfer``.
    on
        The legal day of the act.

    Raises
    ------
    GateClosed
        If the record is destroyed, on hold, not due, or due for something else.
    """
    found = require_due(ctx, record, on)
    if found.decision.action != action:
        raise GateClosed(_why_other_action(record, found.decision, action))
    return found


def require_due(ctx: Context, record: Record, on: date) -> Judgement:
    """Return the judgement of a record that is free and due, for whatever action.

    Raises
    ------
    GateClosed
        If the record is destroyed, on hold or not due.
    """
    require_free(ctx, record)
    found = _judged(ctx, record, on)
    if found.decision.state is not State.DUE:
        raise GateClosed(_why_not_due(record, found.decision))
    return found


def require_free(ctx: Context, record: Record) -> None:
    """Refuse what may not lose its content whatever the schedule says.

    Raises
    ------
    GateClosed
        If the record is destroyed already, or any hold lies on it: also one whose
        query finds it although no link was made yet, or cannot be matched.
    """
    read_current(ctx.root.hold_epoch, ctx.root.schedule_epoch)
    if record.is_destroyed:
        raise GateClosed(f"record {record.id} is destroyed already")
    try:
        holds = holdscope.all_holds_on(ctx, record)
    except BitstreamMissing as error:
        raise GateClosed(
            f"record {record.id} is protected: the holds by query cannot be matched "
            f"against its text: {error}"
        ) from None
    if holds:
        raise GateClosed(f"record {record.id} is on hold ({', '.join(holds)})")


def _judged(ctx: Context, record: Record, on: date) -> Judgement:
    try:
        found = standing.judge(ctx, on).judge(record)
    except RetentionError as error:
        raise GateClosed(
            f"record {record.id} is protected: its facts cannot be judged: {error}"
        ) from None
    if found is None:
        raise GateClosed(
            f"no schedule is in force, so nothing allows that record {record.id} goes"
        )
    if not found.covered:
        raise GateClosed(
            f"record {record.id} has no disposal coverage: its schedule was revoked "
            "and nothing replaces it"
        )
    return found


def _why_not_due(record: Record, decision: Decision) -> str:
    start = f"record {record.id} is not due"
    if decision.state is State.PERMANENT:
        return (
            f"record {record.id} is permanent"
            if decision.winner
            else f"record {record.id} has no disposal coverage and is kept"
        )
    if decision.due_on is None:
        return f"{start}: the date that starts its clock is not known"
    if decision.provisional:
        return f"{start}: {decision.due_on} hangs on a date that is not confirmed"
    return f"{start} until {decision.due_on}"


def _why_other_action(record: Record, decision: Decision, action: str) -> str:
    due = f"record {record.id} is due for {decision.action}, not for {action}"
    if action == Action.DESTROY and decision.action is Action.TRANSFER:
        return f"{due}: no transfer receipt with matching fixity is recorded"
    return due
