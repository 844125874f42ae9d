"""What the steps of a trace say to a person.

Sentences are made when they are read: a simulation over a hundred thousand records
decides without writing one.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

__all__ = ["BECAUSE", "REFUSED", "sentence"]

_Facts = Mapping[str, Any]


def sentence(step: str, facts: _Facts) -> str:
    """Return what a step says.

    Parameters
    ----------
    step
        A kind of :data:`retention.shapes.SHAPES`.
    facts
        Its facts.

    Examples
    --------
    >>> sentence("period", {"of": "PQ-10", "period": "P10Y", "date": "2024-01-01"})
    'plus P10Y: 2024-01-01'
    """
    return _SENTENCES[step](facts)


def _stage(facts: _Facts) -> str:
    number = facts["stage"]
    return (
        f"{facts['schedule']}: stage {number} ({number + 1} of {facts['stages']}) "
        f"decides, its action is {facts['action']}"
    )


def _finished(facts: _Facts) -> str:
    count = facts["stages"]
    return f"{facts['schedule']}: all its stages are done ({count} of {count})"


def _closure(facts: _Facts) -> str:
    return f"{facts['closure']}: closed to the public for {facts['period']}"


def _executed(facts: _Facts) -> str:
    return f"trigger execution of stage {facts['stage']}: {facts['date']}"


def _trigger(facts: _Facts) -> str:
    said = f"trigger {facts['trigger']}: {facts['date'] or 'missing'}"
    if facts["text"] is not None:
        said += f" (legal day of {facts['text']})"
    return said + _provisionally(facts)


def _provisionally(facts: _Facts) -> str:
    return ", provisional" if facts["provisional"] else ""


def _waiting(facts: _Facts) -> str:
    if facts["combine"] == "all":
        names = " and ".join(facts["missing"])
    else:
        names = f"any of {', '.join(facts['missing'])}"
    return f"waiting for {names}: {_consequence(facts)}"


def _consequence(facts: _Facts) -> str:
    match facts["clock"]:
        case "closure":
            return "no day on which it opens"
        case "maximum":
            return "no day by which it must be gone"
    return "no due date, never due"


def _combine(facts: _Facts) -> str:
    if facts["combine"] == "all":
        return f"all: the latest trigger counts, {facts['date']}"
    return f"any: the earliest trigger present counts, {facts['date']}"


def _endless(facts: _Facts) -> str:
    return (
        f"waiting for a {facts['rounding']} that ends on or after {facts['date']}: "
        f"{_consequence(facts)}"
    )


def _rounding(facts: _Facts) -> str:
    return f"rounded to {facts['rounding']}: {facts['date']}{_provisionally(facts)}"


def _period(facts: _Facts) -> str:
    return f"plus {facts['period']}: {facts['date']}"


def _lost(facts: _Facts) -> str:
    due = facts["due_on"] or "no due date"
    return (
        f"{facts['schedule']} ({due}) lost to {facts['winner']} because "
        f"{BECAUSE[facts['because']].format_map(facts)}"
    )


BECAUSE: Final = {
    "permanent": "{winner} comes first: its action is permanent",
    "unknown": (
        "{winner} comes first: its due date is unknown, which counts as the latest"
    ),
    "more_stages": "{winner} comes first: it has stages still to come",
    "later": "{winner} is due later, on {winner_due_on}",
    "action": "{winner_action} goes before {action}",
    "code": "of equal claims the lower code decides, {winner}",
}
"""Why an obligation lost to another."""


def _kept(facts: _Facts) -> str:
    said = f"kept until {facts['until']} by hand (appraisal); "
    alone = facts["schedule_due_on"]
    if alone is None:
        return said + "it changes nothing where there is no due date"
    if alone == facts["due_on"]:
        return said + f"the schedule says {alone}, which is not earlier, and counts"
    return said + f"the schedule alone says {alone}"


def _provisional(facts: _Facts) -> str:
    names = ", ".join(facts["schedules"])
    return f"provisional, so not due: a date is open in {names}"


def _state(facts: _Facts) -> str:
    due, on = facts["due_on"], facts["on"]
    match facts["state"]:
        case "permanent":
            return f"permanent: {facts['winner']} sets no end"
        case "awaiting_trigger":
            return "awaiting trigger: there is no due date"
        case "due":
            earliest = facts["earliest_execution"]
            return f"due: {due} has come on {on}; not to be executed before {earliest}"
    if str(due) > str(on):
        return f"running: due on {due}, not yet on {on}"
    return f"running: {due} has come, but is provisional"


def _far(facts: _Facts) -> str:
    return (
        f"warning: the trigger of {facts['schedule']}, {facts['date']}, lies more than "
        f"50 years ahead of {facts['on']}; is it right?"
    )


def _maximum(facts: _Facts) -> str:
    return f"maximum {facts['maximum']}: to be kept {facts['period']} at most"


def _limit(facts: _Facts) -> str:
    name, until = facts["maximum"], facts["until"]
    if until is None:
        return f"{name}: no day by which it must be gone is known"
    if facts["has_passed"]:
        return f"{name}: it must have been gone by {until}; that makes nothing due"
    return f"{name}: it must be gone by {until}{_provisionally(facts)}"


def _refused(facts: _Facts) -> str:
    why = REFUSED[facts["because"]].format_map(facts)
    return (
        f"{facts['maximum']} is refused: it must be gone by {facts['until']}"
        f"{_provisionally(facts)}, but {why}"
    )


def _unread(facts: _Facts) -> str:
    return f"{facts['maximum']} bounds nothing, it cannot be read: {facts['fault']}"


REFUSED: Final = {
    "permanent": "{winner} keeps it permanently",
    "unknown": "{winner} has no due date yet, which counts as the latest",
    "later": "{winner} keeps it until {due_on}",
    "by_hand": "it is kept until {due_on} by hand",
    "coverage": "it has no disposal coverage and stays",
    "hold": "it is on hold",
}
"""Why a maximum-keeping duty was refused."""


def _coverage(_: _Facts) -> str:
    return "no disposal coverage"


def _held(facts: _Facts) -> str:
    since = f"since {facts['from']}" if facts["from"] is not None else "since ever"
    until = f"until {facts['to']}" if facts["to"] is not None else "with no end"
    return f"held by {facts['hold']} {since}, {until}: nothing is disposed of"


def _access(facts: _Facts) -> str:
    day, on = facts["expected_on"], facts["on"]
    if day is None:
        return "closed: there is no day on which it opens"
    if facts["provisional"]:
        return f"closed without end: {day} is provisional"
    if facts["state"] == "open":
        return f"open: {day} has come on {on}"
    return f"closed: it opens on {day}, not yet on {on}"


_SENTENCES: Final[dict[str, Callable[[_Facts], str]]] = {
    "stage": _stage,
    "finished": _finished,
    "closure": _closure,
    "executed": _executed,
    "trigger": _trigger,
    "waiting": _waiting,
    "combine": _combine,
    "endless": _endless,
    "rounding": _rounding,
    "period": _period,
    "lost": _lost,
    "kept": _kept,
    "provisional": _provisional,
    "state": _state,
    "coverage": _coverage,
    "held": _held,
    "access": _access,
    "far": _far,
    "maximum": _maximum,
    "limit": _limit,
    "refused": _refused,
    "unread": _unread,
}
