"""What a file carries: each carried file kept, then read by itself, however deep."""

import hashlib
import io
from dataclasses import dataclass, replace

from ingest.extraction import Attachment, Extraction
from recordsvc.services.capture import Attached
from recordsvc.services.crosswalks import attachment_from
from recordsvc.storage.bitstreams import BitstreamStore, Stored

MAX_DEPTH = 3
MAX_PARTS = 500
MAX_BYTES = 128 * 1024 * 1024
_MAX_WARNINGS = 50


@dataclass(slots=True, kw_only=True, eq=False)
class Part:
    """One carried file on its way.

    Parameters
    ----------
    position
        ``2.1`` is the first file that the second one carries.
    content
        Its bytes, where they are not kept (a dry run), until they are read.
    twin
        The part with the same bytes that is read in its stead.
    extraction
        What was found in it, once it has been read.
    rendition
        Its stored text.
    """

    position: str
    name: str
    stated_name: str | None
    stored: Stored
    content: bytes | None = None
    twin: "Part | None" = None
    extraction: Extraction | None = None
    rendition: Stored | None = None

    @property
    def depth(self) -> int:
        """Return how deep it lies: 1 is in the file that arrived."""
        return self.position.count(".") + 1


class Carried:
    """All that one arriving file carries.

    Parameters
    ----------
    bitstreams
        Keeps the bytes, or None in a dry run.
    """

    def __init__(self, bitstreams: BitstreamStore | None) -> None:
        self._bitstreams = bitstreams
        self._parts: list[Part] = []
        self._by_digest: dict[str, Part] = {}
        self._bytes = 0
        self._unread = 0
        self._warnings: list[str] = []

    @property
    def is_complete(self) -> bool:
        """Say whether everything has been read."""
        return not self._unread

    def unfold(self, extraction: Extraction, within: Part | None = None) -> list[Part]:
        """Keep what a file carries; return what is to be read of it.

        Parameters
        ----------
        extraction
            Of the file that carries.
        within
            The part that it is, or None for the file that arrived.
        """
        depth = within.depth + 1 if within else 1
        found = extraction.attachments
        if found and depth > MAX_DEPTH:
            self._warn(
                "attachment:depth",
                f"{len(found)} files that {_named(within)} carries were left in it",
            )
            return []
        above = f"{within.position}." if within else ""
        fresh = []
        for number, attachment in enumerate(found, 1):
            if len(self._parts) >= MAX_PARTS or (
                self._bytes + len(attachment.content) > MAX_BYTES
            ):
                self._warn(
                    "attachment:cut",
                    f"from {attachment.name!r} on, what {_named(within)} carries was "
                    "left in it: the limit for one paper is reached",
                )
                break
            part = self._keep(attachment, f"{above}{number}")
            if part.twin is None:
                fresh.append(part)
        self._unread += len(fresh)
        return fresh

    def _keep(self, attachment: Attachment, position: str) -> Part:
        content = attachment.content
        if self._bitstreams is None:
            digest = hashlib.sha256(content).hexdigest()
            stored = Stored(sha256=digest, bytes=len(content), new=False)
        else:
            stored = self._bitstreams.put(io.BytesIO(content))
        part = Part(
            position=position,
            name=attachment.name,
            stated_name=attachment.stated_name,
            stored=stored,
            content=content if self._bitstreams is None else None,
            twin=self._by_digest.get(stored.sha256),
        )
        self._by_digest.setdefault(stored.sha256, part)
        self._parts.append(part)
        self._bytes += len(content)
        return part

    def take(
        self, part: Part, extraction: Extraction, rendition: Stored | None
    ) -> None:
        """Take what was found in a part; what it carries has been unfolded before."""
        self._unread -= 1
        part.content = None
        part.extraction = replace(extraction, attachments=())
        part.rendition = rendition
        if extraction.quarantined:
            self._warn(
                "attachment:unread",
                f"{part.name!r} could not be read ({extraction.error}); it is kept as "
                "it came",
            )
        for warning in extraction.warnings:
            if warning.code.startswith("attachment:"):
                self._warn(warning.code, f"in {part.name!r}: {warning.message}")

    def _warn(self, code: str, message: str) -> None:
        if len(self._warnings) < _MAX_WARNINGS:
            self._warnings.append(f"{code}: {message}")

    def warnings(self) -> tuple[str, ...]:
        """Return what the record has to say of its attachments."""
        return tuple(dict.fromkeys(self._warnings))

    def attached(self) -> tuple[Attached, ...]:
        """Return everything in order of position, as the capture takes it."""
        return tuple(_attached(p) for p in sorted(self._parts, key=_order))


def _attached(part: Part) -> Attached:
    read = part.twin or part
    assert read.extraction is not None  # noqa: S101 - complete ones are captured
    return Attached(
        manifestation=attachment_from(
            read.extraction,
            name=part.name,
            stated_name=part.stated_name,
            position=part.position,
            sha256=part.stored.sha256,
            size=part.stored.bytes,
            rendition=read.rendition.sha256 if read.rendition else None,
        ),
        rendition_bytes=read.rendition.bytes if read.rendition else 0,
    )


def _order(part: Part) -> tuple[int, ...]:
    return tuple(int(number) for number in part.position.split("."))


def _named(part: Part | None) -> str:
    return "the paper" if part is None else repr(part.name)
