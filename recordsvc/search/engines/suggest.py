"""Did you mean: unknown words mended from what the reader may see."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import islice
from typing import Protocol

from recordsvc.search import ast
from recordsvc.search.analysis import query_tokens
from recordsvc.search.printing import print_query

_SHORTEST = 3
_SHORT = 4
_MAX_SCANNED = 20_000


class Vocabulary(Protocol):
    """The words of the exact columns of what the reader may see."""

    def frequency(self, word: str) -> int:
        """Return in how many readable papers the word stands; 0 if in none."""
        ...

    def words(self, prefix: str) -> Iterable[str]:
        """Return words that begin so; unreadable ones are dropped by `frequency`."""
        ...


def did_you_mean(
    query: ast.Node, vocabulary: Vocabulary, languages: Sequence[str]
) -> str | None:
    """Return the query with unknown words mended, or None.

    Numbers, phrases, prefixes and field values stay; so does every word that
    is in some readable paper, itself or in another form.
    """
    mended = _mended(query, vocabulary, tuple(languages))
    return None if mended == query else print_query(mended)


def _mended(
    node: ast.Node, vocabulary: Vocabulary, languages: tuple[str, ...]
) -> ast.Node:
    match node:
        case ast.And(parts=parts) | ast.Or(parts=parts):
            return replace(
                node,
                parts=tuple(_mended(part, vocabulary, languages) for part in parts),
            )
        case ast.Word(text=text):
            word = nearest(text, vocabulary, languages)
            return node if word is None else replace(node, text=word)
        case _:
            return node


def nearest(text: str, vocabulary: Vocabulary, languages: Sequence[str]) -> str | None:
    """Return the known word nearest to an unknown one: fewest edits, then frequent.

    At most 2 edits, 1 in words of 3 or 4 letters; an exchange of neighbours is
    one edit.
    """
    tokens = query_tokens(text, languages)
    if len(tokens) != 1:
        return None
    word = tokens[0].exact[0]
    if not word.isalpha() or len(word) < _SHORTEST or vocabulary.frequency(word):
        return None
    most = 1 if len(word) <= _SHORT else 2
    stems = set(tokens[0].stems)
    best: tuple[int, int, str] | None = None
    for candidate in _candidates(word, vocabulary):
        edits = _edits(word, candidate, most)
        if edits is None or any(c.isdigit() for c in candidate):
            continue
        frequency = vocabulary.frequency(candidate)
        if not frequency:
            continue
        if not stems.isdisjoint(query_tokens(candidate, languages)[0].stems):
            # Another form of the same word is there: it is known.
            return None
        rank = (edits, -frequency, candidate)
        best = rank if best is None or rank < best else best
    return None if best is None else best[2]


def _candidates(word: str, vocabulary: Vocabulary) -> Iterable[str]:
    """Return words that share a beginning, or had their first letters confused."""
    seen: set[str] = set()
    for prefix in dict.fromkeys((word[:2], word[1] + word[0], word[1:3], word[0])):
        for candidate in islice(vocabulary.words(prefix), _MAX_SCANNED):
            if candidate not in seen:
                seen.add(candidate)
                yield candidate


def _edits(one: str, other: str, most: int) -> int | None:
    """Return the edit distance if it is at most so much (optimal alignment)."""
    if abs(len(one) - len(other)) > most or one == other:
        return None
    if len(set(one) ^ set(other)) > 2 * most:
        return None
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        older, before = before, row
        row = [i]
        for j, b in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return None
    return row[-1] if row[-1] <= most else None
