"""A schedule version as it is shown: classes, stages and closures as plain values."""

from typing import Any

from recordsvc.services.access import authorize
from recordsvc.services.context import Context
from recordsvc.services.retention.rulebooks import current_version, schedule_file
from recordsvc.services.retention.scheduling import (
    APPROVALS,
    version_mapping,
    version_of,
)
from retention.periods import Period
from retention.schedule import ClosureRule, MaximumRule, Schedule, Stage


def version_list(ctx: Context) -> list[dict[str, Any]]:
    """Return every version, the newest first, and which one is in force today."""
    authorize(ctx, "retention.view")
    current = current_version(ctx.root, ctx.today())
    number = current.number if current is not None else None
    return [
        version_mapping(v) | {"in_force": v.number == number, "needed": APPROVALS}
        for v in reversed(list(ctx.root.schedule_versions.values()))
    ]


def version_detail(ctx: Context, number: int) -> dict[str, Any]:
    """Return a version with its classes, schedules, closures and maximums.

    Raises
    ------
    NotFound
        If there is none of that number.
    """
    authorize(ctx, "retention.view")
    version = version_of(ctx, number)
    file = schedule_file(version.source)
    current = current_version(ctx.root, ctx.today())
    return {
        **version_mapping(version),
        "in_force": current is not None and current.number == number,
        "needed": APPROVALS,
        "stated": list(file.authority.approved_by),
        "zone": file.authority.zone,
        "fiscal_year_start": file.authority.fiscal_year_start,
        "class_list": [
            {
                "code": c.code,
                "title": c.title,
                "parent": c.parent,
                "schedule": c.schedule,
                "closure": c.closure,
                "maximum": c.maximum,
                "scope": c.scope or "",
                "owner": str(c.owner),
                "vital_review": _period(c.vital_review),
                "survives_destruction": list(c.survives_destruction),
            }
            for c in file.classes
        ],
        "schedule_list": [_schedule(s) for s in file.schedules],
        "closure_list": [_timed(c) for c in file.closures],
        "maximum_list": [_timed(m) for m in file.maximums],
    }


def _schedule(schedule: Schedule) -> dict[str, Any]:
    return {
        "code": schedule.code,
        "title": schedule.title,
        "citation": list(schedule.citation),
        "supersedes": list(schedule.supersedes),
        "stages": [_stage(stage) for stage in schedule.stages],
    }


def _stage(stage: Stage) -> dict[str, Any]:
    return {
        "action": str(stage.action),
        "cooling_days": max(1, stage.cooling_days),
        "keep_stub": stage.keep_stub,
        "review_route": list(stage.review_route),
        **_clock(stage),
    }


def _timed(rule: ClosureRule | MaximumRule) -> dict[str, Any]:
    return {
        "code": rule.code,
        "title": rule.title,
        "citation": list(rule.citation),
        **_clock(rule),
    }


def _clock(rule: Stage | ClosureRule | MaximumRule) -> dict[str, Any]:
    return {
        "period": _period(rule.period),
        "triggers": [
            {
                "kind": str(t.kind),
                "name": t.name,
                "day": t.day.isoformat() if t.day is not None else None,
            }
            for t in rule.triggers
        ],
        "combine": str(rule.combine),
        "rounding": str(rule.rounding),
    }


def _period(period: Period | None) -> dict[str, int] | None:
    if period is None:
        return None
    return {
        "years": period.years,
        "months": period.months,
        "weeks": period.weeks,
        "days": period.days,
    }
