"""Read the tables of a schedule file, gathering every error with its line."""

import difflib
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from typing import Final, TypeVar

from retention.errors import CaseError, MalformedError, RetentionError, shown
from retention.fields import cooling_from, trigger_from
from retention.periods import Period
from retention.schedule import Trigger
from retention.tomllines import Path, line_of

__all__ = [
    "MAX_STOPS",
    "Report",
    "Table",
    "cooling_of_file",
    "cycle_of_file",
    "day_of_file",
    "flag_of_file",
    "line_text",
    "long_text",
    "period_of_file",
    "trigger_of_file",
    "version_number",
]

MAX_STOPS: Final = 200
"""Full stops on a line of the file from which it is refused."""

_MAX_LINE_TEXT: Final = 500
_MAX_HINTS: Final = 50
_MAX_VERSION: Final = 2**31 - 1
_MAX_COOLING_DAYS: Final = 36500

_Value = TypeVar("_Value")


class Report:
    """Gather errors with their lines.

    Parameters
    ----------
    lines
        The line of every path of the document.
    """

    def __init__(self, lines: dict[Path, int]) -> None:
        self._lines = lines
        self._errors: list[tuple[int, str]] = []
        self._hints = 0

    def add(self, path: Path, text: str) -> None:
        """Add an error of what stands, or is missing, at a path."""
        self._errors.append((self.line(path), text))

    def line(self, path: Path) -> int:
        """Return the line of a path."""
        return line_of(self._lines, path)

    def nearest(self, word: str, known: Iterable[str]) -> str:
        """Return a hint at the known word that is most like one, or nothing.

        Only the first errors get one: each costs a look at every word.
        """
        self._hints += 1
        if self._hints > _MAX_HINTS:
            return ""
        near = difflib.get_close_matches(word, known, n=1)
        return f"; the nearest is {near[0]}" if near else ""

    @property
    def errors(self) -> tuple[tuple[int, str], ...]:
        """Return the errors in order of lines."""
        return tuple(sorted(self._errors))


class Table:
    """Read one table of a schedule file.

    Parameters
    ----------
    report
        Where errors go.
    path
        Where the table stands.
    found
        What was found there, a table or not.
    keys
        The keys it may have; any other is an error.
    """

    def __init__(
        self, report: Report, path: Path, found: object, keys: tuple[str, ...]
    ) -> None:
        self.path = path
        self._report = report
        self._found: dict[str, object] = found if isinstance(found, dict) else {}
        if not isinstance(found, dict):
            report.add(path, str(MalformedError(self._name, found, "a table")))
        known = f"; it may have {', '.join(keys)}"
        for key in self._found:
            if key not in keys:
                hint = report.nearest(key[:_MAX_LINE_TEXT], keys)
                report.add(
                    (*path, key),
                    f"{self._name} has no key {shown(key)}{hint or known}",
                )

    @property
    def _name(self) -> str:
        names = [str(part) for part in self.path if isinstance(part, str)]
        return ".".join(names) or "the file"

    def require(
        self, key: str, parse: Callable[[object, str], _Value], *, fallback: _Value
    ) -> _Value:
        """Return the value of a key that must be there.

        Parameters
        ----------
        key
            The key.
        parse
            Takes the raw value and its name; raises a RetentionError if it is bad.
        fallback
            What stands for a missing or bad value until the file is refused.
        """
        self.expect(key)
        return self.read(key, parse, default=fallback)

    def read(
        self, key: str, parse: Callable[[object, str], _Value], *, default: _Value
    ) -> _Value:
        """Return the value of a key, or a default where it is missing or bad.

        Parameters
        ----------
        key
            The key.
        parse
            Takes the raw value and its name; raises a RetentionError if it is bad.
        default
            The value of a missing key.
        """
        if key not in self._found:
            return default
        try:
            return parse(self._found[key], key)
        except RetentionError as error:
            self._report.add((*self.path, key), str(error))
            return default

    def entries(
        self, key: str, parse: Callable[[object, str], _Value], *, may_be_empty: bool
    ) -> tuple[_Value, ...]:
        """Return the entries of a list, or the one value that stands for a list.

        Parameters
        ----------
        key
            The key; where it is missing there are no entries.
        parse
            Takes a raw entry and its name; raises a RetentionError if it is bad.
        may_be_empty
            Whether a list may have no entries.
        """
        path = (*self.path, key)
        value = self._found.get(key, [])
        if not isinstance(value, list):
            value, paths = [value], [path]
        else:
            paths = [(*path, place) for place in range(len(value))]
        if key in self._found and not value and not may_be_empty:
            self._report.add(path, f"{key} is an empty list")
        found: dict[_Value, None] = {}
        for entry, where in zip(value, paths, strict=True):
            try:
                read = parse(entry, key)
            except RetentionError as error:
                self._report.add(where, str(error))
                continue
            if read in found:
                self._report.add(where, f"{key} has {shown(entry)} twice")
            found[read] = None
        return tuple(found)

    def expect(self, key: str) -> None:
        """Report a key that is missing."""
        if key not in self._found:
            self._report.add(self.path, f"{self._name} has no {key}")

    def has(self, key: str) -> bool:
        """Say whether a key is there, with a good value or a bad one."""
        return key in self._found

    def table(self, key: str, keys: tuple[str, ...]) -> "Table":
        """Return a table in this one; a missing one reads as empty."""
        found = self._found.get(key, {})
        return Table(self._report, (*self.path, key), found, keys)

    def tables(self, key: str, keys: tuple[str, ...]) -> Iterator["Table"]:
        """Yield the tables of a list of tables."""
        value = self._found.get(key, [])
        path = (*self.path, key)
        if not isinstance(value, list):
            name = ".".join(part for part in path if isinstance(part, str))
            self._report.add(path, f"{key} is no list of tables; write [[{name}]]")
            return
        for place, entry in enumerate(value):
            yield Table(self._report, (*path, place), entry, keys)


