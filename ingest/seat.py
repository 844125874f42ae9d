"""One worker as the pool sees it: the jobs handed to it, and how it ended."""

import os
import signal
import socket
import time
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from ingest.cell import LIFE_IN_FILES
from ingest.errors import AnswerError
from ingest.launch import Ending, Worker
from ingest.limits import Limits
from ingest.wire import Inbox, send

__all__ = ["Job", "Seat"]

_KILLED = 128  # and the number of the signal, as a shell says it


@dataclass(slots=True, kw_only=True, eq=False)
class Job:
    """Hold one file to be read.

    Parameters
    ----------
    number
        Names the job in messages.
    file
        Descriptor of the open file.
    name, hints, password
        What it was submitted with.
    answer
        Descriptor of the file in memory for the answer, or -1.
    attempts
        Attempts that failed.
    """

    number: str
    file: int
    name: str
    hints: Mapping[str, str]
    password: str = field(default="", repr=False)
    answer: int = -1
    attempts: int = 0

    def close_answer(self) -> None:
        """Let go of the file in memory."""
        if self.answer >= 0:
            os.close(self.answer)
            self.answer = -1


class Seat:
    """Keep one worker's queue; its first job is the one in work.

    Parameters
    ----------
    worker
        The process.
    limits
        The bounds of each file.
    """

    def __init__(self, worker: Worker, limits: Limits) -> None:
        self.worker = worker
        self.inbox = Inbox(worker.channel)
        self.jobs: deque[Job] = deque()
        self.retiring = False
        self.deadline = 0.0
        self._limits = limits
        self._given = 0
        self._alone = False

    @property
    def channel(self) -> socket.socket:
        """Return our end of the worker's socket."""
        return self.worker.channel

    @property
    def is_idle(self) -> bool:
        """Return whether the worker waits and may be given any job."""
        return not self.jobs and not self.retiring

    @property
    def has_room(self) -> bool:
        """Return whether one more job may be handed to the worker."""
        room = len(self.jobs) < self._limits.ahead
        return room and not self._alone and not self.retiring

    def give(self, job: Job, *, alone: bool = False) -> None:
        """Hand a job to the worker; after one `alone` it is given none meanwhile."""
        job.answer = os.memfd_create("answer", os.MFD_CLOEXEC)
        if not self.jobs:
            self.deadline = time.monotonic() + self._limits.wall_s
        self.jobs.append(job)
        self._alone = alone
        self._given += 1
        self.retiring = self._given >= self._limits.files_per_worker
        message = {
            "do": "extract",
            "job": job.number,
            "name": job.name,
            "hints": dict(job.hints),
            **({"password": job.password} if job.password else {}),
        }
        # A worker that died meanwhile is found out when its socket is read.
        with suppress(OSError):
            send(self.channel, message, [job.file, job.answer])

    def answered(self, message: Mapping[str, Any]) -> Job:
        """Return the job in work, which the message must be about.

        Raises
        ------
        AnswerError
            The message is about another job, or none is in work.
        """
        if not self.jobs or message.get("job") != self.jobs[0].number:
            raise AnswerError("answer.job", "is not the file in work")
        self.retiring = self.retiring or bool(message.get("retire"))
        return self.jobs[0]

    def next_job(self) -> None:
        """Turn to the next job, whose time begins."""
        self.jobs.popleft()
        self._alone = False
        self.deadline = time.monotonic() + self._limits.wall_s

    def abandon(self) -> tuple[Job | None, list[Job]]:
        """Give back the job in work and the ones behind it."""
        for job in self.jobs:
            job.close_answer()
        in_work = self.jobs.popleft() if self.jobs else None
        others = list(self.jobs)
        self.jobs.clear()
        return in_work, others

    def cause_of_death(self, ending: Ending) -> str:
        """Return in words why the worker ended by itself."""
        number = ending.code - _KILLED if ending.code > _KILLED else -ending.code
        if number == signal.SIGKILL:
            cpu_s = (LIFE_IN_FILES + 1) * self._limits.cpu_s
            if ending.cpu_s >= cpu_s - 1:
                return f"killed: used more than {self._limits.cpu_s} s of processor"
            return "killed by the system: out of memory"
        if number > 0:
            return f"crashed: signal {number}"
        return f"crashed: the worker ended with code {ending.code}"
