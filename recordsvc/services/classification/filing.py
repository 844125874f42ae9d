"""Records in the file plan: put into a class, laid under a second one, given back."""

from recordsvc.model import ClassNode, Record
from recordsvc.model.record import ExtraObligation, Statement
from recordsvc.services import changes
from recordsvc.services.access import record_for
from recordsvc.services.classification import classes
from recordsvc.services.context import Context
from recordsvc.services.days import require_text
from recordsvc.services.errors import (
    Conflict,
    InvalidRequest,
    NotAllowed,
    NotFound,
    NothingToDo,
)
from recordsvc.services.retention.appraising import manual_until

REASON = "class_reason"
# Acts that may put a record into another class; a bulk edit does more than that.
MOVING = frozenset({"classify", "edit"})


def class_of(ctx: Context, code: str) -> ClassNode:
    """Return a class of the file plan.

    Raises
    ------
    NotFound
        If there is none of that code.
    """
    node: ClassNode | None = ctx.root.classes.get(code)
    if node is None:
        raise NotFound(f"there is no class {code}; see: recordsvc class list")
    return node


def usable_class(ctx: Context, code: str, *, beside: bool = False) -> ClassNode:
    """Return a class that takes records today.

    Parameters
    ----------
    beside
        It is laid on a record beside another class: a maximum-keeping duty is enough.

    Raises
    ------
    NotFound
        If there is none of that code.
    Conflict
        If it was merged into another, is out of its days, or has no schedule:
        a class without one classifies nothing (MoReq2010).
    """
    node = class_of(ctx, code)
    if node.merged_into:
        raise Conflict(f"class {code} was merged into {node.merged_into}; use that")
    if not classes.is_open_on(node, ctx.today()):
        raise Conflict(
            f"class {code} takes no papers today; it does so {_days_of(node)}"
        )
    if classes.is_members(ctx.root, code):
        return node
    if beside and classes.inherited(ctx.root, code, "maximum") is not None:
        return node
    if classes.inherited(ctx.root, code, "schedule") is None:
        raise Conflict(
            f"class {code} has no schedule, its own or inherited, and takes no records "
            "before it has one; see: recordsvc class edit"
        )
    return node


def _days_of(node: ClassNode) -> str:
    begun = f"from {node.valid_from.isoformat()}" if node.valid_from else ""
    ended = f"until {node.valid_to.isoformat()}" if node.valid_to else ""
    return " ".join(filter(None, (begun, ended)))


def classify(ctx: Context, record_id: str, code: str, *, reason: str = "") -> Record:
    """Put a record into a class; the class gives its schedule (MoReq2010).

    Parameters
    ----------
    reason
        Why it moves; kept with the record.

    Raises
    ------
    Conflict
        If the record is held or destroyed, or the class takes it not.
    """
    record = record_for(ctx, record_id, "record.classify")
    changes.require_changeable(ctx, record)
    class_of(ctx, code)
    if record.class_code == code:
        raise NothingToDo(f"record {record_id} is in class {code} already")
    usable_class(ctx, code)
    require_text("the reason", reason)
    put_into(ctx, record, code, reason=reason)
    return record


def put_into(ctx: Context, record: Record, code: str, *, reason: str) -> None:
    """Move a record into another class; what a list has decided of it is void."""
    before = record.class_code or ""
    if classes.is_members(ctx.root, code):
        _make_members(ctx, record, code)
    changes.set_class(ctx, record, code)
    keep_words(ctx, record, REASON, reason)
    changes.touch(ctx, record, "classify", before=before, after=code)
    eject(ctx, record.id, f"it was moved from class {before} to class {code}")


def require_reason(reason: str, because: str) -> None:
    """Refuse an act that has to say why, and does not.

    Raises
    ------
    InvalidRequest
        If the reason is empty or no text.
    """
    if not reason.strip():
        raise InvalidRequest(f"{because}; say why with a reason")
    require_text("the reason", reason)


def keep_words(ctx: Context, record: Record, field: str, words: str) -> None:
    """Keep what a person said of an act with the record, the latest first.

    An event holds codes alone; words go when the record goes.
    """
    if words.strip():
        said = Statement(
            field=field, value=words.strip(), how="entered", rule=ctx.actor.login
        )
        record.statements = (said, *record.statements)


def eject(ctx: Context, record_id: str, reason: str) -> None:
    """Take a record from the disposal list it is on, if it is on one."""
    from recordsvc.services.disposal import disposing

    disposing.eject(ctx, record_id, reason)


