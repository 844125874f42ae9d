"""What waits for a person, and what is said of it: one paper, a version, neither."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from recordsvc.model import Link
from recordsvc.model.likeness import Pair
from recordsvc.services import changes
from recordsvc.services.access import authorize, may, may_read
from recordsvc.services.context import Context
from recordsvc.services.errors import (
    Conflict,
    InvalidRequest,
    NotFound,
    ServiceError,
)
from recordsvc.services.likeness import policies
from recordsvc.services.likeness.joining import join, remove_link
from recordsvc.services.likeness.pairing import in_order, link_for
from recordsvc.services.linking import drop_link, keep_link
from recordsvc.storage.transactions import undone_by

MAX_AT_ONCE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What became of a pair that was accepted.

    Parameters
    ----------
    record
        Id of the one record, where the two were joined.
    link
        Id of the link, where they were not.
    """

    pair: str
    record: str = ""
    link: str = ""


def waiting(ctx: Context, kind: str = "") -> Iterator[Pair]:
    """Yield the pairs that wait for a person who may read both records.

    Parameters
    ----------
    kind
        Only those of a kind; all of them without.
    """
    for pair in ctx.root.likeness.pairs.values():
        if kind in {"", pair.kind} and is_seen(ctx, pair):
            yield pair


def is_seen(ctx: Context, pair: Pair) -> bool:
    """Say whether the actor may know of both records of a pair."""
    if not may(ctx.actor, "link.suggest"):
        return False
    both = [ctx.root.records.get(i) for i in (pair.left, pair.right)]
    return all(r is not None and may_read(ctx.actor, r) for r in both)


def pair_of(ctx: Context, pair_id: str) -> Pair:
    """Return a pair that waits.

    Raises
    ------
    NotFound
        If there is none, or the actor may not read both records.
    """
    pair: Pair | None = ctx.root.likeness.pairs.get(pair_id)
    if pair is None or not is_seen(ctx, pair):
        raise NotFound(f"no papers {pair_id} wait here; see: recordsvc likeness")
    return pair


def accept(
    ctx: Context,
    pair_id: str,
    *,
    reason: str = "",
    newer: str = "",
    keeps_apart: bool = False,
) -> Decided:
    """Say that two papers are what they seem: join them, or link them.

    Parameters
    ----------
    reason
        Wanted where the classes of two papers that become one differ.
    newer
        Id of the later of two versions, where that is not known.
    keeps_apart
        Link them even if they are one paper in two files.

    Raises
    ------
    NotFound, NotAllowed, Conflict, InvalidRequest
        If they do not wait, or `join` refuses it.
    """
    authorize(ctx, "record.join")
    pair = pair_of(ctx, pair_id)
    if pair.kind in policies.JOINABLE and not keeps_apart:
        return _join(ctx, pair, reason)
    return Decided(pair=pair.id, link=_confirm(ctx, pair, newer).id)


def _join(ctx: Context, pair: Pair, reason: str) -> Decided:
    keeper, joined = in_order(ctx, pair)
    record = join(ctx, keeper, joined, reason)
    return Decided(pair=pair.id, record=record.id)


def _confirm(ctx: Context, pair: Pair, newer: str) -> Link:
    if newer and newer not in {pair.left, pair.right}:
        raise InvalidRequest(f"{newer} is none of the two papers")
    link = link_for(ctx, pair, newer or pair.newer)
    if link is None:
        raise InvalidRequest(
            "which of the two is the newer version is not known; say it (--newer ID)"
        )
    if pair.link in ctx.root.links:
        made = ctx.root.links[pair.link]
        if made.id == link.id:
            remove_link(ctx, made)
        else:
            drop_link(ctx, made)
    link.certainty = "certain"
    ctx.root.likeness.drop(pair)
    keep_link(ctx, link)
    return link


def reject(ctx: Context, pair_ids: Iterable[str]) -> list[str]:
    """Say that papers are not what they seem; it is remembered.

    Raises
    ------
    NotFound, NotAllowed
        If one of them does not wait; then none is rejected.
    """
    authorize(ctx, "record.join")
    rejected = []
    for pair_id in dict.fromkeys(pair_ids):
        pair = pair_of(ctx, pair_id)
        if pair.link in ctx.root.links:
            _require_changeable(ctx, pair)
            drop_link(ctx, ctx.root.links[pair.link])
        ctx.root.likeness.drop(pair)
        ctx.root.rejected_links.add(pair.id)
        ctx.log(pair.id, "likeness-rejected", left=pair.left, right=pair.right)
        rejected.append(pair.id)
    return rejected


def _require_changeable(ctx: Context, pair: Pair) -> None:
    # A link says something of both; what is held keeps what is said of it.
    for record_id in (pair.left, pair.right):
        changes.require_changeable(ctx, ctx.root.records[record_id])


def accept_each(
    ctx: Context, pairs: Iterable[Pair], *, reason: str = ""
) -> tuple[list[Decided], list[tuple[str, str]]]:
    """Accept pairs, each by itself: one that is refused does not hinder the others.

    Returns
    -------
    tuple of list
        What was decided, and pair and reason of each refusal.
    """
    done, refusals = [], []
    for pair in pairs:
        if pair.id not in ctx.root.likeness.pairs:
            # One of the two has become a part of another by a pair before.
            continue
        with undone_by(ctx.root, ServiceError) as refused:
            done.append(accept(ctx, pair.id, reason=reason))
        refusals += [(pair.id, str(why)) for why in refused]
    return done, refusals


def of_kind(ctx: Context, kind: str, count: int) -> list[Pair]:
    """Return the pairs of a kind that are to be accepted together.

    Parameters
    ----------
    count
        How many the person has seen; another number is refused.

    Raises
    ------
    InvalidRequest
        If there is no such kind.
    Conflict
        If there are more or fewer now, or more than `MAX_AT_ONCE`.
    """
    authorize(ctx, "record.join")
    if kind not in policies.KINDS:
        raise InvalidRequest(f"a kind is one of {', '.join(policies.KINDS)}")
    found = list(waiting(ctx, kind))
    if len(found) != count:
        raise Conflict(f"{len(found)} pairs of that kind wait now, not {count}")
    if count > MAX_AT_ONCE:
        raise Conflict(f"at most {MAX_AT_ONCE} are accepted at once")
    return found
