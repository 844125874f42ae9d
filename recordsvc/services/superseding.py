"""When a version was replaced: the day on which its successor was captured."""

from recordsvc.model import Link, Record
from recordsvc.services.access import may
from recordsvc.services.context import Context

VERSION_OF, ACCEPTED = "versionOf", "accepted"


def note_superseding(ctx: Context, link: Link) -> None:
    """Let a link that an officer made or confirmed start the clock of the older paper.

    Notes
    -----
    ``superseded`` is the capture day of the version that replaces a paper (INTERFACE
    section 4). A program, or a person who keeps no records, links two versions
    without setting a clock going.
    """
    is_said = link.state == ACCEPTED and may(ctx.actor, "record.join")
    if link.type == VERSION_OF and is_said:
        link.supersedes = True
        _refresh(ctx, ctx.root.records[link.target])


def forget_superseding(ctx: Context, link: Link) -> None:
    """Take the day away that a link which is no more has given a paper."""
    if link.supersedes:
        _refresh(ctx, ctx.root.records[link.target])


def _refresh(ctx: Context, record: Record) -> None:
    """Set the day on which a record was first replaced, by the links there are."""
    days = []
    for link_id in ctx.root.link_ids(record.id):
        link: Link = ctx.root.links[link_id]
        if link.supersedes and link.target == record.id:
            source = ctx.root.records.get(link.source)
            if source is not None and source.received_on is not None:
                days.append(source.received_on)
    first = min(days, default=None)
    if first != record.superseded_on:
        record.superseded_on = first
