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
    is_listed
        Whether it stands in the authority list, so that papers are matched with it.
    variants
        Other ways in which papers write the name.
    jurisdiction
        Whose parliament it belongs to, as in `Record`; empty where that is not said.
    identifier
        Its number elsewhere, such as an address in another authority file.
    since, until
        First and last day under this name, ``YYYY-MM-DD``, or empty.
    merged_into
        Id of the entry that this one has become a part of, or empty.
    """

    is_listed: bool = False
    variants: tuple[str, ...] = ()
    jurisdiction: str = ""
    identifier: str = ""
    since: str = ""
    until: str = ""
    merged_into: str = ""

    def __init__(self, agent_id: str, kind: AgentKind, name: str) -> None:
        self.id = agent_id
        self.kind = kind
        self.name = name
