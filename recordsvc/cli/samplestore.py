"""The demo's store: made afresh in a folder of its own, filled with the samples."""

import csv
import fcntl
import os
import secrets
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recordsvc.cli.door import Door, printable
from recordsvc.cli.intake import Progress, read_sidecar
from recordsvc.samples import METADATA, PAPERS, QUESTIONS, SCHEDULE
from recordsvc.services.access import GRANTABLE_ROLES
from recordsvc.services.context import SYSTEM, Actor, Context
from recordsvc.services.errors import Conflict, InvalidRequest
from recordsvc.settings import Settings

if TYPE_CHECKING:
    from recordsvc.bootstrap import Service

MARKER = ".recordsvc-demo"
CONFIG = "demo.ini"
ADMIN = "admin"
PASSWORD_BYTES = 9
CONFIGURATION = """\
# The demo store; made by `recordsvc demo`, which replaces it at every run.
[app:main]
use = egg:recordsvc#main
recordsvc.data_dir = %(here)s
recordsvc.parliament = Assembly of Tessara
recordsvc.jurisdiction = xt
recordsvc.zone = Atlantic/Azores
recordsvc.languages = en fr es pt ar de
recordsvc.default_access = open
recordsvc.url = http://127.0.0.1:{port}
search.engine = {engine}

[server:main]
use = egg:waitress#main
listen = 127.0.0.1:{port}
"""
# The end of the sample parliament's legislature, as `event record` takes it.
CALENDAR = (("legislature_end", "12", "2025-06-30"),)
# What a person knows and no number in the papers says.
ENTERED_LINKS = (
    ("fulfils", "xt.deposited:12/77", "xt.answer:12/1042", "deposited as promised"),
)
HOLD_TITLE = "Fishing grounds of Isla Morena"
HOLD_MANDATE = "Regional Court at Eastmoor, order 41/2024"
HELD_FILE = "es-carta-archivo-municipal-2012.rtf"


@dataclass(slots=True)
class Filled:
    """What went into the demo store.

    Parameters
    ----------
    passwords
        By login; each login is named like its role.
    ids
        Record ids by the name of the sample file.
    languages
        How many papers there are by language.
    """

    passwords: dict[str, str] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    languages: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    links: int = 0


def demo_folder(settings: Settings, environ: Mapping[str, str]) -> Path:
    """Return the folder of the demo: its own, never that of a real store."""
    given = environ.get("RECORDSVC_DATA_DIR")
    return Path(given).absolute() if given else settings.data_dir / "demo"


@contextmanager
def claimed(folder: Path) -> Iterator[Path]:
    """Hold the demo's folder, emptied, while the block lasts.

    Raises
    ------
    InvalidRequest
        If the folder holds something that the demo did not make.
    Conflict
        If another demo is running in it.
    """
    marker = folder / MARKER
    if folder.exists() and not marker.exists() and any(folder.iterdir()):
        raise InvalidRequest(
            f"{folder} holds something that the demo did not make; name an empty "
            "folder with RECORDSVC_DATA_DIR"
        )
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with marker.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Conflict(
                f"another demo is running in {folder}; end it first, or name another "
                "folder with RECORDSVC_DATA_DIR"
            ) from None
        for entry in folder.iterdir():
            if entry == marker:
                continue
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry)
            else:
                entry.unlink()
        yield folder


def demo_door(folder: Path, port: int, engine: str, *, quiet: bool) -> Door:
    """Write the demo's configuration and return the door that uses it."""
    config = folder / CONFIG
    text = CONFIGURATION.format(port=port, engine=engine)
    config.write_text(text, encoding="utf-8")
    # A token in the environment belongs to another store.
    os.environ.pop("RECORDSVC_TOKEN", None)
    return Door(config=str(config), token_file=None, as_login=None, quiet=quiet)


def actor(service: "Service", login: str) -> Actor:
    """Return one of the demo's people; a test store takes a login at its word."""
    from recordsvc.services.accounts import actor_of_login

    return service.view(SYSTEM, lambda ctx: actor_of_login(ctx.root, login))


def make_store(door: Door, filled: Filled) -> None:
    """Make the test store and the administrator's account."""
    from recordsvc.bootstrap import init_store

    password = filled.passwords[ADMIN] = secrets.token_urlsafe(PASSWORD_BYTES)
    init_store(door.settings, is_test=True, admin=ADMIN, password=password)


