"""The facts of each kind of step of a trace, as plain values of JSON."""

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from retention.errors import MalformedError
from retention.sentences import BECAUSE, REFUSED

__all__ = ["SHAPES", "require_shape"]

_MAX_DIGITS: Final = 4000
_TOO_MUCH: Final = 10**_MAX_DIGITS


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_text_or_none(value: object) -> bool:
    return value is None or isinstance(value, str)


def _is_number(value: object) -> bool:
    return (
        isinstance(value, int)
        and not isinstance(value, bool)
        and abs(value) < _TOO_MUCH
    )


def _is_flag(value: object) -> bool:
    return isinstance(value, bool)


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(part, str) for part in value)


def _is_reason(value: object) -> bool:
    return isinstance(value, str) and value in BECAUSE


def _is_refusal(value: object) -> bool:
    return isinstance(value, str) and value in REFUSED


class _Kind(NamedTuple):
    is_right: Callable[[object], bool]
    wanted: str


_TEXT: Final = _Kind(_is_text, "a text")
_TEXT_OR_NONE: Final = _Kind(_is_text_or_none, "a text or null")
_NUMBER: Final = _Kind(_is_number, f"a whole number of at most {_MAX_DIGITS} digits")
_FLAG: Final = _Kind(_is_flag, "true or false")
_TEXTS: Final = _Kind(_is_texts, "a list of texts")
_REASON: Final = _Kind(_is_reason, f"one of {', '.join(BECAUSE)}")
_REFUSAL: Final = _Kind(_is_refusal, f"one of {', '.join(REFUSED)}")

_RULE: Final = {
    "triggers": _TEXTS,
    "combine": _TEXT,
    "rounding": _TEXT,
    "period": _TEXT_OR_NONE,
}

SHAPES: Final[dict[str, dict[str, _Kind]]] = {
    "stage": {
        "schedule": _TEXT,
        "stage": _NUMBER,
        "stages": _NUMBER,
        "action": _TEXT,
        "cooling_days": _NUMBER,
        **_RULE,
    },
    "finished": {"schedule": _TEXT, "stages": _NUMBER},
    "closure": {"closure": _TEXT, **_RULE},
    "executed": {"of": _TEXT, "stage": _NUMBER, "date": _TEXT},
    "trigger": {
        "of": _TEXT,
        "trigger": _TEXT,
        "date": _TEXT_OR_NONE,
        "provisional": _FLAG,
        "text": _TEXT_OR_NONE,
    },
    "waiting": {
        "of": _TEXT,
        "clock": _TEXT,
        "combine": _TEXT,
        "missing": _TEXTS,
    },
    "combine": {"of": _TEXT, "combine": _TEXT, "date": _TEXT},
    "endless": {
        "of": _TEXT,
        "clock": _TEXT,
        "rounding": _TEXT,
        "date": _TEXT,
    },
    "rounding": {
        "of": _TEXT,
        "rounding": _TEXT,
        "fiscal_year_start": _TEXT_OR_NONE,
        "date": _TEXT,
        "provisional": _FLAG,
    },
    "period": {"of": _TEXT, "period": _TEXT, "date": _TEXT},
    "lost": {
        "schedule": _TEXT,
        "due_on": _TEXT_OR_NONE,
        "action": _TEXT,
        "winner": _TEXT,
        "winner_due_on": _TEXT_OR_NONE,
        "winner_action": _TEXT,
        "because": _REASON,
    },
    "kept": {
        "until": _TEXT,
        "schedule_due_on": _TEXT_OR_NONE,
        "due_on": _TEXT_OR_NONE,
    },
    "provisional": {"schedules": _TEXTS},
    "state": {
        "state": _TEXT,
        "on": _TEXT,
        "winner": _TEXT,
        "due_on": _TEXT_OR_NONE,
        "provisional": _FLAG,
        "earliest_execution": _TEXT_OR_NONE,
    },
    "coverage": {"on": _TEXT},
    "far": {"schedule": _TEXT, "date": _TEXT, "on": _TEXT},
    "maximum": {"maximum": _TEXT, **_RULE},
    "limit": {
        "maximum": _TEXT,
        "until": _TEXT_OR_NONE,
        "provisional": _FLAG,
        "has_passed": _FLAG,
    },
    "refused": {
        "maximum": _TEXT,
        "until": _TEXT,
        "provisional": _FLAG,
        "because": _REFUSAL,
        "winner": _TEXT_OR_NONE,
        "due_on": _TEXT_OR_NONE,
    },
    "unread": {"maximum": _TEXT, "fault": _TEXT},
    "held": {"hold": _TEXT, "from": _TEXT_OR_NONE, "to": _TEXT_OR_NONE},
    "access": {
        "state": _TEXT,
        "on": _TEXT,
        "expected_on": _TEXT_OR_NONE,
        "provisional": _FLAG,
    },
}
"""The facts of each kind of step, and what each of them must be.

``of`` is the code of the schedule, closure rule or maximum whose clock is read.
"""


def require_shape(step: object, facts: object) -> None:
    """Refuse a step that is of no known kind, or has not the facts of its kind.

    Raises
    ------
    MalformedError
        If it is so; the message says what is wanted.
    """
    shape = SHAPES.get(step) if isinstance(step, str) else None
    if shape is None:
        wanted = f"one of {', '.join(SHAPES)}"
        raise MalformedError("step of a trace", step, wanted)
    if not isinstance(facts, Mapping) or facts.keys() != shape.keys():
        wanted = f"an object with {', '.join(shape)}"
        raise MalformedError(f"facts of a step {step}", facts, wanted)
    for name, kind in shape.items():
        if not kind.is_right(facts[name]):
            raise MalformedError(f"{name} of a step {step}", facts[name], kind.wanted)
