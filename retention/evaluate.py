"""Evaluate one case given as a line of JSON: total, pure, one answer a line.

The line is read into a :class:`retention.decide.Case`; what it means is decided there,
as for the records of a store. Members that the rules do not name are ignored.
"""

from collections.abc import Callable
from datetime import date
from typing import TypeVar

from retention.case import Calendar, Case, Facts, Hold, Malformed, Obligation
from retention.dates import legal_day
from retention.decide import decide
from retention.errors import MalformedError, RetentionError
from retention.fields import (
    choice,
    cooling_from,
    fiscal_start,
    text_from,
    triggers_from,
)
from retention.jsonline import read_line
from retention.periods import Period
from retention.schedule import Action, Combine, MaximumRule, Rounding, Stage

__all__ = ["evaluate_line"]

_EVENT = '{"type": text, "date": date}'
_DONE = '{"schedule": text, "stage": number, "date": date}'
_END = '{"date": date, "confirmed": true or false}'

_Entry = TypeVar("_Entry")


def evaluate_line(text: str) -> dict[str, object]:
    """Return the answer to one case; it never raises.

    Parameters
    ----------
    text
        One JSON object of INTERFACE section 5, without its line end.

    Returns
    -------
    dict
        The decision, or ``{"case", "state": "error", "error"}``, of plain JSON values.

    Examples
    --------
    >>> evaluate_line('{"case": "c1", "on": "2025-03-15"}')["error"]
    'zone is missing; it must be a text that is not empty'
    >>> evaluate_line("[]")["error"]
    'the line is no JSON object'
    """
    line = read_line(text)
    if line.fault is not None:
        return _error(line.name, line.fault)
    try:
        return decide(_case(line.members, line.name)).as_mapping()
    except RetentionError as error:
        return _error(line.name, str(error))


def _error(name: object, why: str) -> dict[str, object]:
    return {"case": name, "state": "error", "error": why}


def _case(line: dict[str, object], name: object) -> Case:
    zone = text_from(line.get("zone"), "zone")
    fiscal = line.get("fiscal_year_start")
    if fiscal is not None:
        fiscal_start(fiscal)
    obligations = _list(line.get("obligations"), "obligations")
    holds = _list(line.get("holds"), "holds")
    return Case(
        case=name,
        on=legal_day(line.get("on"), zone, "on"),
        zone=zone,
        fiscal_year_start=str(fiscal) if fiscal is not None else None,
        obligations=tuple(_obligation(entry) for entry in obligations),
        facts=_facts(_object(line.get("facts"), "facts")),
        calendar=_calendar(line.get("calendar")),
        holds=tuple(_hold(entry, zone) for entry in holds),
        kept_until=line.get("kept_until"),
        maximums=tuple(
            _maximum(entry) for entry in _list(line.get("maximums"), "maximums")
        ),
    )


def _list(value: object, what: str) -> list[object]:
    if value is None:
        return []
    if isinstance(value, list):
        return value
    raise MalformedError(what, value, "a list")


def _object(value: object, what: str) -> dict[str, object]:
    if value is None:
        return {}
    if isinstance(value, dict):
        return value
    raise MalformedError(what, value, "an object")


def _obligation(entry: object) -> Obligation:
    found = _object(entry, "an obligation")
    code = text_from(found.get("schedule"), "schedule of an obligation")
    stages = _list(found.get("stages"), f"stages of {code}")
    return Obligation(
        schedule=code,
        stages=tuple(
            _stage(stage, f"stage {number} of {code}", is_first=number == 0)
            for number, stage in enumerate(stages)
        ),
    )


def _stage(entry: object, where: str, *, is_first: bool) -> Stage:
    found = _object(entry, where)
    action = choice(Action, found.get("action"), f"action of {where}")
    combine, rounding = found.get("combine"), found.get("rounding")
    cooling = found.get("cooling_days")
    is_timed = action is not Action.PERMANENT
    return Stage(
        action=action,
        triggers=triggers_from(found.get("trigger"), f"trigger of {where}")
        if is_timed and is_first
        else (),
        period=Period.parse(found.get("period"), f"period of {where}")
        if is_timed
        else None,
        combine=Combine.ALL
        if combine is None
        else choice(Combine, combine, f"combine of {where}"),
        rounding=Rounding.NONE
        if rounding is None
        else choice(Rounding, rounding, f"rounding of {where}"),
        cooling_days=1
        if cooling is None
        else cooling_from(cooling, f"cooling_days of {where}"),
    )


