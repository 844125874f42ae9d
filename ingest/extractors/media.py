"""Read what sound and video say of themselves: length, codec, size of the picture.

Nothing is decoded: only the tables of the container are looked at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from tinytag import TinyTag, TinyTagException

from ingest.extractors.video import VideoFacts, matroska_facts, mp4_facts

if TYPE_CHECKING:
    from ingest.extractors.source import Findings, Source

__all__ = ["MEDIA", "extract_media"]

MEDIA = "media:"
"""Beginning of the fields that hold technical values."""

_EBML = b"\x1aE\xdf\xa3"
_MIN_SECONDS = 0.001
_MAX_SECONDS = 60 * 60 * 24 * 366
_SOURCE = "container"


def extract_media(source: Source, found: Findings) -> None:
    """Note the technical values of one sound or video; it has no text."""
    found.warn("no-text", f"{source.mime} is kept as it is; it holds no text")
    head = source.head(12)
    if head.startswith(_EBML):
        _note_video(matroska_facts(source.file, source.size), found)
    elif head[4:8] == b"ftyp":
        _note_video(mp4_facts(source.file, source.size), found)
    _note_tags(source.file, found)


def _note_video(facts: VideoFacts, found: Findings) -> None:
    _note(found, "duration_s", facts.duration_s)
    _note(found, "codec", " ".join(facts.codecs))
    if facts.width and facts.height:
        _note(found, "width", facts.width)
        _note(found, "height", facts.height)


def _note_tags(file: BinaryIO, found: Findings) -> None:
    file.seek(0)
    known = {value.field for value in found.embedded}
    try:
        tag = TinyTag.get(file_obj=file, image=False)
    except TinyTagException as damage:
        if not known:
            found.warn("media:unread", f"its container cannot be read: {damage}")
        return
    if f"{MEDIA}duration_s" not in known:
        _note(found, "duration_s", tag.duration)
    if f"{MEDIA}codec" not in known and tag.duration:
        # The name of its reader is that of the form: MPEG, Ogg, Wave, Flac.
        _note(found, "codec", type(tag).__name__.strip("_").lower())
    _note(found, "channels", tag.channels)
    _note(found, "samplerate_hz", tag.samplerate)
    _note(found, "bitrate_kbps", round(tag.bitrate) if tag.bitrate else None)
    found.value("title", tag.title, "tag")
    found.value("author", tag.artist, "tag")


def _note(found: Findings, name: str, value: float | str | None) -> None:
    """Add a technical value that can be one."""
    if isinstance(value, float):
        if not _MIN_SECONDS <= value < _MAX_SECONDS:
            return
        value = f"{value:.3f}".rstrip("0").rstrip(".")
    if value:
        found.value(f"{MEDIA}{name}", value, _SOURCE)
