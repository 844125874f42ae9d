"""Say what format a file has, by its content; its name is a witness, not a judge.

libmagic answers first (the first 256 KiB); containers and text formats, which it
knows only roughly, are looked into. PRONOM identifiers come from
:mod:`ingest.pronom`, which must never be loaded in a process that forks.
"""

from __future__ import annotations

import re
import zipfile
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from pathlib import PurePosixPath
from typing import Any, BinaryIO

import orjson

from ingest.extraction import Warning_
from ingest.extractors.mbox import is_mailbox

__all__ = ["HEAD_BYTES", "Identity", "extension_of", "guessed_mime", "identify"]

HEAD_BYTES = 256 * 1024
_MAX_JSON_BYTES = 64 * 1024 * 1024
_MIN_HEADERS, _MIN_KNOWN_HEADERS = 3, 2
_MIN_ROWS, _MIN_DELIMITERS = 3, 2
_OOXML = "application/vnd.openxmlformats-officedocument"
_ODF = "application/vnd.oasis.opendocument"

# The first is the usual one.
_STATED: dict[str, str] = {
    "pdf": "application/pdf",
    "docx": f"{_OOXML}.wordprocessingml.document",
    "xlsx": f"{_OOXML}.spreadsheetml.sheet",
    "pptx": f"{_OOXML}.presentationml.presentation",
    "odt": f"{_ODF}.text",
    "ods": f"{_ODF}.spreadsheet",
    "odp": f"{_ODF}.presentation",
    "doc": "application/msword",
    "xls": "application/vnd.ms-excel",
    "ppt": "application/vnd.ms-powerpoint",
    "msg": "application/vnd.ms-outlook",
    "rtf": "application/rtf",
    "html": "text/html application/xhtml+xml",
    "htm": "text/html application/xhtml+xml",
    "xhtml": "text/html application/xhtml+xml",
    "xml": "application/xml application/akn+xml application/rdf+xml "
    "application/xhtml+xml image/svg+xml",
    "akn": "application/akn+xml",
    "rdf": "application/rdf+xml",
    "ttl": "text/turtle",
    "eml": "message/rfc822 application/mbox",
    "mbox": "application/mbox",
    "json": "application/json",
    "csv": "text/csv text/plain",
    "tsv": "text/csv text/plain",
    "md": "text/markdown text/plain",
    "txt": "text/plain text/markdown text/csv",
    "zip": "application/zip",
    "tar": "application/x-tar",
    "gz": "application/gzip",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "tif": "image/tiff",
    "tiff": "image/tiff",
    "gif": "image/gif",
}
_BY_EXTENSION: dict[str, frozenset[str]] = {
    extension: frozenset(mimes.split()) for extension, mimes in _STATED.items()
}

