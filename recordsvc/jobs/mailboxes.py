"""A mailbox file on its way in: every message of it is a paper of its own."""

import hashlib
import io
import os
from dataclasses import dataclass, field
from typing import Any, BinaryIO, cast

from ingest.extraction import Extraction
from ingest.extractors.mbox import MESSAGES, is_mailbox
from ingest.identify import extension_of
from recordsvc.jobs.walk import Item
from recordsvc.services.capture import Status
from recordsvc.storage.sources import open_regular

MIME = "application/mbox"
_HEAD_BYTES = 4_096


def looks_like_mailbox(item: Item) -> bool:
    """Say whether the first bytes of a file are those of a mailbox.

    Raises
    ------
    NotAFile, OSError
        If it cannot be opened.
    """
    with os.fdopen(open_regular(item.path), "rb", buffering=0) as stream:
        return is_mailbox(stream.read(_HEAD_BYTES), extension_of(item.name))


@dataclass(slots=True, kw_only=True)
class Mailbox:
    """A mailbox whose messages are taken in one after the other.

    Parameters
    ----------
    item
        The file.
    places
        Where each message begins and ends, in bytes.
    sha256
        Of the whole file.
    """

    item: Item
    places: tuple[tuple[int, int], ...]
    sha256: str
    taken: int = 0
    reported: int = 0
    statuses: set[str] = field(default_factory=set)

    @property
    def is_taken(self) -> bool:
        """Say whether every message has been handed out."""
        return self.taken == len(self.places)

    def next_message(self) -> "Message":
        """Hand out the next message."""
        start, end = self.places[self.taken]
        self.taken += 1
        stem = self.item.name.rpartition(".")[0] or self.item.name
        given = f"{self.item.given}#{self.taken}"
        return Message(
            mailbox=self,
            number=self.taken,
            item=Item(given=given, path=self.item.path),
            name=f"{stem}-{self.taken}.eml",
            start=start,
            end=end,
        )

    def report(self, line: dict[str, Any]) -> dict[str, Any] | None:
        """Count the outcome of a message; return the mailbox's own after the last."""
        self.reported += 1
        self.statuses.add(line["status"])
        if self.reported < len(self.places):
            return None
        worst = (Status.FAILED, Status.QUARANTINED, Status.ADDED, Status.NEW_VERSION)
        status = next((s for s in worst if s in self.statuses), Status.DUPLICATE)
        return {
            "path": self.item.given,
            "status": str(status),
            "sha256": self.sha256,
            "mime": MIME,
            "messages": len(self.places),
            "error": None,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message of a mailbox."""

    mailbox: Mailbox
    number: int
    item: Item
    name: str
    start: int
    end: int

    def open(self) -> BinaryIO:
        """Open the bytes of the message alone."""
        descriptor = open_regular(self.item.path)
        return cast("BinaryIO", _Stretch(descriptor, self.start, self.end))

    @property
    def facts(self) -> dict[str, str]:
        """Return where the message stood, for the event of its capture."""
        return {"mailbox": self.mailbox.sha256, "message": str(self.number)}


class _Stretch(io.RawIOBase):
    """A part of a file, read as if it were all of it."""

    def __init__(self, descriptor: int, start: int, end: int) -> None:
        self._descriptor = descriptor
        self._place = start
        self._end = end

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        wanted = min(len(buffer), self._end - self._place)
        content = os.pread(self._descriptor, wanted, self._place)
        buffer[: len(content)] = content
        self._place += len(content)
        return len(content)

    def close(self) -> None:
        if not self.closed:
            os.close(self._descriptor)
        super().close()


def opened(item: Item, extraction: Extraction) -> Mailbox | None:
    """Return the mailbox that a worker has listed, None when it is none.

    Parameters
    ----------
    extraction
        What the worker says; the places it names are believed only inside the file.

    Raises
    ------
    NotAFile, OSError
        If the file cannot be opened any more.
    """
    if extraction.mime != MIME or extraction.quarantined:
        return None
    with os.fdopen(open_regular(item.path), "rb") as stream:
        size = os.fstat(stream.fileno()).st_size
        places = _places((extraction.structure or {}).get(MESSAGES), size)
        if not places:
            return None
        sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
    return Mailbox(item=item, places=places, sha256=sha256)


def _places(listed: object, size: int) -> tuple[tuple[int, int], ...]:
    """Return the places of a list, none at all when one of them cannot be."""
    found: list[tuple[int, int]] = []
    before = 0
    for place in listed if isinstance(listed, list) else ():
        match place:
            case [int(start), int(end)] if before <= start < end <= size:
                found.append((start, end))
                before = end
            case _:
                return ()
    return tuple(found)
