"""The process from which workers are forked: one thread, everything loaded.

It runs each extractor once before it forks: what a worker would import late, it
could not, once it is another user and sees no files.
"""

import gc
import os
import signal
import socket
from pathlib import Path
from typing import Any, NoReturn

from ingest.cell import HELD_SIGNALS, confinement
from ingest.legislatures import use_profiles
from ingest.limits import Limits
from ingest.warmup import warm_up
from ingest.wire import receive, send
from ingest.worker import Finish, serve

__all__ = ["main"]


def main(descriptor: int) -> None:
    """Serve the parent on the other end of a socket until it closes.

    Parameters
    ----------
    descriptor
        Our end of the socket.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.umask(0o077)
    channel = socket.socket(fileno=descriptor)
    start = receive(channel)
    if start is None:
        return
    limits = Limits(**start[0]["limits"])
    try:
        own = start[0]["profiles"]
        # Now: a confined worker opens no file.
        use_profiles(None if own is None else Path(own))
        finish = warm_up(start[0]["finish"])
    except Exception as failure:  # noqa: BLE001 - told to the parent in words
        send(channel, {"failure": f"{type(failure).__name__}: {failure}"})
        return
    threads = len(list(Path("/proc/self/task").iterdir()))
    if threads != 1:
        words = f"{threads} threads run after loading; a process with threads may hang"
        send(channel, {"failure": f"{words} after a fork"})
        return
    _mute()
    # What is shared with the workers is not touched by their collector.
    gc.collect()
    gc.freeze()
    send(channel, {"ready": True})
    _Server(channel, limits, finish).run()


def _mute() -> None:
    """Point standard output and error to nowhere: nobody reads the pipe any more."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    os.close(nowhere)


class _Server:
    """Fork and end workers as the parent asks."""

    def __init__(
        self, channel: socket.socket, limits: Limits, finish: Finish | None
    ) -> None:
        self._channel = channel
        self._cell = confinement(limits)
        self._limits = limits
        self._finish = finish
        self._children: set[int] = set()

    def run(self) -> None:
        """Answer until the parent closes its end or dies."""
        while (request := receive(self._channel, 1)) is not None:
            message, files = request
            if message["do"] == "fork":
                answer = self._fork(message["folder"], files[0])
            else:
                answer = self._end(int(message["pid"]))
            send(self._channel, answer)
        for pid in list(self._children):
            self._end(pid)

    def _fork(self, folder: str, descriptor: int) -> dict[str, Any]:
        # Held back until the child can act on them.
        signal.pthread_sigmask(signal.SIG_BLOCK, HELD_SIGNALS)
        try:
            pid = os.fork()
        except OSError as failure:
            return {"failure": f"a worker cannot be forked: {failure}"}
        else:
            if pid == 0:
                self._be_child(folder, descriptor)
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, HELD_SIGNALS)
            os.close(descriptor)
        self._children.add(pid)
        return {"pid": pid}

    def _end(self, pid: int) -> dict[str, Any]:
        if pid not in self._children:
            return {"failure": f"{pid} is no worker of ours"}
        self._children.discard(pid)
        self._cell.kill(pid)
        _, status, usage = os.wait4(pid, 0)
        self._cell.sweep(self._children)
        return {
            "code": os.waitstatus_to_exitcode(status),
            "cpu_s": usage.ru_utime + usage.ru_stime,
        }

    def _be_child(self, folder: str, descriptor: int) -> NoReturn:
        code = 1
        try:
            channel = socket.socket(fileno=descriptor)
            self._channel.close()
            self._cell.enter(folder, keep=descriptor)
            serve(channel, self._limits, self._finish, self._cell.layers)
            code = 0
        finally:
            # No exception may run on into the fork server's own code.
            os._exit(code)
