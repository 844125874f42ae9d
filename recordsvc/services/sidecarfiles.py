"""Metadata that comes beside papers: CSV, JSON or Dublin Core XML, read and written."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from recordsvc.services.errors import InvalidRequest
from recordsvc.services.sidecars import SEVERAL, check_sidecar

__all__ = ["csv_rows", "json_rows", "parse_sidecar", "write_sidecar"]

DC = "http://purl.org/dc/elements/1.1/"
DCTERMS = "http://purl.org/dc/terms/"
# What no element of Dublin Core says, under the names of a sidecar.
OWN = "urn:recordsvc:sidecar"
XML_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
# Dublin Core elements in either namespace, and the field each one states; of several
# the first is the one that is written.
DC_FIELDS = {
    "title": "title",
    "alternative": "title",
    "date": "date",
    "type": "type",
    "identifier": "identifier",
    "language": "language",
    "creator": "author",
    "audience": "addressee",
    "subject": "subject",
    "description": "description",
    "abstract": "description",
    "created": "created",
    "issued": "date.published",
    "dateSubmitted": "received",
    "isPartOf": "collection",
    "accessRights": "access",
    "source": "file",
}
# They tell of the file or of other papers, which are known better from themselves.
DC_PASSED_OVER = frozenset(
    "publisher contributor coverage spatial temporal format extent rights license "
    "relation references isReferencedBy hasPart hasFormat isFormatOf hasVersion "
    "isVersionOf replaces isReplacedBy requires isRequiredBy conformsTo provenance "
    "modified valid available dateAccepted dateCopyrighted rightsHolder medium "
    "mediator bibliographicCitation tableOfContents educationLevel".split()
)
MAX_CELL_CHARS = 1_000_000

Row = tuple[int, dict[str, str]]


def parse_sidecar(name: str, text: str) -> dict[str, dict[str, str]]:
    """Return what the text of a sidecar says, by file.

    Parameters
    ----------
    name
        The name of the sidecar: its ending says of which form it is. A ``.csv`` has a
        header row and a ``.json`` is a list of objects, both with a column ``file``;
        an ``.xml`` has one Dublin Core description a paper.

    Raises
    ------
    InvalidRequest
        If it is none of these, names a file twice, or a value cannot be kept.

    Notes
    -----
    A Dublin Core title in another language (``xml:lang``) is the title in that one;
    what Dublin Core has no element for stands in elements of the namespace
    ``urn:recordsvc:sidecar``, named as the columns are (``session``, ``date.tabled``).
    """
    found: dict[str, dict[str, str]] = {}
    for line, values in _rows(name, text):
        file = values.pop("file", "")
        if not file:
            raise InvalidRequest(f"{name}: line {line} names no file")
        if file in found:
            raise InvalidRequest(f"{name}: line {line} names {file!r} again")
        try:
            check_sidecar(values)
        except InvalidRequest as error:
            raise InvalidRequest(f"{name}: line {line}: {error}") from None
        found[file] = values
    return found


def _rows(name: str, text: str) -> Iterable[Row]:
    kind = Path(name).suffix.lower()
    if kind == ".csv":
        return csv_rows(text, name)
    if kind == ".json":
        return json_rows(text, name)
    if kind == ".xml":
        return list(_dublin_core_rows(text, name))
    raise InvalidRequest(f"{name}: metadata comes as .csv, .json or .xml")


def csv_rows(text: str, name: str) -> list[Row]:
    """Return the rows of a CSV text with a header, each with its line number.

    Raises
    ------
    InvalidRequest
        If it is no CSV.
    """
    csv.field_size_limit(MAX_CELL_CHARS)
    reader = csv.DictReader(io.StringIO(text, newline=""))
    try:
        return [(reader.line_num, _plain(row)) for row in reader]
    except csv.Error as error:
        raise InvalidRequest(f"{name}: line {reader.line_num}: {error}") from None


def json_rows(text: str, name: str) -> list[Row]:
    """Return the objects of a JSON list, each with its place from 1.

    Raises
    ------
    InvalidRequest
        If it is no JSON, or no list of flat objects.
    """
    try:
        rows = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        raise InvalidRequest(f"{name}: {error}") from None
    if not isinstance(rows, list) or not all(isinstance(r, dict) for r in rows):
        raise InvalidRequest(f"{name}: must be a list of objects")
    for number, row in enumerate(rows, start=1):
        deep = [k for k, v in row.items() if isinstance(v, dict | list)]
        if deep:
            raise InvalidRequest(f"{name}: object {number}: {deep[0]} is no plain text")
    return [(number, _plain(row)) for number, row in enumerate(rows, start=1)]


def _plain(row: Mapping[str | None, Any]) -> dict[str, str]:
    # A row longer than the header has its surplus under None.
    return {k: str(v) for k, v in row.items() if k and v is not None and v != ""}


def _dublin_core_rows(text: str, name: str) -> Iterator[Row]:
    from lxml import etree

    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        root = etree.fromstring(text.encode(), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise InvalidRequest(f"{name}: {error}") from None
    for description in root.iter(etree.Element):
        line = int(str(description.sourceline or 0))
        values = _stated(description, f"{name}: line {line}")
        if values:
            yield line, values


def _stated(description: Any, where: str) -> dict[str, str]:
    """Return what the children of an element say in Dublin Core or in our words.

    Raises
    ------
    InvalidRequest
        Naming an element that states nothing known here.
    """
    values: dict[str, str] = {}
    languages = [c for c in description.iterchildren() if _local(c, "language")]
    own_language = _said(languages[0]) if languages else ""
    for child in description.iterchildren():
        namespace, _, local = str(child.tag).removeprefix("{").rpartition("}")
        said = _said(child)
        if namespace not in {DC, DCTERMS, OWN} or not said:
            continue
        if namespace == OWN:
            field: str | None = local
        elif local in DC_PASSED_OVER:
            continue
        elif (field := DC_FIELDS.get(local)) is None:
            raise InvalidRequest(
                f"{where}: the element {local!r} states no known field"
            )
        language = child.get(XML_LANGUAGE)
        if field == "title" and language and language != own_language:
            field = f"title@{language}"
        if field in SEVERAL and field in values:
            values[field] += "|" + said
        elif field:
            values.setdefault(field, said)
    if values and description.get("file"):
        values["file"] = description.get("file")
    return values


def _local(element: Any, name: str) -> bool:
    return str(element.tag) in {f"{{{DC}}}{name}", f"{{{DCTERMS}}}{name}"}


def _said(element: Any) -> str:
    return " ".join("".join(element.itertext()).split())


def write_sidecar(kind: str, rows: Iterable[tuple[str, Mapping[str, str]]]) -> str:
    """Return a sidecar that says what is said of records.

    Parameters
    ----------
    kind
        ``csv``, ``json`` or ``xml``.
    rows
        The name of each file and its values.
    """
    every = [{"file": file, **values} for file, values in rows]
    if kind == "json":
        return json.dumps(every, ensure_ascii=False, indent=1) + "\n"
    return _as_csv(every) if kind == "csv" else _as_xml(every)


def _as_csv(rows: Sequence[Mapping[str, str]]) -> str:
    columns = sorted({name for row in rows for name in row} - {"file"})
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, ["file", *columns], lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def _as_xml(rows: Sequence[Mapping[str, str]]) -> str:
    from lxml import etree

    names = {field: local for local, field in reversed(DC_FIELDS.items())}
    root = etree.Element("metadata", nsmap={"dc": DC, "dcterms": DCTERMS, "own": OWN})
    for row in rows:
        holder = etree.SubElement(root, "description", file=_as_text(row["file"]))
        for name, value in row.items():
            base, at, language = name.partition("@")
            if name == "file":
                continue
            tag = f"{{{DCTERMS}}}{names[base]}" if base in names else f"{{{OWN}}}{name}"
            for part in value.split("|") if base in SEVERAL else (value,):
                element = etree.SubElement(holder, tag)
                element.text = _as_text(part)
                if at:
                    element.set(XML_LANGUAGE, language)
    text: str = etree.tostring(root, encoding="unicode", pretty_print=True)
    return text


def _as_text(text: str) -> str:
    """Return what XML can hold: a byte of a name that is no UTF-8 shows its number."""
    safe = text.encode("utf-8", "backslashreplace").decode()
    return "".join(c if c.isprintable() or c in "\t\n\r" else " " for c in safe)
