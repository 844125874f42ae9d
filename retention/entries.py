"""Read the entries of a schedule file: authority, classes, schedules, other clocks."""

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any

from retention.dates import zone_of
from retention.errors import shown
from retention.fields import choice, fiscal_start
from retention.periods import Period
from retention.schedule import (
    Action,
    Authority,
    ClassEntry,
    ClosureRule,
    Combine,
    MaximumRule,
    Owner,
    Reach,
    Rounding,
    Schedule,
    Stage,
    Survivor,
)
from retention.tables import (
    Report,
    Table,
    cooling_of_file,
    cycle_of_file,
    day_of_file,
    flag_of_file,
    line_text,
    long_text,
    period_of_file,
    trigger_of_file,
    version_number,
)

__all__ = [
    "AUTHORITY",
    "CLASS",
    "CLOSURE",
    "LISTS",
    "MAXIMUM",
    "ROOT",
    "SCHEDULE",
    "STAGE",
    "authority_from",
    "class_from",
    "closure_from",
    "maximum_from",
    "schedule_from",
]

ROOT = ("authority", "class", "closure", "maximum", "schedule")
"""The tables of a schedule file."""

AUTHORITY = (
    "title",
    "zone",
    "fiscal_year_start",
    "approved_by",
    "version",
    "effective_from",
    "supersedes",
    "reach",
)
CLASS = (
    "code",
    "title",
    "parent",
    "schedule",
    "scope",
    "closure",
    "maximum",
    "owner",
    "valid_from",
    "valid_to",
    "vital_review",
    "survives_destruction",
)
LISTS = frozenset({"survives_destruction"})
"""The keys of a class that hold words, which a table has in one cell."""

CLOSURE = ("code", "title", "citation", "trigger", "combine", "period", "rounding")
MAXIMUM = CLOSURE
SCHEDULE = ("code", "title", "citation", "supersedes", "stage")
STAGE = (
    "trigger",
    "combine",
    "period",
    "rounding",
    "action",
    "cooling_days",
    "keep_stub",
    "review_route",
)

_FINAL = (Action.DESTROY, Action.PERMANENT)
_MAX_UNITS = 10


def authority_from(table: Table, report: Report) -> Authority:
    """Return the authority of a file."""
    authority = Authority(
        title=table.require("title", line_text, fallback=""),
        zone=table.require("zone", _zone, fallback=""),
        version=table.require("version", version_number, fallback=1),
        effective_from=table.require("effective_from", day_of_file, fallback=date.min),
        fiscal_year_start=table.read("fiscal_year_start", _fiscal, default=None),
        approved_by=table.entries("approved_by", line_text, may_be_empty=True),
        supersedes=table.read("supersedes", version_number, default=None),
        reach=table.read("reach", partial(choice, Reach), default=Reach.ALL),
    )
    if authority.supersedes is not None and authority.supersedes >= authority.version:
        report.add(
            (*table.path, "supersedes"),
            f"supersedes is {authority.supersedes}; it must be an earlier version "
            f"than {authority.version}",
        )
    return authority


def _zone(value: object, what: str) -> str:
    return zone_of(line_text(value, what)).key


def _fiscal(value: object, what: str) -> str | None:
    month, day = fiscal_start(value, what)
    return f"{month:02}-{day:02}"


def class_from(
    table: Table,
    report: Report,
    *,
    day: Callable[[object, str], date] = day_of_file,
) -> ClassEntry:
    """Return a class of the file plan.

    Parameters
    ----------
    table
        The entry.
    report
        Where errors go.
    day
        Takes the raw value of a day and its name; raises a RetentionError if it is
        bad.
    """
    entry = ClassEntry(
        code=table.require("code", line_text, fallback=""),
        title=table.require("title", line_text, fallback=""),
        parent=table.read("parent", line_text, default=None),
        schedule=table.read("schedule", line_text, default=None),
        scope=table.read("scope", long_text, default=None),
        closure=table.read("closure", line_text, default=None),
        maximum=table.read("maximum", line_text, default=None),
        owner=table.read("owner", partial(choice, Owner), default=Owner.HOUSE),
        valid_from=table.read("valid_from", day, default=None),
        valid_to=table.read("valid_to", day, default=None),
        vital_review=table.read("vital_review", cycle_of_file, default=None),
        survives_destruction=table.entries(
            "survives_destruction", partial(choice, Survivor), may_be_empty=False
        ),
    )
    first, last = entry.valid_from, entry.valid_to
    if first is not None and last is not None and last < first:
        report.add(
            (*table.path, "valid_to"),
            f"valid_to is {last}, before valid_from, {first}",
        )
    for name, code in (("schedule", entry.schedule), ("maximum", entry.maximum)):
        if entry.owner is Owner.MEMBER and code is not None:
            report.add(
                (*table.path, name),
                f"{name} is {shown(code)}, but Members' papers are no records "
                "of the House and may carry none",
            )
    _check_survivors(table, report, entry)
    return entry


