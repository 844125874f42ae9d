"""Links between records: suggested with their evidence, decided by a person."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from recordsvc.model import Link, Record
from recordsvc.model.agenda import Evidence
from recordsvc.services import changes
from recordsvc.services.access import authorize, may_read, record_for
from recordsvc.services.context import Context
from recordsvc.services.crosswalks import identifier_of, numbers_in
from recordsvc.services.days import require_text
from recordsvc.services.errors import Conflict, InvalidRequest, NotFound, NothingToDo
from recordsvc.services.reading import readable
from recordsvc.services.superseding import forget_superseding, note_superseding

LINK_TYPES = (
    "answers",
    "cites",
    "versionOf",
    "languageVersionOf",
    "formatOf",
    "sameTextAs",
    "nearSameAs",
    "fulfils",
    "attachmentOf",
    "relatesTo",
    "listedIn",
)
ANSWER_SUFFIX = "-ASW"
CERTAINTIES = {"certain": 1.0, "probable": 0.7, "possible": 0.3}


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """A link the papers themselves speak for, not yet decided."""

    id: str
    type: str
    source: Record
    target: Record
    certainty: str
    score: float
    evidence: tuple[Evidence, ...]


def link_key(kind: str, source: str, target: str) -> str:
    """Return the id of a link: the same link has the same id everywhere."""
    return hashlib.sha256(f"{kind}\0{source}\0{target}".encode()).hexdigest()[:32]


def links_of(ctx: Context, record: Record) -> tuple[Link, ...]:
    """Return the links of a record whose other end the actor may read."""
    found = []
    for link_id in ctx.root.link_ids(record.id):
        link: Link = ctx.root.links[link_id]
        other = link.target if link.source == record.id else link.source
        other_record = ctx.root.records.get(other)
        if other_record is not None and may_read(ctx.actor, other_record):
            found.append(link)
    return tuple(found)


def suggest(ctx: Context, record_id: str | None = None) -> tuple[Suggestion, ...]:
    """Return the undecided links that the papers speak for; writes nothing.

    Parameters
    ----------
    record_id
        Only links that start at or lead to this record.

    Returns
    -------
    tuple of Suggestion
        Ordered by certainty, then by id: the same for the same store.
    """
    authorize(ctx, "link.suggest")
    if record_id is not None:
        record_for(ctx, record_id)
    found: dict[str, Suggestion] = {}
    for source in ctx.root.records.values():
        if source.is_destroyed or not may_read(ctx.actor, source):
            continue
        for suggestion in _suggestions_from(ctx, source):
            if record_id in {None, suggestion.source.id, suggestion.target.id}:
                found.setdefault(suggestion.id, suggestion)
    waiting = [
        s
        for s in found.values()
        if s.id not in ctx.root.links and s.id not in ctx.root.rejected_links
    ]
    return tuple(sorted(waiting, key=lambda s: (-s.score, s.type, s.id)))


def _suggestions_from(ctx: Context, source: Record) -> Iterator[Suggestion]:
    if source.type == "answer":
        yield from _answered_questions(ctx, source)
        yield from _numbered_after(ctx, source)
    for citation in source.citations:
        for target in _readable(ctx, citation.normalised, source):
            certainty = "certain"
            evidence = Evidence(
                rule=f"cites:{citation.scheme}", text=citation.text, page=citation.page
            )
            yield _suggestion("cites", source, target, certainty, evidence)


def _answered_questions(ctx: Context, answer: Record) -> Iterator[Suggestion]:
    """Suggest the questions whose number an answer's headings or text carry."""
    for language, title in answer.titles:
        for number in numbers_in(title):
            for target in _readable(ctx, number.normalised, answer):
                if target.type == "question":
                    rule = f"answer-title:{number.scheme}:{language}"
                    evidence = Evidence(rule=rule, text=title, page=None)
                    yield _suggestion("answers", answer, target, "certain", evidence)
    for citation in answer.citations:
        if citation.page > 1:
            continue
        for target in _readable(ctx, citation.normalised, answer):
            if target.type == "question":
                evidence = Evidence(
                    rule=f"answer-cites:{citation.scheme}",
                    text=citation.text,
                    page=citation.page,
                )
                yield _suggestion("answers", answer, target, "certain", evidence)


def _numbered_after(ctx: Context, answer: Record) -> Iterator[Suggestion]:
    """Suggest the question that an answer has its own number from.

    Notes
    -----
    The European Parliament numbers an answer after the first question it
    answers; its title may name another one of a joint answer.
    """
    for own in answer.identifiers:
        stem = own.value.upper().removesuffix(ANSWER_SUFFIX)
        if stem == own.value.upper():
            continue
        evidence = Evidence(rule=f"answer-number:{own.scheme}", text=own.value)
        for target in _readable(ctx, identifier_of(stem, None).normalised, answer):
            if target.type == "question":
                yield _suggestion("answers", answer, target, "probable", evidence)


