"""Read OpenDocument text, sheets and presentations (ISO/IEC 26300)."""

from __future__ import annotations

from lxml import etree

from ingest.extractors.boundedzip import BoundedZip, DamagedArchiveError
from ingest.extractors.flow import TextFlow
from ingest.extractors.source import Findings, Source
from ingest.extractors.xmltree import flat_text, local, parse_xml

__all__ = ["extract_odf"]

_META = {
    "title": "title",
    "subject": "subject",
    "description": "description",
    "creator": "author",
    "initial-creator": "author",
    "keyword": "keywords",
    "language": "language",
    "creation-date": "created",
    "date": "modified",
}
_SKIPPED = frozenset(
    "tracked-changes forms sequence-decls annotation settings automatic-styles".split()
)
_PAGES = frozenset({"soft-page-break"})
_PARTS = frozenset({"page", "table"})
_MAX_SPACES = 200


def extract_odf(source: Source, found: Findings) -> None:
    """Read one OpenDocument file; slides and sheets are pages."""
    with BoundedZip(source) as archive:
        try:
            _read_meta(archive, found)
        except DamagedArchiveError as damage:
            found.warn("meta:damaged", f"the document properties: {damage}")
        content = archive.read("content.xml")
    if b"encryption-data" in content[:4096] or not content:
        found.quarantine("damaged", "the document has no readable content")
        return
    root = parse_xml(content, found)
    if root is None:
        code = "encrypted" if not content.lstrip().startswith(b"<") else "damaged"
        found.quarantine(code, "the content of the document cannot be read")
        return
    reader = _Reader(split_parts=not source.mime.endswith("text"))
    reader.read(root)
    pages = reader.finish()
    found.page_count = len(pages)
    for page in pages:
        found.page(page)


def _read_meta(archive: BoundedZip, found: Findings) -> None:
    content = archive.read("meta.xml")
    root = parse_xml(content) if content else None
    if root is None:
        return
    for element in root.iter():
        name = local(element)
        if name == "user-defined":
            label = next(
                (str(v) for k, v in element.attrib.items() if str(k).endswith("}name")),
                "",
            )
            found.value(f"user:{label}", flat_text(element), "odf:meta")
        elif name in _META:
            found.value(_META[name], flat_text(element), "odf:meta")


class _Reader:
    """Walk the content and cut it into pages."""

    def __init__(self, *, split_parts: bool) -> None:
        self._flow = TextFlow()
        self._pages: list[str] = []
        self._split_parts = split_parts

    def finish(self) -> list[str]:
        """Return the pages, at least one."""
        self._cut()
        return self._pages or [""]

    def _cut(self) -> None:
        text = self._flow.take()
        if text:
            self._pages.append(text)

    def read(self, element: etree._Element) -> None:
        """Add the text of a tree."""
        for child in element:
            name = local(child)
            if name and name not in _SKIPPED:
                self._one(child, name)
            self._tail(child, element)

    def _one(self, child: etree._Element, name: str) -> None:
        if name == "s":
            count = str(next(iter(child.attrib.values()), "1"))
            spaces = int(count) if count.isdecimal() else 1
            self._flow.verbatim(" " * min(spaces, _MAX_SPACES))
        elif name == "tab":
            self._flow.verbatim("\t")
        elif name == "line-break":
            self._flow.line()
        elif name in _PAGES or (name in _PARTS and self._split_parts):
            self._cut()
            self.read(child)
        elif name == "table-cell":
            self.read(child)
            self._flow.verbatim("\t")
        elif name == "table-row":
            self.read(child)
            self._flow.line()
        else:
            if local(child) in {"p", "h", "span", "a", "note-body"}:
                self._flow.add(child.text)
            self.read(child)
            if name in {"p", "h"} and not _in_cell(child):
                self._flow.line()

    def _tail(self, child: etree._Element, parent: etree._Element) -> None:
        if local(parent) in {"p", "h", "span", "a"}:
            self._flow.add(child.tail)


def _in_cell(element: etree._Element) -> bool:
    parent = element.getparent()
    return parent is not None and local(parent) == "table-cell"
