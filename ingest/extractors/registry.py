"""The list of extractors, and the one way to read a file in this process.

Nothing here isolates: :mod:`ingest.isolate` calls it in a child with limits.
"""

from __future__ import annotations

import os
from dataclasses import replace
from types import MappingProxyType
from typing import BinaryIO

from ingest.errors import IngestError
from ingest.extraction import Extraction, TextKind
from ingest.extractors.akn import extract_akn
from ingest.extractors.archive import (
    extract_empty,
    extract_image,
    extract_tar,
    extract_zip,
)
from ingest.extractors.boundedzip import ArchiveLimitError, DamagedArchiveError
from ingest.extractors.doc import extract_doc, extract_ole
from ingest.extractors.html import extract_html
from ingest.extractors.mail import extract_mail
from ingest.extractors.mbox import extract_mbox
from ingest.extractors.media import extract_media
from ingest.extractors.msg import extract_msg
from ingest.extractors.odf import extract_odf
from ingest.extractors.ooxml import extract_docx, extract_pptx, extract_xlsx
from ingest.extractors.pdf import extract_pdf
from ingest.extractors.records import extract_json
from ingest.extractors.rtf import extract_rtf
from ingest.extractors.source import (
    Extractor,
    FileTooLargeError,
    Findings,
    Source,
    TextFullError,
)
from ingest.extractors.text import (
    extract_csv,
    extract_markdown,
    extract_text,
    extract_turtle,
)
from ingest.extractors.xml import extract_rdf_xml, extract_xml
from ingest.identify import Identity, identify
from ingest.language import detect_language

__all__ = ["EXTRACTORS", "extract", "extractor_for"]

_OOXML = "application/vnd.openxmlformats-officedocument"
_ODF = "application/vnd.oasis.opendocument"

EXTRACTORS: MappingProxyType[str, Extractor] = MappingProxyType(
    {
        "application/pdf": extract_pdf,
        f"{_OOXML}.wordprocessingml.document": extract_docx,
        f"{_OOXML}.spreadsheetml.sheet": extract_xlsx,
        f"{_OOXML}.presentationml.presentation": extract_pptx,
        f"{_ODF}.text": extract_odf,
        f"{_ODF}.spreadsheet": extract_odf,
        f"{_ODF}.presentation": extract_odf,
        "application/msword": extract_doc,
        "application/vnd.ms-excel": extract_ole,
        "application/vnd.ms-powerpoint": extract_ole,
        "application/vnd.ms-outlook": extract_msg,
        "application/x-ole-storage": extract_ole,
        "application/rtf": extract_rtf,
        "text/html": extract_html,
        "application/xhtml+xml": extract_html,
        "application/akn+xml": extract_akn,
        "application/xml": extract_xml,
        "application/rdf+xml": extract_rdf_xml,
        "message/rfc822": extract_mail,
        "application/mbox": extract_mbox,
        "text/plain": extract_text,
        "text/markdown": extract_markdown,
        "text/csv": extract_csv,
        "text/turtle": extract_turtle,
        "application/json": extract_json,
        "application/zip": extract_zip,
        "application/x-tar": extract_tar,
        "application/gzip": extract_tar,
        "application/x-xz": extract_tar,
        "application/x-bzip2": extract_tar,
        "application/x-empty": extract_empty,
    }
)
_MAX_ERROR_CHARS = 500


def extractor_for(mime: str) -> Extractor | None:
    """Return the extractor of a media type, or None when there is none."""
    if mime.startswith("image/"):
        return extract_image
    if mime.startswith(("audio/", "video/")):
        return extract_media
    return EXTRACTORS.get(mime)


def extract(file: BinaryIO, *, name: str = "", password: str = "") -> Extraction:
    """Read one open file: identify it, read its text, find its language.

    Parameters
    ----------
    file
        The file, opened for reading bytes, seekable.
    name
        The name it came under; its extension is compared with the content.
    password
        Opens an encrypted file, where its format is one that can be opened.

    Returns
    -------
    Extraction
        Always: damage is told by its warnings, never raised.
    """
    size = os.fstat(file.fileno()).st_size
    identity = identify(file, size=size, name=name)
    file.seek(0)
    source = Source(
        file=file, size=size, name=name, mime=identity.mime, password=password
    )
    found = Findings()
    found.warnings.extend(identity.warnings)
    _read(source, found)
    return _finished(identity, found)


def _read(source: Source, found: Findings) -> None:
    reader = extractor_for(source.mime)
    if reader is None:
        found.warn("no-extractor", f"no text is read from {source.mime}")
        return
    try:
        reader(source, found)
    except TextFullError:
        pass
    except (FileTooLargeError, ArchiveLimitError) as limit:
        found.warn("too-large", f"{limit}; the file is kept, its text is not complete")
        found.quarantined = not found.pages
        found.error = str(limit)
    except MemoryError:
        message = "reading the file takes more memory than a worker may use"
        found.quarantine("too-large", message, "MemoryError")
    except Exception as damage:  # noqa: BLE001 - parsers raise anything on damage
        known = isinstance(damage, IngestError | DamagedArchiveError)
        error = str(damage) if known else f"{type(damage).__name__}: {damage}"
        found.warn("damaged", f"the file is damaged: {error}"[:_MAX_ERROR_CHARS])
        found.quarantined = not any(p.text for p in found.pages)
        found.error = error[:_MAX_ERROR_CHARS]


def _finished(identity: Identity, found: Findings) -> Extraction:
    has_text = any(page.text.strip() for page in found.pages)
    kind = TextKind.NONE
    if has_text:
        kind = TextKind.OCR if found.recognised else TextKind.FULL
    extraction = Extraction(
        mime=identity.mime,
        pages=tuple(found.pages),
        page_count=found.page_count,
        text=kind,
        embedded=tuple(found.embedded),
        structure=found.structure,
        attachments=tuple(found.attachments),
        warnings=tuple(found.warnings),
        quarantined=found.quarantined,
        error=found.error,
    )
    if not has_text:
        return extraction
    language, confidence = detect_language(p.text for p in extraction.pages)
    return replace(extraction, language=language, language_confidence=confidence)
