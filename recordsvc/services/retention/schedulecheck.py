"""A schedule text while it is being written: its errors by line, or its effect."""

from dataclasses import dataclass
from typing import Any

from recordsvc.services.access import authorize
from recordsvc.services.context import Context
from recordsvc.services.errors import InvalidRequest
from recordsvc.services.retention.simulating import impact_of
from retention.errors import ScheduleError
from retention.loader import load

MAX_CHARS = 2_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """An error of a schedule text.

    Parameters
    ----------
    line
        From 1.
    quoted
        The line itself, without its end.
    """

    line: int
    quoted: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What a look at a schedule text has found: errors, or else its effect."""

    errors: tuple[Fault, ...] = ()
    effect: dict[str, Any] | None = None


def check(ctx: Context, source: str, *, limit: int) -> Check:
    """Return the errors of a schedule text, or what it would do; nothing is written.

    Parameters
    ----------
    limit
        How many records of each kind are named.

    Raises
    ------
    InvalidRequest
        If the text is longer than any schedule.
    """
    authorize(ctx, "schedule.import")
    if len(source) > MAX_CHARS:
        raise InvalidRequest(f"a schedule has at most {MAX_CHARS} characters")
    try:
        file = load(source)
    except ScheduleError as error:
        lines = source.splitlines()
        return Check(
            errors=tuple(
                Fault(
                    line=number,
                    quoted=lines[number - 1] if 1 <= number <= len(lines) else "",
                    why=why,
                )
                for number, why in error.errors
            )
        )
    return Check(effect=impact_of(ctx, file, limit=limit).as_mapping())
