"""Ask for PRONOM identifiers beside the extraction, and join both.

Source: PRONOM, The National Archives (UK), as siegfried reads it.
"""

import socket
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from ingest.errors import AnswerError, IngestError
from ingest.extraction import Extraction, Warning_
from ingest.launch import Helper, start_interpreter
from ingest.limits import Limits
from ingest.wire import Inbox, send

__all__ = ["Format", "Pronom", "joined"]

_BATCH_FILES = 16
_RESTARTS = 2
_MAX_CHARS = 200
_TEXT = "x-fmt/111"

# Formats without a signature that PRONOM knows by the file's extension alone, which
# a stored bitstream has not; ours are found by content.
_BY_MIME: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "application/json": ("fmt/817", "JSON Data Interchange Format"),
        "application/akn+xml": ("fmt/101", "Extensible Markup Language"),
        "application/rdf+xml": ("fmt/101", "Extensible Markup Language"),
        "application/xml": ("fmt/101", "Extensible Markup Language"),
        "application/mbox": ("fmt/720", "MBOX"),
        "message/rfc822": ("fmt/278", "Internet Message Format"),
        "text/csv": ("x-fmt/18", "Comma Separated Values"),
        "text/html": ("fmt/96", "Hypertext Markup Language"),
        "text/markdown": ("fmt/1149", "Markdown"),
        "text/plain": (_TEXT, "Plain Text File"),
        "text/turtle": ("fmt/874", "Turtle"),
    }
)
# Names of one and the same, or of a format and the one that carries it.
_FAMILIES = (
    frozenset({"application/xml", "text/xml", "application/xhtml+xml", "text/html"}),
    frozenset({"application/rtf", "text/rtf"}),
    # A message that begins with the line of its envelope.
    frozenset({"message/rfc822", "application/mbox"}),
    frozenset({"application/gzip", "application/x-gzip"}),
    frozenset({"application/zip", "application/x-zip-compressed"}),
    frozenset({"application/x-ole-storage", "application/msword"}),
    frozenset({"image/bmp", "image/x-ms-bmp"}),
    frozenset({"application/x-bzip2", "application/x-bzip"}),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """Hold what PRONOM says of one file.

    Parameters
    ----------
    puid
        PRONOM unique identifier, or None when no signature fits.
    name
        Name and version of the format, or None.
    mimes
        The media types that PRONOM knows for it.
    available
        False when the identification did not answer.
    signatures
        Version of the signatures, such as ``DROID_SignatureFile_V125.xml``.
    """

    puid: str | None = None
    name: str | None = None
    mimes: tuple[str, ...] = ()
    available: bool = True
    signatures: str = ""


_UNAVAILABLE = Format(available=False)


class Pronom:
    """Ask the identification process, in batches, without ever waiting for it.

    Parameters
    ----------
    limits
        ``pronom_s`` bounds each batch.
    """

    def __init__(self, limits: Limits) -> None:
        self._seconds = limits.pronom_s
        self._waiting: deque[tuple[str, int, bool]] = deque()
        self._asked: list[tuple[str, int, bool]] = []
        self._restarts = _RESTARTS
        self._found: dict[str, Format] = {}
        self._deadline = 0.0
        self._process: Helper | None = None
        self._channel: socket.socket | None = None
        self._started = False

    @property
    def channel(self) -> socket.socket | None:
        """Return the socket on which the next answer comes, if one is awaited."""
        return self._channel if self._asked else None

    @property
    def deadline(self) -> float | None:
        """Return when `collect` must be called again (monotonic clock), or None."""
        return self._deadline if self._asked else None

    def _start(self) -> None:
        try:
            self._process, self._channel = start_interpreter("ingest.pronom_server")
        except IngestError:
            self._process = self._channel = None
            return
        if self._process.stderr is not None:
            # It speaks in messages; a pipe that nobody reads would fill up.
            self._process.stderr.close()
        self._inbox = Inbox(self._channel)

    def ask(self, key: str, descriptor: int) -> None:
        """Ask about an open file; it must stay open until it is collected."""
        if not self._started:
            self._started = True
            self._start()
        self._waiting.append((key, descriptor, False))
        self._send()

    def _send(self) -> None:
        while self._waiting and not self._asked:
            if self._channel is None:
                self._give_up()
                return
            # A file that was in a failing batch is asked about alone.
            count = 1 if self._waiting[0][2] else _BATCH_FILES
            while self._waiting and len(self._asked) < count:
                if self._asked and self._waiting[0][2]:
                    break
                self._asked.append(self._waiting.popleft())
            self._deadline = time.monotonic() + self._seconds
            message = {"seconds": int(self._seconds) + 1}
            try:
                send(self._channel, message, [entry[1] for entry in self._asked])
            except OSError:
                self._fail()

    def _give_up(self) -> None:
        for key, _, _ in self._waiting:
            self._found[key] = _UNAVAILABLE
        self._waiting.clear()

    def collect(self) -> dict[str, Format]:
        """Return what has been found since the last call, by key."""
        if self._asked:
            try:
                answers = self._inbox.read()
                if answers:
                    self._take(answers[0])
                elif self._inbox.closed or time.monotonic() >= self._deadline:
                    self._fail()
            except AnswerError:
                self._fail()
        self._send()
        found, self._found = self._found, {}
        return found

    def _take(self, answer: dict[str, Any]) -> None:
        formats = answer.get("formats")
        if not isinstance(formats, list) or len(formats) != len(self._asked):
            raise AnswerError("formats", "are not as many as the files")
        signatures = str(answer.get("signatures", ""))[:_MAX_CHARS]
        for (key, _, _), entry in zip(self._asked, formats, strict=True):
            self._found[key] = replace(_checked(entry), signatures=signatures)
        self._asked.clear()

    def _fail(self) -> None:
        """Restart after a death; a file that failed alone is not asked about again."""
        asked, self._asked = self._asked, []
        if len(asked) == 1 and asked[0][2]:
            self._found[asked[0][0]] = _UNAVAILABLE
        else:
            again = [(key, descriptor, True) for key, descriptor, _ in asked]
            self._waiting.extendleft(reversed(again))
        self._stop()
        if self._restarts > 0:
            self._restarts -= 1
            self._start()

    def _stop(self) -> None:
        if self._channel is not None:
            self._channel.close()
            self._channel = None
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def close(self) -> None:
        """End the identification process."""
        self._asked.clear()
        self._waiting.clear()
        self._stop()


def _checked(entry: object) -> Format:
    if entry is None:
        return Format()
    match entry:
        case [str(puid), str(name), str(mimes)]:
            pass
        case _:
            raise AnswerError("formats", "hold something that is no format")
    return Format(
        puid=puid[:_MAX_CHARS],
        name=name[:_MAX_CHARS],
        mimes=tuple(m.strip() for m in mimes.split(",") if m.strip())[:20],
    )


def joined(extraction: Extraction, found: Format) -> Extraction:
    """Return the extraction with its PRONOM identifier, and a warning on disagreement.

    Parameters
    ----------
    extraction
        What the extraction says, its media type by libmagic and a look inside.
    found
        What PRONOM says.
    """
    if not found.available:
        message = "the PRONOM identification did not answer; identify the file later"
        return _warned(extraction, "pronom-unavailable", message)
    mime = extraction.mime
    puid, name = found.puid, found.name
    known = _BY_MIME.get(mime)
    if known and puid in {None, _TEXT}:
        puid, name = known
    extraction = replace(
        extraction, puid=puid, format_name=name, signatures=found.signatures
    )
    if puid == found.puid and _disagree(mime, found.mimes):
        message = f"by its content the file is {mime}, PRONOM says {name} ({puid})"
        return _warned(extraction, "format-disagreement", message)
    return extraction


def _warned(extraction: Extraction, code: str, message: str) -> Extraction:
    found = Warning_(code=code, message=message)
    return replace(extraction, warnings=(*extraction.warnings, found))


def _disagree(mime: str, others: tuple[str, ...]) -> bool:
    if not others or mime in others:
        return False
    if any(mime in family and family & set(others) for family in _FAMILIES):
        return False
    # Every text is plain text, every XML language is XML: PRONOM may know less.
    return not all(_is_wider(other, mime) for other in others)


def _is_wider(other: str, mime: str) -> bool:
    if other == "text/plain":
        return mime.startswith("text/") or mime in _BY_MIME
    if other in {"application/xml", "text/xml"}:
        return mime.endswith(("+xml", "/xml"))
    return other == "application/zip" and "officedocument" in mime
