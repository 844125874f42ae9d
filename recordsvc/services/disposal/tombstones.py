"""From record to tombstone: what stays is written, everything else is overwritten.

Every persistent object of the record is overwritten in place, never only unlinked:
its old state then leaves the database with the next checkpoint (DESIGN 4).
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from recordsvc.model import DisposalList, Link, Question, Record
from recordsvc.model.record import RecordState, Tombstone
from recordsvc.services import changes
from recordsvc.services.access import effective_level
from recordsvc.services.context import Context
from recordsvc.services.disposal.disposing import role_of
from recordsvc.services.renditions import load
from recordsvc.services.retention import standing
from recordsvc.services.retention.judging import Judgement
from recordsvc.services.retention.rulebooks import schedule_file
from recordsvc.storage.errors import BitstreamMissing

# What a destroyed record still says of itself, beside its tombstone.
KEPT = frozenset(
    {"id", "type", "date", "access", "class_code", "aggregation", "events", "revision"}
)
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
    """

    authority: str
    method: str
    executor: str
    judgement: Judgement | None = None
    list: DisposalList | None = None
    reason: str = ""
    keeps_title: bool = True


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


def entomb(ctx: Context, record: Record, order: Order) -> Entombed:
    """Make a record its tombstone, in the caller's transaction."""
    # Its closure goes with it; who could not read it may not know of its tombstone.
    record.access = effective_level(record)
    stone = stone_of(ctx, record, order)
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
    _clear_trees(ctx, record)
    _clear_links(ctx, record)
    _clear_question(ctx, record.id)
    _overwrite(record)
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
    node = ctx.root.classes.get(record.class_code or "")
    closed = record.closed_on
    if record.aggregation in ctx.root.aggregations:
        closed = ctx.root.aggregations[record.aggregation].closed_on or closed
    stone = Tombstone(
        title=title_kept(ctx, record) if order.keeps_title else None,
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
    )
    return _with_judgement(ctx, stone, order.judgement)


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
    file = schedule_file(ctx.root.schedule_versions[number].source)
    for schedule in file.schedules:
        if schedule.code == code:
            return tuple(schedule.citation)
    return ()


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
    if item.judged_at is not None:
        role = role_of(ctx, item.judged_by)
        acts.append(("judge", item.judged_by, role, item.judged_at, item.reason))
    return tuple(
        (kind, login, role, at.isoformat(), comment)
        for kind, login, role, at, comment in sorted(acts, key=lambda a: a[3])
    )


def _clear_trees(ctx: Context, record: Record) -> None:
    root = ctx.root
    changes.set_identifiers(ctx, record, ())
    code = record.class_code
    changes.set_class(ctx, record, None)
    record.class_code = code
    if record.aggregation:
        root.by_aggregation.discard((record.aggregation, record.id))
    for hold_id in record.holds:
        root.held.discard((hold_id, record.id))
    root.listed.pop(record.id, None)


def _clear_links(ctx: Context, record: Record) -> None:
    """Overwrite the links that touch a record: their evidence quotes papers."""
    for link_id in ctx.root.link_ids(record.id):
        link = ctx.root.links[link_id]
        ends = (link.source, link.target)
        for end in ends:
            ctx.root.links_by_record.discard((end, link_id))
        del ctx.root.links[link_id]
        _blank(link, Link(link_id, link.type, *ends))
        other = ends[0] if ends[1] == record.id else ends[1]
        if other != record.id:
            changes.touch(ctx, ctx.root.records[other], "unlink", link=link_id)


def _clear_question(ctx: Context, record_id: str) -> None:
    question = ctx.root.questions.pop(record_id, None)
    if question is None:
        return
    parties = {question.author, question.addressee}
    _blank(question, Question(record_id, "", None))
    _forget_parties(ctx, parties - {""})


def _forget_parties(ctx: Context, parties: Iterable[str]) -> None:
    """Overwrite the agents whom no question names any more, and no account is."""
    left = set(parties) - set(ctx.root.accounts)
    for question in ctx.root.questions.values():
        left -= {question.author, question.addressee}
        if not left:
            return
    for agent_id in left:
        agent = ctx.root.agents.pop(agent_id, None)
        if agent is not None:
            agent.name = ""


def _blank(thing: Link | Question, empty: Link | Question) -> None:
    """Give an object the state of an empty one: its old state is written over."""
    for name in list(vars(thing)):
        delattr(thing, name)
    for name, value in vars(empty).items():
        setattr(thing, name, value)


def _overwrite(record: Record) -> None:
    for name in list(vars(record)):
        if name not in KEPT:
            delattr(record, name)


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
