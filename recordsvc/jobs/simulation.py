"""The what-if of a large archive, in several processes that each read a part of it."""

import multiprocessing
import signal
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any

from recordsvc.bootstrap import Service, opened
from recordsvc.services.access import authorize
from recordsvc.services.context import Actor, Context
from recordsvc.services.errors import ServiceError, Temporary
from recordsvc.services.retention import simulating
from recordsvc.services.retention.simulating import LISTED, Impact, Span
from recordsvc.settings import Settings
from recordsvc.storage.transactions import state_of

# Up to so many records one process is done before others have started.
MOST_IN_PROCESS = 5_000
# A child is made anew and not forked: threads and database handles stay behind.
_SPAWN = multiprocessing.get_context("spawn")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Task:
    """What a child is told: everything that it needs to read its part alone."""

    settings: Settings
    actor: Actor
    today: date
    source: str
    limit: int
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """What a child answers, and of which state of the store that is true."""

    state: int
    impact: Impact


@dataclass(frozen=True, slots=True, kw_only=True)
class _Child:
    process: BaseProcess
    pipe: Connection


def simulate(
    service: Service, actor: Actor, source: str, *, limit: int = LISTED
) -> Impact:
    """Return what a schedule file would do if it were in force; nothing is written.

    Beyond 5,000 records as many processes as there are workers read a part of the
    archive each.

    Parameters
    ----------
    limit
        How many records of each kind are listed; all are counted.

    Raises
    ------
    InvalidRequest
        If the file is bad: whole, with every error and its line.
    Temporary
        If one of the processes was killed.
    ServiceError
        If one of them failed; it has said why on the standard error.
    """
    count, today = service.view(actor, partial(_checked, source))
    if count > MOST_IN_PROCESS and service.settings.workers > 1:
        tasks = [
            _Task(
                settings=service.settings,
                actor=actor,
                today=today,
                source=source,
                limit=limit,
                span=span,
            )
            for span in simulating.spans(service.settings.workers)
        ]
        parts = _answers(tasks)
        if len({part.state for part in parts}) == 1:
            return simulating.merged((part.impact for part in parts), limit)
        # Somebody wrote in between: the parts do not belong together.
    return service.view(
        actor, lambda ctx: simulating.simulate(ctx, source, limit=limit)
    )


def _checked(source: str, ctx: Context) -> tuple[int, date]:
    """Return the number of records and the day, of a request that can be answered."""
    authorize(ctx, "retention.view")
    simulating.read_schedule(source)
    return int(ctx.root.record_count()), ctx.today()


def _answers(tasks: Sequence[_Task]) -> list[_Part]:
    """Return the parts in the order of their tasks; no child outlives this call."""
    # Started now, since its start lets interrupts through.
    resource_tracker.ensure_running()
    with ExitStack() as stack:
        with _interrupts_held_back():
            children = [stack.enter_context(_started(task)) for task in tasks]
        _received(children)
        # All are ready to begin: now they most likely see one state of the store.
        for child in children:
            with suppress(ConnectionError):  # told at the next step
                child.pipe.send(None)
        parts: list[_Part] = _received(children)
        return parts


@contextmanager
def _interrupts_held_back() -> Iterator[None]:
    """Let children be born without Ctrl-C, which is their parent's to handle."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _started(task: _Task) -> Iterator[_Child]:
    """Run a child for the length of a block; it only reads, so it may be killed."""
    ours, theirs = _SPAWN.Pipe()
    process = _SPAWN.Process(target=_work, args=(task, theirs), daemon=True)
    with ours:
        with theirs:
            process.start()
        try:
            yield _Child(process=process, pipe=ours)
        finally:
            process.kill()
            process.join()
            process.close()


def _received(children: Sequence[_Child]) -> list[Any]:
    """Return one message of each child; the first that ends without is told."""
    found: dict[int, Any] = {}
    while len(found) < len(children):
        left = {n: child for n, child in enumerate(children) if n not in found}
        wait([child.pipe for child in left.values()])
        for place, child in left.items():
            if child.pipe.poll():
                try:
                    found[place] = child.pipe.recv()
                except (EOFError, ConnectionError):
                    raise _death(child.process) from None
    return [found[place] for place in range(len(children))]


def _death(process: BaseProcess) -> ServiceError:
    process.join()
    code = process.exitcode or 0
    if code < 0:
        return Temporary(
            "a process that computed a part of the what-if was ended by "
            f"{signal.Signals(-code).name}; nothing was written. Repeat the command, "
            "with fewer recordsvc.workers where memory is short"
        )
    return ServiceError(
        f"a process that computed a part of the what-if ended with code {code} and "
        "without an answer; nothing was written"
    )


def _work(task: _Task, pipe: Connection) -> None:
    """Compute a part, in a process of its own, once the parent says so."""
    # Where the parent is gone nobody waits for an answer.
    with opened(task.settings, {}) as service, suppress(EOFError, ConnectionError):
        pipe.send(None)
        pipe.recv()
        pipe.send(service.view(task.actor, partial(_part, task)))


def _part(task: _Task, ctx: Context) -> _Part:
    impact = simulating.simulate(
        replace(ctx, fixed_today=task.today),
        task.source,
        limit=task.limit,
        span=task.span,
    )
    return _Part(state=state_of(ctx.root), impact=impact)
