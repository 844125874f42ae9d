"""Read files in confined worker processes: the pool of the intake.

The pool has no threads: whatever it does, it does inside the calls of its owner. A
file travels to its worker as an open descriptor; the answer comes back in a file in
memory that the parent has made, so that no worker waits while the parent is busy.
"""

import os
import selectors
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self

from ingest.answers import Answer, Result, read_answer, unread
from ingest.errors import AnswerError, IngestError, PoolClosedError, TemplateError
from ingest.launch import ForkServer
from ingest.limits import Limits
from ingest.pronom import Format, Pronom, joined
from ingest.scratch import WorkFolder, remove_tree, sweep_scratch
from ingest.seat import Job, Seat

__all__ = ["ExtractionPool", "Result", "sweep_scratch"]

_NO_HINTS: Mapping[str, str] = MappingProxyType({})
_MAX_IDLE_DEATHS = 8
_MAX_HINT_CHARS = 1_000
_MAX_PASSWORD_CHARS = 1_000
# Eight waiting jobs fit into the buffer of a socket, so that handing them out never
# waits for the worker.
_MAX_HINTS_BYTES = 16 * 1024


@dataclass(slots=True, kw_only=True, eq=False)
class _Pending:
    """One file between its submission and its result."""

    key: str
    job: Job
    answer: Answer | None = None
    format: Format | None = None