def _readable(ctx: Context, normalised: str, source: Record) -> list[Record]:
    ids = ctx.root.ids_by_identifier(normalised)
    records = [ctx.root.records[i] for i in ids if i != source.id]
    return [r for r in records if not r.is_destroyed and may_read(ctx.actor, r)]


def _suggestion(
    kind: str, source: Record, target: Record, certainty: str, evidence: Evidence
) -> Suggestion:
    return Suggestion(
        id=link_key(kind, source.id, target.id),
        type=kind,
        source=source,
        target=target,
        certainty=certainty,
        score=CERTAINTIES[certainty],
        evidence=(evidence,),
    )


def accept_all(ctx: Context, suggestion_ids: Iterable[str]) -> list[str]:
    """Make suggested links links; return the ids of those that were none yet.

    Raises
    ------
    NotFound
        If one of them is not suggested now; then none is accepted.
    """
    authorize(ctx, "link.decide")
    waiting = {s.id: s for s in suggest(ctx)}
    accepted = []
    for suggestion_id in suggestion_ids:
        if suggestion_id in ctx.root.links:
            continue
        if suggestion_id not in waiting:
            raise NotFound(f"no link {suggestion_id} is suggested; see: link suggest")
        accepted.append(_keep(ctx, waiting[suggestion_id]).id)
    return accepted


def _keep(ctx: Context, s: Suggestion) -> Link:
    link = Link(s.id, s.type, s.source.id, s.target.id)
    link.certainty, link.score, link.evidence = s.certainty, s.score, s.evidence
    link.decided_by, link.decided_at = ctx.actor.login, ctx.now()
    keep_link(ctx, link)
    return link


def keep_link(ctx: Context, link: Link) -> None:
    """Put a link into the store and its two ends' histories."""
    ctx.root.links[link.id] = link
    for record_id in (link.source, link.target):
        ctx.root.links_by_record.add((record_id, link.id))
    note_superseding(ctx, link)
    for record_id in (link.source, link.target):
        changes.touch(ctx, ctx.root.records[record_id], "link", link=link.id)


def drop_link(ctx: Context, link: Link) -> None:
    """Take a link out of the store, and note it in its two ends' histories."""
    del ctx.root.links[link.id]
    for record_id in (link.source, link.target):
        ctx.root.links_by_record.discard((record_id, link.id))
    forget_superseding(ctx, link)
    for record_id in (link.source, link.target):
        changes.touch(ctx, ctx.root.records[record_id], "unlink", link=link.id)


def reject(ctx: Context, suggestion_id: str) -> None:
    """Remember that a suggested link is wrong; it is not proposed again."""
    authorize(ctx, "link.decide")
    if suggestion_id in ctx.root.rejected_links:
        raise NothingToDo(f"link {suggestion_id} was rejected already")
    if suggestion_id in ctx.root.links:
        link = ctx.root.links[suggestion_id]
        for record_id in (link.source, link.target):
            # A link says something of both; what is held keeps what is said of it.
            changes.require_changeable(ctx, readable(ctx, record_id))
        drop_link(ctx, link)
    elif not any(s.id == suggestion_id for s in suggest(ctx)):
        raise NotFound(f"no link {suggestion_id} is suggested; see: link suggest")
    ctx.root.rejected_links.add(suggestion_id)


def add(ctx: Context, kind: str, source_id: str, target_id: str, reason: str) -> Link:
    """Make a link that a person knows of.

    Raises
    ------
    InvalidRequest
        If the type is unknown or both ends are one record.
    Conflict, Gone
        If the link is there already, or an end is destroyed.
    """
    authorize(ctx, "link.decide")
    require_text("the reason", reason)
    if kind not in LINK_TYPES:
        raise InvalidRequest(
            f"unknown link type {kind!r}; types are {', '.join(LINK_TYPES)}"
        )
    source, target = readable(ctx, source_id), readable(ctx, target_id)
    if source.id == target.id:
        raise InvalidRequest("a record cannot be linked to itself")
    link = Link(link_key(kind, source.id, target.id), kind, source.id, target.id)
    if link.id in ctx.root.links:
        raise Conflict(f"the link {link.id} is there already")
    ctx.root.rejected_links.discard(link.id)
    link.evidence = (Evidence(rule=f"entered:{ctx.actor.login}", text=reason),)
    link.decided_by, link.decided_at = ctx.actor.login, ctx.now()
    keep_link(ctx, link)
    return link


def every_link(ctx: Context) -> tuple[Link, ...]:
    """Return the links whose both ends the actor may read, in order of id."""
    records = ctx.root.records
    return tuple(
        link
        for link in ctx.root.links.values()
        if may_read(ctx.actor, records[link.source])
        and may_read(ctx.actor, records[link.target])
    )
