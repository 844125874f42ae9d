"""Make names and bytes survive a power cut."""

import os
import threading
from pathlib import Path

PRIVATE_DIRECTORY = 0o700
PRIVATE_FILE = 0o600


def sync_file(path: Path) -> None:
    """Write a file's content to the disk."""
    # fsync writes what anybody wrote; a descriptor for reading is enough.
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_directory(folder: Path) -> None:
    """Write a folder's entries to the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_private_directory(folder: Path) -> None:
    """Make a folder that only its owner may enter, and missing parents like it."""
    if folder.is_dir():
        return
    make_private_directory(folder.parent)
    # mkdir obeys the umask, which can only take rights away from 0700.
    folder.mkdir(mode=PRIVATE_DIRECTORY, exist_ok=True)


def replace_file(path: Path, content: bytes, *, durable: bool = True) -> None:
    """Put new content under a name so that a reader sees the old or the new.

    Parameters
    ----------
    durable
        False where losing the newest content in a power cut does no harm.
    """
    beside = path.with_name(
        f".{path.name}.{os.getpid()}.{threading.get_ident()}.partial"
    )
    descriptor = os.open(
        beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, PRIVATE_FILE
    )
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
            stream.flush()
            if durable:
                os.fsync(descriptor)
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    if durable:
        sync_directory(path.parent)
