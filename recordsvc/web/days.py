"""Days in addresses."""

from datetime import date

from recordsvc.services.errors import InvalidRequest


def day_of(text: str | None) -> date | None:
    """Return a day given as ``YYYY-MM-DD``; None for none.

    Raises
    ------
    InvalidRequest
        If it is anything else.
    """
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidRequest(f"{text!r} is no day; write YYYY-MM-DD") from None
