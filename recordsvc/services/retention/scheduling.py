"""Schedule versions: imported as drafts, approved by two, issued, never edited."""

import hashlib
from typing import Any

from recordsvc.model import ClassNode, ScheduleVersion
from recordsvc.services import standing
from recordsvc.services.access import authorize
from recordsvc.services.context import Context
from recordsvc.services.errors import Conflict, InvalidRequest, NotFound, NothingToDo
from retention.errors import ScheduleError
from retention.loader import dump, load

APPROVALS = 2


def import_schedule(ctx: Context, source: str) -> ScheduleVersion:
    """Keep a schedule file as a draft; in a test store two names in it issue it.

    Raises
    ------
    InvalidRequest
        If the file is bad: whole, with every error and its line.
    NothingToDo, Conflict
        If that version is here already, equal or different.
    """
    authorize(ctx, "schedule.import")
    try:
        file = load(source)
    except ScheduleError as error:
        lines = "\n".join(f"  line {line}: {text}" for line, text in error.errors)
        raise InvalidRequest(
            f"the schedule was refused, nothing was changed:\n{lines}"
        ) from error
    number = file.authority.version
    digest = hashlib.sha256(source.encode()).hexdigest()
    existing = ctx.root.schedule_versions.get(number)
    if existing is not None:
        # Compared as values: our own export of it is the same schedule.
        if load(existing.source) == file:
            raise NothingToDo(f"schedule version {number} is here already")
        raise Conflict(
            f"schedule version {number} is here with other content; "
            "an issued version never changes: give yours a new number"
        )
    version = ScheduleVersion(number, source, digest)
    ctx.root.schedule_versions[number] = version
    if ctx.root.is_test and len(set(file.authority.approved_by)) >= APPROVALS:
        version.approvals = tuple(
            (name, "statement") for name in file.authority.approved_by
        )
        _issue(ctx, version)
    return version


def approve(ctx: Context, number: int) -> ScheduleVersion:
    """Approve a draft; two different people are needed."""
    authorize(ctx, "schedule.approve")
    version = version_of(ctx, number)
    if version.state != "draft":
        raise Conflict(f"schedule version {number} is {version.state}")
    if any(login == ctx.actor.login for login, _ in version.approvals):
        raise NothingToDo(f"{ctx.actor.login} has approved version {number} already")
    stamp = ctx.now().isoformat()
    version.approvals = (*version.approvals, (ctx.actor.login, stamp))
    return version


def issue(ctx: Context, number: int, *, acknowledge_earlier: bool = False) -> int:
    """Put an approved version into force; return how many records it re-dated.

    Raises
    ------
    Conflict
        If approvals are missing, or a record would move earlier and that was
        not acknowledged.
    """
    authorize(ctx, "schedule.issue")
    version = version_of(ctx, number)
    if version.state == "issued":
        raise NothingToDo(f"schedule version {number} is issued already")
    if len(version.approvals) < APPROVALS:
        raise Conflict(
            f"schedule version {number} has {len(version.approvals)} of "
            f"{APPROVALS} approvals; see: recordsvc schedule approve"
        )
    before = {r.id: r.standing for r in ctx.root.records.values()}
    count = _issue(ctx, version)
    earlier = sum(
        1
        for record in ctx.root.records.values()
        if _is_earlier(before.get(record.id), record.standing)
    )
    if earlier and not acknowledge_earlier:
        raise Conflict(
            f"{earlier} records would fall due earlier; look at them, then repeat "
            "with --acknowledge-earlier"
        )
    return count


def _is_earlier(old: Any, new: Any) -> bool:
    if new is None or new.due_on is None or old is None:
        return False
    return old.due_on is None or new.due_on < old.due_on


def _issue(ctx: Context, version: ScheduleVersion) -> int:
    file = load(version.source)
    for found in file.classes:
        node = ctx.root.classes.get(found.code)
        if node is None:
            node = ctx.root.classes[found.code] = ClassNode(
                found.code, found.title, found.parent, found.schedule
            )
        node.title, node.parent = found.title, found.parent
        node.schedule, node.scope = found.schedule, found.scope or ""
    version.state, version.issued_at = "issued", ctx.now()
    return refresh_all(ctx)


def refresh_all(ctx: Context) -> int:
    """Compute the standing of every record anew; return how many there are."""
    count = 0
    for record in ctx.root.records.values():
        if not record.is_destroyed:
            standing.refresh(ctx, record)
            count += 1
    return count


def version_of(ctx: Context, number: int) -> ScheduleVersion:
    """Return a schedule version by its number."""
    version: ScheduleVersion | None = ctx.root.schedule_versions.get(number)
    if version is None:
        raise NotFound(f"there is no schedule version {number}")
    return version


def export_schedule(ctx: Context, number: int | None = None) -> str:
    """Return the current, or a named, version as TOML."""
    authorize(ctx, "retention.view")
    version = (
        version_of(ctx, number)
        if number is not None
        else standing.current_version(ctx.root, ctx.today())
    )
    if version is None:
        raise NotFound("no schedule is in force; import one: recordsvc schedule import")
    return str(dump(load(version.source)))


def version_mapping(version: ScheduleVersion) -> dict[str, Any]:
    """Return a version as JSON-able values."""
    file = standing.schedule_file(version.source)
    return {
        "version": version.number,
        "title": file.authority.title,
        "state": version.state,
        "sha256": version.sha256,
        "effective_from": file.authority.effective_from.isoformat(),
        "approvals": [login for login, _ in version.approvals],
        "classes": len(file.classes),
        "schedules": len(file.schedules),
    }
