"""The one seam: values of the libraries and the index to the model and back."""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ingest.identifiers import identify, numbers_in
from recordsvc.model import Manifestation, Record
from recordsvc.model.record import Citation, Identifier, Statement
from recordsvc.search.index import IndexDocument
from recordsvc.search.query import identifier_key
from recordsvc.services.access import effective_level
from recordsvc.services.described import Described
from recordsvc.services.renditions import RenditionPage

if TYPE_CHECKING:
    # Only their shape is needed, and a command that reads nothing starts faster.
    from ingest.describe import Description
    from ingest.extraction import Extraction

__all__ = [
    "NumberHit",
    "described_from",
    "identifier_of",
    "index_document",
    "manifestation_from",
    "number_hits",
    "numbers_in",
    "sort_key",
]

SORT_CHARS = 80


def identifier_of(text: str, jurisdiction: str | None) -> Identifier:
    """Return an official number as (scheme, value, normalised)."""
    found = identify(text.strip(), jurisdiction=jurisdiction)
    return Identifier(
        scheme=found.scheme, value=found.value, normalised=found.normalised
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberHit:
    """An official number in a query, with the keys of every scheme it may be of."""

    start: int
    end: int
    text: str
    keys: tuple[str, ...]


def number_hits(text: str) -> tuple[NumberHit, ...]:
    """Return the official numbers in a query, in any scheme that is known."""
    found: dict[tuple[int, int], list[str]] = {}
    for number in numbers_in(text):
        keys = found.setdefault((number.start, number.end), [])
        keys += [identifier_key(number.normalised), identifier_key(number.value)]
    return tuple(
        NumberHit(
            start=start, end=end, text=text[start:end], keys=tuple(dict.fromkeys(keys))
        )
        for (start, end), keys in sorted(found.items())
    )


def described_from(description: "Description") -> Described:
    """Return what the description library found, in the model's words."""
    return Described(
        type=description.type,
        titles=tuple(description.titles),
        date=description.date,
        dates=tuple(description.dates),
        language=description.language,
        jurisdiction=description.jurisdiction,
        chamber=description.chamber,
        session=description.session,
        identifiers=tuple(
            Identifier(scheme=i.scheme, value=i.value, normalised=i.normalised)
            for i in description.identifiers
        ),
        citations=tuple(
            Citation(
                scheme=c.scheme,
                text=c.text,
                normalised=c.normalised,
                page=c.page,
                start=c.start,
                end=c.end,
            )
            for c in description.citations
        ),
        statements=tuple(
            Statement(
                field=v.field,
                value=v.value,
                how=v.how,
                rule=v.rule,
                page=v.page,
                confidence=v.confidence,
            )
            for v in description.values
        ),
    )


def manifestation_from(
    extraction: "Extraction",
    *,
    name: str,
    sha256: str,
    size: int,
    rendition: str | None,
) -> Manifestation:
    """Return a file as the model keeps it."""
    return Manifestation(
        name=name,
        sha256=sha256,
        bytes=size,
        mime=extraction.mime,
        puid=extraction.puid,
        format_name=extraction.format_name,
        pages=extraction.page_count,
        text=extraction.text.value,
        rendition=rendition,
        warnings=tuple(f"{w.code}: {w.message}" for w in extraction.warnings),
        error=extraction.error,
    )


def sort_key(text: str) -> str:
    """Return what a text is sorted by: unaccented small letters, shortened."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    kept = "".join(c for c in plain if c.isalnum() or c.isspace())
    return " ".join(kept.split())[:SORT_CHARS]


def index_document(
    record: Record,
    pages: Iterable[Sequence[RenditionPage]],
    tokens_of_title: tuple[str, str],
) -> IndexDocument:
    """Return what the search engine is given of a record.

    Parameters
    ----------
    pages
        The text renditions of the record's files.
    tokens_of_title
        The titles' tokens, exact and stemmed.
    """
    flat = [page for rendition in pages for page in rendition]
    keys = {identifier_key(i.normalised) for i in record.identifiers}
    keys |= {identifier_key(i.value) for i in record.identifiers}
    languages = {e.language for e in record.expressions if e.language}
    if record.language:
        languages.add(record.language)
    return IndexDocument(
        record_id=record.id,
        revision=record.revision,
        access=effective_level(record),
        type=record.type,
        date=record.date or "",
        languages=tuple(sorted(languages)),
        jurisdiction=record.jurisdiction or "",
        chamber=record.chamber or "",
        session=record.session or "",
        collection=record.collection or "",
        class_code=record.class_code or "",
        status=record.state,
        identifiers=tuple(sorted(keys)),
        title=sort_key(record.title),
        number=sort_key(record.identifiers[0].value) if record.identifiers else "",
        title_exact=tokens_of_title[0],
        title_stem=tokens_of_title[1],
        body_exact=" ".join(page.exact for page in flat),
        body_stem=" ".join(page.stem for page in flat),
        format=record.files[0].mime if record.files else "",
    )
