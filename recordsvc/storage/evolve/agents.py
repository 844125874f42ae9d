"""Step 0001: accounts and the parties of questions become agents."""

import hashlib
import unicodedata
from typing import Any

from BTrees.OOBTree import OOBTree

from recordsvc.model import Agent, AgentKind
from recordsvc.model.root import ROOT_KEY


def keep_agents(root: Any) -> None:
    """Give the archive its agents, and questions the ids of their parties."""
    archive = root[ROOT_KEY]
    if hasattr(archive, "agents"):
        return
    archive.agents = OOBTree()
    for login in archive.accounts:
        archive.agents[login] = Agent(login, AgentKind.PERSON, login)
    roles = (("author", AgentKind.PERSON), ("addressee", AgentKind.ORGANIZATION))
    for question in archive.questions.values():
        for role, kind in roles:
            name = " ".join(getattr(question, role).split())
            if name:
                setattr(question, role, _kept(archive.agents, kind, name))


def _kept(agents: OOBTree, kind: AgentKind, name: str) -> str:
    # As the services name parties at the time of this step: what a step does must
    # not move with them.
    shown = unicodedata.normalize("NFC", name)
    agent_id = hashlib.sha256(f"{kind}\n{shown}".encode()).hexdigest()[:32]
    if agent_id not in agents:
        agents[agent_id] = Agent(agent_id, kind, shown)
    return agent_id
