"""What is overwritten when a record goes: its trees, its links, its question, itself.

Each object is given an empty state in place, never only unlinked, so that its old state
leaves the database with the next checkpoint (DESIGN 4).
"""

from collections.abc import Iterable

from recordsvc.model import Link, Question, Record
from recordsvc.services import changes
from recordsvc.services.context import Context
from recordsvc.services.disposal import residue


def clear_trees(ctx: Context, record: Record) -> None:
    """Take a record out of every tree that finds it; the word of its class stays."""
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


def clear_links(ctx: Context, record: Record) -> None:
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


def clear_question(ctx: Context, record_id: str) -> None:
    """Overwrite the question that a record is, and the parties it alone has named."""
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
        agent = ctx.root.agents.get(agent_id)
        # The authority list names members and offices, not who asked what.
        if agent is not None and not (agent.is_listed or agent.merged_into):
            del ctx.root.agents[agent_id]
            agent.name = ""


def _blank(thing: Link | Question, empty: Link | Question) -> None:
    """Give an object the state of an empty one: its old state is written over."""
    for name in list(vars(thing)):
        delattr(thing, name)
    for name, value in vars(empty).items():
        setattr(thing, name, value)


def overwrite(record: Record, *, bare: bool) -> None:
    """Leave of a record what a tombstone carries, and of a bare one still less."""
    for name in list(vars(record)):
        if not residue.stays(name, bare=bare):
            delattr(record, name)
    if bare:
        # A record that says nothing of its type would count as a paper.
        record.type = ""
