"""Two records that are one paper become one: both histories stay, the stricter wins."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from recordsvc.model import Link, Record
from recordsvc.model.likeness import JoinedPaper
from recordsvc.model.record import RecordState, Standing
from recordsvc.services import changes
from recordsvc.services.access import authorize, effective_level, stricter
from recordsvc.services.capture import adopt_bytes, require_bytes
from recordsvc.services.classification import classes
from recordsvc.services.context import Context
from recordsvc.services.days import require_text
from recordsvc.services.errors import Conflict, InvalidRequest
from recordsvc.services.likeness.merging import merged
from recordsvc.services.linking import link_key
from recordsvc.services.reading import readable
from recordsvc.services.retention import standing
from recordsvc.storage.transactions import read_current

JOIN, JOINED, UNJOIN = "join", "joined", "unjoin"
PERMANENT = "permanent"


def join(ctx: Context, keeper_id: str, joined_id: str, reason: str = "") -> Record:
    """Make one record of two: the second becomes a part of the first.

    Parameters
    ----------
    reason
        Why they are one paper; wanted where their classes differ.

    Returns
    -------
    Record
        The first, which answers to both ids from now on.

    Raises
    ------
    NotFound, NotAllowed, Gone
        As for any change.
    InvalidRequest
        If both are one record, or the reason is missing.
    Conflict
        If either is on hold or was put on a disposal list, or the one record would go
        earlier than one of the two had to.

    Notes
    -----
    Everything that may be refused is refused before the first write, but for the last
    point, which the caller's transaction takes back.
    """
    authorize(ctx, "record.join")
    require_text("the reason", reason)
    keeper, joined = readable(ctx, keeper_id), readable(ctx, joined_id)
    _require_joinable(ctx, keeper, joined, reason.strip())
    before = (_Kept.of(keeper), _Kept.of(joined))
    level = stricter(effective_level(keeper), effective_level(joined))
    values = merged(keeper, joined, reason.strip() or "both are one paper")
    stub = JoinedPaper(joined.id, keeper.id, ctx.now(), ctx.actor.login)
    stub.reason, stub.on = reason.strip(), ctx.today()
    _take_out(ctx, joined, stub)
    _give(ctx, keeper, stub, values)
    _move_bytes(ctx, keeper, joined)
    _move_links(ctx, keeper, joined, stub)
    changes.touch(ctx, keeper, JOIN, other=joined.id)
    joined.events = (*joined.events, ctx.log(joined.id, JOINED, into=keeper.id))
    ctx.root.likeness.joined[joined.id] = stub
    ctx.root.likeness.joined_into.add((keeper.id, joined.id))
    if stricter(effective_level(keeper), level) != effective_level(keeper):
        changes.set_access(ctx, keeper, level)
    _require_kept_as_long(keeper, before)
    return keeper


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """How a record stood: whether a schedule binds it, and until when it is kept."""

    record_id: str
    is_bound: bool
    standing: Standing | None

    @classmethod
    def of(cls, record: Record) -> "_Kept":
        return cls(
            record_id=record.id,
            is_bound=record.class_code is not None,
            standing=record.standing,
        )

    def rank(self) -> tuple[int, str]:
        """Return an order: what is kept longer is more."""
        found = self.standing
        if found is None:
            return (0, "")
        if found.state == PERMANENT:
            return (3, "")
        day = standing.certain_day(found)
        return (2, "") if day is None else (1, day.isoformat())


def _require_kept_as_long(keeper: Record, before: tuple[_Kept, ...]) -> None:
    after = _Kept.of(keeper)
    for one in before:
        if one.is_bound and after.rank() < one.rank():
            raise Conflict(
                f"record {one.record_id} has to be kept longer than the joined record "
                "would be; give both the same class and dates first, or leave them "
                "apart"
            )


def _require_joinable(
    ctx: Context, keeper: Record, joined: Record, reason: str
) -> None:
    if keeper.id == joined.id:
        raise InvalidRequest("a record cannot be joined to itself")
    # A hold or a schedule committed meanwhile makes this transaction fail.
    read_current(ctx.root.hold_epoch, ctx.root.schedule_epoch)
    for record in (keeper, joined):
        changes.require_changeable(ctx, record)
        _require_untouched(ctx, record)
    if keeper.class_code != joined.class_code:
        _require_classes_meet(ctx, keeper, joined, reason)
    if joined.aggregation not in {None, keeper.aggregation}:
        raise Conflict(
            f"record {joined.id} lies in dossier {joined.aggregation}, the other does "
            "not; lay both into one dossier first, or join the other way round"
        )
    if keeper.stages_done != joined.stages_done:
        raise Conflict("one of the two has been through more of its schedule; not both")
    _require_one_question(ctx, keeper, joined)


def _require_untouched(ctx: Context, record: Record) -> None:
    """Refuse a record that other things point at by its id, or wait for."""
    if record.state != RecordState.ACTIVE:
        raise Conflict(f"record {record.id} is {record.state}; it cannot be joined")
    if record.is_foreign:
        raise Conflict(
            f"record {record.id} was harvested from another parliament; adopt it first"
        )
    for found in ctx.root.disposal_lists.values():
        if record.id in found.items:
            raise Conflict(
                f"record {record.id} is on disposal list {found.id}; what was decided "
                "there is of it alone"
            )
    if record.shortening is not None:
        raise Conflict(
            f"an earlier date is proposed for record {record.id}; decide that first"
        )
    key = record.id
    if ctx.root.by_event_key.keys(min=(key, ""), max=(key, "g")):
        raise Conflict(
            f"an event of a retention clock was recorded for record {key} by its id; "
            "it would start the clock of another paper"
        )


def _require_classes_meet(
    ctx: Context, keeper: Record, joined: Record, reason: str
) -> None:
    codes = (keeper.class_code, joined.class_code)
    if any(classes.is_members(ctx.root, code) for code in codes):
        raise Conflict(
            "one of the two is a Member's paper, no record of the House; the two stay "
            "apart"
        )
    if not reason:
        raise Conflict(
            f"record {keeper.id} is in class {codes[0]}, record {joined.id} in class "
            f"{codes[1]}; say why they are one paper, with a reason"
        )


def _require_one_question(ctx: Context, keeper: Record, joined: Record) -> None:
    lives = ctx.root.questions
    if joined.id not in lives:
        return
    if keeper.id not in lives:
        raise Conflict(
            f"record {joined.id} is a question with a life of its own; join the other "
            "way round"
        )
    names = ("reference", "tabled_on", "answered_on", "withdrawn_on")
    own, other = lives[keeper.id], lives[joined.id]
    if any(getattr(own, n) != getattr(other, n) for n in names):
        raise Conflict("the two are questions with different dates; not one question")


def _take_out(ctx: Context, record: Record, stub: JoinedPaper) -> None:
    """Take a record out of every tree, whole: it can come back as it is."""
    root = ctx.root
    state, known = record.state, record.standing
    # Its days leave the trees while its standing still says where they are.
    record.state = RecordState.DESTROYED
    standing.refresh(ctx, record)
    record.state, record.standing = state, known
    for number in record.identifiers:
        root.by_identifier.discard((number.normalised, record.id))
    if record.class_code:
        root.by_class.discard((record.class_code, record.id))
    if record.aggregation:
        root.by_aggregation.discard((record.aggregation, record.id))
    root.likeness.forget(record.id)
    for waiting in (root.inbox, root.unread):
        waiting.put(record.id, None)
    stub.record, stub.question = record, root.questions.pop(record.id, None)
    del root.records[record.id]
    root.record_count.change(-1)
    # Searches leave it out until the index has lost it.
    root.tightened.add(record.id)
    root.outbox.put(record.id, record.revision)


def _give(
    ctx: Context, keeper: Record, stub: JoinedPaper, values: Mapping[str, Any]
) -> None:
    given = []
    for name, value in values.items():
        before = getattr(keeper, name)
        if before == value:
            continue
        given.append((name, before, value))
        changes.set_value(ctx, keeper, name, value)
    stub.given = tuple(given)


def _move_bytes(ctx: Context, keeper: Record, joined: Record) -> None:
    for file in joined.files:
        require_bytes(ctx, file)
        size = ctx.root.bitstream(file.rendition, 0).bytes if file.rendition else 0
        adopt_bytes(ctx, keeper, file, size)
        release_bytes(ctx, joined, file.sha256, file.rendition)


def release_bytes(ctx: Context, record: Record, *digests: str | None) -> None:
    """Write that a record refers to bytes no more."""
    for digest in filter(None, digests):
        entry = ctx.root.bitstreams.get(digest)
        if entry is not None:
            entry.release(record.id)


def _move_links(
    ctx: Context, keeper: Record, joined: Record, stub: JoinedPaper
) -> None:
    """Let what was linked with the one be linked with the other."""
    moved = []
    for link_id in ctx.root.link_ids(joined.id):
        link = ctx.root.links[link_id]
        ends = [keeper.id if e == joined.id else e for e in (link.source, link.target)]
        new_id = ""
        is_made = False
        if ends[0] != ends[1]:
            new_id = link_key(link.type, *ends)
            is_made = new_id not in ctx.root.links
        if is_made:
            put_link(ctx, like(link, new_id, ends))
        remove_link(ctx, link)
        if new_id:
            moved.append((link_id, new_id, is_made))
    stub.links = tuple(moved)


def like(link: Link, link_id: str, ends: list[str]) -> Link:
    """Return a link between other records, with the evidence of one."""
    new = Link(link_id, link.type, *ends)
    for name, value in vars(link).items():
        if name not in {"id", "type", "source", "target"}:
            setattr(new, name, value)
    return new


def put_link(ctx: Context, link: Link) -> None:
    """Put a link into the store."""
    ctx.root.links[link.id] = link
    for end in (link.source, link.target):
        ctx.root.links_by_record.add((end, link.id))


def remove_link(ctx: Context, link: Link) -> None:
    """Take a link out of the store, its quoted words written over."""
    del ctx.root.links[link.id]
    for end in (link.source, link.target):
        ctx.root.links_by_record.discard((end, link.id))
    link.evidence = ()