def fill(door: Door, service: "Service", filled: Filled) -> None:
    """Put accounts, schedule, papers, questions, links and a hold into the store."""
    _add_accounts(service, filled)
    print(f"{len(filled.passwords)} accounts made, one for each role")
    number = _import_schedule(service)
    print(f"disposal schedule version {number} imported and issued")
    _ingest(door, service, filled)
    added, updated = _import_questions(service)
    print(f"question list imported: {added} added, {updated} updated")
    filled.links = _link(service)
    print(f"{filled.links} links accepted that the papers themselves prove")
    _place_hold(service, filled)
    print(f"hold placed on one letter: {HOLD_TITLE}")
    _catch_up(service)


def _add_accounts(service: "Service", filled: Filled) -> None:
    from recordsvc.services.accounts import add_account

    admin = actor(service, ADMIN)
    for role in GRANTABLE_ROLES:
        if role == "administrator":
            continue
        password = filled.passwords[role] = secrets.token_urlsafe(PASSWORD_BYTES)

        def work(ctx: Context, role: str = role, password: str = password) -> None:
            add_account(ctx, role, role, password)

        service.run(admin, work)


def _import_schedule(service: "Service") -> int:
    from recordsvc.services.retention.occurrences import record_event
    from recordsvc.services.retention.scheduling import import_schedule

    source = SCHEDULE.read_text(encoding="utf-8")

    def work(ctx: Context) -> int:
        version = import_schedule(ctx, source)
        for kind, key, day in CALENDAR:
            record_event(ctx, kind, key, day)
        return int(version.number)

    return service.run(actor(service, "officer"), work)


def _ingest(door: Door, service: "Service", filled: Filled) -> None:
    from recordsvc.jobs.intake import Intake, IntakeOptions
    from recordsvc.jobs.walk import walk

    items = list(walk((str(PAPERS),), recursive=True))
    progress = Progress(door, total=len(items))

    def report(line: dict[str, Any]) -> None:
        progress.tick(line)
        name = Path(line["path"]).name
        if "id" in line:
            filled.ids[name] = line["id"]
        filled.languages[line.get("language") or "none"] += 1
        print(printable(_outcome(name, line)), flush=True)

    options = IntakeOptions(
        common={"jurisdiction": "xt"}, rows=read_sidecar(str(METADATA))
    )
    summary = Intake(service, actor(service, "officer"), options, report).run(items)
    progress.end()
    filled.seconds = summary.seconds


def _outcome(name: str, line: Mapping[str, Any]) -> str:
    numbers = [i["value"] for i in line.get("identifiers", ())]
    number = next((n for n in numbers if not n.startswith("/")), "")
    language, kind = line.get("language") or "", line.get("type") or ""
    what = line.get("title") or name
    return f"  {line['status']:<8} {language:<3} {kind:<17} {number:<11} {what}"


def _import_questions(service: "Service") -> tuple[int, int]:
    from recordsvc.services.questions import import_rows

    with QUESTIONS.open(encoding="utf-8", newline="") as stream:
        rows = [(n, dict(row)) for n, row in enumerate(csv.DictReader(stream), 2)]
    librarian = actor(service, "librarian")
    report = service.run(librarian, lambda ctx: import_rows(ctx, rows))
    return report.added, report.updated


def _link(service: "Service") -> int:
    from recordsvc.services import linking

    def work(ctx: Context) -> int:
        certain = [s.id for s in linking.suggest(ctx) if s.certainty == "certain"]
        count = len(linking.accept_all(ctx, certain))
        for kind, source, target, reason in ENTERED_LINKS:
            first, second = (_numbered(ctx, number) for number in (source, target))
            linking.add(ctx, kind, first, second, reason)
        return count

    return service.run(actor(service, "librarian"), work)


def _numbered(ctx: Context, normalised: str) -> str:
    return str(next(iter(ctx.root.ids_by_identifier(normalised))))


def _place_hold(service: "Service", filled: Filled) -> None:
    from recordsvc.services.disposal.holding import HoldOrder, place

    held = filled.ids[HELD_FILE]
    order = HoldOrder(title=HOLD_TITLE, mandate=HOLD_MANDATE, record_ids=(held,))

    def work(ctx: Context) -> int:
        return place(ctx, order).records

    service.run(actor(service, "officer"), work)


def _catch_up(service: "Service") -> None:
    from recordsvc.jobs.indexer import Indexer

    with Indexer(service) as indexer:
        indexer.catch_up()
