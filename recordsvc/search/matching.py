"""A query against one document, without an index.

Acts that must not miss a record (holds, exports by query) judge each record's
present state. Every engine has to find exactly what is found here; the one
difference is that a prefix is not capped.
"""

from collections.abc import Callable, Sequence
from functools import cached_property

from recordsvc.search.ast import Node
from recordsvc.search.index import IndexDocument
from recordsvc.search.lowering import lower
from recordsvc.search.plan import (
    All,
    Anything,
    AnyToken,
    Between,
    Equals,
    InOrder,
    Plan,
    Some,
    StartsWith,
    Without,
)

Positions = dict[str, list[int]]
_ANY_SCORE = 1.0


class Columns:
    """The columns of one document, taken apart when a plan asks for them."""

    def __init__(self, document: IndexDocument) -> None:
        self.document = document

    @cached_property
    def title_exact(self) -> Positions:
        """Return tokens of the title and their places."""
        return _positions(self.document.title_exact)

    @cached_property
    def title_stem(self) -> Positions:
        """Return stems of the title and their places."""
        return _positions(self.document.title_stem)

    @cached_property
    def body_exact(self) -> Positions:
        """Return tokens of the text and their places."""
        return _positions(self.document.body_exact)

    @cached_property
    def body_stem(self) -> Positions:
        """Return stems of the text and their places."""
        return _positions(self.document.body_stem)

    def tokens(self, column: str) -> Positions:
        """Return a token column."""
        positions: Positions = getattr(self, column)
        return positions

    def values(self, column: str) -> tuple[str, ...]:
        """Return what a value column holds."""
        value: str | tuple[str, ...] = getattr(self.document, column)
        return value if isinstance(value, tuple) else (value,)


def matches(query: Node, document: IndexDocument, *, languages: Sequence[str]) -> bool:
    """Say whether a document answers a query.

    Parameters
    ----------
    languages
        The languages of the installation, as the index was opened with.
    """
    return score(lower(query, languages), Columns(document)) is not None


def matcher(query: Node, languages: Sequence[str]) -> Callable[[IndexDocument], bool]:
    """Return `matches` of one query for many documents."""
    plan = lower(query, languages)
    return lambda document: score(plan, Columns(document)) is not None


def score(plan: Plan, columns: Columns) -> float | None:
    """Return what a document is worth to a plan; None if it does not answer it."""
    match plan:
        case AnyToken(tokens=tokens):
            found = [
                t.weight * _often(columns.tokens(t.column)[t.token])
                for t in tokens
                if t.token in columns.tokens(t.column)
            ]
            return sum(found) if found else None
        case InOrder(column=column, weight=weight):
            times = times_in_order(plan, columns.tokens(column))
            return weight * _often(range(times)) if times else None
        case StartsWith(columns=names, prefix=prefix):
            begins = any(
                token.startswith(prefix)
                for name in names
                for token in columns.tokens(name)
            )
            return _ANY_SCORE if begins else None
        case Equals(column=column, value=value, weight=weight):
            return weight if value and value in columns.values(column) else None
        case Between(column=column, low=low, high=high):
            inside = any(
                value
                and (low is None or low <= value)
                and (high is None or value <= high)
                for value in columns.values(column)
            )
            return 0.0 if inside else None
        case All(parts=parts):
            return _all(parts, columns)
        case Some(parts=parts):
            scores = [s for p in parts if (s := score(p, columns)) is not None]
            return sum(scores) if scores else None
        case Without(part=part):
            return 0.0 if score(part, columns) is None else None
        case Anything():
            return 0.0


def _all(parts: tuple[Plan, ...], columns: Columns) -> float | None:
    total = 0.0
    for part in parts:
        found = score(part, columns)
        if found is None:
            return None
        total += found
    return total


def _positions(tokens: str) -> Positions:
    positions: Positions = {}
    for place, token in enumerate(tokens.split()):
        positions.setdefault(token, []).append(place)
    return positions


def _often(places: Sequence[int]) -> float:
    """Return how much more a token found often is worth: at most twice."""
    return 2.0 - 1.0 / len(places)


def times_in_order(plan: InOrder, positions: Positions) -> int:
    """Count the beginnings from which the places follow within the slop."""
    standing = [
        sorted({at for token in place for at in positions.get(token, ())})
        for place in plan.places
    ]
    return len(runs(standing, plan.slop))


def runs(standing: Sequence[Sequence[int]], slop: int) -> dict[int, int]:
    """Return beginning and end of every run that takes one of each place in order.

    Parameters
    ----------
    standing
        For each place where its tokens stand, sorted.
    slop
        How many other tokens may stand between them in all.
    """
    ends = {at: at for at in standing[0]}
    for width, place in enumerate(standing[1:], 1):
        ends = _next_ends(ends, place, width + slop)
    return ends


def _next_ends(
    ends: dict[int, int], standing: Sequence[int], reach: int
) -> dict[int, int]:
    """Return, by beginning, the earliest place after the last one within reach.

    Taking the earliest never loses a match: what follows only needs to come
    after it, and the reach is counted from the beginning.
    """
    found: dict[int, int] = {}
    at = 0
    for start, last in ends.items():
        while at < len(standing) and standing[at] <= last:
            at += 1
        if at == len(standing):
            break
        if standing[at] - start <= reach:
            found[start] = standing[at]
    return found
