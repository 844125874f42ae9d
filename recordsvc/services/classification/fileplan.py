"""The file plan: classes made, changed, moved, merged, retired; nothing forgotten.

How a class stood before a change is kept in its history; a class that has records is
never deleted. Every change that moves a due date has the records computed anew.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta

from recordsvc.model import ClassNode, Record
from recordsvc.services.access import authorize
from recordsvc.services.classification import classes
from recordsvc.services.classification.fileplan_entries import (
    FIELDS,
    TERMS,
    checked_entry,
    entries_of,
    entry_of,
    require_references,
    require_tree,
    value_of,
)
from recordsvc.services.classification.filing import class_of
from recordsvc.services.context import Context
from recordsvc.services.errors import Conflict, InvalidRequest, NothingToDo
from recordsvc.services.retention import recalculating
from retention.schedule import ClassEntry

NAMED = 5
# What a class holds under a name, as the model keeps it.
Value = str | date | tuple[str, ...] | None


def add_class(ctx: Context, values: Mapping[str, str]) -> ClassNode:
    """Make a class; without a first day of its own it begins today.

    Parameters
    ----------
    values
        Texts of ``code``, ``title`` and any other column of the file plan.

    Raises
    ------
    InvalidRequest
        If a value is bad, or names what is not there.
    NothingToDo, Conflict
        If there is a class of that code, equal or different.
    """
    authorize(ctx, "fileplan.change")
    entry = checked_entry({"valid_from": ctx.today().isoformat(), **values})
    existing = ctx.root.classes.get(entry.code)
    if existing is not None:
        if entry_of(existing) == entry:
            raise NothingToDo(f"class {entry.code} is here already")
        raise Conflict(
            f"class {entry.code} is here with other values; see: recordsvc class edit"
        )
    _require_sound(ctx, [entry])
    return _adopted(ctx, entry)


def edit_class(ctx: Context, code: str, values: Mapping[str, str]) -> ClassNode:
    """Change what a class says; an empty text takes a value away.

    Raises
    ------
    InvalidRequest
        If a value is bad, or names what is not there.
    """
    authorize(ctx, "fileplan.change")
    node = class_of(ctx, code)
    before = entry_of(node)
    said = {name: value_of(before, name) for name in FIELDS} | dict(values)
    entry = checked_entry({**said, "code": code})
    if entry == before:
        raise NothingToDo(f"class {code} says all of this already")
    _require_sound(ctx, [entry])
    adopt(ctx, [entry])
    if moves_terms(before, entry):
        recalculating.request(ctx)
    return node


def moves_terms(one: ClassEntry, other: ClassEntry) -> bool:
    """Say whether two forms of a class bind its records otherwise."""
    return any(getattr(one, name) != getattr(other, name) for name in TERMS)


def move_class(ctx: Context, code: str, parent: str | None) -> ClassNode:
    """Put a class, and everything below it, under another class, or at the top.

    Raises
    ------
    InvalidRequest
        If it would stand below itself.
    """
    authorize(ctx, "fileplan.change")
    node = class_of(ctx, code)
    if node.parent == parent:
        raise NothingToDo(f"class {code} stands there already")
    if parent is not None:
        class_of(ctx, parent)
        if parent in classes.family_of(ctx.root, code):
            raise InvalidRequest(f"class {parent} stands below class {code}")
    return edit_class(ctx, code, {"parent": parent or ""})


def retire_class(ctx: Context, code: str, on: date | None = None) -> ClassNode:
    """Let a class take no more papers; its records stay in it, under its schedule.

    Parameters
    ----------
    on
        The last day on which it takes papers; None is yesterday.

    Raises
    ------
    Conflict
        If classes below it still take papers.
    """
    authorize(ctx, "fileplan.change")
    node = class_of(ctx, code)
    last = on or ctx.today() - timedelta(days=1)
    if node.valid_to == last:
        raise NothingToDo(f"class {code} is retired already")
    later = [
        child.code
        for child in classes.children_of(ctx.root, code)
        if child.valid_to is None or child.valid_to > last
    ]
    if later:
        raise Conflict(
            f"class {code} has classes that take papers after {last.isoformat()}: "
            f"{named(later)}; retire or move them first"
        )
    begun = node.valid_from
    if begun is not None and last < begun:
        # It never took a paper: it begins and ends on one day.
        begun = last
    change(ctx, node, valid_from=begun, valid_to=last)
    return node


def delete_class(ctx: Context, code: str) -> None:
    """Take a class away that was never used.

    Raises
    ------
    Conflict
        If records, classes, dossiers or holds depend on it.
    """
    authorize(ctx, "fileplan.change")
    class_of(ctx, code)
    root = ctx.root
    used = {
        "records": bool(root.ids_by_class(code))
        or any(_owes(record, code) for record in root.records.values()),
        "classes": bool(classes.children_of(root, code)),
        "dossiers": any(a.class_code == code for a in root.aggregations.values()),
        "holds": any(
            h.scope == "class" and h.target == code for h in root.holds.values()
        ),
    }
    found = [name for name, is_used in used.items() if is_used]
    if found:
        raise Conflict(
            f"class {code} has {' and '.join(found)} and stays; retire it, or merge "
            "it into another"
        )
    del root.classes[code]
    ctx.log(code, "class-deleted")


def _owes(record: Record, code: str) -> bool:
    return code in {
        record.class_code,
        *(obligation.class_code for obligation in record.extra_obligations),
    }


def adopt(
    ctx: Context, entries: Iterable[ClassEntry], *, may_reopen: bool = True
) -> tuple[str, ...]:
    """Make the classes of a checked file plan, or change those that are here.

    Classes that it does not name stay as they are, and what was merged away stays
    closed. Records are not computed anew.

    Parameters
    ----------
    may_reopen
        Whether a class without a last day takes papers again that was retired here.

    Returns
    -------
    tuple of str
        The codes of the classes that are new or changed.
    """
    changed = []
    for entry in entries:
        node = ctx.root.classes.get(entry.code)
        if node is None:
            _adopted(ctx, entry)
            changed.append(entry.code)
            continue
        different = dict(_differences(node, entry, may_reopen=may_reopen))
        if different:
            change(ctx, node, **different)
            changed.append(entry.code)
    return tuple(changed)


def _differences(
    node: ClassNode, entry: ClassEntry, *, may_reopen: bool
) -> Iterator[tuple[str, Value]]:
    for name in FIELDS:
        value, present = _stored(entry, name), getattr(node, name)
        if value == present:
            continue
        if name in {"valid_from", "valid_to"} and node.merged_into:
            continue
        if name == "valid_to" and value is None and not may_reopen:
            continue
        yield name, value


def _adopted(ctx: Context, entry: ClassEntry) -> ClassNode:
    node = ClassNode(entry.code, entry.title, entry.parent, entry.schedule)
    for name in FIELDS:
        setattr(node, name, _stored(entry, name))
    ctx.root.classes[entry.code] = node
    ctx.log(entry.code, "class-added")
    return node


def _stored(entry: ClassEntry, name: str) -> Value:
    """Return a value of a class as the model keeps it."""
    value = getattr(entry, name)
    if name == "scope":
        return value or ""
    if isinstance(value, tuple):
        return tuple(map(str, value))
    if value is None or isinstance(value, date):
        return value
    return str(value)


def change(ctx: Context, node: ClassNode, **values: Value) -> None:
    """Change a class, keeping how it stood.

    Raises
    ------
    Conflict
        If its papers would become Members', or records of the House, or leave the
        class on which a hold lies.
    """
    was_members = classes.is_members(ctx.root, node.code)
    if "parent" in values:
        _require_no_hold_above(ctx, node)
    former = classes.present_state(node, ctx.today(), ctx.actor.login)
    node.history = (*node.history, former)
    for name, value in values.items():
        setattr(node, name, value)
    if was_members != classes.is_members(ctx.root, node.code):
        _require_no_records(ctx, node)
    if not TERMS.isdisjoint(values):
        # Whoever judges by the schedule in force must not cross with this.
        ctx.root.schedule_epoch.advance()
    ctx.log(node.code, "class-changed", fields=" ".join(sorted(values)))


def _require_no_hold_above(ctx: Context, node: ClassNode) -> None:
    """Refuse to move a class that a hold lies on by a class above it."""
    above = {place.code for place in classes.lineage(ctx.root, node.code)}
    for hold_id in ctx.root.active_holds:
        hold = ctx.root.holds[hold_id]
        if hold.scope == "class" and hold.target in above - {node.code}:
            raise Conflict(
                f"hold {hold_id} on class {hold.target} lies on class {node.code} as "
                "well; it is not moved before the hold is lifted"
            )


def _require_no_records(ctx: Context, node: ClassNode) -> None:
    """Refuse to change whose papers a class holds while there are any."""
    ids = classes.records_below(ctx.root, node.code)
    living = [i for i in ids if not ctx.root.records[i].is_destroyed]
    if living:
        raise Conflict(
            f"class {node.code} has {len(living)} records, which would change their "
            f"owner: {named(living)}; classify them one by one"
        )


def _require_sound(ctx: Context, entries: list[ClassEntry]) -> None:
    require_references(ctx, entries)
    others = {entry.code: entry for entry in entries_of(ctx.root)}
    require_tree(tuple((others | {e.code: e for e in entries}).values()))


def named(codes: Iterable[str]) -> str:
    """Return the first of many codes, and how many more there are."""
    found = list(codes)
    more = f" and {len(found) - NAMED} more" if len(found) > NAMED else ""
    return f"{', '.join(found[:NAMED])}{more}"
