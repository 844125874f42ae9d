"""Find the messages of a mailbox file (mbox, RFC 4155) without reading any of them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ingest.extractors.source import Findings, Source

__all__ = ["MAX_MESSAGES", "MESSAGES", "extract_mbox", "is_mailbox"]

MAX_MESSAGES = 50_000
"""So many places of messages fit into the answer of a worker."""

MESSAGES = "messages"
"""The part of the structure that lists [start, end] of every message, in bytes."""

_BLOCK_BYTES = 4 * 1024 * 1024
# Longer than any separator with the header line that follows it.
_OVERLAP_BYTES = 4_096
# A separator follows an empty line, bears a time, and a header comes after it: a
# sentence of a letter that begins with "From" does not.
_SEPARATOR = re.compile(
    rb"From [^\r\n]{0,1000}\d\d:\d\d[^\r\n]{0,200}\r?\n(?=[!-9;-~]{1,200}:|>From )"
)


def is_mailbox(head: bytes, extension: str) -> bool:
    r"""Say whether a file is a mailbox.

    Parameters
    ----------
    head
        Its first bytes, two kilobytes or more where there are so many.
    extension
        Of its name, in lower case: a message saved with the line of its envelope
        (``.eml``) is no mailbox, unless a second one follows.

    Examples
    --------
    >>> one = b"From a@b Tue Mar  3 10:00:00 2020\nSubject: Dues\n\nText\n"
    >>> is_mailbox(one, "mbox"), is_mailbox(one, "eml"), is_mailbox(b"From here", "")
    (True, False, False)
    """
    if not head.startswith(b"From ") or _SEPARATOR.match(head) is None:
        return False
    return extension != "eml" or any(_within(head, len(head)))


def extract_mbox(source: Source, found: Findings) -> None:
    """List where the messages of one mailbox begin and end.

    Notes
    -----
    Separator lines belong to the mailbox, and so does the empty line before each;
    a message is what stands between them, byte for byte.
    """
    places: list[tuple[int, int]] = []
    start: int | None = None
    for line_start, line_end in _separators(source):
        if start is not None:
            places.append((start, line_start))
        start = line_end
        if len(places) >= MAX_MESSAGES:
            found.quarantine(
                "mbox:too-large",
                f"the mailbox holds more than {MAX_MESSAGES} messages; split it and "
                "take its parts in",
            )
            return
    if start is not None:
        places.append((start, source.size - _empty_line(source)))
    found.page_count = 0
    found.structure = {MESSAGES: [[a, b] for a, b in places if a < b]}


def _empty_line(source: Source) -> int:
    """Return how many bytes the empty line has that ends the mailbox, 0 without."""
    source.file.seek(max(source.size - 4, 0))
    tail = source.file.read(4)
    if tail.endswith(b"\r\n\r\n"):
        return 2
    return 1 if tail.endswith(b"\n\n") else 0


def _separators(source: Source) -> Iterator[tuple[int, int]]:
    """Yield where each separator begins and ends, with the empty line before it."""
    source.file.seek(0)
    block = source.file.read(_BLOCK_BYTES)
    if first := _SEPARATOR.match(block):
        yield 0, first.end()
    base = 0
    while block:
        more = source.file.read(_BLOCK_BYTES)
        # What begins in the last bytes is whole in the block that follows.
        edge = max(len(block) - _OVERLAP_BYTES, 0) if more else len(block)
        for start, end in _within(block, edge):
            yield base + start, base + end
        base += edge
        block = block[edge:] + more if more else b""


def _within(block: bytes, edge: int) -> Iterator[tuple[int, int]]:
    # A plain search first: an expression takes ten times as long over a mailbox.
    at = block.find(b"\nFrom ")
    while at >= 0:
        start = at - 1 if block[at - 1 : at] == b"\r" else at
        if start - 1 >= edge:
            return
        if start > 0 and block[start - 1 : start] == b"\n":
            match = _SEPARATOR.match(block, at + 1)
            if match:
                yield start, match.end()
        at = block.find(b"\nFrom ", at + 1)
