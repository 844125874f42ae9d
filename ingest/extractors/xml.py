"""Read XML of no special kind, historic Hansard, and pages made by pdftohtml."""

from __future__ import annotations

from lxml import etree

from ingest.extractors.flow import TextFlow
from ingest.extractors.source import Findings, Source
from ingest.extractors.xmltree import flat_text, local, parse_xml, walk_text

__all__ = ["extract_rdf_xml", "extract_xml"]

_HANSARD = frozenset(
    "hansard housecommons houselords writtenanswers writtenstatements westminsterhall "
    "lordswrittenanswers lordswrittenstatements grandcommitteereport".split()
)
_HOUSES = frozenset({"housecommons", "houselords", "westminsterhall"})
_INLINE = frozenset(
    "a b i u em strong span sub sup font member membercontribution abbr q session "
    "col image lb ob".split()
)
_MAX_TITLES = 200


def extract_xml(source: Source, found: Findings) -> None:
    """Read one XML document."""
    root = parse_xml(source.read(), found)
    if root is None:
        found.quarantine("damaged", "the XML cannot be read at all")
        return
    name = local(root)
    found.value("type", name, "xml:root")
    if name == "pdf2xml":
        _converted_pages(root, found)
        return
    if name.lower() in _HANSARD:
        _hansard_values(root, found)
    flow = TextFlow()
    walk_text(root, flow, inline=_INLINE)
    found.page_count = 1
    found.page(flow.text())


def _hansard_values(root: etree._Element, found: Findings) -> None:
    """Add title and date as the UK historic Hansard states them.

    The first title is the paper's; the later ones are its sections.
    """
    titles = [t for t in (flat_text(e) for e in root.iter("title")) if t]
    if titles:
        found.value("title", titles[0], "hansard:title")
    for date in root.iter("date"):
        found.value("date", date.get("format") or flat_text(date), "hansard:date")
        break
    for element in root.iter():
        if local(element) in _HOUSES:
            found.value("house", local(element), "hansard:house")
            break
    if titles[1:]:
        found.structure = {"sections": titles[1 : _MAX_TITLES + 1]}


def _converted_pages(root: etree._Element, found: Findings) -> None:
    pages = [e for e in root.iter("page") if local(e)]
    found.page_count = len(pages)
    for page in pages:
        found.page("\n".join(_lines(page)))


def _lines(page: etree._Element) -> list[str]:
    """Return the lines of a page: fragments of one height are one line."""
    lines: list[str] = []
    height: str | None = None
    for fragment in page.iter("text"):
        text = "".join(str(part) for part in fragment.itertext())
        if lines and fragment.get("top") == height:
            joint = "" if lines[-1].endswith(" ") or text.startswith(" ") else " "
            lines[-1] += joint + text
        else:
            lines.append(text)
        height = fragment.get("top")
    return [line.rstrip() for line in lines]


def extract_rdf_xml(source: Source, found: Findings) -> None:
    """Read RDF/XML: its literals and labels, one to a line."""
    root = parse_xml(source.read(), found)
    if root is None:
        found.quarantine("damaged", "the RDF cannot be read at all")
        return
    flow = TextFlow()
    walk_text(root, flow, inline=frozenset())
    found.page_count = 1
    found.page(flow.text())
