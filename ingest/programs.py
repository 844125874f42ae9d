"""Run one program of the machine on hostile bytes, shut in like a worker.

A worker that reads files may start no program. Where a program is needed, a process
of its own starts this one and no other (:mod:`ingest.programserver`): it gets its
input and gives its output through open descriptors, and sees the system's libraries,
the folders named here and a working folder that is removed after each run.
"""

import os
import socket
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from ingest.errors import AnswerError, PoolClosedError, TemplateError
from ingest.launch import end_interpreter, start_interpreter
from ingest.limits import Limits
from ingest.scratch import WorkFolder, remove_tree
from ingest.wire import receive, send

__all__ = ["Program", "ProgramRunner", "Run"]

_START_S = 60.0
_SLACK_S = 20.0
_MAX_WORDS_BYTES = 4_096


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """Name a program and what it needs.

    Parameters
    ----------
    path
        The executable file.
    readable
        Files and folders beside the system's that it reads.
    executable
        Further programs that it starts.
    environment
        Variables beside ``PATH``, ``LANG``, ``HOME`` and ``TMPDIR``.
    """

    path: str
    readable: tuple[str, ...] = ()
    executable: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Say how one run ended.

    Parameters
    ----------
    code
        Exit code; a signal n that killed it is 128 + n or -n.
    is_late
        It was ended because it took too long.
    cpu_s
        Seconds of processor time that it used.
    words
        The end of what it wrote on its standard error.
    """

    code: int
    is_late: bool
    cpu_s: float
    words: str

    @property
    def failure(self) -> str | None:
        """Return in words why it gave no result, or None where it ended well."""
        if self.is_late:
            return "it took too long"
        if self.code == 0:
            return None
        said = f": {self.words}" if self.words else ""
        return f"it ended with code {self.code}{said}"


class ProgramRunner:
    """Run a program again and again, one run at a time.

    Parameters
    ----------
    program
        The program.
    scratch
        Folder for the working folders.
    limits
        The bounds of each run.

    Raises
    ------
    TemplateError
        The process that starts it does not start.
    """

    def __init__(self, program: Program, *, scratch: Path, limits: Limits) -> None:
        self._limits = limits
        self._lock = threading.Lock()
        self._runs = 0
        self._is_open = True
        self._work = WorkFolder(scratch)
        try:
            self._process, self._channel = start_interpreter("ingest.programserver")
        except TemplateError:
            self._work.close()
            raise
        start = {
            "limits": limits.as_mapping(),
            "path": program.path,
            "readable": list(program.readable),
            "executable": list(program.executable),
            "environment": dict(program.environment),
        }
        try:
            self._ask(start, [], _START_S)
        except TemplateError:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def run(self, arguments: Sequence[str], *, source: int, target: int) -> Run:
        """Run the program once and wait for its end.

        Parameters
        ----------
        arguments
            What follows the program's name.
        source, target
            Descriptors of its standard input and output; what it wrote is no more
            believed than the file that it read.

        Raises
        ------
        PoolClosedError
            The runner has been closed.
        TemplateError
            The process that starts it has ended.
        """
        with self._lock:
            if not self._is_open:
                raise PoolClosedError
            self._runs += 1
            folder = self._work.folder(f"run-{self._runs}")
            words = os.memfd_create("words")
            try:
                request = {
                    "do": "run",
                    "folder": str(folder),
                    "arguments": list(arguments),
                }
                wait_s = self._limits.wall_s + _SLACK_S
                answer = self._ask(request, [source, target, words], wait_s)
                said = os.pread(words, _MAX_WORDS_BYTES, 0)
            finally:
                os.close(words)
                remove_tree(folder)
        return Run(
            code=int(answer["code"]),
            is_late=bool(answer["late"]),
            cpu_s=float(answer["cpu_s"]),
            words=" ".join(said.decode("utf-8", "replace").split())[-300:],
        )

    def probe(self) -> tuple[str, ...]:
        """Return the layers in force around the program, found by trying."""
        with self._lock:
            folder = self._work.folder("probe")
            try:
                request = {"do": "probe", "folder": str(folder)}
                answer = self._ask(request, [], _SLACK_S)
            finally:
                remove_tree(folder)
        return tuple(str(name) for name in answer["layers"])

    def _ask(
        self, request: Mapping[str, Any], descriptors: list[int], wait_s: float
    ) -> dict[str, Any]:
        self._channel.settimeout(wait_s)
        try:
            send(self._channel, request, descriptors)
            answer = receive(self._channel)
        except (OSError, AnswerError) as failure:
            raise TemplateError(str(failure)) from failure
        if answer is None:
            raise TemplateError("the process that starts programs has ended")
        return answer[0]

    def close(self) -> None:
        """End the program, and the process that starts it; any thread may."""
        self._is_open = False
        with suppress(OSError):
            # Whoever waits for an answer is woken by it.
            self._channel.shutdown(socket.SHUT_RDWR)
        with self._lock:
            self._channel.close()
            end_interpreter(self._process)
            self._work.close()
