"""Evaluate one case given as a line of JSON: total, pure, one answer a line.

The line is read into a :class:`retention.decide.Case`; what it means is decided there,
as for the records of a store. Members that the rules do not name are ignored.
"""

from __future__ import annotations

import json
import math
from datetime import date
from typing import Final

from retention.case import Calendar, Case, Facts, Hold, Malformed, Obligation
from retention.dates import legal_day, zone_of
from retention.decide import decide
from retention.errors import CaseError, MalformedError, RetentionError
from retention.fields import choice, cooling_from, text_from, triggers_from
from retention.periods import Period
from retention.schedule import Action, Combine, Rounding, Stage

__all__ = ["MAX_LINE", "evaluate_line"]

MAX_LINE: Final = 16 * 1024 * 1024
"""Longest line that is read, in characters."""

_MAX_DIGITS = 4000
_MAX_CASE_DEPTH = 64


class _OutOfRange:
    """Stand for a number that no float or usual integer holds."""

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
    raise ValueError(f"{name} is no JSON")


def _unique(members: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(members)
    if len(found) != len(members):
        # Which of the two counts is for nobody to guess: one may hide a hold.
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


def evaluate_line(text: str) -> dict[str, object]:
    """Return the answer to one case; it never raises.

    Parameters
    ----------
    text
        One JSON object of INTERFACE section 5, without its line end.

    Returns
    -------
    dict
        The decision, or ``{"case", "state": "error", "error"}``, of plain JSON values.

    Examples
    --------
    >>> evaluate_line('{"case": "c1", "on": "2025-03-15"}')["error"]
    'zone is missing; it must be a text that is not empty'
    >>> evaluate_line("[]")["error"]
    'the line is no JSON object'
    """
    if len(text) > MAX_LINE:
        return _error(None, f"the line is longer than {MAX_LINE} characters")
    try:
        line = _object_of(text)
        name = _echoed(line.get("case"))
    except RetentionError as error:
        return _error(None, str(error))
    try:
        if not _is_unicode(text):
            raise CaseError("the line is not UTF-8")
        _refuse_repeated(text)
        return decide(_case(line, name)).as_mapping()
    except RetentionError as error:
        return _error(name, str(error))


def _error(name: object, why: str) -> dict[str, object]:
    return {"case": name, "state": "error", "error": why}
