"""The class tree as it is read: lines of descent, inheritance, former states."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from recordsvc.model import Archive, ClassNode
from recordsvc.model.fileplan import ClassState

MEMBER = "member"


def lineage(root: Archive, code: str | None) -> Iterator[ClassNode]:
    """Yield a class and its ancestors, itself first.

    A loop, which only a damaged store could hold, ends the walk.
    """
    seen: set[str] = set()
    while code and code not in seen:
        seen.add(code)
        node: ClassNode | None = root.classes.get(code)
        if node is None:
            return
        yield node
        code = node.parent


def inherited(root: Archive, code: str | None, name: str) -> str | None:
    """Return what a class says of itself, else its nearest ancestor that says it.

    Papers of Members take nothing from the classes of the House above them: they
    are never scheduled.

    Parameters
    ----------
    name
        ``schedule``, ``closure``, ``maximum`` or ``vital_review``.
    """
    value: str | None = _nearest(root, code, name)
    return value


def survivors(root: Archive, code: str | None) -> tuple[str, ...]:
    """Return what tombstones of a class keep of descriptions, its own or inherited."""
    words: tuple[str, ...] | None = _nearest(root, code, "survives_destruction")
    return words or ()


def _nearest(root: Archive, code: str | None, name: str) -> Any:
    owner = None
    for node in lineage(root, code):
        owner = owner or node.owner
        if node.owner != owner:
            return None
        value = getattr(node, name)
        if value:
            return value
    return None


def is_members(root: Archive, code: str | None) -> bool:
    """Say whether a class holds papers of Members, which are none of the House."""
    return any(node.owner == MEMBER for node in lineage(root, code))


def is_open_on(node: ClassNode, day: date) -> bool:
    """Say whether papers may be put into a class on a day."""
    begun = node.valid_from is None or node.valid_from <= day
    return begun and (node.valid_to is None or day <= node.valid_to)


def children_of(root: Archive, code: str) -> tuple[ClassNode, ...]:
    """Return the classes right below a class, in the order of their codes."""
    return tuple(node for node in root.classes.values() if node.parent == code)


def family_of(root: Archive, code: str) -> tuple[str, ...]:
    """Return the codes of a class and of everything below it, itself first."""
    below: dict[str | None, list[str]] = {}
    for node in root.classes.values():
        below.setdefault(node.parent, []).append(node.code)
    found: dict[str, None] = {}
    waiting = [code]
    while waiting:
        at = waiting.pop()
        if at not in found:
            found[at] = None
            waiting.extend(below.get(at, ()))
    return tuple(found)


def records_below(root: Archive, code: str) -> tuple[str, ...]:
    """Return the ids of the records of a class and of everything below it."""
    ids = (i for c in family_of(root, code) for i in root.ids_by_class(c))
    return tuple(dict.fromkeys(ids))


def present_state(node: ClassNode, until: date, login: str = "") -> ClassState:
    """Return how a class stands, as what it has been until a day."""
    return ClassState(
        until=until,
        title=node.title,
        parent=node.parent,
        schedule=node.schedule,
        closure=node.closure,
        owner=node.owner,
        vital_review=node.vital_review,
        login=login,
        survives_destruction=node.survives_destruction,
        maximum=node.maximum,
    )


def state_on(node: ClassNode, day: date) -> ClassState:
    """Return how a class stood on a day.

    A change counts from the day on which it was made.
    """
    for state in node.history:
        if day < state.until:
            return state
    return present_state(node, date.max)
