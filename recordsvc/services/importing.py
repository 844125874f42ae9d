"""Packages of our own taken back in: the same record, or a refusal."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from recordsvc.model import (
    Aggregation,
    ClassNode,
    Expression,
    Hold,
    Question,
    Record,
    TriggerEvent,
)
from recordsvc.model.record import Standing
from recordsvc.services import agents, changes
from recordsvc.services.access import authorize
from recordsvc.services.audit.recordcheck import contradicts
from recordsvc.services.audit.sealing import EVENT_ID
from recordsvc.services.capture import adopt_bytes, require_bytes
from recordsvc.services.classification.aggregations import (
    lay_into,
    require_not_disposed,
)
from recordsvc.services.context import Context
from recordsvc.services.errors import Conflict, Gone, InvalidRequest
from recordsvc.services.recorddocument import (
    LinkClaim,
    RecordDocument,
    document_of,
    link_from,
    without_renditions,
)
from recordsvc.storage.bitstreams import Stored

# A change a second for thirty years.
MAX_VERSION = 1_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What became of a package.

    Parameters
    ----------
    added
        False when the record was here already, equal.
    absent
        Ids of linked records that are not here; the links come with them.
    lifted
        Ids of holds that the package has and that were lifted here: they stay lifted.
    """

    id: str
    added: bool
    absent: tuple[str, ...] = ()
    lifted: tuple[str, ...] = ()


def is_new(ctx: Context, document: RecordDocument) -> bool:
    """Say whether a package brings a record that is not here.

    Raises
    ------
    NotAllowed
        If the actor may not import.
    Gone, Conflict
        If the record or its dossier was disposed of here, or the record is here with
        other content, or claims an act of this archive for its own.
    InvalidRequest
        If its events or its version have numbers that none of ours could have.
    """
    authorize(ctx, "bag.import")
    _require_own_history(ctx, document)
    record: Record | None = ctx.root.records.get(document.id)
    if document.id in ctx.root.likeness.joined:
        raise Conflict(
            f"record {document.id} was joined to another one here; nothing was changed"
        )
    if record is None:
        claimed = document.aggregation
        dossier = ctx.root.aggregations.get(claimed.id) if claimed else None
        if dossier is not None:
            require_not_disposed(dossier)
        return True
    if record.is_destroyed:
        raise Gone(f"record {document.id} was destroyed here; it does not come back")
    different = sorted(set(_differences(ctx, record, document)))
    if different:
        raise Conflict(
            f"record {document.id} is here with other content "
            f"({', '.join(different)}); nothing was changed"
        )
    return False


def _require_own_history(ctx: Context, document: RecordDocument) -> None:
    """Refuse events under the ids of others in our trail, and numbers out of reach.

    What a package claims never enters the trail; an auditor who meets such an id in
    the record must not be led to another act.
    """
    if document.version > MAX_VERSION:
        raise InvalidRequest(f"no record has had {document.version} versions")
    claimed = set[str]()
    for event in document.events:
        if not EVENT_ID.fullmatch(event.id) or event.id in claimed:
            raise InvalidRequest(
                f"the package has an event under the id {event.id!r}, which is none or "
                "stands there twice"
            )
        claimed.add(event.id)
        if contradicts(ctx.root.audit, document.id, event):
            raise Conflict(
                f"event {event.id} of the package is another one in the audit trail "
                "of this archive; nothing was imported"
            )


def _differences(
    ctx: Context, record: Record, document: RecordDocument
) -> Iterator[str]:
    """Yield what the package says that the record does not.

    What the record has gained since (events, links, holds) is no difference.
    """
    here = document_of(ctx, record)
    for name, value in document.values.items():
        if here.values[name] != value:
            yield name
    if not {e.id for e in document.events} <= {e.id for e in here.events}:
        yield "events"
    claimed = {h.id for h in document.holds if not _is_lifted(ctx, h.id)}
    if not claimed <= {h.id for h in here.holds}:
        yield "holds"
    present = {link.id for link in document.links if not _absent(ctx, _ends(link))}
    if not present <= {link.id for link in here.links}:
        yield "links"
    if document.question is not None and document.question != here.question:
        yield "question"


def _ends(link: LinkClaim) -> tuple[str, str]:
    return link.source, link.target


