"""What-if: what a schedule would do to every record, written nowhere."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from recordsvc.model import Record
from recordsvc.model.record import Standing
from recordsvc.services.access import authorize, may_read
from recordsvc.services.context import Context
from recordsvc.services.display import title_of
from recordsvc.services.errors import InvalidRequest
from recordsvc.services.retention import recalculating, rollover, standing
from recordsvc.services.retention.judging import Judge
from recordsvc.services.retention.rulebooks import Rulebook, plan_of, rulebooks_on
from recordsvc.services.retention.walking import records_of
from retention.errors import ScheduleError
from retention.loader import load
from retention.schedule import ScheduleFile

EARLIER, LATER, CHANGED, UNCHANGED = "earlier", "later", "changed", "unchanged"
NOW_DUE = "now_due"
MOVES = (EARLIER, LATER, CHANGED, UNCHANGED)
LISTED = 100
_DIGITS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A part of the archive by record ids; without bounds all of it.

    Parameters
    ----------
    after, until
        The ids behind the first, up to and with the second, None for the end.
    """

    after: str = ""
    until: str | None = None


EVERYTHING = Span()


def spans(count: int) -> tuple[Span, ...]:
    """Return parts that make up the archive, in order.

    They are about as large as one another where ids are random hexadecimal numbers;
    whatever the ids are, each is in one part.
    """
    size = 16**_DIGITS
    cuts = [f"{size * place // count:0{_DIGITS}x}" for place in range(1, count)]
    return tuple(
        Span(after=after, until=until)
        for after, until in zip(["", *cuts], [*cuts, None], strict=True)
    )


@dataclass(slots=True, kw_only=True)
class Impact:
    """What a schedule would do.

    Parameters
    ----------
    on
        The day for which both sides were judged: today, or the first day of the
        version where that is later.
    counts
        How many records fall due earlier, later, on the same day for something else,
        or stand as before; and how many are due now and were not.
    by_class
        The same, by the code of the class.
    listed
        The first records of each kind, with their state before and after.
    """

    on: date
    records: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    by_class: dict[str, Counter[str]] = field(default_factory=dict)
    listed: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def add(self, part: "Impact", limit: int) -> None:
        """Add what was found in the next part of the archive, on the same day."""
        self.records += part.records
        self.counts.update(part.counts)
        for code, found in part.by_class.items():
            self.by_class.setdefault(code, Counter()).update(found)
        for kind, entries in part.listed.items():
            listed = self.listed.setdefault(kind, [])
            listed += entries[: limit - len(listed)]

    def as_mapping(self) -> dict[str, Any]:
        """Return the impact as JSON-able values."""
        kinds = (EARLIER, LATER, CHANGED, NOW_DUE)
        return {
            "on": self.on.isoformat(),
            "records": self.records,
            UNCHANGED: self.counts[UNCHANGED],
            **{kind: self.listed.get(kind, []) for kind in kinds},
            "counts": {kind: self.counts[kind] for kind in (*MOVES, NOW_DUE)},
            "by_class": {
                code: {kind: found[kind] for kind in ("records", *MOVES, NOW_DUE)}
                for code, found in sorted(self.by_class.items())
            },
        }


def read_schedule(source: str) -> ScheduleFile:
    """Return a schedule file as values.

    Raises
    ------
    InvalidRequest
        If it is bad: whole, with every error and its line.
    """
    try:
        return load(source)
    except ScheduleError as error:
        lines = "\n".join(f"  line {line}: {text}" for line, text in error.errors)
        raise InvalidRequest(
            f"the schedule was refused, nothing was changed:\n{lines}"
        ) from error


def simulate(
    ctx: Context, source: str, *, limit: int = LISTED, span: Span = EVERYTHING
) -> Impact:
    """Return what a schedule file would do if it were in force; nothing is written.

    Parameters
    ----------
    limit
        How many records of each kind are listed; all are counted.
    span
        The part of the archive that is looked at.

    Raises
    ------
    InvalidRequest
        If the file is bad: whole, with every error and its line.
    """
    authorize(ctx, "retention.view")
    return impact_of(ctx, read_schedule(source), limit=limit, span=span)


