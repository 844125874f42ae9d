"""Uploads that wait for their intake: a folder each, numbered files and their names."""

import contextlib
import json
import os
import re
import shutil
import time
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from recordsvc.storage.copying import copy_in
from recordsvc.storage.durable import (
    make_private_directory,
    replace_file,
    sync_directory,
    sync_file,
)
from recordsvc.storage.errors import StorageError
from recordsvc.storage.values import Progress

NAMES = "names.json"
_KEY = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Spooled:
    """A file that waits.

    Parameters
    ----------
    name
        As it was sent; it is never part of a path.
    """

    name: str
    path: Path
    bytes: int


class Spool:
    """One upload.

    Parameters
    ----------
    root
        The folder of all spools.
    key
        What the job remembers; None starts a new one.

    Raises
    ------
    ValueError
        If the key is none that a spool was given.
    """

    def __init__(self, root: Path, key: str | None = None) -> None:
        self.key = uuid.uuid4().hex if key is None else key
        if not _KEY.fullmatch(self.key):
            raise ValueError(f"{self.key!r} is no key of a spool")
        self.root = root
        self.folder = root / self.key
        self._names: list[str] = []

    def add(
        self, name: str, stream: BinaryIO, *, progress: Progress | None = None
    ) -> int:
        """Copy a file in; return its length in bytes.

        Raises
        ------
        StorageFull
            If there is no room; remove the spool then.
        """
        make_private_directory(self.folder)
        arrival = copy_in(stream, self.folder, progress)
        target = self.folder / str(len(self._names))
        arrival.path.rename(target)
        sync_file(target)
        self._names.append(name)
        return arrival.bytes

    def seal(self) -> None:
        """Make the upload durable; call it before the job is committed."""
        # ASCII escapes keep the lone surrogates of names that are not UTF-8.
        content = json.dumps(self._names).encode("ascii")
        replace_file(self.folder / NAMES, content)
        sync_directory(self.root)
        sync_directory(self.root.parent)

    def take_over(self, files: Iterable[tuple[str, Path]]) -> None:
        """Move durable files of this file system in, and seal.

        Parameters
        ----------
        files
            Name and present place of each; what an interrupted call has moved is
            not there any more.
        """
        if (self.folder / NAMES).exists():
            return
        make_private_directory(self.folder)
        for number, (name, path) in enumerate(files):
            with contextlib.suppress(FileNotFoundError):
                path.rename(self.folder / str(number))
            self._names.append(name)
        self.seal()

    def files(self) -> tuple[Spooled, ...]:
        """Return what waits, in the order in which it came.

        Raises
        ------
        StorageError
            If the spool is gone or was never sealed.
        """
        try:
            names = json.loads((self.folder / NAMES).read_bytes())
        except FileNotFoundError:
            raise StorageError(
                f"the upload {self.key} is not in the spool any more; upload it again"
            ) from None
        paths = [self.folder / str(number) for number in range(len(names))]
        return tuple(
            Spooled(name=name, path=path, bytes=path.stat().st_size)
            for name, path in zip(names, paths, strict=True)
        )

    def remove(self) -> None:
        """Delete the upload; nothing happens when it is gone already."""
        shutil.rmtree(self.folder, ignore_errors=True)


def sweep_spools(
    root: Path, is_waited_for: Callable[[str], bool], older_than_s: float
) -> int:
    """Delete the spools for which no job was committed; return how many.

    Parameters
    ----------
    is_waited_for
        Tells of a key whether an unfinished job remembers it.
    older_than_s
        Seconds since the last file was added: an upload may be under way.
    """
    before = time.time() - older_than_s
    swept = 0
    if not root.is_dir():
        return 0
    with os.scandir(root) as found:
        keys = [entry.name for entry in found if _KEY.fullmatch(entry.name)]
    for key in keys:
        spool = Spool(root, key)
        try:
            is_old = spool.folder.stat().st_mtime < before
        except FileNotFoundError:
            continue
        if is_old and not is_waited_for(key):
            spool.remove()
            swept += 1
    return swept
