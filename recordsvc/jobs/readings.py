"""Equal bytes are read once: the results of a run, remembered by digest."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path, PurePath

from ingest.clamd import Verdict
from ingest.isolate import Result
from recordsvc.jobs.scanned import ScannedPool

MAX_CHARS = 16 * 1024 * 1024
MAX_CHARS_EACH = 256 * 1024

# Digest, ending of the name, and hints: what a result depends on beside the version of
# the reader, which is one in a run.
_Sameness = tuple[str, str, tuple[tuple[str, str], ...]]


class RememberingPool:
    """Gives a file that was read a moment ago its result again.

    Letters carry the same picture by the hundred. Results that carry files of their
    own, are long, or are of files that could not be read, are not remembered.
    """

    def __init__(self, pool: ScannedPool) -> None:
        self._pool = pool
        self._known: OrderedDict[_Sameness, tuple[Result, Verdict]] = OrderedDict()
        self._chars = 0
        self._asked: dict[str, _Sameness] = {}
        self._followers: dict[_Sameness, list[str]] = {}
        self._ready: list[Result] = []
        self._verdicts: dict[str, Verdict] = {}

    @property
    def pending(self) -> int:
        """Return how many files are submitted and not yet handed out as results."""
        waiting = sum(map(len, self._followers.values()))
        return self._pool.pending + waiting + len(self._ready)

    @property
    def free(self) -> int:
        """Return how many files may be submitted before results must be taken."""
        return self._pool.free - (self.pending - self._pool.pending)

    def verdict(self, key: str) -> Verdict:
        """Return what the scanner said of a file whose result was handed out, once."""
        if key in self._verdicts:
            return self._verdicts.pop(key)
        return self._pool.verdict(key)

    def submit(
        self,
        key: str,
        path: Path,
        name: str,
        hints: Mapping[str, str] | None = None,
        *,
        sha256: str = "",
    ) -> None:
        """Hand in a file; with its digest it is read only if it was not.

        Raises
        ------
        OSError, Temporary
            As `ScannedPool.submit`.
        """
        if not sha256:
            self._pool.submit(key, path, name, hints)
            return
        ending = PurePath(name).suffix.lower()
        same = (sha256, ending, tuple(sorted((hints or {}).items())))
        if same in self._known:
            self._known.move_to_end(same)
            self._repeat(key, *self._known[same])
        elif same in self._followers:
            self._followers[same].append(key)
        else:
            self._pool.submit(key, path, name, hints)
            self._asked[key] = same
            self._followers[same] = []

    def _repeat(self, key: str, result: Result, verdict: Verdict) -> None:
        self._ready.append(replace(result, key=key))
        self._verdicts[key] = verdict

    def results(self, timeout: float | None = None) -> tuple[Result, ...]:
        """Return what is ready, in the order of completion."""
        fresh = self._pool.results(0 if self._ready else timeout)
        for result in fresh:
            same = self._asked.pop(result.key, None)
            if same is not None:
                self._learn(same, result)
        ready, self._ready = self._ready, []
        return (*fresh, *ready)

    def _learn(self, same: _Sameness, result: Result) -> None:
        verdict = self._pool.verdict(result.key)
        self._verdicts[result.key] = verdict
        for key in self._followers.pop(same):
            self._repeat(key, result, verdict)
        chars = _chars_of(result)
        has_more = result.extraction.attachments or result.extraction.quarantined
        if has_more or chars > MAX_CHARS_EACH:
            return
        self._known[same] = (result, verdict)
        self._chars += chars
        while self._chars > MAX_CHARS:
            _, (oldest, _) = self._known.popitem(last=False)
            self._chars -= _chars_of(oldest)


def _chars_of(result: Result) -> int:
    return 1_000 + sum(len(page.text) for page in result.extraction.pages)
