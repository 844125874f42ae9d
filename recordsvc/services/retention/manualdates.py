"""Manual dates: lengthened by one person, shortened by two, justified anew in time.

A manual date is an appraisal beside the schedule; it survives every recalculation and
only ever keeps a record longer. Borrowed from 36 CFR 1235.14: what is kept past its
schedule needs a reason again and again.
"""

from dataclasses import replace

from recordsvc.model import Record
from recordsvc.model.record import Shortening
from recordsvc.services import changes
from recordsvc.services.access import record_for
from recordsvc.services.classification.filing import eject, keep_words, require_reason
from recordsvc.services.context import Context
from recordsvc.services.days import day_of
from recordsvc.services.errors import (
    Conflict,
    Gone,
    InvalidRequest,
    NotAllowed,
    NothingToDo,
)
from recordsvc.services.retention import notices
from recordsvc.services.retention.appraising import (
    FOR_EVER,
    JUSTIFY,
    KEEP,
    SHORTEN,
    appraise,
    manual_until,
)
from recordsvc.services.retention.judging import APPRAISAL, Judge
from retention.decide import decide
from retention.decision import Decision
from retention.errors import RetentionError
from retention.schedule import Action


def keep(ctx: Context, record_id: str, until: str, reason: str) -> Record:
    """Keep a record until a later day than its schedule or its manual date says.

    A hold does not stand against it: it lets nothing go.

    Raises
    ------
    InvalidRequest
        If the day has come, or is no later than the schedule's.
    Conflict
        If the record is kept longer by hand already, or permanently.
    """
    record = _living(ctx, record_id, "retention.keep")
    require_reason(reason, "a record is kept beyond its schedule")
    if day_of(until) <= ctx.today():
        raise InvalidRequest(f"{until} has come already")
    if until == manual_until(ctx, record):
        raise NothingToDo(f"record {record_id} is kept until {until} already")
    found = _by_schedule(ctx, record)
    if found.action is Action.PERMANENT or found.winner is None:
        raise Conflict(f"record {record_id} is kept without end by its schedule")
    if found.due_on is not None and until <= found.due_on.isoformat():
        raise InvalidRequest(
            f"the schedule keeps record {record_id} until {found.due_on.isoformat()}; "
            "a manual date can only be later"
        )
    appraise(ctx, record, KEEP, reason.strip(), until)
    eject(ctx, record_id, f"it is kept until {until}")
    return record


def propose_shortening(
    ctx: Context, record_id: str, until: str | None, reason: str
) -> Record:
    """Propose an earlier manual date; nothing changes before another confirms it.

    Parameters
    ----------
    until
        The earlier day, never before the schedule's; None takes the manual date away.

    Raises
    ------
    Conflict
        If there is no manual date, or a proposal already.
    InvalidRequest
        If the day has come, is no earlier, or lies before the schedule's.
    """
    record = _living(ctx, record_id, "retention.shorten")
    require_reason(reason, "a record is to go earlier than was decided")
    if record.shortening is not None:
        raise Conflict(
            f"{record.shortening.login} has proposed to shorten the date of record "
            f"{record_id} already; confirm or refuse that first"
        )
    _require_shorter(ctx, record, until)
    record.shortening = Shortening(
        until=until, reason=reason.strip(), login=ctx.actor.login, on=ctx.today()
    )
    changes.touch(ctx, record, "shortening-proposed", until=until or "")
    return record


def confirm_shortening(
    ctx: Context, record_id: str, *, seen: str | None = None
) -> Record:
    """Confirm, as a second person, that a record may go earlier.

    Parameters
    ----------
    seen
        The day that the person has seen proposed, empty for none; None where they
        were shown nothing that could have changed since.

    Raises
    ------
    NotAllowed
        If the actor has proposed it.
    Conflict
        If nothing is proposed, something else is by now, or the record is held.
    """
    record = _living(ctx, record_id, "retention.shorten")
    proposal = _proposal(record)
    if proposal.login == ctx.actor.login:
        raise NotAllowed(
            f"{ctx.actor.login} has proposed to shorten the date of record "
            f"{record_id}; another person confirms it"
        )
    if seen is not None and seen != (proposal.until or ""):
        raise Conflict(
            f"another day is proposed for record {record_id} by now: "
            f"{proposal.until or 'none, back to the schedule'}"
        )
    changes.require_changeable(ctx, record)
    _require_shorter(ctx, record, proposal.until)
    appraise(
        ctx,
        record,
        SHORTEN,
        proposal.reason,
        proposal.until,
        proposed_by=proposal.login,
    )
    eject(ctx, record_id, "its manual date was shortened")
    return record


def refuse_shortening(ctx: Context, record_id: str, reason: str) -> Record:
    """Refuse a proposal, or take one's own back; the manual date stays as it is."""
    record = _living(ctx, record_id, "retention.shorten")
    proposal = _proposal(record)
    require_reason(reason, "a proposal is refused")
    notices.forget_people(ctx.root, record)
    record.shortening = None
    keep_words(ctx, record, "shortening_refusal", reason)
    changes.touch(
        ctx,
        record,
        "shortening-refused",
        until=proposal.until or "",
        proposed_by=proposal.login,
    )
    return record


def justify(ctx: Context, record_id: str, reason: str) -> Record:
    """Say why a manual date is still needed; its time to be justified begins anew.

    Raises
    ------
    Conflict
        If the record has no manual date to come.
    """
    record = _living(ctx, record_id, "retention.keep")
    require_reason(reason, "a manual date is to stand")
    until = manual_until(ctx, record)
    if until is None or until == FOR_EVER:
        raise Conflict(f"record {record_id} has no manual date to be justified")
    appraise(ctx, record, JUSTIFY, reason.strip(), until)
    return record


def _living(ctx: Context, record_id: str, function: str) -> Record:
    record = record_for(ctx, record_id, function)
    if record.is_destroyed:
        raise Gone(f"record {record_id} was destroyed; only its tombstone is left")
    return record


def _proposal(record: Record) -> Shortening:
    if record.shortening is None:
        raise NothingToDo(f"nobody proposes to shorten the date of record {record.id}")
    return record.shortening


def _require_shorter(ctx: Context, record: Record, until: str | None) -> None:
    current = manual_until(ctx, record)
    if current is None:
        raise Conflict(f"record {record.id} has no manual date that could be shortened")
    if until is None:
        return
    if day_of(until) <= ctx.today():
        raise InvalidRequest(f"{until} has come already; propose to take the date away")
    if until >= current:
        raise InvalidRequest(
            f"{until} is no earlier than {current}; to lengthen a date, one person is "
            "enough: recordsvc retention keep"
        )
    due_on = _by_schedule(ctx, record).due_on
    if due_on is not None and until < due_on.isoformat():
        raise InvalidRequest(
            f"the schedule keeps record {record.id} until {due_on.isoformat()}; no "
            "manual date goes before that"
        )


def _by_schedule(ctx: Context, record: Record) -> Decision:
    """Return what the schedule alone decides of a record, nothing done by hand."""
    try:
        case = Judge(ctx, ctx.today()).case_of(record, with_holds=False)
        if case is None:
            raise Conflict("no schedule is in force; there is nothing to lengthen")
        bound = tuple(o for o in case.obligations if o.schedule != APPRAISAL)
        return decide(replace(case, obligations=bound, kept_until=None))
    except RetentionError as error:
        raise Conflict(f"record {record.id} cannot be judged: {error}") from None
