"""The one seam: values of the libraries and the index to the model and back."""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ingest.dates import find_dates
from ingest.edtf import extended_date
from ingest.errors import ProfileError
from ingest.extractors import VERSION as READER
from ingest.identifiers import identify, numbers_in
from ingest.legislatures import own_folder, use_profiles
from ingest.personnames import CERTAIN as CERTAIN_NAME
from ingest.personnames import POSSIBLE as POSSIBLE_NAME
from ingest.personnames import keys_of_name
from ingest.personnames import likeness as likeness_of_names
from recordsvc.model import Manifestation, Record
from recordsvc.model.record import ATTACHMENT, Citation, Identifier, Statement
from recordsvc.search.index import IndexDocument
from recordsvc.search.query import identifier_key
from recordsvc.services.access import effective_level
from recordsvc.services.described import Described
from recordsvc.services.renditions import RenditionPage

if TYPE_CHECKING:
    # Only their shape is needed, and a command that reads nothing starts faster.
    from ingest.describe import Description
    from ingest.extraction import Extraction
    from ingest.questionpapers import ListedQuestion

__all__ = [
    "CERTAIN_NAME",
    "POSSIBLE_NAME",
    "READER",
    "NumberHit",
    "ProfileError",
    "attachment_from",
    "days_in",
    "described_from",
    "first_day",
    "identifier_of",
    "index_document",
    "keys_of_name",
    "likeness_of_names",
    "listed_questions",
    "manifestation_from",
    "number_hits",
    "numbers_in",
    "own_folder",
    "sort_key",
    "use_profiles",
]

SORT_CHARS = 80
# How the extraction names the technical values of sound and video.
MEDIA = "media:"


def identifier_of(text: str, jurisdiction: str | None) -> Identifier:
    """Return an official number as (scheme, value, normalised)."""
    found = identify(text.strip(), jurisdiction=jurisdiction)
    return Identifier(
        scheme=found.scheme, value=found.value, normalised=found.normalised
    )


def first_day(text: str | None) -> str:
    """Return the first day that a date may be, by which it is found and sorted.

    Notes
    -----
    Where it has no beginning, the last one; empty where there is neither.
    """
    found = extended_date(text) if text else None
    if found is None:
        return text or ""
    day = found.first or found.last
    return day.isoformat() if day is not None else ""


def days_in(text: str) -> tuple[tuple[int, int, str], ...]:
    """Return start, end and day (``YYYY-MM-DD``) of every day written in a text."""
    return tuple((found.start, found.end, found.day) for found in find_dates(text))


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
        legislature=description.legislature,
        authors=description.authors,
        addressees=description.addressees,
        subjects=description.subjects,
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
                start=v.start,
                end=v.end,
                language=v.language,
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
        signatures=extraction.signatures,
        reader=READER,
        media=tuple(
            (value.field.removeprefix(MEDIA), value.value)
            for value in extraction.embedded
            if value.field.startswith(MEDIA)
        ),
    )


def attachment_from(
    extraction: "Extraction",
    *,
    name: str,
    stated_name: str | None,
    position: str,
    sha256: str,
    size: int,
    rendition: str | None,
) -> Manifestation:
    """Return a carried file as the model keeps it."""
    file = manifestation_from(
        extraction, name=name, sha256=sha256, size=size, rendition=rendition
    )
    return replace(file, role=ATTACHMENT, position=position, stated_name=stated_name)


def listed_questions(
    paper: Record, pages: Iterable[tuple[int, str]]
) -> "tuple[ListedQuestion, ...]":
    """Return the questions that a paper lists, by the layouts of its parliament.

    Parameters
    ----------
    pages
        Number and text of each.
    """
    from ingest.extraction import PageText
    from ingest.questionpapers import questions_in

    day = extended_date(paper.date) if paper.date else None
    return questions_in(
        [PageText(number=number, text=text) for number, text in pages],
        paper.jurisdiction,
        kind=paper.type,
        date=paper.date if day is not None and day.is_day else None,
        chamber=paper.chamber,
        session=paper.session,
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
    tokens_said: Iterable[tuple[str, str]] = (),
) -> IndexDocument:
    """Return what the search engine is given of a record.

    Parameters
    ----------
    pages
        The text renditions of the record's files.
    tokens_of_title
        The titles' tokens, exact and stemmed.
    tokens_said
        Those of names, subjects and of a description, which are found like the text.
    """
    said = list(tokens_said)
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
        date=first_day(record.date),
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
        body_exact=" ".join([*(p.exact for p in flat), *(exact for exact, _ in said)]),
        body_stem=" ".join([*(p.stem for p in flat), *(stem for _, stem in said)]),
        format=record.files[0].mime if record.files else "",
    )
