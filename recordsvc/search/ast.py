"""The nodes of a query, as a person means it: no engine, no tokens."""

from dataclasses import dataclass
from typing import TypeAlias

TEXT_FIELDS = ("title", "text")
KEYWORD_FIELDS = (
    "type",
    "date",
    "language",
    "identifier",
    "class",
    "collection",
    "jurisdiction",
    "chamber",
    "session",
    "status",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """A word, in any text field or in the field that is named."""

    text: str
    field: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase:
    """Words in this order, at most `slop` words apart."""

    text: str
    slop: int = 0
    field: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Prefix:
    """Words that begin with these letters."""

    text: str
    field: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """An official number as it was typed: finds the paper and who names it.

    Parameters
    ----------
    keys
        What `identifier_key` makes of every scheme the text may belong to.
    """

    text: str
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """A keyword field that has exactly this value.

    Parameters
    ----------
    keys
        In the field `identifier`: what the number is in the schemes it may
        belong to, as in `Number`.
    """

    field: str
    text: str
    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """A keyword field between two values, both included; None is open."""

    field: str
    low: str | None
    high: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class And:
    """Every part holds."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Or:
    """At least one part holds."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Not:
    """The part does not hold."""

    part: "Node"


@dataclass(frozen=True, slots=True, kw_only=True)
class Everything:
    """Every record: the empty query."""


Node: TypeAlias = (
    Word | Phrase | Prefix | Number | Value | Range | And | Or | Not | Everything
)
