"""The files that a command line names, in a stable order."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A file to be taken in.

    Parameters
    ----------
    given
        The path as given on the command line; for a folder, joined to it.
        Bytes that are not UTF-8 stand as lone surrogates.
    error
        Why it cannot be taken in, when that is plain without opening it.
    """

    given: str
    path: Path
    error: str | None = None

    @property
    def name(self) -> str:
        """Return the file's own name."""
        return os.path.basename(self.given.rstrip("/"))  # noqa: PTH119 - keeps surrogates


def walk(paths: Sequence[str], *, recursive: bool) -> Iterator[Item]:
    """Yield every file below the paths, folders in order of name.

    Links to folders are not followed: a link into a parent would never end.
    """
    for given in paths:
        path = Path(given)
        if not given:
            # An empty word would name the working folder.
            yield Item(given=given, path=path, error="is no path: it is empty")
        elif not path.is_dir():
            yield _plain(given, path)
        elif recursive:
            yield from _folder(given)
        else:
            yield Item(
                given=given,
                path=path,
                error="is a folder; add --recursive to take in what is in it",
            )


def _folder(given: str) -> Iterator[Item]:
    unread: list[OSError] = []
    for folder, folders, files in os.walk(given, onerror=unread.append):
        folders.sort()
        for name in sorted(files):
            joined = os.path.join(folder, name)  # noqa: PTH118 - keeps the path as given
            yield _plain(joined, Path(joined))
    for error in unread:
        folder = str(error.filename)
        why = f"the folder cannot be read: {error.strerror}"
        yield Item(given=folder, path=Path(folder), error=why)


def _plain(given: str, path: Path) -> Item:
    if path.is_symlink() and not path.exists():
        return Item(given=given, path=path, error="is a link that leads nowhere")
    if not path.exists():
        return Item(given=given, path=path, error="there is no such file")
    if not path.is_file():
        return Item(
            given=given, path=path, error="is not a plain file (pipe, socket or device)"
        )
    return Item(given=given, path=path)
