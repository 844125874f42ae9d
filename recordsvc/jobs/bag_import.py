"""The import of packages: verified, bytes stored, text extracted, then one commit."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from exports.errors import BagNotFound, ExportError
from exports.reading import OpenedPackage, opened_package
from ingest.isolate import ExtractionPool
from recordsvc.bootstrap import Service
from recordsvc.model import Manifestation
from recordsvc.services import recognition, renditions
from recordsvc.services.access import authorize
from recordsvc.services.context import Actor, Context
from recordsvc.services.errors import NotFound, ServiceError, VerificationFailed
from recordsvc.services.importing import Imported, adopt, is_new
from recordsvc.services.recorddocument import RecordDocument, load
from recordsvc.storage.bitstreams import Stored


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A package that was not imported, and why."""

    path: str
    reason: str
    exit_code: int


@dataclass(slots=True)
class ImportReport:
    """What an import did."""

    added: int = 0
    unchanged: int = 0
    lines: list[dict[str, Any]] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)

    def mapping(self) -> dict[str, Any]:
        """Return the report as JSON-able values."""
        return {
            "records": self.lines,
            "refused": [{"path": r.path, "reason": r.reason} for r in self.refused],
            "summary": {
                "added": self.added,
                "unchanged": self.unchanged,
                "refused": len(self.refused),
            },
        }


class BagImport:
    """One run over packages of our own.

    Parameters
    ----------
    report
        Called with the line of a package when its record is committed.
    """

    def __init__(
        self,
        service: Service,
        actor: Actor,
        report: Callable[[dict[str, Any]], None] = lambda _: None,
    ) -> None:
        self.service = service
        self.actor = actor
        self.report = report
        self._stack = ExitStack()
        self._pool: ExtractionPool | None = None

    def run(self, paths: Iterable[Path]) -> ImportReport:
        """Import every package; a refused one does not stop the others.

        Raises
        ------
        NotAllowed
            If the actor may not import.
        """
        self.service.view(self.actor, lambda ctx: authorize(ctx, "bag.import"))
        result = ImportReport()
        with self._stack:
            for path in paths:
                try:
                    imported = self._import(path)
                except (ServiceError, ExportError) as error:
                    result.refused.append(_refused(path, error))
                    continue
                result.added += imported.added
                result.unchanged += not imported.added
                line = {
                    "path": str(path),
                    "id": imported.id,
                    "status": "added" if imported.added else "unchanged",
                    "absent": list(imported.absent),
                    "lifted": list(imported.lifted),
                }
                result.lines.append(line)
                self.report(line)
        return result

    def _import(self, path: Path) -> Imported:
        with opened_package(path) as package:
            document = load(package.record_json)
            if not self.service.view(self.actor, lambda ctx: is_new(ctx, document)):
                return Imported(id=document.id, added=False)
            self._store(package, document)
            texts = dict(self._texts(document))
            digest = package.manifest_sha256

            def work(ctx: Context) -> Imported:
                imported = adopt(ctx, document, texts, package=digest)
                # What was read in pictures is derived as well, and read anew.
                recognition.queue_new(ctx, [imported.id])
                return imported

            return self.service.run(self.actor, work)

    def _store(self, package: OpenedPackage, document: RecordDocument) -> None:
        sizes = {file.sha256: file.bytes for file in document.files}
        for sha256, stream in package.payloads(sizes):
            stored = self.service.bitstreams.put(stream)
            if (stored.sha256, stored.bytes) != (sha256, sizes[sha256]):
                raise VerificationFailed(
                    f"{package.path}: a file is not what record.json says of it "
                    f"(SHA-256 {stored.sha256}, {stored.bytes} bytes); "
                    "nothing was imported"
                )

    def _texts(self, document: RecordDocument) -> Iterator[tuple[str, Stored]]:
        """Extract the text of the files anew: it is derived, and not carried."""
        files = {f.sha256: f for f in document.files if f.text != "none"}
        if not files:
            return
        pool = self._running_pool()
        waiting = list(files.values())
        while waiting or pool.pending:
            while waiting and pool.free > 0:
                self._submit(pool, waiting.pop())
            for result in pool.results(None):
                pages = [(p.number, p.text) for p in result.extraction.pages]
                if not any(text.strip() for _, text in pages):
                    continue
                content = renditions.encode(
                    pages, result.finished, result.extraction.language
                )
                yield result.key, renditions.store(self.service.bitstreams, content)

    def _submit(self, pool: ExtractionPool, file: Manifestation) -> None:
        place = self.service.bitstreams.path(file.sha256)
        pool.submit(file.sha256, place, file.name)

    def _running_pool(self) -> ExtractionPool:
        if self._pool is None:
            self._pool = self._stack.enter_context(
                ExtractionPool(
                    self.service.settings.workers,
                    finish=renditions.FINISH,
                    scratch=self.service.scratch_dir(),
                )
            )
        return self._pool


def _refused(path: Path, error: ServiceError | ExportError) -> Refused:
    if isinstance(error, ServiceError):
        code = error.exit_code
    elif isinstance(error, BagNotFound):
        code = NotFound.exit_code
    else:
        code = VerificationFailed.exit_code
    return Refused(path=str(path), reason=str(error), exit_code=code)
