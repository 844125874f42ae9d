"""One part of an upload: written, made durable, and only then counted."""

import hashlib
import hmac
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from recordsvc.storage.durable import replace_file

BLOCK_BYTES = 1 << 20
# So much is lost at most when the program is killed inside one long part.
KEEP_EVERY_BYTES = 16 << 20
CHECKSUMS = ("sha1", "sha256", "md5")
OFFSET = "offset"


class ChecksumWrong(Exception):
    """The part is not what its sender has summed up; it was not kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checksum:
    """What the sender says a part sums up to."""

    algorithm: str
    digest: bytes


class Part:
    """One part of an upload as it is written.

    Parameters
    ----------
    folder
        The upload's; its file `OFFSET` says how many bytes are durable.
    descriptor
        Of the upload's bytes, at its end.

    Attributes
    ----------
    kept
        How many bytes of the upload are durable.
    """

    def __init__(self, folder: Path, descriptor: int, offset: int) -> None:
        self.folder = folder
        self.descriptor = descriptor
        self.kept = offset
        self.written = offset

    def write_and_keep(self, stream: BinaryIO, size: int) -> None:
        """Write what comes, and keep it however the sending ends."""
        try:
            for block in _blocks(stream, size):
                self._write(block)
                if self.written - self.kept >= KEEP_EVERY_BYTES:
                    self._keep()
        finally:
            if self.written > self.kept:
                self._keep()

    def write_checked(self, stream: BinaryIO, size: int, checksum: Checksum) -> None:
        """Write a part and keep it as a whole, or nothing of it.

        Raises
        ------
        ChecksumWrong
            If it does not sum up.
        """
        digest = hashlib.new(checksum.algorithm, usedforsecurity=False)
        for block in _blocks(stream, size):
            digest.update(block)
            self._write(block)
        if not hmac.compare_digest(digest.digest(), checksum.digest):
            os.ftruncate(self.descriptor, self.kept)
            raise ChecksumWrong(
                "the part does not sum up to its checksum; send it again"
            )
        if self.written > self.kept:
            self._keep()

    def _write(self, block: bytes) -> None:
        rest = memoryview(block)
        while rest:
            count = os.write(self.descriptor, rest)
            self.written += count
            rest = rest[count:]

    def _keep(self) -> None:
        """Make the bytes durable, then the number that says so."""
        os.fsync(self.descriptor)
        replace_file(self.folder / OFFSET, str(self.written).encode())
        self.kept = self.written


def _blocks(stream: BinaryIO, size: int) -> Iterator[bytes]:
    left = size
    while left and (block := stream.read(min(BLOCK_BYTES, left))):
        left -= len(block)
        yield block
