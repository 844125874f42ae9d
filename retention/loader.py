"""Load a schedule file; a bad one is refused whole, with every error and its line."""

import re
import tomllib
from typing import Any, Final

from retention.dump import dump
from retention.entries import (
    AUTHORITY,
    CLASS,
    CLOSURE,
    MAXIMUM,
    ROOT,
    SCHEDULE,
    authority_from,
    class_from,
    closure_from,
    maximum_from,
    schedule_from,
)
from retention.errors import ScheduleError
from retention.references import (
    check_members,
    check_parents,
    check_reference,
    check_supersession,
    places_of,
)
from retention.schedule import ScheduleFile
from retention.tables import MAX_STOPS, Report, Table
from retention.tomllines import Path, lines_of

__all__ = ["MAX_SOURCE", "dump", "load"]

MAX_SOURCE: Final = 2 * 1024 * 1024
"""Largest schedule file that is read, in characters."""

# The reader of the standard library takes time by the square of the parts of a key,
# and fails on numbers without measure.
_REFUSED = {
    re.compile(r"(?<![0-9_])[0-9_]{4000,}"): "it has a number of 4000 digits or more",
    re.compile(rf"^(?:[^.\n]*\.){{{MAX_STOPS}}}", re.MULTILINE): (
        f"it has a line with {MAX_STOPS} full stops or more"
    ),
    re.compile("[\ud800-\udfff]"): "it is no text: it has half a character",
}
_PLACE = re.compile(r" \(at (?:line (?P<line>\d+), column \d+|end of document)\)$")


def load(source: str) -> ScheduleFile:
    """Return a schedule file as values.

    Parameters
    ----------
    source
        The text of the file (TOML, INTERFACE section 4).

    Raises
    ------
    ScheduleError
        If anything in it is wrong; it names every error with its line.

    Examples
    --------
    >>> load("[[class]]")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    retention.errors.ScheduleError: line 1: authority has no effective_from; ...
    """
    document, lines = _read(source.removeprefix("\ufeff").replace("\r\n", "\n"))
    report = Report(lines)
    root = Table(report, (), document, ROOT)
    head = root.table("authority", AUTHORITY)
    authority = authority_from(head, report)
    has_fiscal = head.has("fiscal_year_start")
    classes = [(t.path, class_from(t, report)) for t in root.tables("class", CLASS)]
    closures = [
        (table.path, closure_from(table, report, has_fiscal=has_fiscal))
        for table in root.tables("closure", CLOSURE)
    ]
    maximums = [
        (table.path, maximum_from(table, report, has_fiscal=has_fiscal))
        for table in root.tables("maximum", MAXIMUM)
    ]
    schedules = [
        (table.path, schedule_from(table, report, has_fiscal=has_fiscal))
        for table in root.tables("schedule", SCHEDULE)
    ]
    places = {
        "parent": places_of(report, "class", classes),
        "closure": places_of(report, "closure", closures),
        "maximum": places_of(report, "maximum", maximums),
        "schedule": places_of(report, "schedule", schedules),
    }
    for path, entry in classes:
        for key, known in places.items():
            check_reference(report, (*path, key), getattr(entry, key), known)
    check_parents(report, classes)
    check_members(report, classes)
    check_supersession(report, schedules)
    if report.errors:
        raise ScheduleError(report.errors)
    return ScheduleFile(
        authority=authority,
        classes=tuple(entry for _, entry in classes),
        schedules=tuple(schedule for _, schedule in schedules),
        closures=tuple(rule for _, rule in closures),
        maximums=tuple(rule for _, rule in maximums),
    )


def _read(source: str) -> tuple[dict[str, Any], dict[Path, int]]:
    if len(source) > MAX_SOURCE:
        raise ScheduleError(((1, f"it is longer than {MAX_SOURCE} characters"),))
    for pattern, text in _REFUSED.items():
        found = pattern.search(source)
        if found is not None:
            raise ScheduleError(((source.count("\n", 0, found.start()) + 1, text),))
    try:
        return tomllib.loads(source), lines_of(source)
    except RecursionError:
        raise ScheduleError(((1, "it is nested too deep"),)) from None
    except tomllib.TOMLDecodeError as error:
        place = _PLACE.search(str(error))
        line = place["line"] if place is not None else None
        text = f"it is no TOML: {_PLACE.sub('', str(error))}"
        last = source.rstrip("\n").count("\n") + 1
        raise ScheduleError(((int(line) if line else last, text),)) from None
