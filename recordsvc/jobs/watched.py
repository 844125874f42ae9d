"""A folder that others write into: what lies in it, opened and moved without links.

Whoever may write into the folder could put a link in a file's place between the look
and the opening. So everything below the root is reached from its descriptor, step by
step, and a link is never followed.
"""

import contextlib
import hashlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

DONE, FAILED = "done", "failed"
MOST_FILES = 100_000
DEEPEST = 64
PARTIAL_ENDS = (
    ".part",
    ".partial",
    ".filepart",
    ".crdownload",
    ".download",
    ".tmp",
    "~",
)
SIDECAR_ENDS = tuple(f"metadata.{kind}" for kind in ("csv", "json", "xml"))
# Room for what is added to a name within the 255 bytes that one may have.
LONGEST_NAME_BYTES, LONGEST_ENDING_BYTES = 230, 30
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """A file as it was seen.

    Parameters
    ----------
    relative
        Its path below the root; bytes that are not UTF-8 stand as lone surrogates.
    """

    relative: str
    size: int
    mtime_ns: int
    inode: int

    @property
    def folder(self) -> str:
        """Return the folder it lies in, relative to the root, empty for the root."""
        return self.relative.rpartition("/")[0]

    @property
    def name(self) -> str:
        """Return its own name."""
        return self.relative.rpartition("/")[2]

    @property
    def is_sidecar(self) -> bool:
        """Say whether it tells of papers instead of being one."""
        name = self.name.lower()
        return name.endswith(SIDECAR_ENDS) and (
            name in SIDECAR_ENDS or name.endswith(tuple(f".{e}" for e in SIDECAR_ENDS))
        )

    @property
    def key(self) -> str:
        """Return what stands for this content under this name; it tells neither."""
        said = f"{self.relative}\n{self.size}\n{self.mtime_ns}"
        return hashlib.sha256(said.encode("utf-8", "surrogateescape")).hexdigest()


@dataclass(slots=True)
class Look:
    """One look at a folder: its files, and what there is that is not taken."""

    files: dict[str, Sighting] = field(default_factory=dict)
    oddities: dict[str, str] = field(default_factory=dict)


def is_unfinished(name: str) -> bool:
    """Say whether a name is one of a file that is still being written, or hidden."""
    return name.startswith((".", "~$")) or name.lower().endswith(PARTIAL_ENDS)


