"""The composition root: settings to stores to contexts; imported by doors only."""

import os
import shutil
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from functools import partial
from pathlib import Path
from typing import TypeVar

from recordsvc.model import Archive, new_archive
from recordsvc.model.root import ROOT_KEY
from recordsvc.search.engines import open_index
from recordsvc.search.index import IndexDamaged, SearchIndex
from recordsvc.services import indexing
from recordsvc.services.accounts import create_account
from recordsvc.services.context import SYSTEM, Actor, Context, utc_now
from recordsvc.services.crosswalks import ProfileError, own_folder, use_profiles
from recordsvc.services.errors import InvalidRequest
from recordsvc.settings import Settings, SettingsError
from recordsvc.storage import evolve
from recordsvc.storage.bitstreams import DirectoryBitstreams
from recordsvc.storage.database import Database, open_database
from recordsvc.storage.database import run as run_in
from recordsvc.storage.database import view as view_in
from recordsvc.storage.leases import FileLease
from recordsvc.storage.ledger import FILE as LEDGER_FILE
from recordsvc.storage.ledger import ledger_path

T = TypeVar("T")


class Service:
    """An opened archive: what every door holds.

    Parameters
    ----------
    settings
        The installation's settings.
    database
        The opened database.
    today
        The legal day of a test store, None for the clock.
    """

    def __init__(
        self, settings: Settings, database: Database, *, today: date | None = None
    ) -> None:
        self.settings = settings
        self.database = database
        self.bitstreams = DirectoryBitstreams(settings.bitstreams_dir)
        self.fixed_today = today
        self._search: SearchIndex | None = None
        self._store_id: str | None = None

    def context(self, root: Archive, actor: Actor) -> Context:
        """Return what a use case is given inside one transaction."""
        return Context(
            actor=actor,
            root=root,
            settings=self.settings,
            bitstreams=self.bitstreams,
            search=self.search,
            fixed_today=self.fixed_today,
        )

    def run(self, actor: Actor, work: Callable[[Context], T]) -> T:
        """Run a use case in one transaction, retried on conflict, and commit.

        Bytes that it put are made durable before the commit refers to them.
        """

        def durable(root: Mapping[str, Archive]) -> T:
            result = work(self.context(root[ROOT_KEY], actor))
            self.bitstreams.sync()
            return result

        return run_in(self.database, durable)

    def view(self, actor: Actor, work: Callable[[Context], T]) -> T:
        """Run a use case that only reads."""
        return view_in(
            self.database, lambda root: work(self.context(root[ROOT_KEY], actor))
        )

    def store_id(self) -> str:
        """Return the store's own id: an index made of another store is refused."""
        if self._store_id is None:
            self._store_id = str(self.view(SYSTEM, lambda ctx: ctx.root.store_id))
        return self._store_id

    def is_behind_ledger(self) -> bool:
        """Say whether more was destroyed here than this store knows of.

        That is so after an older backup was put back in place, by whatever means.
        """
        path = ledger_path(self.settings) / LEDGER_FILE
        written = path.stat().st_size if path.exists() else 0
        return self.view(SYSTEM, lambda ctx: ctx.root.ledger_bytes) != written

    def search(self) -> SearchIndex:
        """Return the search index, opened at the first call."""
        if self._search is None:
            self._search = open_index(
                self.settings.engine, self.settings.index_dir, self.settings.languages
            )
        return self._search

    def ensure_index(self) -> None:
        """Rebuild an index that is broken, older, or made of another store.

        Only the holder of the indexer's lease may call this.
        """
        try:
            mark = self.search().stat().watermark
        except IndexDamaged:
            shutil.rmtree(self.settings.index_dir, ignore_errors=True)
            self._search = None
            mark = None
        known = self.view(SYSTEM, lambda ctx: len(ctx.root.records) > 0)
        if mark == self.store_id() or not (known or mark):
            return
        self.rebuild_index()

    def rebuild_index(self) -> None:
        """Build the index anew from the stored text, beside the old one, and swap."""
        store_id = self.store_id()

        def build(ctx: Context) -> None:
            documents = indexing.every_document(ctx.root, ctx.bitstreams)
            self.search().rebuild(documents, store_id)

        self.view(SYSTEM, build)

    def lease(self, name: str) -> FileLease:
        """Return a named lease of this installation."""
        folder = self.settings.data_dir / "locks"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return FileLease(folder / f"{name}.lock")

    def scratch_dir(self) -> Path:
        """Return the folder for work in progress; it is swept at the next start."""
        folder = self.settings.data_dir / "scratch"
        folder.mkdir(mode=0o711, parents=True, exist_ok=True)
        return folder

    def close(self) -> None:
        """Close the index and the database."""
        if self._search is not None:
            self._search.close()
            self._search = None
        self.database.close()


