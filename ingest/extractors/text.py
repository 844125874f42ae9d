"""Read plain text, Markdown, tables and Turtle."""

from __future__ import annotations

import csv
import re

from ingest.extraction import MAX_TEXT_CHARS
from ingest.extractors.flow import decode_text
from ingest.extractors.source import Findings, Source

__all__ = ["extract_csv", "extract_markdown", "extract_text", "extract_turtle"]

_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.*?)\n---[ \t]*(?:\n|\Z)", re.DOTALL)
_ENTRY = re.compile(r"^([A-Za-z][\w .-]{0,40}):[ \t]*(\S.*)$", re.MULTILINE)
_HEADING = re.compile(r"^#[ \t]+(.+?)[ \t#]*$", re.MULTILINE)
_FIELDS = {
    "title": "title",
    "date": "date",
    "author": "author",
    "lang": "language",
    "language": "language",
    "identifier": "identifier",
}
_LABEL = re.compile(
    r"(?:dcterms|dct|dc|eli|rdfs|skos|schema):(title|label|prefLabel|name)\s+"
    r'"((?:[^"\\]|\\.){1,500})"(?:@([A-Za-z-]{2,11}))?'
)
_NUMBER = re.compile(r'(?:dc|dct|dcterms):identifier\s+"([^"\n]{1,200})"')
_DAY = re.compile(
    r"(?:eli:date_document|eli:date_publication|(?:dc|dct|dcterms):(?:date|issued))"
    r'\s+"([^"\n]{4,40})"'
)
_MAX_TURTLE_CHARS = 4_000_000
_MAX_DAYS = 200
_MAX_LABELS = 40
_MAX_COLUMNS = 200


def _decoded(source: Source, found: Findings) -> str:
    limit = 4 * MAX_TEXT_CHARS
    if source.size > limit:
        found.warn("text:cut", f"only the first {limit} bytes were read")
    text, encoding = decode_text(source.head(limit))
    if encoding == "cp1252":
        found.warn("encoding:guessed", "the text is not UTF-8; read as Windows-1252")
    return text


def extract_text(source: Source, found: Findings) -> None:
    """Read plain text; form feeds begin pages."""
    pages = _decoded(source, found).split("\f")
    if len(pages) > 1 and not pages[-1].strip():
        pages.pop()
    found.page_count = len(pages)
    for page in pages:
        found.page(page)


def extract_markdown(source: Source, found: Findings) -> None:
    """Read Markdown: the text as it stands, front matter and first heading."""
    text = _decoded(source, found).replace("\r\n", "\n")
    matter = _FRONT_MATTER.match(text)
    if matter:
        entries = {}
        for key, value in _ENTRY.findall(matter[1]):
            plain = value.strip().strip("\"'")
            entries[key] = plain
            field = _FIELDS.get(key.lower(), f"matter:{key.lower()}")
            found.value(field, plain, "md:front-matter")
        found.structure = {"front_matter": entries}
    heading = _HEADING.search(text, matter.end() if matter else 0)
    if heading:
        found.value("title", heading[1], "md:heading")
    found.page_count = 1
    found.page(text)


def extract_csv(source: Source, found: Findings) -> None:
    """Read a table as text; its columns and first row are its structure."""
    text = _decoded(source, found)
    start = text[:65_536]
    delimiter = max(",;\t|", key=start.split("\n", 1)[0].count)
    rows = csv.reader(start.splitlines(), delimiter=delimiter)
    try:
        columns = [c.strip() for c in next(rows, [])][:_MAX_COLUMNS]
        first = next(rows, [])
    except csv.Error as damage:
        found.warn("csv:damaged", f"the table cannot be read: {damage}")
        columns, first = [], []
    found.structure = {
        "columns": columns,
        "first": dict(zip(columns, (c[:300] for c in first), strict=False)),
        "lines": text.count("\n"),
    }
    found.page_count = 1
    found.page(text)


def extract_turtle(source: Source, found: Findings) -> None:
    """Read Turtle as text; its first titles and labels are embedded values.

    A file about one document (ELI, Dublin Core) gives the document's number, day and
    titles by language; of several documents only their count and days are given.
    """
    text = _decoded(source, found)
    start = text[:_MAX_TURTLE_CHARS]
    numbers = list(dict.fromkeys(_NUMBER.findall(start)))
    if len(numbers) == 1:
        found.value("identifier", numbers[0], "ttl:identifier")
        for day in _DAY.findall(start)[:1]:
            found.value("date", day, "ttl:date")
    days = sorted(set(_DAY.findall(start)))[:_MAX_DAYS]
    found.structure = {"records": max(len(numbers), 1), "days": days}
    for count, match in enumerate(_LABEL.finditer(start)):
        if count >= _MAX_LABELS:
            break
        field = "title" if match[1] == "title" else "label"
        found.value(field, match[2], f"ttl:{match[1]}", match[3])
    found.page_count = 1
    found.page(text)