class WatchedFolder:
    """The root of what is watched.

    Parameters
    ----------
    path
        As it was given; it may be a link itself, for who gives it decides.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def look(self) -> Look:
        """Return what lies in the folder now.

        Raises
        ------
        OSError
            If the folder itself cannot be read: a share that went away.
        """
        found = Look()
        with self._root() as root:
            self._look_into(root, "", found, 0)
        return found

    @contextlib.contextmanager
    def _root(self) -> Iterator[int]:
        descriptor = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            yield descriptor
        finally:
            os.close(descriptor)

    def _look_into(self, folder: int, below: str, found: Look, depth: int) -> None:
        with os.scandir(folder) as entries:
            names = sorted(entry.name for entry in entries)
        for name in names:
            relative = f"{below}{name}"
            if is_unfinished(name) or (not below and name in {DONE, FAILED}):
                continue
            if len(found.files) >= MOST_FILES:
                found.oddities[""] = f"holds more than {MOST_FILES} files; first these"
                return
            try:
                self._note(folder, name, relative, found, depth)
            except FileNotFoundError:
                continue
            except OSError as error:
                found.oddities[relative] = f"cannot be read: {error.strerror}"

    def _note(
        self, folder: int, name: str, relative: str, found: Look, depth: int
    ) -> None:
        seen = os.stat(name, dir_fd=folder, follow_symlinks=False)
        if stat.S_ISLNK(seen.st_mode):
            found.oddities[relative] = "is a link, which is not followed"
        elif stat.S_ISDIR(seen.st_mode):
            if depth >= DEEPEST:
                found.oddities[relative] = "lies too deep"
                return
            inner = os.open(name, _FOLDER, dir_fd=folder)
            try:
                self._look_into(inner, f"{relative}/", found, depth + 1)
            finally:
                os.close(inner)
        elif stat.S_ISREG(seen.st_mode):
            found.files[relative] = _sighting(relative, seen)
        else:
            found.oddities[relative] = "is not a plain file (pipe, socket or device)"

    def open(self, seen: Sighting) -> int | None:
        """Return a descriptor of a file that is still as it was seen, else None.

        Raises
        ------
        OSError
            If it is there and cannot be opened.
        """
        with self._parent(seen.relative) as (folder, name):
            try:
                descriptor = os.open(name, _FILE, dir_fd=folder)
            except FileNotFoundError:
                return None
            if _sighting(seen.relative, os.fstat(descriptor)) == seen:
                return descriptor
            os.close(descriptor)
            return None

    def is_unchanged(self, seen: Sighting) -> bool:
        """Say whether a file is still as it was seen.

        Raises
        ------
        OSError
            If its folder cannot be reached.
        """
        with self._parent(seen.relative) as (folder, name):
            now = os.stat(name, dir_fd=folder, follow_symlinks=False)
            return stat.S_ISREG(now.st_mode) and _sighting(seen.relative, now) == seen

    def delete(self, seen: Sighting) -> None:
        """Delete a file, unless it has become another."""
        if self.is_unchanged(seen):
            with self._parent(seen.relative) as (folder, name):
                os.unlink(name, dir_fd=folder)

    def move(self, seen: Sighting, target: str, reason: str = "") -> None:
        """Move a file into `done` or `failed`, unless it has become another.

        Nothing is replaced: the second file of a name gets a number. A reason is
        written into a text file of the same name beside it.
        """
        if not self.is_unchanged(seen):
            return
        goal = f"{target}/{seen.folder}" if seen.folder else target
        with (
            self._root() as root,
            self._parent(seen.relative) as (folder, name),
            _folder(root, goal, make=True) as there,
        ):
            free = _free_name(there, name, with_reason=bool(reason))
            os.rename(name, free, src_dir_fd=folder, dst_dir_fd=there)
            if reason:
                flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
                descriptor = os.open(f"{free}.txt", flags, 0o640, dir_fd=there)
                with os.fdopen(descriptor, "wb") as stream:
                    stream.write(f"{reason}\n".encode("utf-8", "backslashreplace"))

    @contextlib.contextmanager
    def _parent(self, relative: str) -> Iterator[tuple[int, str]]:
        below, _, name = relative.rpartition("/")
        with self._root() as root, _folder(root, below) as folder:
            yield folder, name


@contextlib.contextmanager
def _folder(root: int, below: str, *, make: bool = False) -> Iterator[int]:
    """Open a folder below another, one step after the other."""
    descriptor = os.dup(root)
    try:
        for step in PurePosixPath(below).parts:
            if make:
                with contextlib.suppress(FileExistsError):
                    os.mkdir(step, mode=0o750, dir_fd=descriptor)
            inner = os.open(step, _FOLDER, dir_fd=descriptor)
            os.close(descriptor)
            descriptor = inner
        yield descriptor
    finally:
        os.close(descriptor)


def _free_name(folder: int, name: str, *, with_reason: bool) -> str:
    """Return a name that is free, with room for a number and for its reason."""
    stem, dot, ending = name.rpartition(".")
    if not stem or len(os.fsencode(ending)) > LONGEST_ENDING_BYTES:
        stem, dot, ending = name, "", ""
    cut = os.fsencode(stem)[: LONGEST_NAME_BYTES - len(os.fsencode(ending))]
    stem = os.fsdecode(cut)
    tried, number = f"{stem}{dot}{ending}", 1
    while _exists(folder, tried) or (with_reason and _exists(folder, f"{tried}.txt")):
        number += 1
        tried = f"{stem} ({number}){dot}{ending}"
    return tried


def _exists(folder: int, name: str) -> bool:
    try:
        os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def _sighting(relative: str, seen: os.stat_result) -> Sighting:
    return Sighting(
        relative=relative,
        size=seen.st_size,
        mtime_ns=seen.st_mtime_ns,
        inode=seen.st_ino,
    )
