"""Classes between the model, the library's entries and the texts that people give."""

from collections.abc import Collection, Mapping, Sequence

from recordsvc.model import Archive, ClassNode
from recordsvc.services.context import Context
from recordsvc.services.days import MAX_VALUE_CHARS, require_text
from recordsvc.services.errors import InvalidRequest
from recordsvc.services.retention import standing
from retention.dates import bare_day
from retention.entries import CLASS, LISTS, class_from
from retention.periods import Period
from retention.references import check_members, check_parents, check_reference
from retention.schedule import ClassEntry, Owner, ScheduleFile, Survivor
from retention.tables import Report, Table
from retention.tomllines import Path

FIELDS: tuple[str, ...] = CLASS
# What decides of the records of a class and of those below it.
TERMS = frozenset({"parent", "schedule", "closure", "maximum", "owner", "vital_review"})
# The values that name a rule of the schedule file.
RULES = ("schedule", "closure", "maximum")


def entry_of(node: ClassNode) -> ClassEntry:
    """Return a class as the library has it."""
    return ClassEntry(
        code=node.code,
        title=node.title,
        parent=node.parent,
        schedule=node.schedule,
        scope=node.scope or None,
        closure=node.closure,
        maximum=node.maximum,
        owner=Owner(node.owner),
        valid_from=node.valid_from,
        valid_to=node.valid_to,
        vital_review=Period.parse(node.vital_review) if node.vital_review else None,
        survives_destruction=tuple(map(Survivor, node.survives_destruction)),
    )


def entries_of(root: Archive) -> tuple[ClassEntry, ...]:
    """Return every class as the library has it, in the order of the codes."""
    return tuple(entry_of(node) for node in root.classes.values())


def value_of(entry: ClassEntry, name: str) -> str:
    """Return a value of a class as the text that people would write."""
    value = getattr(entry, name)
    if name in LISTS:
        return " ".join(value)
    return "" if value is None else str(value)


def checked_entry(values: Mapping[str, str]) -> ClassEntry:
    """Return the class that texts describe; an empty text is no value.

    Raises
    ------
    InvalidRequest
        Naming every error.
    """
    for name, value in values.items():
        require_text(name, value, MAX_VALUE_CHARS)
    report = Report({})
    said = {
        name: value.split() if name in LISTS else value
        for name, value in values.items()
        if value
    }
    entry = class_from(Table(report, (), said, CLASS), report, day=bare_day)
    refuse(report)
    return entry


def file_in_force(ctx: Context) -> ScheduleFile | None:
    """Return the schedule file in force today."""
    version = standing.current_version(ctx.root, ctx.today())
    return standing.schedule_file(version.source) if version is not None else None


def codes_in_force(ctx: Context) -> dict[str, Collection[str]]:
    """Return the codes of the rules in force, by the key of a class that names them."""
    file = file_in_force(ctx)
    if file is None:
        return dict.fromkeys(RULES, ())
    return {
        "schedule": [s.code for s in file.schedules],
        "closure": [c.code for c in file.closures],
        "maximum": [m.code for m in file.maximums],
    }


def require_references(ctx: Context, entries: Sequence[ClassEntry]) -> None:
    """Refuse classes that name a rule which is not in force.

    Raises
    ------
    InvalidRequest
        Naming every error.
    """
    report = Report({})
    known = codes_in_force(ctx)
    for entry in entries:
        for key, codes in known.items():
            check_reference(
                report, (key,), getattr(entry, key), codes, where="in force"
            )
    refuse(report)


def require_tree(entries: Sequence[ClassEntry]) -> None:
    """Refuse a file plan whose classes do not stand together.

    Raises
    ------
    InvalidRequest
        Naming every error.
    """
    report = Report({})
    codes = {entry.code for entry in entries}
    placed: list[tuple[Path, ClassEntry]] = [((e.code,), e) for e in entries]
    for path, entry in placed:
        at = (*path, "parent")
        check_reference(report, at, entry.parent, codes, where="in the file plan")
    check_parents(report, placed)
    check_members(report, placed)
    refuse(report)


def refuse(report: Report) -> None:
    """Refuse what a report has errors of.

    Raises
    ------
    InvalidRequest
        Naming every error.
    """
    if report.errors:
        raise InvalidRequest("; ".join(text for _, text in report.errors))
