"""Leases between processes of one host, freed at once by the death of a holder."""

import contextlib
import fcntl
import json
import os
import socket
import threading
import weakref
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from recordsvc.storage.durable import PRIVATE_FILE, make_private_directory
from recordsvc.storage.errors import LeaseHeld

# Longer than any holder writes; a file that is longer is none of ours.
_MAX_BYTES = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Who holds a lease.

    Parameters
    ----------
    since
        Instant, aware, UTC.
    """

    pid: int
    host: str
    since: datetime

    def __str__(self) -> str:
        since = self.since.isoformat(sep=" ", timespec="seconds")
        return f"process {self.pid} on {self.host} since {since}"


class FileLease:
    """A lease that is a lock on a file.

    The kernel drops the lock when the holder ends, however it ends. The file
    stays: deleting it would let two processes lock two files of one name.

    Parameters
    ----------
    path
        The lock file; it is made, with its folder, when it is missing.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor: int | None = None
        self._guard = threading.Lock()
        _leases.add(self)

    @property
    def is_held(self) -> bool:
        """Say whether this object holds the lease."""
        return self._descriptor is not None

    def acquire(self) -> bool:
        """Take the lease if it is free; say whether this object has it now."""
        with self._guard:
            if self._descriptor is not None:
                return True
            make_private_directory(self.path.parent)
            descriptor = os.open(
                self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE_FILE
            )
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(descriptor)
                return False
            except BaseException:
                os.close(descriptor)
                raise
            self._descriptor = descriptor
            _sign(descriptor)
            return True

    def release(self) -> None:
        """Give the lease back; nothing happens when it is not held."""
        with self._guard:
            if self._descriptor is None:
                return
            descriptor, self._descriptor = self._descriptor, None
            try:
                os.ftruncate(descriptor, 0)
                # A child that was just forked may share the lock for a moment
                # more: closing alone would leave it to that child.
                fcntl.flock(descriptor, fcntl.LOCK_UN)
            finally:
                os.close(descriptor)

    def holder(self) -> Holder | None:
        """Return who holds the lease, None when it is free.

        For messages: it may have changed hands since. The lease is not taken, not
        even for a moment, so that nobody else is turned away.
        """
        try:
            text = self.path.read_bytes()[:_MAX_BYTES]
        except FileNotFoundError:
            return None
        try:
            fields = json.loads(text)
            found = Holder(
                pid=int(fields["pid"]),
                host=str(fields["host"]),
                since=datetime.fromisoformat(fields["since"]),
            )
        except (ValueError, KeyError, TypeError):
            return None
        return found if _may_be_alive(found) else None

    @contextlib.contextmanager
    def held(self) -> Iterator["FileLease"]:
        """Hold the lease for the length of a block.

        Raises
        ------
        LeaseHeld
            If somebody else has it.
        """
        if not self.acquire():
            holder = self.holder()
            raise LeaseHeld(self.path, str(holder) if holder else "another process")
        try:
            yield self
        finally:
            self.release()

    def _forget(self) -> None:
        # A forked child shares the lock and would keep it after our death.
        self._guard = threading.Lock()
        if self._descriptor is not None:
            descriptor, self._descriptor = self._descriptor, None
            with contextlib.suppress(OSError):
                os.close(descriptor)


def _sign(descriptor: int) -> None:
    text = json.dumps(
        {
            "pid": os.getpid(),
            "host": socket.gethostname(),
            "since": datetime.now(UTC).isoformat(timespec="seconds"),
        }
    )
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, text.encode(), 0)


def _may_be_alive(holder: Holder) -> bool:
    # A dead holder could not take its name out of the file.
    if holder.host != socket.gethostname():
        return True
    try:
        os.kill(holder.pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


_leases: "weakref.WeakSet[FileLease]" = weakref.WeakSet()


def _forget_all() -> None:
    for lease in tuple(_leases):
        lease._forget()  # noqa: SLF001  the same module


os.register_at_fork(after_in_child=_forget_all)
