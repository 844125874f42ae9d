"""The authority list: members and offices, and the names by which papers call them.

A name of a paper is matched with the list of its own parliament alone; whoever is only
like it, or stands in the list of another, is suggested and never taken silently.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from BTrees.OOBTree import OOTreeSet

from recordsvc.model import Agent, AgentKind, Archive, Record
from recordsvc.model.record import Party, PartyState
from recordsvc.services.access import authorize
from recordsvc.services.agents import party_id
from recordsvc.services.context import Context
from recordsvc.services.crosswalks import (
    CERTAIN_NAME,
    POSSIBLE_NAME,
    keys_of_name,
    likeness_of_names,
)
from recordsvc.services.days import MAX_VALUE_CHARS, day_of, require_text
from recordsvc.services.errors import Conflict, InvalidRequest, NotFound, NothingToDo

COLUMNS = ("name", "kind", "jurisdiction", "variants", "identifier", "since", "until")
KINDS = (AgentKind.PERSON, AgentKind.ORGANIZATION)
ABROAD = 0.5
"""What the likeness of a name in another parliament's list is worth."""
_MAX_COMPARED = 200


@dataclass(slots=True)
class ListReport:
    """What an import did or would do; a bad row is told and the others go on."""

    added: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    unchanged: int = 0
    errors: list[dict[str, object]] = field(default_factory=list)


def matched(
    root: Archive, jurisdiction: str | None, parties: Iterable[Party]
) -> tuple[Party, ...]:
    """Return names of a paper with whom of the list they mean, or may mean.

    Parameters
    ----------
    jurisdiction
        Of the paper. An entry of another, or of none where the paper has one, is
        suggested at most.
    """
    return tuple(_matched(root, jurisdiction or "", party) for party in parties)


def _matched(root: Archive, jurisdiction: str, party: Party) -> Party:
    plain = replace(party, state=PartyState.UNMATCHED.value, agent="", score=0.0)
    scores: dict[str, float] = {}
    for agent in _candidates(root, party.name):
        names = (agent.name, *agent.variants)
        score = max(likeness_of_names(party.name, name) for name in names)
        scores[agent.id] = (
            score if agent.jurisdiction == jurisdiction else score * ABROAD
        )
    if not scores:
        return plain
    best = max(scores.values())
    who = sorted(agent_id for agent_id, score in scores.items() if score == best)
    if best < POSSIBLE_NAME * ABROAD:
        return plain
    is_sure = best >= CERTAIN_NAME and len(who) == 1
    state = PartyState.MATCHED if is_sure else PartyState.SUGGESTED
    return replace(plain, state=state.value, agent=who[0], score=round(best, 2))


def _candidates(root: Archive, name: str) -> tuple[Agent, ...]:
    if root.agent_names is None:
        return ()
    found: dict[str, Agent] = {}
    # The longest word tells most.
    for word in sorted(keys_of_name(name), key=len, reverse=True):
        for _, agent_id in root.agent_names.keys(min=(word, ""), max=(word, "g")):
            agent = root.agents.get(agent_id)
            if agent is not None:
                found[agent_id] = agent
            if len(found) >= _MAX_COMPARED:
                return tuple(found.values())
    return tuple(found.values())


def match_parties(ctx: Context, record: Record) -> None:
    """Compare the names that a record has with the list as it is now."""
    if record.parties:
        record.parties = matched(ctx.root, record.jurisdiction, record.parties)


def import_agents(
    ctx: Context, rows: Iterable[tuple[int, Mapping[str, str]]], *, is_trial: bool
) -> ListReport:
    """Take persons and bodies into the list, one a row.

    Parameters
    ----------
    rows
        (line number, row) with columns of `COLUMNS`; several variants are divided by
        ``|``. A name that is known in its jurisdiction is updated.
    is_trial
        Tell what would be done, and write nothing.
    """
    authorize(ctx, "agent.change")
    report = ListReport()
    for line, row in rows:
        try:
            _import_one(ctx, row, report, is_trial=is_trial)
        except InvalidRequest as error:
            report.errors.append({"line": line, "message": str(error)})
    if not is_trial and (report.added or report.updated):
        ctx.log(
            "agents",
            "agent-import",
            added=str(len(report.added)),
            updated=str(len(report.updated)),
        )
    return report


def _import_one(
    ctx: Context, row: Mapping[str, str], report: ListReport, *, is_trial: bool
) -> None:
    values = _checked(row)
    name, kind = values.pop("name"), AgentKind(values.pop("kind") or AgentKind.PERSON)
    jurisdiction = values["jurisdiction"] or ctx.settings.jurisdiction
    fields: dict[str, Any] = {
        **values,
        "jurisdiction": jurisdiction,
        "variants": _variants(values["variants"]),
    }
    agent_id = _id_of(ctx.root, kind, name, jurisdiction)
    known: Agent | None = ctx.root.agents.get(agent_id)
    is_new = known is None or not known.is_listed
    if known is not None and known.merged_into:
        raise InvalidRequest(
            f"{name} was merged into {ctx.root.agents[known.merged_into].name}"
        )
    if known is not None and not is_new:
        if all(getattr(known, key) == value for key, value in fields.items()):
            report.unchanged += 1
            return
        report.updated.append(name)
    else:
        report.added.append(name)
    if not is_trial:
        _keep(ctx.root, known or Agent(agent_id, kind, name), fields)


