"""The intake: bytes made durable, text extracted beside, groups committed."""

import hashlib
import os
import shutil
import time
import uuid
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, BinaryIO

from ingest.isolate import ExtractionPool, Result
from recordsvc.bootstrap import Service
from recordsvc.jobs.carried import Carried, Part
from recordsvc.jobs.indexer import Indexer
from recordsvc.jobs.intakelines import IntakeOptions, Report, Summary, outcome_line
from recordsvc.jobs.mailboxes import Mailbox, Message, looks_like_mailbox, opened
from recordsvc.jobs.readings import RememberingPool
from recordsvc.jobs.recurrence import Recurrence
from recordsvc.jobs.scanned import ScannedPool
from recordsvc.jobs.walk import Item
from recordsvc.model import Manifestation
from recordsvc.services import capture as capturing
from recordsvc.services import recognition, renditions
from recordsvc.services.capture import Arrival, Status
from recordsvc.services.context import Actor, Context
from recordsvc.services.crosswalks import described_from, manifestation_from
from recordsvc.services.errors import ServiceError
from recordsvc.storage.bitstreams import NotAFile, StorageFull, Stored
from recordsvc.storage.sources import open_regular

__all__ = ["Intake", "IntakeOptions", "Summary"]

GROUP_RECORDS = 100
GROUP_SECONDS = 0.05
INDEX_EVERY_S = 1.0


@dataclass(slots=True)
class _Waiting:
    item: Item
    stored: Stored
    name: str
    message: Message | None = None
    result: Result | None = None
    rendition: Stored | None = None
    carried: Carried | None = None
    scan: str = ""


