"""What binds the decisions about an item of a list to what they were made about.

A digest has two parts, ``STATE.SEEN``: the state of the record that the law depends on
(fixity of every file, schedule version, due day, holds), and what the people who judge
and approve see of it (title and class).

A list of a release that knew the first part only is carried out nevertheless: its items
are bound to the state as before, and an edit of the title that the record itself
remembers as later than the verdict counts as the second part. So no such list has to be
made anew, and no title stands in a certificate that an approver has not seen.
"""

import hashlib
import json
from datetime import date

from recordsvc.model import ListItem, Record
from recordsvc.services.context import Context
from recordsvc.services.disposal import holdscope
from recordsvc.services.retention import standing

RENAMED = "its title was changed after the verdict"


def digest_of(ctx: Context, record: Record, due_on: date | None) -> str:
    """Return what binds a decision to what it was made about."""
    return f"{_state_of(ctx, record, due_on)}.{_seen_of(record)}"


def _state_of(ctx: Context, record: Record, due_on: date | None) -> str:
    version = standing.current_version(ctx.root, ctx.today())
    return _hashed(
        record.id,
        *sorted(f.sha256 for f in record.files),
        str(version.number if version is not None else None),
        str(due_on),
        *sorted(holdscope.holds_on(ctx, record)),
    )


def _seen_of(record: Record) -> str:
    return _hashed(json.dumps([record.title, record.class_code]))


def _hashed(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def rebound(record: Record, item: ListItem) -> str:
    """Return the digest of an item whose record people see otherwise now."""
    state, _, _ = item.digest.partition(".")
    return f"{state}.{_seen_of(record)}"


def why_changed(
    ctx: Context, record: Record, due_on: date | None, item: ListItem
) -> str | None:
    """Return why an item is not what was decided about any more, None when it is."""
    state, _, _ = item.digest.partition(".")
    if state != _state_of(ctx, record, due_on):
        return "its files, its holds, its due day or the schedule have changed"
    return RENAMED if is_seen_otherwise(record, item) else None


def is_seen_otherwise(record: Record, item: ListItem) -> bool:
    """Say whether people see a record otherwise than when it was bound to its list."""
    _, _, seen = item.digest.partition(".")
    if seen:
        return seen != _seen_of(record)
    return item.judged_at is not None and any(
        event.at > item.judged_at
        for event in record.events
        if event.type == "edit"
        and "title" in dict(event.facts).get("fields", "").split()
    )
