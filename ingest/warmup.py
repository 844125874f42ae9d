"""Load and run everything once that a worker will need.

A confined worker may not be able to import any more: the interpreter can lie where
another user does not come, and codecs and plug-ins are loaded at their first use.
"""

import encodings
import io
import os
import pkgutil
import struct
import zipfile
from collections.abc import Iterator
from importlib import import_module
from typing import BinaryIO

from ingest.extractors.olewriting import Folder, compound_file
from ingest.worker import Finish, answer_about

__all__ = ["samples", "warm_up"]

_OOXML = "http://schemas.openxmlformats.org"
_MAIL = """\
From: clerk@example.org
To: library@example.org
Subject: =?utf-8?q?R=C3=A9ponse?=
Date: Tue, 3 Mar 2020 10:00:00 +0100
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: text/html; charset=iso-8859-1

<p>The answer is attached.</p>
--b
Content-Type: application/octet-stream; name=a.bin
Content-Disposition: attachment; filename=a.bin
Content-Transfer-Encoding: base64

AAEC
--b--
"""
_AKN = """\
<akomaNtoso xmlns="http://docs.oasis-open.org/legaldocml/ns/akn/3.0"><bill name="b">
<meta><identification source="#x"><FRBRWork><FRBRthis value="/akn/xx/bill/1"/>
<FRBRdate date="2020-01-01" name="generation"/></FRBRWork></identification></meta>
<body><p>A bill to amend the Standing Orders.</p></body></bill></akomaNtoso>
"""
_XMP = """\
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF
 xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
 xmlns:dc="http://purl.org/dc/elements/1.1/"><rdf:Description><dc:title><rdf:Alt>
<rdf:li xml:lang="x-default">Paper</rdf:li></rdf:Alt></dc:title></rdf:Description>
</rdf:RDF></x:xmpmeta>"""


def warm_up(finish: str | None) -> Finish | None:
    """Load all codecs, run every extractor on a sample, and load `finish`.

    Parameters
    ----------
    finish
        ``module:function`` applied to the text of each file, or None.

    Returns
    -------
    callable or None
        The function of that name.

    Raises
    ------
    ImportError, AttributeError
        The function cannot be loaded.
    """
    for module in pkgutil.iter_modules(encodings.__path__):
        if module.name not in {"mbcs", "oem", "cp65001"}:
            import_module(f"encodings.{module.name}")
    function: Finish | None = None
    if finish is not None:
        module_name, _, name = finish.partition(":")
        function = getattr(import_module(module_name), name)
    for name, content in samples():
        answer_about(_as_file(content), name, {}, None)
    if function is not None:
        from ingest.language import known_languages

        for language in (None, *sorted(known_languages())):
            function(["The committee met; la commission s'est réunie."], language)
    _draw_each_kind()
    return function


def _draw_each_kind() -> None:
    from PIL import Image

    from ingest.ocrscan import scan_page
    from ingest.page_images import draw_page

    Image.init()
    draw_page(_as_file(_pdf()), 1, width_px=20)
    scan_page(_as_file(_pdf()), 1)
    for kind in ("PNG", "JPEG", "TIFF", "GIF", "WEBP"):
        draw_page(_as_file(_picture(kind)), 1, width_px=20)
        scan_page(_as_file(_picture(kind)), 1)


def _as_file(content: bytes) -> BinaryIO:
    file = os.fdopen(os.memfd_create("sample"), "w+b")
    file.write(content)
    file.seek(0)
    return file


