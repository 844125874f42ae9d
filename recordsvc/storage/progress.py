"""Progress of jobs and intakes, kept outside the object store.

Progress changes several times a second and is worthless afterwards: small files,
replaced as a whole, readable by every process, lost without harm.
"""

import json
import re
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

from recordsvc.storage.durable import make_private_directory, replace_file

WRITE_EVERY_S = 0.5
_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_SUFFIX = ".json"
_MAX_BYTES = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How far a piece of work has come.

    Parameters
    ----------
    files_total, bytes_total
        None while not known.
    pages
        Pages of the files that are done, as far as they have pages.
    started_s, updated_s
        Seconds since 1970 UTC.
    """

    key: str
    kind: str
    files: int = 0
    files_total: int | None = None
    bytes: int = 0
    bytes_total: int | None = None
    pages: int = 0
    started_s: float
    updated_s: float

    @property
    def files_per_s(self) -> float:
        """Return the mean rate since the start."""
        return self.files / max(self.updated_s - self.started_s, 0.001)

    @property
    def bytes_per_s(self) -> float:
        """Return the mean rate since the start."""
        return self.bytes / max(self.updated_s - self.started_s, 0.001)

    @property
    def fraction(self) -> float | None:
        """Return what share is done, by bytes where they are known, from 0 to 1."""
        for done, total in (
            (self.bytes, self.bytes_total),
            (self.files, self.files_total),
        ):
            if total:
                return min(done / total, 1.0)
        return None

    @property
    def eta_s(self) -> float | None:
        """Return the seconds left at the mean rate, None while nothing is known."""
        if not self.fraction:
            return None
        return (self.updated_s - self.started_s) * (1 - self.fraction) / self.fraction


class Meter:
    """Counts one piece of work and writes its standing now and then.

    A context manager: at the end of the block the standing is taken away, since
    the job itself says then what became of it.
    """

    def __init__(
        self, path: Path, standing: Standing, clock: Callable[[], float]
    ) -> None:
        self._path = path
        self._clock = clock
        self._written_s = float("-inf")
        self.standing = standing
        self._write()

    def advance(self, *, files: int = 0, bytes_: int = 0, pages: int = 0) -> None:
        """Count what was done since the last call."""
        old = asdict(self.standing)
        old |= {
            "files": self.standing.files + files,
            "bytes": self.standing.bytes + bytes_,
            "pages": self.standing.pages + pages,
            "updated_s": self._clock(),
        }
        self.standing = Standing(**old)
        if self.standing.updated_s - self._written_s >= WRITE_EVERY_S:
            self._write()

    def _write(self) -> None:
        content = json.dumps(asdict(self.standing)).encode()
        replace_file(self._path, content, durable=False)
        self._written_s = self.standing.updated_s

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self._path.unlink(missing_ok=True)


class ProgressBoard:
    """The folder of all standings.

    Parameters
    ----------
    folder
        Made, for its owner alone, when it is missing.
    clock
        Returns seconds since 1970 UTC.
    """

    def __init__(self, folder: Path, clock: Callable[[], float] = time.time) -> None:
        self.folder = folder
        self._clock = clock
        make_private_directory(folder)

    def begin(
        self,
        key: str,
        kind: str,
        *,
        files_total: int | None = None,
        bytes_total: int | None = None,
    ) -> Meter:
        """Start to count a piece of work; an older standing of it is replaced.

        Parameters
        ----------
        key
            The id of the job: letters, digits, ``-`` and ``_``.
        """
        now = self._clock()
        standing = Standing(
            key=key,
            kind=kind,
            files_total=files_total,
            bytes_total=bytes_total,
            started_s=now,
            updated_s=now,
        )
        return Meter(self._path(key), standing, self._clock)

    def read(self, key: str) -> Standing | None:
        """Return a standing, None when there is none or it cannot be read."""
        path = self._path(key)
        try:
            with path.open("rb") as stream:
                return Standing(**json.loads(stream.read(_MAX_BYTES)))
        except (FileNotFoundError, ValueError, TypeError):
            # Worth no error: a file that a power cut has damaged.
            return None

    def every(self) -> tuple[Standing, ...]:
        """Return all standings, the oldest start first."""
        keys = (path.stem for path in self.folder.glob(f"*{_SUFFIX}"))
        found = [self.read(key) for key in keys if _KEY.fullmatch(key)]
        return tuple(
            sorted((s for s in found if s), key=lambda s: (s.started_s, s.key))
        )

    def sweep(self, older_than_s: float) -> int:
        """Delete what no living work has renewed for so long; return how many.

        Parameters
        ----------
        older_than_s
            Seconds; longer than the longest single file takes.
        """
        before = self._clock() - older_than_s
        swept = 0
        for path in self.folder.iterdir():
            try:
                if path.stat().st_mtime < before:
                    path.unlink()
                    swept += 1
            except FileNotFoundError:
                continue
        return swept

    def _path(self, key: str) -> Path:
        if not _KEY.fullmatch(key):
            raise ValueError(f"{key!r} is no key of a piece of work")
        return self.folder / f"{key}{_SUFFIX}"