def merged(parts: Iterable[Impact], limit: int) -> Impact:
    """Return the impact on the archive from those on its parts, in their order."""
    first, *others = parts
    whole = Impact(on=first.on)
    for part in (first, *others):
        whole.add(part, limit)
    return whole


def impact_of(
    ctx: Context, file: ScheduleFile, *, limit: int = LISTED, span: Span = EVERYTHING
) -> Impact:
    """Return what a version would do to every record of the archive, or of a part."""
    on = max(ctx.today(), file.authority.effective_from)
    draft = Rulebook(number=file.authority.version, file=file, plan=plan_of(file))
    in_force = rulebooks_on(ctx.root, on)
    after = Judge(ctx, on, (draft, *(r for r in in_force if r.number != draft.number)))
    before = None if _is_up_to_date(ctx, in_force) else Judge(ctx, on, in_force)
    impact = Impact(on=on)
    for record in records_of(ctx.root, span.after, span.until):
        old = standing.standing_of(before, record) if before else record.standing
        new = standing.standing_of(after, record)
        for kind in _count(impact, record, old, new):
            listed = impact.listed.setdefault(kind, [])
            if len(listed) < limit and may_read(ctx.actor, record):
                listed.append(_entry(record, old, new, on))
    return impact


def _is_up_to_date(ctx: Context, in_force: tuple[Rulebook, ...]) -> bool:
    """Say whether every record stands as the versions of the day say."""
    if in_force != rulebooks_on(ctx.root, ctx.today()):
        return False
    return not recalculating.is_waiting(ctx) and rollover.waiting_version(ctx) is None


def _count(
    impact: Impact, record: Record, old: Standing | None, new: Standing | None
) -> list[str]:
    """Count a record; return the lists that it belongs on."""
    move = move_of(old, new)
    kinds = [] if move == UNCHANGED else [move]
    if is_due(new, impact.on) and not is_due(old, impact.on):
        kinds.append(NOW_DUE)
    impact.records += 1
    of_class = impact.by_class.get(record.class_code or "")
    if of_class is None:
        of_class = impact.by_class[record.class_code or ""] = Counter()
    of_class["records"] += 1
    for kind in kinds or (UNCHANGED,):
        impact.counts[kind] += 1
        of_class[kind] += 1
    return kinds


def _entry(
    record: Record, old: Standing | None, new: Standing | None, on: date
) -> dict[str, Any]:
    return {
        "id": record.id,
        "title": title_of(record),
        "class": record.class_code,
        "before": shown(old, on),
        "after": shown(new, on),
    }


def move_of(old: Standing | None, new: Standing | None) -> str:
    """Return whether a record's end moves: none at all is later than any day."""
    before, after = standing.certain_day(old), standing.certain_day(new)
    if before is None and after is None:
        # A day that is not certain yet may still become one.
        before = old.due_on if old is not None else None
        after = new.due_on if new is not None else None
    if before != after:
        # Where nothing was in force there was nothing to move.
        is_earlier = after is not None and (before is None or after < before)
        if is_earlier and old is None:
            return CHANGED
        return EARLIER if is_earlier else LATER
    return UNCHANGED if _essence(old) == _essence(new) else CHANGED


def _essence(found: Standing | None) -> tuple[object, ...]:
    if found is None:
        return ()
    kind = standing.exception_of(found)
    return (kind, found.due_on, found.action, found.winner, found.stage)


def is_due(found: Standing | None, on: date) -> bool:
    """Say whether a record that stands so is due on a day."""
    day = standing.certain_day(found)
    return day is not None and day <= on


def shown(found: Standing | None, on: date) -> dict[str, Any] | None:
    """Return a standing as JSON-able values, None without a schedule."""
    if found is None:
        return None
    return {
        "state": standing.state_on(found, on),
        "due_on": found.due_on.isoformat() if found.due_on else None,
        "action": found.action,
        "provisional": found.provisional,
    }
