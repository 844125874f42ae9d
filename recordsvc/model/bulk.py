"""Bulk edits: what one act was to change on many records, and what came of it."""

from dataclasses import dataclass
from datetime import datetime

from BTrees.OOBTree import OOBTree
from persistent import Persistent

from recordsvc.model.values import stored
from recordsvc.model.words import StoredWord


class BulkKind(StoredWord):
    """What a bulk act does with its records."""

    EDIT = "edit"
    CONFIRM = "confirm"


class BulkState(StoredWord):
    """Where a bulk act stands."""

    APPLYING = "applying"
    APPLIED = "applied"
    UNDOING = "undoing"
    UNDONE = "undone"


class BulkOutcome(StoredWord):
    """What became of one record."""

    WAITING = "waiting"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    LEFT_OUT = "left_out"
    UNDONE = "undone"
    KEPT = "kept"


class ChangeKind(StoredWord):
    """How a value is changed."""

    SET = "set"
    ADD = "add"
    REMOVE = "remove"


@stored
@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change that holds for every record.

    Parameters
    ----------
    field
        A field of the description, or ``class``.
    value
        Empty where the field is emptied.
    """

    kind: ChangeKind
    field: str
    value: str = ""


@stored
@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Which values a bulk confirmation takes.

    Parameters
    ----------
    confidence
        The lowest confidence that is taken, from 0 to 1.
    """

    field: str
    rule: str
    confidence: float


@stored
@dataclass(frozen=True, slots=True, kw_only=True)
class BulkItem:
    """What became of a record, and why, in codes: no value of it stands here."""

    outcome: BulkOutcome
    why: str = ""


class BulkEdit(Persistent):  # type: ignore[misc]
    """One act on many records.

    Parameters
    ----------
    choice
        How the records were chosen, as pairs of a word and what it names.
    items
        Record id to `BulkItem`.
    cursor
        The last record that the present pass has seen to.
    """

    state: str = BulkState.APPLYING
    rule: Rule | None = None
    changes: tuple[Change, ...] = ()
    cursor: str = ""
    job: str = ""
    finished_at: datetime | None = None
    undone_by: str = ""
    undone_at: datetime | None = None

    def __init__(
        self,
        bulk_id: str,
        kind: BulkKind,
        choice: tuple[tuple[str, str], ...],
        made_by: str,
        made_at: datetime,
    ) -> None:
        self.id = bulk_id
        self.kind = kind
        self.choice = choice
        self.made_by = made_by
        self.made_at = made_at
        self.items = OOBTree()
