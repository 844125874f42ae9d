"""The fields of a stage, read from the plain values of JSON or TOML.

Both doors read them here, so that a schedule file and a case mean the same.
"""

import re
from datetime import date
from enum import StrEnum
from functools import lru_cache
from typing import TypeVar

from retention.dates import MAX_REMEMBERED, bare_day
from retention.errors import MalformedError
from retention.schedule import Trigger, TriggerKind

__all__ = [
    "choice",
    "cooling_from",
    "fiscal_start",
    "text_from",
    "trigger_from",
    "triggers_from",
]

_FISCAL = re.compile(r"[0-9]{2}-[0-9]{2}")
_ARGUMENT = {TriggerKind.EVENT: "NAME", TriggerKind.DATE: "FIELD"}
_SPELLINGS = ", ".join(
    f"{kind}:{_ARGUMENT.get(kind, 'YYYY-MM-DD')}"
    if kind in _ARGUMENT or kind is TriggerKind.FIXED
    else str(kind)
    for kind in TriggerKind
)

_Choice = TypeVar("_Choice", bound=StrEnum)


def choice(kind: type[_Choice], value: object, what: str) -> _Choice:
    """Return the member of an enumeration that a text names.

    Raises
    ------
    MalformedError
        If it names none; the message lists them.

    Examples
    --------
    >>> from retention.schedule import Action
    >>> choice(Action, "destroy", "action")
    <Action.DESTROY: 'destroy'>
    """
    if isinstance(value, str):
        found = kind.__members__.get(value.upper())
        if found is not None and found.value == value:
            return found
    raise MalformedError(what, value, f"one of {', '.join(kind)}")


def text_from(value: object, what: str) -> str:
    """Return a text that is not empty.

    Raises
    ------
    MalformedError
        If it is empty or no text.
    """
    if isinstance(value, str) and value:
        return value
    raise MalformedError(what, value, "a text that is not empty")


def cooling_from(value: object, what: str = "cooling_days") -> int:
    """Return a number of cooling days.

    Raises
    ------
    MalformedError
        If it is no whole number from 0. ``7.0``, ``true`` and ``"7"`` are none.
    """
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    raise MalformedError(what, value, "a whole number of days, 0 or more")


def fiscal_start(value: object, what: str = "fiscal_year_start") -> tuple[int, int]:
    """Return month and day of the start of fiscal years.

    Raises
    ------
    MalformedError
        If it is not ``MM-DD``, or 29 February, which most years lack.

    Examples
    --------
    >>> fiscal_start("04-01")
    (4, 1)
    """
    start = None
    if isinstance(value, str) and len(value) <= MAX_REMEMBERED:
        start = _fiscal_start(value)
    if start is None:
        raise MalformedError(what, value, "MM-DD, a day that every year has")
    return start


@lru_cache(maxsize=366)
def _fiscal_start(text: str) -> tuple[int, int] | None:
    if _FISCAL.fullmatch(text) is None:
        return None
    month, day = int(text[:2]), int(text[3:])
    try:
        # Any year that is no leap year: 02-29 is refused with the other bad days.
        date(2001, month, day)
    except ValueError:
        return None
    return month, day


def triggers_from(value: object, what: str = "trigger") -> tuple[Trigger, ...]:
    """Return the triggers of a stage: one text, or a list of texts.

    Raises
    ------
    MalformedError
        If one is unknown, or there is none.

    Examples
    --------
    >>> [str(t) for t in triggers_from(["event:answered", "closed"])]
    ['event:answered', 'closed']
    """
    texts = value if isinstance(value, (list, tuple)) else (value,)
    if not texts:
        raise MalformedError(what, value, "at least one trigger")
    return tuple(trigger_from(text, what) for text in texts)


def trigger_from(value: object, what: str = "trigger") -> Trigger:
    """Return the trigger of a text.

    Raises
    ------
    MalformedError
        If there is no such trigger.

    Examples
    --------
    >>> trigger_from("fixed:2030-01-01").day
    datetime.date(2030, 1, 1)
    """
    if not isinstance(value, str):
        raise MalformedError(what, value, f"one of {_SPELLINGS}")
    if len(value) > MAX_REMEMBERED:
        return _trigger.__wrapped__(value, what)
    return _trigger(value, what)


@lru_cache(maxsize=4096)
def _trigger(text: str, what: str) -> Trigger:
    kind, colon, argument = text.partition(":")
    if colon and argument:
        if kind in _ARGUMENT:
            return Trigger(kind=TriggerKind(kind), name=argument)
        if kind == TriggerKind.FIXED:
            day = bare_day(argument, f"the day of {what} fixed")
            return Trigger(kind=TriggerKind.FIXED, day=day)
    elif not colon and kind in set(TriggerKind) - {*_ARGUMENT, TriggerKind.FIXED}:
        return Trigger(kind=TriggerKind(kind))
    raise MalformedError(what, text, f"one of {_SPELLINGS}")
