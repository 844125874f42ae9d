"""The lines of a paper that answer a query, with page and marks.

Pages are chosen by a glance at their token strings; only what is shown is cut
into tokens again, to learn where they stand in the text.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from recordsvc.search.ast import Node
from recordsvc.search.terms import Found, Term, terms_of
from recordsvc.search.words import exact_of, raw_tokens, spans

WIDTH = 200
_WINDOW = 30
_REGION = 4_000
_LONGEST = 2 * WIDTH
_SPACE = re.compile(r"\s+")
_TRIES = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class PageTokens:
    """A page of text and its tokens, as `analysis.analyse` made them.

    Parameters
    ----------
    position
        Of the attachment that the page is of, empty for the paper itself.
    """

    number: int
    text: str
    exact: str
    stem: str
    position: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snippet:
    """Lines of a page.

    Parameters
    ----------
    page
        From 1.
    text
        About 200 characters, white space collapsed.
    marks
        Start and end of what was found, in code points of `text`, in order and
        apart.
    position
        Of the attachment that the page is of, empty for the paper itself.
    """

    page: int
    text: str
    marks: tuple[tuple[int, int], ...]
    position: str = ""


def snippets(
    pages: Iterable[PageTokens],
    query: Node,
    *,
    languages: Sequence[str],
    limit: int = 3,
) -> tuple[Snippet, ...]:
    """Return the best lines for a query, one a page, best page first.

    A paper found by its title, number or values alone shows its first lines,
    without marks.

    Parameters
    ----------
    languages
        The languages of the installation, as for the search itself.
    """
    known = tuple(pages)
    terms = _present(terms_of(query, languages), known)
    found = []
    for page in _best(known, terms, limit):
        if snippet := _cut(page, terms):
            found.append(snippet)
        if len(found) == limit:
            break
    return tuple(found) or _first_lines(known)


def _present(terms: Sequence[Term], pages: Sequence[PageTokens]) -> tuple[Term, ...]:
    """Drop the terms, and the stems, that stand nowhere in the paper."""
    if not terms:
        return ()
    exact = f" {' '.join(page.exact for page in pages)} "
    stem = f" {' '.join(page.stem for page in pages)} "
    return tuple(term.narrowed(stem) for term in terms if term.glance(exact, stem))


def _best(
    pages: Sequence[PageTokens], terms: Sequence[Term], limit: int
) -> list[PageTokens]:
    """Return pages that may hold terms, those with most first; some in reserve."""
    ranked: list[tuple[int, float, int]] = []
    full = 0
    for at, page in enumerate(pages):
        exact, stem = f" {page.exact} ", f" {page.stem} "
        worth = [term.glance(exact, stem) for term in terms]
        present = sum(1 for value in worth if value)
        if not present:
            continue
        ranked.append((-present, -sum(worth), at))
        full += all(value > 1 for value in worth)
        if full == limit:
            break
    ranked.sort()
    return [pages[at] for _, _, at in ranked[: 4 * limit]]


def _cut(page: PageTokens, terms: Sequence[Term]) -> Snippet | None:
    exact, stem = page.exact.split(" "), page.stem.split(" ")
    found = sorted(
        (
            f
            for number, term in enumerate(terms)
            for f in term.find(number, exact, stem)
        ),
        key=lambda f: (f.first, -f.last),
    )
    if not found:
        return None
    anchor = _densest(found)
    base, offsets = _located(page, exact, anchor.first)
    shown = [
        (offsets[f.first - base][0], offsets[f.last - base][1])
        for f in found
        if f.first >= base and f.last - base < len(offsets)
    ]
    start = anchor.first - base
    if not 0 <= start < len(offsets):
        return None
    last = min(anchor.last - base, len(offsets) - 1)
    return _window(page, (offsets[start][0], offsets[last][1]), shown)


def _densest(found: Sequence[Found]) -> Found:
    """Return the find from which most terms stand near, the earliest of equals.

    The find returned reaches to the last of them.
    """
    best, best_worth = found[0], 0.0
    end = 0
    for at, first in enumerate(found):
        end = max(end, at)
        while end < len(found) and found[end].last - first.first <= _WINDOW:
            end += 1
        worth: dict[int, float] = {}
        for near in found[at : max(min(end, at + _WINDOW), at + 1)]:
            worth[near.term] = max(worth.get(near.term, 0.0), near.worth)
        total = sum(worth.values()) + len(worth)
        if total > best_worth:
            last = max(f.last for f in found[at : max(min(end, at + _WINDOW), at + 1)])
            best_worth = total
            best = Found(first=first.first, last=last, term=first.term, worth=total)
    return best


def _located(
    page: PageTokens, exact: Sequence[str], token: int
) -> tuple[int, list[tuple[int, int]]]:
    """Return offsets of the tokens around one, and the number of the first.

    On a long page only a region is cut, where the token must be by proportion,
    and its words say which tokens they are.
    """
    text = page.text
    guess = len(text) * token // max(len(exact), 1)
    padded = f" {page.exact} "
    for _ in range(_TRIES):
        if len(text) <= 2 * _REGION:
            break
        start, end = _words_around(text, guess - _REGION, guess + _REGION)
        words = [t for raw in raw_tokens(text[start:end]) for t in exact_of(raw)]
        at = padded.find(f" {' '.join(words)} ")
        if not words or at < 0:
            break
        base = padded.count(" ", 0, at)
        if base <= token < base + len(words):
            return base, [(start + s, start + e) for s, e in spans(text[start:end])]
        guess += (token - base - len(words) // 2) * (end - start) // len(words)
    return 0, list(spans(text))


def _words_around(text: str, start: int, end: int) -> tuple[int, int]:
    """Move two ends outwards to white space; words without any are cut."""
    start, end = max(start, 0), min(end, len(text))
    if start and (space := _SPACE.search(text, start, min(start + WIDTH, end))):
        start = space.end()
    if end < len(text):
        spaces = list(_SPACE.finditer(text, max(end - WIDTH, start), end))
        end = spaces[-1].start() if spaces else end
    return start, end


def _window(
    page: PageTokens, core: tuple[int, int], marks: Sequence[tuple[int, int]]
) -> Snippet:
    """Cut text around what was found, on word boundaries."""
    first, last = core
    last = min(last, first + _LONGEST)
    spare = max(WIDTH - (last - first), 0)
    start, end = (
        max(first - spare // 2, 0),
        min(last + spare - spare // 2, len(page.text)),
    )
    start, end = (
        max(min(start, end - WIDTH), 0),
        max(end, min(start + WIDTH, len(page.text))),
    )
    if start and (space := _SPACE.search(page.text, start - 1, first)):
        start = space.end()
    if end < len(page.text):
        spaces = list(_SPACE.finditer(page.text, last, end + 1))
        end = spaces[-1].start() if spaces else end
    inside = [(a, b) for a, b in marks if start <= a and b <= end]
    return _collapsed(page, start, end, inside)


def _collapsed(
    page: PageTokens, start: int, end: int, marks: Sequence[tuple[int, int]]
) -> Snippet:
    text = page.text[start:end]
    places, length = [], 0
    for at, letter in enumerate(text):
        places.append(length)
        # White space shrinks to one blank, at the ends to nothing.
        if not letter.isspace() or (length and not text[at - 1].isspace()):
            length += 1
    places.append(length)
    plain = _SPACE.sub(" ", text).strip()
    merged: list[tuple[int, int]] = []
    for first, last in sorted((places[a - start], places[b - start]) for a, b in marks):
        if merged and first < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return Snippet(
        page=page.number, text=plain, marks=tuple(merged), position=page.position
    )


def _first_lines(pages: Sequence[PageTokens]) -> tuple[Snippet, ...]:
    for page in pages:
        if page.text.strip():
            start = len(page.text) - len(page.text.lstrip())
            return (_window(page, (start, start), ()),)
    return ()
