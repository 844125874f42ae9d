"""Read the entries of a profile, saying where and why one is wrong."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from ingest.errors import ProfileError
from ingest.templates import FILTERS, names_in

__all__ = ["FACTS", "Entry"]

# What a template may name beside the groups of its pattern.
FACTS = frozenset({"absolute", "chamber", "session", "text", "year"})


class Entry:
    """Read typed parts of one table of a profile.

    Parameters
    ----------
    file
        The name of the profile's file.
    where
        The entry, as errors name it.
    table
        What TOML gave.
    """

    def __init__(self, file: str, where: str, table: Mapping[str, Any]) -> None:
        self.file, self.where, self.table = file, where, table

    def wrong(self, what: str) -> ProfileError:
        """Return the error that says what is wrong with this entry."""
        return ProfileError(self.file, self.where, what)

    def only(self, known: frozenset[str]) -> None:
        """Refuse names that are not known."""
        for name in self.table:
            if name not in known:
                raise self.wrong(f"{name} is not known; it may have {sorted(known)}")

    def text(self, name: str, default: str | None = None) -> str:
        """Return a text; without `default` it must be there."""
        value = self.table.get(name, default)
        if not isinstance(value, str) or (default is None and not value):
            raise self.wrong(f"{name} must be a text")
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        """Return a list of texts; empty where there is none."""
        value = self.table.get(name, [])
        if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
            raise self.wrong(f"{name} must be a list of texts")
        return tuple(value)

    def flag(self, name: str) -> bool:
        """Return true or false; false where it is not said."""
        value = self.table.get(name, False)
        if not isinstance(value, bool):
            raise self.wrong(f"{name} must be true or false")
        return value

    def count(self, name: str, default: int) -> int:
        """Return a whole number from 1."""
        value = self.table.get(name, default)
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise self.wrong(f"{name} must be a whole number from 1")
        return value

    def weights(self, name: str) -> Mapping[str, int]:
        """Return phrases with their weights."""
        table = self.table.get(name, {})
        if not isinstance(table, dict) or not all(
            isinstance(v, int) and v > 0 for v in table.values()
        ):
            raise self.wrong(f"{name} must give each phrase a weight from 1")
        return MappingProxyType({str(k): int(v) for k, v in table.items()})

    def entries(
        self, name: str, key: str, known: frozenset[str] | None = None
    ) -> list[Entry]:
        """Return the tables written as ``[[name]]``; `key` names each in errors."""
        value = self.table.get(name, [])
        if not isinstance(value, list) or not all(isinstance(v, dict) for v in value):
            raise self.wrong(f"{name} must be written as [[{name}]]")
        found = [
            Entry(self.file, f"{name} {v.get(key, number)}", v)
            for number, v in enumerate(value, 1)
        ]
        for entry in found if known is not None else ():
            entry.only((known or frozenset()) | {key})
        return found

    def pattern(self, name: str) -> re.Pattern[str]:
        """Return a compiled pattern."""
        try:
            return re.compile(self.text(name))
        except re.error as fault:
            raise self.wrong(f"{name} is no pattern: {fault}") from None

    def check_template(self, template: str, pattern: re.Pattern[str]) -> None:
        """Refuse a template that names what its pattern does not find."""
        known = set(pattern.groupindex) | FACTS
        for name, filter_name in names_in(template):
            if name not in known:
                raise self.wrong(f"the template {template!r} names {name}, not found")
            if filter_name is not None and filter_name not in FILTERS:
                raise self.wrong(f"there is no filter {filter_name}")
