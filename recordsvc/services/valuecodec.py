"""Plain values of the model as JSON values, and back without trust."""

import dataclasses
import datetime as dt
import types
import typing
from functools import cache
from typing import Any


class MalformedValue(ValueError):
    """A JSON value is not what the model keeps in that place."""


def encode(value: Any) -> Any:
    """Return a value of the model as JSON can hold it.

    Notes
    -----
    Tuples become lists, instants and days ISO 8601 texts, dataclasses objects
    with every field: a field added later is carried without a change here.
    """
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            f.name: encode(getattr(value, f.name)) for f in dataclasses.fields(value)
        }
    if isinstance(value, tuple | list):
        return [encode(item) for item in value]
    if isinstance(value, dt.datetime | dt.date):
        return value.isoformat()
    return str(value) if isinstance(value, str) else value


@cache
def fields_of(cls: type) -> dict[str, Any]:
    """Return the annotated fields of a class with their types."""
    return typing.get_type_hints(cls)


def decode(kind: Any, value: Any, where: str) -> Any:
    """Return what a JSON value stands for.

    Parameters
    ----------
    kind
        The type of the model: a plain class, an optional, a tuple or a dataclass.
    where
        The place of the value, for the message.

    Raises
    ------
    MalformedValue
        If it is of another shape; nothing is converted by guess.
    """
    if isinstance(kind, types.UnionType) or typing.get_origin(kind) is typing.Union:
        return _decode_optional(kind, value, where)
    if typing.get_origin(kind) is tuple:
        return _decode_tuple(typing.get_args(kind), value, where)
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        return _decode_object(kind, value, where)
    if kind in {dt.date, dt.datetime}:
        return _decode_time(kind, value, where)
    if kind is float and type(value) is int:
        return float(value)
    if type(value) is not kind:
        raise MalformedValue(f"{where} is not of the kind {kind.__name__}")
    return value


def _decode_optional(kind: Any, value: Any, where: str) -> Any:
    if value is None:
        return None
    inner = [k for k in typing.get_args(kind) if k is not type(None)]
    return decode(inner[0], value, where)


def _decode_tuple(kinds: tuple[Any, ...], value: Any, where: str) -> tuple[Any, ...]:
    if not isinstance(value, list):
        raise MalformedValue(f"{where} is no list")
    if len(kinds) == 2 and kinds[1] is Ellipsis:  # noqa: PLR2004 - tuple[X, ...]
        return tuple(
            decode(kinds[0], item, f"{where}[{number}]")
            for number, item in enumerate(value)
        )
    if len(value) != len(kinds):
        raise MalformedValue(f"{where} has not {len(kinds)} parts")
    return tuple(
        decode(kind, item, where) for kind, item in zip(kinds, value, strict=True)
    )


def _decode_object(kind: type, value: Any, where: str) -> Any:
    if not isinstance(value, dict):
        raise MalformedValue(f"{where} is no object")
    hints = fields_of(kind)
    unknown = set(value) - set(hints)
    if unknown:
        raise MalformedValue(f"{where} has a field {min(unknown)!r} not known here")
    known = {
        name: decode(hints[name], item, f"{where}.{name}")
        for name, item in value.items()
    }
    try:
        return kind(**known)
    except TypeError:
        raise MalformedValue(f"{where} lacks a field") from None


def _decode_time(kind: type, value: Any, where: str) -> Any:
    try:
        found = kind.fromisoformat(value)  # type: ignore[attr-defined]
    except (TypeError, ValueError):
        raise MalformedValue(f"{where} is no {kind.__name__} of ISO 8601") from None
    if kind is dt.datetime and found.tzinfo is None:
        raise MalformedValue(f"{where} is an instant without a zone")
    return found
