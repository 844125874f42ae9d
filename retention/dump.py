"""Write a schedule file as TOML; reading it again gives an equal value."""

import re
from collections.abc import Iterator

from retention.schedule import (
    Action,
    ClassEntry,
    Owner,
    Reach,
    Schedule,
    ScheduleFile,
    Stage,
    TimedRule,
)

__all__ = ["dump"]

_ESCAPED = re.compile(r'["\\\x00-\x1f\x7f]')
_SHORT = {'"': r"\"", "\\": r"\\", "\n": r"\n", "\t": r"\t", "\r": r"\r"}


def dump(file: ScheduleFile) -> str:
    """Return a schedule file as TOML text, the same for equal values.

    Parameters
    ----------
    file
        The schedule file.

    Notes
    -----
    Defaults of a stage are written out: a reader need not know them.
    """
    lines = ["[authority]", *_authority(file)]
    for entry in file.classes:
        lines += ["", "[[class]]", *_class(entry)]
    for rule in file.closures:
        lines += ["", "[[closure]]", *_timed(rule)]
    for duty in file.maximums:
        lines += ["", "[[maximum]]", *_timed(duty)]
    for schedule in file.schedules:
        lines += ["", "[[schedule]]", *_schedule(schedule)]
        for stage in schedule.stages:
            lines += ["", "  [[schedule.stage]]"]
            lines += [f"  {line}" for line in _stage(stage)]
    return "\n".join(lines) + "\n"


def _authority(file: ScheduleFile) -> Iterator[str]:
    authority = file.authority
    yield f"title = {_text(authority.title)}"
    yield f"zone = {_text(authority.zone)}"
    if authority.fiscal_year_start is not None:
        yield f"fiscal_year_start = {_text(authority.fiscal_year_start)}"
    if authority.approved_by:
        yield f"approved_by = {_texts(authority.approved_by)}"
    yield f"version = {authority.version}"
    yield f"effective_from = {authority.effective_from.isoformat()}"
    if authority.supersedes is not None:
        yield f"supersedes = {authority.supersedes}"
    if authority.reach is not Reach.ALL:
        yield f"reach = {_text(authority.reach.value)}"


def _class(entry: ClassEntry) -> Iterator[str]:
    yield f"code = {_text(entry.code)}"
    yield f"title = {_text(entry.title)}"
    for name in ("parent", "schedule", "closure", "maximum", "scope"):
        value = getattr(entry, name)
        if value is not None:
            yield f"{name} = {_text(value)}"
    if entry.owner is not Owner.HOUSE:
        yield f"owner = {_text(entry.owner.value)}"
    for name in ("valid_from", "valid_to"):
        day = getattr(entry, name)
        if day is not None:
            yield f"{name} = {day.isoformat()}"
    if entry.vital_review is not None:
        yield f"vital_review = {_text(str(entry.vital_review))}"
    if entry.survives_destruction:
        yield f"survives_destruction = {_texts(entry.survives_destruction)}"


def _schedule(schedule: Schedule) -> Iterator[str]:
    yield f"code = {_text(schedule.code)}"
    yield f"title = {_text(schedule.title)}"
    if schedule.citation:
        yield f"citation = {_texts(schedule.citation)}"
    if schedule.supersedes:
        yield f"supersedes = {_texts(schedule.supersedes)}"


def _timed(rule: TimedRule) -> Iterator[str]:
    yield f"code = {_text(rule.code)}"
    yield f"title = {_text(rule.title)}"
    if rule.citation:
        yield f"citation = {_texts(rule.citation)}"
    yield from _clock(rule)


def _clock(rule: Stage | TimedRule) -> Iterator[str]:
    triggers = tuple(str(trigger) for trigger in rule.triggers)
    if len(triggers) == 1:
        yield f"trigger = {_text(triggers[0])}"
    elif triggers:
        yield f"trigger = {_texts(triggers)}"
    yield f"combine = {_text(rule.combine.value)}"
    if rule.period is not None:
        yield f"period = {_text(str(rule.period))}"
    yield f"rounding = {_text(rule.rounding.value)}"


def _stage(stage: Stage) -> Iterator[str]:
    yield from _clock(stage)
    yield f"action = {_text(stage.action.value)}"
    yield f"cooling_days = {stage.cooling_days}"
    if stage.action is Action.DESTROY:
        yield f"keep_stub = {'true' if stage.keep_stub else 'false'}"
    if stage.review_route:
        yield f"review_route = {_texts(stage.review_route)}"


def _texts(values: tuple[str, ...]) -> str:
    return f"[{', '.join(map(_text, values))}]"


def _text(value: str) -> str:
    return '"' + _ESCAPED.sub(_escape, value) + '"'


def _escape(found: re.Match[str]) -> str:
    character = found[0]
    return _SHORT.get(character, f"\\u{ord(character):04x}")
