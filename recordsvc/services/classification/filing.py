"""The file plan in use: classes from the schedule, and records put into them."""

from recordsvc.model import ClassNode, Record
from recordsvc.model.record import ExtraObligation
from recordsvc.services import changes
from recordsvc.services.access import record_for
from recordsvc.services.context import Context
from recordsvc.services.days import require_text
from recordsvc.services.errors import InvalidRequest, NotFound, NothingToDo


def class_of(ctx: Context, code: str) -> ClassNode:
    """Return a class of the file plan.

    Raises
    ------
    NotFound
        If there is none of that code.
    """
    node: ClassNode | None = ctx.root.classes.get(code)
    if node is None:
        raise NotFound(f"there is no class {code}; see: recordsvc schedule show")
    return node


def classify(ctx: Context, record_id: str, code: str) -> Record:
    """Put a record into a class; the class gives its schedule (MoReq2010)."""
    record = record_for(ctx, record_id, "record.classify")
    changes.require_changeable(record)
    class_of(ctx, code)
    if record.class_code == code:
        raise NothingToDo(f"record {record_id} is in class {code} already")
    before = record.class_code or ""
    changes.set_class(ctx, record, code)
    changes.touch(ctx, record, "classify", before=before, after=code)
    return record


def add_obligation(
    ctx: Context, record_id: str, code: str, *, citation: str, reason: str
) -> Record:
    """Lay a second obligation on a record, with the law that demands it."""
    record = record_for(ctx, record_id, "record.classify")
    changes.require_changeable(record)
    class_of(ctx, code)
    require_text("the citation", citation)
    require_text("the reason", reason)
    if not citation.strip() or not reason.strip():
        raise InvalidRequest("a second obligation needs a citation and a reason")
    if code == record.class_code or any(
        o.class_code == code for o in record.extra_obligations
    ):
        raise NothingToDo(f"record {record_id} is under class {code} already")
    record.extra_obligations = (
        *record.extra_obligations,
        ExtraObligation(class_code=code, citation=citation, reason=reason),
    )
    changes.touch(ctx, record, "oblige", after=code)
    return record


def remove_obligation(ctx: Context, record_id: str, code: str) -> Record:
    """Take a second obligation from a record."""
    record = record_for(ctx, record_id, "record.classify")
    changes.require_changeable(record)
    kept = tuple(o for o in record.extra_obligations if o.class_code != code)
    if len(kept) == len(record.extra_obligations):
        raise NothingToDo(f"record {record_id} has no second obligation {code}")
    record.extra_obligations = kept
    changes.touch(ctx, record, "unoblige", before=code)
    return record
