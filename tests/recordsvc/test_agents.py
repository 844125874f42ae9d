"""Agents: one entry for one party, however often papers name it."""

from datetime import UTC, datetime

from recordsvc.model import AgentKind, new_archive
from recordsvc.services import agents
from recordsvc.services.accounts import create_account

NOW = datetime(2026, 3, 2, tzinfo=UTC)


def archive():
    return new_archive("5f" * 16, NOW, is_test=True)


def test_a_party_named_twice_is_one_agent():
    root = archive()
    first = agents.keep_party(root, AgentKind.PERSON, "José  Sousa")
    again = agents.keep_party(root, AgentKind.PERSON, " Jose\u0301 Sousa\n")
    assert first == again
    assert agents.name_of(root, first) == "José Sousa"


def test_a_person_and_an_office_of_one_name_are_two():
    root = archive()
    ids = {agents.keep_party(root, kind, "Clerk") for kind in AgentKind}
    assert len(ids) == len(AgentKind)


def test_nobody_is_no_agent():
    root = archive()
    assert agents.keep_party(root, AgentKind.PERSON, " ") == ""
    assert list(root.agents) == []
    assert agents.name_of(root, "") == ""


def test_an_account_is_a_person_and_the_system_a_program():
    root = archive()
    create_account(root, "clerk", "officer", "a long password")
    assert agents.kind_of(root, "clerk") is AgentKind.PERSON
    assert agents.kind_of(root, "system") is AgentKind.SOFTWARE
    assert agents.kind_of(root, "somebody elsewhere") is AgentKind.PERSON
