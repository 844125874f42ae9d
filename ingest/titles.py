"""Choose a title where no rule of a profile gives one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ingest.cues import Reading
from ingest.dates import find_dates
from ingest.extraction import EmbeddedValue
from ingest.folding import letters, plain, squash

__all__ = ["DATA_FORMATS", "ChosenTitle", "choose_title", "is_usable"]

# Formats whose text is fields and values, not prose.
DATA_FORMATS = frozenset(
    ["application/json", "text/csv", "text/turtle", "application/rdf+xml"]
)
_MAX_CHARS = 300
_MAX_LINES = 60
_SHORT, _LONG_LINE, _MORE_THAN_A_DAY = 4, 200, 12
_MAX_HEADING_LINES = 5
_FILE_NAME = re.compile(
    r"\.(?:indd|p65|pmd|pm6|qxd|docx?|dotx?|odt|rtf|pdf|pages|tex|xlsx?|pptx?|tmp|txt)\s*$",
    re.IGNORECASE,
)
_MADE_UP = re.compile(
    r"^(?:microsoft (?:word|powerpoint|excel)\b.*|untitled.*|document ?\d*|doc\d+|"
    r"slide ?\d+|no title|title|titel|sans titre|sin título|new document|print|"
    r"service-?navigation|servicelinks|navigation|start|home|anzeige|suche|search|"
    r"introduction|menu|page \d+|\(anonymous\)|none|null)$",
    re.IGNORECASE,
)
_ONE_TOKEN = re.compile(r"^\S*[\d_]\S*$")
_FURNITURE = re.compile(
    r"^(?:page\b|seite \d|\W*$|\d[\d\s.,/-]*$|\[?no\.? ?\d|https?://|www\.|vol\b|price\b|"
    r"printed\b|published\b|issn\b|isbn\b|---|.{0,60}\bsession\b.{0,60}\bparliament\b|"
    r"(?:the )?(?:house|parliament|national assembly|senate|council|assembly|chamber)"
    r"(?: of [\w ]{3,40})?$|republic of|republik |república |république |royaume|"
    r"kingdom of|(?:from|to|cc|date|subject|de|von|an|à|para):|.*\bto ask\b.*:$|"
    r"(?:title|layout|jurabk|slug|origslug):)",
    re.IGNORECASE,
)
_TRUSTED = ("md:", "html:meta", "eml:", "json:", "hansard:", "ttl:", "docx:", "odf:")
_SENTENCE_END = re.compile(r"[.!?:;]$|[.!?]\s")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenTitle:
    """Hold a title with where it came from."""

    text: str
    how: str
    rule: str
    page: int | None
    confidence: float
    language: str | None = None


def is_usable(title: str) -> bool:
    """Return whether an embedded title can be one.

    Notes
    -----
    Programs put file names, "Untitled-1", the first line typed or a day there.

    Examples
    --------
    >>> is_usable("H 16468 (E) (Rent).p65"), is_usable("Annual report")
    (False, True)
    """
    text = squash(plain(title))
    if len(letters(text)) < _SHORT or not any(c.isalpha() for c in text):
        return False
    if _FILE_NAME.search(text) or _MADE_UP.match(text) or _ONE_TOKEN.match(text):
        return False
    day = next(find_dates(text), None)
    return day is None or len(letters(text[: day.start] + text[day.end :])) > _SHORT


def choose_title(reading: Reading) -> ChosenTitle | None:
    """Return the best title of a paper: embedded and borne out, or its heading."""
    top = letters(reading.page(0)[:4_000] + reading.page(1)[:2_000])
    embedded = [
        v
        for v in reading.extraction.embedded
        if v.field in {"title", "subject"}
        and is_usable(v.value)
        and (v.field == "title" or v.source.startswith("eml:"))
    ]
    for value in embedded:
        if value.source.startswith(_TRUSTED):
            return _stated(value, 0.85)
    for value in embedded:
        if letters(value.value)[:80] in top and not value.source.startswith("html:"):
            return _stated(value, 0.75)
    for value in sorted(embedded, key=lambda v: v.source != "html:h1"):
        if value.source.startswith("html:"):
            return _stated(value, 0.6)
    heading = _heading(reading)
    if heading is not None:
        return heading
    return _stated(embedded[0], 0.3) if embedded else None


def _stated(value: EmbeddedValue, confidence: float) -> ChosenTitle:
    return ChosenTitle(
        text=squash(value.value)[:_MAX_CHARS],
        how="embedded",
        rule=value.source,
        page=None,
        confidence=confidence,
        language=value.language,
    )


def _heading(reading: Reading) -> ChosenTitle | None:
    if reading.extraction.mime in DATA_FORMATS:
        return None
    for index in range(min(2, len(reading.extraction.pages))):
        text = _joined(_heading_lines(reading.page(index)))
        if len(letters(text)) >= _SHORT:
            return ChosenTitle(
                text=text,
                how="extracted",
                rule="any:heading",
                page=reading.number(index),
                confidence=0.4,
            )
    return None


def _heading_lines(text: str) -> Iterator[str]:
    """Yield the lines of the first heading."""
    last = ""
    for line in text.split("\n")[:_MAX_LINES]:
        shown = squash(line).strip("#*_ |")
        if not last:
            usable = len(letters(shown)) >= _SHORT and not _MADE_UP.match(shown)
            if not usable or not _may_head(shown):
                continue
        elif not _goes_on(last, shown):
            return
        yield shown
        last = shown
        if len(shown) > _LONG_LINE:
            return


def _may_head(line: str) -> bool:
    if _FURNITURE.match(line):
        return False
    day = next(find_dates(line), None)
    return (
        day is None
        or len(letters(line[: day.start] + line[day.end :])) > _MORE_THAN_A_DAY
    )


def _goes_on(last: str, line: str) -> bool:
    if _SENTENCE_END.search(last) or line.endswith(":") or not _may_head(line):
        return False
    if last.isupper():
        return line.isupper() and len(last) > len("MOTION FOR")
    return line[:1].islower() or last.rsplit(" ", 1)[-1].islower()


def _joined(lines: Iterator[str]) -> str:
    parts: list[str] = []
    for line in lines:
        parts.append(line)
        if len(parts) >= _MAX_HEADING_LINES or sum(map(len, parts)) > _MAX_CHARS:
            break
    text = " ".join(parts)
    if len(text) <= _MAX_CHARS:
        return text
    return text[:_MAX_CHARS].rsplit(" ", 1)[0] + " …"
