"""The folder of an embedded index: a pointer, one generation, and the writer's lock.

Layout: ``CURRENT`` names the form of the index and its generation; a
generation is a folder ``g-...`` with one folder a partition. A rebuild fills a
new generation beside the old one and moves the pointer by a rename, so that a
reader sees the one or the other and never a mixture.
"""

import contextlib
import fcntl
import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from recordsvc.search.index import IndexBusy, IndexDamaged

_POINTER = "CURRENT"
_LOCK = "WRITER"
_POINTS = re.compile(r"(?P<form>[a-z0-9 .-]+)\n(?P<name>g-[0-9a-f]{16})\n")
_PRIVATE = 0o700
WAIT_S = 5.0
_RETRY_S = 0.02


class IndexFolder:
    """Where the files of an index are.

    Parameters
    ----------
    form
        Name and number of what is written below; a folder of another form is
        damaged in our eyes and has to be rebuilt.
    """

    def __init__(self, folder: Path, form: str) -> None:
        self.folder = folder
        self.form = form
        self._pointer = str(folder / _POINTER)
        self._read: tuple[tuple[int, int], Path] | None = None

    def current(self) -> Path | None:
        """Return the generation in use, None when nothing was written yet.

        Raises
        ------
        IndexDamaged
            If the folder holds something else, or an index of another form.
        """
        try:
            found = os.stat(self._pointer)  # noqa: PTH116 - asked at every search
            seen = (found.st_ino, found.st_mtime_ns)
            if self._read is None or self._read[0] != seen:
                text = Path(self._pointer).read_text(encoding="ascii")
                self._read = seen, self._pointed(text)
        except FileNotFoundError:
            self._refuse_foreign()
            return None
        except (OSError, UnicodeDecodeError) as error:
            raise self.damaged(str(error)) from error
        return self._read[1]

    def _pointed(self, text: str) -> Path:
        found = _POINTS.fullmatch(text)
        if found is None:
            raise self.damaged("its pointer is not readable")
        if found["form"] != self.form:
            raise self.damaged(f"it is of the form {found['form']!r}")
        return self.folder / found["name"]

    def begin(self) -> Path:
        """Make the folder of a new generation beside the one in use."""
        self._make()
        generation = self.folder / f"g-{secrets.token_hex(8)}"
        generation.mkdir(mode=_PRIVATE)
        return generation

    def publish(self, generation: Path) -> None:
        """Point to a finished generation and remove every other."""
        sync_folder(generation)
        write_file(
            self.folder / _POINTER, f"{self.form}\n{generation.name}\n".encode("ascii")
        )
        self.sweep(generation)

    def sweep(self, keep: Path | None) -> None:
        """Remove what swaps and broken-off rebuilds left behind."""
        for path in self.folder.glob("g-*"):
            if path != keep:
                shutil.rmtree(path, ignore_errors=True)

    def size(self) -> int:
        """Return the bytes on disk; files that vanish meanwhile do not count."""
        total = 0
        for folder, _, names in os.walk(self.folder):
            for name in names:
                with contextlib.suppress(FileNotFoundError):
                    total += (Path(folder) / name).stat().st_size
        return total

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the writer's lock; the system frees it when its holder dies.

        Raises
        ------
        IndexBusy
            If another process writes and does not finish within `WAIT_S`.
        """
        self._make()
        handle = os.open(self.folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            _lock(handle, self.folder)
            yield
        finally:
            os.close(handle)

    def damaged(self, reason: str) -> IndexDamaged:
        """Return the error that says what is wrong and what to do."""
        return IndexDamaged(
            f"the search index in {self.folder} cannot be used: {reason}; "
            "rebuild it with: recordsvc index rebuild"
        )

    def _make(self) -> None:
        self.folder.mkdir(mode=_PRIVATE, parents=True, exist_ok=True)
        self.folder.chmod(_PRIVATE)

    def _refuse_foreign(self) -> None:
        try:
            names = [path.name for path in self.folder.iterdir()]
        except FileNotFoundError:
            return
        except OSError as error:
            raise self.damaged(str(error)) from error
        foreign = [n for n in names if n != _LOCK and not n.startswith(("g-", "."))]
        if foreign:
            raise self.damaged(f"it holds other files ({min(foreign)})")


def write_file(path: Path, content: bytes) -> None:
    """Put a whole file in place, durable before it can be seen."""
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with beside.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    beside.rename(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _lock(handle: int, folder: Path) -> None:
    deadline = time.monotonic() + WAIT_S
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() > deadline:
                raise IndexBusy(
                    f"another process writes the search index in {folder}; "
                    "wait until it has finished"
                ) from error
            time.sleep(_RETRY_S)
        else:
            return
