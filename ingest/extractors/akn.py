"""Read Akoma Ntoso 2 and 3 in any of its namespaces: text and FRBR metadata.

Source: OASIS LegalDocML, Akoma Ntoso 1.0 part 2, sections 5.4 (metadata) and 5.9.
"""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from ingest.extractors.flow import TextFlow
from ingest.extractors.source import Findings, Source
from ingest.extractors.xmltree import children, flat_text, local, parse_xml, walk_text

__all__ = ["extract_akn"]

_LEVELS = ("FRBRWork", "FRBRExpression", "FRBRManifestation")
_SHORT = {"FRBRWork": "work", "FRBRExpression": "expression"}
_MAKING = frozenset({"generation", "markup", "xmlmarkup", "editing", "transcription"})
_TITLES = {
    "docTitle": "title",
    "shortTitle": "title:short",
    "longTitle": "title:long",
    "docNumber": "number",
    "docType": "type",
    "docProponent": "author",
    "docCommittee": "committee",
    "docketNumber": "number",
    "legislature": "legislature",
    "session": "session",
}
_MAX_PREFACE = 4_000


def extract_akn(source: Source, found: Findings) -> None:
    """Read one Akoma Ntoso document as one page of text."""
    root = parse_xml(source.read(), found)
    if root is None:
        found.quarantine("damaged", "the XML cannot be read at all")
        return
    document = _document(root)
    found.value("type", local(document), "akn:root")
    found.value("name", document.get("name"), "akn:root")
    meta = next(document.iter("{*}meta"), None)
    if meta is not None:
        _identification(meta, found)
        _publication(meta, found)
    _marked(document, found)
    _preface(document, found)
    flow = TextFlow()
    walk_text(root, flow, skip=frozenset({"meta"}))
    found.page_count = 1
    found.page(flow.text())


def _document(root: etree._Element) -> etree._Element:
    if local(root) != "akomaNtoso":
        return root
    return next((c for c in root if local(c) and local(c) != "meta"), root)


def _identification(meta: etree._Element, found: Findings) -> None:
    names = dict(_references(meta))
    for identification in children(meta, "identification"):
        for level in identification:
            if local(level) in _LEVELS:
                _level(level, names, found)


def _references(meta: etree._Element) -> Iterator[tuple[str, str]]:
    for references in children(meta, "references"):
        for entry in references:
            shown = entry.get("showAs")
            key = entry.get("eId") or entry.get("id")
            if shown and key:
                yield f"#{key}", str(shown)


def _level(level: etree._Element, names: dict[str, str], found: Findings) -> None:
    name = local(level)
    source = f"akn:{name}"
    short = _SHORT.get(name, "manifestation")
    for entry in level:
        kind = local(entry)
        value = entry.get("value")
        if kind == "FRBRuri":
            found.value(f"frbr:{short}", value, source)
        elif kind == "FRBRthis":
            found.value(f"frbr:{short}:this", value, source)
        elif kind == "FRBRdate":
            _date(entry, source, found)
        elif kind == "FRBRauthor":
            href = str(entry.get("href", ""))
            found.value("author", names.get(href, href.lstrip("#")), source)
        elif kind == "FRBRlanguage":
            found.value("language", entry.get("language"), source)
        elif kind == "FRBRalias":
            alias = str(entry.get("name") or "").lower()
            field = "title:alias" if "title" in alias else "alias"
            found.value(field, value, source)
        elif kind in {"FRBRcountry", "FRBRnumber", "FRBRname", "FRBRsubtype"}:
            found.value(kind[4:].lower(), value, source)


def _date(entry: etree._Element, source: str, found: Findings) -> None:
    value = entry.get("date")
    name = str(entry.get("name") or "").lower().lstrip("#")
    if name in _MAKING:
        found.value(f"date:{name}", value, source)
    else:
        found.value("date", value, f"{source}[{name}]" if name else source)


def _publication(meta: etree._Element, found: Findings) -> None:
    for entry in children(meta, "publication"):
        found.value("date:publication", entry.get("date"), "akn:publication")
        found.value("number", entry.get("number"), "akn:publication")
        shown = entry.get("showAs") or entry.get("name")
        found.value("publication", shown, "akn:publication")


def _marked(document: etree._Element, found: Findings) -> None:
    """Add what the text marks up as title, number, date and so on."""
    for element in document.iter():
        name = local(element)
        field = _TITLES.get(name)
        if field:
            found.value(field, flat_text(element), f"akn:{name}")
        elif name == "docDate":
            date = element.get("date") or flat_text(element)
            found.value("date", date, "akn:docDate")


def _preface(document: etree._Element, found: Findings) -> None:
    parts = {}
    for name in ("coverPage", "preface", "preamble"):
        element = next(document.iter(f"{{*}}{name}"), None)
        if element is not None:
            flow = TextFlow()
            walk_text(element, flow)
            parts[name] = flow.text()[:_MAX_PREFACE]
    if parts:
        found.structure = parts
