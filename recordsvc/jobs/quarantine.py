"""Files in quarantine: read once more, in the same isolation, or discarded."""

import json
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from ingest.isolate import ExtractionPool, Result
from ingest.limits import Limits
from recordsvc.bootstrap import Service
from recordsvc.jobs.carried import Carried, Part
from recordsvc.jobs.disposal import finish_removal
from recordsvc.jobs.scanned import ScannedPool
from recordsvc.jobs.task import Interrupted, Task
from recordsvc.model import Manifestation
from recordsvc.services import renditions
from recordsvc.services.accounts import actor_of_job
from recordsvc.services.context import SYSTEM, Actor, Context
from recordsvc.services.crosswalks import described_from, manifestation_from
from recordsvc.services.disposal.removing import discard_unread
from recordsvc.services.errors import InvalidRequest, ServiceError
from recordsvc.services.queueing import progress_root
from recordsvc.services.redescribing import said_of
from recordsvc.services.triage import rereading
from recordsvc.services.triage.failures import (
    quarantined,
    require_sound,
    told,
    unread_file,
)
from recordsvc.services.triage.rereading import Reread
from recordsvc.storage.bitstreams import BitstreamMissing, Stored
from recordsvc.storage.progress import ProgressBoard

MAX_SECONDS, MAX_MEGABYTES = 600, 4_096
_HINTS = ("jurisdiction", "language", "type")
Report = Callable[[dict[str, Any]], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """With what a file is read once more.

    Parameters
    ----------
    seconds, megabytes
        Instead of the usual limits of time and memory, 0 for those.
    password
        Opens an encrypted file; it is handed to the reading process alone and
        written nowhere.
    """

    seconds: int = 0
    megabytes: int = 0
    password: str = ""

    def limits(self) -> Limits:
        """Return the bounds of the reading.

        Raises
        ------
        InvalidRequest
            If they are wider than anything is read with.
        """
        if not 0 <= self.seconds <= MAX_SECONDS:
            raise InvalidRequest(f"a file is read for at most {MAX_SECONDS} seconds")
        if not 0 <= self.megabytes <= MAX_MEGABYTES:
            raise InvalidRequest(f"a file is read in at most {MAX_MEGABYTES} MB")
        usual = Limits(attempts=1)
        return replace(
            usual,
            wall_s=float(self.seconds) or usual.wall_s,
            cpu_s=self.seconds or usual.cpu_s,
            address_space_bytes=self.megabytes * 2**20 or usual.address_space_bytes,
        )


USUAL = Patience()


def retry(
    service: Service,
    actor: Actor,
    record_ids: Iterable[str],
    patience: Patience = USUAL,
    *,
    report: Report,
    must_stop: Callable[[], bool] = lambda: False,
) -> Counter[str]:
    """Read files in quarantine once more, each in its own transaction.

    Parameters
    ----------
    report
        Called with what came of each file, once that is durable.

    Returns
    -------
    Counter
        How many were ``read``, ``quarantined`` again or ``failed``.

    Raises
    ------
    InvalidRequest
        If the limits are too wide.
    Interrupted
        If it was told to stop: what was read is kept.
    """
    counts: Counter[str] = Counter()
    with ExtractionPool(
        1,
        finish=renditions.FINISH,
        scratch=service.scratch_dir(),
        limits=patience.limits(),
    ) as readers:
        pool = ScannedPool(readers, service.settings)
        for record_id in record_ids:
            if must_stop():
                raise Interrupted
            line = _retry_one(service, actor, record_id, pool, patience.password)
            counts[line["status"]] += 1
            report(line)
    return counts


def _retry_one(
    service: Service,
    actor: Actor,
    record_id: str,
    pool: ScannedPool,
    password: str,
) -> dict[str, Any]:
    try:
        file, hints = service.view(actor, partial(_asked, record_id=record_id))
        found = _Reading(service, pool, file, hints, password).read()
        return service.run(actor, partial(_keep, record_id=record_id, found=found))
    except (ServiceError, BitstreamMissing, OSError) as error:
        return {"id": record_id, "status": "failed", "error": str(error)}


def _asked(ctx: Context, *, record_id: str) -> tuple[Manifestation, dict[str, str]]:
    record = quarantined(ctx, record_id, "quarantine.decide")
    require_sound(record)
    file = unread_file(record)
    if file is None:
        raise InvalidRequest(f"record {record_id} has no file")
    said = said_of(record)
    hints = {name: said[name].value for name in _HINTS if name in said}
    home = ctx.settings.jurisdiction
    return file, {**({"home": home} if home else {}), **hints}


def _keep(ctx: Context, *, record_id: str, found: Reread) -> dict[str, Any]:
    record = rereading.keep_reread(ctx, record_id, found)
    if found.quarantined:
        return told(record) | {"status": "quarantined"}
    return {"id": record_id, "status": "read", "text": found.file.text}


class _Reading:
    """One file and all that it carries, read by a pool that does nothing else."""

    def __init__(
        self,
        service: Service,
        pool: ScannedPool,
        file: Manifestation,
        hints: Mapping[str, str],
        password: str,
    ) -> None:
        self._bitstreams = service.bitstreams
        self._pool = pool
        self._file = file
        self._hints = hints
        self._password = password

    def read(self) -> Reread:
        path = self._bitstreams.path(self._file.sha256)
        self._pool.submit(
            "paper", path, self._file.name, self._hints, password=self._password
        )
        result = self._result()
        scan = str(self._pool.verdict(result.key).kind)
        rendition = self._keep_text(result)
        carried = Carried(self._bitstreams)
        waiting = deque(carried.unfold(result.extraction))
        while waiting:
            part = waiting.popleft()
            waiting.extend(self._read_part(carried, part))
        file = manifestation_from(
            result.extraction,
            name=self._file.name,
            sha256=self._file.sha256,
            size=self._file.bytes,
            rendition=rendition.sha256 if rendition else None,
        )
        self._bitstreams.sync()
        return Reread(
            file=replace(
                file, scan=scan, warnings=(*file.warnings, *carried.warnings())
            ),
            described=described_from(result.description),
            quarantined=result.extraction.quarantined,
            rendition_bytes=rendition.bytes if rendition else 0,
            attached=carried.attached(),
        )

    def _read_part(self, carried: Carried, part: Part) -> list[Part]:
        path = self._bitstreams.path(part.stored.sha256)
        self._pool.submit("part", path, part.name)
        result = self._result()
        fresh = carried.unfold(result.extraction, within=part)
        carried.take(part, result.extraction, self._keep_text(result))
        return fresh

    def _result(self) -> Result:
        while True:
            for result in self._pool.results():
                return result

    def _keep_text(self, result: Result) -> Stored | None:
        pages = [(p.number, p.text) for p in result.extraction.pages]
        if not any(text.strip() for _, text in pages):
            return None
        content = renditions.encode(pages, result.finished, result.extraction.language)
        return renditions.store(self._bitstreams, content)


def discard(
    service: Service, actor: Actor, record_ids: Iterable[str], reason: str
) -> list[dict[str, str]]:
    """Discard files in quarantine, each proved gone; return what came of each."""
    lines = []
    for record_id in record_ids:
        try:
            finish_removal(
                service,
                actor,
                partial(_discard_one, record_id=record_id, reason=reason),
            )
            lines.append({"id": record_id, "status": "discarded"})
        except ServiceError as error:
            lines.append({"id": record_id, "status": "refused", "error": str(error)})
    return lines


def _discard_one(ctx: Context, *, record_id: str, reason: str) -> str:
    return discard_unread(ctx, record_id, reason)


def see_to_quarantine(task: Task) -> Mapping[str, str]:
    """Retry or discard files as the person who asked for it; a job of the pages.

    A password never comes this way: a job is kept in the store.
    """
    service = task.service
    actor = service.view(SYSTEM, lambda ctx: actor_of_job(ctx.root, task.args["actor"]))
    ids = json.loads(task.args["records"])
    left = service.view(actor, lambda ctx: _still_unread(ctx, ids))
    if task.args["act"] == "discard":
        lines = discard(service, actor, left, task.args["reason"])
        return dict_of(Counter(line["status"] for line in lines))
    board = ProgressBoard(progress_root(service.settings))
    with board.begin(task.job_id, task.kind, files_total=len(left)) as meter:
        counts = retry(
            service,
            actor,
            left,
            report=lambda _: meter.advance(files=1),
            must_stop=task.must_stop,
        )
    return dict_of(counts)


def _still_unread(ctx: Context, ids: Iterable[str]) -> list[str]:
    return [i for i in ids if i in ctx.root.unread.entries]


def dict_of(counts: Counter[str]) -> dict[str, str]:
    """Return counts as a job's outcome keeps them."""
    return {name: str(count) for name, count in sorted(counts.items())}
