"""Read DOCX, XLSX and PPTX (ECMA-376) with zipfile and lxml."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree

from ingest.extractors.boundedzip import BoundedZip
from ingest.extractors.flow import TextFlow
from ingest.extractors.source import Findings, Source
from ingest.extractors.xmltree import children, flat_text, local, parse_xml

__all__ = ["extract_docx", "extract_pptx", "extract_xlsx"]

_CORE = {
    "title": "title",
    "subject": "subject",
    "creator": "author",
    "keywords": "keywords",
    "description": "description",
    "language": "language",
    "identifier": "identifier",
    "created": "created",
    "modified": "modified",
}
_NUMBER = re.compile(r"(\d+)\.xml$")
_SKIPPED = frozenset(
    "delText instrText pPr rPr tblPr trPr tcPr sectPr AlternateContentFallback "
    "Fallback del moveFrom".split()
)


def extract_docx(source: Source, found: Findings) -> None:
    """Read one DOCX document; pages follow its stated and rendered page breaks."""
    with BoundedZip(source) as archive:
        _core_values(archive, found, "docx:core")
        names = archive.names()
        main = next((n for n in names if re.fullmatch(r"word/document\d*\.xml", n)), "")
        body = parse_xml(archive.read(main), found) if main else None
        if body is None:
            found.quarantine("damaged", "the document has no readable main part")
            return
        flow = TextFlow()
        pages: list[str] = []
        _word_blocks(body, flow, pages)
        for part in names:
            if re.fullmatch(r"word/(?:foot|end)notes\.xml", part):
                flow.gap()
                _add_part(archive, part, flow, found)
        for part in sorted(names):
            if re.fullmatch(r"word/(?:header|footer)\d*\.xml", part):
                flow.gap()
                _add_part(archive, part, flow, found)
        pages.append(flow.take())
        found.page_count = len(pages)
        for page in pages:
            found.page(page)


def _add_part(archive: BoundedZip, part: str, flow: TextFlow, found: Findings) -> None:
    root = parse_xml(archive.read(part), found)
    if root is not None:
        _word_blocks(root, flow, [])


def _word_blocks(
    element: etree._Element, flow: TextFlow, pages: list[str], *, cell: bool = False
) -> None:
    for child in element:
        name = local(child)
        if name == "t":
            flow.verbatim(child.text or "")
        elif name == "tab":
            flow.verbatim("\t")
        elif name == "lastRenderedPageBreak" or (
            name == "br" and _attribute(child, "type") == "page"
        ):
            text = flow.take()
            if text:
                pages.append(text)
        elif name in {"br", "cr"}:
            flow.line()
        elif name == "noBreakHyphen":
            flow.verbatim("-")
        elif name == "tc":
            _word_blocks(child, flow, pages, cell=True)
            flow.verbatim("\t")
        elif name and name not in _SKIPPED:
            _word_blocks(child, flow, pages, cell=cell)
            if name == "p":
                flow.verbatim(" ") if cell else flow.line()
            elif name == "tr":
                flow.line()


def _attribute(element: etree._Element, name: str) -> str:
    for key, value in element.attrib.items():
        if str(key).rpartition("}")[2] == name:
            return str(value)
    return ""


def _core_values(archive: BoundedZip, found: Findings, source: str) -> None:
    content = archive.read("docProps/core.xml")
    root = parse_xml(content) if content else None
    if root is None:
        return
    for element in root:
        key = _CORE.get(local(element))
        if key:
            found.value(key, flat_text(element), source)


def extract_xlsx(source: Source, found: Findings) -> None:
    """Read one XLSX workbook; every sheet is a page of tab-separated rows."""
    with BoundedZip(source) as archive:
        _core_values(archive, found, "xlsx:core")
        shared = parse_xml(archive.read("xl/sharedStrings.xml") or b"<none/>")
        strings = (
            [_sheet_text(item) for item in children(shared, "si")]
            if shared is not None
            else []
        )
        workbook = parse_xml(archive.read("xl/workbook.xml") or b"<none/>")
        titles = (
            [str(s.get("name", "")) for s in workbook.iter("{*}sheet")]
            if workbook is not None
            else []
        )
        sheets = _numbered(archive, r"xl/worksheets/sheet\d+\.xml")
        found.page_count = len(sheets)
        found.structure = {"sheets": titles[:200]}
        for index, part in enumerate(sheets):
            root = parse_xml(archive.read(part), found)
            rows = [] if root is None else list(_rows(root, strings))
            heading = titles[index : index + 1]
            found.page("\n".join(heading + rows))


def _sheet_text(element: etree._Element) -> str:
    # Phonetic runs (rPh) repeat the text in another script.
    return "".join(
        t.text or ""
        for t in element.iter("{*}t")
        if not any(local(a) == "rPh" for a in t.iterancestors())
    )


def _rows(root: etree._Element, strings: list[str]) -> Iterator[str]:
    for row in root.iter("{*}row"):
        cells = [_cell(cell, strings) for cell in children(row, "c")]
        line = "\t".join(cells).rstrip()
        if line:
            yield line


def _cell(cell: etree._Element, strings: list[str]) -> str:
    kind = cell.get("t")
    if kind == "inlineStr":
        return _sheet_text(cell)
    value = next((v.text or "" for v in children(cell, "v")), "")
    if kind == "s" and value.isdecimal() and int(value) < len(strings):
        return strings[int(value)]
    return value


def extract_pptx(source: Source, found: Findings) -> None:
    """Read one PPTX presentation; every slide is a page, with its notes."""
    with BoundedZip(source) as archive:
        _core_values(archive, found, "pptx:core")
        slides = _numbered(archive, r"ppt/slides/slide\d+\.xml")
        found.page_count = len(slides)
        for part in slides:
            flow = TextFlow()
            notes = part.replace("slides/slide", "notesSlides/notesSlide")
            for content in (archive.read(part), archive.read(notes)):
                root = parse_xml(content, found) if content else None
                for paragraph in () if root is None else root.iter("{*}p"):
                    for run in paragraph.iter("{*}t", "{*}br"):
                        flow.verbatim(run.text or " ")
                    flow.line()
            found.page(flow.text())


def _numbered(archive: BoundedZip, pattern: str) -> list[str]:
    names = [n for n in archive.names() if re.fullmatch(pattern, n)]
    return sorted(names, key=_part_number)


def _part_number(name: str) -> int:
    match = _NUMBER.search(name)
    return int(match[1]) if match else 0
