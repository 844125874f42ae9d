"""Read PDF: text by page, and what the document says of itself.

pdfium reads 13 times as fast as pypdf; pypdf takes out the files that a PDF carries,
and is the fallback where pdfium gives up.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

import pypdfium2
import pypdfium2.raw as pdfium

from ingest.extractors.pdfcarried import attach_carried, may_carry
from ingest.extractors.source import Findings, Source, TextFullError
from ingest.extractors.xmp import xmp_values

__all__ = ["extract_pdf", "iso_date"]

_IN_MEMORY_BYTES = 128 * 1024 * 1024
_MAX_OUTLINE = 500
_PASSWORD_ERRORS = frozenset({pdfium.FPDF_ERR_PASSWORD, pdfium.FPDF_ERR_SECURITY})
_FIELDS = {
    "Title": "title",
    "Author": "author",
    "Subject": "subject",
    "Keywords": "keywords",
    "Creator": "tool",
    "Producer": "producer",
    "CreationDate": "created",
    "ModDate": "modified",
}
_DATE = re.compile(
    r"(?:D:)?(\d{4})(\d\d)?(\d\d)?(\d\d)?(\d\d)?(\d\d)?\s*([Zz+-])?(\d\d)?'?(\d\d)?"
)
_OCR_TOOLS = re.compile(
    r"\bocr|paper capture|tesseract|abbyy|omnipage|readiris", re.IGNORECASE
)
# pdfium marks a word broken at the line end with U+FFFE or U+0002.
_BROKEN_WORD = re.compile("[\ufffe\x02](?:\r?\n)?")


def extract_pdf(source: Source, found: Findings) -> None:
    """Read one PDF document."""
    in_memory = source.size <= _IN_MEMORY_BYTES
    content = source.read() if in_memory else b""
    try:
        document = pypdfium2.PdfDocument(
            content if in_memory else source.file, password=source.password or None
        )
    except pypdfium2.PdfiumError as failure:
        if getattr(failure, "err_code", None) in _PASSWORD_ERRORS:
            _say_encrypted(found, source.password)
        elif in_memory:
            _fall_back(content, found, str(failure), source.password)
        else:
            found.quarantine("damaged", "the PDF cannot be opened", str(failure))
        return
    try:
        _read(document, source, content, found)
    finally:
        document.close()


def _say_encrypted(found: Findings, password: str) -> None:
    found.quarantine(
        "encrypted",
        "the password does not open the PDF"
        if password
        else "the PDF needs a password; ask its sender for an open copy",
    )


def _say_opened(found: Findings, password: str) -> None:
    if password:
        found.warn(
            "encrypted:opened", "the PDF was read with the password given for it"
        )
    else:
        found.warn("encrypted:open", "the PDF is encrypted but opens without password")


def _read(
    document: pypdfium2.PdfDocument, source: Source, content: bytes, found: Findings
) -> None:
    if pdfium.FPDF_GetSecurityHandlerRevision(document) != -1:
        _say_opened(found, source.password)
    for key, value in document.get_metadata_dict(skip_empty=True).items():
        text = iso_date(value) if key.endswith("Date") else value
        found.value(_FIELDS.get(key, key.lower()), text, "pdf:info")
    xmp_values(content, found)
    found.page_count = len(document)
    _read_outline(document, found)
    if may_carry(content) or document.count_attachments() > 0:
        carrier = io.BytesIO(content) if content else source.file
        attach_carried(carrier, found, source.password)
    try:
        for text in _page_texts(document, found):
            found.page(text)
    except TextFullError:
        pass
    if found.page_count and not any(p.text.strip() for p in found.pages):
        found.warn("needs-ocr", "no page holds text: the PDF is a picture of a paper")
    tools = " ".join(v.value for v in found.embedded if v.field in _FIELDS.values())
    found.recognised = bool(_OCR_TOOLS.search(tools))
    if not found.page_count:
        found.quarantine("damaged", "the PDF has no pages that can be read")


def _page_texts(document: pypdfium2.PdfDocument, found: Findings) -> Iterator[str]:
    for index in range(len(document)):
        try:
            page = document[index]
            layer = page.get_textpage()
            text = layer.get_text_bounded()
            layer.close()
            page.close()
        except pypdfium2.PdfiumError:
            found.warn("page:damaged", f"page {index + 1} cannot be read")
            text = ""
        yield _BROKEN_WORD.sub("", text)


def _read_outline(document: pypdfium2.PdfDocument, found: Findings) -> None:
    entries = []
    try:
        for bookmark in document.get_toc(max_depth=4):
            target = bookmark.get_dest()
            index = target.get_index() if target else None
            entries.append(
                {
                    "title": bookmark.get_title()[:300].strip(),
                    "level": bookmark.level,
                    "page": None if index is None or index < 0 else index + 1,
                }
            )
            if len(entries) >= _MAX_OUTLINE:
                break
    except (pypdfium2.PdfiumError, ValueError, RecursionError):
        found.warn("outline:damaged", "the outline of the PDF is damaged")
    if entries:
        found.structure = {"outline": entries}


def _fall_back(content: bytes, found: Findings, failure: str, password: str) -> None:
    import pypdf

    try:
        reader = pypdf.PdfReader(io.BytesIO(content), strict=False)
        if reader.is_encrypted and not reader.decrypt(password):
            _say_encrypted(found, password)
            return
        found.page_count = len(reader.pages)
        for name, value in (reader.metadata or {}).items():
            found.value(_FIELDS.get(name[1:], name[1:].lower()), value, "pdf:info")
        if may_carry(content):
            attach_carried(io.BytesIO(content), found, password)
        for page in reader.pages:
            found.page(page.extract_text())
    except TextFullError:
        return
    except Exception as damage:  # noqa: BLE001 - pypdf raises anything on damage
        kind = f"{type(damage).__name__}: {damage}"[:300]
        if not found.pages:
            message = "the PDF is too damaged to be read"
            found.quarantine("damaged", message, f"pdfium: {failure}; pypdf: {kind}")
            return
    found.warn("fallback", f"pdfium gave up ({failure}); read by pypdf")
    if not found.page_count:
        found.quarantine("damaged", "the PDF has no pages that can be read", failure)
    elif not any(p.text.strip() for p in found.pages):
        found.warn("needs-ocr", "no page holds text")


def iso_date(value: str) -> str:
    """Return a PDF date in ISO 8601, or the value itself when it is none.

    Notes
    -----
    PDF 32000-1 section 7.9.4. A missing zone stays missing.

    Examples
    --------
    >>> iso_date("D:20251120131724+03'00'"), iso_date("D:2014"), iso_date("May")
    ('2025-11-20T13:17:24+03:00', '2014', 'May')
    """
    match = _DATE.fullmatch(value.strip().rstrip("'"))
    if not match:
        return value
    year, month, day, hour, minute, second, sign, zone_h, zone_m = match.groups()
    date = "-".join(part for part in (year, month, day) if part)
    if not hour:
        return date
    zone = ""
    if sign in {"Z", "z"}:
        zone = "Z"
    elif sign and zone_h:
        zone = f"{sign}{zone_h}:{zone_m or '00'}"
    return f"{date}T{hour}:{minute or '00'}:{second or '00'}{zone}"
