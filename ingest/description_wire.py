"""Take a description out of the JSON of a worker, checked field by field.

The checks follow the types that the dataclasses state, so that a field added there
is checked here too.
"""

from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from functools import lru_cache
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

from ingest.describe import Description
from ingest.errors import AnswerError
from ingest.extraction import clean_text

__all__ = ["description_from"]

_MAX_CHARS = 20_000
_MAX_PARTS = 50_000


def description_from(mapping: object) -> Description:
    """Return the description that a worker sent, checked in every part.

    Parameters
    ----------
    mapping
        What the JSON of the worker held; nothing about it is believed.

    Raises
    ------
    AnswerError
        A part is missing, unknown, of the wrong type or too long.
    """
    found = _value(Description, mapping, "description")
    if not isinstance(found, Description):
        raise AnswerError("description", "is missing")
    return found


@lru_cache(maxsize=32)
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _value(kind: Any, value: object, where: str) -> object:
    if get_origin(kind) is UnionType or NoneType in get_args(kind):
        return _optional(kind, value, where)
    if get_origin(kind) is tuple:
        return _tuple(get_args(kind), value, where)
    if is_dataclass(kind):
        return _object(kind, value, where)
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    # A truth value is an integer to Python, not to us.
    if type(value) is not kind:
        raise AnswerError(where, f"is no {kind.__name__}")
    if isinstance(value, str):
        if len(value) > _MAX_CHARS:
            raise AnswerError(where, f"is longer than {_MAX_CHARS} characters")
        return clean_text(value)
    return value


def _optional(kind: Any, value: object, where: str) -> object:
    if value is None:
        return None
    (inner,) = (part for part in get_args(kind) if part is not NoneType)
    return _value(inner, value, where)


def _tuple(kinds: tuple[Any, ...], value: object, where: str) -> tuple[object, ...]:
    if not isinstance(value, list) or len(value) > _MAX_PARTS:
        raise AnswerError(where, f"is no list of at most {_MAX_PARTS}")
    repeated = kinds[-1] is Ellipsis
    if not repeated and len(value) != len(kinds):
        raise AnswerError(where, f"has not {len(kinds)} parts")
    each = [kinds[0]] * len(value) if repeated else kinds
    return tuple(
        _value(kind, part, where) for kind, part in zip(each, value, strict=True)
    )


def _object(kind: Any, value: object, where: str) -> object:
    if not isinstance(value, Mapping):
        raise AnswerError(where, "is not an object")
    known = {field.name: field for field in fields(kind)}
    if not value.keys() <= known.keys():
        raise AnswerError(where, "has a part of an unknown name")
    missing = known.keys() - value.keys()
    if any(known[name].default is MISSING for name in missing):
        raise AnswerError(where, "lacks a part")
    hints = _hints(kind)
    made = {
        name: _value(hints[name], part, f"{where}.{name}")
        for name, part in value.items()
    }
    return kind(**made)
