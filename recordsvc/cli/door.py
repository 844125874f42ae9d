"""What every command shares: the open archive, the actor, output, exit codes."""

import json
import os
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from recordsvc.services.context import LOCAL_ADMINISTRATOR, Actor, Context
from recordsvc.services.days import day_of
from recordsvc.services.errors import InvalidRequest, NotFound, ServiceError
from recordsvc.settings import Settings, SettingsError, load_settings

if TYPE_CHECKING:
    from recordsvc.bootstrap import Service

T = TypeVar("T")
FAILED, USAGE, NOT_FOUND, PARTLY, CONFLICT = 1, 2, 3, 5, 6
MAX_TEXT_BYTES = 256 * 1024 * 1024
NOTHING, UNVERIFIED, TEMPORARY = 7, 8, 9


class Door:
    """The command line's way in: settings and actor, resolved once."""

    def __init__(
        self,
        *,
        config: str | None,
        token_file: str | None,
        as_login: str | None,
        quiet: bool,
    ) -> None:
        self.config = config or os.environ.get("RECORDSVC_CONFIG")
        self.token_file = token_file
        self.as_login = as_login
        self.quiet = quiet
        self.engine: str | None = None

    @property
    def configured(self) -> Settings:
        """Return the settings as the configuration has them."""
        path = Path(self.config) if self.config else None
        return load_settings(path, os.environ)

    @property
    def settings(self) -> Settings:
        """Return the settings of this call."""
        found = self.configured
        return replace(found, engine=self.engine) if self.engine else found

    @contextmanager
    def archive(
        self, *, obeys_ledger: bool = True
    ) -> Iterator[tuple["Service", Actor]]:
        """Open the archive and say who acts.

        Parameters
        ----------
        obeys_ledger
            False for who looks at a ledger that cannot be obeyed as it is.
        """
        from recordsvc.bootstrap import opened

        with opened(self.settings, os.environ) as service:
            if obeys_ledger and service.is_behind_ledger():
                from recordsvc.jobs.replaying import catch_up_with_ledger

                if again := catch_up_with_ledger(service):
                    told = counted(again, "record")
                    self.say(f"destroyed again after a restore: {told}")
            yield service, self._actor(service)

    def _actor(self, service: "Service") -> Actor:
        from recordsvc.services.accounts import actor_of_login, actor_of_token

        token = os.environ.get("RECORDSVC_TOKEN") or None
        if self.token_file:
            token = read_text(self.token_file)

        def work(ctx: Context) -> Actor:
            if self.as_login:
                if not ctx.root.is_test:
                    raise InvalidRequest("--as works in a test store only")
                return actor_of_login(ctx.root, self.as_login)
            if token is not None:
                return actor_of_token(ctx.root, token)
            return LOCAL_ADMINISTRATOR

        return service.view(LOCAL_ADMINISTRATOR, work)

    def run(self, work: Callable[[Context], T]) -> T:
        """Run a use case in one committed transaction."""
        with self.archive() as (service, actor):
            return service.run(actor, work)

    def view(self, work: Callable[[Context], T]) -> T:
        """Run a use case that only reads."""
        with self.archive() as (service, actor):
            return service.view(actor, work)

    def run_and_index(self, work: Callable[[Context], T]) -> T:
        """Run a use case, then wait until search shows what it changed."""
        from recordsvc.jobs.indexer import Indexer
        from recordsvc.jobs.sealer import Sealer

        with self.archive() as (service, actor):
            result = service.run(actor, work)
            with Sealer(service) as sealer:
                sealer.drain()
            with Indexer(service) as indexer:
                indexer.catch_up()
            return result

    @contextmanager
    def settled(self) -> Iterator[tuple["Service", Actor]]:
        """Open the archive with every record's retention up to date.

        A schedule whose first day has come is brought into force before.
        """
        from recordsvc.jobs.recalculation import settle
        from recordsvc.services.context import SYSTEM
        from recordsvc.services.retention.rollover import roll_over, waiting_version

        with self.archive() as (service, actor):
            if service.view(SYSTEM, lambda ctx: waiting_version(ctx) is not None):
                service.run(SYSTEM, roll_over)
            settle(service)
            yield service, actor

    def run_and_settle(self, work: Callable[[Context], T]) -> T:
        """Run a use case, then wait until the records it moves are computed anew."""
        from recordsvc.jobs.recalculation import settle

        with self.settled() as (service, actor):
            result = service.run(actor, work)
            settle(service)
            return result

    def run_settle_and_index(self, work: Callable[[Context], T]) -> T:
        """Run a use case, then wait until records and search show what it moved."""
        from recordsvc.jobs.indexer import Indexer
        from recordsvc.jobs.recalculation import settle

        with self.settled() as (service, actor):
            result = service.run(actor, work)
            settle(service)
            with Indexer(service) as indexer:
                indexer.catch_up()
            return result

    def say(self, text: str) -> None:
        """Tell a person something that is no result."""
        if not self.quiet:
            print(text, file=sys.stderr)