def _absent(ctx: Context, ids: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(
        i for i in ids if i not in ctx.root.records or ctx.root.records[i].is_destroyed
    )


def adopt(
    ctx: Context,
    document: RecordDocument,
    renditions: Mapping[str, Stored],
    *,
    package: str,
) -> Imported:
    """Make the record of a package, whose bytes are durable in the store.

    Parameters
    ----------
    renditions
        The stored text of its files, by the file's digest.
    package
        SHA-256 of the package's ``manifest-sha256.txt``.

    Raises
    ------
    NotAllowed, Gone, Conflict
        As `is_new`.

    Notes
    -----
    What the package tells of events is kept as claimed history, apart from our
    own trail, which numbers the ingestion alone. Holds are active, but for those that
    were lifted here: whoever lifted them has ended the order. A retention decision is
    computed anew where a schedule is in force; where none is, the claimed one is
    shown.
    """
    if not is_new(ctx, document):
        return Imported(id=document.id, added=False)
    record = Record(document.id)
    _describe(ctx, record, document, renditions)
    _keep_surroundings(ctx, document)
    for file in record.files:
        stored = renditions.get(file.sha256)
        require_bytes(ctx, file)
        adopt_bytes(ctx, record, file, stored.bytes if stored else 0)
    ctx.root.add(record)
    lifted = _place_holds(ctx, record, document)
    absent = _link(ctx, document)
    record.imported = package
    # The count goes on from where the record came from.
    record.revision = document.version
    _touch(ctx, record, "ingestion", document.standing, package=package)
    for hold_id in lifted:
        changes.touch(ctx, record, "hold-stays-lifted", hold=hold_id)
    return Imported(id=record.id, added=True, absent=absent, lifted=lifted)


def _describe(
    ctx: Context,
    record: Record,
    document: RecordDocument,
    renditions: Mapping[str, Stored],
) -> None:
    values = dict(document.values)
    values["expressions"] = _with_renditions(values["expressions"], renditions)
    identifiers = values.pop("identifiers")
    code, declared_on = values.pop("class_code"), values.pop("declared_on")
    for name, value in values.items():
        setattr(record, name, value)
    changes.set_identifiers(ctx, record, identifiers)
    changes.set_class(ctx, record, code)
    record.declared_on = declared_on
    record.claimed_events = document.events
    if record.aggregation:
        lay_into(ctx, record, record.aggregation)


def _with_renditions(
    expressions: tuple[Expression, ...], renditions: Mapping[str, Stored]
) -> tuple[Expression, ...]:
    return tuple(
        replace(
            e,
            manifestations=tuple(
                replace(m, rendition=renditions[m.sha256].sha256)
                if m.sha256 in renditions
                else m
                for m in e.manifestations
            ),
        )
        for e in without_renditions(expressions)
    )


def _keep_surroundings(ctx: Context, document: RecordDocument) -> None:
    """Keep class, dossier, question and clock events that are not here yet."""
    root = ctx.root
    for claim in document.classes:
        if claim.code not in root.classes:
            node = ClassNode(claim.code, claim.title, claim.parent, claim.schedule)
            for name in ("scope", "closure", "maximum", "owner", "vital_review"):
                setattr(node, name, getattr(claim, name))
            root.classes[claim.code] = node
    dossier = document.aggregation
    if dossier is not None and dossier.id not in root.aggregations:
        made = Aggregation(dossier.id, dossier.title, dossier.class_code)
        made.kind, made.opened_on = dossier.kind, dossier.opened_on
        made.closed_on = dossier.closed_on
        root.aggregations[dossier.id] = made
    if document.question is not None:
        said = document.question
        question = Question(document.id, said.reference, said.tabled_on)
        for name in ("answered_on", "withdrawn_on"):
            setattr(question, name, getattr(said, name))
        for role, kind in agents.QUESTION_ROLES.items():
            named = getattr(said, role)
            setattr(question, role, agents.keep_party(root, kind, named))
        root.questions[document.id] = question
    for trigger in document.triggers:
        if trigger.id not in root.trigger_events:
            event = TriggerEvent(trigger.id, trigger.type, trigger.key, trigger.date)
            event.reversed_by = trigger.reversed_by
            root.trigger_events[trigger.id] = event
            root.by_event_key.add((trigger.key, trigger.id))


def _is_lifted(ctx: Context, hold_id: str) -> bool:
    hold = ctx.root.holds.get(hold_id)
    return hold is not None and not hold.is_active


def _place_holds(
    ctx: Context, record: Record, document: RecordDocument
) -> tuple[str, ...]:
    """Put a record under the holds of its package; return those lifted here."""
    lifted = []
    for claim in document.holds:
        if _is_lifted(ctx, claim.id):
            lifted.append(claim.id)
            continue
        if claim.id not in ctx.root.holds:
            hold = Hold(claim.id, claim.title)
            hold.mandate, hold.placed_by = claim.mandate, claim.placed_by
            hold.placed_at = claim.placed_at
            ctx.root.holds[claim.id] = hold
        ctx.root.active_holds.add(claim.id)
        ctx.root.hold_epoch.advance()
        ctx.root.held.add((claim.id, record.id))
        record.holds = (*record.holds, claim.id)
    return tuple(lifted)


def _link(ctx: Context, document: RecordDocument) -> tuple[str, ...]:
    """Make the links whose other end is here; return the ids that are not."""
    absent: list[str] = []
    for claim in document.links:
        gone = _absent(ctx, _ends(claim))
        if gone:
            absent.extend(gone)
            continue
        if claim.id in ctx.root.links:
            continue
        link = link_from(claim)
        ctx.root.links[link.id] = link
        for record_id in _ends(claim):
            ctx.root.links_by_record.add((record_id, link.id))
            if record_id != document.id:
                other = ctx.root.records[record_id]
                _touch(ctx, other, "link", other.standing, link=link.id)
    return tuple(dict.fromkeys(absent))


def _touch(
    ctx: Context, record: Record, kind: str, claimed: Standing | None, **facts: str
) -> None:
    """Close a change; without a schedule here the claimed decision stays in view.

    It is for display alone: what is due is found in trees that it does not enter.
    """
    changes.touch(ctx, record, kind, **facts)
    if record.standing is None:
        record.standing = claimed