def _make_members(ctx: Context, record: Record, code: str) -> None:
    """Make a record one of a Member's papers: no record of the House, never open."""
    if record.extra_obligations:
        raise Conflict(
            f"record {record.id} is under a second obligation; class {code} holds "
            "papers of Members, which no schedule binds: remove it first"
        )
    if record.access == "open":
        changes.set_access(ctx, record, "internal")


def add_obligation(
    ctx: Context, record_id: str, code: str, *, citation: str, reason: str
) -> Record:
    """Lay a second obligation on a record, with the law that demands it."""
    record = record_for(ctx, record_id, "record.classify")
    changes.require_changeable(ctx, record)
    class_of(ctx, code)
    require_text("the citation", citation)
    require_text("the reason", reason)
    if not citation.strip() or not reason.strip():
        raise InvalidRequest("a second obligation needs a citation and a reason")
    if code == record.class_code or any(
        o.class_code == code for o in record.extra_obligations
    ):
        raise NothingToDo(f"record {record_id} is under class {code} already")
    changes.require_own(record)
    usable_class(ctx, code, beside=True)
    for each in (code, record.class_code):
        if classes.is_members(ctx.root, each):
            raise Conflict(
                f"class {each} holds papers of Members, which no schedule binds"
            )
    record.extra_obligations = (
        *record.extra_obligations,
        ExtraObligation(class_code=code, citation=citation, reason=reason),
    )
    changes.touch(ctx, record, "oblige", after=code)
    eject(ctx, record_id, f"it came under a second obligation, {code}")
    return record


def remove_obligation(ctx: Context, record_id: str, code: str) -> Record:
    """Take a second obligation from a record."""
    record = record_for(ctx, record_id, "record.classify")
    changes.require_changeable(ctx, record)
    kept = tuple(o for o in record.extra_obligations if o.class_code != code)
    if len(kept) == len(record.extra_obligations):
        raise NothingToDo(f"record {record_id} has no second obligation {code}")
    record.extra_obligations = kept
    changes.touch(ctx, record, "unoblige", before=code)
    eject(ctx, record_id, f"its second obligation {code} was taken away")
    return record


def require_returnable(ctx: Context, record: Record) -> None:
    """Refuse to give back what is no Member's paper, or was made one by the actor.

    Who has put a record among the papers of Members does not also let it go: a list,
    which needs four people, would be passed by with one. One without a class is no
    exception: it is kept without end until somebody gives it one.

    Raises
    ------
    Conflict
        If it is a record of the House, or kept by hand.
    NotAllowed
        If the actor has put it among the papers of Members.
    """
    if not classes.is_members(ctx.root, record.class_code):
        raise Conflict(
            f"record {record.id} is a record of the House; only the papers of a Member "
            "go back to their owner"
        )
    if until := manual_until(ctx, record):
        raise Conflict(
            f"record {record.id} is kept until {until} by hand; two persons take that "
            "date away first: recordsvc retention shorten"
        )
    for event in record.events:
        before = dict(event.facts).get("before") if event.type in MOVING else None
        if before is None or event.agent != ctx.actor.login:
            continue
        if not classes.is_members(ctx.root, before or None):
            moved = f"out of class {before} of the House" if before else "out of none"
            raise NotAllowed(
                f"{ctx.actor.login} has moved record {record.id} {moved}, among the "
                "papers of Members; another gives it back"
            )


def return_to_owner(ctx: Context, record_id: str, *, to: str, reason: str) -> Record:
    """Ask that a Member's paper be given back to its owner.

    The request is an act of its own; the content leaves by the one gate through
    which any content leaves.

    Parameters
    ----------
    to
        Whom it goes to.

    Raises
    ------
    Conflict
        If it is a record of the House, held, destroyed, or asked back already.
    NotAllowed
        As `require_returnable`.
    """
    record = record_for(ctx, record_id, "record.return")
    changes.require_changeable(ctx, record)
    require_text("the recipient", to)
    if not to.strip():
        raise InvalidRequest("say to whom the paper goes back")
    require_reason(reason, "a paper leaves the archive")
    require_returnable(ctx, record)
    if any(event.type == "return-requested" for event in record.events):
        raise NothingToDo(f"record {record_id} was asked back already")
    keep_words(ctx, record, "return_reason", reason)
    keep_words(ctx, record, "returned_to", to)
    changes.touch(ctx, record, "return-requested")
    return record
