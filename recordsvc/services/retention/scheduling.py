"""Schedule versions: imported as drafts, approved by two, issued, never edited."""

import hashlib
from dataclasses import dataclass
from typing import Any

from recordsvc.model import ScheduleVersion
from recordsvc.services.access import authorize
from recordsvc.services.context import Context
from recordsvc.services.days import require_text
from recordsvc.services.errors import (
    Conflict,
    InvalidRequest,
    NotAllowed,
    NotFound,
    NothingToDo,
)
from recordsvc.services.retention import recalculating, rollover
from recordsvc.services.retention.recalculating import Requested
from recordsvc.services.retention.rulebooks import current_version, schedule_file
from recordsvc.services.retention.simulating import (
    EARLIER,
    Impact,
    impact_of,
    read_schedule,
)
from retention.dump import dump
from retention.loader import load
from retention.schedule import ScheduleFile

APPROVALS = 2
# A title that begins so says that nobody has made the schedule his own yet.
TEMPLATE = "TEMPLATE"
NAMED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """A version that was issued.

    Parameters
    ----------
    recalculation
        What became of the records; None while its first day has not come.
    """

    version: ScheduleVersion
    impact: Impact
    recalculation: Requested | None


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
    file = read_schedule(source)
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
    version.imported_by = ctx.actor.login
    version.supersedes = file.authority.supersedes
    ctx.root.schedule_versions[number] = version
    ctx.log(str(number), "schedule-imported", sha256=digest)
    if ctx.root.is_test and len(set(file.authority.approved_by)) >= APPROVALS:
        version.approvals = tuple(
            (name, "statement") for name in file.authority.approved_by
        )
        _require_newest(ctx, file)
        _issue(ctx, version, impact_of(ctx, file), acknowledged=True)
    return version


def approve(ctx: Context, number: int) -> ScheduleVersion:
    """Approve a draft; two different people are needed, neither its importer.

    Raises
    ------
    NotAllowed
        If the actor imported it.
    NothingToDo, Conflict
        If the actor has approved it, or it is no draft.
    """
    authorize(ctx, "schedule.approve")
    version = version_of(ctx, number)
    if version.state != "draft":
        raise Conflict(f"schedule version {number} is {version.state}")
    if version.imported_by == ctx.actor.login:
        raise NotAllowed(
            f"{ctx.actor.login} imported schedule version {number}; "
            "two other people approve it"
        )
    if any(login == ctx.actor.login for login, _ in version.approvals):
        raise NothingToDo(f"{ctx.actor.login} has approved version {number} already")
    stamp = ctx.now().isoformat()
    version.approvals = (*version.approvals, (ctx.actor.login, stamp))
    ctx.log(str(number), "schedule-approved")
    return version


def issue(ctx: Context, number: int, *, acknowledge_earlier: bool = False) -> Issued:
    """Issue an approved version; it is in force from its first day on.

    Raises
    ------
    Conflict
        If approvals are missing, a newer version is in force, or a record would fall
        due earlier and that was not acknowledged.
    """
    authorize(ctx, "schedule.issue")
    version = version_of(ctx, number)
    if version.state == "issued":
        raise NothingToDo(f"schedule version {number} is issued already")
    if version.state != "draft":
        raise Conflict(f"schedule version {number} is {version.state}")
    if len(version.approvals) < APPROVALS:
        raise Conflict(
            f"schedule version {number} has {len(version.approvals)} of "
            f"{APPROVALS} approvals; see: recordsvc schedule approve"
        )
    file = schedule_file(version.source)
    _require_newest(ctx, file)
    if file.authority.title.startswith(TEMPLATE) and not ctx.root.is_test:
        raise Conflict(
            f"schedule version {number} is still titled {file.authority.title!r}: a "
            "template is edited, titled and cited by the house before it is issued"
        )
    impact = impact_of(ctx, file)
    earlier = impact.counts[EARLIER]
    if earlier and not acknowledge_earlier:
        ids = [entry["id"] for entry in impact.listed[EARLIER][:NAMED]]
        more = ", ..." if earlier > len(ids) else ""
        raise Conflict(
            f"{earlier} records would fall due earlier ({', '.join(ids)}{more}); look "
            "at them (recordsvc schedule simulate), then repeat with "
            "--acknowledge-earlier"
        )
    return _issue(ctx, version, impact, acknowledged=bool(earlier))


