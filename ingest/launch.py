"""Start the helper processes of the extraction, and fork workers through one.

The parent may have threads, so it never forks: it starts a fresh interpreter that
has one thread and forks workers when it is told to (:mod:`ingest.forkserver`).
"""

import json
import os
import socket
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from ingest.errors import AnswerError, TemplateError
from ingest.legislatures import own_folder
from ingest.limits import Limits
from ingest.wire import Inbox, receive, send

__all__ = [
    "Ending",
    "ForkServer",
    "Helper",
    "Worker",
    "end_interpreter",
    "start_interpreter",
]

Helper = subprocess.Popen[bytes]

# Isolated mode ignores the environment, the user's packages and the current folder;
# what may be imported is told by the parent, so that a checkout works as well.
_START = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from importlib import import_module; "
    "import_module(sys.argv[2]).main(int(sys.argv[3]))"
)
_KEPT_VARIABLES = ("LD_LIBRARY_PATH", "COVERAGE_PROCESS_START", "TZ")
_START_S = 60.0
_ANSWER_S = 20.0
_END_S = 5.0
_MAX_REASON_CHARS = 500


def start_interpreter(module: str) -> tuple[Helper, socket.socket]:
    """Start a fresh Python that runs ``main`` of a module in a session of its own.

    Parameters
    ----------
    module
        Dotted name; its ``main(descriptor)`` is given its end of a socket.

    Returns
    -------
    tuple
        The process, whose standard error is a pipe, and our end of the socket. The
        process must end when our end closes: that is how it learns of our death,
        however we die. (``PR_SET_PDEATHSIG`` would fire when the *thread* ends that
        started it.)
    """
    ours, theirs = socket.socketpair()
    environment = {"PATH": os.defpath, "LANG": "C.UTF-8", "HOME": "/nonexistent"}
    environment |= {
        name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ
    }
    path = json.dumps([str(Path(entry).absolute()) for entry in sys.path])
    command = [sys.executable, "-I", "-c", _START, path, module, str(theirs.fileno())]
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            pass_fds=[theirs.fileno()],
            env=environment,
            start_new_session=True,
        )
    except OSError as failure:
        ours.close()
        raise TemplateError(str(failure)) from failure
    finally:
        theirs.close()
    return process, ours


def end_interpreter(process: Helper) -> None:
    """Wait until a process ends whose socket was closed; kill it where it does not."""
    try:
        process.wait(timeout=_END_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stderr is not None:
        process.stderr.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """Hold one worker process and our end of its socket.

    Parameters
    ----------
    pid
        Its number as the fork server sees it; it stays taken until `ForkServer.end`.
    channel
        The socket on which it takes files.
    folder
        Its working folder.
    """

    pid: int
    channel: socket.socket
    folder: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """Say how a worker ended.

    Parameters
    ----------
    code
        Exit code, or the negative number of the signal that killed it.
    cpu_s
        Seconds of processor time that it used.
    """

    code: int
    cpu_s: float


class ForkServer:
    """Fork confined workers from a process that has everything loaded.

    Parameters
    ----------
    limits
        The bounds of each worker.
    finish
        ``module:function`` that the workers apply to the text, or None.

    Raises
    ------
    TemplateError
        The process does not start, or a module cannot be loaded.
    """

    def __init__(self, limits: Limits, finish: str | None = None) -> None:
        self._lock = threading.Lock()
        self._process, self._channel = start_interpreter("ingest.forkserver")
        self._channel.settimeout(_START_S)
        try:
            own = own_folder()
            start = {
                "limits": limits.as_mapping(),
                "finish": finish,
                "profiles": None if own is None else str(own),
            }
            send(self._channel, start)
            self._answer()
        except TemplateError as failure:
            reason = self._last_words() or failure.reason
            self.close()
            raise TemplateError(reason) from None
        except OSError as failure:
            reason = self._last_words() or str(failure)
            self.close()
            raise TemplateError(reason) from failure
        self._channel.settimeout(_ANSWER_S)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def pid(self) -> int:
        """Return the process number of the fork server."""
        return self._process.pid

    def fork(self, folder: Path) -> Worker:
        """Start a worker in a working folder."""
        ours, theirs = socket.socketpair()
        with theirs:
            request = {"do": "fork", "folder": str(folder)}
            answer = self._ask(request, [theirs.fileno()])
        return Worker(pid=int(answer["pid"]), channel=ours, folder=folder)

    def end(self, worker: Worker) -> Ending:
        """Kill a worker with all that it started, and say how it ended."""
        worker.channel.close()
        answer = self._ask({"do": "end", "pid": worker.pid})
        return Ending(code=int(answer["code"]), cpu_s=float(answer["cpu_s"]))

    def probe(self, folder: Path) -> tuple[str, ...]:
        """Return the layers that are in force in a worker, found by trying."""
        worker = self.fork(folder)
        try:
            send(worker.channel, {"do": "probe"})
            answer = Inbox(worker.channel).wait(_ANSWER_S)
        except (OSError, AnswerError) as failure:
            raise TemplateError(f"no answer to the probe: {failure}") from failure
        finally:
            self.end(worker)
        if answer is None:
            raise TemplateError("the probe gave no answer")
        return tuple(str(name) for name in answer["layers"])

    def _ask(
        self, request: dict[str, Any], descriptors: list[int] | None = None
    ) -> dict[str, Any]:
        with self._lock:
            try:
                send(self._channel, request, descriptors or [])
                return self._answer()
            except OSError as failure:
                raise TemplateError(str(failure)) from failure

    def _answer(self) -> dict[str, Any]:
        answer = receive(self._channel)
        if answer is None:
            raise TemplateError("the fork server has ended")
        message = answer[0]
        if "failure" in message:
            raise TemplateError(str(message["failure"]))
        return message

    def _last_words(self) -> str:
        """Return the end of what a dead process wrote on its standard error."""
        try:
            _, words = self._process.communicate(timeout=1.0)
        except subprocess.TimeoutExpired:
            return ""
        return words.decode("utf-8", "replace").strip()[-_MAX_REASON_CHARS:]

    def close(self) -> None:
        """End the fork server and every worker."""
        self._channel.close()
        end_interpreter(self._process)