def _maximum(entry: object) -> MaximumRule:
    found = _object(entry, "a maximum")
    code = text_from(found.get("maximum"), "code of a maximum")
    combine, rounding = found.get("combine"), found.get("rounding")
    return MaximumRule(
        code=code,
        title="",
        triggers=triggers_from(found.get("trigger"), f"trigger of {code}"),
        period=Period.parse(found.get("period"), f"period of {code}"),
        combine=Combine.ALL
        if combine is None
        else choice(Combine, combine, f"combine of {code}"),
        rounding=Rounding.NONE
        if rounding is None
        else choice(Rounding, rounding, f"rounding of {code}"),
    )


def _hold(entry: object, zone: str) -> Hold:
    found = _object(entry, "a hold")
    name = text_from(found.get("id"), "id of a hold")
    return Hold(
        id=name,
        from_=_day(found.get("from"), zone, f"from of hold {name}"),
        to=_day(found.get("to"), zone, f"to of hold {name}"),
    )


def _day(value: object, zone: str, what: str) -> date | None:
    return None if value is None else legal_day(value, zone, what)


def _facts(found: dict[str, object]) -> Facts:
    return Facts(
        created=found.get("created"),
        received=found.get("received"),
        declared=found.get("declared"),
        closed=found.get("closed"),
        superseded=found.get("superseded"),
        last_action=found.get("last_action"),
        events=_entries(found.get("events"), "facts.events", _EVENT, _event),
        dates=_dates(found.get("dates")),
        stages_done=_entries(
            found.get("stages_done"), "facts.stages_done", _DONE, _done
        ),
        unconfirmed=_names(found.get("unconfirmed")),
    )


def _entries(
    value: object,
    what: str,
    shape: str,
    read: Callable[[dict[str, object]], _Entry | None],
) -> tuple[_Entry | Malformed, ...] | Malformed:
    if value is None:
        return ()
    if not isinstance(value, list):
        return Malformed(what=what, value=value, wanted="a list")
    found: list[_Entry | Malformed] = []
    for part in value:
        entry = read(part) if isinstance(part, dict) else None
        found.append(
            Malformed(
                what=f"an entry of {what}", value=part, wanted=f"an object {shape}"
            )
            if entry is None
            else entry
        )
    return tuple(found)


def _event(entry: dict[str, object]) -> tuple[str, object] | None:
    kind = entry.get("type")
    return (kind, entry.get("date")) if isinstance(kind, str) else None


def _done(entry: dict[str, object]) -> tuple[str, object, object] | None:
    code = entry.get("schedule")
    if not isinstance(code, str):
        return None
    return code, entry.get("stage"), entry.get("date")


def _end(entry: dict[str, object]) -> tuple[object, object] | None:
    return entry.get("date"), entry.get("confirmed")


def _dates(value: object) -> tuple[tuple[str, object], ...] | Malformed:
    if value is None:
        return ()
    if isinstance(value, dict):
        return tuple(value.items())
    return Malformed(what="facts.dates", value=value, wanted="an object")


def _names(value: object) -> tuple[str, ...] | Malformed:
    if value is None:
        return ()
    if isinstance(value, list) and all(isinstance(name, str) for name in value):
        return tuple(value)
    return Malformed(what="facts.unconfirmed", value=value, wanted="a list of texts")


def _calendar(value: object) -> Calendar:
    if value is None:
        return Calendar()
    if not isinstance(value, dict):
        wrong = Malformed(what="calendar", value=value, wanted="an object")
        return Calendar(session_end=wrong, legislature_end=wrong)
    return Calendar(
        session_end=_entries(
            value.get("session_end"), "calendar.session_end", _END, _end
        ),
        legislature_end=_entries(
            value.get("legislature_end"), "calendar.legislature_end", _END, _end
        ),
    )
