"""Read a line of JSON (RFC 8259) as strictly as a decision needs it.

What two readers could take for different things is refused: names that stand twice in
an object, ``NaN``, bytes that are not UTF-8.
"""

import json
import math
from typing import Final

from retention.errors import CaseError

__all__ = ["MAX_LINE", "Line", "read_line"]

MAX_LINE: Final = 16 * 1024 * 1024
"""Longest line that is read, in characters."""

_MAX_DIGITS = 4000
_MAX_CASE_DEPTH = 64


class _OutOfRange:
    """Stand for a number that neither a float nor a usual integer holds."""

    def __str__(self) -> str:
        return "a number out of range"


class _RepeatedError(ValueError):
    """Say that a name stands twice in an object."""


_OUT_OF_RANGE = _OutOfRange()


def _integer(digits: str) -> object:
    return int(digits) if len(digits) <= _MAX_DIGITS else _OUT_OF_RANGE


def _fraction(digits: str) -> object:
    number = float(digits)
    return number if math.isfinite(number) else _OUT_OF_RANGE


def _constant(name: str) -> object:
    raise ValueError(f"{name} is no number of JSON")


def _unique(members: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(members)
    if len(found) != len(members):
        raise _RepeatedError
    return found


_STRICT = json.JSONDecoder(
    object_pairs_hook=_unique,
    parse_int=_integer,
    parse_float=_fraction,
    parse_constant=_constant,
)
_LAX = json.JSONDecoder(
    parse_int=_integer, parse_float=_fraction, parse_constant=_constant
)


class Line:
    """Hold what was read of a line: its members, its name, and its fault if any.

    Parameters
    ----------
    members
        The members of the object; empty where the line is none.
    name
        The value of ``case``, to be given back as it came.
    fault
        Why the line cannot be judged, or None.
    """

    __slots__ = ("fault", "members", "name")

    def __init__(
        self,
        members: dict[str, object],
        *,
        name: object = None,
        fault: str | None = None,
    ) -> None:
        self.members = members
        self.name = name
        self.fault = fault


def read_line(text: str) -> Line:
    """Return what a line holds; it never raises.

    Parameters
    ----------
    text
        The line without its end. Bytes that were not UTF-8 stand in it as lone
        surrogates.

    Examples
    --------
    >>> read_line('{"case": 7}').name
    7
    >>> read_line('{"case": 7, "on": 1, "on": 2}').fault
    'a name stands twice in an object of the line; it must stand once'
    """
    try:
        value, is_repeated = _decoded(text)
    except CaseError as error:
        return Line({}, fault=error.reason)
    if not isinstance(value, dict):
        return Line({}, fault="the line is no JSON object")
    name = value.get("case")
    if not _can_be_echoed(name, _MAX_CASE_DEPTH):
        return Line({}, fault="case holds a number out of range, or is nested too deep")
    fault = None
    if is_repeated:
        # Which of the two counts is for nobody to guess: one may hide a hold.
        fault = "a name stands twice in an object of the line; it must stand once"
    elif not _is_unicode(text):
        fault = "the line is not UTF-8"
    return Line(value, name=name, fault=fault)


def _decoded(text: str) -> tuple[object, bool]:
    if len(text) > MAX_LINE:
        raise CaseError(f"the line is longer than {MAX_LINE} characters")
    try:
        try:
            return _STRICT.decode(text), False
        except _RepeatedError:
            return _LAX.decode(text), True
    except RecursionError:
        raise CaseError("the line is nested too deep") from None
    except json.JSONDecodeError as error:
        place = f"{error.msg}, at column {error.colno}"
        raise CaseError(f"the line is no JSON: {place}") from None
    except ValueError as error:
        raise CaseError(f"the line is no JSON: {error}") from None


def _can_be_echoed(value: object, depth: int) -> bool:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return depth > 0 and all(_can_be_echoed(part, depth - 1) for part in value)
    return value is not _OUT_OF_RANGE


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
