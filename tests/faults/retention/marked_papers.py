"""Papers of several formats, each with a token that nothing else has."""

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

from pypdf import PdfReader, PdfWriter
from reportlab import rl_config
from reportlab.pdfgen.canvas import Canvas

from tests.conftest import SHARED

WORD = "zqtoken"
_SMALL_BYTES = 80_000
_TEXT = "Paper {0} of the committee on water quotes {1} and again {1} from its file."
_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType='
    '"application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Override PartName="/word/document.xml" ContentType="application/vnd.'
    'openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>'
)
_RELATIONS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/'
    'relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/'
    'officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/>'
    "</Relationships>"
)


def token(number: int) -> str:
    """Return the token of a paper."""
    return f"{WORD}{number:04d}end"


def write_papers(folder: Path, count: int) -> list[Path]:
    """Write papers 0 to `count`, the formats taking turns; return their paths."""
    folder.mkdir()
    pdfs, docs = _real("*.pdf"), _real("*.docx")
    paths = []
    for number in range(count):
        # Neighbours of one format: an even number and the odd one after it.
        kind = number // 2 % 5
        text = _TEXT.format(number, token(number))
        if kind == 0:
            name, content = "txt", text.encode()
        elif kind == 1:
            name, content = "html", f"<html><p>{text}</p></html>".encode()
        elif kind == 2:
            name, content = "pdf", _pdf(text)
        elif kind == 3:
            name, content = "docx", _docx(text, _nth(docs, number))
        else:
            name, content = "pdf", _with_page(_pdf(text), _nth(pdfs, number))
        paths.append(folder / f"p{number:04d}.{name}")
        paths[-1].write_bytes(content)
    return paths


def _real(pattern: str) -> list[Path]:
    found = (SHARED / "data" / "papers").rglob(pattern)
    return sorted(p for p in found if p.stat().st_size < _SMALL_BYTES)


def _nth(paths: list[Path], number: int) -> Path | None:
    return paths[number % len(paths)] if paths else None


def _pdf(text: str) -> bytes:
    target = io.BytesIO()
    rl_config.useA85 = 0
    canvas = Canvas(target, pageCompression=1)
    for line, start in enumerate(range(0, len(text), 80)):
        canvas.drawString(40, 780 - 14 * line, text[start : start + 80])
    canvas.save()
    return target.getvalue()


def _with_page(page: bytes, real: Path | None) -> bytes:
    """Put our page before those of a real paper."""
    writer = PdfWriter()
    writer.append(io.BytesIO(page))
    if real is not None:
        for number, one in enumerate(PdfReader(real).pages):
            if number < 3:
                writer.add_page(one)
    target = io.BytesIO()
    writer.write(target)
    return target.getvalue()


def _docx(text: str, real: Path | None) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in _parts(text, real):
            made.writestr(name, content)
    return target.getvalue()


def _parts(text: str, real: Path | None) -> Iterator[tuple[str, bytes]]:
    paragraph = f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"
    if real is None:
        body = f'<w:document xmlns:w="{_W}"><w:body>{paragraph}</w:body></w:document>'
        yield "[Content_Types].xml", _TYPES.encode()
        yield "_rels/.rels", _RELATIONS.encode()
        yield "word/document.xml", body.encode()
        return
    with zipfile.ZipFile(real) as archive:
        for name in archive.namelist():
            content = archive.read(name)
            if name == "word/document.xml":
                content = content.replace(
                    b"<w:body>", b"<w:body>" + paragraph.encode(), 1
                )
            yield name, content