def open_service(settings: Settings, environ: Mapping[str, str]) -> Service:
    """Open the archive of an installation.

    Parameters
    ----------
    environ
        ``RECORDSVC_TODAY`` is the clock of a test store, and refused elsewhere.

    Raises
    ------
    StoreMissing, StoreOutdated
        Saying which command to run.
    InvalidRequest
        If a test setting is given to a store that is none.
    SettingsError
        If a profile of the parliament's own cannot be used.
    """
    os.umask(0o077)
    _read_profiles(settings)
    database = open_database(settings.store_uri)
    try:
        is_test = view_in(database, lambda root: root[ROOT_KEY].is_test)
        today = _fixed_today(environ, is_test=is_test)
    except BaseException:
        database.close()
        raise
    return Service(settings, database, today=today)


def _read_profiles(settings: Settings) -> None:
    if settings.profiles_dir is None:
        # What an earlier installation of this process had does not count here.
        if own_folder() is not None:
            use_profiles(None)
        return
    try:
        use_profiles(settings.profiles_dir)
    except ProfileError as error:
        raise SettingsError(
            f"recordsvc.profiles_dir: {error}; see: recordsvc profile check FILE"
        ) from None


def _fixed_today(environ: Mapping[str, str], *, is_test: bool) -> date | None:
    for name in ("RECORDSVC_TODAY", "RECORDSVC_FAULT"):
        if environ.get(name) and not is_test:
            raise InvalidRequest(f"{name} works in a test store only")
    day = environ.get("RECORDSVC_TODAY")
    if not day:
        return None
    try:
        return date.fromisoformat(day)
    except ValueError:
        raise InvalidRequest(
            f"RECORDSVC_TODAY is {day!r}; it must be YYYY-MM-DD"
        ) from None


@contextmanager
def opened(settings: Settings, environ: Mapping[str, str]) -> Iterator[Service]:
    """Open the archive for the length of a block."""
    service = open_service(settings, environ)
    try:
        yield service
    finally:
        service.close()


def init_store(settings: Settings, *, is_test: bool, admin: str, password: str) -> None:
    """Make an empty store and its first administrator.

    Raises
    ------
    StoreExists
        If there is one already; nothing is changed.
    """
    from recordsvc.storage.signing import open_signing_key

    os.umask(0o077)
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)

    def make(root: dict[str, Archive]) -> None:
        archive = new_archive(uuid.uuid4().hex, utc_now(), is_test=is_test)
        # Every copy of the data folder has the key that later lines are signed with.
        open_signing_key(settings.data_dir)
        archive.ledger_signed = True
        archive.inbox.confidence = settings.triage_confidence
        create_account(archive, admin, "administrator", password)
        root[ROOT_KEY] = archive

    open_database(settings.store_uri, create=True, populate=make).close()


def evolve_store(settings: Settings) -> tuple[str, ...]:
    """Run the schema steps that the store waits for; return their names.

    Each step is a transaction of its own: one that was killed runs again.

    Raises
    ------
    StoreTooNew
        If a newer release has changed the store.
    LeaseHeld
        If another process is at it.
    """
    lease = FileLease(settings.data_dir / "locks" / "evolve.lock")
    with open_database(settings.store_uri, outdated=True) as database, lease.held():
        view_in(database, evolve.require_known)
        waiting = view_in(database, evolve.pending)
        for step in waiting:
            run_in(database, partial(evolve.apply, steps=(step,)))
        return tuple(step.name for step in waiting)