def _require_newest(ctx: Context, file: ScheduleFile) -> None:
    number, begin = file.authority.version, file.authority.effective_from
    newer = current_version(ctx.root, max(ctx.today(), begin))
    if newer is not None and newer.number > number:
        raise Conflict(
            f"schedule version {newer.number} would be in force before version "
            f"{number} ever is; give the new one a higher number"
        )


def _issue(
    ctx: Context, version: ScheduleVersion, impact: Impact, *, acknowledged: bool
) -> Issued:
    replaced = current_version(ctx.root, impact.on)
    if version.supersedes is None and replaced is not None:
        version.supersedes = replaced.number
    version.state, version.issued_at = "issued", ctx.now()
    version.issued_by = ctx.actor.login
    version.impact = (("records", impact.records), *sorted(impact.counts.items()))
    if acknowledged:
        version.acknowledged_by = ctx.actor.login
    # Whoever judges by the schedule in force must not cross with this.
    ctx.root.schedule_epoch.advance()
    ctx.log(str(version.number), "schedule-issued")
    begin = schedule_file(version.source).authority.effective_from
    done = rollover.apply(ctx, version) if begin <= ctx.today() else None
    return Issued(version=version, impact=impact, recalculation=done)


def revoke(ctx: Context, number: int, reason: str) -> Requested:
    """Revoke an issued version.

    Until another is issued its records keep their last obligation and are disposed
    of by nothing: "no disposal coverage" (PROV VERS advice 11, 3.19).

    Raises
    ------
    NothingToDo, Conflict
        If it is revoked already, or was never issued.
    """
    authorize(ctx, "schedule.issue")
    version = version_of(ctx, number)
    if version.state == "revoked":
        raise NothingToDo(f"schedule version {number} is revoked already")
    if version.state == "draft":
        raise Conflict(
            f"schedule version {number} is a draft; see: recordsvc schedule delete"
        )
    require_text("the reason", reason)
    if not reason.strip():
        raise InvalidRequest("revoking a schedule needs a reason")
    version.state, version.reason = "revoked", reason.strip()
    version.revoked_on, version.revoked_by = ctx.today(), ctx.actor.login
    ctx.root.schedule_epoch.advance()
    ctx.log(str(number), "schedule-revoked")
    return recalculating.request(ctx)


def delete(ctx: Context, number: int) -> None:
    """Take away a draft that was never issued.

    Raises
    ------
    Conflict
        If it was issued: what records were judged by stays for ever.
    """
    authorize(ctx, "schedule.import")
    version = version_of(ctx, number)
    if version.state != "draft":
        raise Conflict(
            f"schedule version {number} is {version.state}; a version that was used "
            "stays: issue another in its place, or revoke it"
        )
    del ctx.root.schedule_versions[number]
    ctx.log(str(number), "schedule-deleted")


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
        else current_version(ctx.root, ctx.today())
    )
    if version is None:
        raise NotFound("no schedule is in force; import one: recordsvc schedule import")
    return str(dump(load(version.source)))


def version_mapping(version: ScheduleVersion) -> dict[str, Any]:
    """Return a version as JSON-able values."""
    file = schedule_file(version.source)
    return {
        "version": version.number,
        "title": file.authority.title,
        "state": version.state,
        "sha256": version.sha256,
        "effective_from": file.authority.effective_from.isoformat(),
        "reach": str(file.authority.reach),
        "supersedes": version.supersedes,
        "imported_by": version.imported_by,
        "approvals": [login for login, _ in version.approvals],
        "issued_by": version.issued_by,
        "acknowledged_by": version.acknowledged_by,
        "impact": dict(version.impact),
        "revoked_on": version.revoked_on.isoformat() if version.revoked_on else None,
        "reason": version.reason,
        "classes": len(file.classes),
        "schedules": len(file.schedules),
    }
