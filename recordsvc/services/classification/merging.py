"""Two classes made one: records move, with an event each; the old class stays."""

from datetime import timedelta

from recordsvc.model import ClassNode
from recordsvc.services import changes
from recordsvc.services.access import authorize
from recordsvc.services.classification import classes
from recordsvc.services.classification.fileplan import change, named
from recordsvc.services.classification.filing import (
    class_of,
    put_into,
    require_reason,
    usable_class,
)
from recordsvc.services.context import Context
from recordsvc.services.errors import Conflict, InvalidRequest, NothingToDo
from recordsvc.services.retention import recalculating

MERGE_BATCH = 500


def merge_class(
    ctx: Context, code: str, into: str, *, reason: str, limit: int = MERGE_BATCH
) -> int:
    """Merge a class into another: its records, classes and dossiers go there.

    The class stays, closed, and says where its records went. A merge that was cut
    short goes on when it is called again.

    Parameters
    ----------
    limit
        How many records are moved in this transaction.

    Returns
    -------
    int
        How many records are still to be moved.

    Raises
    ------
    Conflict
        If a record is held, or the classes do not go together.
    """
    authorize(ctx, "fileplan.change")
    node = class_of(ctx, code)
    require_reason(reason, f"class {code} is given up")
    ids = ctx.root.ids_by_class(code)
    if node.merged_into is None:
        require_mergeable(ctx, code, into)
        _close_for_merge(ctx, node, into)
    elif node.merged_into != into:
        raise Conflict(f"class {code} was merged into {node.merged_into}")
    elif not ids:
        raise NothingToDo(f"class {code} was merged into {into} already")
    moved = 0
    for record_id in ids[:limit]:
        record = ctx.root.records[record_id]
        if record.is_destroyed:
            continue
        changes.require_changeable(ctx, record)
        put_into(ctx, record, into, reason=reason)
        moved += 1
    return sum(not ctx.root.records[i].is_destroyed for i in ids) - moved


def require_mergeable(ctx: Context, code: str, into: str) -> None:
    """Refuse a merge that cannot be.

    Raises
    ------
    NotFound, InvalidRequest, Conflict
        Saying why.
    """
    root = ctx.root
    if code == into or into in classes.family_of(root, code):
        raise InvalidRequest(f"class {into} is class {code}, or stands below it")
    usable_class(ctx, into)
    if classes.is_members(root, code) != classes.is_members(root, into):
        raise Conflict(f"only one of {code} and {into} holds papers of Members")
    if any(
        h.is_active and h.scope == "class" and h.target == code
        for h in root.holds.values()
    ):
        raise Conflict(f"a hold lies on class {code}; it cannot be merged before")
    held = [i for i in root.ids_by_class(code) if root.records[i].is_held]
    if held:
        raise Conflict(
            f"{len(held)} records of class {code} are on hold and cannot be moved: "
            f"{named(held)}"
        )


def _close_for_merge(ctx: Context, node: ClassNode, into: str) -> None:
    yesterday = ctx.today() - timedelta(days=1)
    begun = node.valid_from
    if begun is not None and yesterday < begun:
        begun = yesterday
    last = min(node.valid_to, yesterday) if node.valid_to else yesterday
    for child in classes.children_of(ctx.root, node.code):
        change(ctx, child, parent=into)
    for dossier in ctx.root.aggregations.values():
        if dossier.class_code == node.code:
            dossier.class_code = into
    change(ctx, node, valid_from=begun, valid_to=last, merged_into=into)
    # A capture into the old class that has not ended yet must not cross with this.
    ctx.root.schedule_epoch.advance()
    recalculating.request(ctx)
