"""What a bulk act is told: which records, and what is to change on them."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from recordsvc.model import Record
from recordsvc.model.bulk import BulkKind, Change, ChangeKind, Rule
from recordsvc.services import drafting
from recordsvc.services.access import authorize, may_read
from recordsvc.services.classification.filing import usable_class
from recordsvc.services.context import Context
from recordsvc.services.days import MAX_VALUE_CHARS, require_text
from recordsvc.services.errors import InvalidRequest, NotFound
from recordsvc.services.retention.walking import records_of
from recordsvc.services.selecting import ids_found
from recordsvc.services.triage.doubts import FOUND
from recordsvc.services.triage.filing import intake_of

MAX_RECORDS = 50_000
MAX_CHANGES = 20
CLASS, IDENTIFIER, SUBJECT = "class", "identifier", "subject"
# Titles are each paper's own, and what an act says stays when a record goes: no name
# of a person stands in it.
ONE_BY_ONE = frozenset({"title", "author", "addressee"})
FIELDS = (CLASS, *(f for f in drafting.EDITABLE if f not in ONE_BY_ONE))
# What a record is never without, so that it is not taken away.
_NEEDED = frozenset({CLASS, "access", "type"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which records: by exactly one of its members, or every one that can be read."""

    query: str = ""
    ids: tuple[str, ...] = ()
    class_code: str = ""
    intake: str = ""
    every: bool = False

    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Return how the records are chosen, for the record of the act."""
        said = {
            "query": self.query,
            "class": self.class_code,
            "intake": self.intake,
            "ids": str(len(self.ids)) if self.ids else "",
            "every": "yes" if self.every else "",
        }
        return tuple((word, value) for word, value in said.items() if value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One bulk act as it is asked for.

    Parameters
    ----------
    rule
        Instead of `changes`: which values are to be confirmed.
    reason
        Why records are put into another class; kept with each of them.
    """

    choice: Choice
    changes: tuple[Change, ...] = ()
    rule: Rule | None = None
    reason: str = ""

    @property
    def kind(self) -> BulkKind:
        """Return whether it edits or confirms."""
        return BulkKind.EDIT if self.rule is None else BulkKind.CONFIRM


def check(ctx: Context, order: Order) -> None:
    """Refuse an order that could not be carried out, before any record is touched.

    Raises
    ------
    NotAllowed
        If the actor may not edit in bulk, or not classify where a class changes.
    InvalidRequest, NotFound, Conflict
        If a field, a value or the class cannot be used, or records are chosen in
        no way or in several.
    """
    authorize(ctx, "bulk.edit")
    authorize(ctx, "record.edit")
    if len(order.choice.pairs()) != 1:
        raise InvalidRequest("choose records by a query, by ids, or by a class")
    require_text("the reason", order.reason)
    if order.rule is not None:
        if not order.rule.field or not 0.0 <= order.rule.confidence <= 1.0:
            raise InvalidRequest(
                "name the field and the rule, and a confidence from 0 to 1"
            )
        return
    if order.choice.every:
        raise InvalidRequest("choose records by a query, by ids, or by a class")
    if not 0 < len(order.changes) <= MAX_CHANGES:
        raise InvalidRequest(f"say what is to change: 1 to {MAX_CHANGES} changes")
    for change in order.changes:
        _check_change(ctx, change)
    fields = [c.field for c in order.changes if c.field != IDENTIFIER]
    if len(fields) != len(set(fields)):
        raise InvalidRequest("a field may be changed only once in a bulk edit")


def _check_change(ctx: Context, change: Change) -> None:
    name, value = change.field, change.value
    if name not in FIELDS and not name.startswith("date."):
        raise InvalidRequest(
            f"{name!r} cannot be edited in bulk; fields are {', '.join(FIELDS)}, "
            "date.KIND. Titles, authors and addressees are edited one by one"
        )
    require_text(name, value, MAX_VALUE_CHARS)
    if change.kind == ChangeKind.REMOVE:
        if name in _NEEDED:
            raise InvalidRequest(f"no record is without {name}; set another value")
    elif not value:
        raise InvalidRequest(f"say which {name}")
    if name == CLASS:
        authorize(ctx, "record.classify")
        usable_class(ctx, value)
    elif name == IDENTIFIER:
        if change.kind == ChangeKind.SET or not value:
            raise InvalidRequest("identifiers are added or removed, each by its value")
    else:
        # An impossible value is told now, and not by every record.
        drafting.assign(Record(""), name, value if value or name != "access" else "")


def chosen(ctx: Context, choice: Choice) -> tuple[str, ...]:
    """Return the ids of the records that an actor may read among those chosen.

    Raises
    ------
    NotFound
        If an id, or the class, is none.
    InvalidRequest
        If there are more than `MAX_RECORDS`.
    """
    ids: list[str] = []
    for record_id in _candidates(ctx, choice):
        if len(ids) == MAX_RECORDS:
            raise InvalidRequest(
                f"more than {MAX_RECORDS:,} records are chosen; choose fewer"
            )
        ids.append(record_id)
    return tuple(sorted(ids))


def _candidates(ctx: Context, choice: Choice) -> Iterator[str]:
    if choice.ids:
        for record_id in dict.fromkeys(choice.ids):
            if not _is_there(ctx, record_id):
                raise NotFound(f"there is no record {record_id}")
            yield record_id
        return
    if choice.every or choice.intake:
        for record in records_of(ctx.root):
            is_of_it = not choice.intake or intake_of(record) == choice.intake
            if is_of_it and may_read(ctx.actor, record):
                yield record.id
        return
    found: Iterable[str]
    if choice.class_code:
        if choice.class_code not in ctx.root.classes:
            raise NotFound(f"there is no class {choice.class_code}")
        found = ctx.root.ids_by_class(choice.class_code)
    else:
        found = ids_found(ctx, choice.query)
    yield from (i for i in found if _is_living(ctx, i))


def _is_there(ctx: Context, record_id: str) -> bool:
    record = ctx.root.records.get(record_id)
    return record is not None and may_read(ctx.actor, record)


def _is_living(ctx: Context, record_id: str) -> bool:
    return _is_there(ctx, record_id) and not ctx.root.records[record_id].is_destroyed


def takes(record: Record, rule: Rule) -> bool:
    """Say whether a record has a value that a rule of confirmation takes."""
    return any(
        s.field == rule.field
        and s.rule == rule.rule
        and s.how in FOUND
        and s.confidence >= rule.confidence
        for s in record.statements
    )


def seal_of(ctx: Context, ids: Sequence[str]) -> str:
    """Return a digest of which records are meant, each as it is now."""
    digest = hashlib.sha256()
    for record_id in ids:
        revision = ctx.root.records[record_id].revision
        digest.update(f"{record_id}:{revision}\n".encode())
    return digest.hexdigest()


def ids_of_order(ctx: Context, order: Order) -> tuple[str, ...]:
    """Return the records of an order; for a confirmation those with such a value."""
    ids = chosen(ctx, order.choice)
    if order.rule is None:
        return ids
    rule = order.rule
    return tuple(i for i in ids if takes(ctx.root.records[i], rule))
