"""What a change of the file plan would do: computed by the library, written nowhere."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from recordsvc.model import Record
from recordsvc.services.access import authorize, may_read
from recordsvc.services.classification import classes
from recordsvc.services.classification.filing import class_of
from recordsvc.services.classification.merging import require_mergeable
from recordsvc.services.context import Context
from recordsvc.services.errors import InvalidRequest
from recordsvc.services.retention.judging import Judge
from recordsvc.services.retention.rulebooks import Place, rulebooks_on
from recordsvc.services.retention.walking import records_of
from retention.errors import RetentionError
from retention.schedule import State

SHOWN = 100
DUE, ERROR = State.DUE.value, "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stand:
    """How a record stands, as far as a preview tells."""

    state: str
    due_on: date | None = None
    action: str | None = None

    def as_mapping(self) -> dict[str, Any]:
        """Return it as JSON-able values."""
        day = self.due_on.isoformat() if self.due_on is not None else None
        return {"state": self.state, "due_on": day, "action": self.action}


@dataclass(slots=True, kw_only=True)
class Preview:
    """What would change.

    Parameters
    ----------
    classes
        The codes of the classes whose place or terms change.
    records
        How many records stand in them.
    changes
        The first records that would stand otherwise and that the actor may know of:
        id, how it stands and how it would.
    """

    classes: tuple[str, ...]
    records: int = 0
    held: int = 0
    earlier: int = 0
    later: int = 0
    now_due: int = 0
    otherwise: int = 0
    changes: list[tuple[str, Stand, Stand]] = field(default_factory=list)

    def as_mapping(self) -> dict[str, Any]:
        """Return it as JSON-able values."""
        counts = ("records", "held", "earlier", "later", "now_due", "otherwise")
        return {
            "classes": list(self.classes),
            **{name: getattr(self, name) for name in counts},
            "changes": [
                {"id": i, "before": b.as_mapping(), "after": a.as_mapping()}
                for i, b, a in self.changes
            ],
        }


def preview_move(ctx: Context, code: str, parent: str | None) -> Preview:
    """Return what moving a class below another, or to the top, would change.

    Raises
    ------
    NotFound, InvalidRequest
        If there is no such class, or it would stand below itself.
    """
    authorize(ctx, "fileplan.change")
    node = class_of(ctx, code)
    family = classes.family_of(ctx.root, code)
    if parent is not None:
        class_of(ctx, parent)
        if parent in family:
            raise InvalidRequest(f"class {parent} stands below class {code}")
    plan = {code: Place(parent=parent, schedule=node.schedule, owner=node.owner)}
    return _preview(ctx, family, plan)


def preview_merge(ctx: Context, code: str, into: str) -> Preview:
    """Return what merging a class into another would change.

    Raises
    ------
    NotFound, InvalidRequest, Conflict
        If the merge would be refused.
    """
    authorize(ctx, "fileplan.change")
    class_of(ctx, code)
    require_mergeable(ctx, code, into)
    owner = class_of(ctx, into).owner
    # Its records are bound as those of the other, and so is what stands below it.
    plan = {code: Place(parent=into, schedule=None, owner=owner)}
    return _preview(ctx, classes.family_of(ctx.root, code), plan)


def _preview(
    ctx: Context, family: tuple[str, ...], plan: Mapping[str, Place]
) -> Preview:
    today = ctx.today()
    books = rulebooks_on(ctx.root, today)
    before = Judge(ctx, today, books)
    # Older versions that still hold keep the plan that belongs to them.
    after = Judge(ctx, today, [b if b.plan else replace(b, plan=plan) for b in books])
    found = Preview(classes=family)
    codes = frozenset(family)
    for record in records_of(ctx.root):
        if codes.isdisjoint(_codes_of(record)):
            continue
        found.records += record.class_code in codes
        found.held += record.is_held
        _count(ctx, found, record, _stand(before, record), _stand(after, record))
    return found


def _codes_of(record: Record) -> tuple[str | None, ...]:
    return (record.class_code, *(o.class_code for o in record.extra_obligations))


def _stand(by: Judge, record: Record) -> Stand:
    try:
        decision = by.decision_of(record)
    except RetentionError:
        return Stand(state=ERROR)
    if decision is None:
        return Stand(state="")
    return Stand(
        state=str(decision.state),
        due_on=decision.due_on,
        action=str(decision.action) if decision.action else None,
    )


def _count(
    ctx: Context, found: Preview, record: Record, before: Stand, after: Stand
) -> None:
    if before == after:
        return
    # No day is later than any: nothing falls due by it.
    last = date.max
    one, other = before.due_on or last, after.due_on or last
    if other < one:
        found.earlier += 1
    elif one < other:
        found.later += 1
    else:
        found.otherwise += 1
    if after.state == DUE and before.state != DUE:
        found.now_due += 1
    if len(found.changes) < SHOWN and may_read(ctx.actor, record):
        found.changes.append((record.id, before, after))
