"""Write a paper as Akoma Ntoso 3.0 (OASIS LegalDocML): bill, debate, statement."""

import re
from collections.abc import Sequence

from lxml import etree

from recordsvc.samples.source import Block, Kind, Paper

__all__ = ["COUNTRY", "write"]

COUNTRY = "xt"
_NS = "http://docs.oasis-open.org/legaldocml/ns/akn/3.0"
_LANGUAGES = {
    "en": "eng",
    "fr": "fra",
    "es": "spa",
    "pt": "por",
    "de": "deu",
    "ar": "ara",
}
_DOCUMENTS = {"bill": "bill", "hansard": "debate", "statement": "statement"}
_DATES = {
    "FRBRWork": "document",
    "FRBRExpression": "document",
    "FRBRManifestation": "generation",
}
_HEADING = re.compile(r"(?P<num>\d+)\. (?P<heading>.+)")
_E = etree._Element  # noqa: SLF001 - lxml has no public name for the type


def write(paper: Paper) -> bytes:
    """Return a document with its FRBR identification, indented."""
    root = etree.fromstring(f'<akomaNtoso xmlns="{_NS}"/>')
    document = _sub(root, _DOCUMENTS[paper.type], name=_DOCUMENTS[paper.type])
    _meta(document, paper)
    head = [b for b in paper.blocks if b.kind in {Kind.CENTRED, Kind.TITLE}]
    rest = [b for b in paper.blocks if b.kind not in {Kind.CENTRED, Kind.TITLE}]
    _preface(document, head, paper)
    _BODIES[paper.type](document, rest)
    etree.indent(root)
    return bytes(
        etree.tostring(root, encoding="utf-8", xml_declaration=True, pretty_print=True)
    )


def _sub(parent: _E, tag: str, text: str | None = None, /, **attributes: str) -> _E:
    element = etree.SubElement(parent, f"{{{_NS}}}{tag}", attributes)
    element.text = text
    return element


def _meta(document: _E, paper: Paper) -> None:
    meta = _sub(document, "meta")
    identification = _sub(meta, "identification", source="#assembly")
    day = paper.date.isoformat()
    number = re.sub(r"\D+", "-", paper.number).strip("-")
    work = f"/akn/{COUNTRY}/{_DOCUMENTS[paper.type]}/{day}/{number}"
    expression = f"{work}/{_LANGUAGES[paper.language]}@"
    for level, uri in (
        ("FRBRWork", work),
        ("FRBRExpression", expression),
        ("FRBRManifestation", f"{expression}.xml"),
    ):
        entry = _sub(identification, level)
        _sub(entry, "FRBRthis", value=f"{uri}!main" if level == "FRBRWork" else uri)
        _sub(entry, "FRBRuri", value=uri)
        if level == "FRBRWork":
            _sub(entry, "FRBRalias", name="number", value=paper.number)
        _sub(entry, "FRBRdate", date=day, name=_DATES[level])
        _sub(entry, "FRBRauthor", href="#assembly", **{"as": "#author"})
        if level == "FRBRWork":
            _sub(entry, "FRBRcountry", value=COUNTRY)
            _sub(entry, "FRBRnumber", value=paper.number)
        if level == "FRBRExpression":
            _sub(entry, "FRBRlanguage", language=_LANGUAGES[paper.language])
    _references(meta, paper)


def _references(meta: _E, paper: Paper) -> None:
    references = _sub(meta, "references", source="#assembly")
    _sub(
        references,
        "TLCOrganization",
        eId="assembly",
        href=f"/ontology/organization/{COUNTRY}/assembly",
        showAs=paper.blocks[0].text,
    )
    _sub(
        references,
        "TLCRole",
        eId="author",
        href="/ontology/role/author",
        showAs=paper.author,
    )
    speakers = {b.role: b.text for b in paper.blocks if b.kind is Kind.SPEECH}
    for role, name in speakers.items():
        _sub(
            references,
            "TLCPerson",
            eId=role,
            href=f"/ontology/person/{COUNTRY}/{role}",
            showAs=name,
        )


def _preface(document: _E, blocks: Sequence[Block], paper: Paper) -> None:
    preface = _sub(document, "preface")
    for block in blocks:
        line = _sub(preface, "p")
        if block.kind is Kind.TITLE:
            _sub(line, "docTitle", block.text)
        elif paper.number and block.text.endswith(paper.number):
            line.text = block.text.removesuffix(paper.number)
            _sub(line, "docNumber", paper.number)
        else:
            line.text = block.text


def _bill(document: _E, blocks: Sequence[Block]) -> None:
    """Write numbered headings as articles, and what goes before as preamble."""
    first = next(i for i, b in enumerate(blocks) if b.kind is Kind.HEADING)
    preamble = _sub(document, "preamble")
    for block in blocks[:first]:
        _sub(preamble, "p", block.text)
    body = _sub(document, "body")
    content = body
    for block in blocks[first:]:
        if block.kind is Kind.HEADING:
            parts = _HEADING.match(block.text)
            number, heading = parts.groups() if parts else ("", block.text)
            article = _sub(body, "article", eId=f"art_{number}")
            _sub(article, "num", f"{number}.")
            _sub(article, "heading", heading)
            content = _sub(article, "content")
        else:
            _sub(content, "p", block.text)


def _debate(document: _E, blocks: Sequence[Block]) -> None:
    """Write headings as debate sections and speeches as speeches."""
    body = _sub(document, "debateBody")
    place = _sub(body, "debateSection", eId="dbsect_0", name="opening")
    sections = 0
    speech: _E | None = None
    for block in blocks:
        if block.kind is Kind.HEADING:
            sections += 1
            place = _sub(
                body, "debateSection", eId=f"dbsect_{sections}", name="business"
            )
            _sub(place, "heading", block.text)
            speech = None
        elif block.kind is Kind.SPEECH:
            speech = _sub(place, "speech", by=f"#{block.role}")
            _sub(speech, "from", block.text)
        elif block.kind is Kind.NARRATIVE:
            speech = None
            _sub(place, "narrative", block.text)
        else:
            _sub(place if speech is None else speech, "p", block.text)


def _statement(document: _E, blocks: Sequence[Block]) -> None:
    body = _sub(document, "mainBody")
    for block in blocks:
        _sub(body, "p", block.text)


_BODIES = {"bill": _bill, "hansard": _debate, "statement": _statement}
