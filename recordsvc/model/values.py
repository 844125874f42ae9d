"""Plain values inside records: out of a pickle without detours."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any, TypeVar

T = TypeVar("T")


def stored(value: type[T]) -> type[T]:
    """Let a frozen, slotted dataclass be loaded fast; its stored form is the same.

    Notes
    -----
    The standard library looks the fields of the class up for every value that is
    loaded, which is half the time that a record takes; here that is done once.
    """
    puts = tuple(getattr(value, field.name).__set__ for field in fields(value))  # type: ignore[arg-type]

    def setstate(self: T, state: Sequence[Any]) -> None:
        for put, found in zip(puts, state, strict=False):
            put(self, found)

    value.__setstate__ = setstate  # type: ignore[attr-defined]
    return value
