"""Take a description out of the JSON of a worker, checked field by field.

The checks follow the types that the dataclasses state, so that a field added there
is checked here too.
"""

from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
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
    found = _reader(Description)(mapping, "description")
    if not isinstance(found, Description):
        raise AnswerError("description", "is missing")
    return found


# Takes a value and where it stands; returns it checked.
Reader = Callable[[object, str], object]


@cache
def _reader(kind: Any) -> Reader:
    """Return what checks values of a type: looked at once, used for every paper."""
    if get_origin(kind) is UnionType or NoneType in get_args(kind):
        return _optional(kind)
    if get_origin(kind) is tuple:
        return _tuple(get_args(kind))
    if is_dataclass(kind):
        return _object(kind)
    return _plain(kind)


def _plain(kind: Any) -> Reader:
    def read(value: object, where: str) -> object:
        if kind is float and type(value) is int:
            return float(value)
        # A truth value is an integer to Python, not to us.
        if type(value) is not kind:
            raise AnswerError(where, f"is no {kind.__name__}")
        if isinstance(value, str):
            if len(value) > _MAX_CHARS:
                raise AnswerError(where, f"is longer than {_MAX_CHARS} characters")
            return clean_text(value)
        return value

    return read


def _optional(kind: Any) -> Reader:
    (inner,) = (_reader(part) for part in get_args(kind) if part is not NoneType)

    def read(value: object, where: str) -> object:
        return None if value is None else inner(value, where)

    return read


def _tuple(kinds: tuple[Any, ...]) -> Reader:
    repeated = kinds[-1] is Ellipsis
    parts = [_reader(kind) for kind in kinds if kind is not Ellipsis]

    def read(value: object, where: str) -> object:
        if not isinstance(value, list) or len(value) > _MAX_PARTS:
            raise AnswerError(where, f"is no list of at most {_MAX_PARTS}")
        if repeated:
            each = parts[0]
            return tuple([each(part, where) for part in value])
        if len(value) != len(parts):
            raise AnswerError(where, f"has not {len(parts)} parts")
        return tuple(one(part, where) for one, part in zip(parts, value, strict=True))

    return read


def _object(kind: Any) -> Reader:
    hints = get_type_hints(kind)
    readers = {f.name: (_reader(hints[f.name]), f".{f.name}") for f in fields(kind)}
    needed = frozenset(f.name for f in fields(kind) if f.default is MISSING)

    def read(value: object, where: str) -> object:
        if not isinstance(value, Mapping):
            raise AnswerError(where, "is not an object")
        if not value.keys() <= readers.keys():
            raise AnswerError(where, "has a part of an unknown name")
        if not needed <= value.keys():
            raise AnswerError(where, "lacks a part")
        made = {}
        for name, part in value.items():
            one, suffix = readers[name]
            made[name] = one(part, where + suffix)
        return kind(**made)

    return read
