"""A folder as a tar archive that is made while it is sent."""

import tarfile
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

BLOCK_BYTES = 256 * 2**10
# One file of a folder with its header, as tar pads both.
_UNIT = tarfile.BLOCKSIZE
_END = bytes(2 * tarfile.BLOCKSIZE)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Member:
    path: Path
    header: bytes
    length: int

    @property
    def padding(self) -> bytes:
        return bytes(-self.length % _UNIT)


class FolderTar:
    """The files of a folder as the blocks of a tar archive (POSIX.1-2001, pax).

    Two archives of the same folder have the same bytes: names are in order, and owners
    and times are left out.

    Parameters
    ----------
    folder
        Its own name is the folder in the archive.

    Raises
    ------
    OSError
        If there is no such folder; or, while it is sent, if a file of it is gone: the
        answer then ends too early, which its length tells.
    """

    def __init__(self, folder: Path) -> None:
        self.members = tuple(
            _member(path, f"{folder.name}/{path.relative_to(folder).as_posix()}")
            for path in sorted(_files(folder))
        )
        self._blocks = self._written()

    @property
    def length(self) -> int:
        """Return the bytes of the archive."""
        return len(_END) + sum(
            len(m.header) + m.length + len(m.padding) for m in self.members
        )

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> bytes:
        return next(self._blocks)

    def close(self) -> None:
        """Close the file that is being sent."""
        self._blocks.close()

    def _written(self) -> Generator[bytes]:
        for member in self.members:
            yield member.header
            left = member.length
            with member.path.open("rb") as stream:
                while left:
                    block = stream.read(min(BLOCK_BYTES, left))
                    if not block:
                        raise OSError(f"{member.path.name} has become shorter")
                    left -= len(block)
                    yield block
            yield member.padding
        yield _END


def _files(folder: Path) -> Iterator[Path]:
    for entry in folder.iterdir():
        if entry.is_symlink():
            continue
        if entry.is_dir():
            yield from _files(entry)
        elif entry.is_file():
            yield entry


def _member(path: Path, name: str) -> _Member:
    info = tarfile.TarInfo(name)
    info.size, info.mode = path.stat().st_size, 0o644
    header = info.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape")
    return _Member(path=path, header=header, length=info.size)