class ExtractionPool:
    """Read files in worker processes that are shut in; one thread may use it.

    Parameters
    ----------
    workers
        How many files are read at a time.
    scratch
        Folder for the working folders; what killed pools left there is swept.
    finish
        ``module:function`` called in the worker as ``finish(texts, language)`` with
        the text of every page; its JSON answer comes back in `Result.finished`.
    limits
        The bounds of each file.

    Raises
    ------
    TemplateError
        The process from which workers are forked does not start.
    """

    def __init__(
        self,
        workers: int,
        *,
        scratch: Path,
        finish: str | None = None,
        limits: Limits | None = None,
    ) -> None:
        self._limits = limits or Limits()
        self._count = max(1, workers)
        self._capacity = 2 * self._count * self._limits.ahead
        self._numbers = 0
        self._folders = 0
        self._idle_deaths = 0
        self._open = True
        self._layers: tuple[str, ...] | None = None
        self._pending: dict[str, _Pending] = {}
        self._queue: deque[Job] = deque()
        self._again: deque[Job] = deque()
        self._ready: list[Result] = []
        self._seats: list[Seat] = []
        sweep_scratch(scratch)
        self._work = WorkFolder(scratch)
        try:
            self._server = ForkServer(self._limits, finish)
        except IngestError:
            self._work.close()
            raise
        self._pronom = Pronom(self._limits)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def pending(self) -> int:
        """Return how many files are submitted and not yet handed out as results."""
        return len(self._pending) + len(self._ready)

    @property
    def free(self) -> int:
        """Return how many files may be submitted before results must be taken."""
        return self._capacity - self.pending

    @property
    def layers(self) -> tuple[str, ...]:
        """Return the layers of isolation in force, found by trying in a worker."""
        if self._layers is None:
            self._layers = self._server.probe(self._new_folder())
        return self._layers

    def submit(
        self,
        key: str,
        path: Path,
        name: str,
        hints: Mapping[str, str] = _NO_HINTS,
        *,
        password: str = "",
    ) -> None:
        """Hand in one file to be read.

        Parameters
        ----------
        key
            Comes back in the result; not in use by a pending file.
        path
            The file; it is opened here and now.
        name
            The name it came under.
        hints
            What its owner says of it, passed on to `describe`; what is longer than
            a title may be, is cut (1,000 characters each, 16 KiB in all).
        password
            Opens an encrypted file; it goes to the worker and is kept nowhere.

        Raises
        ------
        PoolClosedError
            The pool has been closed.
        OSError
            The file cannot be opened.
        """
        if not self._open:
            raise PoolClosedError
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        self._numbers += 1
        job = Job(
            number=str(self._numbers),
            file=file,
            name=_plain(name),
            hints=_bounded(hints),
            password=password[:_MAX_PASSWORD_CHARS],
        )
        self._pending[job.number] = _Pending(key=key, job=job)
        self._pronom.ask(job.number, file)
        self._queue.append(job)
        self._hand_out()

    def results(self, timeout: float | None = None) -> tuple[Result, ...]:
        """Return what is ready, in the order of completion.

        Parameters
        ----------
        timeout
            Seconds to wait for a first result; None waits as long as files are
            pending. 0 only looks.

        Raises
        ------
        PoolClosedError
            The pool has been closed.
        TemplateError
            No more workers can be started.
        """
        if not self._open:
            raise PoolClosedError
        end = None if timeout is None else time.monotonic() + timeout
        self._turn(0.0)
        while self._pending and not self._ready:
            left = None if end is None else end - time.monotonic()
            if left is not None and left <= 0:
                break
            self._turn(left)
        ready, self._ready = self._ready, []
        return tuple(ready)

    def _turn(self, wait_s: float | None) -> None:
        """Wait for news once, act on it, and keep every worker busy."""
        for seat in self._seats_with_news(wait_s):
            self._listen(seat)
        now = time.monotonic()
        for seat in list(self._seats):
            if seat.jobs and now >= seat.deadline:
                self._fail(seat, f"killed: took longer than {self._limits.wall_s:g} s")
        for number, found in self._pronom.collect().items():
            self._pending[number].format = found
            self._settle(number)
        self._hand_out()

    def _seats_with_news(self, wait_s: float | None) -> list[Seat]:
        deadlines = [seat.deadline for seat in self._seats if seat.jobs]
        if self._pronom.deadline is not None:
            deadlines.append(self._pronom.deadline)
        if deadlines:
            left = max(0.0, min(deadlines) - time.monotonic())
            wait_s = left if wait_s is None else min(wait_s, left)
        with selectors.DefaultSelector() as selector:
            for seat in self._seats:
                selector.register(seat.channel, selectors.EVENT_READ, seat)
            if self._pronom.channel is not None:
                selector.register(self._pronom.channel, selectors.EVENT_READ, None)
            events = selector.select(wait_s)
        return [key.data for key, _ in events if key.data is not None]

    def _listen(self, seat: Seat) -> None:
        try:
            for message in seat.inbox.read():
                self._idle_deaths = 0
                self._take(seat, message)
        except AnswerError as refused:
            self._fail(seat, str(refused))
            return
        if seat.inbox.closed:
            self._fail(seat, None)

    def _take(self, seat: Seat, message: dict[str, Any]) -> None:
        """Take the answer to the job in work.

        Raises
        ------
        AnswerError
            It answers no job in work, or is not what an answer looks like.
        """
        job = seat.answered(message)
        if "failure" in message:
            seat.next_job()
            self._failed_once(job, str(message["failure"])[:500])
            return
        answer = read_answer(
            job.answer,
            message.get("bytes"),
            limit=self._limits.answer_bytes,
            name=job.name,
            hints=job.hints,
        )
        seat.next_job()
        self._answered(job, answer)

    def _answered(self, job: Job, answer: Answer) -> None:
        self._pending[job.number].answer = answer
        job.close_answer()
        self._settle(job.number)

    def _failed_once(self, job: Job, reason: str) -> None:
        """Try a file again, alone; after its last attempt say why it failed."""
        job.close_answer()
        job.attempts += 1
        if job.attempts < self._limits.attempts:
            self._again.append(job)
            return
        answer = unread(job.file, name=job.name, hints=job.hints, reason=reason)
        self._answered(job, answer)

    def _fail(self, seat: Seat, reason: str | None) -> None:
        """End a worker; only the file in work is blamed, the others go back."""
        self._seats.remove(seat)
        job, others = seat.abandon()
        ending = self._server.end(seat.worker)
        remove_tree(seat.worker.folder)
        self._queue.extendleft(reversed(others))
        if job is not None:
            self._failed_once(job, reason or seat.cause_of_death(ending))
            return
        self._idle_deaths += 1
        if self._idle_deaths >= _MAX_IDLE_DEATHS:
            raise TemplateError("workers end before they are given a file")

    def _settle(self, number: str) -> None:
        """Make a result of a file that has been read and identified."""
        pending = self._pending[number]
        if pending.answer is None or pending.format is None:
            return
        del self._pending[number]
        os.close(pending.job.file)
        self._ready.append(
            Result(
                key=pending.key,
                extraction=joined(pending.answer.extraction, pending.format),
                description=pending.answer.description,
                finished=pending.answer.finished,
            )
        )

    def _hand_out(self) -> None:
        """Replace workers that are worn or gone, and give work to the others."""
        for seat in [s for s in self._seats if s.retiring and not s.jobs]:
            self._seats.remove(seat)
            self._server.end(seat.worker)
            remove_tree(seat.worker.folder)
        while (self._queue or self._again) and len(self._seats) < self._count:
            worker = self._server.fork(self._new_folder())
            self._seats.append(Seat(worker, self._limits))
        for seat in self._seats:
            if self._again and seat.is_idle:
                seat.give(self._again.popleft(), alone=True)
        while self._queue:
            open_seats = [seat for seat in self._seats if seat.has_room]
            if not open_seats:
                return
            fewest = min(open_seats, key=lambda seat: len(seat.jobs))
            fewest.give(self._queue.popleft())

    def _new_folder(self) -> Path:
        self._folders += 1
        return self._work.folder(f"worker-{self._folders}")

    def close(self) -> None:
        """End all processes and remove the working folders; pending files are lost."""
        if not self._open:
            return
        self._open = False
        for seat in self._seats:
            seat.channel.close()
        self._server.close()
        self._pronom.close()
        for pending in self._pending.values():
            pending.job.close_answer()
            os.close(pending.job.file)
        self._pending.clear()
        self._work.close()


def _plain(text: str) -> str:
    """Return a text that JSON can carry: a file's name may be no Unicode at all."""
    return text[:_MAX_HINT_CHARS].encode("utf-8", "replace").decode("utf-8")


def _bounded(hints: Mapping[str, str]) -> dict[str, str]:
    bounded: dict[str, str] = {}
    room = _MAX_HINTS_BYTES
    for key, value in hints.items():
        plain = _plain(value)
        room -= len(key) + len(plain.encode())
        if room < 0:
            break
        bounded[_plain(key)] = plain
    return bounded
