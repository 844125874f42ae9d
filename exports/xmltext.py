"""Text that XML 1.0 can carry, and the one way our files are serialised.

XML 1.0 has no place for most control characters, for lone surrogates and for
U+FFFE and U+FFFF, yet file names hold them. Such a character is written as
``_xHHHH_`` with its four hexadecimal digits, the mapping of ISO 9075-14 that
office formats use too. Where the original text itself holds something of that
shape, its underscore is written ``_x005F_``; all other text stands as it is.
"""

from __future__ import annotations

import re

from lxml import etree

_UNFIT = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LOOKALIKE = re.compile(r"_(?=x[0-9A-F]{4}_)")
_MARKUP = str.maketrans(
    {
        "&": "&amp;",
        "<": "&lt;",
        ">": "&gt;",
        '"': "&quot;",
        "\r": "&#13;",
        "\n": "&#10;",
        "\t": "&#9;",
    }
)
_ESCAPE = re.compile(r"_x([0-9A-F]{4})_")


def to_xml(text: str) -> str:
    r"""Write a text so that XML 1.0 can carry it.

    >>> to_xml("bill\x0b 100%.txt")
    'bill_x000B_ 100%.txt'
    """
    marked = _LOOKALIKE.sub("_x005F_", text)
    return _UNFIT.sub(lambda match: f"_x{ord(match.group()):04X}_", marked)


def escaped(text: str) -> str:
    """Write a text as the content of an element or an attribute of a template.

    >>> escaped('a < "b"')
    'a &lt; &quot;b&quot;'
    """
    return to_xml(text).translate(_MARKUP)


def from_xml(text: str) -> str:
    r"""Read back what `to_xml` wrote.

    >>> from_xml("bill_x000B_ 100%.txt")
    'bill\x0b 100%.txt'
    """
    return _ESCAPE.sub(lambda match: chr(int(match.group(1), 16)), text)


def parser() -> etree.XMLParser:
    """Make a parser without entities, network, DTD and huge trees."""
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
    )


def serialise(root: etree._Element) -> bytes:
    """Return the bytes of a document: UTF-8, declared, indented, final newline."""
    etree.indent(root, space="  ")
    body: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
    return body + b"\n"