def line_text(value: object, what: str) -> str:
    """Return a text of one line, without white space at its ends."""
    if (
        isinstance(value, str)
        and value
        and value == value.strip()
        and value.isprintable()
        and len(value) <= _MAX_LINE_TEXT
    ):
        return value
    raise MalformedError(
        what,
        value,
        f"a text of one line, of at most {_MAX_LINE_TEXT} characters, "
        "without spaces at its ends",
    )


def long_text(value: object, what: str) -> str:
    """Return a text that may have several lines."""
    if isinstance(value, str) and value.strip() and value.count(".") < MAX_STOPS:
        return value
    raise MalformedError(
        what, value, f"a text that is not empty, with fewer than {MAX_STOPS} full stops"
    )


def version_number(value: object, what: str) -> int:
    """Return the number of a version, from 1."""
    if (
        isinstance(value, int)
        and not isinstance(value, bool)
        and 1 <= value <= _MAX_VERSION
    ):
        return value
    raise MalformedError(what, value, f"a whole number from 1 to {_MAX_VERSION}")


def day_of_file(value: object, what: str) -> date:
    """Return a day that stands in the file without quotes."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    raise MalformedError(what, value, "a day, YYYY-MM-DD, without quotes and time")


def flag_of_file(value: object, what: str) -> bool:
    """Return a true or false that stands in the file without quotes."""
    if isinstance(value, bool):
        return value
    raise MalformedError(what, value, "true or false, without quotes")


def period_of_file(value: object, what: str) -> Period:
    """Return a period that ends within the calendar."""
    period = Period.parse(value, what)
    try:
        period.after(date.min)
    except CaseError:
        raise MalformedError(what, value, "shorter than the calendar") from None
    return period


def cycle_of_file(value: object, what: str) -> Period:
    """Return a period after which something comes round again: longer than no time."""
    period = period_of_file(value, what)
    if period == Period():
        raise MalformedError(what, value, "longer than no time")
    return period


def cooling_of_file(value: object, what: str) -> int:
    """Return a number of cooling days of at most a hundred years."""
    days = cooling_from(value, what)
    if days > _MAX_COOLING_DAYS:
        raise MalformedError(what, value, f"at most {_MAX_COOLING_DAYS} days")
    return days


def trigger_of_file(value: object, what: str) -> Trigger:
    """Return a trigger, its name without spaces at the ends."""
    trigger = trigger_from(value, what)
    if trigger.name:
        line_text(trigger.name, f"the name in {what} {trigger.kind}")
    return trigger
