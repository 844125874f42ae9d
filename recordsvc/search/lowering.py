"""A query brought down to tokens: meaning to columns, languages to stems."""

import calendar
from collections.abc import Sequence
from functools import lru_cache

from recordsvc.search import ast
from recordsvc.search.analysis import QueryToken, query_tokens
from recordsvc.search.keys import identifier_key
from recordsvc.search.plan import (
    BODY_EXACT,
    BODY_STEM,
    MIN_PREFIX,
    TITLE_EXACT,
    TITLE_STEM,
    All,
    Anything,
    AnyToken,
    Between,
    Equals,
    InOrder,
    Plan,
    Some,
    StartsWith,
    Weighted,
    Without,
)
from recordsvc.search.words import folded

# What a find is worth by column: a title says what the paper is about, and a
# word as it was typed, accents and all, comes before its relatives.
_WEIGHTS = {TITLE_EXACT: 6.0, TITLE_STEM: 4.0, BODY_EXACT: 3.0, BODY_STEM: 1.0}
_COLUMNS = {
    None: (TITLE_EXACT, TITLE_STEM, BODY_EXACT, BODY_STEM),
    "title": (TITLE_EXACT, TITLE_STEM),
    "text": (BODY_EXACT, BODY_STEM),
}
_VALUE_COLUMNS = {"language": "languages", "class": "class_code"}
# A paper that has the number stands before every paper that names it.
_OWN_NUMBER = 100.0
_STEMS = frozenset({TITLE_STEM, BODY_STEM})


def lower(query: ast.Node, languages: Sequence[str]) -> Plan:
    """Return what an engine has to answer for a query.

    Parameters
    ----------
    languages
        The languages of the installation; a word is tried in each of them.
    """
    return _lowered(query, tuple(languages))


@lru_cache(maxsize=256)
def _lowered(node: ast.Node, languages: tuple[str, ...]) -> Plan:
    match node:
        case ast.And(parts=parts):
            return All(parts=tuple(_lowered(part, languages) for part in parts))
        case ast.Or(parts=parts):
            return Some(parts=tuple(_lowered(part, languages) for part in parts))
        case ast.Not(part=part):
            return Without(part=_lowered(part, languages))
        case ast.Everything():
            return Anything()
        case ast.Word():
            return _word(node, languages)
        case ast.Phrase():
            return _phrase(node, languages)
        case ast.Prefix():
            return _prefix(node, languages)
        case ast.Number(text=text, keys=keys):
            named = ast.Phrase(text=text)
            return _some(
                _own_number((*keys, identifier_key(text))), _phrase(named, languages)
            )
        case ast.Value():
            return _value(node)
        case ast.Range(field=field, low=low, high=high):
            return Between(column=_column(field), low=low, high=last_day(high))


def last_day(date: str | None) -> str | None:
    """Return the last day of a year, a month or a day.

    Examples
    --------
    >>> last_day("2024"), last_day("2024-02"), last_day("2024-02-03"), last_day(None)
    ('2024-12-31', '2024-02-29', '2024-02-03', None)
    """
    if date is None:
        return None
    parts = date.split("-")
    if len(parts) == 1:
        return f"{date}-12-31"
    if len(parts) == 2:  # noqa: PLR2004
        return f"{date}-{calendar.monthrange(int(parts[0]), int(parts[1]))[1]:02}"
    return date


def _word(node: ast.Word, languages: tuple[str, ...]) -> Plan:
    tokens = query_tokens(node.text, languages)
    found = _tokens(tokens, _COLUMNS[node.field])
    # A number of a scheme that nobody knows is found by its paper all the same.
    if node.field is None and _is_mixed(node.text):
        return _some(_own_number((identifier_key(node.text),)), found)
    return found


def _phrase(node: ast.Phrase, languages: tuple[str, ...]) -> Plan:
    tokens = query_tokens(node.text, languages)
    found = _tokens(tokens, _COLUMNS[node.field], slop=node.slop)
    if node.field is None and not node.slop:
        return _some(_own_number((identifier_key(node.text),)), found)
    return found


def _prefix(node: ast.Prefix, languages: tuple[str, ...]) -> Plan:
    columns = _COLUMNS[node.field]
    tokens = query_tokens(node.text, languages)
    if not tokens or len(tokens[-1].exact[0]) < MIN_PREFIX:
        # Scripts without spaces: two letters find every longer word already.
        return _tokens(tokens, columns)
    last = tokens[-1].exact[0]
    begins = _some(
        StartsWith(columns=tuple(c for c in columns if c not in _STEMS), prefix=last),
        StartsWith(
            columns=tuple(c for c in columns if c in _STEMS), prefix=folded(last)
        ),
    )
    if len(tokens) == 1:
        return begins
    return All(parts=(_tokens(tokens[:-1], columns), begins))


def _value(node: ast.Value) -> Plan:
    if node.field == "date":
        return Between(column="date", low=node.text, high=last_day(node.text))
    if node.field == "identifier":
        return _own_number((*node.keys, identifier_key(node.text)))
    text = node.text
    spellings = (text, text.lower(), text.upper(), text.capitalize(), text.title())
    column = _column(node.field)
    return _some(
        *(Equals(column=column, value=value) for value in dict.fromkeys(spellings))
    )


def _tokens(
    tokens: tuple[QueryToken, ...], columns: tuple[str, ...], *, slop: int = 0
) -> Plan:
    if len(tokens) == 1:
        return AnyToken(
            tokens=tuple(
                Weighted(column=column, token=form, weight=_WEIGHTS[column])
                for column in columns
                for form in _forms(tokens[0], column)
            )
        )
    if not tokens:
        return Some(parts=())
    return _some(
        *(
            InOrder(
                column=column,
                places=tuple(_forms(token, column) for token in tokens),
                slop=slop,
                weight=_WEIGHTS[column],
            )
            for column in columns
        )
    )


def _forms(token: QueryToken, column: str) -> tuple[str, ...]:
    return token.stems if column in _STEMS else token.exact


def _own_number(keys: tuple[str, ...]) -> Plan:
    return _some(
        *(
            Equals(column="identifiers", value=key, weight=_OWN_NUMBER)
            for key in dict.fromkeys(keys)
            if key
        )
    )


def _column(field: str) -> str:
    return _VALUE_COLUMNS.get(field, field)


def _some(*parts: Plan) -> Plan:
    """Return the choice of parts without choices inside."""
    flat: list[Plan] = []
    for part in parts:
        flat.extend(part.parts if isinstance(part, Some) else (part,))
    return flat[0] if len(flat) == 1 else Some(parts=tuple(flat))


def _is_mixed(text: str) -> bool:
    return any(c.isdigit() for c in text) and not text.isdigit()
