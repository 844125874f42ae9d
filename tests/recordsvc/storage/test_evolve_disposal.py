"""A store of the first release meets the step that brings disposal."""

import os
from datetime import UTC, datetime

import pytest

from recordsvc.bootstrap import evolve_store, init_store, opened
from recordsvc.model import Hold, Record
from recordsvc.model.record import Standing
from recordsvc.model.root import ROOT_KEY
from recordsvc.services.context import SYSTEM
from recordsvc.services.disposal import holdscope
from recordsvc.settings import settings_from
from recordsvc.storage import evolve
from recordsvc.storage.database import open_database, run
from recordsvc.storage.evolve.disposal import TREES

NOW = datetime(2026, 3, 2, tzinfo=UTC)
HELD, WAITING = "5f" * 16, "6f" * 16


@pytest.fixture
def outdated(tmp_path):
    """A store without the trees of disposal, with a hold and a waiting record."""
    mask = os.umask(0o077)
    settings = settings_from(
        {"recordsvc.data_dir": str(tmp_path / "var"), "search.engine": "memory"}, {}
    )
    init_store(settings, is_test=True, admin="admin", password="a long password")

    def unmake(root):
        archive = root[ROOT_KEY]
        for name in TREES:
            delattr(archive, name)
        held, waiting = Record(HELD), Record(WAITING)
        held.holds = ("h1",)
        waiting.standing = Standing(state="awaiting_trigger")
        archive.records.update({HELD: held, WAITING: waiting})
        for hold_id in ("h1", "h2"):
            archive.holds[hold_id] = Hold(hold_id, "Inquiry")
        archive.holds["h2"].lifted_at = NOW
        root[evolve.FINISHED_KEY] = ("0001-agents",)

    with open_database(settings.store_uri, outdated=True) as database:
        run(database, unmake)
    yield settings
    os.umask(mask)


def test_holds_still_bind_and_exceptions_are_told(outdated):
    assert evolve_store(outdated)[0] == "0002-disposal"
    with opened(outdated, {}) as service:

        def look(ctx):
            held = ctx.root.records[HELD]
            return (
                list(ctx.root.active_holds),
                holdscope.holds_on(ctx, held),
                list(ctx.root.by_exception),
                ctx.root.audit.size,
            )

        active, on_record, exceptions, sealed = service.view(SYSTEM, look)
    assert active == ["h1"]
    assert on_record == ("h1",)
    assert exceptions == [("awaiting_trigger", WAITING)]
    assert sealed == 0


def test_the_step_can_run_again_on_what_a_killed_run_left(outdated):
    evolve_store(outdated)
    with open_database(outdated.store_uri) as database:
        run(database, evolve.disposal.plant_trees)
        assert run(database, lambda r: list(r[ROOT_KEY].active_holds)) == ["h1"]
