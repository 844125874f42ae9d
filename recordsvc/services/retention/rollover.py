"""A version of the schedule comes into force: on its day, once, for every record."""

from recordsvc.model import ScheduleVersion
from recordsvc.services.classification import fileplan
from recordsvc.services.context import Context
from recordsvc.services.retention import recalculating
from recordsvc.services.retention.recalculating import Requested
from recordsvc.services.retention.rulebooks import current_version, schedule_file


def waiting_version(ctx: Context) -> ScheduleVersion | None:
    """Return the version in force that the store was not brought to yet."""
    unapplied = any(
        v.state == "issued" and v.applied_on is None
        for v in ctx.root.schedule_versions.values()
    )
    if not unapplied:
        return None
    version = current_version(ctx.root, ctx.today())
    if version is None or version.applied_on is not None:
        return None
    return version


def roll_over(ctx: Context) -> Requested | None:
    """Bring the store to a version whose day has come; None when there is none."""
    version = waiting_version(ctx)
    return apply(ctx, version) if version is not None else None


def apply(ctx: Context, version: ScheduleVersion) -> Requested:
    """Bring the store to a version: its classes, its standing, every record.

    Older versions are superseded from here on; records that its reach leaves out
    stay under theirs.
    """
    version.applied_on = ctx.today()
    for number, older in ctx.root.schedule_versions.items():
        if number < version.number and older.state == "issued":
            older.state = "superseded"
    # What was judged by the schedule of before conflicts with this.
    ctx.root.schedule_epoch.advance()
    # A class that was retired here takes papers again only when someone says so.
    fileplan.adopt(ctx, schedule_file(version.source).classes, may_reopen=False)
    ctx.log(str(version.number), "schedule-in-force")
    return recalculating.request(ctx)
