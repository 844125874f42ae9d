"""A query tree as text: as a query again, and in plain words."""

from itertools import pairwise

from recordsvc.search.ast import (
    And,
    Everything,
    Node,
    Not,
    Number,
    Or,
    Phrase,
    Prefix,
    Range,
    Value,
    Word,
)
from recordsvc.search.lexer import QUOTES

_OPERATORS = frozenset({"and", "or", "not"})


def print_query(query: Node) -> str:
    """Return the query as text that parses to the same tree.

    Examples
    --------
    >>> print_query(And(parts=(Word(text="water"), Not(part=Word(text="tax")))))
    'water NOT tax'
    """
    match query:
        case Everything():
            return ""
        case And(parts=parts):
            return _joined([_operand(part) for part in parts])
        case Or(parts=parts):
            return " OR ".join(_operand(part) for part in parts)
        case Not(part=part):
            return f"NOT {_operand(part)}"
        case Word(text=text, field=field):
            return _in_field(field, text)
        case Prefix(text=text, field=field):
            return _in_field(field, f"{text}*")
        case Phrase(text=text, slop=slop, field=field):
            near = f"~{slop}" if slop else ""
            return _in_field(field, f"{_quoted(text)}{near}")
        case Number(text=text):
            return _quoted(text)
        case Value(field=field, text=text):
            return _in_field(field, text if _is_plain(text) else _quoted(text))
        case Range(field=field, low=low, high=high):
            return _in_field(field, f"{low or ''}..{high or ''}")


def echo(query: Node) -> str:
    """Say in plain words what was understood.

    Examples
    --------
    >>> echo(And(parts=(Word(text="água"), Word(text="potável"),
    ...                 Value(field="type", text="bill"),
    ...                 Range(field="date", low="2019", high="2024"))))
    'água AND potável, type bill, 2019 to 2024'
    """
    if not isinstance(query, And):
        return _said(query)
    words = [_said_inside(p) for p in query.parts if not isinstance(p, Value | Range)]
    values = [_said(part) for part in query.parts if isinstance(part, Value | Range)]
    return ", ".join(([" AND ".join(words)] if words else []) + values)


def _said(node: Node) -> str:
    match node:
        case Everything():
            return "everything"
        case And(parts=parts):
            return " AND ".join(_said_inside(part) for part in parts)
        case Or(parts=parts):
            return " OR ".join(_said_inside(part) for part in parts)
        case Not(part=part):
            return f"NOT {_said_inside(part)}"
        case Word(text=text, field=field):
            return text + _place(field)
        case Prefix(text=text, field=field):
            return f"words that begin with {text}{_place(field)}"
        case Phrase(text=text, slop=slop, field=field):
            near = f" at most {slop} words apart" if slop else ""
            return f"“{text}”{near}{_place(field)}"
        case Number(text=text):
            return f"number {text}"
        case Value(field="date", text=text):
            return f"date {text}"
        case Value(field=field, text=text):
            return f"{field} {text}"
        case Range(low=None, high=high):
            return f"until {high}"
        case Range(low=low, high=None):
            return f"since {low}"
        case Range(low=low, high=high):
            return f"{low} to {high}"


def _said_inside(node: Node) -> str:
    said = _said(node)
    return f"({said})" if isinstance(node, And | Or) else said


def _place(field: str | None) -> str:
    return f" in the {field}" if field else ""


def _operand(node: Node) -> str:
    text = print_query(node)
    return f"({text})" if isinstance(node, And | Or) else text


def _joined(parts: list[str]) -> str:
    """Join by spaces, but never so that two words read as one number."""
    text = parts[0]
    for before, part in pairwise(parts):
        text += f" AND {part}" if _may_be_a_number(before, part) else f" {part}"
    return text


def _may_be_a_number(*parts: str) -> bool:
    return any(c.isdigit() for c in "".join(parts)) and not any(
        ":" in part or part[0] in QUOTES or part[0] == "(" for part in parts
    )


def _in_field(field: str | None, text: str) -> str:
    return f"{field}:{text}" if field else text


def _is_plain(text: str) -> bool:
    """Say whether a value can stand without quotation marks."""
    return (
        text[:1].isalnum()
        and text[-1:].isalnum()
        and text.lower() not in _OPERATORS
        and not any(c.isspace() or c in "()*" or c in QUOTES for c in text)
    )


def _quoted(text: str) -> str:
    for opening, closers in QUOTES.items():
        if not any(closer in text for closer in closers):
            return f"{opening}{text}{closers[0]}"
    # Text that came out of no quotation marks: a mark inside says nothing.
    return '"' + text.replace('"', " ") + '"'
