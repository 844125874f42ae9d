"""Find what two long sequences have in common, in order, in near linear time.

Elements that occur once in each sequence are the anchors ("patience" of Bram Cohen);
between two anchors the search begins anew. Small gaps without anchors are searched
in full, large ones are left as different: a bound on time before a perfect answer.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

__all__ = ["Run", "common_runs"]

# Beginning in the left sequence, in the right one, and length.
Run = tuple[int, int, int]
_FULL_SEARCH = 4_096
_MAX_DEPTH = 40


def common_runs(left: Sequence[Hashable], right: Sequence[Hashable]) -> list[Run]:
    """Return the runs that two sequences have in common, in order.

    Parameters
    ----------
    left, right
        The sequences; elements are compared by equality.

    Returns
    -------
    list of tuple
        Begin in `left`, begin in `right` and length of each run; runs neither
        overlap nor cross, and two that touch in both sequences are one.

    Examples
    --------
    >>> common_runs("the cat sat".split(), "the dog and cat sat".split())
    [(0, 0, 1), (1, 3, 2)]
    """
    numbers: dict[Hashable, int] = {}
    old = [numbers.setdefault(element, len(numbers)) for element in left]
    new = [numbers.setdefault(element, len(numbers)) for element in right]
    return _Search(old, new).runs()


class _Gap(NamedTuple):
    """The stretch ``left[low:high]`` against ``right[first:last]``."""

    low: int
    high: int
    first: int
    last: int
    depth: int


class _Search:
    """Look for common elements, gap after gap."""

    def __init__(self, left: list[int], right: list[int]) -> None:
        self.left, self.right = left, right
        self.pairs: list[tuple[int, int]] = []

    def runs(self) -> list[Run]:
        gaps = [_Gap(0, len(self.left), 0, len(self.right), 0)]
        while gaps:
            gap = self._trimmed(gaps.pop())
            anchors = self._anchors(gap) if gap.depth < _MAX_DEPTH else []
            if anchors:
                self.pairs += anchors
                gaps += _between(anchors, gap)
            elif (gap.high - gap.low) * (gap.last - gap.first) <= _FULL_SEARCH:
                self.pairs += self._searched(gap)
        return _joined(sorted(self.pairs))

    def _trimmed(self, gap: _Gap) -> _Gap:
        """Return a gap without equal beginning and end, which are noted as pairs."""
        low, high, first, last, depth = gap
        while low < high and first < last and self.left[low] == self.right[first]:
            self.pairs.append((low, first))
            low, first = low + 1, first + 1
        while (
            low < high and first < last and self.left[high - 1] == self.right[last - 1]
        ):
            high, last = high - 1, last - 1
            self.pairs.append((high, last))
        return _Gap(low, high, first, last, depth)

    def _anchors(self, gap: _Gap) -> list[tuple[int, int]]:
        """Return the longest rising chain of elements that occur once on each side."""
        counts = Counter(self.left[gap.low : gap.high])
        others = Counter(self.right[gap.first : gap.last])
        places = {
            element: gap.first + step
            for step, element in enumerate(self.right[gap.first : gap.last])
            if others[element] == 1 and counts[element] == 1
        }
        return _rising(
            [
                (gap.low + step, places[element])
                for step, element in enumerate(self.left[gap.low : gap.high])
                if element in places
            ]
        )

    def _searched(self, gap: _Gap) -> Iterator[tuple[int, int]]:
        old = self.left[gap.low : gap.high]
        new = self.right[gap.first : gap.last]
        matcher = SequenceMatcher(None, old, new, autojunk=False)
        for one, other, size in matcher.get_matching_blocks():
            for step in range(size):
                yield gap.low + one + step, gap.first + other + step


def _rising(pairs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the longest chain in which the second members rise (patience sorting)."""
    tops: list[int] = []
    holders: list[int] = []
    before: list[int] = []
    for number, (_, place) in enumerate(pairs):
        pile = bisect_left(tops, place)
        before.append(holders[pile - 1] if pile else -1)
        if pile == len(tops):
            tops.append(place)
            holders.append(number)
        else:
            tops[pile], holders[pile] = place, number
    chain = []
    number = holders[-1] if holders else -1
    while number >= 0:
        chain.append(pairs[number])
        number = before[number]
    return chain[::-1]


def _between(anchors: list[tuple[int, int]], gap: _Gap) -> Iterator[_Gap]:
    low, high, first, last, depth = gap
    for index, place in anchors:
        if low < index and first < place:
            yield _Gap(low, index, first, place, depth + 1)
        low, first = index + 1, place + 1
    if low < high and first < last:
        yield _Gap(low, high, first, last, depth + 1)


def _joined(pairs: list[tuple[int, int]]) -> list[Run]:
    runs: list[Run] = []
    for index, place in pairs:
        if runs:
            begin, start, size = runs[-1]
            if (begin + size, start + size) == (index, place):
                runs[-1] = (begin, start, size + 1)
                continue
        runs.append((index, place, 1))
    return runs
