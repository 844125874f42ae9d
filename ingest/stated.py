"""Read what a file states of itself: Akoma Ntoso, records, mail, linked data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ingest.dates import iso_day
from ingest.edtf import extended_date
from ingest.evidence import Found
from ingest.extraction import EmbeddedValue, Extraction
from ingest.folding import fold, plain, squash
from ingest.identifiers import OTHER, Identifier, identify, number_of, schemes_of
from ingest.language import known_languages
from ingest.titles import is_usable

__all__ = [
    "day",
    "found_in",
    "identifiers",
    "is_of_record",
    "kind",
    "kind_by_format",
    "language",
    "other_days",
    "record_count",
    "session",
    "titles",
]

_AKN = "application/akn+xml"
_DATA_FORMATS = frozenset({"text/csv", "text/turtle", "application/rdf+xml"})
_MAIL = frozenset({"message/rfc822", "application/vnd.ms-outlook"})
_STATED_DAYS = ("eml:", "msg:", "md:", "html:meta", "hansard:", "json:", "ttl:")
_GENERATED = "date:generation"
_IRI = "akn.iri"
_OF_SITTINGS = frozenset({"hansard", "question-paper", "minutes", "order-paper"})
_SITTING_ROOTS = frozenset({"debate", "debateReport"})
_MAX_IDENTIFIERS = 20
# ISO 639-2 codes of Akoma Ntoso, and "esp" that its Spanish samples hold.
_LANGUAGES = {
    "ara": "ar", "ces": "cs", "deu": "de", "eng": "en", "esp": "es", "fra": "fr",
    "fre": "fr", "ger": "de", "ita": "it", "nld": "nl", "pol": "pl", "por": "pt",
    "ron": "ro", "rus": "ru", "sin": "si", "spa": "es", "swa": "sw", "tam": "ta",
    "afr": "af", "ell": "el", "swe": "sv",
}  # fmt: skip


def _values(
    extraction: Extraction, *fields: str, source: str = ""
) -> Iterator[EmbeddedValue]:
    for value in extraction.embedded:
        if value.field in fields and value.source.startswith(source):
            yield value


def found_in(value: EmbeddedValue, text: str, confidence: float) -> Found:
    """Return what a value of a file states, in the words taken from it."""
    return Found(
        value=text,
        how="embedded",
        rule=value.source,
        page=None,
        confidence=confidence,
    )


def record_count(extraction: Extraction) -> int:
    """Return how many records a file of records holds; 1 for other papers."""
    count = (extraction.structure or {}).get("records", 1)
    return count if isinstance(count, int) and count > 0 else 1


def language(extraction: Extraction, hints: Mapping[str, str]) -> str | None:
    """Return the language that a sidecar or Akoma Ntoso states, or None."""
    if hints.get("language"):
        return hints["language"]
    for value in _values(extraction, "language", source="akn:FRBRExpression"):
        code = value.value.lower()
        known = _LANGUAGES.get(code, code)
        return known if known in known_languages() else None
    return None


def kind(extraction: Extraction) -> Found | None:
    """Return the record type that the format itself decides."""
    if record_count(extraction) > 1 or extraction.mime in _DATA_FORMATS:
        return Found(
            value="dataset", how="inferred", rule="format", page=None, confidence=0.8
        )
    return None


def kind_by_format(extraction: Extraction) -> Found | None:
    """Return the record type of a format where no words told it."""
    if extraction.mime in _MAIL:
        return Found(
            value="letter", how="inferred", rule="format", page=None, confidence=0.6
        )
    return None


def session(extraction: Extraction) -> Found | None:
    """Return the session that Akoma Ntoso marks up."""
    parts = list(_values(extraction, "session", "legislature", source="akn:"))
    if not parts:
        return None
    shown = ", ".join(dict.fromkeys(squash(v.value) for v in parts[:2]))
    return found_in(parts[0], shown, 0.9)


def is_of_record(value: EmbeddedValue, extraction: Extraction) -> bool:
    """Return whether a JSON value is of the record itself, not of a part of it."""
    return _is_of_record(value, _first_record(extraction))


def _first_record(extraction: Extraction) -> str:
    first = (extraction.structure or {}).get("first_record", "")
    return f"json:{first}." if first else "json:"


def _is_of_record(value: EmbeddedValue, prefix: str) -> bool:
    """Return whether a JSON value is of the record itself, not of a part of it."""
    rest = value.source.removeprefix(prefix)
    return value.source.startswith(prefix) and "." not in rest


def day(extraction: Extraction, zone: str, kind: str | None = None) -> Found | None:
    """Return the day that a file states as its own.

    Notes
    -----
    Akoma Ntoso: ``FRBRWork/FRBRdate``; a far day such as 3000-01-01 that stands for
    none is passed over for that of the work's IRI and of ``docDate``, and so is one
    named "generation" in the papers of a sitting (`kind`). Mail, records
    and linked data: their date field. Days on which a PDF or office file was made
    are none. A file of several records takes the day they share, or the latest as
    an inference.
    """
    if extraction.mime == _AKN:
        return _akn_day(extraction, kind)
    if record_count(extraction) > 1:
        return _day_of_many(extraction, zone)
    prefix = _first_record(extraction)
    for value in _values(extraction, "date"):
        if not value.source.startswith(_STATED_DAYS):
            continue
        if value.source.startswith("json:") and not _is_of_record(value, prefix):
            continue
        found = iso_day(value.value, zone)
        if found:
            return found_in(value, found, 0.9)
        if extended_date(value.value.strip()):
            # Less or more than a day, in so many words.
            return found_in(value, value.value.strip(), 0.8)
    return None


def _akn_day(extraction: Extraction, kind: str | None) -> Found | None:
    fields = [v for v in extraction.embedded if v.field.startswith("date")]
    work = [v for v in fields if v.source.startswith("akn:FRBRWork")]
    work.sort(key=lambda v: v.field == _GENERATED)
    iris = list(_values(extraction, "frbr:work", source="akn:"))
    marked = [v for v in fields if v.source == "akn:docDate"]
    order = [work, iris, marked]
    if kind in _OF_SITTINGS or _root(extraction) in _SITTING_ROOTS:
        order.insert(0, [v for v in work if v.field != _GENERATED])
        order.insert(1, iris)
    for values, confidence in zip(order, (0.95, 0.9, 0.9, 0.85, 0.8), strict=False):
        for value in values:
            found = iso_day(value.value.replace("/", " "))
            if found:
                return found_in(value, found, confidence)
    return None


def _root(extraction: Extraction) -> str:
    return next((v.value for v in _values(extraction, "type", source="akn:root")), "")


def _day_of_many(extraction: Extraction, zone: str) -> Found | None:
    structure = extraction.structure or {}
    texts = structure.get("days") or [
        v.value for v in _values(extraction, "date", source="json:")
    ]
    days = sorted({d for text in texts if (d := iso_day(str(text), zone))})
    if not days:
        return None
    shared = len(days) == 1
    return Found(
        value=days[-1],
        how="embedded" if shared else "inferred",
        rule="records:shared-day" if shared else "records:latest-day",
        page=None,
        confidence=0.8 if shared else 0.3,
    )


def other_days(extraction: Extraction, zone: str) -> Iterator[tuple[str, Found]]:
    """Yield kinds and days beside the paper's own."""
    if extraction.mime == _AKN:
        kinds = {"date:publication": "published", "date": "document"}
        for value in extraction.embedded:
            name = kinds.get(value.field)
            is_marked = value.source in {"akn:publication", "akn:docDate"}
            found = iso_day(value.value) if name and is_marked else None
            if name and found:
                yield name, found_in(value, found, 0.9)
    for value in _values(extraction, "date", source="json:"):
        if value.source.endswith(("dateTabled_dt", "date_tabled")):
            found = iso_day(value.value, zone)
            if found and record_count(extraction) == 1:
                yield "tabled", found_in(value, found, 0.9)


