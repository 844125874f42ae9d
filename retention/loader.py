"""Load a schedule file; a bad one is refused whole, with every error and its line."""

import re
import tomllib
from collections.abc import Sequence
from datetime import date
from functools import partial
from typing import Any, Final

from retention.dates import zone_of
from retention.dump import dump
from retention.errors import ScheduleError
from retention.fields import choice, fiscal_start
from retention.schedule import (
    Action,
    Authority,
    ClassEntry,
    Combine,
    Rounding,
    Schedule,
    ScheduleFile,
    Stage,
)
from retention.tables import (
    MAX_STOPS,
    Report,
    Table,
    cooling_of_file,
    day_of_file,
    line_text,
    long_text,
    period_of_file,
    trigger_of_file,
    version_number,
)
from retention.tomllines import Path, lines_of

__all__ = ["MAX_SOURCE", "dump", "load"]

MAX_SOURCE: Final = 2 * 1024 * 1024
"""Largest schedule file that is read, in characters."""

_ROOT = ("authority", "class", "schedule")
_AUTHORITY = (
    "title",
    "zone",
    "fiscal_year_start",
    "approved_by",
    "version",
    "effective_from",
)
_CLASS = ("code", "title", "parent", "schedule", "scope")
_SCHEDULE = ("code", "title", "citation", "stage")
_STAGE = ("trigger", "combine", "period", "rounding", "action", "cooling_days")
_FINAL = (Action.DESTROY, Action.PERMANENT)

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
    root = Table(report, (), document, _ROOT)
    head = root.table("authority", _AUTHORITY)
    authority = _authority(head)
    classes = [(t.path, _class(t)) for t in root.tables("class", _CLASS)]
    schedules = [
        (table.path, _schedule(table, report, has_fiscal=head.has("fiscal_year_start")))
        for table in root.tables("schedule", _SCHEDULE)
    ]
    class_paths = _places(report, "class", classes)
    schedule_paths = _places(report, "schedule", schedules)
    for path, entry in classes:
        _check_reference(report, (*path, "parent"), entry.parent, class_paths)
        _check_reference(report, (*path, "schedule"), entry.schedule, schedule_paths)
    _check_cycles(report, classes)
    if report.errors:
        raise ScheduleError(report.errors)
    return ScheduleFile(
        authority=authority,
        classes=tuple(entry for _, entry in classes),
        schedules=tuple(schedule for _, schedule in schedules),
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


def _authority(table: Table) -> Authority:
    return Authority(
        title=table.require("title", line_text, fallback=""),
        zone=table.require("zone", _zone, fallback=""),
        version=table.require("version", version_number, fallback=1),
        effective_from=table.require("effective_from", day_of_file, fallback=date.min),
        fiscal_year_start=table.read("fiscal_year_start", _fiscal, default=None),
        approved_by=table.entries("approved_by", line_text, may_be_empty=True),
    )


def _zone(value: object, what: str) -> str:
    return zone_of(line_text(value, what)).key


def _fiscal(value: object, what: str) -> str | None:
    month, day = fiscal_start(value, what)
    return f"{month:02}-{day:02}"


def _class(table: Table) -> ClassEntry:
    return ClassEntry(
        code=table.require("code", line_text, fallback=""),
        title=table.require("title", line_text, fallback=""),
        parent=table.read("parent", line_text, default=None),
        schedule=table.read("schedule", line_text, default=None),
        scope=table.read("scope", long_text, default=None),
    )


def _schedule(table: Table, report: Report, *, has_fiscal: bool) -> Schedule:
    stages: list[Stage] = []
    for number, found in enumerate(table.tables("stage", _STAGE)):
        stage = _stage(found, is_first=number == 0)
        if stage.rounding is Rounding.FISCAL and not has_fiscal:
            report.add(
                (*found.path, "rounding"),
                "rounding is fiscal, but authority has no fiscal_year_start",
            )
        if stages and stages[-1].action in _FINAL:
            report.add(
                found.path,
                f"stage {number} never begins: the one before it ends with "
                f"{stages[-1].action}",
            )
        stages.append(stage)
    if not stages:
        report.add(table.path, "schedule has no stage; write [[schedule.stage]]")
    return Schedule(
        code=table.require("code", line_text, fallback=""),
        title=table.require("title", line_text, fallback=""),
        citation=table.entries("citation", line_text, may_be_empty=True),
        stages=tuple(stages),
    )


def _stage(table: Table, *, is_first: bool) -> Stage:
    action = table.require("action", partial(choice, Action), fallback=Action.REVIEW)
    is_timed = action is not Action.PERMANENT
    if is_timed:
        table.expect("period")
    if is_timed and is_first:
        table.expect("trigger")
    return Stage(
        action=action,
        triggers=table.entries("trigger", trigger_of_file, may_be_empty=False),
        period=table.read("period", period_of_file, default=None),
        combine=table.read("combine", partial(choice, Combine), default=Combine.ALL),
        rounding=table.read(
            "rounding", partial(choice, Rounding), default=Rounding.NONE
        ),
        cooling_days=table.read("cooling_days", cooling_of_file, default=1),
    )


def _places(
    report: Report, kind: str, entries: Sequence[tuple[Path, ClassEntry | Schedule]]
) -> dict[str, Path]:
    places: dict[str, Path] = {}
    for path, entry in entries:
        if entry.code in places:
            first = report.line(places[entry.code])
            text = f"{kind} {entry.code} stands on line {first} already"
            report.add((*path, "code"), text)
        elif entry.code:
            places[entry.code] = path
    return places


def _check_reference(
    report: Report, path: Path, code: str | None, places: dict[str, Path]
) -> None:
    if code is None or code in places:
        return
    hint = report.nearest(code, places)
    report.add(path, f"{path[-1]} {code} is not in the file{hint}")


def _check_cycles(report: Report, classes: list[tuple[Path, ClassEntry]]) -> None:
    parents: dict[str, str | None] = {}
    for _, entry in classes:
        parents.setdefault(entry.code, entry.parent)
    cycles: dict[str, list[str]] = {}
    seen: set[str] = set()
    for start in parents:
        trail: list[str] = []
        code: str | None = start
        while code is not None and code in parents and code not in seen:
            seen.add(code)
            trail.append(code)
            code = parents[code]
        if code is not None and code in trail:
            loop = trail[trail.index(code) :]
            cycles.update(dict.fromkeys(loop, loop))
    for path, entry in classes:
        cycle = cycles.pop(entry.code, [])
        if cycle:
            way = " > ".join((*cycle, cycle[0]))
            report.add(
                (*path, "parent"), f"class {entry.code} is its own parent: {way}"
            )
