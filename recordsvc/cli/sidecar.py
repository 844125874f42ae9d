"""Metadata that comes beside papers: CSV, JSON or Dublin Core XML."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from recordsvc.cli.door import read_text
from recordsvc.services.errors import InvalidRequest

DC = "http://purl.org/dc/elements/1.1/"
DCTERMS = "http://purl.org/dc/terms/"
# Dublin Core elements in either namespace, and the field each one states.
DC_FIELDS = {
    "title": "title",
    "date": "date",
    "type": "type",
    "identifier": "identifier",
    "language": "language",
    "created": "created",
    "dateSubmitted": "received",
    "isPartOf": "collection",
    "accessRights": "access",
}
SEVERAL = {"identifier": "|"}
MAX_CELL_CHARS = 1_000_000

Row = tuple[int, dict[str, str]]


def read_sidecar(name: str) -> dict[str, dict[str, str]]:
    """Read a metadata file of INTERFACE 7.8.

    Parameters
    ----------
    name
        A ``.csv`` with a header row or a ``.json`` list of objects, both with a
        column ``file``; or an ``.xml`` with one Dublin Core description a paper,
        which names its file in the attribute ``file`` or in ``dc:source``.

    Returns
    -------
    dict
        Values by file.

    Raises
    ------
    NotFound
        If there is no such file.
    InvalidRequest
        If it is none of these, names a file twice, or a value cannot be kept.
    """
    from recordsvc.services.capture import check_sidecar

    text = read_text(name)
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
        values = _stated(description)
        if values:
            yield int(str(description.sourceline or 0)), values


def _stated(description: Any) -> dict[str, str]:
    """Return what the Dublin Core children of an element say."""
    values: dict[str, str] = {}
    for child in description.iterchildren():
        namespace, _, local = str(child.tag).removeprefix("{").rpartition("}")
        said = " ".join("".join(child.itertext()).split())
        if namespace not in {DC, DCTERMS} or not said:
            continue
        field = "file" if local == "source" else DC_FIELDS.get(local)
        if field in SEVERAL and field in values:
            values[field] += SEVERAL[field] + said
        elif field:
            values.setdefault(field, said)
    if values and description.get("file"):
        values["file"] = description.get("file")
    return values
