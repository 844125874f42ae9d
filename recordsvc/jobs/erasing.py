"""Taking content away where it lies, and looking whether a trace is left."""

import os
import re
import shutil
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from recordsvc.bootstrap import Service
from recordsvc.jobs.indexer import Indexer
from recordsvc.model import Record
from recordsvc.services.context import SYSTEM, Context
from recordsvc.services.disposal.traces import WORD, known_by
from recordsvc.services.errors import Temporary
from recordsvc.storage.erasing import Erasure, erase_deleted
from recordsvc.storage.scanning import Hit, Place, Scanned, ScanReport, scan
from recordsvc.storage.scanning_postgres import scan_postgres
from recordsvc.storage.values import is_digest

# Each needle is looked for in about fifteen forms, all in one automaton.
NEEDLES_A_PASS = 4_000
INDEX_PATIENCE_S = 600.0
PAGE_IMAGES, TRANSFERS = "pages", "transfers"
# Where a package holds the files of its record, as they came and what they carry.
ORIGINALS = re.compile("/data/representations/rep-(?:original|attachment)/data/")


def renew_index(service: Service, reason: str) -> None:
    """Have the index built anew without what was destroyed, and swapped.

    Whoever holds the indexer's lease does it: this process, or the worker.

    Raises
    ------
    Temporary
        If the holder does not get it done in ten minutes.
    """

    def ask(ctx: Context) -> None:
        ctx.root.index_wanted = reason

    service.run(SYSTEM, ask)
    deadline = time.monotonic() + INDEX_PATIENCE_S
    with Indexer(service) as indexer:
        while True:
            indexer.drain()
            if service.view(SYSTEM, lambda ctx: ctx.root.index_wanted) != reason:
                return
            if time.monotonic() > deadline:
                raise Temporary(
                    "the index was not rebuilt by the process that holds it; run the "
                    "disposal again: it goes on where it stopped"
                )
            time.sleep(0.2)


def page_images(data_dir: Path) -> Path:
    """Return the folder of drawn pages."""
    return data_dir / "cache" / PAGE_IMAGES


def transfers(data_dir: Path) -> Path:
    """Return the folder of packages made for transfer."""
    return data_dir / TRANSFERS


def remove_staged(service: Service, record_id: str) -> None:
    """Delete the packages of a record that were made for transfer."""
    for staged in transfers(service.settings.data_dir).glob(f"*/{record_id}_v*"):
        if staged.is_dir():
            shutil.rmtree(staged)
        else:
            staged.unlink(missing_ok=True)


def clean_database(service: Service) -> Erasure:
    """Make overwritten and deleted objects leave the files of the database."""
    return erase_deleted(service.settings.store_uri)


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence:
    """What the scan of a run has shown.

    Parameters
    ----------
    found
        Record id to where a trace of it was found.
    own
        How many bitstreams were not read, because records have them.
    """

    report: ScanReport
    found: Mapping[str, str]
    own: int


def look_for(service: Service, samples: Mapping[str, tuple[bytes, ...]]) -> Absence:
    """Look for samples of destroyed records everywhere the service writes.

    Parameters
    ----------
    samples
        By record id.

    Notes
    -----
    Bytes that a living record refers to are its own, whoever else had them, and are
    not read: what the papers of a parliament have in common would be found in
    thousands of them. Words that stand in its description are its own as well.
    """
    needles = {
        f"{record_id}:{number}": sample
        for record_id, group in samples.items()
        for number, sample in enumerate(group)
        if not sample.startswith(WORD)
    }
    loose, own = _loose_bitstreams(service)
    places = [*_places(service), *loose]
    report = _scanned(service, places, needles)
    found: dict[str, str] = {}
    for hit in report.hits:
        record_id = hit.needle_id.partition(":")[0]
        found.setdefault(record_id, f"{hit.path} {hit.where}".strip())
    for record_id, group in samples.items():
        words = [s.removeprefix(WORD).decode() for s in group if s.startswith(WORD)]
        if service.view(SYSTEM, partial(_is_known, record_id=record_id, words=words)):
            found.setdefault(record_id, "the search index")
        if report.left_off:
            # What was left off may be a trace of any of them.
            found.setdefault(record_id, "more places than can be told apart")
    return Absence(report=report, found=found, own=own)


def _scanned(
    service: Service, places: list[Place], needles: dict[str, bytes]
) -> ScanReport:
    """Scan for all needles, so many at a time as memory is flat for."""
    explain = _Explainer(service, needles)
    uri = service.settings.store_uri
    reports = []
    wanted = list(needles.items())
    for start in range(0, max(len(wanted), 1), NEEDLES_A_PASS):
        part = dict(wanted[start : start + NEEDLES_A_PASS])
        reports.append(scan(places, part, explain))
        if not uri.startswith("sqlite://"):
            reports.append(scan_postgres(uri, part, explain))
    return ScanReport(
        places=_summed(service, dict.fromkeys(p for r in reports for p in r.places)),
        hits=tuple(h for r in reports for h in r.hits),
        explained=tuple(e for r in reports for e in r.explained),
        not_scannable=tuple(dict.fromkeys(n for r in reports for n in r.not_scannable)),
        left_off=sum(r.left_off for r in reports),
    )