def titles(extraction: Extraction) -> Iterator[tuple[str | None, Found]]:
    """Yield languages and titles that a file states in so many words."""
    if extraction.mime == _AKN:
        yield from _akn_titles(extraction)
    elif record_count(extraction) > 1:
        yield from _titles_of_many(extraction)
    elif extraction.mime == "text/turtle":
        for value in _values(extraction, "title", source="ttl:"):
            yield value.language, found_in(value, value.value, 0.9)
    elif extraction.mime == "application/json":
        prefix = _first_record(extraction)
        for value in _values(extraction, "title", source=prefix):
            if _is_of_record(value, prefix) and is_usable(value.value):
                yield None, found_in(value, value.value, 0.9)


def _akn_titles(extraction: Extraction) -> Iterator[tuple[str | None, Found]]:
    for field in ("title:alias", "title:short", "title"):
        for value in _values(extraction, field, source="akn:"):
            yield None, found_in(value, value.value, 0.95)
            return
    for source in ("akn:FRBRWork", "akn:root"):
        for value in _values(extraction, "name", source=source):
            if " " in value.value:
                yield None, found_in(value, value.value, 0.8)
                return
    for value in _values(extraction, "title:long", source="akn:"):
        yield None, found_in(value, value.value, 0.8)
        return


def _titles_of_many(extraction: Extraction) -> Iterator[tuple[str | None, Found]]:
    found = [v for v in _values(extraction, "title") if is_usable(v.value)]
    if not found:
        return
    found.sort(key=lambda v: v.language not in {"en", None})
    count = record_count(extraction) - 1
    plural = "" if count == 1 else "s"
    text = f"{found[0].value} and {count} more record{plural}"
    yield (
        found[0].language,
        Found(
            value=text,
            how="inferred",
            rule="records:first-title",
            page=None,
            confidence=0.5,
        ),
    )


