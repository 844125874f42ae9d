"""Write a paper as an Office Open XML text document (ECMA-376)."""

import io
import zipfile
from collections.abc import Iterator
from itertools import groupby
from xml.sax.saxutils import escape, quoteattr

from recordsvc.samples.source import Block, Kind, Paper

__all__ = ["write"]

_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main"
_DAY_OF_ZIP = (1980, 1, 1, 0, 0, 0)

_TYPES = (
    f'{_XML}<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType='
    '"application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    f'<Override PartName="/word/document.xml" ContentType="{_WORD}+xml"/>'
    '<Override PartName="/docProps/core.xml" ContentType='
    '"application/vnd.openxmlformats-package.core-properties+xml"/></Types>'
)
_RELATIONS = (
    f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" '
    'Target="word/document.xml"/>'
    f'<Relationship Id="rId2" Type="{_PACKAGE}/relationships/metadata/core-properties" '
    'Target="docProps/core.xml"/></Relationships>'
)
_ALIGNED = {
    Kind.CENTRED: '<w:jc w:val="center"/>',
    Kind.TITLE: '<w:jc w:val="center"/>',
    Kind.SIGNATURE: '<w:jc w:val="end"/>',
    Kind.ITEM: '<w:ind w:start="360"/>',
}
_LETTERS = {
    Kind.TITLE: '<w:b/><w:sz w:val="32"/>',
    Kind.HEADING: '<w:b/><w:sz w:val="24"/>',
}


def write(paper: Paper) -> bytes:
    """Return a DOCX whose parts carry a fixed day, so that its bytes are fixed."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in (
            ("[Content_Types].xml", _TYPES),
            ("_rels/.rels", _RELATIONS),
            ("word/document.xml", _document(paper)),
            ("docProps/core.xml", _core(paper)),
        ):
            entry = zipfile.ZipInfo(name, _DAY_OF_ZIP)
            entry.compress_type = zipfile.ZIP_DEFLATED
            package.writestr(entry, content)
    return target.getvalue()


def _core(paper: Paper) -> str:
    stamp = f"{paper.date.isoformat()}T12:00:00Z"
    return (
        f"{_XML}<cp:coreProperties "
        f'xmlns:cp="{_PACKAGE}/metadata/core-properties" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" '
        'xmlns:dcterms="http://purl.org/dc/terms/" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f"<dc:title>{escape(paper.title)}</dc:title>"
        f"<dc:creator>{escape(paper.author)}</dc:creator>"
        f"<dc:language>{paper.language}</dc:language>"
        f'<dcterms:created xsi:type="dcterms:W3CDTF">{stamp}</dcterms:created>'
        "</cp:coreProperties>"
    )


def _document(paper: Paper) -> str:
    body = "".join(_body(paper))
    return (
        f'{_XML}<w:document xmlns:w="{_W}"><w:body>{body}'
        '<w:sectPr><w:pgSz w:w="11906" w:h="16838"/></w:sectPr>'
        "</w:body></w:document>"
    )


def _body(paper: Paper) -> Iterator[str]:
    for kind, group in groupby(paper.blocks, key=lambda block: block.kind):
        if kind is Kind.ROW:
            rows = "".join(
                "<w:tr>"
                + "".join(f"<w:tc>{_text(cell, paper)}</w:tc>" for cell in block.cells)
                + "</w:tr>"
                for block in group
            )
            yield f"<w:tbl><w:tblPr/><w:tblGrid/>{rows}</w:tbl>"
        else:
            for block in group:
                yield _block(block, paper)


def _block(block: Block, paper: Paper) -> str:
    if block.kind is Kind.PAGE_BREAK:
        return '<w:p><w:r><w:br w:type="page"/></w:r></w:p>'
    return _text(
        block.text,
        paper,
        aligned=_ALIGNED.get(block.kind, ""),
        letters=_LETTERS.get(block.kind, ""),
    )


def _text(text: str, paper: Paper, *, aligned: str = "", letters: str = "") -> str:
    bidi = "<w:bidi/>" if paper.is_right_to_left else ""
    rtl = "<w:rtl/>" if paper.is_right_to_left else ""
    spoken = "w:bidi" if paper.is_right_to_left else "w:val"
    tongue = f"<w:lang {spoken}={quoteattr(paper.language)}/>"
    return (
        f"<w:p><w:pPr>{bidi}{aligned}</w:pPr><w:r><w:rPr>{letters}{rtl}{tongue}</w:rPr>"
        f'<w:t xml:space="preserve">{escape(text)}</w:t></w:r></w:p>'
    )
