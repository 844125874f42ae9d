"""Days and texts that people enter: checked at the door of every use case."""

import re
from datetime import date

from ingest.edtf import extended_date
from recordsvc.services.errors import InvalidRequest, TextTooLong

# What a person says of an act: a reason, mandate, citation, evidence, recipient.
MAX_WORDS_CHARS = 4_000
# A value of a description or of the file plan: a title, a scope, a note.
MAX_VALUE_CHARS = 10_000
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


def require_date(text: str) -> None:
    """Refuse what is no date: a day, or less or more than one as EDTF writes it.

    Raises
    ------
    InvalidRequest
        If it is neither ``YYYY-MM-DD`` nor a date of EDTF level 0 or 1 (ISO 8601-2).
    """
    if extended_date(text) is None:
        raise InvalidRequest(
            f"{text!r} is no date; write YYYY-MM-DD, or what is known of it as 1985, "
            "1985~, 201X or 2004-06/2006-08 (EDTF)"
        )


def last_day_of(text: str | None) -> str | None:
    """Return the day from which a clock may count on a date that is less than a day.

    Notes
    -----
    The last that it may be, so that nothing is due too early; None where it has no
    end. A day, or what is no date of EDTF, is returned as it stands.
    """
    found = extended_date(text) if text else None
    if found is None or found.is_day:
        return text
    return found.last.isoformat() if found.last is not None else None


def is_uncertain(text: str | None) -> bool:
    """Say whether a date is less or more than one certain day."""
    found = extended_date(text) if text else None
    return found is not None and not found.is_day


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


def require_text(name: str, value: str, most: int | None = MAX_WORDS_CHARS) -> None:
    """Refuse what is no text, or more of it than is kept.

    Parameters
    ----------
    most
        Characters; None where something else bounds the text.

    Raises
    ------
    InvalidRequest
        If it holds bytes that were not UTF-8, or control characters, naming the
        field.
    TextTooLong
        If it is longer than that, naming the field and the limit.
    """
    if most is not None and len(value) > most:
        raise TextTooLong(name, most, len(value))
    if any(c < " " and c not in "\t\n\r" for c in value) or any(
        "\ud800" <= c <= "\udfff" for c in value
    ):
        raise InvalidRequest(f"{name} is no text; write it in UTF-8")
