"""List what archives hold; images and unknown formats are kept without text."""

from __future__ import annotations

import tarfile

from ingest.extraction import MAX_PAGES
from ingest.extractors.boundedzip import BoundedZip
from ingest.extractors.source import Findings, Source

__all__ = ["extract_empty", "extract_image", "extract_tar", "extract_zip"]

_MAX_NAMES = 5_000
_NOT_UNPACKED = (
    "archive-not-unpacked",
    "the archive is kept whole; its papers are found by their names only",
)


def extract_zip(source: Source, found: Findings) -> None:
    """List the names in one ZIP archive."""
    with BoundedZip(source) as archive:
        members = archive.members()
    _list([name for name, _ in members], found)


def extract_tar(source: Source, found: Findings) -> None:
    """List the names in one tar archive."""
    source.file.seek(0)
    names = []
    try:
        with tarfile.open(fileobj=source.file, mode="r|*") as archive:
            for member in archive:
                names.append(member.name)
                if len(names) > _MAX_NAMES:
                    break
    except (tarfile.TarError, OSError, EOFError, ValueError) as damage:
        found.warn("archive:damaged", f"the archive ends early: {damage}")
    if not names and source.mime != "application/x-tar":
        found.warn("no-text", "the packed file is kept as it is")
        return
    _list(names, found)


def _list(names: list[str], found: Findings) -> None:
    found.warn(*_NOT_UNPACKED)
    if len(names) > _MAX_NAMES:
        found.warn("archive:cut", f"only the first {_MAX_NAMES} names are listed")
    found.structure = {"members": len(names)}
    found.page_count = 1
    found.page("\n".join(names[:_MAX_NAMES]))


def extract_image(source: Source, found: Findings) -> None:
    """Keep one image without text."""
    found.page_count = _frames(source)
    found.warn("needs-ocr", f"a picture ({source.mime}) holds no text by itself")


def _frames(source: Source) -> int:
    """Return how many pages a picture has: a TIFF file may be a whole paper."""
    if source.mime != "image/tiff":
        return 1
    from PIL import Image

    source.file.seek(0)
    try:
        with Image.open(source.file, formats=("TIFF",)) as image:
            return min(int(getattr(image, "n_frames", 1)), MAX_PAGES)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        # What is wrong with it is told when it is read or drawn.
        return 1


def extract_empty(source: Source, found: Findings) -> None:
    """Keep one empty file."""
    found.page_count = 0
    found.warn("empty", f"the file {source.name or ''!r} has no bytes")
