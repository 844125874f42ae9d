"""The retention standing of a record: computed by the library, kept current here.

What is due is read from `by_due` inside the transaction; the search index is
never asked (DESIGN 3).
"""

from datetime import date
from functools import lru_cache

from recordsvc.model import Archive, Record, ScheduleVersion
from recordsvc.model.record import Standing
from recordsvc.services.context import Context
from recordsvc.services.numbers import is_ambiguous
from retention.decide import Calendar, Case, Decision, Facts, Hold, Obligation, decide
from retention.errors import RetentionError
from retention.loader import load
from retention.schedule import Authority, Schedule, ScheduleFile

UNCONFIRMED = frozenset({"extracted", "embedded", "inferred"})
CALENDAR_KINDS = ("session_end", "legislature_end")


@lru_cache(maxsize=16)
def schedule_file(source: str) -> ScheduleFile:
    """Return a stored schedule text as values; parsed once a process."""
    return load(source)


def current_version(root: Archive, on: date) -> ScheduleVersion | None:
    """Return the issued schedule version in force on a day."""
    for number in reversed(list(root.schedule_versions.keys())):
        version: ScheduleVersion = root.schedule_versions[number]
        if version.state != "issued":
            continue
        if schedule_file(version.source).authority.effective_from <= on:
            return version
    return None


def case_of(ctx: Context, record: Record, on: date) -> Case | None:
    """Return a record as the retention library wants it; None without a schedule."""
    version = current_version(ctx.root, on)
    if version is None:
        return None
    file = schedule_file(version.source)
    authority: Authority = file.authority
    return Case(
        case=record.id,
        on=on,
        zone=authority.zone or ctx.settings.zone,
        fiscal_year_start=authority.fiscal_year_start or ctx.settings.fiscal_year_start,
        obligations=_obligations(ctx.root, record, file),
        facts=_facts(ctx, record),
        calendar=_calendar(ctx.root),
        holds=_holds(record),
    )


def _obligations(
    root: Archive, record: Record, file: ScheduleFile
) -> tuple[Obligation, ...]:
    schedules: dict[str, Schedule] = {s.code: s for s in file.schedules}
    found: dict[str, Obligation] = {}
    codes = [record.class_code, *(o.class_code for o in record.extra_obligations)]
    for code in codes:
        name = schedule_code(root, code) if code else None
        if name and name in schedules:
            found[name] = Obligation(schedule=name, stages=schedules[name].stages)
    return tuple(found.values())


def schedule_code(root: Archive, class_code: str) -> str | None:
    """Return the schedule of a class: its own, else its nearest ancestor's."""
    seen: set[str] = set()
    code: str | None = class_code
    while code and code not in seen:
        seen.add(code)
        node = root.classes.get(code)
        if node is None:
            return None
        if node.schedule:
            return str(node.schedule)
        code = node.parent
    return None


def _facts(ctx: Context, record: Record) -> Facts:
    dates = dict(record.dates)
    how = {s.field: s.how for s in reversed(record.statements)}
    closed = record.closed_on
    if record.aggregation and record.aggregation in ctx.root.aggregations:
        closed = ctx.root.aggregations[record.aggregation].closed_on or closed
    created = dates.get("created") or record.date
    unconfirmed = {
        kind for kind in dates if how.get(f"date.{kind}", "extracted") in UNCONFIRMED
    }
    created_how = how.get("created") or how.get("date", "extracted")
    unconfirmed.discard("created")
    if created_how in UNCONFIRMED:
        unconfirmed.add("created")
    received = dates.get("received") or _iso(record.received_on)
    return Facts(
        created=created,
        received=received,
        declared=_iso(record.declared_on),
        closed=closed,
        superseded=_iso(record.superseded_on),
        last_action=_last_action(record),
        events=_events(ctx.root, record),
        dates=tuple(sorted(dates.items())),
        stages_done=record.stages_done,
        unconfirmed=tuple(sorted(unconfirmed)),
    )


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day is not None else None


def _last_action(record: Record) -> str | None:
    changing = ("capture", "edit", "import", "attach")
    # A record that came in a package was changed last where it came from.
    history = (*record.claimed_events, *record.events)
    stamps = [e.at for e in history if e.type in changing]
    return max(stamps).isoformat() if stamps else None


def _events(root: Archive, record: Record) -> tuple[tuple[str, str], ...]:
    found = []
    keys = (record.id, *(i.normalised for i in record.identifiers))
    for key in keys:
        if is_ambiguous(key):
            continue
        for _, event_id in root.by_event_key.keys(min=(key, ""), max=(key, "g")):
            event = root.trigger_events[event_id]
            if event.reversed_by is None:
                found.append((event.type, event.date))
    return tuple(sorted(found))


def _calendar(root: Archive) -> Calendar:
    ends: dict[str, list[tuple[str, bool]]] = {kind: [] for kind in CALENDAR_KINDS}
    for entry in root.calendar.values():
        if entry.reversed_by is not None:
            continue
        ends[entry.kind].append((entry.date, entry.confirmed))
    return Calendar(
        session_end=tuple(sorted(ends["session_end"])),
        legislature_end=tuple(sorted(ends["legislature_end"])),
    )


def _holds(record: Record) -> tuple[Hold, ...]:
    return tuple(Hold(id=hold_id) for hold_id in record.holds)


def decision_of(ctx: Context, record: Record, on: date) -> Decision | None:
    """Return the library's decision for a record on a day."""
    case = case_of(ctx, record, on)
    return decide(case) if case is not None else None


def refresh(ctx: Context, record: Record) -> None:
    """Compute a record's standing anew and keep the due tree in step."""
    old = record.standing
    if old is not None and old.due_on is not None:
        ctx.root.by_due.discard((old.due_on.isoformat(), record.id))
    record.standing = _standing(ctx, record)
    new = record.standing
    if new is not None and new.due_on is not None and not record.is_destroyed:
        ctx.root.by_due.add((new.due_on.isoformat(), record.id))


def _standing(ctx: Context, record: Record) -> Standing | None:
    on = ctx.today()
    version = current_version(ctx.root, on)
    if version is None:
        return None
    try:
        decision = decision_of(ctx, record, on)
    except RetentionError as error:
        # A record whose facts cannot be judged is protected, and says why.
        return Standing(state=f"error: {error}", computed_on=on)
    if decision is None:
        return None
    return Standing(
        state=str(decision.state),
        action=str(decision.action) if decision.action else None,
        due_on=decision.due_on,
        winner=decision.winner,
        stage=decision.stage,
        provisional=decision.provisional,
        schedule_version=version.number,
        computed_on=on,
    )
