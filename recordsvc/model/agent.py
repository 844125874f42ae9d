"""Who acts or is named: persons, organizations and programs (PREMIS 3, agent)."""

from persistent import Persistent

from recordsvc.model.words import StoredWord


class AgentKind(StoredWord):
    """Name the kinds of agents, in the words of the PREMIS agent type vocabulary."""

    PERSON = "person"
    ORGANIZATION = "organization"
    SOFTWARE = "software"


class Agent(Persistent):  # type: ignore[misc]
    """One who acts in events, or who asks or is asked.

    Parameters
    ----------
    agent_id
        The login of an account, the name of a program, or a digest of kind and name
        for one who has neither.
    name
        As it is shown; it may change, the id does not.
    """

    def __init__(self, agent_id: str, kind: AgentKind, name: str) -> None:
        self.id = agent_id
        self.kind = kind
        self.name = name
