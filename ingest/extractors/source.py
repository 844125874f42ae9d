"""What an extractor is given, and where it puts what it finds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Protocol

from ingest.errors import IngestError
from ingest.extraction import (
    MAX_ATTACHMENT_BYTES,
    MAX_ATTACHMENTS,
    MAX_PAGES,
    MAX_TEXT_CHARS,
    Attachment,
    EmbeddedValue,
    PageText,
    Warning_,
    clean_text,
)
from ingest.names import safe_name

__all__ = ["Extractor", "FileTooLargeError", "Findings", "Source", "TextFullError"]

_MAX_READ_BYTES = 200 * 1024 * 1024
_MAX_VALUE_CHARS = 4_000
_MAX_EMBEDDED = 1_000
_MAX_WARNINGS = 100


class FileTooLargeError(IngestError):
    """Say that a file is too large to be read into memory.

    Parameters
    ----------
    size
        Its size in bytes.
    limit
        The most that is read, in bytes.
    """

    def __init__(self, size: int, limit: int) -> None:
        super().__init__(f"the file has {size} bytes, at most {limit} are read")
        self.size = size
        self.limit = limit


class TextFullError(IngestError):
    """Say that the text limit is reached; what was found until then is kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Hold an open file and what is known of it.

    Parameters
    ----------
    file
        The file, opened for reading bytes, seekable.
    size
        Its length in bytes.
    name
        The name it came under; used for its extension alone.
    mime
        Its media type by content.
    password
        Opens it, where it is encrypted; empty without.
    """

    file: BinaryIO
    size: int
    name: str
    mime: str
    password: str = field(default="", repr=False)

    def read(self, limit: int = _MAX_READ_BYTES) -> bytes:
        """Return the whole file.

        Raises
        ------
        FileTooLargeError
            The file is longer than `limit` bytes.
        """
        if self.size > limit:
            raise FileTooLargeError(self.size, limit)
        self.file.seek(0)
        return self.file.read(limit)

    def head(self, count: int) -> bytes:
        """Return the first `count` bytes or fewer."""
        self.file.seek(0)
        return self.file.read(count)


@dataclass(slots=True, kw_only=True)
class Findings:
    """Gather what an extractor finds, so that damage midway loses nothing.

    Parameters
    ----------
    max_chars
        Characters of text kept in all.
    """

    max_chars: int = MAX_TEXT_CHARS
    pages: list[PageText] = field(default_factory=list)
    page_count: int | None = None
    recognised: bool = False
    embedded: list[EmbeddedValue] = field(default_factory=list)
    structure: Mapping[str, Any] | None = None
    attachments: list[Attachment] = field(default_factory=list)
    warnings: list[Warning_] = field(default_factory=list)
    quarantined: bool = False
    error: str | None = None
    chars: int = 0

    def page(self, text: str) -> None:
        """Add the text of the next page.

        Raises
        ------
        TextFullError
            The page or character limit is reached.
        """
        if len(self.pages) >= MAX_PAGES:
            self.warn("pages:cut", f"only the first {MAX_PAGES} pages were read")
            raise TextFullError
        cleaned = clean_text(text)
        room = self.max_chars - self.chars
        cut = len(cleaned) > room
        kept = cleaned[:room] if cut else cleaned
        self.chars += len(kept)
        self.pages.append(PageText(number=len(self.pages) + 1, text=kept))
        if cut:
            self.warn("text:cut", f"only {self.max_chars} characters were kept")
            raise TextFullError

    def value(
        self, name: str, value: object, source: str, language: str | None = None
    ) -> None:
        """Add one embedded value; an empty one, or one said before, is left out."""
        if value is None or len(self.embedded) >= _MAX_EMBEDDED:
            return
        text = " ".join(clean_text(str(value)).split())[:_MAX_VALUE_CHARS]
        if not text:
            return
        found = EmbeddedValue(
            field=name, value=text, source=source, language=language or None
        )
        if found not in self.embedded:
            self.embedded.append(found)

    def attach(self, name: str, mime: str | None, content: bytes) -> None:
        """Add a carried file; one that is too large is named in a warning."""
        if self.has_room(name, len(content)):
            number = len(self.attachments) + 1
            found = Attachment.named(name, number, mime=mime, content=content)
            self.attachments.append(found)

    def has_room(self, name: str, size: int) -> bool:
        """Say whether one more carried file may be taken out; a warning says it not.

        Parameters
        ----------
        name
            The name that the carrier gives it.
        size
            How many bytes it has.
        """
        if len(self.attachments) >= MAX_ATTACHMENTS:
            self.warn(
                "attachment:cut",
                f"only the first {MAX_ATTACHMENTS} attachments were taken out; "
                "the file holds them all",
            )
            return False
        kept = sum(len(a.content) for a in self.attachments)
        if kept + size > MAX_ATTACHMENT_BYTES:
            short = safe_name(clean_text(name)) or "without a name"
            self.warn(
                "attachment:too-large",
                f"the attachment {short!r} ({size} bytes) was left in the file",
            )
            return False
        return True

    def warn(self, code: str, message: str) -> None:
        """Add a warning, once for each code and message."""
        found = Warning_(code=code, message=clean_text(message)[:1_000])
        if found not in self.warnings and len(self.warnings) < _MAX_WARNINGS:
            self.warnings.append(found)

    def quarantine(self, code: str, message: str, error: str | None = None) -> None:
        """Say that the file cannot be read and is kept without text."""
        self.warn(code, message)
        self.quarantined = True
        self.error = error or message


class Extractor(Protocol):
    """Read one format: put what it finds into the findings."""

    def __call__(self, source: Source, found: Findings) -> None:
        """Read `source`; any exception means damage after what was found so far."""
        ...
