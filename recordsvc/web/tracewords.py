"""The steps to a due date in words, in the reader's language.

The facts of a step are those of `retention.shapes`; the library's own sentences, which
a tombstone keeps, are in English.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from babel.lists import format_list

from recordsvc.web.languages import Catalogue, day_text
from recordsvc.web.wording import UNITS, period_words, trigger_words

_PERIOD = re.compile(
    r"P(?:(?P<years>\d+)Y)?(?:(?P<months>\d+)M)?(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?"
)
# Why another obligation came first, by the library's word for it.
BECAUSE = {
    "permanent": "%(schedule)s: %(winner)s comes first, its action is permanent",
    "unknown": (
        "%(schedule)s: %(winner)s comes first, its due date is unknown and counts as "
        "the latest"
    ),
    "more_stages": "%(schedule)s: %(winner)s comes first, it has stages still to come",
    "later": "%(schedule)s: %(winner)s is due later, on %(winner_day)s",
    "action": "%(schedule)s: %(winner)s comes first, for %(winner_action)s goes before",
    "code": "%(schedule)s: of equal claims the lower code decides, %(winner)s",
}
ENDLESS = {
    "session": (
        "Waits for a session that ends on or after %(day)s. There is no due date"
    ),
    "legislature": (
        "Waits for a legislature that ends on or after %(day)s. There is no due date"
    ),
}
# Why a maximum-keeping duty is refused, by the library's word for it.
REFUSED = {
    "permanent": (
        "%(maximum)s is refused: it must be gone by %(day)s, but %(winner)s keeps it "
        "permanently"
    ),
    "unknown": (
        "%(maximum)s is refused: it must be gone by %(day)s, but %(winner)s has no due "
        "date yet, which counts as the latest"
    ),
    "later": (
        "%(maximum)s is refused: it must be gone by %(day)s, but %(winner)s keeps it "
        "until %(due)s"
    ),
    "by_hand": (
        "%(maximum)s is refused: it must be gone by %(day)s, but it is kept until "
        "%(due)s by hand"
    ),
    "coverage": (
        "%(maximum)s is refused: it must be gone by %(day)s, but no schedule covers it"
    ),
    "hold": "%(maximum)s is refused: it must be gone by %(day)s, but it is on hold",
}
_Facts = Mapping[str, Any]
_Teller = Callable[[_Facts, Catalogue], str]


def period_of(text: str) -> dict[str, int]:
    """Return an ISO 8601 period by its units.

    Examples
    --------
    >>> period_of("P1Y6M")
    {'years': 1, 'months': 6, 'weeks': 0, 'days': 0}
    """
    found = _PERIOD.fullmatch(text)
    amounts = found.groupdict() if found is not None else {}
    return {unit: int(amounts.get(unit) or 0) for unit in UNITS}


def step_words(step: Mapping[str, Any], words: Catalogue) -> str:
    """Return what a step says; in the library's own sentence where it is a new kind."""
    teller = _TELLERS.get(step["step"])
    return teller(step["facts"], words) if teller else str(step["text"])


def _day(text: str | None, words: Catalogue) -> str:
    return day_text(text, words.language)


def named_trigger(trigger: str, words: Catalogue) -> str:
    """Return in words what started a clock, as steps and tombstones name it."""
    kind, _, name = trigger.partition(":")
    return trigger_words({"kind": kind, "name": name, "day": name}, words)


def _listed(found: list[str], words: Catalogue) -> str:
    return str(format_list(found, locale=words.locale))


def _stage(facts: _Facts, words: Catalogue) -> str:
    return words.gettext(
        "%(schedule)s: stage %(n)s of %(count)s decides, its action is %(action)s",
        schedule=facts["schedule"],
        n=facts["stage"] + 1,
        count=facts["stages"],
        action=words.gettext(facts["action"]),
    )


def _finished(facts: _Facts, words: Catalogue) -> str:
    return words.gettext(
        "%(schedule)s: all its stages are done", schedule=facts["schedule"]
    )


def _executed(facts: _Facts, words: Catalogue) -> str:
    return words.gettext(
        "The stage before was carried out on %(day)s", day=_day(facts["date"], words)
    )


def _trigger(facts: _Facts, words: Catalogue) -> str:
    name = named_trigger(facts["trigger"], words)
    if facts["date"] is None:
        return words.gettext("Not known: %(trigger)s", trigger=name)
    day = _day(facts["date"], words)
    if facts["provisional"]:
        return words.gettext("%(trigger)s: %(day)s, provisional", trigger=name, day=day)
    return words.gettext("%(trigger)s: %(day)s", trigger=name, day=day)


def _waiting(facts: _Facts, words: Catalogue) -> str:
    named = _listed([named_trigger(t, words) for t in facts["missing"]], words)
    if facts["clock"] == "maximum":
        return words.gettext(
            "Waits for: %(triggers)s. There is no day by which it must be gone",
            triggers=named,
        )
    if facts["combine"] == "all":
        return words.gettext(
            "Waits for: %(triggers)s. There is no due date", triggers=named
        )
    return words.gettext(
        "Waits for any of: %(triggers)s. There is no due date", triggers=named
    )


