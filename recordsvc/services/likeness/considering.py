"""A record is compared with those like it, and the policy is followed."""

from dataclasses import dataclass, replace

from ingest.likeness import Likeness
from recordsvc.model import Link, Record
from recordsvc.model.likeness import Pair
from recordsvc.model.record import RecordState
from recordsvc.services.access import effective_level
from recordsvc.services.context import Context
from recordsvc.services.errors import ServiceError
from recordsvc.services.likeness import policies
from recordsvc.services.likeness.candidates import Found, found_for
from recordsvc.services.likeness.joining import join
from recordsvc.services.likeness.pairing import in_order, link_for, pair_id
from recordsvc.services.likeness.traits import traits_for, works_of
from recordsvc.services.linking import keep_link, link_key
from recordsvc.storage.transactions import undone_by

# So many pairs of one record are kept; a person who has seen twenty has seen enough.
MAX_KEPT = 20
AUTOMATIC = "automatic"


@dataclass(slots=True, kw_only=True)
class Considered:
    """How much came of looking at records."""

    looked_at: int = 0
    suggested: int = 0
    linked: int = 0
    joined: int = 0


def consider(ctx: Context, record_id: str, into: Considered) -> None:
    """Keep the traits of a record and what it is to others; idempotent.

    Parameters
    ----------
    into
        Counts what was done.
    """
    book = ctx.root.likeness
    record: Record | None = ctx.root.records.get(record_id)
    into.looked_at += 1
    if record is None or record.state != RecordState.ACTIVE or record.is_foreign:
        book.forget(record_id)
        return
    known = book.traits.get(record_id)
    book.put(record_id, traits_for(record, known, ctx.bitstreams, book.key))
    found = {
        pair_id(record_id, one.record.id): one
        for one in found_for(ctx.root, record)
        if one.verdict.likeness is not Likeness.SIMILAR
    }
    for pair in tuple(book.pairs_of(record_id)):
        if pair.id not in found and not pair.link:
            book.drop(pair)
    room = MAX_KEPT
    for key, one in found.items():
        if key in ctx.root.rejected_links:
            continue
        if room <= 0 or record_id not in ctx.root.records:
            break
        room -= 1
        _follow_policy(ctx, record, one, key, into)


def _follow_policy(
    ctx: Context, record: Record, one: Found, key: str, into: Considered
) -> None:
    kind = str(one.verdict.likeness)
    policy = policies.policy_of(ctx.settings, kind)
    pair = _pair(ctx, record, one, key)
    known: Pair | None = ctx.root.likeness.pairs.get(key)
    is_linked = _linked_already(ctx, pair)
    if policy == policies.NEVER or is_linked or (known and _same(known, pair)):
        return
    if known is not None and known.link:
        # A person decides on the link that was made; it does not change meanwhile.
        return
    if policy == policies.LINK and (link := _link(ctx, pair)) is not None:
        pair = replace(pair, link=link.id)
        into.linked += 1
    elif policy == policies.AUTO and _may_join_alone(record, one) and _join(ctx, pair):
        into.joined += 1
        return
    else:
        into.suggested += 1
    ctx.root.likeness.keep(pair)


def _join(ctx: Context, pair: Pair) -> bool:
    """Join two records; say whether nothing stood against it."""
    with undone_by(ctx.root, ServiceError) as refused:
        join(ctx, *in_order(ctx, pair), f"{pair.kind}: {', '.join(pair.reasons)}")
    return not refused


def _pair(ctx: Context, record: Record, one: Found, key: str) -> Pair:
    newer = {"left": record.id, "right": one.record.id}.get(one.verdict.newer or "")
    left, right = sorted((record.id, one.record.id))
    return Pair(
        id=key,
        kind=str(one.verdict.likeness),
        left=left,
        right=right,
        found_at=ctx.now(),
        score=round(one.score, 3),
        newer=newer,
        reasons=one.verdict.reasons,
    )


def _same(one: Pair, other: Pair) -> bool:
    return (one.kind, one.newer) == (other.kind, other.newer)


def _linked_already(ctx: Context, pair: Pair) -> bool:
    """Say whether a person has linked the two in this way."""
    kind = policies.LINK_TYPES[pair.kind]
    ends = ((pair.left, pair.right), (pair.right, pair.left))
    links = (ctx.root.links.get(link_key(kind, *each)) for each in ends)
    return any(link is not None and link.state != AUTOMATIC for link in links)


def _link(ctx: Context, pair: Pair) -> Link | None:
    """Make the link that a pair stands for; None where its direction is not known."""
    link = link_for(ctx, pair, pair.newer)
    if link is None:
        return None
    link.state = AUTOMATIC
    keep_link(ctx, link)
    return link


def _may_join_alone(record: Record, one: Found) -> bool:
    """Say whether two records are so plainly one paper that no person has to look.

    Notes
    -----
    The same number, and the same text or another language of it; and nothing that
    the law reads differs: class, dossier, access.
    """
    other, reasons = one.record, one.verdict.reasons
    same_number = bool(set(works_of(record)) & set(works_of(other)))
    is_one = "same-text" in reasons or one.verdict.likeness is Likeness.LANGUAGE
    return (
        same_number
        and is_one
        and effective_level(record) == effective_level(other)
        and record.class_code == other.class_code
        and record.aggregation == other.aggregation
    )
