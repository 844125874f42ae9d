"""Working folders of the extraction: held while their owner lives, then swept."""

import fcntl
import os
import shutil
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

__all__ = ["WorkFolder", "remove_tree", "sweep_scratch"]

_PREFIX = "pool-"


class WorkFolder:
    """Hold a folder of our own under `scratch`, with a lock that dies with us.

    Parameters
    ----------
    scratch
        The folder for passing files; it is made when it is missing.
    """

    def __init__(self, scratch: Path) -> None:
        scratch.mkdir(parents=True, exist_ok=True)
        while True:
            self.path = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=scratch))
            self._lock = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY)
            fcntl.flock(self._lock, fcntl.LOCK_EX)
            # A sweep may have come between making and locking.
            if self.path.exists():
                return
            os.close(self._lock)

    def folder(self, name: str) -> Path:
        """Make and return the folder of one worker."""
        path = self.path / name
        path.mkdir(mode=0o700)
        return path

    def close(self) -> None:
        """Remove the folder and all in it."""
        if self._lock >= 0:
            remove_tree(self.path)
            os.close(self._lock)
            self._lock = -1


def sweep_scratch(folder: Path) -> int:
    """Remove what pools have left behind whose process was killed.

    Parameters
    ----------
    folder
        The folder given to the pools as `scratch`.

    Returns
    -------
    int
        How many left-over folders were removed. Those in use are left alone: their
        owner holds a lock (``flock``) that the kernel drops at its death.
    """
    swept = 0
    for path in sorted(folder.glob(f"{_PREFIX}*")):
        try:
            lock = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        except OSError:
            continue
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            continue
        else:
            remove_tree(path)
            swept += 1
        finally:
            os.close(lock)
    return swept


def remove_tree(folder: Path) -> None:
    """Remove a folder that a hostile process may have filled."""
    shutil.rmtree(folder, onerror=_unlock)


def _unlock(_: Callable[..., Any], path: str, trouble: Any) -> None:
    """Try once more after taking back the rights to the folder."""
    if isinstance(trouble[1], FileNotFoundError):
        return
    for place in (os.path.dirname(path), path):  # noqa: PTH120 - rmtree gives text
        if not os.path.islink(place):  # noqa: PTH114 - same
            os.chmod(place, stat.S_IRWXU)  # noqa: PTH101 - same
    if os.path.isdir(path) and not os.path.islink(path):  # noqa: PTH112, PTH114
        shutil.rmtree(path)
    else:
        os.unlink(path)  # noqa: PTH108 - same
