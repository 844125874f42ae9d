"""Short transactions with retries, and sessions for a longer-lived connection."""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

import transaction
from relstorage.adapters.interfaces import UnableToAcquireCommitLockError
from transaction.interfaces import NoTransaction, TransientError
from ZODB.POSException import StateLoadError

from recordsvc.storage.errors import AlienClass

if TYPE_CHECKING:
    from recordsvc.storage.database import Database

T = TypeVar("T")
Work = Callable[[Any], T]

# UnableToAcquireCommitLockError means only that the others took too long, but
# RelStorage does not call it transient.
RETRYABLE: tuple[type[Exception], ...] = (
    TransientError,
    UnableToAcquireCommitLockError,
)
TRIES = 20
# The names of what a process with a spoilt cache meets again and again.
SPOILT_CACHE = frozenset({"CacheHasNewerTidError", "CacheConsistencyError"})
REOPEN_AFTER = 5
LONGEST_PAUSE_S = 0.5


def pause_s(attempt: int) -> float:
    """Return how long to wait after a failed attempt, in seconds.

    Parameters
    ----------
    attempt
        0 for the first; the span doubles with each, the point in it is random.
    """
    span = min(LONGEST_PAUSE_S, 0.004 * 2**attempt)
    return random.uniform(span / 4, span)  # noqa: S311  spreads writers, no secret


class Session:
    """A connection with its own explicit transaction manager.

    Not for sharing between threads. A transaction is open from the start.
    """

    def __init__(self, database: "Database") -> None:
        self.tm: Any = transaction.TransactionManager(explicit=True)
        self.tm.begin()
        self.connection: Any = database.open(self.tm)

    @property
    def root(self) -> Any:
        """Return the root mapping as the present transaction sees it."""
        return self.connection.root()

    def begin(self) -> None:
        """Drop what is uncommitted and look at the newest state."""
        self.abort()
        self.tm.begin()

    def commit(self, note: str = "") -> None:
        """Commit and begin the next transaction; abort when that fails."""
        try:
            if note:
                self.tm.get().note(note)
            self.tm.commit()
        except BaseException:
            self.abort()
            self.tm.begin()
            raise
        self.tm.begin()

    def abort(self) -> None:
        """Drop what is uncommitted; the session then has no transaction."""
        try:
            self.tm.abort()
        except NoTransaction:
            return

    def close(self) -> None:
        """Drop what is uncommitted and give the connection back."""
        self.abort()
        self.connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def read_current(*objects: Any) -> None:
    """Make the commit fail when others have changed what this one relies on.

    Parameters
    ----------
    objects
        Persistent objects that were read, and that are not written.

    Notes
    -----
    ``Connection.readCurrent`` does nothing, and says nothing, for an object that is
    not loaded yet: it has no serial to compare. So each is loaded first.
    """
    for one in objects:
        one._p_activate()  # noqa: SLF001  persistent's published names
        one._p_jar.readCurrent(one)  # noqa: SLF001


@contextmanager
def undone_by(stored: Any, *refusals: type[Exception]) -> Iterator[list[Exception]]:
    """Take back what a block has written when it is refused; the rest stays.

    Parameters
    ----------
    stored
        Any object of the transaction's connection.
    refusals
        The exceptions that do not leave the block.

    Yields
    ------
    list of Exception
        Empty, or after the block the refusal.
    """
    point = stored._p_jar.transaction_manager.savepoint()  # noqa: SLF001  as above
    met: list[Exception] = []
    try:
        yield met
    except refusals as refusal:
        point.rollback()
        met.append(refusal)


def state_of(stored: Any) -> int:
    """Return the id of the last commit that an object's transaction sees.

    Transactions with the same id, in whatever processes, read one state of the store.
    """
    storage = stored._p_jar._storage  # noqa: SLF001  ZODB has no public name for it
    return int.from_bytes(storage.lastTransaction(), "big")


def session(database: "Database") -> Session:
    """Open a session; use it as a context manager or close it."""
    return Session(database)


def run(
    database: "Database", work: Work[T], *, tries: int = TRIES, note: str = ""
) -> T:
    """Do work in a transaction and commit it, again when others came between.

    Parameters
    ----------
    work
        Is given the root mapping; may be called several times, so it changes
        nothing outside the store.
    tries
        How often in all.
    note
        Goes into the description of the transaction.

    Raises
    ------
    Exception
        What the last try raised.
    """
    return _attempt(database, work, tries=tries, note=note, commits=True)


def view(database: "Database", work: Work[T], *, tries: int = TRIES) -> T:
    """Do work on one state of the store; whatever it changes is dropped."""
    return _attempt(database, work, tries=tries, note="", commits=False)


def _attempt(
    database: "Database", work: Work[T], *, tries: int, note: str, commits: bool
) -> T:
    spoilt = 0
    for attempt in range(tries):
        try:
            with Session(database) as opened:
                result = work(opened.root)
                if commits:
                    opened.commit(note)
                return result
        except StateLoadError as exc:
            # ZODB says only that something went wrong.
            if isinstance(exc.__cause__, AlienClass):
                raise exc.__cause__ from None
            raise
        except RETRYABLE as exc:
            if attempt + 1 >= tries:
                raise
            spoilt += type(exc).__name__ in SPOILT_CACHE
        if spoilt >= REOPEN_AFTER:
            database.reopen()
            spoilt = 0
        time.sleep(pause_s(attempt))
    raise ValueError("tries must be at least 1")
