"""How workers know of each other's death."""

import socket
import uuid
from pathlib import Path
from typing import Self

from recordsvc.storage.leases import FileLease


class Presence:
    """A worker's name, with a lock that the kernel drops when the worker dies.

    Parameters
    ----------
    folder
        Where the workers of this installation and host keep their locks.

    Attributes
    ----------
    holder
        The name under which the worker claims jobs: ``HOST/RANDOM``.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._host = socket.gethostname()
        name = uuid.uuid4().hex[:12]
        self.holder = f"{self._host}/{name}"
        self._lease = FileLease(self._path(name))

    def _path(self, name: str) -> Path:
        return self.folder / f"worker-{name}.lock"

    def is_dead(self, holder: str) -> bool:
        """Say whether a worker is known to have died; of other hosts it is not."""
        host, _, name = holder.rpartition("/")
        if host != self._host or not name.isalnum() or holder == self.holder:
            return False
        path = self._path(name)
        if not path.exists():
            return True
        lease = FileLease(path)
        if not lease.acquire():
            return False
        # Nobody takes a name twice, so the file may go.
        path.unlink(missing_ok=True)
        lease.release()
        return True

    def __enter__(self) -> Self:
        self._lease.acquire()
        return self

    def __exit__(self, *exc: object) -> None:
        self._lease.path.unlink(missing_ok=True)
        self._lease.release()
