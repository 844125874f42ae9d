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

    A value that was stored before its last fields were thought of has their defaults,
    so a new field comes last and has one.
    """
    known = fields(value)  # type: ignore[arg-type]
    puts = tuple(getattr(value, field.name).__set__ for field in known)
    defaults = tuple(field.default for field in known)

    def setstate(self: T, state: Sequence[Any]) -> None:
        for put, found in zip(puts, state, strict=False):
            put(self, found)
        for put, default in zip(
            puts[len(state) :], defaults[len(state) :], strict=True
        ):
            put(self, default)

    value.__setstate__ = setstate  # type: ignore[attr-defined]
    return value
