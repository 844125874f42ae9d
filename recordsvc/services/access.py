"""Who may do what: one `authorize`, deny by default."""

from recordsvc.model import Record
from recordsvc.model.record import ClosureState
from recordsvc.services.context import Actor, Context
from recordsvc.services.errors import Conflict, NotAllowed, NotFound

ANYBODY = frozenset({"record.view", "search"})
READER = ANYBODY | {"account.own"}
RESEARCHER = READER | {
    "record.view_internal",
    "question.view",
    "link.suggest",
    "link.decide",
    "export.make",
}
LIBRARIAN = RESEARCHER | {
    "record.edit",
    "record.capture",
    "question.import",
    "agent.change",
}
OFFICER = LIBRARIAN | {
    "record.view_closed",
    "record.classify",
    "bulk.edit",
    "quarantine.decide",
    "record.join",
    "retention.view",
    "retention.keep",
    "retention.shorten",
    "hold.view",
    "hold.place",
    "schedule.import",
    "event.record",
    "aggregation.change",
    "fileplan.change",
    "vital.review",
    "record.return",
    "disposal.view",
    "disposal.propose",
    "disposal.judge",
    "disposal.abort",
    "disposal.run",
    "job.view",
    "job.change",
}
# An officer does not confirm what the archive received, an archivist destroys nothing.
ARCHIVIST = (OFFICER - {"disposal.run"}) | {
    "bag.import",
    "closure.open",
    "fixity.run",
    "schedule.approve",
    "disposal.receipt",
}
APPROVER = RESEARCHER | {
    "record.view_closed",
    "retention.view",
    "retention.keep",
    "retention.shorten",
    "hold.view",
    "hold.lift",
    "schedule.approve",
    "schedule.issue",
    "disposal.view",
    "disposal.judge",
    "disposal.approve",
    "disposal.abort",
}
AUDITOR = READER | {
    "record.view_internal",
    "record.view_closed",
    "retention.view",
    "hold.view",
    "disposal.view",
    "audit.view",
    "job.view",
}
LOCAL_ADMINISTRATOR = (
    ARCHIVIST
    | {"account.view", "account.change", "index.change", "store.change", "audit.view"}
) - {
    # Two persons let a record go earlier; both have to be known.
    "retention.shorten",
    "schedule.approve",
    "schedule.issue",
    "hold.lift",
    "disposal.judge",
    "disposal.receipt",
}

ROLES: dict[str, frozenset[str]] = {
    "anonymous": ANYBODY,
    "reader": READER,
    "researcher": RESEARCHER,
    "librarian": LIBRARIAN,
    "officer": OFFICER,
    "archivist": ARCHIVIST,
    "approver": APPROVER,
    "auditor": AUDITOR,
    "administrator": LOCAL_ADMINISTRATOR,
    "local-administrator": LOCAL_ADMINISTRATOR,
    "system": LOCAL_ADMINISTRATOR,
}
GRANTABLE_ROLES = (
    "administrator",
    "officer",
    "archivist",
    "approver",
    "librarian",
    "researcher",
    "auditor",
    "reader",
)
NEEDS_OWN_CREDENTIAL = frozenset(
    {
        "retention.shorten",
        "hold.lift",
        "schedule.approve",
        "schedule.issue",
        "disposal.judge",
        "disposal.approve",
        "disposal.run",
    }
)


def may(actor: Actor, function: str) -> bool:
    """Say whether an actor's role holds a function."""
    if function in NEEDS_OWN_CREDENTIAL and not actor.self_made:
        return False
    return function in ROLES.get(actor.role, frozenset())


LEVEL_FUNCTIONS = {
    "open": "record.view",
    "internal": "record.view_internal",
    "closed": "record.view_closed",
}

# What a record is asked for without being changed.
READING = frozenset({*LEVEL_FUNCTIONS.values(), "retention.view", "question.view"})

# The access levels, the most open first.
LEVELS = tuple(LEVEL_FUNCTIONS)


def stricter(one: str, other: str) -> str:
    """Return the stricter of two access levels.

    Examples
    --------
    >>> stricter("open", "internal")
    'internal'
    """
    return max(one, other, key=LEVELS.index)


def effective_level(record: Record) -> str:
    """Return the access level of a record under its closure.

    A record that the second clock closes is closed until a person opens it, whatever
    its own level says; papers of a Member are never open.
    """
    closure = record.closure
    if closure is None or closure.state == ClosureState.OPENED:
        return record.access
    if closure.state == ClosureState.MEMBERS:
        return stricter(record.access, "internal")
    return stricter(record.access, "closed")


def may_read(actor: Actor, record: Record) -> bool:
    """Say whether an actor may know that a record exists and read it."""
    return may(actor, LEVEL_FUNCTIONS[effective_level(record)])


def readable_levels(actor: Actor) -> frozenset[str]:
    """Return the access levels an actor's searches may touch."""
    return frozenset(
        level for level, function in LEVEL_FUNCTIONS.items() if may(actor, function)
    )


def authorize(ctx: Context, function: str) -> None:
    """Refuse an act that the actor's role does not hold.

    Raises
    ------
    NotAllowed
        Naming the actor, the role, the missing function and who holds it.
    """
    if not may(ctx.actor, function):
        raise NotAllowed(
            f"{ctx.actor.login} ({ctx.actor.role}) may not do this: "
            f"it needs the function {function}{_holders(ctx.actor, function)}"
        )


def _holders(actor: Actor, function: str) -> str:
    if function in ROLES.get(actor.role, ()):
        return (
            ", and a password that only its owner knows: change yours (on the page "
            "Your account, or recordsvc user passwd with --old-password-file), then "
            "make your token yourself"
        )
    able = [role for role in GRANTABLE_ROLES if function in ROLES[role]]
    return f" (roles: {', '.join(able)})" if able else ""


def record_for(ctx: Context, record_id: str, function: str = "record.view") -> Record:
    """Return a record that the actor may read and act upon.

    Raises
    ------
    NotFound
        If there is none, or the actor may not know of it: the two are told
        the same way.
    NotAllowed
        If the actor may read it but not do this.
    Conflict
        If it was joined to another one, which is the one to be changed. To read,
        that one is returned.
    """
    record = ctx.root.record_at(record_id)
    if record is None or not may_read(ctx.actor, record):
        raise NotFound(f"there is no record {record_id}")
    authorize(ctx, function)
    if record.id != record_id and function not in READING:
        raise Conflict(
            f"record {record_id} was joined to record {record.id}; do it there"
        )
    return record
