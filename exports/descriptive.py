"""Descriptive metadata of others, read: Dublin Core and MODS to plain values."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml import etree

DC = "http://purl.org/dc/elements/1.1/"
DCTERMS = "http://purl.org/dc/terms/"
MODS = "http://www.loc.gov/mods/v3"

_DC_FIELDS = {
    "title": "title",
    "date": "date",
    "created": "date",
    "issued": "date",
    "identifier": "identifier",
    "language": "language",
    "type": "type",
    "creator": "creator",
    "contributor": "creator",
    "publisher": "publisher",
    "subject": "subject",
    "description": "description",
    "abstract": "description",
    "rights": "rights",
    "license": "rights",
    "accessRights": "rights",
    "source": "source",
    "relation": "relation",
}
_MODS_FIELDS = {
    "titleInfo/title": "title",
    "originInfo/dateIssued": "date",
    "originInfo/dateCreated": "date",
    "originInfo/publisher": "publisher",
    "identifier": "identifier",
    "language/languageTerm": "language",
    "genre": "type",
    "name/namePart": "creator",
    "subject/topic": "subject",
    "abstract": "description",
    "accessCondition": "rights",
    "location/url": "source",
}
_MAX_VALUES = 500
_MAX_CHARS = 10_000
_DAY = re.compile(r"(\d{4}-\d{2}-\d{2})(?:T.*)?\Z", re.ASCII)
# ISO 639-2 (both forms) of the languages that parliaments of this kind work in.
_LANGUAGES = dict(
    pair.split(":")
    for pair in (
        "ara:ar deu:de ger:de eng:en fra:fr fre:fr spa:es por:pt ita:it nld:nl dut:nl "
        "swe:sv dan:da fin:fi nor:no pol:pl ces:cs cze:cs ron:ro rum:ro ell:el gre:el "
        "hun:hu bul:bg hrv:hr slv:sl slk:sk slo:sk est:et lav:lv lit:lt mlt:mt gle:ga "
        "rus:ru ukr:uk swa:sw hin:hi sin:si tam:ta afr:af zul:zu xho:xh"
    ).split()
)
_TAG = re.compile(r"[a-z]{2}(-[A-Za-z0-9]{2,8})*\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Descriptive:
    """Hold what a description states, in its order.

    Attributes
    ----------
    values : tuple of (str, str, str)
        Field, value and language (BCP 47, empty when not stated). Fields: ``title``
        ``date`` ``identifier`` ``language`` ``type`` ``creator`` ``publisher``
        ``subject`` ``description`` ``rights`` ``source`` ``relation``.
    """

    values: tuple[tuple[str, str, str], ...] = ()

    def all(self, field: str) -> tuple[str, ...]:
        """Return every value of a field, each once."""
        return tuple(dict.fromkeys(v for f, v, _ in self.values if f == field))

    def first(self, field: str) -> str:
        """Return the first value of a field, empty when there is none."""
        return next((v for f, v, _ in self.values if f == field), "")

    @property
    def day(self) -> str:
        """Return the first full day among the dates, empty when there is none."""
        days = (_DAY.match(value) for value in self.all("date"))
        return next((found[1] for found in days if found), "")

    @property
    def language(self) -> str:
        """Return the first language as a BCP 47 tag, empty when it is none."""
        tags = (language_tag(value) for value in self.all("language"))
        return next(filter(None, tags), "")


def language_tag(text: str) -> str:
    """Return the BCP 47 tag of a stated language, empty when it is not known.

    Examples
    --------
    >>> language_tag("fre"), language_tag("pt-BR"), language_tag("English")
    ('fr', 'pt-BR', '')
    """
    text = text.strip()
    text = _LANGUAGES.get(text.lower(), text)
    return text if _TAG.match(text) else ""


def read_descriptive(element: etree._Element) -> Descriptive | None:
    """Read a Dublin Core or MODS element, or the first one inside of it.

    Returns
    -------
    Descriptive or None
        None when there is neither.
    """
    found = []
    for field, node in _stated(element):
        value = " ".join("".join(map(str, node.itertext())).split())[:_MAX_CHARS]
        language = node.get("{http://www.w3.org/XML/1998/namespace}lang", "")
        if value:
            found.append((field, value, language_tag(language)))
        if len(found) >= _MAX_VALUES:
            break
    return Descriptive(values=tuple(found)) if found else None


def _stated(element: etree._Element) -> Iterator[tuple[str, etree._Element]]:
    mods = next(element.iter(f"{{{MODS}}}mods"), None)
    if mods is not None:
        for node in mods.iterdescendants():
            field = _MODS_FIELDS.get(_path(node, mods)) if _is_element(node) else None
            if field:
                yield field, node
        return
    for node in element.iter():
        if not _is_element(node):
            continue
        namespace, _, local = str(node.tag).removeprefix("{").rpartition("}")
        field = _DC_FIELDS.get(local) if namespace in {DC, DCTERMS} else None
        if field:
            yield field, node


def _is_element(node: etree._Element) -> bool:
    return isinstance(node.tag, str)


def _path(node: etree._Element, top: etree._Element) -> str:
    """Return the path of an element below another, at most two steps."""
    local = str(node.tag).rpartition("}")[2]
    above = node.getparent()
    if above is None or above is top:
        return local
    if above.getparent() is not top:
        return ""
    return f"{str(above.tag).rpartition('}')[2]}/{local}"
