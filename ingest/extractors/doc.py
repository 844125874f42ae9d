"""Read the text of Word documents of the years 1997 to 2003.

The text is put together from the piece table ([MS-DOC] 2.4.1). No other program is
asked: a confined worker may start none.
"""

from __future__ import annotations

import re
import struct

from ingest.extractors.ole import (
    CompoundFile,
    DamagedCompoundFileError,
    summary_values,
)
from ingest.extractors.source import Findings, Source

__all__ = ["extract_doc", "extract_ole"]

_FIELD_CODE = re.compile(r"\x13[^\x13\x14\x15]*(?:\x14|(?=\x15))")
_RUN_8BIT = re.compile(rb"[\x09\x0a\x0d\x20-\x7e\x80-\xff]{24,}")
_RUN_16BIT = re.compile(rb"(?:[\x09\x0a\x0d\x20-\x7e\xa0-\xff]\x00){12,}")
_LETTERS = re.compile(r"[^\W\d_]{3,}")


def extract_doc(source: Source, found: Findings) -> None:
    """Read one legacy Word document."""
    content = source.read()
    try:
        container = CompoundFile(content)
    except DamagedCompoundFileError as damage:
        found.quarantine("damaged", "the Word document cannot be opened", str(damage))
        return
    summary_values(container, found)
    stream = container.stream("WordDocument")
    text = ""
    try:
        text = _piece_text(stream, container)
    except _EncryptedError:
        found.quarantine("encrypted", "the Word document needs a password")
        return
    except (struct.error, IndexError, ValueError) as damage:
        found.warn("damaged", f"the piece table of the document is damaged: {damage}")
    if not text.strip():
        text = _by_runs(stream or content)
        if text:
            found.warn("text:heuristic", "the text was pieced together from raw runs")
        else:
            found.warn("no-text:legacy-doc", "no text could be read from the document")
    pages = [_readable(page) for page in text.split("\x0c")]
    for page in pages:
        found.page(page)
    found.page_count = len(pages)


def extract_ole(source: Source, found: Findings) -> None:
    """Read the properties of another compound file; its text is not read."""
    content = source.read()
    try:
        container = CompoundFile(content)
    except DamagedCompoundFileError as damage:
        found.quarantine("damaged", "the document cannot be opened", str(damage))
        return
    summary_values(container, found)
    found.warn(
        "no-text:legacy-format",
        "text of this old format is not read; ingest a copy in its present form "
        "(.docx, .xlsx, .pptx or PDF) to make it searchable",
    )


class _EncryptedError(Exception):
    """Say that the document is encrypted."""


def _piece_text(stream: bytes, container: CompoundFile) -> str:
    magic, version = struct.unpack_from("<HH", stream, 0)
    if magic != 0xA5EC or version < 101:
        raise ValueError(f"Word version {version} has no piece table we read")
    (flags,) = struct.unpack_from("<H", stream, 10)
    if flags & 0x0100:
        raise _EncryptedError
    table = container.stream("1Table" if flags & 0x0200 else "0Table")
    (word_count,) = struct.unpack_from("<H", stream, 32)
    longs = 34 + 2 * word_count
    (long_count,) = struct.unpack_from("<H", stream, longs)
    pairs = longs + 2 + 4 * long_count + 2
    at, length = struct.unpack_from("<II", stream, pairs + 8 * 33)
    pieces = _piece_table(table[at : at + length])
    count = (len(pieces) - 4) // 12
    ends = struct.unpack_from(f"<{count + 1}I", pieces, 0)
    parts = []
    for i in range(count):
        (position,) = struct.unpack_from("<I", pieces, 4 * (count + 1) + 8 * i + 2)
        chars = ends[i + 1] - ends[i]
        if position & 0x4000_0000:
            start = (position & 0x3FFF_FFFF) // 2
            parts.append(stream[start : start + chars].decode("cp1252", "replace"))
        else:
            raw = stream[position : position + 2 * chars]
            parts.append(raw.decode("utf-16-le", "replace"))
    return "".join(parts)


def _piece_table(complex_part: bytes) -> bytes:
    at = 0
    while at < len(complex_part) and complex_part[at] == 1:
        (length,) = struct.unpack_from("<H", complex_part, at + 1)
        at += 3 + length
    if at >= len(complex_part) or complex_part[at] != 2:
        raise ValueError("there is no piece table")
    (length,) = struct.unpack_from("<I", complex_part, at + 1)
    return complex_part[at + 5 : at + 5 + length]


def _readable(text: str) -> str:
    for _ in range(4):
        shorter = _FIELD_CODE.sub("", text)
        if shorter == text:
            break
        text = shorter
    text = text.replace("\r", "\n").replace("\x07", "\t").replace("\x0b", "\n")
    text = text.replace("\x1e", "-").replace("\x1f", "").replace("\xa0", " ")
    return re.sub(r"\n{3,}", "\n\n", text).strip()


def _by_runs(stream: bytes) -> str:
    runs = [m[0].decode("utf-16-le") for m in _RUN_16BIT.finditer(stream)]
    runs += [m[0].decode("cp1252", "replace") for m in _RUN_8BIT.finditer(stream)]
    readable = [run for run in runs if len(_LETTERS.findall(run)) >= 3]
    return "\n".join(readable)
