"""What a paper says of itself, as values with their provenance."""

from __future__ import annotations

from dataclasses import dataclass

from ingest.citations import Citation
from ingest.identifiers import Identifier

__all__ = ["Description", "FoundValue"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundValue:
    """Hold one descriptive value with its provenance.

    Parameters
    ----------
    field
        ``title``, ``date``, ``identifier``, ``type``, ``jurisdiction`` and so on.
    value
        The value.
    how
        ``extracted`` from the text, ``embedded`` in the file, ``inferred``.
    rule
        The rule or source that found it.
    page
        The page of the evidence, counted from 1, or None.
    confidence
        From 0 to 1.
    start, end
        Where the evidence stands in the text of that page, or None.
    language
        For a title, its BCP 47 tag.
    """

    field: str
    value: str
    how: str
    rule: str
    page: int | None
    confidence: float
    start: int | None = None
    end: int | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """Hold what a paper says of itself.

    Parameters
    ----------
    type
        A record type such as ``act``, ``question``, ``hansard``, or None.
    titles
        Pairs of a BCP 47 tag (``und`` where unknown) and the title.
    date
        The day of the act, sitting or document, ``YYYY-MM-DD``, or a date of EDTF
        level 0 or 1 where the paper states less or more than a day; or None.
    dates
        Pairs of a kind (``certified``, ``published``) and a day or date of EDTF.
    language
        BCP 47 tag of the main language, or None.
    jurisdiction
        ISO 3166-1 code in small letters, or ``eu``, or None.
    chamber
        The code of the chamber or parliament in its profile, or None.
    session
        The session as the paper gives it, or None.
    legislature
        The term of the parliament as the paper gives it, or None.
    authors, addressees
        Names of persons and bodies as the paper writes them.
    subjects
        What it is about, in words of its own.
    identifiers
        The paper's own official numbers.
    citations
        Numbers of papers named in the text, in order; the paper's own number is
        among them where the text repeats it.
    values
        Every value with its provenance.
    """

    type: str | None = None
    titles: tuple[tuple[str, str], ...] = ()
    date: str | None = None
    dates: tuple[tuple[str, str], ...] = ()
    language: str | None = None
    jurisdiction: str | None = None
    chamber: str | None = None
    session: str | None = None
    legislature: str | None = None
    authors: tuple[str, ...] = ()
    addressees: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    identifiers: tuple[Identifier, ...] = ()
    citations: tuple[Citation, ...] = ()
    values: tuple[FoundValue, ...] = ()