def _summed(service: Service, places: Iterable[Scanned]) -> tuple[Scanned, ...]:
    """Return places for people: whatever lies among the bitstreams is one."""
    root = service.settings.bitstreams_dir
    told: list[Scanned] = []
    loose: list[Scanned] = []
    for place in places:
        (loose if root in Path(place.path).parents else told).append(place)
    if loose:
        told.append(
            Scanned(
                name="bitstreams of no record",
                path=str(root),
                exists=True,
                files=sum(place.files for place in loose),
                bytes=sum(place.bytes for place in loose),
            )
        )
    return tuple(told)


def _is_known(ctx: Context, *, record_id: str, words: list[str]) -> bool:
    return any(record_id in known_by(ctx, word) for word in words)


def _places(service: Service) -> list[Place]:
    """Return everything that the service writes, but the bitstreams."""
    settings = service.settings
    found = [
        child
        for child in sorted(settings.data_dir.iterdir())
        if child != settings.bitstreams_dir
    ]
    uri = settings.store_uri
    if uri.startswith("sqlite://"):
        store = Path(uri.removeprefix("sqlite://"))
        if settings.data_dir not in store.parents:
            found.append(store)
    return [Place(name=path.name, path=path) for path in found]


def _loose_bitstreams(service: Service) -> tuple[list[Place], int]:
    """Return what lies among the bitstreams and no record has, and how many it has."""
    store, root = service.bitstreams, service.settings.bitstreams_dir

    def look(ctx: Context) -> tuple[list[Place], int]:
        loose, own = [], 0
        for folder, _, names in os.walk(root):
            for name in names:
                path = Path(folder, name)
                is_bitstream = is_digest(name) and path == store.path(name)
                if is_bitstream and name in ctx.root.bitstreams:
                    own += 1
                else:
                    loose.append(Place(name=str(path.relative_to(root)), path=path))
        return loose, own

    return service.view(SYSTEM, look)


class _Explainer:
    """Says why a sample may stand where it was found."""

    def __init__(self, service: Service, needles: Mapping[str, bytes]) -> None:
        self.service = service
        self.needles = needles
        self._descriptions: str | None = None

    def __call__(self, hit: Hit) -> str | None:
        path = Path(hit.path)
        bitstreams = self.service.settings.bitstreams_dir
        if bitstreams in path.parents and self.service.view(
            SYSTEM, lambda ctx: ctx.root.is_referenced(path.name)
        ):
            return "bytes that a living record has"
        if self._is_packaged(path):
            return "an original of a living record, packaged for transfer"
        text = self.needles[hit.needle_id].decode("utf-8", "ignore").casefold()
        if text and text in self._living():
            return "words of a living record's own description"
        return None

    def _is_packaged(self, path: Path) -> bool:
        staged = transfers(self.service.settings.data_dir)
        if staged not in path.parents or not ORIGINALS.search(path.as_posix()):
            return False
        record_id = path.relative_to(staged).parts[1].partition("_v")[0]
        return self.service.view(SYSTEM, partial(_is_living, record_id=record_id))

    def _living(self) -> str:
        if self._descriptions is None:
            self._descriptions = self.service.view(SYSTEM, _descriptions)
        return self._descriptions


def _is_living(ctx: Context, *, record_id: str) -> bool:
    record = ctx.root.records.get(record_id)
    return record is not None and not record.is_destroyed


def _descriptions(ctx: Context) -> str:
    """Return what is said of living records and dossiers, of events and agents."""
    texts = [
        text
        for record in ctx.root.records.values()
        if not record.is_destroyed
        for text in _texts_of(record)
    ]
    texts += [e.text for link in ctx.root.links.values() for e in link.evidence]
    texts += [event.key for event in ctx.root.trigger_events.values()]
    for dossier in ctx.root.aggregations.values():
        texts += [dossier.title, *(act.reason for act in dossier.history)]
    for agent in ctx.root.agents.values():
        if agent.is_listed or agent.merged_into:
            texts += [agent.name, *agent.variants]
    return "\n".join(texts).casefold()


def _texts_of(record: Record) -> Iterator[str]:
    yield from (title for _, title in record.titles)
    yield from (statement.value for statement in record.statements)
    for citation in record.citations:
        yield from (citation.text, citation.normalised)
    for identifier in record.identifiers:
        yield from (identifier.value, identifier.normalised)
    for file in record.files:
        yield file.name
        if file.stated_name:
            yield file.stated_name