def _checked(row: Mapping[str, str]) -> dict[str, str]:
    unknown = [column for column in row if column not in COLUMNS]
    if unknown:
        raise InvalidRequest(
            f"unknown column {unknown[0]!r}; columns are {', '.join(COLUMNS)}"
        )
    values = {column: (row.get(column) or "").strip() for column in COLUMNS}
    for column, value in values.items():
        require_text(column, value, MAX_VALUE_CHARS)
    if not keys_of_name(values["name"]):
        raise InvalidRequest("the row has no name")
    if values["kind"] and values["kind"] not in KINDS:
        raise InvalidRequest(
            f"kind is {values['kind']!r}; it may be {' or '.join(KINDS)}"
        )
    for column in ("since", "until"):
        if values[column]:
            day_of(values[column])
    return values


def _variants(text: str) -> tuple[str, ...]:
    parts = (" ".join(part.split()) for part in text.split("|"))
    return tuple(dict.fromkeys(part for part in parts if part))


def _id_of(root: Archive, kind: AgentKind, name: str, jurisdiction: str) -> str:
    """Return the id of a name; one name in two parliaments is two entries."""
    plain = party_id(kind, name)
    known = root.agents.get(plain)
    is_other = known is not None and known.is_listed
    if is_other and known.jurisdiction != jurisdiction:
        return party_id(kind, f"{name} ({jurisdiction})")
    return plain


def _keep(root: Archive, agent: Agent, fields: Mapping[str, Any]) -> None:
    _unindex(root, agent)
    for key, value in fields.items():
        setattr(agent, key, value)
    agent.is_listed = True
    root.agents[agent.id] = agent
    if root.agent_names is None:
        root.agent_names = OOTreeSet()
    for word in _words(agent):
        root.agent_names.add((word, agent.id))


def _unindex(root: Archive, agent: Agent) -> None:
    if root.agent_names is not None:
        for word in _words(agent):
            root.agent_names.discard((word, agent.id))


def _words(agent: Agent) -> frozenset[str]:
    return frozenset().union(*map(keys_of_name, (agent.name, *agent.variants)))


def listed(ctx: Context, name: str = "") -> list[dict[str, Any]]:
    """Return the entries of the list in order of name, or those like a name."""
    authorize(ctx, "question.view")
    if name:
        every: Sequence[Agent] = _candidates(ctx.root, name)
    else:
        every = [a for a in ctx.root.agents.values() if a.is_listed]
    return [
        agent_mapping(agent)
        for agent in sorted(every, key=lambda a: (a.name.casefold(), a.id))
    ]


def agent_mapping(agent: Agent) -> dict[str, Any]:
    """Return an entry of the list as JSON-able values."""
    return {
        "id": agent.id,
        "kind": str(agent.kind),
        **{n: getattr(agent, n) for n in COLUMNS if n not in {"kind", "variants"}},
        "variants": list(agent.variants),
    }


def merge(
    ctx: Context, keeper_id: str, other_id: str, *, is_trial: bool
) -> dict[str, Any]:
    """Make one entry of two: the names of the other become variants of the first.

    What refers to the other leads to the first from then on.

    Returns
    -------
    dict
        The entry as it is or would be.

    Raises
    ------
    NotFound, Conflict, NothingToDo
        If one is not in the list, they belong to different parliaments or kinds, or
        they are one already.
    """
    authorize(ctx, "agent.change")
    keeper, other = _listed(ctx, keeper_id), _listed(ctx, other_id)
    if keeper.id == other.id:
        raise NothingToDo("both are one entry already")
    if (keeper.kind, keeper.jurisdiction) != (other.kind, other.jurisdiction):
        raise Conflict(
            f"{keeper.name} and {other.name} are of different kinds or parliaments"
        )
    names = (*keeper.variants, other.name, *other.variants)
    variants = tuple(n for n in dict.fromkeys(names) if n != keeper.name)
    if is_trial:
        return {**agent_mapping(keeper), "variants": list(variants)}
    _unindex(ctx.root, other)
    other.is_listed, other.merged_into = False, keeper.id
    for agent in ctx.root.agents.values():
        if agent.merged_into == other.id:
            agent.merged_into = keeper.id
    _keep(ctx.root, keeper, {"variants": variants})
    ctx.log(keeper.id, "agent-merge", merged=other.id)
    return agent_mapping(keeper)


def _listed(ctx: Context, agent_id: str) -> Agent:
    agent: Agent | None = ctx.root.agents.get(agent_id)
    if agent is not None and agent.merged_into:
        agent = ctx.root.agents.get(agent.merged_into)
    if agent is None or not agent.is_listed:
        raise NotFound(f"no entry {agent_id} in the list; see: agent list")
    return agent
