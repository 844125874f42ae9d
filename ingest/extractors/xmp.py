"""Read the XMP packet of a document (ISO 16684-1)."""

from __future__ import annotations

import io
import re

from ingest.extractors.source import Findings
from ingest.extractors.xmltree import flat_text, local, parse_xml

__all__ = ["xmp_values"]

_PACKET = re.compile(rb"<x:xmpmeta\b.*?</x:xmpmeta\s*>", re.DOTALL)
_MAX_SEARCH_BYTES = 20 * 1024 * 1024
_FIELDS = {
    "title": "title",
    "creator": "author",
    "description": "subject",
    "subject": "keywords",
    "language": "language",
    "identifier": "identifier",
    "date": "date",
    "publisher": "publisher",
    "CreateDate": "created",
    "ModifyDate": "modified",
}
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


def xmp_values(content: bytes, found: Findings) -> None:
    """Add what the XMP packet of a PDF says.

    A single uncompressed packet is taken from the bytes as it stands. Where there
    are several (pictures carry their own), pypdf says which is the document's.
    """
    if not content or len(content) > _MAX_SEARCH_BYTES:
        return
    packets = _PACKET.findall(content) if b"<x:xmpmeta" in content else []
    if len(packets) > 1:
        packets = [packet for packet in (_by_catalog(content),) if packet]
    if packets:
        _read_packet(packets[0], found)


def _by_catalog(content: bytes) -> bytes | None:
    import pypdf

    try:
        catalog = pypdf.PdfReader(io.BytesIO(content)).trailer["/Root"]
        stream = catalog.get_object()["/Metadata"].get_object()  # type: ignore[index,union-attr]
        packet = _PACKET.search(stream.get_data())  # type: ignore[union-attr]
    except Exception:  # noqa: BLE001 - pypdf raises anything on damage
        return None
    return packet[0] if packet else None


def _read_packet(packet: bytes, found: Findings) -> None:
    root = parse_xml(packet)
    if root is None:
        found.warn("xmp:damaged", "the XMP packet of the document cannot be read")
        return
    for description in root.iter("{*}Description"):
        for name, value in description.attrib.items():
            key = _FIELDS.get(str(name).rpartition("}")[2])
            if key and str(name) != "about":
                found.value(key, value, "xmp")
        for element in description:
            key = _FIELDS.get(local(element))
            if not key:
                continue
            items = [item for item in element.iter() if local(item) == "li"]
            for item in items or [element]:
                language = item.get(_LANG)
                known = None if language in {None, "x-default"} else str(language)
                found.value(key, flat_text(item), "xmp", known)
