"""A query brought down to our tokens: what an engine has to answer.

`lowering.lower` makes a plan of a query tree; an engine translates it and
knows nothing of languages, stems, number schemes or query syntax.
"""

from dataclasses import dataclass
from typing import TypeAlias

TITLE_EXACT, TITLE_STEM = "title_exact", "title_stem"
BODY_EXACT, BODY_STEM = "body_exact", "body_stem"
TOKEN_COLUMNS = (TITLE_EXACT, TITLE_STEM, BODY_EXACT, BODY_STEM)
# Columns with whole values: compared as they stand.
VALUE_COLUMNS = (
    "type",
    "date",
    "languages",
    "identifiers",
    "class_code",
    "collection",
    "jurisdiction",
    "chamber",
    "session",
    "status",
)
MAX_EXPANSION = 50
MIN_PREFIX = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighted:
    """A token in a column, and what finding it is worth."""

    column: str
    token: str
    weight: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class AnyToken:
    """At least one of the tokens is there; each adds its weight to the score."""

    tokens: tuple[Weighted, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class InOrder:
    """Tokens of one column, one choice a place, in order.

    Parameters
    ----------
    places
        For each place the tokens that may stand there.
    slop
        How many other tokens may stand between them in all.
    """

    column: str
    places: tuple[tuple[str, ...], ...]
    slop: int = 0
    weight: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class StartsWith:
    """A token of one of the columns begins so; at most 50 tokens are tried."""

    columns: tuple[str, ...]
    prefix: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Equals:
    """A value column holds this value."""

    column: str
    value: str
    weight: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Between:
    """A value column is between two values, both included; None is open.

    Values compare as text; an empty value is never inside.
    """

    column: str
    low: str | None
    high: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class All:
    """Every part holds."""

    parts: tuple["Plan", ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Some:
    """At least one part holds; none when there are no parts."""

    parts: tuple["Plan", ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Without:
    """The part does not hold."""

    part: "Plan"


@dataclass(frozen=True, slots=True, kw_only=True)
class Anything:
    """Every document."""


Plan: TypeAlias = (
    AnyToken | InOrder | StartsWith | Equals | Between | All | Some | Without | Anything
)
