"""Identifying the formats of kept files anew, with the signatures of today."""

import os
import select
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from ingest.extraction import Extraction
from ingest.limits import Limits
from ingest.pronom import Format, Pronom, joined
from recordsvc.bootstrap import Service
from recordsvc.model import Record
from recordsvc.services.access import authorize, may_read
from recordsvc.services.context import Actor, Context
from recordsvc.services.errors import NotFound
from recordsvc.services.reidentifying import Identified, write
from recordsvc.storage.errors import BitstreamMissing

BATCH = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """One file as the store knows it."""

    record_id: str
    sha256: str
    mime: str
    puid: str | None
    signatures: str


class Reidentification:
    """Compares what is stored of formats with what the signatures say now.

    Parameters
    ----------
    report
        Called with every difference.
    """

    def __init__(
        self,
        service: Service,
        actor: Actor,
        *,
        update: bool = False,
        report: Callable[[dict[str, Any]], None] = lambda _: None,
    ) -> None:
        self.service = service
        self.actor = actor
        self.update = update
        self.report = report
        self.summary: Counter[str] = Counter()

    def run(self, record_ids: Iterable[str] | None = None) -> Counter[str]:
        """Look at every file of the records, or of all that the actor may read.

        Returns
        -------
        Counter
            ``same``; ``confirmed`` (the same format by other signatures), ``changed``,
            ``unidentified`` (the identification did not answer), ``missing`` (bytes),
            and ``updated`` of these.

        Raises
        ------
        NotFound, NotAllowed
            If a record is not there, or the actor may not change records.
        """
        if self.update:
            self.service.view(self.actor, lambda ctx: authorize(ctx, "record.edit"))
        pronom = Pronom(Limits())
        try:
            for batch in self._batches(record_ids):
                self._compare(pronom, batch)
        finally:
            pronom.close()
        return self.summary

    def _batches(self, record_ids: Iterable[str] | None) -> Iterator[list[_Kept]]:
        ids = self.service.view(self.actor, lambda ctx: _ids(ctx, record_ids))
        for start in range(0, len(ids), BATCH):
            some = ids[start : start + BATCH]

            def read(ctx: Context, some: list[str] = some) -> list[_Kept]:
                records = (ctx.root.records.get(one) for one in some)
                return [k for r in records if r is not None for k in _files(r)]

            yield self.service.view(self.actor, read)

    def _compare(self, pronom: Pronom, batch: list[_Kept]) -> None:
        found = self._identified(pronom, batch)
        fresh = []
        for kept in batch:
            format_ = found.get(kept.sha256)
            if format_ is None or not format_.available:
                self.summary["missing" if format_ is None else "unidentified"] += 1
                continue
            extraction = joined(Extraction(mime=kept.mime), format_)
            if (kept.puid, kept.signatures) == (extraction.puid, extraction.signatures):
                self.summary["same"] += 1
                continue
            outcome = "confirmed" if kept.puid == extraction.puid else "changed"
            self.summary[outcome] += 1
            fresh.append((kept, extraction, outcome))
        written = self._written(fresh) if self.update and fresh else frozenset()
        self.summary["updated"] += len(written)
        for kept, extraction, outcome in fresh:
            self.report(
                {
                    "id": kept.record_id,
                    "sha256": kept.sha256,
                    "outcome": outcome,
                    "before": {"puid": kept.puid, "signatures": kept.signatures},
                    "now": {
                        "puid": extraction.puid,
                        "format": extraction.format_name,
                        "signatures": extraction.signatures,
                    },
                    "updated": (kept.record_id, kept.sha256) in written,
                }
            )

    def _written(
        self, fresh: list[tuple[_Kept, Extraction, str]]
    ) -> frozenset[tuple[str, str]]:
        def work(ctx: Context) -> frozenset[tuple[str, str]]:
            done = set()
            for kept, extraction, _ in fresh:
                found = Identified(
                    record_id=kept.record_id,
                    sha256=kept.sha256,
                    puid=extraction.puid,
                    format_name=extraction.format_name,
                    signatures=extraction.signatures,
                )
                if write(ctx, found):
                    done.add((kept.record_id, kept.sha256))
            return frozenset(done)

        return self.service.run(self.actor, work)

    def _identified(self, pronom: Pronom, batch: list[_Kept]) -> dict[str, Format]:
        opened: dict[str, int] = {}
        found: dict[str, Format] = {}
        try:
            for sha256 in dict.fromkeys(kept.sha256 for kept in batch):
                try:
                    path = self.service.bitstreams.path(sha256)
                    opened[sha256] = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
                except (BitstreamMissing, FileNotFoundError):
                    # It is counted; `fixity` and `backup` look after what is lost.
                    continue
                pronom.ask(sha256, opened[sha256])
            while len(found) < len(opened):
                _wait(pronom)
                found.update(pronom.collect())
        finally:
            for descriptor in opened.values():
                os.close(descriptor)
        return found


def _wait(pronom: Pronom) -> None:
    if pronom.channel is not None and pronom.deadline is not None:
        left = max(0.0, pronom.deadline - time.monotonic())
        select.select([pronom.channel], [], [], left)


def _ids(ctx: Context, record_ids: Iterable[str] | None) -> list[str]:
    if record_ids is None:
        records = ctx.root.records.items()
    else:
        records = [(one, ctx.root.records.get(one)) for one in record_ids]
    ids = []
    for record_id, record in records:
        is_there = record is not None and not record.is_destroyed
        if is_there and may_read(ctx.actor, record):
            ids.append(str(record_id))
        elif record_ids is not None:
            raise NotFound(f"there is no record {record_id}")
    return ids


def _files(record: Record) -> Iterator[_Kept]:
    for file in record.files:
        yield _Kept(
            record_id=record.id,
            sha256=file.sha256,
            mime=file.mime,
            puid=file.puid,
            signatures=file.signatures,
        )