class Intake:
    """One run over many files.

    Parameters
    ----------
    report
        Called with the outcome line of a file when its group is committed,
        never before: a line is an acknowledgement. The messages of a mailbox have a
        line each (``FILE#3``); the line of the mailbox itself comes after them all.

    Attributes
    ----------
    begun
        How many of the items were begun; after `run` they are all finished.
    id
        Noted with every capture, so that what came together is found together.
    """

    def __init__(
        self,
        service: Service,
        actor: Actor,
        options: IntakeOptions,
        report: Report,
    ) -> None:
        self.service = service
        self.actor = actor
        self.options = options
        self.report = report
        self.summary = Summary()
        self.begun = 0
        self.id = options.intake or uuid.uuid4().hex
        self._keys = 0
        self._in_work: dict[str, _Waiting] = {}
        # Files that may be mailboxes, mailboxes, and what papers carry.
        self._sniffed: dict[str, Item] = {}
        self._mailboxes: deque[Mailbox] = deque()
        self._unread: deque[tuple[_Waiting, Part]] = deque()
        self._reading: dict[str, tuple[_Waiting, Part]] = {}
        self._ready: list[_Waiting] = []
        self._ready_since = 0.0
        self._indexed_at = time.monotonic()
        self._would_add: set[str] = set()
        self._recurrence = Recurrence(service.settings)

    def run(self, items: Iterable[Item]) -> Summary:
        """Take in every item; an interruption keeps what was read so far."""
        started = time.monotonic()
        scratch = self.service.scratch_dir()
        with (
            ExtractionPool(
                self.service.settings.workers,
                finish=renditions.FINISH,
                scratch=scratch,
            ) as readers,
            Indexer(self.service) as indexer,
        ):
            pool = RememberingPool(ScannedPool(readers, self.service.settings))
            try:
                for item in items:
                    self.begun += 1
                    self._begin(item, pool)
                    while pool.free <= 0 or self._has_more:
                        self._collect(pool.results(None), pool, indexer)
                    self._collect(pool.results(0), pool, indexer)
                while pool.pending or self._has_more:
                    self._collect(pool.results(GROUP_SECONDS), pool, indexer)
            finally:
                self._commit()
            if self.options.wait and not self.options.dry_run:
                indexer.catch_up()
        self.summary.seconds = round(time.monotonic() - started, 3)
        return self.summary

    @property
    def _has_more(self) -> bool:
        """Say whether messages or carried files wait for a place in the pool."""
        return bool(self._unread or self._mailboxes)

    def _key(self) -> str:
        self._keys += 1
        return str(self._keys)

    def _begin(self, item: Item, pool: RememberingPool) -> None:
        if item.error:
            self._fail(item, item.error)
            return
        with self._failing(item):
            if looks_like_mailbox(item):
                key = self._key()
                pool.submit(key, item.path, item.name)
                self._sniffed[key] = item
            else:
                self._begin_paper(item, pool)

    def _begin_paper(self, item: Item, pool: RememberingPool) -> None:
        stored, source = self._read(item)
        self.summary.bytes += stored.bytes
        waiting = _Waiting(item=item, stored=stored, name=item.name)
        if not stored.new and self._is_known(stored):
            self._finish(waiting)
            return
        key = self._key()
        self._in_work[key] = waiting
        hints = self._hints(item)
        pool.submit(key, source, item.name, hints=hints, sha256=stored.sha256)

    def _is_known(self, stored: Stored) -> bool:
        """Say whether the bytes need not be read: a record of them is there."""
        return self.service.view(
            self.actor, lambda ctx: capturing.is_known(ctx, stored.sha256)
        )

    def _begin_message(self, message: Message, pool: RememberingPool) -> None:
        key = self._key()
        hints = self._hints(message.mailbox.item)
        with message.open() as stream:
            if not self.options.dry_run:
                stored = self.service.bitstreams.put(stream)
                source = self.service.bitstreams.path(stored.sha256)
                is_known = not stored.new and self._is_known(stored)
                if not is_known:
                    sha256 = stored.sha256
                    pool.submit(key, source, message.name, hints=hints, sha256=sha256)
            else:
                stored = self._submit_copy(key, stream, message.name, pool, hints)
                is_known = False
        waiting = _Waiting(
            item=message.item, stored=stored, name=message.name, message=message
        )
        if is_known:
            self._finish(waiting)
        else:
            self._in_work[key] = waiting

    @contextmanager
    def _failing(self, item: Item, message: Message | None = None) -> Iterator[None]:
        """Report what cannot be read, and go on; a full disk ends the intake."""
        try:
            yield
        except NotAFile as error:
            self._fail(item, str(error), message)
        except StorageFull:
            raise
        except OSError as error:
            self._fail(item, f"cannot be read: {error.strerror or error}", message)

    def _feed(self, pool: RememberingPool) -> None:
        """Give the pool what papers carry, then what mailboxes hold."""
        while pool.free > 0 and self._unread:
            waiting, part = self._unread.popleft()
            key = self._key()
            self._reading[key] = (waiting, part)
            if part.content is None:
                source = self.service.bitstreams.path(part.stored.sha256)
                pool.submit(key, source, part.name, sha256=part.stored.sha256)
            else:
                self._submit_copy(key, BytesIO(part.content), part.name, pool, {})
        while pool.free > 0 and self._mailboxes:
            message = self._mailboxes[0].next_message()
            if message.mailbox.is_taken:
                self._mailboxes.popleft()
            with self._failing(message.item, message):
                self._begin_message(message, pool)

    def _submit_copy(
        self,
        key: str,
        stream: BinaryIO,
        name: str,
        pool: RememberingPool,
        hints: Mapping[str, str],
    ) -> Stored:
        """Hand in bytes that are not kept, as a file without a name."""
        with TemporaryFile(dir=self.service.scratch_dir()) as copy:
            shutil.copyfileobj(stream, copy)
            copy.seek(0)
            sha256 = hashlib.file_digest(copy, "sha256").hexdigest()
            pool.submit(key, Path(f"/proc/self/fd/{copy.fileno()}"), name, hints=hints)
            return Stored(sha256=sha256, bytes=copy.tell(), new=False)

    def _read(self, item: Item) -> tuple[Stored, Path]:
        """Make a file durable, or only look at it when nothing is to be kept."""
        bitstreams = self.service.bitstreams
        if not self.options.dry_run:
            stored = bitstreams.put(item.path)
            return stored, bitstreams.path(stored.sha256)
        with os.fdopen(open_regular(item.path), "rb") as stream:
            sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
            stored = Stored(sha256=sha256, bytes=stream.tell(), new=False)
        return stored, item.path

    def _hints(self, item: Item) -> dict[str, str]:
        home = self.service.settings.jurisdiction
        return {**({"home": home} if home else {}), **self._sidecar(item)}

    def _sidecar(self, item: Item) -> dict[str, str]:
        rows = self.options.rows
        row = rows.get(item.given) or rows.get(item.name) or {}
        return {**self.options.common, **{k: v for k, v in row.items() if v}}

    def _fail(self, item: Item, why: str, message: Message | None = None) -> None:
        failed = str(Status.FAILED)
        self._tell({"path": item.given, "status": failed, "error": why}, message)

    def _collect(
        self, results: Iterable[Result], pool: RememberingPool, indexer: Indexer
    ) -> None:
        for result in results:
            verdict = pool.verdict(result.key)
            if result.key in self._sniffed:
                self._open_mailbox(self._sniffed.pop(result.key), result, pool)
            elif result.key in self._reading:
                self._take_part(*self._reading.pop(result.key), result)
            else:
                waiting = self._in_work.pop(result.key)
                waiting.scan = str(verdict.kind)
                self._take_paper(waiting, result)
        self._feed(pool)
        if not self._ready:
            return
        waited = time.monotonic() - self._ready_since
        if len(self._ready) >= GROUP_RECORDS or waited >= GROUP_SECONDS:
            self._commit()
            if time.monotonic() - self._indexed_at >= INDEX_EVERY_S:
                indexer.drain()
                self._indexed_at = time.monotonic()

    def _open_mailbox(self, item: Item, result: Result, pool: RememberingPool) -> None:
        with self._failing(item):
            mailbox = opened(item, result.extraction)
            if mailbox is None:
                # It only began like one, or nobody could list it: a paper as it is.
                self._begin_paper(item, pool)
            else:
                self.summary.bytes += item.path.stat().st_size
                self._mailboxes.append(mailbox)

    def _take_paper(self, waiting: _Waiting, result: Result) -> None:
        waiting.rendition = self._keep_text(result)
        if result.extraction.attachments:
            carried = Carried(None if self.options.dry_run else self.service.bitstreams)
            fresh = carried.unfold(result.extraction)
            self._unread.extend((waiting, part) for part in fresh)
            waiting.carried = carried
            # Their bytes are kept: they need not stay in memory.
            extraction = replace(result.extraction, attachments=())
            result = replace(result, extraction=extraction)
        waiting.result = result
        self._finish(waiting)

    def _take_part(self, waiting: _Waiting, part: Part, result: Result) -> None:
        assert waiting.carried is not None  # noqa: S101 - it has handed out the part
        fresh = waiting.carried.unfold(result.extraction, within=part)
        self._unread.extend((waiting, one) for one in fresh)
        waiting.carried.take(part, result.extraction, self._keep_text(result))
        self._finish(waiting)

    def _finish(self, waiting: _Waiting) -> None:
        """Let a paper go on to its commit once everything in it has been read."""
        if waiting.carried is not None and not waiting.carried.is_complete:
            return
        if not self._ready:
            self._ready_since = time.monotonic()
        self._ready.append(waiting)

    def _keep_text(self, result: Result) -> Stored | None:
        pages = [(p.number, p.text) for p in result.extraction.pages]
        if self.options.dry_run or not any(text.strip() for _, text in pages):
            return None
        content = renditions.encode(pages, result.finished, result.extraction.language)
        return renditions.store(self.service.bitstreams, content)

    def _put_again(self, waiting: _Waiting) -> None:
        """Put bytes again that a disposal has taken while their text was read."""
        exists = self.service.bitstreams.exists
        if not exists(waiting.stored.sha256):
            if waiting.message is None:
                self._read(waiting.item)
            else:
                with waiting.message.open() as stream:
                    self.service.bitstreams.put(stream)
        if waiting.rendition and not exists(waiting.rendition.sha256):
            assert waiting.result is not None  # noqa: S101 - it has given the text
            self._keep_text(waiting.result)

    def _commit(self) -> None:
        group, self._ready = self._ready, []
        if not group:
            return
        if not self.options.dry_run:
            for waiting in group:
                self._put_again(waiting)
        self.service.bitstreams.sync()

        def work(ctx: Context) -> list[dict[str, Any]]:
            lines = [self._capture(ctx, waiting) for waiting in group]
            if not self.options.dry_run:
                fresh = (li["id"] for li in lines if li["status"] in recognition.FRESH)
                recognition.queue_new(ctx, fresh)
            return lines

        if self.options.dry_run:
            lines = self.service.view(self.actor, work)
            self._mark_twins(lines)
        else:
            lines = self.service.run(self.actor, work)
        for waiting, line in zip(group, lines, strict=True):
            self._tell(line, waiting.message)

    def _tell(self, line: dict[str, Any], message: Message | None = None) -> None:
        """Count and report the outcome of a file, and of a mailbox after its last."""
        status = line["status"]
        setattr(self.summary, status, getattr(self.summary, status) + 1)
        if message is None:
            self.report(line)
            return
        self.report({**line, "message": message.number})
        if whole := message.mailbox.report(line):
            self.report(whole)

    def _mark_twins(self, lines: list[dict[str, Any]]) -> None:
        """Tell the second of two equal files of a dry run, which keeps neither."""
        for line in lines:
            if line.get("sha256") in self._would_add:
                line["status"] = str(Status.DUPLICATE)
            elif line["status"] != Status.FAILED:
                self._would_add.add(line["sha256"])

    def _arrival(self, waiting: _Waiting) -> Arrival:
        result = waiting.result
        message = waiting.message
        sidecar = self._sidecar(message.mailbox.item if message else waiting.item)
        if result is None:
            stored = waiting.stored
            unread = Manifestation(
                name=waiting.name, sha256=stored.sha256, bytes=stored.bytes, mime=""
            )
            return Arrival(
                manifestation=unread,
                described=None,
                sidecar=sidecar,
                is_trial=self.options.dry_run,
            )
        carried = waiting.carried
        file = manifestation_from(
            result.extraction,
            name=waiting.name,
            sha256=waiting.stored.sha256,
            size=waiting.stored.bytes,
            rendition=waiting.rendition.sha256 if waiting.rendition else None,
        )
        if carried is not None:
            file = replace(file, warnings=(*file.warnings, *carried.warnings()))
        file = replace(file, scan=waiting.scan)
        return Arrival(
            manifestation=file,
            described=described_from(result.description),
            sidecar=sidecar,
            quarantined=result.extraction.quarantined,
            rendition_bytes=waiting.rendition.bytes if waiting.rendition else 0,
            is_trial=self.options.dry_run,
            origin=self.options.origins.get(waiting.item.given, {}),
            attached=carried.attached() if carried is not None else (),
            facts={"intake": self.id, **(message.facts if message else {})},
        )

    def _capture(self, ctx: Context, waiting: _Waiting) -> dict[str, Any]:
        arrival = self._arrival(waiting)
        try:
            captured = capturing.capture(ctx, arrival)
        except ServiceError as error:
            return {
                "path": waiting.item.given,
                "status": str(Status.FAILED),
                "sha256": waiting.stored.sha256,
                "error": str(error),
            }
        line = outcome_line(waiting.item.given, captured)
        if captured.status != Status.DUPLICATE:
            arrived = (
                arrival.manifestation,
                *(one.manifestation for one in arrival.attached),
            )
            for sha256 in dict.fromkeys(one.sha256 for one in arrived):
                line["warnings"] += self._recurrence.warnings(ctx, sha256)
        return line