def emit(value: Any) -> None:
    """Print one JSON document; lone surrogates stay escapes."""
    print(json.dumps(value, ensure_ascii=True, indent=1, default=_plain))


def emit_line(value: Any) -> None:
    """Print one JSON object on a line, and flush it."""
    print(json.dumps(value, ensure_ascii=True, default=_plain), flush=True)


def _plain(value: Any) -> str:
    return str(value.isoformat() if hasattr(value, "isoformat") else value)


def printable(text: str) -> str:
    """Return text that any terminal can take: no controls, no lone surrogates."""
    safe = "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)
    return safe.encode("utf-8", "backslashreplace").decode()


def counted(number: int, noun: str) -> str:
    """Return a number with its noun, which is a regular one.

    Examples
    --------
    >>> counted(1, "record"), counted(2, "record")
    ('1 record', '2 records')
    """
    return f"{number} {noun}{'' if number == 1 else 's'}"


def table(rows: Iterable[tuple[str, ...]]) -> None:
    """Print rows in aligned columns."""
    rows = [tuple(printable(cell) for cell in row) for row in rows]
    if not rows:
        return
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        cells = [c.ljust(w) for c, w in zip(row[:-1], widths, strict=False)]
        print("  ".join([*cells, row[-1]]).rstrip())


def read_text(name: str | Path) -> str:
    """Return the text of a file that a person named.

    Raises
    ------
    NotFound
        If there is no such file.
    InvalidRequest
        If it cannot be read, or is not UTF-8 text.
    """
    path = Path(name)
    shown = printable(str(name))
    if not path.exists():
        raise NotFound(f"there is no file {shown}")
    try:
        # Also a pipe: it keeps a password off the disk.
        with path.open("rb") as stream:
            content = stream.read(MAX_TEXT_BYTES + 1)
        if len(content) > MAX_TEXT_BYTES:
            raise InvalidRequest(f"{shown} is larger than {MAX_TEXT_BYTES} bytes")
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InvalidRequest(f"{shown} is not UTF-8 text") from None
    except OSError as error:
        raise InvalidRequest(f"{shown} cannot be read: {error.strerror}") from None


def parse_day(text: str | None) -> date | None:
    """Return a day given as YYYY-MM-DD, or None.

    Raises
    ------
    InvalidRequest
        If it is anything else.
    """
    if text is None:
        return None
    return day_of(text)


def exit_code_of(error: Exception) -> int:
    """Say an error in words on stderr and return its exit code."""
    if isinstance(error, click.exceptions.Exit):
        return error.exit_code
    if isinstance(error, click.ClickException):
        error.show(sys.stderr)
        return error.exit_code
    if isinstance(error, ServiceError):
        print(f"recordsvc: {printable_lines(str(error))}", file=sys.stderr)
        return error.exit_code
    if isinstance(error, SettingsError):
        print(f"recordsvc: {error}", file=sys.stderr)
        return USAGE
    return _storage_code(error)


def printable_lines(text: str) -> str:
    """Return a message of several lines, each made printable."""
    return "\n".join(printable(line) for line in text.splitlines())


def _storage_code(error: Exception) -> int:
    from recordsvc.search import index
    from recordsvc.search.query import QuerySyntaxError
    from recordsvc.storage import errors
    from recordsvc.storage.database import is_disk_full

    if isinstance(error, QuerySyntaxError):
        message = printable(error.message)
        print(f"recordsvc: {message} (column {error.column})", file=sys.stderr)
        return USAGE
    codes: tuple[tuple[type[Exception], int], ...] = (
        (index.CursorInvalid, USAGE),
        (index.IndexBusy, TEMPORARY),
        (index.SearchError, FAILED),
        (errors.LeaseHeld, TEMPORARY),
        (errors.StoreTooNew, CONFLICT),
        (errors.StoreExists, NOTHING),
        (errors.StoreMissing, NOT_FOUND),
        (errors.StoreOutdated, CONFLICT),
        (errors.LedgerDamaged, UNVERIFIED),
        (errors.LedgerMissing, CONFLICT),
        (errors.ErasureBlocked, TEMPORARY),
        (errors.BackupDamaged, UNVERIFIED),
        (errors.RestoreUnfinished, CONFLICT),
        (errors.StorageFull, FAILED),
        (errors.StorageError, FAILED),
    )
    for kind, code in codes:
        if isinstance(error, kind):
            print(f"recordsvc: {error}", file=sys.stderr)
            return code
    if is_disk_full(error):
        print(
            "recordsvc: the disk is full; what was acknowledged is safe. "
            "Make room, then repeat the command.",
            file=sys.stderr,
        )
        return FAILED
    if isinstance(error, OSError):
        print(f"recordsvc: {error}", file=sys.stderr)
        return FAILED
    if os.environ.get("RECORDSVC_DEBUG"):
        traceback.print_exception(error)
    else:
        print(
            f"recordsvc: unexpected {type(error).__name__}: {error}\n"
            "This is a fault of the program: set RECORDSVC_DEBUG=1 and repeat to see "
            "where it happened.",
            file=sys.stderr,
        )
    return FAILED
