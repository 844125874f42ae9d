"""What a bulk act makes of one record, on a draft: the preview and the act share it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from recordsvc.model import Record
from recordsvc.model.bulk import Change, ChangeKind, Rule
from recordsvc.model.record import EditMark, Statement
from recordsvc.services import changes, drafting
from recordsvc.services.bulk.orders import CLASS, IDENTIFIER, SUBJECT
from recordsvc.services.classification import classes
from recordsvc.services.classification.filing import REASON
from recordsvc.services.context import Context
from recordsvc.services.errors import Conflict, Gone
from recordsvc.services.sidecars import parts_of
from recordsvc.services.triage.confirming import vouch
from recordsvc.services.triage.suggestions import open_statements

HELD, LISTED, GONE, MEMBERS = "held", "listed", "gone", "members"
JOINED = "joined"
OBLIGATION = "obligation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """A record as it would be.

    Parameters
    ----------
    fields
        The fields that would change, in the order of the act.
    """

    draft: Record
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What is done to every record of an act."""

    changes: tuple[Change, ...] = ()
    rule: Rule | None = None
    reason: str = ""


def why_not(ctx: Context, record: Record | None) -> str:
    """Return why a record is left out of a bulk act, empty if it is not."""
    if record is None or record.is_destroyed:
        return GONE
    if record.id in ctx.root.listed:
        return LISTED
    try:
        changes.require_changeable(ctx, record)
    except Gone:
        return GONE
    except Conflict:
        return HELD
    return ""


def revise(ctx: Context, record: Record, work: Work) -> Revision | str:
    """Return a record as an act would make it, or why it cannot.

    No fields of the revision mean that the record says all of it already.
    """
    draft = drafting.draft_of(record)
    if work.rule is not None:
        return Revision(draft=draft, fields=_confirm(ctx, draft, work.rule))
    fields = tuple(c.field for c in work.changes if _change(ctx, draft, c))
    if CLASS in fields and classes.is_members(ctx.root, draft.class_code):
        if record.extra_obligations:
            return OBLIGATION
        if draft.access == "open":
            draft.access = "internal"
    try:
        drafting.require_allowed(ctx, record, draft)
    except Conflict:
        return MEMBERS
    _state(ctx, draft, fields, work.reason)
    if set(fields) - {CLASS}:
        # Its own date counts for what hangs on the last action.
        draft.events = (*draft.events, ctx.event("edit"))
    return Revision(draft=draft, fields=fields)


def _confirm(ctx: Context, draft: Record, rule: Rule) -> tuple[str, ...]:
    found = tuple(
        s
        for s in open_statements(draft)
        if s.field == rule.field
        and s.rule == rule.rule
        and s.confidence >= rule.confidence
    )
    if found:
        vouch(ctx, draft, found)
    return (rule.field,) if found else ()


def _change(ctx: Context, draft: Record, change: Change) -> bool:
    """Change a draft; say whether that made a difference."""
    name, value = change.field, change.value.strip()
    if name == CLASS:
        if draft.class_code == value or (
            change.kind == ChangeKind.ADD and draft.class_code
        ):
            return False
        draft.class_code = value
        draft.declared_on = draft.declared_on or ctx.today()
        return True
    if name == IDENTIFIER:
        return _change_identifiers(draft, change)
    before = value_of(draft, name)
    if name == SUBJECT and value and change.kind != ChangeKind.SET:
        named = dict.fromkeys(parts_of(value))
        kept = tuple(s for s in draft.subjects if s not in named)
        is_added = change.kind == ChangeKind.ADD
        draft.subjects = (
            tuple(dict.fromkeys((*draft.subjects, *named))) if is_added else kept
        )
        return value_of(draft, name) != before
    if change.kind == ChangeKind.ADD and before:
        return False
    if change.kind == ChangeKind.REMOVE:
        if not before or (value and value != before):
            return False
        value = ""
    drafting.assign(draft, name, value)
    return value_of(draft, name) != before


def _change_identifiers(draft: Record, change: Change) -> bool:
    named = drafting.identifiers_of(draft, change.value)
    before = draft.identifiers
    if change.kind == ChangeKind.ADD:
        draft.identifiers = tuple(dict.fromkeys((*before, *named)))
    else:
        gone = {i.normalised for i in named} | {i.value for i in named}
        draft.identifiers = tuple(
            i for i in before if i.normalised not in gone and i.value not in gone
        )
    return draft.identifiers != before


def value_of(record: Record, name: str) -> str:
    """Return a value of a record as a person reads it, empty where there is none."""
    match name:
        case "class":
            return record.class_code or ""
        case "identifier":
            return " | ".join(i.value for i in record.identifiers)
        case "subject":
            return " | ".join(record.subjects)
        case "closed":
            return record.closed_on or ""
        case _ if name.startswith("date."):
            return dict(record.dates).get(name.removeprefix("date."), "")
        case _:
            return getattr(record, name) or ""


def _state(ctx: Context, draft: Record, fields: tuple[str, ...], reason: str) -> None:
    stated = dict(_statements(ctx, draft, fields, reason))
    kept = (s for s in draft.statements if s.field not in stated or s.field == REASON)
    draft.statements = (*stated.values(), *kept)


def _statements(
    ctx: Context, draft: Record, fields: tuple[str, ...], reason: str
) -> Iterator[tuple[str, Statement]]:
    said = Statement(field="", value="", how="entered", rule=ctx.actor.login)
    for name in fields:
        if name != CLASS:
            yield name, replace(said, field=name, value=value_of(draft, name))
        elif reason.strip():
            yield REASON, replace(said, field=REASON, value=reason.strip())


def mark_of(
    old: Record, record: Record, fields: tuple[str, ...], bulk_id: str
) -> EditMark:
    """Return what is remembered on a record so that the act can be undone.

    Parameters
    ----------
    old
        A draft of the record as it was.
    fields
        Those that the act has changed.
    """
    names = {REASON if f == CLASS else f for f in fields}
    return EditMark(
        bulk=bulk_id,
        values=tuple(
            (name, getattr(old, name), getattr(record, name))
            for name in drafting.differences(old, record)
        ),
        fields=tuple(sorted(names)),
        before=statements_of(old, names),
        after=statements_of(record, names),
    )


def statements_of(record: Record, fields: set[str]) -> tuple[Statement, ...]:
    """Return the statements of some fields, in order."""
    return tuple(s for s in record.statements if s.field in fields)
