"""The intake: bytes made durable, text extracted beside, groups committed."""

import hashlib
import os
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ingest.isolate import ExtractionPool, Result
from recordsvc.bootstrap import Service
from recordsvc.jobs.indexer import Indexer
from recordsvc.jobs.recurrence import Recurrence
from recordsvc.jobs.walk import Item
from recordsvc.services import capture as capturing
from recordsvc.services import renditions
from recordsvc.services.capture import Arrival, Captured, Status
from recordsvc.services.context import Actor, Context
from recordsvc.services.crosswalks import described_from, manifestation_from
from recordsvc.services.display import title_of
from recordsvc.services.errors import ServiceError
from recordsvc.storage.bitstreams import NotAFile, StorageFull, Stored
from recordsvc.storage.sources import open_regular

GROUP_RECORDS = 100
GROUP_SECONDS = 0.05
INDEX_EVERY_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class IntakeOptions:
    """What holds for every file of an intake.

    Parameters
    ----------
    common
        Sidecar values for all files (``--class``, ``--type``, ...).
    rows
        Sidecar values by path as given, or by file name.
    wait
        Return only when everything added is searchable.
    """

    common: Mapping[str, str] = field(default_factory=dict)
    rows: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    wait: bool = True
    dry_run: bool = False


@dataclass(slots=True)
class Summary:
    """What became of the files of an intake."""

    added: int = 0
    new_version: int = 0
    duplicate: int = 0
    failed: int = 0
    quarantined: int = 0
    bytes: int = 0
    seconds: float = 0.0

    @property
    def files(self) -> int:
        """Return how many files were looked at."""
        return (
            self.added
            + self.new_version
            + self.duplicate
            + self.failed
            + self.quarantined
        )


@dataclass(slots=True)
class _Waiting:
    item: Item
    stored: Stored
    result: Result | None = None
    rendition: Stored | None = None


Report = Callable[[dict[str, Any]], None]


class Intake:
    """One run over many files.

    Parameters
    ----------
    report
        Called with the outcome line of a file when its group is committed,
        never before: a line is an acknowledgement.
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
        self._in_work: dict[str, _Waiting] = {}
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
            ) as pool,
            Indexer(self.service) as indexer,
        ):
            try:
                for item in items:
                    self._begin(item, pool)
                    while pool.free <= 0:
                        self._collect(pool.results(None), indexer)
                    self._collect(pool.results(0), indexer)
                while pool.pending:
                    self._collect(pool.results(GROUP_SECONDS), indexer)
            finally:
                self._commit()
            if self.options.wait and not self.options.dry_run:
                indexer.catch_up()
        self.summary.seconds = round(time.monotonic() - started, 3)
        return self.summary

    def _begin(self, item: Item, pool: ExtractionPool) -> None:
        if item.error:
            self._fail(item, item.error)
            return
        try:
            stored, source = self._read(item)
        except NotAFile as error:
            self._fail(item, str(error))
            return
        except StorageFull:
            raise
        except OSError as error:
            self._fail(item, f"cannot be read: {error.strerror or error}")
            return
        self.summary.bytes += stored.bytes
        key = str(self.summary.files + len(self._in_work) + len(self._ready))
        self._in_work[key] = _Waiting(item=item, stored=stored)
        pool.submit(
            key,
            source,
            item.name,
            hints=self._hints(item),
        )

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

    def _fail(self, item: Item, why: str) -> None:
        self.summary.failed += 1
        self.report({"path": item.given, "status": str(Status.FAILED), "error": why})

    def _collect(self, results: Iterable[Result], indexer: Indexer) -> None:
        for result in results:
            waiting = self._in_work.pop(result.key)
            waiting.result = result
            self._keep_text(waiting, result)
            if not self._ready:
                self._ready_since = time.monotonic()
            self._ready.append(waiting)
        if not self._ready:
            return
        waited = time.monotonic() - self._ready_since
        if len(self._ready) >= GROUP_RECORDS or waited >= GROUP_SECONDS:
            self._commit()
            if time.monotonic() - self._indexed_at >= INDEX_EVERY_S:
                indexer.drain()
                self._indexed_at = time.monotonic()

    def _keep_text(self, waiting: _Waiting, result: Result) -> None:
        pages = [(p.number, p.text) for p in result.extraction.pages]
        if any(text.strip() for _, text in pages) and not self.options.dry_run:
            content = renditions.encode(
                pages, result.finished, result.extraction.language
            )
            waiting.rendition = renditions.store(self.service.bitstreams, content)

    def _put_again(self, waiting: _Waiting) -> None:
        """Put bytes again that a disposal has taken while their text was read."""
        exists = self.service.bitstreams.exists
        if not exists(waiting.stored.sha256):
            self._read(waiting.item)
        if waiting.rendition and not exists(waiting.rendition.sha256):
            assert waiting.result is not None  # noqa: S101 - it has given the text
            self._keep_text(waiting, waiting.result)

    def _commit(self) -> None:
        group, self._ready = self._ready, []
        if not group:
            return
        if not self.options.dry_run:
            for waiting in group:
                self._put_again(waiting)
        self.service.bitstreams.sync()

        def work(ctx: Context) -> list[dict[str, Any]]:
            return [self._capture(ctx, waiting) for waiting in group]

        if self.options.dry_run:
            lines = self.service.view(self.actor, work)
            self._mark_twins(lines)
        else:
            lines = self.service.run(self.actor, work)
        for line in lines:
            status = line["status"]
            setattr(self.summary, status, getattr(self.summary, status) + 1)
            self.report(line)

    def _mark_twins(self, lines: list[dict[str, Any]]) -> None:
        """Tell the second of two equal files of a dry run, which keeps neither."""
        for line in lines:
            if line.get("sha256") in self._would_add:
                line["status"] = str(Status.DUPLICATE)
            elif line["status"] != Status.FAILED:
                self._would_add.add(line["sha256"])

    def _capture(self, ctx: Context, waiting: _Waiting) -> dict[str, Any]:
        result = waiting.result
        assert result is not None  # noqa: S101 - only collected items are committed
        file = manifestation_from(
            result.extraction,
            name=waiting.item.name,
            sha256=waiting.stored.sha256,
            size=waiting.stored.bytes,
            rendition=waiting.rendition.sha256 if waiting.rendition else None,
        )
        arrival = Arrival(
            manifestation=file,
            described=described_from(result.description),
            sidecar=self._sidecar(waiting.item),
            quarantined=result.extraction.quarantined,
            rendition_bytes=waiting.rendition.bytes if waiting.rendition else 0,
            is_trial=self.options.dry_run,
        )
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
            line["warnings"] += self._recurrence.warnings(ctx, file.sha256)
        return line


def outcome_line(path: str, captured: Captured) -> dict[str, Any]:
    """Return the outcome of a file as INTERFACE section 3 words it."""
    record = captured.record
    file = record.files[0]
    return {
        "path": path,
        "status": str(captured.status),
        "id": record.id,
        "sha256": file.sha256,
        "mime": file.mime,
        "puid": file.puid,
        "type": record.type,
        "title": title_of(record),
        "identifiers": [
            {"scheme": i.scheme, "value": i.value, "normalised": i.normalised}
            for i in record.identifiers
        ],
        "language": record.language,
        "pages": file.pages,
        "joined": captured.joined,
        "text": file.text,
        "warnings": list(file.warnings),
        "error": file.error,
    }
