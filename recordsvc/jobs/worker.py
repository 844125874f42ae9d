"""The worker: threads for jobs, pictures, likeness, index, trail, house and mail."""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from datetime import timedelta

from recordsvc.bootstrap import Service
from recordsvc.jobs.housekeeping import keep_house
from recordsvc.jobs.indexer import Indexer
from recordsvc.jobs.likening import Likener
from recordsvc.jobs.ocr import PictureReader
from recordsvc.jobs.postman import Postman
from recordsvc.jobs.presence import Presence
from recordsvc.jobs.sealer import Sealer
from recordsvc.jobs.task import Handler, Interrupted, Task
from recordsvc.services.context import SYSTEM, Context
from recordsvc.services.errors import ServiceError, Temporary
from recordsvc.services.recognition import OCR

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=60)
RENEW_EVERY_S = 15.0
POLL_JOBS_S = 0.25
POLL_OUTBOX_S = 0.05
KEEP_HOUSE_EVERY_S = 3600.0
POLL_MAIL_S = 2.0
POLL_PICTURES_S = 1.0
POLL_LIKENESS_S = 2.0
PATIENCE_S = 2.0
LONGEST_PAUSE_S = 30.0


class Worker:
    """Works off the queue and keeps the index fresh until it is told to stop.

    Parameters
    ----------
    stop
        Set by whoever wants the worker to end.
    handlers
        By kind of job.
    """

    def __init__(
        self, service: Service, stop: threading.Event, handlers: Mapping[str, Handler]
    ) -> None:
        self.service = service
        self.stop = stop
        self.handlers = handlers
        self.presence = Presence(service.settings.data_dir / "locks")
        self.pictures = PictureReader(service, self.presence, stop.is_set)
        self._task: Task | None = None
        self._lost = threading.Event()

    def run(self) -> bool:
        """Work until told to stop.

        Returns
        -------
        bool
            False if something did not end in two seconds: its job was given back,
            and the caller ends the process, which nothing is lost by.
        """
        with self.presence:
            threads = [
                threading.Thread(
                    target=self._again_and_again, args=(turn,), name=name, daemon=True
                )
                for name, turn in (
                    ("jobs", self._work_off),
                    ("pictures", self._read_pictures),
                    ("likeness", self._keep_likeness),
                    ("index", self._keep_index),
                    ("trail", self._keep_trail),
                    ("house", self._keep_house),
                    ("mail", self._keep_mail),
                )
            ]
            for thread in threads:
                thread.start()
            while not self.stop.wait(RENEW_EVERY_S):
                self._renew()
            deadline = time.monotonic() + PATIENCE_S
            for thread in threads:
                thread.join(max(0.0, deadline - time.monotonic()))
            self._give_back()
            self.pictures.give_back()
            return not any(thread.is_alive() for thread in threads)

    def _again_and_again(self, turn: Callable[[], None]) -> None:
        pause = 1.0
        while not self.stop.is_set():
            began = time.monotonic()
            try:
                turn()
            except Exception:
                log.exception("the worker's %s has stumbled", _name())
                # What went well for a while is no row of failures.
                pause = 1.0 if time.monotonic() - began > LONGEST_PAUSE_S else pause
                self.stop.wait(pause)
                pause = min(2 * pause, LONGEST_PAUSE_S)
            except BaseException:
                log.exception("the worker's %s has died; the worker ends", _name())
                self.stop.set()

    def _keep_index(self) -> None:
        with Indexer(self.service) as indexer:
            while not self.stop.is_set():
                if not indexer.drain(batches=1):
                    self.stop.wait(POLL_OUTBOX_S)

    def _keep_trail(self) -> None:
        with Sealer(self.service) as sealer:
            while not self.stop.is_set():
                if not sealer.drain(batches=1):
                    self.stop.wait(POLL_OUTBOX_S)

    def _keep_house(self) -> None:
        swept = keep_house(self.service)
        if swept is not None and swept.total:
            log.info("housekeeping %s", swept)
        self.stop.wait(KEEP_HOUSE_EVERY_S)

    def _keep_mail(self) -> None:
        if not self.service.settings.smtp_host:
            self.stop.wait()
            return
        postman = Postman(self.service)
        while not self.stop.is_set():
            postman.turn()
            self.stop.wait(POLL_MAIL_S)

    def _keep_likeness(self) -> None:
        if self.service.settings.likeness == "off":
            self.stop.wait()
            return
        with Likener(self.service) as likener:
            while not self.stop.is_set():
                if not likener.turn(only_quiet=True):
                    self.stop.wait(POLL_LIKENESS_S)

    def _read_pictures(self) -> None:
        while not self.stop.is_set():
            try:
                if self.pictures.turn():
                    continue
            except Interrupted:
                # It has given the job back; another may have taken it.
                pass
            self.stop.wait(POLL_PICTURES_S)

    def _work_off(self) -> None:
        while not self.stop.is_set():
            task = self.service.run(SYSTEM, self._claim)
            if task is None:
                self.stop.wait(POLL_JOBS_S)
                continue
            self._lost.clear()
            self._task = task
            try:
                self._do(task)
            finally:
                self._task = None

    def _claim(self, ctx: Context) -> Task | None:
        job = ctx.root.jobs.claim(
            self.presence.holder,
            ctx.now(),
            LEASE,
            self.presence.is_dead,
            # Reading pictures takes long: it has a thread of its own.
            beside=OCR,
        )
        if job is None:
            return None
        return Task(
            service=self.service,
            job_id=job.id,
            kind=job.kind,
            args=dict(job.args),
            attempt=job.attempts,
            must_stop=lambda: self.stop.is_set() or self._lost.is_set(),
        )

    def _do(self, task: Task) -> None:
        began = time.monotonic()
        outcome = self._outcome(task)
        log.info(
            "job kind=%s id=%s attempt=%d outcome=%s duration_ms=%d",
            task.kind,
            task.job_id,
            task.attempt,
            outcome,
            (time.monotonic() - began) * 1000,
        )

    def _outcome(self, task: Task) -> str:
        handler = self.handlers.get(task.kind)
        if handler is None:
            return self._park(task, f"this release knows no job of kind {task.kind}")
        try:
            result = handler(task)
        except Interrupted:
            self._give_back()
            return "interrupted"
        except Temporary as error:
            return self._fail(task, str(error))
        except ServiceError as error:
            # A refusal is the same at every attempt.
            return self._park(task, str(error))
        except Exception as error:
            log.exception("job kind=%s id=%s", task.kind, task.job_id)
            return self._fail(task, str(error) or type(error).__name__)

        def finish(ctx: Context) -> bool:
            queue, holder = ctx.root.jobs, self.presence.holder
            return queue.finish(queue.jobs[task.job_id], holder, ctx.now(), result)

        return "done" if self.service.run(SYSTEM, finish) else "lost"

    def _fail(self, task: Task, why: str) -> str:
        def fail(ctx: Context) -> str:
            queue = ctx.root.jobs
            job = queue.jobs[task.job_id]
            if not queue.fail(job, self.presence.holder, why, ctx.now()):
                return "lost"
            return f"failed ({job.state})"

        return self.service.run(SYSTEM, fail)

    def _park(self, task: Task, why: str) -> str:
        def park(ctx: Context) -> bool:
            queue, holder = ctx.root.jobs, self.presence.holder
            return queue.park(queue.jobs[task.job_id], holder, why, ctx.now())

        return "parked" if self.service.run(SYSTEM, park) else "lost"

    def _renew(self) -> None:
        task = self._task
        if task is None:
            return

        def renew(ctx: Context) -> bool:
            queue, until = ctx.root.jobs, ctx.now() + LEASE
            return queue.renew(queue.jobs[task.job_id], self.presence.holder, until)

        try:
            has_it = self.service.run(SYSTEM, renew)
        except Exception:
            # The lease outlasts three more tries.
            log.exception("the lease of job %s was not renewed", task.job_id)
            return
        if not has_it and self._task is task:
            self._lost.set()

    def _give_back(self) -> None:
        task = self._task
        if task is None:
            return

        def give_back(ctx: Context) -> None:
            queue = ctx.root.jobs
            queue.give_back(queue.jobs[task.job_id], self.presence.holder)

        self.service.run(SYSTEM, give_back)


def _name() -> str:
    return threading.current_thread().name