def _combine(facts: _Facts, words: Catalogue) -> str:
    day = _day(facts["date"], words)
    if facts["combine"] == "all":
        return words.gettext("The latest of these dates counts: %(day)s", day=day)
    return words.gettext("The earliest of these dates counts: %(day)s", day=day)


def _endless(facts: _Facts, words: Catalogue) -> str:
    day = _day(facts["date"], words)
    if facts["clock"] == "maximum":
        return words.gettext(
            "Waits for an end on or after %(day)s. There is no day by which it must be "
            "gone",
            day=day,
        )
    return words.gettext(ENDLESS[facts["rounding"]], day=day)


def _rounding(facts: _Facts, words: Catalogue) -> str:
    said = words.gettext(f"rounding:{facts['rounding']}")
    return words.gettext(
        "%(trigger)s: %(day)s", trigger=said, day=_day(facts["date"], words)
    )


def _period(facts: _Facts, words: Catalogue) -> str:
    return words.gettext(
        "plus %(period)s: %(day)s",
        period=period_words(period_of(facts["period"]), words.locale),
        day=_day(facts["date"], words),
    )


def _lost(facts: _Facts, words: Catalogue) -> str:
    return words.gettext(
        BECAUSE[facts["because"]],
        schedule=facts["schedule"],
        winner=facts["winner"],
        winner_action=words.gettext(facts["winner_action"]),
        winner_day=_day(facts["winner_due_on"], words),
    )


def _kept(facts: _Facts, words: Catalogue) -> str:
    return words.gettext(
        "Set by hand: it is kept until %(day)s at least",
        day=_day(facts["until"], words),
    )


def _provisional(facts: _Facts, words: Catalogue) -> str:
    return words.gettext(
        "Not due: a date is still open in %(schedules)s",
        schedules=_listed(facts["schedules"], words),
    )


def _state(facts: _Facts, words: Catalogue) -> str:
    due = _day(facts["due_on"], words)
    match facts["state"]:
        case "permanent":
            return words.gettext(
                "Kept permanently: %(schedule)s sets no end", schedule=facts["winner"]
            )
        case "awaiting_trigger":
            return words.gettext("There is no due date")
        case "due":
            return words.gettext(
                "Due: %(day)s has come on %(on)s", day=due, on=_day(facts["on"], words)
            )
    if facts["provisional"]:
        return words.gettext("Running: %(day)s is provisional", day=due)
    return words.gettext("Running until %(day)s", day=due)


def _far(facts: _Facts, words: Catalogue) -> str:
    return words.gettext(
        "Is this right? The trigger of %(schedule)s lies more than 50 years ahead: "
        "%(day)s",
        schedule=facts["schedule"],
        day=_day(facts["date"], words),
    )


def _maximum(facts: _Facts, words: Catalogue) -> str:
    return words.gettext(
        "%(maximum)s: to be kept %(period)s at most",
        maximum=facts["maximum"],
        period=period_words(period_of(facts["period"]), words.locale),
    )


def _limit(facts: _Facts, words: Catalogue) -> str:
    name, day = facts["maximum"], _day(facts["until"], words)
    if facts["until"] is None:
        return words.gettext(
            "%(maximum)s: no day is known by which it must be gone", maximum=name
        )
    if facts["has_passed"]:
        return words.gettext(
            "%(maximum)s: it must have been gone by %(day)s; that makes nothing due",
            maximum=name,
            day=day,
        )
    if facts["provisional"]:
        return words.gettext(
            "%(maximum)s: it must be gone by %(day)s, provisional",
            maximum=name,
            day=day,
        )
    return words.gettext(
        "%(maximum)s: it must be gone by %(day)s", maximum=name, day=day
    )


def _refused(facts: _Facts, words: Catalogue) -> str:
    return words.gettext(
        REFUSED[facts["because"]],
        maximum=facts["maximum"],
        day=_day(facts["until"], words),
        winner=facts["winner"] or "",
        due=_day(facts["due_on"], words),
    )


def _unread(facts: _Facts, words: Catalogue) -> str:
    return words.gettext(
        "%(maximum)s bounds nothing: a date that it reads is malformed",
        maximum=facts["maximum"],
    )


def exception_words(told: Mapping[str, Any], words: Catalogue) -> str | None:
    """Return what an exception says; None where only its own reason says it.

    Parameters
    ----------
    told
        An exception of `recordsvc.services.retention.exceptions`.
    """
    day = _day(told.get("day"), words)
    match told["state"]:
        case "far_trigger":
            return words.gettext("Its trigger lies far ahead: %(day)s", day=day)
        case "maximum_overdue":
            return words.gettext(
                "It must have been gone by %(day)s and is on no disposal list", day=day
            )
        case "maximum_refused" if "maximum" in told:
            return _refused({**told, "until": told["day"]}, words)
        case "maximum_refused":
            return words.gettext(
                "It must have been gone by %(day)s, but it is on hold", day=day
            )
    return None


def _coverage(_facts: _Facts, words: Catalogue) -> str:
    return words.gettext("No disposal coverage: nothing disposes of it")


_TELLERS: dict[str, _Teller] = {
    "stage": _stage,
    "finished": _finished,
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
    "far": _far,
    "maximum": _maximum,
    "limit": _limit,
    "refused": _refused,
    "unread": _unread,
}
