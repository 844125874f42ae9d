"""Bytes of the archive as the body of an answer: streamed, any part of them."""

from collections.abc import Iterator
from email.utils import format_datetime
from pathlib import Path
from typing import Any, BinaryIO, Self
from urllib.parse import quote

from pyramid.response import Response

from recordsvc.model import Manifestation
from recordsvc.web.headers import FILE_CSP

BLOCK_BYTES = 256 * 2**10
# What a browser shows by itself without running anything; the rest is saved.
SHOWN = frozenset({"application/pdf", "image/png", "image/jpeg", "text/plain"})


class FileBytes:
    """A file, or a part of it, as an iterable of blocks.

    Notes
    -----
    WebOb asks `app_iter_range` for the part of a range request: it is sought,
    not read up to, so that the last page of a large paper is as near as the first.
    """

    def __init__(self, path: Path, start: int = 0, stop: int | None = None) -> None:
        self.path = path
        self._stream: BinaryIO = path.open("rb")
        self._stream.seek(start)
        self._left = None if stop is None else stop - start

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        size = BLOCK_BYTES if self._left is None else min(BLOCK_BYTES, self._left)
        block = self._stream.read(size)
        if not block:
            raise StopIteration
        if self._left is not None:
            self._left -= len(block)
        return block

    def app_iter_range(self, start: int, stop: int) -> Self:
        """Return the bytes from `start` up to, not including, `stop`."""
        return type(self)(self.path, start, stop)

    def close(self) -> None:
        """Close the file."""
        self._stream.close()


def file_answer(path: Path, found: Manifestation, *, saved: bool) -> Any:
    """Return a file as an answer that knows ETag, If-None-Match and Range.

    Parameters
    ----------
    saved
        Send it to be saved, also where a browser could show it.
    """
    answer = Response(content_type=found.mime)
    answer.charset = "utf-8" if found.mime.startswith("text/") else None
    answer.app_iter = FileBytes(path)
    answer.content_length = path.stat().st_size
    answer.etag = found.sha256
    answer.accept_ranges = "bytes"
    answer.conditional_response = True
    answer.headers["Content-Security-Policy"] = FILE_CSP
    if found.captured_at is not None:
        answer.headers["Last-Modified"] = format_datetime(
            found.captured_at, usegmt=True
        )
    kind = "inline" if found.mime in SHOWN and not saved else "attachment"
    answer.headers["Content-Disposition"] = disposition(kind, found.name)
    return answer


def disposition(kind: str, name: str) -> str:
    """Return a Content-Disposition (RFC 6266) for any file name."""
    plain = "".join(
        c if c.isascii() and c.isprintable() and c not in '"\\%' else "_" for c in name
    )
    exact = quote(name.encode("utf-8", "surrogateescape"), safe="")
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{exact}"
