"""The process that starts one program, and no other, in a cell of its own."""

import contextlib
import json
import os
import select
import signal
import socket
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

from ingest import confine
from ingest.cell import HELD_SIGNALS, Cell, confinement
from ingest.limits import Limits
from ingest.wire import receive, send

__all__ = ["main"]

# What the kernel starts first of a program that is linked with libraries.
_LOADERS = ("lib64/ld-*.so*", "lib/ld-*.so*")
_LOOK_EVERY_S = 0.01
_MAX_DESCRIPTORS = 65_536
_PROBE_BYTES = 4_096


def main(descriptor: int) -> None:
    """Serve the parent on the other end of a socket until it closes.

    Parameters
    ----------
    descriptor
        Our end of the socket. The first message names limits and program; each
        ``run`` comes with the descriptors of standard input, output and error.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.umask(0o077)
    channel = socket.socket(fileno=descriptor)
    start = receive(channel)
    if start is None:
        return
    told = start[0]
    path = str(told["path"])
    cell = replace(
        confinement(Limits(**told["limits"])),
        readable=(*confine.system_places(), *told["readable"]),
        executable=(path, *told["executable"], *_loaders()),
        lives=1,
    )
    server = _Server(channel, cell, path, dict(told["environment"]))
    send(channel, {"ready": True})
    while (request := receive(channel, 3)) is not None:
        message, files = request
        if message["do"] == "run":
            answer = server.run(message["folder"], message["arguments"], files)
        else:
            answer = server.probe(message["folder"])
        for file in files:
            os.close(file)
        send(channel, answer)


def _loaders() -> tuple[str, ...]:
    return tuple(str(p) for name in _LOADERS for p in Path("/").glob(name))


class _Server:
    """Start the program as often as the parent asks."""

    def __init__(
        self,
        channel: socket.socket,
        cell: Cell,
        path: str,
        environment: dict[str, str],
    ) -> None:
        self._channel = channel
        self._cell = cell
        self._path = path
        self._environment = environment

    def run(
        self, folder: str, arguments: Sequence[str], files: Sequence[int]
    ) -> dict[str, Any]:
        pid = self._fork()
        if pid == 0:
            self._become(folder, arguments, files)
        is_late = not self._wait(pid)
        self._cell.kill(pid)
        _, status, usage = os.wait4(pid, 0)
        self._cell.sweep(())
        return {
            "code": os.waitstatus_to_exitcode(status),
            "late": is_late,
            "cpu_s": usage.ru_utime + usage.ru_stime,
        }

    def _fork(self) -> int:
        # Held back until the child can act on them.
        signal.pthread_sigmask(signal.SIG_BLOCK, HELD_SIGNALS)
        pid = os.fork()
        if pid:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, HELD_SIGNALS)
        return pid

    def _wait(self, pid: int) -> bool:
        """Wait for the end of a run; say whether it came by itself and in time."""
        end = time.monotonic() + self._cell.limits.wall_s
        while time.monotonic() < end:
            if os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):
                return True
            # The parent says nothing meanwhile: it can only have closed.
            if select.select([self._channel], [], [], _LOOK_EVERY_S)[0]:
                break
        return False

    def _become(
        self, folder: str, arguments: Sequence[str], files: Sequence[int]
    ) -> NoReturn:
        try:
            self._cell.enter(folder, keep=self._channel.fileno())
            for place, file in enumerate(files):
                os.dup2(file, place)
            os.closerange(len(files), _MAX_DESCRIPTORS)
            # Python ignores these for itself; a program takes over what is ignored.
            for number in (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGINT):
                signal.signal(number, signal.SIG_DFL)
            environment = dict(os.environ) | self._environment
            os.execve(self._path, [self._path, *arguments], environment)  # noqa: S606 - it is what we are for
        except BaseException as failure:  # noqa: BLE001 - told on standard error
            with contextlib.suppress(OSError):
                os.write(2, f"{type(failure).__name__}: {failure}".encode())
        finally:
            # No exception may run on into the server's own code.
            os._exit(127)

    def probe(self, folder: str) -> dict[str, Any]:
        """Find the layers in a process that does not become the program."""
        reader, writer = os.pipe()
        pid = self._fork()
        if pid == 0:
            try:
                self._cell.enter(folder, keep=writer)
                os.write(writer, json.dumps(self._cell.layers()).encode())
            finally:
                os._exit(0)
        os.close(writer)
        with os.fdopen(reader, "rb") as answer:
            content = answer.read(_PROBE_BYTES)
        os.waitpid(pid, 0)
        return {"layers": json.loads(content or b"[]")}
