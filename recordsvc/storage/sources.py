"""Open what is to be stored, without waiting and without being misled."""

import os
import stat
from pathlib import Path

from recordsvc.storage.errors import NotAFile

_KINDS = (
    (stat.S_ISDIR, "folder"),
    (stat.S_ISFIFO, "named pipe"),
    (stat.S_ISSOCK, "socket"),
    (stat.S_ISCHR, "device"),
    (stat.S_ISBLK, "device"),
)


def open_regular(path: Path) -> int:
    """Return a descriptor that reads a plain file; the caller closes it.

    Raises
    ------
    NotAFile
        If it is anything else; a pipe without a writer does not block.
    OSError
        If it is missing or may not be read, with its path.
    """
    try:
        _require_regular(path, path.stat().st_mode)
    except FileNotFoundError:
        if path.is_symlink():
            raise NotAFile(path, "broken link") from None
        raise
    # O_NONBLOCK for what was swapped for a pipe after the look above.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    try:
        _require_regular(path, os.fstat(descriptor).st_mode)
    except NotAFile:
        os.close(descriptor)
        raise
    return descriptor


def _require_regular(path: Path, mode: int) -> None:
    if stat.S_ISREG(mode):
        return
    kind = next((name for is_kind, name in _KINDS if is_kind(mode)), "special file")
    raise NotAFile(path, kind)
