"""From record to tombstone: what stays is written, everything else is overwritten.

Every persistent object of the record is overwritten in place, never only unlinked:
its old state then leaves the database with the next checkpoint (DESIGN 4).
"""

from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from recordsvc.model import DisposalList, Record
from recordsvc.model.record import RecordState, Tombstone
from recordsvc.services import changes
from recordsvc.services.access import effective_level
from recordsvc.services.context import Context
from recordsvc.services.disposal import overwriting, residue
from recordsvc.services.disposal.disposing import role_of
from recordsvc.services.disposal.stages import (
    schedule_of,
    stage_judged,
    stage_standing,
)
from recordsvc.services.likeness import parting
from recordsvc.services.renditions import load
from recordsvc.services.retention import standing
from recordsvc.services.retention.judging import Judgement
from recordsvc.storage.errors import BitstreamMissing

# What ingest is less sure of than this, it has read out of the running text.
SURE_TITLE = 0.5
# Such a title stays when it is this short, and at most this part of the text.
HEADING_CHARS, HEADING_SHARE = 150, 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What allows that a record goes.

    Parameters
    ----------
    authority
        Id of the disposal list, or another word: ``ledger``, ``capture-undone``.
    judgement
        The decision that the gate gave; None where no schedule was asked.
    title
        What the destruction ledger says was kept; None lets it be judged.
    is_bare
        The destruction ledger says that only the proof was kept.
    """

    authority: str
    method: str
    executor: str
    judgement: Judgement | None = None
    list: DisposalList | None = None
    reason: str = ""
    keeps_title: bool = True
    title: str | None = None
    is_bare: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Entombed:
    """What is left to be done for a record that has become a tombstone.

    Parameters
    ----------
    digests
        Originals and text renditions that it no longer refers to.
    event
        Id of its last event, which must be sealed before bytes go.
    """

    record_id: str
    originals: tuple[str, ...]
    digests: tuple[str, ...]
    event: str


def entomb(ctx: Context, record: Record, order: Order, stone: Tombstone) -> Entombed:
    """Make a record its tombstone, in the caller's transaction.

    Parameters
    ----------
    stone
        What stays of it.
    """
    # Its closure goes with it; who could not read it may not know of its tombstone.
    record.access = effective_level(record)
    originals = tuple(dict.fromkeys(f.sha256 for f in record.files))
    renditions = tuple(dict.fromkeys(f.rendition for f in record.files if f.rendition))
    language = record.language
    for sha256 in (*originals, *renditions):
        entry = ctx.root.bitstreams.get(sha256)
        if entry is not None:
            entry.release(record.id)
    record.state = RecordState.DESTROYED
    # Its days leave the trees while its old standing still says where they are.
    standing.refresh(ctx, record)
    overwriting.clear_trees(ctx, record)
    parting.forget(ctx, record)
    overwriting.clear_links(ctx, record)
    overwriting.clear_question(ctx, record.id)
    overwriting.overwrite(record, bare=stone.is_bare)
    record.state = RecordState.DESTROYED
    record.tombstone = stone
    if stone.title:
        record.titles, record.language = ((language or "und", stone.title),), language
    # Searches leave it out until the index has only the tombstone.
    ctx.root.tightened.add(record.id)
    event = changes.touch(ctx, record, "destruction", authority=order.authority)
    return Entombed(
        record_id=record.id,
        originals=originals,
        digests=(*originals, *renditions),
        event=event.id,
    )


def stone_of(ctx: Context, record: Record, order: Order) -> Tombstone:
    """Return what stays, or would stay, of a record."""
    title = order.title
    if title is None and order.keeps_title:
        title = title_kept(ctx, record)
    node = ctx.root.classes.get(record.class_code or "")
    closed = record.closed_on
    if record.aggregation in ctx.root.aggregations:
        closed = ctx.root.aggregations[record.aggregation].closed_on or closed
    stone = Tombstone(
        title=title,
        language=record.language,
        type=record.type,
        class_code=record.class_code or "",
        class_title=node.title if node is not None else "",
        originator=record.chamber or record.jurisdiction or "",
        aggregation=record.aggregation,
        created=dict(record.dates).get("created") or record.date,
        declared_on=record.declared_on,
        closed_on=closed,
        components=tuple((f.sha256, f.bytes) for f in record.files),
        holds=_holds(ctx, record.id),
        transferred=_transferred(ctx, record),
        decisions=_decisions(ctx, order.list, record.id),
        authority=order.authority,
        executor=order.executor,
        method=order.method,
        reason=order.reason,
        started_at=ctx.now(),
        described=_described(ctx, record, order, title),
    )
    stone = _with_judgement(ctx, stone, order.judgement)
    return stone if _keeps_stub(ctx, record, order) else residue.bared(stone)


def _described(
    ctx: Context, record: Record, order: Order, title: str | None
) -> tuple[tuple[str, str], ...]:
    if not order.keeps_title:
        # It was no record, or it is destroyed once more: nothing else stays then.
        return ()
    return residue.described(ctx, record, keeps_title=title is not None)


def _keeps_stub(ctx: Context, record: Record, order: Order) -> bool:
    """Say whether the tombstone tells what the record was.

    What is destroyed without being judged, as after a restore, is dealt with as the
    ledger says, or the stage under which it last stood.
    """
    if order.is_bare:
        return False
    if order.judgement is not None:
        stage = stage_judged(ctx.root, order.judgement)
    else:
        stage = stage_standing(ctx.root, record)
    return stage is None or stage.keep_stub


def title_kept(ctx: Context, record: Record) -> str | None:
    """Return the title that outlives a record, None where it is content.

    A title is as closed as its record. One that was guessed from the first words of
    the text stays only where it is a heading: short, above much that it says nothing
    of.
    """
    if effective_level(record) == "closed":
        return None
    title = record.title
    said = next((s for s in record.statements if s.field == "title"), None)
    if said is None or said.confidence >= SURE_TITLE:
        return title
    try:
        pages = [p for f in record.files for p in load(ctx.bitstreams, f.rendition)]
    except BitstreamMissing:
        # Without its text nobody can say that the title is not the whole of it.
        return None
    is_heading = len(title) * HEADING_SHARE <= sum(len(page.text) for page in pages)
    return title if is_heading and len(title) <= HEADING_CHARS else None


def _with_judgement(
    ctx: Context, stone: Tombstone, found: Judgement | None
) -> Tombstone:
    if found is None:
        return stone
    decision = found.decision
    return replace(
        stone,
        schedule=decision.winner or "",
        schedule_version=found.version,
        stage=decision.stage,
        citation=_citation(ctx, found.version, decision.winner),
        trigger=trigger_of(found),
        trigger_date=decision.trigger_date,
        trace=tuple(step.text for step in decision.trace),
        due_on=decision.due_on,
    )


def _citation(ctx: Context, number: int, code: str | None) -> tuple[str, ...]:
    schedule = schedule_of(ctx.root, number, code)
    return tuple(schedule.citation) if schedule is not None else ()


def trigger_of(found: Judgement) -> str:
    """Return what started the clock of the schedule that decided; empty if nothing."""
    decision = found.decision
    day = decision.trigger_date.isoformat() if decision.trigger_date else None
    for step in decision.trace:
        if step.step != "trigger" or step.facts.get("of") != decision.winner:
            continue
        # Of several triggers, the one whose day counted.
        if step.facts.get("date") == day:
            return str(step.facts.get("trigger", ""))
    return ""


def _holds(ctx: Context, record_id: str) -> tuple[tuple[str, str, str], ...]:
    """Return every hold that lay on a record, from its events, with legal days."""
    zone = ZoneInfo(ctx.settings.zone)
    found = []
    for event in ctx.root.records[record_id].events:
        hold = ctx.root.holds.get(dict(event.facts).get("hold", ""))
        if event.type == "hold" and hold is not None:
            days = [
                at.astimezone(zone).date().isoformat() if at else ""
                for at in (event.at, hold.lifted_at)
            ]
            found.append((hold.id, days[0], days[1]))
    return tuple(dict.fromkeys(found))


def _transferred(ctx: Context, record: Record) -> tuple[str, str] | None:
    """Return the archive that has received a record, and its receipt's digest."""
    for event in reversed(record.events):
        if event.type != "transfer":
            continue
        facts = dict(event.facts)
        for act in ctx.root.disposal_lists[facts["list"]].acts_of("receipt"):
            archive, _, digest = act.reason.rpartition(": ")
            if digest == facts["receipt"]:
                return archive, digest
    return None


def _decisions(
    ctx: Context, found: DisposalList | None, record_id: str
) -> tuple[tuple[str, str, str, str, str], ...]:
    if found is None:
        return ()
    item = found.items[record_id]
    acts = [(a.kind, a.login, a.role, a.at, "") for a in found.acts]
    is_routed = len(item.route) > 1
    for ruling in item.rulings:
        said = (ruling.unit, ruling.reason) if is_routed else (ruling.reason,)
        role = role_of(ctx, ruling.login)
        acts.append(
            ("judge", ruling.login, role, ruling.at, ": ".join(filter(None, said)))
        )
    return tuple(
        (kind, login, role, at.isoformat(), comment)
        for kind, login, role, at, comment in sorted(acts, key=lambda a: a[3])
    )


def finish(
    record: Record, verification: str, certificate: str | None, at: datetime
) -> None:
    """Write the outcome of the absence scan onto a tombstone."""
    assert record.tombstone is not None  # noqa: S101 - only the destroyed are finished
    record.tombstone = replace(
        record.tombstone,
        verification=verification,
        certificate=certificate,
        finished_at=at,
    )