def samples() -> Iterator[tuple[str, bytes]]:
    """Yield name and content of one small file for each way of reading."""
    yield "a.pdf", _pdf()
    yield "xmp.pdf", _pdf() + 2 * _XMP.encode()
    yield "carrying.pdf", _pdf() + b"%/EmbeddedFile"
    yield "broken.pdf", b"%PDF-1.4\n1 0 obj\n<</Type/Catalog"
    for part, root in (("word/document", "w:document"), ("xl/workbook", "workbook")):
        yield "a.zip", _ooxml(part, root)
    yield "a.pptx", _ooxml("ppt/presentation", "p:presentation")
    for kind in ("text", "spreadsheet"):
        yield "a.odt", _odf(kind)
    yield "a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
    yield "a.rtf", rb"{\rtf1\ansi\ansicpg1252 The bill \'e9t\'e9 \u1576 ?\par}"
    yield "a.html", b"<!doctype html><html lang=en><title>T</title><p>The bill</p>"
    yield "a.akn", _AKN.encode()
    yield "a.xml", b"<?xml version='1.0'?><report><title>T</title><p>x</p></report>"
    yield "bad.xml", b"<?xml version='1.0'?><report><title>T</p></report>"
    yield "a.eml", _MAIL.encode()
    yield "a.mbox", b"From a@b Tue Mar  3 10:00:00 2020\n" + _MAIL.encode()
    yield "a.msg", _message()
    yield "a.txt", "L'assemblée a voté la loi.\n".encode()
    yield "a16.txt", "The House met.\n".encode("utf-16")
    yield "a.md", b"---\ntitle: T\n---\n# Heading\n\ntext\n"
    yield "a.csv", b"a,b,c\n1,2,3\n4,5,6\n"
    yield "a.ttl", b"@prefix dct: <http://purl.org/dc/terms/> .\n<x> dct:title 'T' .\n"
    yield "a.json", b'{"title": "T", "body": "<p>The bill</p>"}'
    yield "a.zip", _zip({"a.txt": "text"})
    yield "a.png", _picture("PNG")
    yield "empty", b""
    yield "noise", bytes(range(256))


def _pdf() -> bytes:
    stream = b"BT /F1 12 Tf 20 50 Td (The House met at ten) Tj ET"
    objects = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 100]/Contents 4 0 R%b>>"
        % b"/Resources<</Font<</F1 5 0 R>>>>",
        b"<</Length %d>>\nstream\n%b\nendstream" % (len(stream), stream),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        b"<</Title(The paper)/CreationDate(D:20200101000000Z)>>",
    )
    out = bytearray(b"%PDF-1.4\n")
    places = []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, content)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<</Size %d/Root 1 0 R/Info 6 0 R>>\n" % (len(objects) + 1)
    out += b"startxref\n%d\n%%%%EOF\n" % start
    return bytes(out)


def _message() -> bytes:
    inner = Folder(streams={"__substg1.0_0037001F": "Dues".encode("utf-16-le")})
    carried = Folder(folders={"__substg1.0_3701000D": inner})
    return compound_file(
        Folder(
            streams={
                "__properties_version1.0": bytes(32),
                "__substg1.0_10090102": struct.pack("<II4sI", 20, 8, b"LZFu", 0)
                + b"\x00{\\rtf1 x}",
            },
            folders={"__attach_version1.0_#00000000": carried},
        )
    )


def _zip(members: dict[str, str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def _ooxml(part: str, root: str) -> bytes:
    spaces = (
        f'xmlns:w="{_OOXML}/wordprocessingml/2006/main" '
        f'xmlns:p="{_OOXML}/presentationml/2006/main"'
    )
    content = f"<{root} {spaces}><w:p><w:r><w:t>Text</w:t></w:r></w:p></{root}>"
    core = "<c xmlns:dc='http://purl.org/dc/elements/1.1/'><dc:title>T</dc:title></c>"
    return _zip(
        {
            "[Content_Types].xml": "<Types/>",
            f"{part}.xml": content,
            "docProps/core.xml": core,
        }
    )


def _odf(kind: str) -> bytes:
    mime = f"application/vnd.oasis.opendocument.{kind}"
    content = "<d xmlns:t='urn:t'><t:p>The text</t:p></d>"
    return _zip({"mimetype": mime, "content.xml": content, "meta.xml": "<m/>"})


def _picture(kind: str) -> bytes:
    from PIL import Image

    buffer = io.BytesIO()
    Image.new("RGB", (8, 8), "white").save(buffer, kind)
    return buffer.getvalue()
