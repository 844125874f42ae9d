"""Days of the calendar that people enter as a day or as an instant."""

from datetime import date

from recordsvc.services.context import Context
from recordsvc.services.days import require_text
from recordsvc.services.errors import InvalidRequest
from retention.dates import legal_day
from retention.errors import RetentionError


def legal_day_of(ctx: Context, what: str, text: str) -> date:
    """Return the legal day of ``YYYY-MM-DD`` or of an instant, in the House's zone.

    Parameters
    ----------
    what
        What the day is, for the message.

    Raises
    ------
    InvalidRequest
        If it is written in another way, or there is no such day.

    Notes
    -----
    Both forms are kept as they were given: the day of an instant is its day in the
    zone of the schedule in force (INTERFACE section 5, rule 1).
    """
    require_text(what, text)
    try:
        return legal_day(text, ctx.settings.zone, what)
    except RetentionError as error:
        raise InvalidRequest(str(error)) from None
