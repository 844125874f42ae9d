"""The file plan as a file: the class part of a schedule file, or a table."""

from dataclasses import replace

from recordsvc.services.access import authorize
from recordsvc.services.classification.fileplan import adopt
from recordsvc.services.classification.fileplan_entries import (
    codes_in_force,
    entries_of,
    file_in_force,
    require_tree,
)
from recordsvc.services.context import Context
from recordsvc.services.errors import InvalidRequest, NotFound, NothingToDo
from recordsvc.services.retention import recalculating
from retention.errors import ScheduleError
from retention.fileplan_csv import dump_classes, load_classes
from retention.loader import dump, load
from retention.references import check_reference
from retention.schedule import ClassEntry
from retention.tables import Report
from retention.templates import template, template_names
from retention.tomllines import lines_of


def export_csv(ctx: Context) -> str:
    """Return every class as a table."""
    authorize(ctx, "retention.view")
    return str(dump_classes(entries_of(ctx.root)))


def export_toml(ctx: Context) -> str:
    """Return the schedule file in force with the classes as they stand today.

    Raises
    ------
    NotFound
        If no schedule is in force.
    """
    authorize(ctx, "retention.view")
    file = file_in_force(ctx)
    if file is None:
        raise NotFound("no schedule is in force; import one: recordsvc schedule import")
    return str(dump(replace(file, classes=entries_of(ctx.root))))


def import_csv(ctx: Context, source: str) -> tuple[str, ...]:
    """Take in the classes of a table; a bad one is refused whole.

    Returns
    -------
    tuple of str
        The codes of the classes that are new or changed.

    Raises
    ------
    InvalidRequest
        Naming every error with its line.
    NothingToDo
        If the file plan says all of it already.
    """
    authorize(ctx, "fileplan.change")
    known = codes_in_force(ctx)
    try:
        entries = load_classes(
            source,
            schedules=known["schedule"],
            closures=known["closure"],
            maximums=known["maximum"],
        )
    except ScheduleError as error:
        raise _refusal(error) from error
    return _take_in(ctx, entries)


def import_toml(ctx: Context, source: str) -> tuple[str, ...]:
    """Take in the class part of a schedule file; its schedules are not looked at.

    Returns
    -------
    tuple of str
        The codes of the classes that are new or changed.

    Raises
    ------
    InvalidRequest
        Naming every error with its line: of the file, and of rules that its classes
        name and that are not in force.
    NothingToDo
        If the file plan says all of it already.
    """
    authorize(ctx, "fileplan.change")
    try:
        entries = load(source).classes
        _require_in_force(ctx, source, entries)
    except ScheduleError as error:
        raise _refusal(error) from error
    return _take_in(ctx, entries)


def _require_in_force(
    ctx: Context, source: str, entries: tuple[ClassEntry, ...]
) -> None:
    report = Report(lines_of(source.removeprefix("\ufeff").replace("\r\n", "\n")))
    known = codes_in_force(ctx)
    for place, entry in enumerate(entries):
        for key, codes in known.items():
            path = ("class", place, key)
            check_reference(report, path, getattr(entry, key), codes, where="in force")
    if report.errors:
        raise ScheduleError(report.errors)


def _take_in(ctx: Context, entries: tuple[ClassEntry, ...]) -> tuple[str, ...]:
    others = {entry.code: entry for entry in entries_of(ctx.root)}
    require_tree(tuple((others | {e.code: e for e in entries}).values()))
    changed = adopt(ctx, entries)
    if not changed:
        raise NothingToDo("the file plan says all of this already")
    ctx.log("fileplan", "fileplan-imported", classes=str(len(changed)))
    recalculating.request(ctx)
    return changed


def _refusal(error: ScheduleError) -> InvalidRequest:
    lines = "\n".join(f"  line {line}: {text}" for line, text in error.errors)
    return InvalidRequest(f"the file plan was refused, nothing was changed:\n{lines}")


def template_of(name: str) -> str:
    """Return a schedule file to begin with; it must be edited and approved.

    Raises
    ------
    NotFound
        If there is none of that name.
    """
    if name not in template_names():
        known = ", ".join(template_names())
        raise NotFound(f"there is no template {name}; there is {known}")
    return str(template(name))