def _check_survivors(table: Table, report: Report, entry: ClassEntry) -> None:
    words = entry.survives_destruction
    path = (*table.path, "survives_destruction")
    if Survivor.NOTHING in words and len(words) > 1:
        report.add(
            path, f"survives_destruction has {Survivor.NOTHING} beside other words"
        )
    if words and entry.owner is Owner.MEMBER:
        report.add(
            path,
            "survives_destruction is of no use here: Members' papers go back to their "
            "owner, and leave nothing but the proof of it",
        )


def closure_from(table: Table, report: Report, *, has_fiscal: bool) -> ClosureRule:
    """Return a closure rule."""
    return ClosureRule(**_clock(table, report, has_fiscal=has_fiscal))


def maximum_from(table: Table, report: Report, *, has_fiscal: bool) -> MaximumRule:
    """Return a maximum-keeping duty; without the law behind it, it is none."""
    table.expect("citation")
    return MaximumRule(**_clock(table, report, has_fiscal=has_fiscal))


def _clock(table: Table, report: Report, *, has_fiscal: bool) -> dict[str, Any]:
    """Return what a closure rule and a maximum say alike."""
    table.expect("trigger")
    return {
        "code": table.require("code", line_text, fallback=""),
        "title": table.require("title", line_text, fallback=""),
        "citation": table.entries("citation", line_text, may_be_empty=True),
        "triggers": table.entries("trigger", trigger_of_file, may_be_empty=False),
        "period": table.require("period", period_of_file, fallback=Period()),
        "combine": table.read("combine", partial(choice, Combine), default=Combine.ALL),
        "rounding": _rounding(table, report, has_fiscal=has_fiscal),
    }


def schedule_from(table: Table, report: Report, *, has_fiscal: bool) -> Schedule:
    """Return a schedule with its stages."""
    stages: list[Stage] = []
    for number, found in enumerate(table.tables("stage", STAGE)):
        stage = _stage(found, report, is_first=number == 0, has_fiscal=has_fiscal)
        if stages and stages[-1].action in _FINAL:
            report.add(
                found.path,
                f"stage {number} never begins: the one before it ends with "
                f"{stages[-1].action}",
            )
        stages.append(stage)
    if not stages:
        report.add(table.path, "schedule has no stage; write [[schedule.stage]]")
    return Schedule(
        code=table.require("code", line_text, fallback=""),
        title=table.require("title", line_text, fallback=""),
        citation=table.entries("citation", line_text, may_be_empty=True),
        supersedes=table.entries("supersedes", line_text, may_be_empty=True),
        stages=tuple(stages),
    )


def _stage(table: Table, report: Report, *, is_first: bool, has_fiscal: bool) -> Stage:
    action = table.require("action", partial(choice, Action), fallback=Action.REVIEW)
    is_timed = action is not Action.PERMANENT
    if is_timed:
        table.expect("period")
    if is_timed and is_first:
        table.expect("trigger")
    return Stage(
        action=action,
        triggers=table.entries("trigger", trigger_of_file, may_be_empty=False),
        period=table.read("period", period_of_file, default=None),
        combine=table.read("combine", partial(choice, Combine), default=Combine.ALL),
        rounding=_rounding(table, report, has_fiscal=has_fiscal),
        cooling_days=table.read("cooling_days", cooling_of_file, default=1),
        keep_stub=_keep_stub(table, report, action),
        review_route=_review_route(table, report, action),
    )


def _keep_stub(table: Table, report: Report, action: Action) -> bool:
    keeps = table.read("keep_stub", flag_of_file, default=True)
    if not keeps and action is not Action.DESTROY:
        report.add(
            (*table.path, "keep_stub"),
            f"keep_stub is false, but {action} destroys nothing; write it where the "
            f"action is {Action.DESTROY}",
        )
    return keeps


def _review_route(table: Table, report: Report, action: Action) -> tuple[str, ...]:
    units = table.entries("review_route", line_text, may_be_empty=False)
    path = (*table.path, "review_route")
    if len(units) > _MAX_UNITS:
        report.add(path, f"review_route has {len(units)} units, more than {_MAX_UNITS}")
    if units and action is Action.PERMANENT:
        report.add(
            path, f"review_route has units, but nothing {action} is ever reviewed"
        )
    return units


def _rounding(table: Table, report: Report, *, has_fiscal: bool) -> Rounding:
    rounding = table.read("rounding", partial(choice, Rounding), default=Rounding.NONE)
    if rounding is Rounding.FISCAL and not has_fiscal:
        report.add(
            (*table.path, "rounding"),
            "rounding is fiscal, but authority has no fiscal_year_start",
        )
    return rounding
