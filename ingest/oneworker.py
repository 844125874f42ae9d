"""One confined worker that lives on between errands, for any thread."""

import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from ingest.errors import AnswerError, IngestError, PoolClosedError
from ingest.launch import ForkServer, Worker
from ingest.limits import Limits
from ingest.scratch import WorkFolder, remove_tree, sweep_scratch
from ingest.wire import Inbox, send

__all__ = ["OneWorker"]


class OneWorker:
    """Send one worker after another on errands, one at a time.

    Parameters
    ----------
    scratch
        Folder for the working folder of the worker.
    limits
        The bounds of each errand.
    finish
        See :class:`ingest.launch.ForkServer`.

    Raises
    ------
    TemplateError
        The process from which workers are forked does not start.
    """

    def __init__(
        self, *, scratch: Path, limits: Limits, finish: str | None = None
    ) -> None:
        self._limits = limits
        self._lock = threading.Lock()
        sweep_scratch(scratch)
        self._work = WorkFolder(scratch)
        try:
            self._server: ForkServer | None = ForkServer(self._limits, finish)
        except IngestError:
            self._work.close()
            raise
        self._worker: Worker | None = None
        self._started = 0
        self._done = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def send(
        self,
        errand: Mapping[str, Any],
        path: Path,
        answer_file: int,
        more: Sequence[int] = (),
    ) -> dict[str, Any]:
        """Send the worker on an errand and return what it says at its end.

        Parameters
        ----------
        errand
            What :func:`ingest.worker.serve` is to do.
        path
            The file it is about.
        answer_file
            Descriptor of the file in memory that it writes into.
        more
            Further descriptors that it reads.

        Raises
        ------
        OSError, AnswerError
            It did not do it within its limits; the next errand has a fresh worker.
        PoolClosedError
            This has been closed.
        """
        with self._lock:
            if self._server is None:
                raise PoolClosedError
            worker = self._worker or self._start(self._server)
            try:
                with path.open("rb") as file:
                    given = [file.fileno(), answer_file, *more]
                    send(worker.channel, {"job": "", **errand}, given)
                answer = self._answer(worker)
            except (OSError, AnswerError):
                self._stop()
                raise
            self._done += 1
            if answer.get("retire") or self._done >= self._limits.files_per_worker:
                self._stop()
            return answer

    def _answer(self, worker: Worker) -> dict[str, Any]:
        answer = Inbox(worker.channel).wait(self._limits.wall_s)
        if answer is None or "failure" in answer:
            raise AnswerError("errand", "has failed")
        return answer

    def _start(self, server: ForkServer) -> Worker:
        self._started += 1
        self._done = 0
        self._worker = server.fork(self._work.folder(f"one-{self._started}"))
        return self._worker

    def _stop(self) -> None:
        worker, self._worker = self._worker, None
        if worker is not None and self._server is not None:
            self._server.end(worker)
            remove_tree(worker.folder)

    def close(self) -> None:
        """End the worker and its fork server, and remove the working folder."""
        with self._lock:
            server, self._server = self._server, None
            self._worker = None
            if server is not None:
                server.close()
                self._work.close()
