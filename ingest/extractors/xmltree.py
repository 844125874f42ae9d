"""Parse XML that nobody vouches for: no entities, no network, no huge trees."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from ingest.extractors.flow import TextFlow
from ingest.extractors.source import Findings

__all__ = ["children", "first_text", "flat_text", "local", "parse_xml", "walk_text"]

_INLINE = frozenset(
    "a abbr b i u em strong span sub sup ref rref mref def term date quantity num "
    "inline person organization concept role location ins del docTitle docNumber "
    "docType docDate docProponent shortTitle docStage docStatus docketNumber "
    "legislature session vote mod remark noteRef member membercontribution img "
    "entity process event object placeholder omissis docAuthority docPurpose "
    "docCommittee docIntroducer docJurisdiction affectedDocument relatedDocument "
    "change embeddedText quotedText opinion argument signature judge lawyer party "
    "neutralCitation caption image col".split()
)


def parse_xml(content: bytes, found: Findings | None = None) -> etree._Element | None:
    """Return the root element, mending what can be mended.

    Parameters
    ----------
    content
        The bytes of the document.
    found
        Where a warning ``xml:damaged`` goes when the document is not well formed.

    Returns
    -------
    lxml.etree._Element or None
        The root, or None when nothing could be read.
    """
    try:
        return etree.fromstring(content, _parser(recover=False))
    except (etree.XMLSyntaxError, ValueError) as damage:
        if found is not None:
            found.warn("xml:damaged", f"the XML is not well formed: {damage}")
    try:
        return etree.fromstring(content, _parser(recover=True))
    except (etree.XMLSyntaxError, ValueError):
        return None


def _parser(*, recover: bool) -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        recover=recover,
    )


def local(element: etree._Element) -> str:
    """Return the name of an element without its namespace; empty for others."""
    tag = element.tag
    if not isinstance(tag, str):
        return ""
    return tag.rpartition("}")[2]


def children(element: etree._Element, name: str) -> Iterator[etree._Element]:
    """Yield the children of that local name, in any namespace."""
    return (child for child in element if local(child) == name)


def flat_text(element: etree._Element) -> str:
    """Return all text inside an element on one line."""
    return " ".join("".join(str(part) for part in element.itertext()).split())


def first_text(root: etree._Element, name: str) -> str:
    """Return the flat text of the first element of that local name, or ``""``."""
    for element in root.iter():
        if local(element) == name:
            return flat_text(element)
    return ""


def walk_text(
    element: etree._Element,
    flow: TextFlow,
    *,
    skip: frozenset[str] = frozenset(),
    inline: frozenset[str] = _INLINE,
) -> None:
    """Add the text of a tree, tails included, blocks on lines of their own.

    An element counts as inline when it is named in `inline` or stands amid text
    (mixed content). Depth is bounded by the parser (256 levels).
    """
    flow.add(element.text)
    mixed = _is_mixed(element)
    for child in element:
        name = local(child)
        if name and name not in skip:
            block = not (mixed or name in inline) or name in {"p", "block", "li"}
            if name in {"br", "eol", "lb"}:
                flow.line()
            if block:
                flow.line()
            walk_text(child, flow, skip=skip, inline=inline)
            if block:
                flow.line()
            elif not mixed:
                flow.add(" ")
        flow.add(child.tail)


def _is_mixed(element: etree._Element) -> bool:
    if element.text and element.text.strip():
        return len(element) > 0
    return any(child.tail and child.tail.strip() for child in element)
