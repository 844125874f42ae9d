"""What people decide for one record beside its schedule: it may only be kept longer."""

from recordsvc.model import Record
from recordsvc.model.record import Appraisal
from recordsvc.services import changes
from recordsvc.services.context import Context
from recordsvc.services.days import day_of
from recordsvc.services.errors import Conflict
from recordsvc.services.retention import notices

FOR_EVER = "9999-12-31"
KEEP, PERMANENT, JUSTIFY, SHORTEN = "keep", "permanent", "justify", "shorten"
EVENTS = {JUSTIFY: "date-justified", SHORTEN: "date-shortened"}


def appraise(
    ctx: Context,
    record: Record,
    verdict: str,
    reason: str,
    until: str | None,
    *,
    proposed_by: str = "",
) -> None:
    """Decide for one record; the decision that counted before stays in its history.

    What was proposed of the date before is void.

    Parameters
    ----------
    proposed_by
        Who has proposed it, where it needs two persons.

    Raises
    ------
    Conflict
        If one person would bring forward what was decided before.
    """
    if not proposed_by:
        _require_later(record, verdict, until)
    notices.forget_people(ctx.root, record)
    record.shortening = None
    record.appraisals = (
        *record.appraisals,
        Appraisal(
            verdict=verdict,
            reason=reason,
            login=ctx.actor.login,
            on=ctx.today(),
            until=until,
            proposed_by=proposed_by,
        ),
    )
    facts = {"proposed_by": proposed_by} if proposed_by else {}
    kind = EVENTS.get(verdict, "appraise")
    changes.touch(ctx, record, kind, verdict=verdict, until=until or "", **facts)


def manual_until(ctx: Context, record: Record) -> str | None:
    """Return the manual date that still keeps a record; None where none does."""
    last = record.appraisals[-1] if record.appraisals else None
    if last is None:
        return None
    if last.verdict == PERMANENT:
        return FOR_EVER
    return last.until if last.until and day_of(last.until) > ctx.today() else None


def _require_later(record: Record, verdict: str, until: str | None) -> None:
    last = record.appraisals[-1] if record.appraisals else None
    if last is None or verdict == PERMANENT:
        return
    if last.verdict == PERMANENT or (last.until and (until or "") < last.until):
        what = f"until {last.until}" if last.until else "permanently"
        raise Conflict(
            f"record {record.id} is kept {what} by hand; to let it go earlier, one "
            "person proposes it and another confirms: recordsvc retention shorten"
        )
