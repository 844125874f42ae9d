"""Fill the templates of the profiles: ``"{n:int}/{y:year}[-{part:upper}]"``.

``{name}`` is a named group of the pattern or a fact of the paper (``chamber``,
``session``), ``{name:filter}`` passes it through a filter, ``{name,other}`` takes the
first that is there, ``{name|text}`` puts the text where it is missing. A part in
square brackets is left out when a name inside it is missing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from types import MappingProxyType

from ingest.dates import iso_day, month_number, year_of
from ingest.folding import fold, squash

__all__ = ["FILTERS", "LEADING", "fill", "names_in", "title_case"]

_PART = re.compile(r"\[([^\[\]]*)\]")
_NAME = re.compile(r"\{(\w+(?:,\w+)*)(?::(\w+))?(?:\|([^{}]*))?\}")
_NOT_DIGITS = re.compile(r"\D+")
_SMALL = frozenset(
    [
        "a",
        "an",
        "and",
        "as",
        "at",
        "by",
        "for",
        "from",
        "in",
        "into",
        "of",
        "on",
        "or",
        "the",
        "to",
        "with",
        "under",
        "de",
        "da",
        "do",
        "das",
        "dos",
        "e",
        "em",
        "para",
        "por",
        "com",
        "o",
        "os",
        "as",
        "na",
        "no",
        "nas",
        "nos",
        "à",
        "la",
        "le",
        "les",
        "des",
        "du",
        "et",
        "en",
        "y",
        "el",
        "los",
        "las",
        "del",
    ]
)
_ROMAN = re.compile(r"[IVXLC]+", re.IGNORECASE)
LEADING = re.compile(
    r"\A(?:[\w ,]{0,60}\s(?:before|under|since|amending|repealing)\s+the\s+(?=\S)|"
    r"(?:parts?\s+)?[IVXL\d]{1,6}(?:\s+and\s+[IVXL\d]{1,6})?\s+(?:(?:of|to)\s+)?the\s+)?"
    r"(?:(?:the|under|before|see|in|and|of|by|since|section|part|schedule|both|also|"
    r"if|when|while|after|as|for|to|from|with|an?)\s+)*(?=\S)",
    re.IGNORECASE,
)
_LOOKALIKE = str.maketrans("OoSsIl|Zz", "005511122")
_HOUSES = MappingProxyType({"commons": "hc", "lords": "hl", "": "hc"})


def _integer(text: str) -> str:
    return _NOT_DIGITS.sub("", text).lstrip("0") or "0"


def _grouped(text: str) -> str:
    return f"{int(_integer(text)):,}".replace(",", ".")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:].lower()


def title_case(text: str) -> str:
    """Return a heading printed in capitals as it is written in running text.

    Examples
    --------
    >>> title_case("INDUSTRIAL DISPUTES (AMENDMENT)")
    'Industrial Disputes (Amendment)'
    """
    shown = squash(text)
    if not shown.isupper():
        return shown
    words = shown.split(" ")
    return " ".join(_cased(word, first=i == 0) for i, word in enumerate(words))


def _cased(word: str, *, first: bool) -> str:
    if _ROMAN.fullmatch(word) and len(word) > 1:
        return word
    lower = word.lower()
    if lower in _SMALL and not first:
        return lower
    return re.sub(
        r"(?<![^\W_])(?<!')[^\W\d_]", lambda m: m[0].upper(), lower, flags=re.UNICODE
    )


def _expanded(last: str, first: str) -> str:
    """Return an abbreviated last column in full: 131-2 is 131-132."""
    if len(last) < len(first):
        return first[: len(first) - len(last)] + last
    return last


FILTERS: Mapping[str, Callable[[str], str]] = MappingProxyType(
    {
        "int": _integer,
        "grouped": _grouped,
        "pad6": lambda text: _integer(text).zfill(6),
        "pad4": lambda text: _integer(text).zfill(4),
        "pad2": lambda text: _integer(text).zfill(2),
        "year": lambda text: year_of(_NOT_DIGITS.sub("", text)),
        "month": lambda text: f"{month_number(text) or 0:02d}",
        "day": lambda text: iso_day(text) or "",
        "ocr": lambda text: text.translate(_LOOKALIKE).zfill(2),
        "lower": lambda text: squash(text).lower(),
        "upper": lambda text: squash(text).upper(),
        "capital": lambda text: _capital(squash(text)),
        "title": title_case,
        "squash": squash,
        "compact": lambda text: re.sub(r"[\s.]+", "", text).lower(),
        "dotted": lambda text: re.sub(r"\s+", ".", squash(text)).lower(),
        "nodots": lambda text: text.replace(".", ""),
        "urn": lambda text: _unaccented(squash(text)).lower().replace(" ", "."),
        "act": lambda text: fold(LEADING.sub("", squash(text), count=1)),
        "unled": lambda text: LEADING.sub("", squash(text), count=1),
        "expand": squash,
        "session": lambda text: _session(squash(text)),
        "house": lambda text: _HOUSES.get(squash(text).lower(), squash(text).lower()),
    }
)


def _unaccented(text: str) -> str:
    parts = unicodedata.normalize("NFD", text)
    return "".join(part for part in parts if not unicodedata.combining(part))


def _session(text: str) -> str:
    """Return a session such as 1996-1997 or 2014/15 in its short form 1996-97."""
    first, _, last = text.replace("/", "-").partition("-")
    return f"{first}-{last[-2:]}" if last else first


def fill(template: str, values: Mapping[str, str | None]) -> str | None:
    """Return a template with its names filled in, or None if one is missing.

    Parameters
    ----------
    template
        See the module's own description.
    values
        The groups of a match and the facts of a paper.

    Examples
    --------
    >>> fill("{n:int}/{y:year}[-{part:upper}]", {"n": "07", "y": "99", "part": None})
    '7/1999'
    """
    result = _PART.sub(lambda part: _filled(part[1], values) or "", template)
    return _filled(result, values)


def _filled(template: str, values: Mapping[str, str | None]) -> str | None:
    missing = False

    def value(match: re.Match[str]) -> str:
        nonlocal missing
        names, filter_name, other = match.groups()
        each = (values.get(name) for name in names.split(","))
        found = next((v for v in each if v is not None), None)
        if found is None:
            missing = missing or other is None
            return other or ""
        if filter_name == "expand":
            return _expanded(found, values.get("c1") or "")
        return FILTERS[filter_name](found) if filter_name else found

    text = _NAME.sub(value, template)
    return None if missing else text


def names_in(template: str) -> list[tuple[str, str | None]]:
    """Return the names of a template with their filters."""
    return [
        (name, match[2])
        for match in _NAME.finditer(template)
        for name in match[1].split(",")
    ]
