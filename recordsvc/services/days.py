"""Days and texts that people enter: checked at the door of every use case."""

import re
from datetime import date

from recordsvc.services.errors import InvalidRequest

_KIND = re.compile(r"[\w.:-]{1,64}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")


def day_of(text: str) -> date:
    """Return a day given as ``YYYY-MM-DD``.

    Raises
    ------
    InvalidRequest
        If it is written in another way, or there is no such day.

    Examples
    --------
    >>> day_of("2024-02-29")
    datetime.date(2024, 2, 29)
    """
    if not _DAY.match(text):
        raise InvalidRequest(f"{text!r} is no day; write YYYY-MM-DD")
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidRequest(f"there is no day {text}") from None


def require_date_kind(name: str) -> None:
    """Refuse a kind of date that is no word: events name it, and are never cleaned.

    Parameters
    ----------
    name
        ``date.KIND``.

    Raises
    ------
    InvalidRequest
        Saying what a kind may be.
    """
    if _KIND.fullmatch(name.removeprefix("date.")) is None:
        raise InvalidRequest(
            f"{name!r} is no kind of date; write date.KIND, the kind a word of at "
            "most 64 letters, digits and hyphens"
        )


def require_text(name: str, value: str) -> None:
    """Refuse what is no text: bytes that were not UTF-8, and control characters.

    Raises
    ------
    InvalidRequest
        Naming the field.
    """
    if any(c < " " and c not in "\t\n\r" for c in value) or any(
        "\ud800" <= c <= "\udfff" for c in value
    ):
        raise InvalidRequest(f"{name} is no text; write it in UTF-8")
