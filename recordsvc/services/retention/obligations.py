"""The retention of a record in the words of a package (ERMS 3, bag-info)."""

from collections.abc import Iterator
from datetime import date

from exports.obligation import DisposalEvent, DisposalHold, PlanClass, Retention
from recordsvc.model import Record
from recordsvc.services.classification.classes import lineage
from recordsvc.services.context import Context
from recordsvc.services.display import title_of
from recordsvc.services.disposal.tombstones import trigger_of
from recordsvc.services.recorddocument import HoldClaim
from recordsvc.services.retention import standing, vital
from recordsvc.services.retention.judging import Judgement
from recordsvc.services.retention.rulebooks import schedule_file
from retention.errors import RetentionError
from retention.schedule import Schedule

# What happened to a record on the way to its disposal, in the words of ERMS.
EVENTS = {
    "appraise": "reviewed",
    "date-justified": "reviewed",
    "date-shortened": "reviewed",
    "stage-done": "reviewed",
    "transfer-packaged": "approved",
    "transfer": "transferred",
}
NAMED_DATES = ("created", "received", "tabled", "laid", "answered")


def obligation_of(
    ctx: Context, record: Record, holds: tuple[HoldClaim, ...]
) -> Retention:
    """Return what a package says of a record's retention.

    Parameters
    ----------
    holds
        As the actor may hand them on: titles and mandates only for who may see them.

    Notes
    -----
    It says how the record stood when it was last computed: two packages of one state
    of a record are equal, whatever the day.
    """
    stood = record.standing
    found = _judgement(ctx, record)
    schedule = _schedule(ctx, found)
    dossier = ctx.root.aggregations.get(record.aggregation or "")
    stage = None
    if schedule is not None and found is not None:
        number = found.decision.stage
        stage = schedule.stages[number] if number is not None else None
    return Retention(
        record_id=record.id,
        agency=ctx.settings.parliament,
        title=title_of(record),
        type=record.type,
        access=record.access,
        classes=tuple(_plan(ctx, record)),
        aggregation_id=record.aggregation if dossier is not None else None,
        aggregation_title=dossier.title if dossier is not None else "",
        aggregation_closed_on=_day(dossier.closed_on) if dossier is not None else None,
        schedule=stood.winner if stood is not None else None,
        schedule_title=schedule.title if schedule is not None else "",
        schedule_version=stood.schedule_version if stood is not None else None,
        citations=schedule.citation if schedule is not None else (),
        trigger=trigger_of(found) if found is not None else "",
        trigger_date=found.decision.trigger_date if found is not None else None,
        period=str(stage.period) if stage is not None and stage.period else "",
        rounding=str(stage.rounding) if stage is not None else "",
        due_on=stood.due_on if stood is not None else None,
        is_provisional=stood is not None and stood.provisional,
        action=stood.action if stood is not None else None,
        state=stood.state if stood is not None else "",
        dates=tuple(_dates(record)),
        holds=tuple(_hold(ctx, hold) for hold in holds),
        events=tuple(_events(record)),
        is_vital=vital.next_review(ctx, record) is not None,
        vital_review_on=vital.next_review(ctx, record),
    )


def _judgement(ctx: Context, record: Record) -> Judgement | None:
    try:
        return standing.judge(ctx).judge(record, with_holds=False)
    except RetentionError:
        # The state says so in words; there is no clock to be told of.
        return None


def _schedule(ctx: Context, found: Judgement | None) -> Schedule | None:
    if found is None:
        return None
    version = ctx.root.schedule_versions[found.version]
    for schedule in schedule_file(version.source).schedules:
        if schedule.code == found.decision.winner:
            return schedule
    return None


def _plan(ctx: Context, record: Record) -> Iterator[PlanClass]:
    if record.class_code is None:
        return
    path = list(lineage(ctx.root, record.class_code))
    for node in reversed(path):
        yield PlanClass(code=node.code, title=node.title)
    if not path:
        yield PlanClass(code=record.class_code)


def _dates(record: Record) -> Iterator[tuple[str, date]]:
    known = {"created": record.date, **dict(record.dates)}
    for name in NAMED_DATES:
        day = _day(known.get(name))
        if day is not None:
            yield name, day


def _day(text: str | None) -> date | None:
    """Return a plain day; an instant or a part of a date is none."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def _hold(ctx: Context, claim: HoldClaim) -> DisposalHold:
    hold = ctx.root.holds.get(claim.id)
    placed = hold.placed_at if hold is not None else claim.placed_at
    return DisposalHold(
        id=claim.id,
        title=claim.title,
        mandate=claim.mandate,
        placed_on=placed.date() if placed is not None else None,
        lifted_on=hold.lifted_at.date()
        if hold is not None and hold.lifted_at
        else None,
    )


def _events(record: Record) -> Iterator[DisposalEvent]:
    for event in record.events:
        if event.type in EVENTS:
            yield DisposalEvent(type=EVENTS[event.type], at=event.at, agent=event.agent)
