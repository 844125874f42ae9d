"""Make what was deleted or overwritten leave the files of the database."""

import os
import time
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

from recordsvc.storage.errors import ErasureBlocked, StoreMissing

PATIENCE_S = 30.0


class Outcome(StrEnum):
    """What became of one step."""

    DONE = "done"
    NOT_PERMITTED = "not_permitted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of erasing.

    Parameters
    ----------
    name
        The statement that was run.
    detail
        What the database answered, or what has to be granted.
    """

    name: str
    outcome: Outcome
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """What was done, and which places the database has that we cannot reach.

    Parameters
    ----------
    beyond
        Sentences for the certificate; empty where the files are all there is.
    """

    steps: tuple[Step, ...]
    beyond: tuple[str, ...] = ()

    @property
    def is_complete(self) -> bool:
        """Say whether every step was done."""
        return all(step.outcome is Outcome.DONE for step in self.steps)


def erase_deleted(uri: str, *, patience_s: float = PATIENCE_S) -> Erasure:
    """Make the bytes of deleted and overwritten objects leave a store.

    Parameters
    ----------
    uri
        ``sqlite://FOLDER`` or ``postgresql://...``.
    patience_s
        How long to wait for the transactions of others, in seconds.

    Raises
    ------
    ErasureBlocked
        If others still read after that time; they are named.
    StoreMissing
        If there is no store.

    Notes
    -----
    The caller has ended its own transactions: they count as those of others.
    """
    if urlsplit(uri).scheme == "sqlite":
        return _erase_sqlite(Path(uri.removeprefix("sqlite://")), patience_s)
    from recordsvc.storage.erasing_postgres import erase_postgres

    return erase_postgres(uri, patience_s)


def _erase_sqlite(folder: Path, patience_s: float) -> Erasure:
    from recordsvc.storage.sqlite_store import MAIN, truncate_wal

    if not (folder / MAIN).exists():
        raise StoreMissing(str(folder))
    deadline = time.monotonic() + patience_s
    # Each try waits for readers with the connection's own time-out.
    while not truncate_wal(folder, patience_s=min(1.0, patience_s)):
        if time.monotonic() >= deadline:
            raise ErasureBlocked(str(folder / MAIN), lock_holders(folder / MAIN))
        time.sleep(0.05)
    return Erasure(steps=(Step(name="wal_checkpoint(TRUNCATE)", outcome=Outcome.DONE),))


# SQLite locks byte 120 + n of the shared memory file; 3 to 7 are the readers'.
_READERS = range(123, 128)


def lock_holders(main: Path) -> tuple[str, ...]:
    """Return which processes read an SQLite database, as the kernel tells it.

    Notes
    -----
    The shared memory file is not opened: closing it again would drop the locks of
    this process's own connections (a rule of POSIX locks). Where the system has no
    ``/proc/locks`` nobody is named.
    """
    try:
        found = main.with_name(f"{main.name}-shm").stat()
        lines = Path("/proc/locks").read_text(encoding="ascii").splitlines()
    except OSError:
        return ()
    inode = f"{os.major(found.st_dev):02x}:{os.minor(found.st_dev):02x}:{found.st_ino}"
    pids = set()
    for line in lines:
        fields = line.split()
        # A blocked request stands below what blocks it, marked by an arrow.
        if len(fields) != 8 or fields[1] != "POSIX" or fields[5] != inode:  # noqa: PLR2004
            continue
        if fields[6].isdecimal() and int(fields[6]) in _READERS:
            pids.add(int(fields[4]))
    return tuple(
        "this process" if pid == os.getpid() else f"process {pid}"
        for pid in sorted(pids)
    )
