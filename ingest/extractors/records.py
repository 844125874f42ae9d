"""Read JSON: every string as text, the parts that describe a record by name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import orjson

from ingest.extractors.flow import decode_text
from ingest.extractors.html import html_text
from ingest.extractors.source import Findings, Source

__all__ = ["extract_json"]

_MAX_BYTES = 64 * 1024 * 1024
_MAX_DEPTH = 60
_MAX_EMBEDDED = 100
_MAX_RECORD_DEPTH = 4
_MAX_ENTRIES = 300
_MAX_STRUCTURE_CHARS = 2_000
_FIELDS = (
    (
        "title",
        re.compile(
            r"^(?:title|title_t|doc_?title|heading|short_?title)$", re.IGNORECASE
        ),
    ),
    (
        "date",
        re.compile(r"^(?:date|date_dt|date_tabled|issued|published)$", re.IGNORECASE),
    ),
    (
        "identifier",
        re.compile(r"^(?:identifier|identifier_t|uin|act_id|uri)$", re.IGNORECASE),
    ),
    ("number", re.compile(r"^(?:num|number|act_number|bill_number)$", re.IGNORECASE)),
    ("language", re.compile(r"^(?:lang|language)$", re.IGNORECASE)),
    ("author", re.compile(r"^(?:author|creator|askedby)$", re.IGNORECASE)),
    ("type", re.compile(r"^(?:type|act_type|doc_type|answer_type)$", re.IGNORECASE)),
    ("description", re.compile(r"^(?:description|abstract|summary)$", re.IGNORECASE)),
)
_TAG = re.compile(
    r"</?(?:p|br|div|span|a|b|i|em|strong|ul|ol|li|table)\b[^>]*>", re.IGNORECASE
)


def extract_json(source: Source, found: Findings) -> None:
    """Read one JSON document as one page of ``name: value`` lines."""
    text, _ = decode_text(source.read(_MAX_BYTES))
    try:
        document = orjson.loads(text)
    except ValueError as damage:
        found.warn("json:damaged", f"the JSON is not well formed: {damage}")
        found.page_count = 1
        found.page(text)
        return
    lines = []
    structure: dict[str, Any] = {}
    for path, value in _leaves(document, "", 0):
        name = path.rpartition(".")[2].partition("[")[0]
        shown = _shown(value)
        if not shown:
            continue
        lines.append(f"{name}: {shown}" if name else shown)
        if len(structure) < _MAX_ENTRIES:
            structure[path or "value"] = (
                value[:_MAX_STRUCTURE_CHARS] if isinstance(value, str) else value
            )
        if isinstance(value, str | int) and not isinstance(value, bool):
            _embed(found, name, path, shown)
    path, records = _records(document)
    structure["records"] = len(records) if records else 1
    structure["first_record"] = f"{path}[0]" if records else ""
    found.structure = structure
    found.page_count = 1
    found.page("\n".join(lines))


def _records(document: Any) -> tuple[str, list[Any]]:
    """Return the list of records that a document is, and its path.

    A document with a title, date or number of its own is one record, whatever lists
    it holds.
    """
    level = [("", document)]
    for _ in range(_MAX_RECORD_DEPTH):
        deeper: list[tuple[str, Any]] = []
        for path, value in level:
            if isinstance(value, list):
                if any(_describes_itself(part) for part in value[:20]):
                    return path, value
            elif isinstance(value, dict):
                if _describes_itself(value):
                    return "", []
                deeper.extend(
                    (f"{path}.{key}" if path else str(key), part)
                    for key, part in value.items()
                    if isinstance(part, dict | list)
                )
        level = deeper[:_MAX_ENTRIES]
    return "", []


def _describes_itself(value: Any) -> bool:
    if not isinstance(value, dict):
        return False
    keys = [str(key) for key, part in value.items() if isinstance(part, str | list)]
    own = {field for field, pattern in _FIELDS[:3] if any(map(pattern.match, keys))}
    return "title" in own or "identifier" in own


def _embed(found: Findings, name: str, path: str, shown: str) -> None:
    if len(found.embedded) >= _MAX_EMBEDDED:
        return
    for field, pattern in _FIELDS:
        if pattern.match(name):
            found.value(field, shown, f"json:{path}")


def _shown(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    if isinstance(value, str) and _TAG.search(text):
        return html_text(text)
    return text


def _leaves(value: Any, path: str, depth: int) -> Iterator[tuple[str, Any]]:
    """Yield path and value of every scalar; ``a.b[0].c`` is a path."""
    if depth > _MAX_DEPTH:
        return
    if isinstance(value, dict):
        for key, part in value.items():
            yield from _leaves(part, f"{path}.{key}" if path else str(key), depth + 1)
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from _leaves(part, f"{path}[{index}]", depth + 1)
    else:
        yield path, value
