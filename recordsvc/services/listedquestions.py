"""Questions that a question paper lists, made records linked to it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from recordsvc.model import AgentKind, Expression, Link, Question, Record
from recordsvc.model.agenda import Evidence
from recordsvc.model.record import Identifier, Party, Statement
from recordsvc.services import agents, changes
from recordsvc.services.access import authorize, may_read, record_for
from recordsvc.services.authority import match_parties
from recordsvc.services.context import Context
from recordsvc.services.crosswalks import listed_questions
from recordsvc.services.days import MAX_VALUE_CHARS
from recordsvc.services.errors import Conflict, Gone, NothingToDo
from recordsvc.services.linking import link_key
from recordsvc.services.renditions import load

if TYPE_CHECKING:
    from ingest.questionpapers import ListedQuestion

LISTED_IN = "listedIn"
LISTED = "listed"
"""Scheme of a question that has no number but its place in a paper."""
_EXCERPT_CHARS = 200
_CONFIDENCE = 0.9


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """The questions of a paper, and the revision in which they were read."""

    paper: str
    revision: int
    questions: "tuple[ListedQuestion, ...]"


def listing_of(ctx: Context, paper_id: str) -> Listing:
    """Return the questions that a paper lists; writes nothing.

    Raises
    ------
    NotFound, NotAllowed, Gone
        See the message.
    NothingToDo
        If it lists none that a profile knows how to read.
    """
    authorize(ctx, "question.import")
    paper = record_for(ctx, paper_id)
    if paper.is_destroyed:
        raise Gone(f"record {paper.id} was destroyed; only its tombstone is left")
    pages = [page for file in paper.texts[:1] for page in load_pages(ctx, file)]
    found = listed_questions(paper, pages)
    if not found:
        raise NothingToDo(
            f"record {paper.id} lists no questions in a layout that the profile of "
            f"{paper.jurisdiction or 'its parliament'} knows"
        )
    return Listing(paper=paper.id, revision=paper.revision, questions=found)


def load_pages(ctx: Context, file: Any) -> list[tuple[int, str]]:
    """Return number and text of the pages of a file."""
    return [(p.number, p.text) for p in load(ctx.bitstreams, file.rendition)]


def keep_listing(
    ctx: Context, listing: Listing, *, is_trial: bool = False
) -> list[dict[str, Any]]:
    """Make a record of each question that is new, and link all of them to the paper.

    Parameters
    ----------
    is_trial
        Say what would become of each, and write nothing.

    Returns
    -------
    list of dict
        ``number``, ``reference``, ``asker``, ``addressee``, ``page``, ``status``
        (``added``, ``linked``, ``known``, or ``held``: not linked) and ``id``.

    Raises
    ------
    Conflict
        If the paper has changed since it was read, or is on hold.
    """
    authorize(ctx, "question.import")
    paper = record_for(ctx, listing.paper)
    if not is_trial:
        changes.require_changeable(ctx, paper, listing.revision)
    lines = [
        _keep(ctx, paper, question, place, is_trial=is_trial)
        for place, question in enumerate(listing.questions, start=1)
    ]
    written = sum(line["status"] != "known" for line in lines)
    if written and not is_trial:
        changes.touch(ctx, paper, "questions-listed", count=str(written))
    return lines


def _keep(
    ctx: Context, paper: Record, found: "ListedQuestion", place: int, *, is_trial: bool
) -> dict[str, Any]:
    number = _number_of(paper, found, place)
    record = _existing(ctx, number)
    status = "added" if record is None else "linked"
    if record is None and not is_trial:
        record = _made(ctx, paper, found, number)
    link_id = link_key(LISTED_IN, record.id, paper.id) if record is not None else ""
    if link_id in ctx.root.links:
        status = "known"
    elif record is not None and not is_trial:
        status = _linked(ctx, record, paper, found, status)
    return {
        "number": found.number,
        "reference": found.reference,
        "asker": found.asker,
        "addressee": found.addressee,
        "page": found.page,
        "status": status,
        "id": record.id if record is not None else None,
    }


def _number_of(paper: Record, found: "ListedQuestion", place: int) -> Identifier:
    if found.identifier is not None:
        return Identifier(
            scheme=found.identifier.scheme,
            value=found.identifier.value,
            normalised=found.identifier.normalised,
        )
    label = found.number or str(place)
    own = paper.identifiers[0].value if paper.identifiers else paper.title
    return Identifier(
        scheme=LISTED,
        value=f"{own}, {label}"[:_EXCERPT_CHARS],
        normalised=f"{LISTED}:{paper.id}/{place}-{label}".casefold(),
    )


def _existing(ctx: Context, number: Identifier) -> Record | None:
    for record_id in ctx.root.ids_by_identifier(number.normalised):
        record: Record = ctx.root.records[record_id]
        if record.type == "question" and may_read(ctx.actor, record):
            return record
    return None


def _made(
    ctx: Context, paper: Record, found: "ListedQuestion", number: Identifier
) -> Record:
    record = Record(changes.new_record_id())
    record.type = "question"
    record.date = found.date
    record.dates = (("tabled", found.date),) if found.date else ()
    record.language = paper.language
    for name in ("jurisdiction", "chamber", "session", "legislature", "access"):
        setattr(record, name, getattr(paper, name))
    record.titles = ((paper.language or "und", _title_of(found)),)
    record.expressions = (Expression(language=paper.language),)
    record.parties = tuple(
        Party(role=role, name=name)
        for role, name in (("author", found.asker), ("addressee", found.addressee))
        if name
    )
    record.statements = tuple(_statements(found, number))
    record.captured_at, record.captured_by = ctx.now(), ctx.actor.login
    record.received_on = ctx.today()
    ctx.root.add(record)
    changes.set_identifiers(ctx, record, (number,))
    match_parties(ctx, record)
    question = Question(record.id, found.reference or number.value, found.date)
    question.author = agents.keep_party(ctx.root, AgentKind.PERSON, found.asker or "")
    question.addressee = agents.keep_party(
        ctx.root, AgentKind.ORGANIZATION, found.addressee or ""
    )
    ctx.root.questions[record.id] = question
    changes.touch(ctx, record, "import", source="question-paper", paper=paper.id)
    return record


def _title_of(found: "ListedQuestion") -> str:
    """Return a title in no language: number, who asks, who is asked."""
    who = " – ".join(filter(None, (found.asker, found.addressee)))
    shown = ". ".join(filter(None, (found.number, who)))
    return shown or found.text[:_EXCERPT_CHARS]


def _statements(found: "ListedQuestion", number: Identifier) -> Iterable[Statement]:
    values = {
        "identifier": number.value,
        "title": _title_of(found),
        "type": "question",
        "date": found.date,
        "date.tabled": found.date,
        "author": found.asker,
        "addressee": found.addressee,
        "description": found.text[:MAX_VALUE_CHARS],
    }
    for name, value in values.items():
        if value:
            yield Statement(
                field=name,
                value=value,
                how="extracted",
                rule=found.rule,
                page=found.page,
                confidence=_CONFIDENCE,
                start=found.start if name != "date" else None,
            )


def _linked(
    ctx: Context, record: Record, paper: Record, found: "ListedQuestion", status: str
) -> str:
    """Link a question to its paper; one that is on hold stays as it is."""
    if status == "linked":
        try:
            changes.require_changeable(ctx, record)
        except Conflict:
            return "held"
    link = Link(
        link_key(LISTED_IN, record.id, paper.id), LISTED_IN, record.id, paper.id
    )
    link.evidence = (
        Evidence(rule=found.rule, text=found.text[:_EXCERPT_CHARS], page=found.page),
    )
    link.decided_by, link.decided_at = ctx.actor.login, ctx.now()
    ctx.root.links[link.id] = link
    for record_id in (record.id, paper.id):
        ctx.root.links_by_record.add((record_id, link.id))
    if status == "linked":
        changes.touch(ctx, record, "link", link=link.id)
    return status
