"""The file plan as it is shown: today, or as it stood on a day."""

from datetime import date
from typing import Any

from recordsvc.model import Archive, ClassNode
from recordsvc.services.access import authorize
from recordsvc.services.classification import classes
from recordsvc.services.classification.filing import class_of
from recordsvc.services.context import Context
from recordsvc.services.errors import NotFound

_INHERITED = ("schedule", "closure", "maximum", "vital_review")


def class_list(ctx: Context, on: date | None = None) -> list[dict[str, Any]]:
    """Return every class, or those that took papers on a day as they stood then."""
    authorize(ctx, "retention.view")
    nodes = ctx.root.classes.values()
    if on is None:
        return [_mapping(ctx.root, node, ctx.today()) for node in nodes]
    return [_mapping(ctx.root, n, on) for n in nodes if classes.is_open_on(n, on)]


def class_detail(ctx: Context, code: str, on: date | None = None) -> dict[str, Any]:
    """Return a class with its place, what it inherits and its history.

    Parameters
    ----------
    on
        The day for which is asked: how it stood then; None is today.

    Raises
    ------
    NotFound
        If there is none of that code, or it was not there yet on that day.
    """
    authorize(ctx, "retention.view")
    node = class_of(ctx, code)
    day = on or ctx.today()
    if on is not None and node.valid_from is not None and on < node.valid_from:
        raise NotFound(
            f"class {code} was not there on {on.isoformat()}; it begins on "
            f"{node.valid_from.isoformat()}"
        )
    return {
        **_mapping(ctx.root, node, day),
        "on": day.isoformat(),
        "path": [
            {"code": above.code, "title": classes.state_on(above, day).title}
            for above in reversed(_lineage_on(ctx.root, node, day))
        ],
        "children": [
            other.code
            for other in ctx.root.classes.values()
            if classes.state_on(other, day).parent == code
        ],
        "history": [
            {
                "until": state.until.isoformat(),
                "title": state.title,
                "parent": state.parent,
                "schedule": state.schedule,
                "closure": state.closure,
                "maximum": state.maximum,
                "owner": state.owner,
                "vital_review": state.vital_review,
                "survives_destruction": list(state.survives_destruction),
                "changed_by": state.login,
            }
            for state in node.history
        ],
    }


def _lineage_on(root: Archive, node: ClassNode, day: date) -> list[ClassNode]:
    """Return a class and its ancestors as they stood on a day, itself first."""
    found: dict[str, ClassNode] = {}
    at: ClassNode | None = node
    while at is not None and at.code not in found:
        found[at.code] = at
        at = root.classes.get(classes.state_on(at, day).parent or "")
    return list(found.values())


def _mapping(root: Archive, node: ClassNode, day: date) -> dict[str, Any]:
    state = classes.state_on(node, day)
    return {
        "code": node.code,
        "title": state.title,
        "parent": state.parent,
        "scope": node.scope,
        "owner": state.owner,
        **{name: getattr(state, name) for name in _INHERITED},
        "survives_destruction": list(state.survives_destruction),
        "inherited": {
            **{name: _inherited_on(root, node, name, day) for name in _INHERITED},
            "survives_destruction": list(
                _inherited_on(root, node, "survives_destruction", day) or ()
            ),
        },
        "valid_from": node.valid_from.isoformat() if node.valid_from else None,
        "valid_to": node.valid_to.isoformat() if node.valid_to else None,
        "merged_into": node.merged_into,
        "records": len(root.ids_by_class(node.code)),
    }


def _inherited_on(root: Archive, node: ClassNode, name: str, day: date) -> Any:
    """Return what counts for the records of a class on a day, its own or inherited."""
    owner = classes.state_on(node, day).owner
    for above in _lineage_on(root, node, day):
        state = classes.state_on(above, day)
        if state.owner != owner:
            return None
        value = getattr(state, name)
        if value:
            return value
    return None
