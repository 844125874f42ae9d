"""Members of a JSON object taken one by one, with every fault named by its place."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable
    from enum import StrEnum

_T = TypeVar("_T")
_E = TypeVar("_E", bound="StrEnum")

MAX_FAULTS = 100
"""After so many faults the rest is only counted."""

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}(?:\.[0-9]{1,6})?Z")
_SHA256 = re.compile(r"[0-9a-f]{64}")


class Faults:
    """Collect faults, each a sentence that begins with its place."""

    def __init__(self) -> None:
        self._found: list[str] = []
        self._more = 0

    def add(self, place: str, message: str) -> None:
        """Note a fault at a place such as ``packages[2].id``."""
        if len(self._found) < MAX_FAULTS:
            self._found.append(f"{place or 'the document'} {message}")
        else:
            self._more += 1

    def told(self) -> tuple[str, ...]:
        """Return every fault noted, the last one a count when there were too many."""
        tail = (f"and {self._more} more",) if self._more else ()
        return (*self._found, *tail)


class Fields:
    """Take the members of one object by name and kind.

    A member that is missing or of another kind is noted as a fault, and a value
    that means nothing stands in for it: whoever asks looks at the faults before the
    values are used. What was never asked for is a fault too (`done`).

    Parameters
    ----------
    value : object
        What should be an object.
    place : str
        Where it stands, empty for the document itself.
    """

    def __init__(self, value: object, place: str, faults: Faults) -> None:
        self._place = place
        self._faults = faults
        self._asked: set[str] = set()
        self._members: dict[str, object] = {}
        self._is_object = isinstance(value, dict)
        if isinstance(value, dict):
            self._members = value
        else:
            faults.add(place, "is no object")

    def has(self, name: str) -> bool:
        """Tell whether a member stands here, and does not hold null."""
        self._asked.add(name)
        return self._members.get(name) is not None

    def refuse(self, name: str, message: str) -> None:
        """Note a fault of a member, or of the object when the name is empty."""
        self._faults.add(self._at(name), message)

    def text(self, name: str) -> str:
        """Take a text that is not blank."""
        value = self._take(name)
        if isinstance(value, str) and value.strip():
            return value
        return self._fault(name, value, "is no text, or blank", "")

    def plain(self, name: str) -> str:
        """Take a text that may be empty."""
        value = self._take(name)
        if isinstance(value, str):
            return value
        return self._fault(name, value, "is no text", "")

    def sha256(self, name: str) -> str:
        """Take a SHA-256 digest in 64 lower-case hexadecimal digits."""
        value = self._take(name)
        if isinstance(value, str) and _SHA256.fullmatch(value):
            return value
        return self._fault(name, value, "is no SHA-256 in lower-case hexadecimal", "")

    def whole(self, name: str) -> int:
        """Take a whole number from 0."""
        value = self._take(name)
        if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
            return value
        return self._fault(name, value, "is no whole number from 0", 0)

    def flag(self, name: str) -> bool:
        """Take true or false."""
        value = self._take(name)
        if isinstance(value, bool):
            return value
        return self._fault(name, value, "is neither true nor false", nothing=False)

    def day(self, name: str) -> dt.date:
        """Take a day, YYYY-MM-DD."""
        value = self._take(name)
        if isinstance(value, str) and _DAY.fullmatch(value):
            try:
                return dt.date.fromisoformat(value)
            except ValueError:
                pass
        return self._fault(name, value, "is no day (YYYY-MM-DD)", dt.date.min)

    def instant(self, name: str) -> dt.datetime:
        """Take an instant in UTC, YYYY-MM-DDThh:mm:ssZ."""
        value = self._take(name)
        if isinstance(value, str) and _INSTANT.fullmatch(value):
            try:
                return dt.datetime.fromisoformat(value)
            except ValueError:
                pass
        nothing = dt.datetime.min.replace(tzinfo=dt.UTC)
        return self._fault(name, value, "is no instant (YYYY-MM-DDThh:mm:ssZ)", nothing)

    def choice(self, name: str, kind: type[_E]) -> _E:
        """Take one of the values of an enumeration."""
        value = self._take(name)
        words = [str(member) for member in kind]
        if isinstance(value, str) and value in words:
            return kind(value)
        message = "is none of " + ", ".join(words)
        return self._fault(name, value, message, next(iter(kind)))

    def maybe(self, name: str, take: Callable[[str], _T]) -> _T | None:
        """Take a member that may hold null, by another method of this object."""
        if name in self._members and self._members[name] is None:
            self._asked.add(name)
            return None
        return take(name)

    def one(self, name: str, build: Callable[[Fields], _T]) -> _T:
        """Take an object."""
        inner = Fields(self._take(name), self._at(name), self._faults)
        built = build(inner)
        inner.done()
        return built

    def many(self, name: str, build: Callable[[Fields], _T]) -> tuple[_T, ...]:
        """Take a list of objects."""
        found = []
        for number, value in enumerate(self._list(name)):
            inner = Fields(value, f"{self._at(name)}[{number}]", self._faults)
            found.append(build(inner))
            inner.done()
        return tuple(found)

    def texts(self, name: str) -> tuple[str, ...]:
        """Take a list of texts that are not blank."""
        found = []
        for number, value in enumerate(self._list(name)):
            if isinstance(value, str) and value.strip():
                found.append(value)
            else:
                self.refuse(f"{name}[{number}]", "is no text, or blank")
        return tuple(found)

    def done(self) -> None:
        """Note every member that was not asked for."""
        for name in sorted(self._members.keys() - self._asked):
            self._faults.add(self._at(name), "is not known here")

    def _at(self, name: str) -> str:
        return ".".join(part for part in (self._place, _shown(name)) if part)

    def _take(self, name: str) -> object:
        self._asked.add(name)
        return self._members.get(name)

    def _list(self, name: str) -> list[object]:
        value = self._take(name)
        if isinstance(value, list):
            return value
        return self._fault(name, value, "is no list", [])

    def _fault(self, name: str, value: object, message: str, nothing: _T) -> _T:
        # What is no object was named once; its members are not missing one by one.
        if self._is_object:
            is_missing = value is None and name not in self._members
            self.refuse(name, "is missing" if is_missing else message)
        return nothing


def _shown(name: str) -> str:
    """Write a name that a stranger chose, so that a terminal can show it."""
    return "".join(char if char.isprintable() else "?" for char in name[:80])