_OOXML_PARTS = (
    ("word/document", f"{_OOXML}.wordprocessingml.document"),
    ("xl/workbook", f"{_OOXML}.spreadsheetml.sheet"),
    ("ppt/presentation", f"{_OOXML}.presentationml.presentation"),
)
_OLE_STREAMS = (
    ("WordDocument", "application/msword"),
    ("Workbook", "application/vnd.ms-excel"),
    ("PowerPoint Document", "application/vnd.ms-powerpoint"),
    ("__properties_version1.0", "application/vnd.ms-outlook"),
    ("Book", "application/vnd.ms-excel"),
)
_SAME = {
    "text/rtf": "application/rtf",
    "text/xml": "application/xml",
    "application/x-gzip": "application/gzip",
    "inode/x-empty": "application/x-empty",
    "application/x-zip-compressed": "application/zip",
    "application/csv": "text/csv",
}
_MAIL_HEADER = re.compile(
    rb"^(received|return-path|delivered-to|date|from|to|cc|subject|message-id|"
    rb"mime-version|content-type|x-[a-z0-9-]+|reply-to|in-reply-to|user-agent):",
    re.IGNORECASE | re.MULTILINE,
)
_XML_PROLOG = re.compile(
    rb"(?:\s+|<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^>\[]*(?:\[.*?\]\s*)?>)*",
    re.DOTALL | re.IGNORECASE,
)
_ROOT = re.compile(rb"<([A-Za-z_][\w.:-]*)([^>]*)>?")
_TURTLE = re.compile(
    rb"^\s*@?(?:prefix|base)\s+[\w.-]*:?\s*<[^>\n]*>", re.IGNORECASE | re.MULTILINE
)
_HEADING = re.compile(rb"^#{1,6} \S", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Hold what a file is by its content.

    Parameters
    ----------
    mime
        Media type by content; ``application/x-empty`` for an empty file.
    extension
        The extension of its name in lower case without dot; may be empty.
    warnings
        ``format-mismatch`` when name and content disagree.
    """

    mime: str
    extension: str
    warnings: tuple[Warning_, ...] = ()


def extension_of(name: str) -> str:
    """Return the extension of a name in lower case, without its dot.

    Examples
    --------
    >>> extension_of("Bill 12.PDF"), extension_of("README")
    ('pdf', '')
    """
    suffix = PurePosixPath(name.replace("\\", "/")).suffix
    return suffix[1:].lower()


def identify(file: BinaryIO, *, size: int, name: str = "") -> Identity:
    """Return what an open file is.

    Parameters
    ----------
    file
        The file, opened for reading bytes, seekable; its position is changed.
    size
        Its length in bytes.
    name
        The name it came under, compared with the content.
    """
    extension = extension_of(name)
    file.seek(0)
    head = file.read(HEAD_BYTES)
    mime = "application/x-empty"
    if size:
        is_box = is_mailbox(head, extension)
        mime = "application/mbox" if is_box else _by_content(head, file, size)
    if mime == "text/plain":
        mime = _plain_text_kind(head, extension)
    return Identity(
        mime=mime, extension=extension, warnings=_disagreement(mime, extension)
    )


_BEGINNINGS = (
    (b"%PDF-", "application/pdf"),
    (b"PK\x03\x04", "application/zip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    (b"{\\rtf", "application/rtf"),
    (b"\x89PNG\r\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"\x1f\x8b", "application/gzip"),
)
_ZIP_BY_EXTENSION = frozenset({"docx", "xlsx", "pptx", "odt", "ods", "odp"})
_OLE_BY_EXTENSION = frozenset({"doc", "xls", "ppt", "msg"})


def guessed_mime(head: bytes, name: str) -> str:
    r"""Return what a file most likely is without parsing any of it.

    Parameters
    ----------
    head
        Its first bytes.
    name
        The name it came under; its extension decides between kinds of one container
        and where the first bytes say nothing.

    Examples
    --------
    >>> guessed_mime(b"%PDF-1.7", "a.doc"), guessed_mime(b"PK\x03\x04", "a.docx")[-8:]
    ('application/pdf', 'document')
    >>> guessed_mime(b"?", "a.csv"), guessed_mime(b"?", "a")
    ('text/csv', 'application/octet-stream')
    """
    extension = extension_of(name)
    stated = _STATED.get(extension, "").partition(" ")[0]
    for beginning, mime in _BEGINNINGS:
        if head.startswith(beginning):
            inside = (mime == "application/zip" and extension in _ZIP_BY_EXTENSION) or (
                mime == "application/x-ole-storage" and extension in _OLE_BY_EXTENSION
            )
            return stated if inside else mime
    return stated or "application/octet-stream"


def _disagreement(mime: str, extension: str) -> tuple[Warning_, ...]:
    expected = _BY_EXTENSION.get(extension)
    if expected is None or mime in expected or mime == "application/x-empty":
        return ()
    message = f"the name ends in .{extension}, the content is {mime}"
    return (Warning_(code="format-mismatch", message=message),)


def _by_content(head: bytes, file: BinaryIO, size: int) -> str:
    if head.startswith(b"PK\x03\x04"):
        return _zip_kind(head, file)
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return _ole_kind(file, size)
    if head.startswith(b"{\\rtf"):
        return "application/rtf"
    # Some damaged PDF has lost its first line but nothing else.
    if b"%PDF-" in head[:1024] or (b" obj" in head[:256] and b"endobj" in head):
        return "application/pdf"
    start = head[3:] if head.startswith(b"\xef\xbb\xbf") else head
    markup = _markup_kind(start)
    if markup:
        return markup
    mime = _SAME.get(found := _libmagic().from_buffer(head), found)
    if mime.startswith("text/") or mime in {
        "application/json",
        "application/octet-stream",
        "message/rfc822",
        "application/x-ndjson",
        "application/javascript",
    }:
        return _text_kind(start, file, size, mime)
    return str(mime)


@lru_cache(maxsize=1)
def _libmagic() -> Any:
    """Return the one cookie of this process; loading the rules costs 10 ms."""
    import pylibmagic  # noqa: F401 - must be loaded before magic

    import magic  # isort: skip

    return magic.Magic(mime=True)


def _zip_kind(head: bytes, file: BinaryIO) -> str:
    # ODF and EPUB put an uncompressed member `mimetype` first.
    if head[30:38] == b"mimetype":
        stated = re.match(rb"[\w.+/-]{5,100}", head[38:150])
        if stated:
            return stated[0].split(b"PK")[0].decode("ascii")
    try:
        with zipfile.ZipFile(file) as archive:
            names = archive.namelist()[:5_000]
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        names = [n.decode("latin-1") for n in re.findall(rb"[\w/.\[\]-]{5,60}", head)]
    if any("[Content_Types].xml" in n for n in names):
        for part, mime in _OOXML_PARTS:
            if any(part in n for n in names):
                return mime
    return "application/zip"


def _ole_kind(file: BinaryIO, size: int) -> str:
    from ingest.extractors.ole import CompoundFile, DamagedCompoundFileError

    file.seek(0)
    try:
        names = CompoundFile(file.read(min(size, _MAX_JSON_BYTES))).names()
    except DamagedCompoundFileError:
        return "application/x-ole-storage"
    for stream, mime in _OLE_STREAMS:
        if stream in names:
            return mime
    return "application/x-ole-storage"


def _markup_kind(head: bytes) -> str | None:
    if head[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        head = head.decode("utf-16", "ignore").encode("utf-8", "ignore")
    text = head[:65_536].lstrip()
    if not text.startswith(b"<"):
        return None
    lowered = text[:2048].lower()
    prolog = _XML_PROLOG.match(text)
    root = _ROOT.match(text, prolog.end() if prolog else 0)
    name = root[1].rpartition(b":")[2].lower() if root else b""
    rest = root[2] if root else b""
    is_xml = lowered.startswith(b"<?xml")
    if name == b"akomantoso":
        return "application/akn+xml"
    if name == b"html" or b"<!doctype html" in lowered:
        xhtml = is_xml and b"http://www.w3.org/1999/xhtml" in rest
        return "application/xhtml+xml" if xhtml else "text/html"
    if name == b"rdf" and b"22-rdf-syntax-ns#" in text:
        return "application/rdf+xml"
    if name == b"svg":
        return "image/svg+xml"
    if name in {b"head", b"body", b"div", b"table", b"p", b"script", b"meta", b"br"}:
        return None if is_xml else "text/html"
    if is_xml or (name and (b"</" in text or b"/>" in text)):
        return "application/xml"
    return None


def _text_kind(head: bytes, file: BinaryIO, size: int, mime: str) -> str:
    start = head.lstrip()[:1]
    if start in {b"{", b"["} and size <= _MAX_JSON_BYTES:
        file.seek(0)
        try:
            orjson.loads(file.read().removeprefix(b"\xef\xbb\xbf"))
        except ValueError:
            pass
        else:
            return "application/json"
    if _is_mail(head):
        return "message/rfc822"
    if _TURTLE.search(head[:8192]):
        return "text/turtle"
    if mime == "application/octet-stream":
        return "text/plain" if _is_text(head) else mime
    if mime in {"text/html", "text/csv"}:
        return mime
    return "text/plain"


def _is_mail(head: bytes) -> bool:
    headers = re.split(rb"\r?\n\r?\n", head[:32_768], maxsplit=1)[0]
    first = headers.split(b"\n", 1)[0]
    if not (_MAIL_HEADER.match(first) or first.startswith(b"From ")):
        return False
    names = {m[1].lower() for m in _MAIL_HEADER.finditer(headers)}
    known = names & {b"from", b"to", b"subject", b"date"}
    return len(names) >= _MIN_HEADERS and len(known) >= _MIN_KNOWN_HEADERS


def _is_text(head: bytes) -> bool:
    if head[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return True
    if b"\x00" in head:
        return False
    control = sum(head.count(bytes([c])) for c in range(32) if c not in {9, 10, 12, 13})
    return control * 200 < len(head)


def _plain_text_kind(head: bytes, extension: str) -> str:
    if extension in {"csv", "tsv"} or (not extension and _is_table(head)):
        return "text/csv"
    if extension == "md":
        return "text/markdown"
    headed = head.startswith(b"---\n") or len(_HEADING.findall(head[:16_384])) > 1
    if headed and extension != "txt":
        return "text/markdown"
    return "text/plain"


def _is_table(head: bytes) -> bool:
    lines = [line for line in head.split(b"\n")[:21] if line.strip()][:20]
    if len(lines) < _MIN_ROWS:
        return False
    for delimiter in (b",", b";", b"\t"):
        counts = Counter(line.count(delimiter) for line in lines)
        count, seen = counts.most_common(1)[0]
        if count >= _MIN_DELIMITERS and seen >= 0.9 * len(lines):
            return True
    return False
