"""Agents: one entry for everyone who acts in events or is named by a question."""

import hashlib
import unicodedata

from recordsvc.model import Agent, AgentKind, Archive, Question
from recordsvc.services.context import SYSTEM

# Members ask; ministries, commissions and offices are asked.
QUESTION_ROLES = {
    "author": AgentKind.PERSON,
    "addressee": AgentKind.ORGANIZATION,
}


def keep_account(root: Archive, login: str) -> Agent:
    """Return the agent of an account, making it with the account."""
    return _kept(root, Agent(login, AgentKind.PERSON, login))


def keep_party(root: Archive, kind: AgentKind, name: str) -> str:
    """Return the id of one who is named in a paper, making the entry if it is new.

    Parameters
    ----------
    name
        As the paper writes it; runs of spaces and the form of accents do not matter.
        An empty name is nobody: its id is empty.
    """
    shown = _plain(name)
    if not shown:
        return ""
    return _kept(root, Agent(party_id(kind, shown), kind, shown)).id


def _plain(name: str) -> str:
    return unicodedata.normalize("NFC", " ".join(name.split()))


def party_id(kind: AgentKind, name: str) -> str:
    """Return the id of a named party, the same in every store.

    Examples
    --------
    >>> party_id(AgentKind.PERSON, "Ana  Lo") == party_id(AgentKind.PERSON, "Ana Lo")
    True
    """
    return hashlib.sha256(f"{kind}\n{_plain(name)}".encode()).hexdigest()[:32]


def _kept(root: Archive, agent: Agent) -> Agent:
    known: Agent | None = root.agents.get(agent.id)
    if known is None:
        known = root.agents[agent.id] = agent
    return known


def name_of(root: Archive, agent_id: str) -> str:
    """Return the name of an agent as it is shown; one not known is its id."""
    agent = current(root, agent_id)
    return agent.name if agent is not None else agent_id


def current(root: Archive, agent_id: str) -> Agent | None:
    """Return an agent, or the one that it was merged into; None if it is not known."""
    agent: Agent | None = root.agents.get(agent_id)
    if agent is not None and agent.merged_into:
        # A merge leads to an entry that stands, never to another that was merged.
        agent = root.agents.get(agent.merged_into)
    return agent


def kind_of(root: Archive, agent_id: str) -> AgentKind:
    """Return what kind of agent acted; a login not known here is a person's."""
    agent = root.agents.get(agent_id)
    if agent is not None:
        return AgentKind(agent.kind)
    return AgentKind.SOFTWARE if agent_id == SYSTEM.login else AgentKind.PERSON


def parties_of(root: Archive, question: Question) -> dict[str, str]:
    """Return the names of who asks and who is asked, by role."""
    return {role: name_of(root, getattr(question, role)) for role in QUESTION_ROLES}
