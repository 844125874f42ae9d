"""Two records together: their id, their order, and the link that they stand for."""

from recordsvc.model import Link, Record
from recordsvc.model.agenda import Evidence
from recordsvc.model.likeness import Pair
from recordsvc.services.context import Context
from recordsvc.services.likeness import policies
from recordsvc.services.linking import link_key


def pair_id(one: str, other: str) -> str:
    """Return the id of a pair: the same whichever record is named first.

    Examples
    --------
    >>> pair_id("a", "b") == pair_id("b", "a")
    True
    """
    return link_key("likeness", *sorted((one, other)))


def in_order(ctx: Context, pair: Pair) -> tuple[str, str]:
    """Return the ids of a pair, that of the record which stays first.

    Notes
    -----
    The one with a class stays before one without, then the one that came first: its
    address was given to people longer.
    """

    def place(record: Record) -> tuple[bool, str, str]:
        at = record.captured_at
        return record.class_code is None, at.isoformat() if at else "", record.id

    first, second = sorted(
        (ctx.root.records[pair.left], ctx.root.records[pair.right]), key=place
    )
    return first.id, second.id


def link_for(ctx: Context, pair: Pair, newer: str | None) -> Link | None:
    """Return the link that a pair stands for: from the newer to the older paper.

    Parameters
    ----------
    newer
        Id of the later version; it has to be known for versions alone.
    """
    if pair.kind == policies.VERSION and newer is None:
        return None
    source = newer or later_captured(ctx, pair)
    target = pair.other(source)
    kind = policies.LINK_TYPES[pair.kind]
    link = Link(link_key(kind, source, target), kind, source, target)
    link.certainty, link.score = "probable", pair.score
    rule = f"likeness:{pair.kind}:{'+'.join(pair.reasons)}"
    # No words of either paper: nothing of one stays in a link when it goes.
    link.evidence = (Evidence(rule=rule, text=""),)
    link.decided_by, link.decided_at = ctx.actor.login, ctx.now()
    return link


def later_captured(ctx: Context, pair: Pair) -> str:
    """Return the id of the one of two records that came later."""
    records = [ctx.root.records[i] for i in (pair.left, pair.right)]
    return str(max(records, key=lambda r: (str(r.captured_at or ""), r.id)).id)
