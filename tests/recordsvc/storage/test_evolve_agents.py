"""A store of the first release meets the step that brings agents."""

import os
from datetime import UTC, datetime

import pytest

from recordsvc.bootstrap import evolve_store, init_store, opened
from recordsvc.model import AgentKind, Question
from recordsvc.model.root import ROOT_KEY
from recordsvc.services import agents
from recordsvc.services.context import SYSTEM
from recordsvc.settings import settings_from
from recordsvc.storage import evolve
from recordsvc.storage.database import open_database, run

NOW = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.fixture
def outdated(tmp_path):
    """A store as it stood before: texts in questions, no agents."""
    mask = os.umask(0o077)
    settings = settings_from(
        {"recordsvc.data_dir": str(tmp_path / "var"), "search.engine": "memory"}, {}
    )
    init_store(settings, is_test=True, admin="admin", password="a long password")

    def unmake(root):
        archive = root[ROOT_KEY]
        del archive.agents
        question = Question("5f" * 16, "E-000123/2026", "2026-02-11")
        question.author, question.addressee = "Ana  Lo", "Ministry of Transport"
        archive.questions[question.record_id] = question
        root[evolve.FINISHED_KEY] = ()

    with open_database(settings.store_uri) as database:
        run(database, unmake)
    yield settings
    os.umask(mask)


def test_accounts_and_parties_become_agents_once(outdated):
    assert "0001-agents" in evolve_store(outdated)
    with opened(outdated, {}) as service:

        def told(ctx):
            question = ctx.root.questions["5f" * 16]
            # Naming the same party now finds the entry that the step made.
            assert question.author == agents.keep_party(
                ctx.root, AgentKind.PERSON, "Ana Lo"
            )
            return agents.parties_of(ctx.root, question), sorted(
                (agent.kind, agent.name) for agent in ctx.root.agents.values()
            )

        parties, known = service.view(SYSTEM, told)
    assert parties == {"author": "Ana Lo", "addressee": "Ministry of Transport"}
    assert known == [
        ("organization", "Ministry of Transport"),
        ("person", "Ana Lo"),
        ("person", "admin"),
    ]


def test_the_step_can_run_again_on_what_a_killed_run_left(outdated):
    evolve_store(outdated)
    with open_database(outdated.store_uri) as database:
        run(database, evolve.agents.keep_agents)
        ids = run(database, lambda root: list(root[ROOT_KEY].agents))
    assert len(ids) == 3
