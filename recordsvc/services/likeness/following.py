"""Which records are to be looked at: those that the audit trail tells a change of.

So an intake writes nothing for it, and a kill loses nothing: what was not followed is
followed later.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

from recordsvc.services.context import Context
from recordsvc.services.likeness.considering import Considered, consider
from recordsvc.services.queueing import INTAKE

# The acts after which a record may be like others.
TELLING = frozenset(
    {
        "capture",
        "edit",
        "ocr",
        "attach",
        "reread",
        "harvest",
        "confirm",
        "ingestion",
        "join",
        "unjoin",
    }
)
ENTRIES = 400
RECORDS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Next:
    """The records that are to be looked at next.

    Parameters
    ----------
    followed
        Up to where the trail is followed with them.
    left
        How many entries of the trail are left after them.
    """

    ids: tuple[str, ...]
    followed: int
    left: int


def following(ctx: Context) -> Next | None:
    """Return what is to be looked at next; None where the trail tells nothing new."""
    start, trail = ctx.root.likeness.followed, ctx.root.audit
    if trail.size <= start:
        return None
    ids: dict[str, None] = {}
    followed = start
    for at, entry in islice(trail.sealed.items(min=start), ENTRIES):
        if entry.kind in TELLING and entry.subject not in ids:
            if len(ids) == RECORDS:
                break
            ids[entry.subject] = None
        followed = at + 1
    return Next(ids=tuple(ids), followed=followed, left=trail.size - followed)


def follow(ctx: Context, found: Next) -> Considered:
    """Look at records, and note how far the trail was followed."""
    result = look_at(ctx, found.ids)
    ctx.root.likeness.followed = max(found.followed, ctx.root.likeness.followed)
    return result


def look_at(ctx: Context, ids: Iterable[str]) -> Considered:
    """Look at records; one that was joined meanwhile is passed over."""
    result = Considered()
    for record_id in ids:
        if record_id in ctx.root.records or record_id in ctx.root.likeness.traits:
            consider(ctx, record_id, result)
    return result


def ids_after(ctx: Context, record_id: str) -> tuple[str, ...]:
    """Return the ids of the next records in their order, for who looks at all."""
    ids = ctx.root.records.keys(min=record_id, excludemin=bool(record_id))
    return tuple(islice(ids, RECORDS))


def is_quiet(ctx: Context) -> bool:
    """Say whether nothing more urgent is to be done: no intake, no index behind."""
    open_jobs = ctx.root.jobs.open.values()
    return not any(job.kind == INTAKE for job in open_jobs) and not len(ctx.root.outbox)
