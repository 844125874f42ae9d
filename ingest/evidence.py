"""Say of which parliament a paper is, by the words and values in it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from ingest.cues import Reading
from ingest.folding import fold
from ingest.legislatures import profile_for, profiles

__all__ = ["Found", "chamber_of", "jurisdiction_of"]

_PAGES, _MAX_VALUES = 3, 60
_LEAST_WEIGHT = 2
_IRI_COUNTRY = re.compile(r"(?:/akn)?/([a-z]{2,3})(?:-[a-z0-9]+)?/")
_COUNTRY = re.compile(r"([A-Za-z]{2,3})(?:-[A-Za-z]{2,4})?")
# The three-letter codes met in Akoma Ntoso files (ISO 3166-1 alpha-3).
_ALPHA3 = {
    "bra": "br", "can": "ca", "che": "ch", "chl": "cl", "deu": "de", "esp": "es",
    "fra": "fr", "gbr": "gb", "ita": "it", "ken": "ke", "lka": "lk", "mex": "mx",
    "nga": "ng", "prt": "pt", "uga": "ug", "ury": "uy", "usa": "us", "zaf": "za",
    "zmb": "zm",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Hold a value with its provenance before its field is known.

    `start` and `end` say where the evidence stands in the text of its page, where that
    is known.
    """

    value: str
    how: str
    rule: str
    page: int | None
    confidence: float
    start: int | None = None
    end: int | None = None


def jurisdiction_of(reading: Reading, hints: Mapping[str, str]) -> Found | None:
    """Return the jurisdiction of a paper.

    Parameters
    ----------
    reading
        The paper.
    hints
        ``jurisdiction`` is believed; ``home`` is taken where the paper shows none.

    Returns
    -------
    Found or None
        A code as in ISO 3166-1, small letters, or ``eu``; `how` is ``hint`` when it
        was not found in the paper.
    """
    if hints.get("jurisdiction"):
        return _hint(hints["jurisdiction"])
    found = _by_metadata(reading) or _by_words(reading)
    if found is None and hints.get("home"):
        return _hint(hints["home"])
    return found


def _hint(code: str) -> Found:
    code = code.strip().lower()
    return Found(value=code, how="hint", rule="hint", page=None, confidence=1.0)


def _by_metadata(reading: Reading) -> Found | None:
    """Return the country that Akoma Ntoso states: that of the IRI, else FRBRcountry."""
    for field, pattern in (("frbr:work", _IRI_COUNTRY), ("country", _COUNTRY)):
        for value in reading.extraction.embedded:
            match = pattern.match(value.value) if value.field == field else None
            if match and value.source.startswith("akn:"):
                code = match[1].lower()
                return Found(
                    value=_ALPHA3.get(code, code),
                    how="embedded",
                    rule=f"{value.source}:{field}",
                    page=None,
                    confidence=0.95,
                )
    return None


def _by_words(reading: Reading) -> Found | None:
    heads, values = _evidence(reading)
    weights: dict[str, int] = {}
    places: dict[str, int | None] = {}
    for profile in profiles().values():
        for phrase, weight in profile.evidence.items():
            page = next((n for n, text in heads if phrase in text), None)
            if page is not None or phrase in values:
                weights[profile.code] = weights.get(profile.code, 0) + weight
                places.setdefault(profile.code, page)
    if not weights:
        return None
    best = max(weights, key=lambda code: weights[code])
    if weights[best] < _LEAST_WEIGHT:
        return None
    rest = sum(weights.values()) - weights[best]
    return Found(
        value=best,
        how="extracted" if places[best] is not None else "embedded",
        rule="words",
        page=places[best],
        confidence=round(weights[best] / (weights[best] + rest + 1), 2),
    )


def _evidence(reading: Reading) -> tuple[list[tuple[int, str]], str]:
    count = min(_PAGES, len(reading.extraction.pages))
    heads = [(reading.number(index), reading.folded(index)) for index in range(count)]
    values = "\n".join(
        f"{v.source} {v.value[:300]}" for v in reading.extraction.embedded[:_MAX_VALUES]
    )
    return heads, fold(values)


def chamber_of(reading: Reading, jurisdiction: str | None) -> Found | None:
    """Return the chamber or parliament of a paper, by its profile's words.

    Notes
    -----
    Of several the one named first in the profile is taken: its order goes from the
    particular to the general.
    """
    profile = profile_for(jurisdiction)
    if profile is None or not profile.chambers:
        return None
    heads, values = _evidence(reading)
    for chamber in profile.chambers:
        for word in chamber.words:
            page = next((n for n, text in heads if word in text), None)
            if page is not None or word in values:
                return Found(
                    value=chamber.code,
                    how="extracted" if page is not None else "embedded",
                    rule=f"{profile.code}:chamber",
                    page=page,
                    confidence=0.7,
                )
    return None
