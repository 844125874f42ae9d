"""Write a schedule file as TOML; reading it again gives an equal value."""

import re
from collections.abc import Iterator

from retention.schedule import ClassEntry, Schedule, ScheduleFile, Stage

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


def _class(entry: ClassEntry) -> Iterator[str]:
    yield f"code = {_text(entry.code)}"
    yield f"title = {_text(entry.title)}"
    for name in ("parent", "schedule", "scope"):
        value = getattr(entry, name)
        if value is not None:
            yield f"{name} = {_text(value)}"


def _schedule(schedule: Schedule) -> Iterator[str]:
    yield f"code = {_text(schedule.code)}"
    yield f"title = {_text(schedule.title)}"
    if schedule.citation:
        yield f"citation = {_texts(schedule.citation)}"


def _stage(stage: Stage) -> Iterator[str]:
    triggers = tuple(str(trigger) for trigger in stage.triggers)
    if len(triggers) == 1:
        yield f"trigger = {_text(triggers[0])}"
    elif triggers:
        yield f"trigger = {_texts(triggers)}"
    yield f"combine = {_text(stage.combine.value)}"
    if stage.period is not None:
        yield f"period = {_text(str(stage.period))}"
    yield f"rounding = {_text(stage.rounding.value)}"
    yield f"action = {_text(stage.action.value)}"
    yield f"cooling_days = {stage.cooling_days}"


def _texts(values: tuple[str, ...]) -> str:
    return f"[{', '.join(map(_text, values))}]"


def _text(value: str) -> str:
    return '"' + _ESCAPED.sub(_escape, value) + '"'


def _escape(found: re.Match[str]) -> str:
    character = found[0]
    return _SHORT.get(character, f"\\u{ord(character):04x}")
