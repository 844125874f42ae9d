"""Rules of a schedule in words, in the reader's language."""

from collections.abc import Mapping, Sequence
from typing import Any

from babel import Locale
from babel.lists import format_list
from babel.units import format_unit

from recordsvc.web.languages import Catalogue, day_text

UNITS = ("years", "months", "weeks", "days")
ROUNDINGS = ("month", "quarter", "year", "fiscal", "session", "legislature")
TRIGGERS = (
    "created",
    "received",
    "declared",
    "closed",
    "superseded",
    "last_action",
    "session_end",
    "legislature_end",
)


def period_words(period: Mapping[str, int] | None, locale: Locale) -> str:
    """Return a period in words, such as ``10 years``; empty where there is none."""
    if period is None:
        return ""
    amounts = {unit: period[unit] for unit in UNITS if period[unit]} or {"days": 0}
    return _listed(
        [
            format_unit(amount, f"duration-{unit[:-1]}", length="long", locale=locale)
            for unit, amount in amounts.items()
        ],
        locale,
    )


def _listed(words: Sequence[str], locale: Locale, style: str = "standard") -> str:
    return str(format_list(words, style=style, locale=locale))  # type: ignore[arg-type]


def trigger_words(trigger: Mapping[str, Any], words: Catalogue) -> str:
    """Return what starts a clock in words."""
    match trigger["kind"]:
        case "event":
            return words.gettext("the event “%(name)s”", name=trigger["name"])
        case "date":
            return words.gettext("the date “%(name)s”", name=trigger["name"])
        case "fixed":
            return day_text(trigger["day"], words.language)
    return words.gettext(f"trigger:{trigger['kind']}")


def clock_words(
    rule: Mapping[str, Any], words: Catalogue, *, is_first: bool = True
) -> str:
    """Return when a stage, or a closure, has run out.

    Parameters
    ----------
    is_first
        Only the first stage of a schedule reads its triggers.
    """
    period = period_words(rule["period"], words.locale)
    if not period:
        return ""
    parts = [_start(rule, period, words, is_first=is_first)]
    if rule["rounding"] != "none":
        parts.append(words.gettext(f"rounding:{rule['rounding']}"))
    return ", ".join(parts) if words.language != "ar" else "، ".join(parts)


def _start(
    rule: Mapping[str, Any], period: str, words: Catalogue, *, is_first: bool
) -> str:
    if not is_first:
        return words.gettext(
            "%(period)s after the stage before was carried out", period=period
        )
    named = [trigger_words(t, words) for t in rule["triggers"]]
    if len(named) == 1:
        return words.gettext(
            "%(period)s after %(trigger)s", period=period, trigger=named[0]
        )
    if rule["combine"] == "any":
        return words.gettext(
            "%(period)s after the first of: %(triggers)s",
            period=period,
            triggers=_listed(named, words.locale, "or"),
        )
    return words.gettext(
        "%(period)s after the last of: %(triggers)s",
        period=period,
        triggers=_listed(named, words.locale),
    )
