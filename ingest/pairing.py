"""Pair the paragraphs of two passages that are forms of one another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

__all__ = ["best_pairs", "shared"]

_MAX_CELLS = 400
_AHEAD = 6
_LEAST_SHARED = 0.4


def best_pairs(
    bags: list[Counter[str]], others: list[Counter[str]]
) -> list[tuple[int, int]]:
    """Return which paragraphs are two forms of one, in order.

    Parameters
    ----------
    bags, others
        The words of the paragraphs of each side, counted.

    Returns
    -------
    list of tuple
        Places on both sides, rising. Up to 400 combinations the sum of shares is the
        greatest there is; beyond, each paragraph takes the best of the next few.
    """
    if len(bags) * len(others) <= _MAX_CELLS:
        return _best(bags, others)
    return list(_nearest(bags, others))


def shared(one: Counter[str], other: Counter[str]) -> float:
    """Return the share of words in common (Dice), 0 below two fifths.

    Examples
    --------
    >>> shared(Counter("abcd"), Counter("abce")), shared(Counter("ab"), Counter("cd"))
    (0.75, 0.0)
    """
    total = one.total() + other.total()
    if not total or 2 * min(one.total(), other.total()) < _LEAST_SHARED * total:
        return 0.0
    share = 2 * (one & other).total() / total
    return share if share >= _LEAST_SHARED else 0.0


def _best(
    bags: list[Counter[str]], others: list[Counter[str]]
) -> list[tuple[int, int]]:
    """Return the matching of the greatest sum of shares (dynamic programming)."""
    width = len(others)
    shares = [[shared(one, other) for other in others] for one in bags]
    best = [[0.0] * (width + 1) for _ in range(len(bags) + 1)]
    for row in range(len(bags) - 1, -1, -1):
        for column in range(width - 1, -1, -1):
            here = shares[row][column] + best[row + 1][column + 1]
            best[row][column] = max(best[row + 1][column], best[row][column + 1], here)
    pairs = []
    row = column = 0
    while row < len(bags) and column < width:
        here = shares[row][column]
        if here and best[row][column] == here + best[row + 1][column + 1]:
            pairs.append((row, column))
            row, column = row + 1, column + 1
        elif best[row][column] == best[row + 1][column]:
            row += 1
        else:
            column += 1
    return pairs


def _nearest(
    bags: list[Counter[str]], others: list[Counter[str]]
) -> Iterator[tuple[int, int]]:
    """Yield matches found by looking a few paragraphs ahead: linear, less exact."""
    place = 0
    for row, bag in enumerate(bags):
        ahead = range(place, min(place + _AHEAD, len(others)))
        shares = [(shared(bag, others[column]), -column) for column in ahead]
        share, column = max(shares, default=(0.0, 0))
        if share:
            yield row, -column
            place = 1 - column
