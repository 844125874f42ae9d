"""Schema steps and durability as an installation meets them."""

import io
import os

import pytest

from recordsvc.bootstrap import evolve_store, init_store, opened
from recordsvc.services.context import SYSTEM
from recordsvc.settings import settings_from
from recordsvc.storage import directory, evolve
from recordsvc.storage.errors import LeaseHeld, StoreMissing, StoreOutdated
from recordsvc.storage.leases import FileLease


@pytest.fixture
def installation(tmp_path):
    mask = os.umask(0o077)
    settings = settings_from(
        {"recordsvc.data_dir": str(tmp_path / "var"), "search.engine": "memory"}, {}
    )
    init_store(settings, is_test=True, admin="admin", password="a long password")
    yield settings
    os.umask(mask)


def rename_the_admin(root):
    accounts = root["archive"].accounts
    accounts["clerk"] = accounts.pop("admin", None) or accounts["clerk"]


@pytest.fixture
def released(monkeypatch):
    """Pretend that a new release brings a step."""
    step = evolve.Step(name="0001-clerk", description="Test.", run=rename_the_admin)
    monkeypatch.setattr(evolve, "STEPS", (*evolve.STEPS, step))


def test_a_new_release_waits_for_its_step_and_then_serves(installation, released):
    with pytest.raises(StoreOutdated, match="recordsvc doctor --evolve"):
        opened(installation, {}).__enter__()
    assert evolve_store(installation) == ("0001-clerk",)
    assert evolve_store(installation) == ()
    with opened(installation, {}) as service:
        logins = service.view(SYSTEM, lambda ctx: list(ctx.root.accounts))
    assert logins == ["clerk"]


def test_two_do_not_evolve_one_store_at_once(installation, released):
    lease = FileLease(installation.data_dir / "locks" / "evolve.lock")
    with lease.held(), pytest.raises(LeaseHeld):
        evolve_store(installation)


def test_no_store_is_told_and_none_is_made(tmp_path):
    settings = settings_from({"recordsvc.data_dir": str(tmp_path / "none")}, {})
    with pytest.raises(StoreMissing):
        evolve_store(settings)
    assert not (tmp_path / "none").exists()


def test_bytes_are_durable_before_a_commit_refers_to_them(installation, monkeypatch):
    synced = []
    monkeypatch.setattr(directory, "sync_file", synced.append)
    with opened(installation, {}) as service:

        def work(ctx):
            stored = ctx.bitstreams.put(io.BytesIO(b"a paper"))
            ctx.root.bitstream(stored.sha256, stored.bytes).adopt("a record")
            assert synced == []
            return stored.sha256

        sha256 = service.run(SYSTEM, work)
        assert synced == [service.bitstreams.path(sha256)]


def test_bytes_that_are_not_durable_are_not_referred_to(installation, monkeypatch):
    def fail(path):
        raise OSError(5, "input/output error")

    monkeypatch.setattr(directory, "sync_file", fail)
    with opened(installation, {}) as service:

        def work(ctx):
            stored = ctx.bitstreams.put(io.BytesIO(b"a paper"))
            ctx.root.bitstream(stored.sha256, stored.bytes).adopt("a record")

        with pytest.raises(OSError, match="input/output"):
            service.run(SYSTEM, work)
        assert service.view(SYSTEM, lambda ctx: len(ctx.root.bitstreams)) == 0
