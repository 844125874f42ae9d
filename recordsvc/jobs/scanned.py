"""The pool that reads papers, with a virus scanner before it where one is set up."""

import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from ingest.answers import unread
from ingest.clamd import Clamd, ScannerAbsentError, Verdict, VerdictKind
from ingest.isolate import ExtractionPool, Result
from recordsvc.services.errors import Temporary
from recordsvc.settings import Settings

NO_SCANNER = Verdict(kind=VerdictKind.NOT_SCANNED, detail="no scanner is set up")
PATIENCE_S = 60.0
PAUSE_S = 2.0


class ScannedPool:
    """Hands on to the pool only what the scanner lets pass.

    Parameters
    ----------
    sleep
        Waits some seconds.
    """

    def __init__(
        self,
        pool: ExtractionPool,
        settings: Settings,
        *,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._pool = pool
        self._clamd = Clamd(settings.clamd) if settings.clamd else None
        self._waits = settings.clamd_absent == "wait"
        self._sleep = sleep
        self._verdicts: dict[str, Verdict] = {}
        self._held: list[Result] = []

    @property
    def pending(self) -> int:
        """Return how many files are submitted and not yet handed out as results."""
        return self._pool.pending + len(self._held)

    @property
    def free(self) -> int:
        """Return how many files may be submitted before results must be taken."""
        return self._pool.free - len(self._held)

    def verdict(self, key: str) -> Verdict:
        """Return what was said of a file whose result was handed out, once."""
        return self._verdicts.pop(key, NO_SCANNER)

    def submit(
        self,
        key: str,
        path: Path,
        name: str,
        hints: Mapping[str, str] | None = None,
        *,
        password: str = "",
    ) -> None:
        """Scan one file, and hand it in to be read if it may be.

        Parameters
        ----------
        password
            Opens an encrypted file.

        Raises
        ------
        OSError
            The file cannot be opened.
        Temporary
            The scanner does not answer, and nothing is to be taken in without it.
        """
        if self._clamd is not None:
            verdict = self._verdicts[key] = self._scanned(self._clamd, path)
            if verdict.kind == VerdictKind.INFECTED:
                self._hold(key, path, name, hints or {}, verdict)
                return
        self._pool.submit(key, path, name, hints or {}, password=password)

    def results(self, timeout: float | None = None) -> tuple[Result, ...]:
        """Return what is ready, in the order of completion."""
        if self._held:
            held, self._held = tuple(self._held), []
            return held + self._pool.results(0)
        return self._pool.results(timeout)

    def _scanned(self, clamd: Clamd, path: Path) -> Verdict:
        deadline = time.monotonic() + PATIENCE_S
        while True:
            try:
                with path.open("rb") as stream:
                    return clamd.scan(stream)
            except ScannerAbsentError as absent:
                if not self._waits:
                    return Verdict(kind=VerdictKind.NOT_SCANNED, detail=absent.reason)
                if time.monotonic() > deadline:
                    raise Temporary(
                        f"{absent}; nothing more was taken in, because "
                        "recordsvc.clamd_absent is wait"
                    ) from None
                self._sleep(PAUSE_S)

    def _hold(
        self,
        key: str,
        path: Path,
        name: str,
        hints: Mapping[str, str],
        verdict: Verdict,
    ) -> None:
        """Quarantine an infected file: nobody reads it, its bytes are kept."""
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            reason = f"infected: {verdict.detail}"
            answer = unread(file, name=name, hints=hints, reason=reason)
        finally:
            os.close(file)
        self._held.append(
            Result(
                key=key,
                extraction=answer.extraction,
                description=answer.description,
                finished=answer.finished,
            )
        )
