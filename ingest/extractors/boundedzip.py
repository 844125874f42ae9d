"""Read members of a ZIP container within limits; sizes it states are not believed."""

from __future__ import annotations

import zipfile
import zlib
from types import TracebackType
from typing import Self

from ingest.errors import IngestError
from ingest.extractors.source import Source

__all__ = ["ArchiveLimitError", "BoundedZip", "DamagedArchiveError"]

_MAX_MEMBERS = 20_000
_MAX_MEMBER_BYTES = 100 * 1024 * 1024
_MAX_TOTAL_BYTES = 300 * 1024 * 1024


class ArchiveLimitError(IngestError):
    """Say that an archive holds more than is read."""


class DamagedArchiveError(IngestError):
    """Say that an archive or one of its members cannot be read."""


class BoundedZip:
    """Read a ZIP container with limits on members and unpacked bytes.

    Parameters
    ----------
    source
        The open file.

    Raises
    ------
    DamagedArchiveError
        The central directory cannot be read.
    ArchiveLimitError
        It lists more than 20,000 members.
    """

    def __init__(self, source: Source) -> None:
        try:
            self._archive = zipfile.ZipFile(source.file)
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as damage:
            raise DamagedArchiveError(f"the container is damaged: {damage}") from damage
        self._read_bytes = 0
        if len(self._archive.filelist) > _MAX_MEMBERS:
            raise ArchiveLimitError(f"more than {_MAX_MEMBERS} members")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._archive.close()

    def names(self) -> tuple[str, ...]:
        """Return the names of all members in the order of the directory."""
        return tuple(self._archive.namelist())

    def members(self) -> tuple[tuple[str, int], ...]:
        """Return name and stated size in bytes of all members."""
        return tuple((m.filename, m.file_size) for m in self._archive.filelist)

    def read(self, name: str) -> bytes:
        """Return one member, empty when there is none of that name.

        Raises
        ------
        DamagedArchiveError
            The member is damaged, encrypted or packed in an unknown way.
        ArchiveLimitError
            It unpacks to more than 100 MiB, or all read so far to 300 MiB.
        """
        room = min(_MAX_MEMBER_BYTES, _MAX_TOTAL_BYTES - self._read_bytes)
        try:
            with self._archive.open(name) as member:
                content = member.read(room + 1)
        except KeyError:
            return b""
        except (
            zipfile.BadZipFile,
            zlib.error,
            OSError,
            EOFError,
            RuntimeError,
            NotImplementedError,
            ValueError,
        ) as damage:
            raise DamagedArchiveError(f"{name}: {damage}") from damage
        if len(content) > room:
            raise ArchiveLimitError(f"{name} unpacks to more than {room} bytes")
        self._read_bytes += len(content)
        return content
