"""Open one page of a PDF, in a confined process only: the file is hostile."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

import pypdfium2

from ingest.errors import PageImageError

__all__ = ["PICTURES", "is_pdf", "pdf_page"]

PICTURES = ("PNG", "JPEG", "TIFF", "GIF", "WEBP", "BMP")
"""The kinds of picture files that are drawn and read, as Pillow names them."""
_HEAD_BYTES = 1024


def is_pdf(file: BinaryIO) -> bool:
    """Say whether a file is drawn as a PDF; it stands at its beginning then."""
    file.seek(0)
    found = b"%PDF-" in file.read(_HEAD_BYTES)
    file.seek(0)
    return found


@contextmanager
def pdf_page(file: BinaryIO, number: int) -> Iterator[pypdfium2.PdfPage]:
    """Open a page of a PDF for the length of a block.

    Parameters
    ----------
    number
        The page, counted from 1.

    Raises
    ------
    PageImageError
        There is no such page.
    """
    document = pypdfium2.PdfDocument(file)
    try:
        if not 1 <= number <= len(document):
            raise PageImageError(f"the paper has {len(document)} pages, no {number}")
        yield document[number - 1]
    finally:
        document.close()
