"""Dublin Core: simple (oai_dc) and qualified (DCMI terms)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lxml import etree

from exports.errors import BadPackage
from exports.package import DC_ELEMENTS
from exports.xmltext import serialise, to_xml

if TYPE_CHECKING:
    from collections.abc import Iterator

    from exports.package import DublinCore

DC = "http://purl.org/dc/elements/1.1/"
DCTERMS = "http://purl.org/dc/terms/"
OAI_DC = "http://www.openarchives.org/OAI/2.0/oai_dc/"
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"

REFINES: dict[str, str] = {
    "alternative": "title",
    "tableOfContents": "description",
    "abstract": "description",
    "created": "date",
    "valid": "date",
    "available": "date",
    "issued": "date",
    "modified": "date",
    "dateAccepted": "date",
    "dateCopyrighted": "date",
    "dateSubmitted": "date",
    "extent": "format",
    "medium": "format",
    "isVersionOf": "relation",
    "hasVersion": "relation",
    "isReplacedBy": "relation",
    "replaces": "relation",
    "isRequiredBy": "relation",
    "requires": "relation",
    "isPartOf": "relation",
    "hasPart": "relation",
    "isReferencedBy": "relation",
    "references": "relation",
    "isFormatOf": "relation",
    "hasFormat": "relation",
    "conformsTo": "relation",
    "spatial": "coverage",
    "temporal": "coverage",
    "accessRights": "rights",
    "license": "rights",
    "bibliographicCitation": "identifier",
}
"""The refinements of the DCMI terms, each with the element it dumbs down to."""

_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*")


def oai_dc(description: DublinCore) -> bytes:
    """Write simple Dublin Core; refinements fall back to their element.

    Raises
    ------
    BadPackage
        If an element is neither of Dublin Core nor of the DCMI terms.

    Notes
    -----
    The root of OAI-PMH 2.0; the fall-back is the DCMI's "dumb-down principle".
    """
    root = etree.Element(f"{{{OAI_DC}}}dc", nsmap={"oai_dc": OAI_DC, "dc": DC})
    seen: set[tuple[str, str, str | None]] = set()
    for term, value, language in _statements(description):
        simple = (REFINES.get(term, term), value, language)
        if simple not in seen:
            seen.add(simple)
            _append(root, f"{{{DC}}}{simple[0]}", value, language)
    return serialise(root)


def dcterms(description: DublinCore) -> bytes:
    """Write qualified Dublin Core, every element in the namespace of the terms.

    Raises
    ------
    BadPackage
        If an element is neither of Dublin Core nor of the DCMI terms.
    """
    root = etree.Element("qualifieddc", nsmap={"dcterms": DCTERMS})
    for term, value, language in _statements(description):
        _append(root, f"{{{DCTERMS}}}{term}", value, language)
    return serialise(root)


def _statements(description: DublinCore) -> Iterator[tuple[str, str, str | None]]:
    for name, value, language in description.elements:
        term = name.removeprefix("dcterms:").removeprefix("dc:")
        if term not in DC_ELEMENTS and term not in REFINES:
            raise BadPackage(
                f"{name!r} is no element of Dublin Core and no DCMI term known here"
            )
        if value.strip():
            yield term, value, language


def _append(root: etree._Element, tag: str, value: str, language: str | None) -> None:
    element = etree.SubElement(root, tag)
    element.text = to_xml(value)
    if language and language != "und" and _LANGUAGE.fullmatch(language):
        element.set(XML_LANG, language)
