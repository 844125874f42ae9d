"""The append-only file beside the audit chain of the store."""

import os
from collections.abc import Iterator
from pathlib import Path

from recordsvc.storage.copying import room_at
from recordsvc.storage.durable import (
    PRIVATE_FILE,
    make_private_directory,
    sync_directory,
)

# Longer than any line that the sealer writes.
MAX_LINE_BYTES = 256 * 1024
_BLOCK_BYTES = 64 * 1024


class AuditFile:
    """One line an entry, in the order of the chain.

    Parameters
    ----------
    path
        The file; it is made, with its folder, at the first line.

    Notes
    -----
    Only the holder of the sealer's lease may append. The file is opened for
    appending and never rewritten, so that an append-only attribute of the file
    system may stand on it; only a line that a power cut or a full disk has torn
    is cut off.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def append(self, lines: bytes) -> None:
        """Write whole lines behind the last one, durably.

        Raises
        ------
        StorageFull
            If there is no room; what was written of the lines is cut off again.
        OSError
            If the disk refuses.
        """
        is_new = not self.path.exists()
        make_private_directory(self.path.parent)
        with room_at(self.path):
            descriptor = self._open(os.O_CREAT | os.O_APPEND)
            try:
                before = os.fstat(descriptor).st_size
                try:
                    _write_all(descriptor, lines)
                    os.fsync(descriptor)
                except BaseException:
                    os.ftruncate(descriptor, before)
                    raise
            finally:
                os.close(descriptor)
        if is_new:
            sync_directory(self.path.parent)
            sync_directory(self.path.parent.parent)

    def cut_torn_line(self) -> int:
        """Take away what stands behind the last line end; return its bytes.

        Raises
        ------
        ValueError
            If that is more than any line of ours; nothing is cut off.
        """
        if not self.path.exists():
            return 0
        descriptor = self._open()
        try:
            size = os.fstat(descriptor).st_size
            torn = len(self._tail(size, 0).rpartition(b"\n")[2])
            if torn > MAX_LINE_BYTES:
                raise ValueError(f"{self.path} ends with no line of an audit trail")
            if torn:
                os.ftruncate(descriptor, size - torn)
                os.fsync(descriptor)
        finally:
            os.close(descriptor)
        return torn

    def last_lines(self, count: int) -> list[bytes]:
        """Return up to `count` lines from the end, without their line ends.

        Lines that are longer than any of ours end the search, so that a strange
        file costs no memory.
        """
        if not self.path.exists():
            return []
        return self._tail(self.path.stat().st_size, count).split(b"\n")[-count - 1 : -1]

    def _tail(self, end: int, lines: int) -> bytes:
        """Return the file's end, at least `lines` lines and what is torn of one."""
        found, start = b"", end
        with self.path.open("rb") as stream:
            while start and found.count(b"\n") <= lines:
                if len(found) > (lines + 1) * MAX_LINE_BYTES:
                    break
                step = min(_BLOCK_BYTES, start)
                start -= step
                stream.seek(start)
                found = stream.read(step) + found
        return found

    def lines(self) -> Iterator[bytes]:
        """Yield every whole line without its line end.

        What a kill has torn is no line; one that is too long comes in pieces.
        """
        if not self.path.exists():
            return
        with self.path.open("rb") as stream:
            while line := stream.readline(MAX_LINE_BYTES):
                if not line.endswith(b"\n") and len(line) < MAX_LINE_BYTES:
                    return
                yield line.removesuffix(b"\n")

    def _open(self, more: int = 0) -> int:
        return os.open(self.path, os.O_RDWR | os.O_CLOEXEC | more, PRIVATE_FILE)


def _write_all(descriptor: int, content: bytes) -> None:
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(descriptor, rest) :]
