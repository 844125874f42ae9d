"""The file plan: the tree of classes, and each class with its place and history."""

from typing import Any

from recordsvc.services.classification.fileplan_view import class_detail, class_list
from recordsvc.services.days import day_of
from recordsvc.web.languages import catalogue
from recordsvc.web.tracewords import period_of
from recordsvc.web.wording import period_words


def tree_page(request: Any) -> dict[str, Any]:
    """Show the classes as a tree, today or on a day."""
    asked = request.GET.get("on", "")
    found = class_list(request.ctx, day_of(asked) if asked else None)
    return {"rows": tree_of(found), "on": asked}


def tree_of(classes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the classes in the order of a tree, each with its depth from 0.

    A class whose parent is not among them stands at the top, and so does one of a
    ring of parents: nothing is left out.
    """
    known = {c["code"] for c in classes}
    children: dict[str | None, list[dict[str, Any]]] = {}
    for one in sorted(classes, key=lambda c: str(c["code"])):
        parent = one["parent"] if one["parent"] in known else None
        children.setdefault(parent, []).append(one)
    placed: dict[str, dict[str, Any]] = {}
    waiting = [(one, 0) for one in reversed(children.get(None, []))]
    while waiting:
        one, depth = waiting.pop()
        if one["code"] in placed:
            continue
        placed[one["code"]] = {**one, "depth": depth}
        below = children.get(one["code"], [])
        waiting += [(child, depth + 1) for child in reversed(below)]
    rest = [{**c, "depth": 0} for c in classes if c["code"] not in placed]
    return [*placed.values(), *rest]


def class_page(request: Any) -> dict[str, Any]:
    """Show a class, what it inherits, what lies below it and how it was before."""
    asked = request.GET.get("on", "")
    day = day_of(asked) if asked else None
    words = catalogue(request.language)
    return {
        "class": class_detail(request.ctx, request.matchdict["code"], day),
        "period": lambda text: period_words(period_of(text), words.locale),
    }
