"""The file plan as a table (CSV, RFC 4180), for those who work in a spreadsheet.

A bad table is refused whole, with every error and its line. What a spreadsheet would
take for a formula is written with an apostrophe before it, which reading takes away.
"""

import csv
import io
import re
from collections.abc import Collection, Iterable, Iterator
from typing import Final

from retention.dates import bare_day
from retention.entries import CLASS, LISTS, class_from
from retention.errors import ScheduleError, shown
from retention.references import (
    check_members,
    check_parents,
    check_reference,
    places_of,
)
from retention.schedule import ClassEntry
from retention.tables import Report, Table
from retention.tomllines import Path

__all__ = ["MAX_ROWS", "MAX_SOURCE", "dump_classes", "load_classes"]

MAX_SOURCE: Final = 2 * 1024 * 1024
"""Largest table that is read, in characters."""

MAX_ROWS: Final = 20_000
"""Most rows that are read: each may have several errors."""

_NEEDED: Final = ("code", "title")
_HALF = re.compile("[\ud800-\udfff]")
_FORMULA = re.compile(r"[\s']*[=+\-@＝＋－＠]")


def dump_classes(classes: Iterable[ClassEntry]) -> str:
    r"""Return classes as a table, the same for equal values.

    Parameters
    ----------
    classes
        The classes of a file plan.

    Examples
    --------
    >>> print(dump_classes([ClassEntry(code="BUS", title="=1+1")]).splitlines()[1])
    BUS,'=1+1,,,,,,house,,,,
    """
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(CLASS)
    for entry in classes:
        writer.writerow(_cell(getattr(entry, column)) for column in CLASS)
    return stream.getvalue()


def _cell(value: object) -> str:
    if isinstance(value, tuple):
        return " ".join(value)
    text = "" if value is None else str(value)
    return f"'{text}" if _FORMULA.match(text) else text


def load_classes(
    source: str,
    *,
    schedules: Collection[str],
    closures: Collection[str],
    maximums: Collection[str],
) -> tuple[ClassEntry, ...]:
    """Return the classes of a table.

    Parameters
    ----------
    source
        The text of the table: a row of column names in any order, then one row a
        class. Cells stand between commas, or between semicolons as spreadsheets write
        them where the comma is in numbers. An empty cell is none.
        Several words stand with spaces between them.
    schedules, closures, maximums
        The codes of the schedules, closure rules and maximums that classes may name.

    Raises
    ------
    ScheduleError
        If anything in it is wrong; it names every error with its line.
    """
    rows = _rows(source.removeprefix("\ufeff"))
    if not rows:
        raise ScheduleError(((1, "the table is empty"),))
    (first, columns), *entries = rows
    _check_columns(first, columns)
    lines: dict[Path, int] = {}
    for place, (line, _) in enumerate(entries):
        lines["class", place] = line
    report = Report(lines)
    classes = [
        (path, _class(report, path, columns, cells))
        for path, (_, cells) in zip(lines, entries, strict=True)
    ]
    places = places_of(report, "class", classes)
    for path, entry in classes:
        check_reference(report, (*path, "parent"), entry.parent, places)
        for key, known in (
            ("schedule", schedules),
            ("closure", closures),
            ("maximum", maximums),
        ):
            code, where = getattr(entry, key), "in the schedule file"
            check_reference(report, (*path, key), code, known, where=where)
    check_parents(report, classes)
    check_members(report, classes)
    if report.errors:
        raise ScheduleError(report.errors)
    return tuple(entry for _, entry in classes)


def _rows(source: str) -> list[tuple[int, list[str]]]:
    """Return the rows that are not empty, each with the line on which it begins."""
    if len(source) > MAX_SOURCE:
        raise ScheduleError(((1, f"it is longer than {MAX_SOURCE} characters"),))
    if _HALF.search(source) is not None:
        raise ScheduleError(((1, "it is no text: it has half a character"),))
    head = source.partition("\n")[0]
    delimiter = ";" if ";" in head and "," not in head else ","
    stream = io.StringIO(source, newline="")
    reader = csv.reader(stream, delimiter=delimiter, strict=True)
    rows: list[tuple[int, list[str]]] = []
    line = 1
    try:
        for cells in reader:
            if any(cells):
                rows.append((line, cells))
            if len(rows) > MAX_ROWS:
                raise ScheduleError(((line, f"it has more than {MAX_ROWS} rows"),))
            line = reader.line_num + 1
    except csv.Error as error:
        raise ScheduleError(((line, f"it is no CSV: {error}"),)) from None
    return rows


def _check_columns(line: int, columns: list[str]) -> None:
    path: Path = ("columns",)
    report = Report({path: line})
    for column in dict.fromkeys(columns):
        if column not in CLASS:
            hint = report.nearest(column, CLASS)
            known = f"; there may be {', '.join(CLASS)}"
            report.add(path, f"there is no column {shown(column)}{hint or known}")
        elif columns.count(column) > 1:
            report.add(path, f"the column {column} stands twice")
    for column in _NEEDED:
        if column not in columns:
            report.add(path, f"the column {column} is missing")
    if report.errors:
        raise ScheduleError(report.errors)


def _class(
    report: Report, path: Path, columns: list[str], cells: list[str]
) -> ClassEntry:
    if len(cells) != len(columns):
        report.add(
            path, f"the row has {len(cells)} cells; there are {len(columns)} columns"
        )
    found = dict(_filled(columns, cells))
    return class_from(Table(report, path, found, CLASS), report, day=bare_day)


def _filled(
    columns: list[str], cells: list[str]
) -> Iterator[tuple[str, str | list[str]]]:
    for column, cell in zip(columns, cells, strict=False):
        text = cell
        if cell.startswith("'") and _FORMULA.match(cell, 1):
            text = cell[1:]
        if text:
            yield column, text.split() if column in LISTS else text