def identifiers(
    extraction: Extraction, jurisdiction: str | None, facts: Mapping[str, str | None]
) -> Iterator[tuple[Identifier, Found]]:
    """Yield the official numbers that a file states as its own.

    Notes
    -----
    The IRI of the Akoma Ntoso work is taken as it stands; aliases, names and numbers
    count when they follow a known scheme. The numbers of a file of several records
    are theirs, not its own.
    """
    if extraction.mime == _AKN:
        yield from _akn_identifiers(extraction, jurisdiction, facts)
    elif record_count(extraction) == 1:
        prefix = _first_record(extraction)
        for value in list(_values(extraction, "identifier"))[:_MAX_IDENTIFIERS]:
            if value.source.startswith("json:") and not _is_of_record(value, prefix):
                continue
            found = _number(value.value, jurisdiction, facts)
            if found.scheme != OTHER or value.source.startswith("ttl:"):
                yield found, found_in(value, found.value, 0.9)


def _akn_identifiers(
    extraction: Extraction, jurisdiction: str | None, facts: Mapping[str, str | None]
) -> Iterator[tuple[Identifier, Found]]:
    works = list(_values(extraction, "frbr:work")) or list(
        _values(extraction, "frbr:work:this")
    )
    for value in works[:1]:
        iri = Identifier(
            scheme=_IRI,
            value=value.value,
            normalised=fold(value.value).rstrip("/.,;:"),
        )
        yield iri, found_in(value, value.value, 1.0)
    numbers = list(_values(extraction, "number", source="akn:docNumber"))
    names = list(_values(extraction, "alias", "name", source="akn:FRBRWork"))
    for value in [*names, *(numbers if len(numbers) == 1 else [])][:_MAX_IDENTIFIERS]:
        found = _number(value.value, jurisdiction, facts)
        if found.scheme != OTHER:
            yield found, found_in(value, found.value, 0.85)


def _number(
    text: str, jurisdiction: str | None, facts: Mapping[str, str | None]
) -> Identifier:
    """Return a stated number with the chamber and session of its paper."""
    ready = plain(squash(text))
    for scheme in schemes_of(jurisdiction):
        match = scheme.pattern.fullmatch(ready)
        number = number_of(scheme, match, facts) if match else None
        if number is not None:
            return Identifier(
                scheme=number.scheme, value=number.value, normalised=number.normalised
            )
    return identify(text, jurisdiction)
