"""Compare names of persons and bodies as papers write them.

A paper writes *Ms D van der Walt (DA)*, *VAN DER WALT, Désirée* or *D. van der Walt*
for one member. Titles are data (``honorifics.toml``); everything else is letters.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from functools import cache
from importlib.resources import files

from ingest.folding import fold, squash

__all__ = ["CERTAIN", "POSSIBLE", "keys_of_name", "likeness", "name_words"]

CERTAIN = 0.9
"""From here a name is taken for the same one without being asked."""
POSSIBLE = 0.6
"""From here it may be the same; a person decides."""

_FOLDED, _REORDERED, _INITIALS = 0.97, 0.93, 0.8
_BEHIND = re.compile(r"\s*[(\[][^()\[\]]{0,80}[)\]]\s*$")
_NOT_WORD = re.compile(r"[^\w']+")
_RUN_OF_INITIALS = re.compile(r"(?:\b\w\.\s?){2,6}")
_MAX_CHARS = 300
_LEAST_KEY = 2
_PARTICLES = frozenset("van der den de da do dos das du la le von zu zum al el".split())


@cache
def _honorifics() -> frozenset[str]:
    text = files("ingest").joinpath("honorifics.toml").read_text("utf-8")
    lines = tomllib.loads(text).values()
    return frozenset(_bare(word) for line in lines for word in str(line).split())


def _bare(text: str) -> str:
    """Return a text folded, without accents and Arabic vowel signs."""
    parts = unicodedata.normalize("NFKD", fold(text))
    kept = "".join(part for part in parts if not unicodedata.combining(part))
    return fold(kept)


def name_words(name: str) -> tuple[str, ...]:
    """Return the words of a name as they are compared, given names first.

    Notes
    -----
    Left out are titles, and what stands behind the name in brackets (a party, a
    seat). *Surname, Given* is turned round. Words that are all titles are kept: a
    body may be called by them.

    Examples
    --------
    >>> name_words("Ms D. van der WALT (DA)"), name_words("Lo, Ana")
    (('d', 'van', 'der', 'walt'), ('ana', 'lo'))
    """
    shown = _BEHIND.sub("", squash(name[:_MAX_CHARS]))
    shown = _RUN_OF_INITIALS.sub(lambda m: f"{m[0].replace('.', ' ')} ", shown)
    last, comma, first = shown.partition(",")
    if comma and first.strip() and not any(c.isdigit() for c in first):
        shown = f"{first} {last}"
    words = tuple(w for w in _NOT_WORD.split(_bare(shown)) if w)
    kept = tuple(w for w in words if w not in _honorifics())
    return kept or words


def keys_of_name(name: str) -> frozenset[str]:
    """Return the words by which a list is searched for a name; no initials."""
    return frozenset(w for w in name_words(name) if len(w) >= _LEAST_KEY)


def likeness(first: str, second: str) -> float:
    """Return how like two names are: 1 written alike, 0 different.

    Notes
    -----
    Equal after folding and without titles 0.97; the same words in another order 0.93;
    the same surname and initials that agree 0.8, which is less than `CERTAIN`: two
    members of one house share them often enough. A surname alone says nothing.

    Examples
    --------
    >>> likeness("Mr José Sousa", "jose sousa"), likeness("J Sousa", "José Sousa")
    (0.97, 0.8)
    >>> likeness("Sousa", "José Sousa"), likeness("R Sousa", "José Sousa")
    (0.0, 0.0)
    """
    if squash(first) == squash(second):
        return 1.0
    one, other = name_words(first), name_words(second)
    if not one or not other:
        return 0.0
    if one == other:
        return _FOLDED
    if sorted(one) == sorted(other) and any(len(w) > 1 for w in one):
        return _REORDERED
    return _INITIALS if _agree_by_initials(one, other) else 0.0


def _agree_by_initials(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Say whether surnames are equal and given names agree, initial by initial."""
    given, surname = _parted(one)
    others, surname_of_other = _parted(other)
    if not given or not others or surname != surname_of_other:
        return False
    pairs = list(zip(given, others, strict=False))
    # Two given names written out must be the same; the shorter list may stop early.
    return all(a == b or (_is_short(a, b) and a[0] == b[0]) for a, b in pairs)


def _is_short(a: str, b: str) -> bool:
    return len(a) == 1 or len(b) == 1


def _parted(words: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return given names and surname; small words before the last belong to it."""
    at = len(words) - 1
    while at > 1 and words[at - 1] in _PARTICLES:
        at -= 1
    return words[:at], words[at:]
