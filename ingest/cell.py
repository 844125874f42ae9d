"""The cell of a worker: all layers in their order, and the way to end it for sure."""

import contextlib
import os
import resource
import signal
import tempfile
from collections.abc import Collection
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import NoReturn

from ingest import confine
from ingest.limits import Limits

__all__ = ["HELD_SIGNALS", "LIFE_IN_FILES", "Cell", "confinement"]

HELD_SIGNALS = frozenset({signal.SIGTERM, signal.SIGCHLD})
# A worker retires after the processor time of four files at their limit and is
# killed by the kernel after that of five.
LIFE_IN_FILES = 4


class Namespaces(IntEnum):
    """Say which namespaces the kernel grants."""

    NONE = 0
    OWN = 1
    AS_USER = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """Hold what is needed to shut in a worker.

    Parameters
    ----------
    limits
        The bounds of the worker.
    namespaces
        What the kernel grants.
    readable
        Files and folders that stay readable.
    network
        The network namespace outside, as ``/proc/self/ns/net`` reads.
    was_root
        Whether the fork server runs as root.
    server
        Process number of the fork server.
    executable
        Programs that may be started; a worker that reads files starts none.
    lives
        How often the processor time of one file the process may use.
    """

    limits: Limits
    namespaces: Namespaces
    readable: tuple[str, ...]
    network: str
    was_root: bool
    server: int
    executable: tuple[str, ...] = ()
    lives: int = LIFE_IN_FILES + 1

    def enter(self, folder: str, *, keep: int) -> None:
        """Shut in this process, just forked, for good.

        In a process namespace the caller stays outside as the guard of a second
        process, and only the second returns from here.

        Parameters
        ----------
        folder
            The working folder, the only one that may be written.
        keep
            The descriptor of the worker's socket.
        """
        os.setsid()
        writable = os.open(folder, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        os.chdir(writable)
        if self.was_root:
            # Where root may not do that, the worker has no folder to write in.
            with contextlib.suppress(OSError):
                os.chown(".", confine.NOBODY, confine.NOBODY)
        if self.namespaces is not Namespaces.NONE:
            _enter(self.namespaces)
            worker = os.fork()
            if worker:
                self._guard(worker, keep)
            os.setsid()
        confine.limit_resources(self.limits, cpu_s=self.lives * self.limits.cpu_s)
        confine.drop_user()
        confine.forbid_new_privileges()
        confine.restrict_files(self.readable, writable, self.executable)
        os.close(writable)
        confine.die_with_parent(signal.SIGKILL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, HELD_SIGNALS)
        if self.namespaces is Namespaces.NONE and os.getppid() != self.server:
            # The fork server died before the kernel knew that we depend on it.
            os._exit(1)
        _furnish(folder)

    def _guard(self, worker: int, keep: int) -> NoReturn:
        """Wait for the worker, end it when told to, and end like it."""
        os.closerange(0, keep)
        os.closerange(keep, max(resource.getrlimit(resource.RLIMIT_NOFILE)[0], 256))
        confine.die_with_parent(signal.SIGTERM)
        told = os.getppid() != self.server
        while not told:
            if signal.sigwait(HELD_SIGNALS) == signal.SIGTERM:
                told = True
            elif os.waitid(os.P_PID, worker, os.WEXITED | os.WNOHANG | os.WNOWAIT):
                break
        os.kill(worker, signal.SIGKILL)
        code = os.waitstatus_to_exitcode(os.waitpid(worker, 0)[1])
        if code < 0:
            # 128 + n is how a shell says that signal n killed a process.
            code = 128 - code
        os._exit(code)

    def kill(self, pid: int) -> None:
        """End a worker and all that descends from it."""
        with contextlib.suppress(ProcessLookupError):
            if self.namespaces is not Namespaces.NONE:
                os.kill(pid, signal.SIGTERM)
            else:
                os.killpg(pid, signal.SIGKILL)

    def sweep(self, workers: Collection[int]) -> None:
        """End what an ended worker has left behind, where no namespace did.

        Parameters
        ----------
        workers
            The processes that live on; a second round catches what was forked
            while the first one went on.
        """
        if self.namespaces is not Namespaces.NONE:
            return
        while orphans := _children() - set(workers):
            for pid in orphans:
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)

    def layers(self) -> tuple[str, ...]:
        """Return the layers in force around this process, found by trying."""
        return confine.layers_in_force(
            self.limits, was_root=self.was_root, network=self.network
        )


def confinement(limits: Limits) -> Cell:
    """Return the strongest cell that the kernel grants this process."""
    namespaces = _granted()
    if namespaces is Namespaces.NONE:
        confine.adopt_orphans()
    return Cell(
        limits=limits,
        namespaces=namespaces,
        readable=confine.readable_places(),
        network=os.readlink("/proc/self/ns/net"),  # noqa: PTH115 - no path
        was_root=os.geteuid() == 0,
        server=os.getpid(),
    )


def _children() -> set[int]:
    me = os.getpid()
    listed = Path(f"/proc/{me}/task/{me}/children")
    return (
        {int(pid) for pid in listed.read_text().split()} if listed.exists() else set()
    )


def _granted() -> Namespaces:
    """Find out by trying, in a process that ends at once."""
    for kind in (Namespaces.OWN, Namespaces.AS_USER):
        pid = os.fork()
        if pid == 0:
            os._exit(0 if _enter(kind) else 1)
        if os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0:
            return kind
    return Namespaces.NONE


def _enter(kind: Namespaces) -> bool:
    if kind is Namespaces.OWN:
        return confine.enter_namespaces(as_user=False)
    # A user namespace knows no nobody to change to later.
    confine.drop_user()
    return confine.enter_namespaces(as_user=True)


def _furnish(folder: str) -> None:
    """Leave the worker an environment of its own and a folder for passing files."""
    reachable = os.access(folder, os.W_OK | os.X_OK)
    # Nobody cannot walk through the folders of the data root, but stands in it.
    place = folder if reachable else "/proc/self/cwd"
    os.environ.clear()
    os.environ.update({"PATH": os.defpath, "LANG": "C.UTF-8"})
    os.environ.update({"HOME": place, "TMPDIR": place})
    tempfile.tempdir = None
