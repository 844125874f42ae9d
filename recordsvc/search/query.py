"""The query language: text to tree.

Words side by side mean AND; AND, OR and NOT in any case, ``-word``,
parentheses, "phrases", ``"near words"~5``, ``prefix*``, ``field:value``,
``field:(a OR b)`` and ``date:2019..2024``. An official number finds its paper.
"""

from collections.abc import Callable

from recordsvc.search.ast import (
    KEYWORD_FIELDS,
    And,
    Everything,
    Node,
    Not,
    Number,
    Or,
    Phrase,
    Value,
)
from recordsvc.search.keys import identifier_key
from recordsvc.search.leaves import (
    date_node,
    folded_keys,
    keys_of,
    require_short,
    word_node,
)
from recordsvc.search.lexer import (
    Kind,
    Lexeme,
    Numbers,
    NumberSpan,
    QuerySyntaxError,
    lexemes,
)
from recordsvc.search.printing import echo, print_query
from recordsvc.search.words import with_ascii_digits

__all__ = [
    "NumberSpan",
    "Numbers",
    "QuerySyntaxError",
    "echo",
    "identifier_key",
    "parse",
    "print_query",
]

MAX_CLAUSES = 100
MAX_NESTING = 20


def parse(text: str, *, numbers: Numbers | None = None) -> Node:
    """Return the tree of a query; an empty one finds everything.

    Parameters
    ----------
    numbers
        Finds official numbers in a text (the citation library's grammar).

    Raises
    ------
    QuerySyntaxError
        With the column, from 1, and what to do. At most 2,000 characters, 100
        words and conditions, and 20 levels of parentheses.

    Examples
    --------
    >>> parse("water type:bill").parts[1]
    Value(field='type', text='bill', keys=())
    """
    found = lexemes(text, numbers)
    if not found:
        if text.strip():
            raise QuerySyntaxError("there is no word in the query", 1)
        return Everything()
    return _Parser(found, numbers, len(text)).query()


class _Parser:
    def __init__(
        self, found: list[Lexeme], numbers: Numbers | None, length: int
    ) -> None:
        self.found = found
        self.numbers = numbers
        self.length = length
        self.next = 0
        self.clauses = 0
        self.depth = 0

    def query(self) -> Node:
        node = self.either(None)
        if lexeme := self.peek():
            raise QuerySyntaxError("this parenthesis was never opened", lexeme.at + 1)
        return node

    def peek(self) -> Lexeme | None:
        return self.found[self.next] if self.next < len(self.found) else None

    def takes(self, kind: Kind) -> bool:
        lexeme = self.peek()
        if lexeme is None or lexeme.kind is not kind:
            return False
        self.next += 1
        return True

    def either(self, field: str | None) -> Node:
        parts = [self.every(field)]
        while self.takes(Kind.OR):
            parts.append(self.every(field))
        return _joined(Or, parts)

    def every(self, field: str | None) -> Node:
        parts = [self.negated(field)]
        while (lexeme := self.peek()) and lexeme.kind not in {Kind.OR, Kind.CLOSE}:
            self.takes(Kind.AND)
            parts.append(self.negated(field))
        return _joined(And, parts)

    def negated(self, field: str | None) -> Node:
        is_negated = False
        while self.takes(Kind.NOT):
            is_negated = not is_negated
        node = self.operand(field)
        if not is_negated:
            return node
        return node.part if isinstance(node, Not) else Not(part=node)

    def operand(self, field: str | None) -> Node:
        lexeme = self.peek()
        if lexeme is None or lexeme.kind in {Kind.AND, Kind.OR, Kind.CLOSE}:
            raise self.missing(lexeme)
        self.next += 1
        if lexeme.kind is Kind.OPEN:
            return self.group(lexeme, field)
        if lexeme.kind is Kind.FIELD:
            if (following := self.peek()) and following.kind is Kind.NOT:
                raise QuerySyntaxError(
                    f"put NOT before {lexeme.text}:, not after it", following.at + 1
                )
            return self.operand(lexeme.text)
        if field in KEYWORD_FIELDS:
            return self.value(lexeme, field or "")
        return self.leaf(lexeme, field)

    def missing(self, lexeme: Lexeme | None) -> QuerySyntaxError:
        before = self.found[self.next - 1] if self.next else None
        if before and before.kind in {Kind.AND, Kind.OR, Kind.NOT}:
            word = before.text.upper()
            return QuerySyntaxError(
                f"{word} needs something after it; to search for the word, put it in "
                "quotation marks",
                before.at + 1,
            )
        if before and before.kind is Kind.FIELD:
            return QuerySyntaxError(f"{before.text}: has no value", before.at + 1)
        if before and before.kind is Kind.OPEN:
            return QuerySyntaxError(
                "there is nothing in the parentheses", before.at + 1
            )
        if lexeme is None:
            return QuerySyntaxError("the query ends too early", self.length + 1)
        if lexeme.kind is Kind.CLOSE:
            return QuerySyntaxError("this parenthesis was never opened", lexeme.at + 1)
        return QuerySyntaxError(
            f"{lexeme.text.upper()} needs something before it; to search for the word, "
            "put it in quotation marks",
            lexeme.at + 1,
        )

    def group(self, opened: Lexeme, field: str | None) -> Node:
        self.depth += 1
        if self.depth > MAX_NESTING:
            raise QuerySyntaxError(
                f"parentheses are nested more than {MAX_NESTING} deep; take some away, "
                "or search in steps",
                opened.at + 1,
            )
        node = self.either(field)
        if not self.takes(Kind.CLOSE):
            raise QuerySyntaxError("this parenthesis is never closed", opened.at + 1)
        self.depth -= 1
        return node

    def count(self, lexeme: Lexeme, clauses: int = 1) -> None:
        self.clauses += clauses
        if self.clauses > MAX_CLAUSES:
            raise QuerySyntaxError(
                f"the query has more than {MAX_CLAUSES} words and conditions; keep "
                "those that matter, use a prefix*, or search in steps",
                lexeme.at + 1,
            )

    def leaf(self, lexeme: Lexeme, field: str | None) -> Node:
        """Return the node of a lexeme in a text field, or in none."""
        if lexeme.kind is Kind.BARE:
            self.count(lexeme)
            return word_node(lexeme, field)
        require_short(lexeme, lexeme.text)
        self.count(lexeme, len(lexeme.text.split()) or 1)
        if not any(letter.isalnum() for letter in lexeme.text):
            raise QuerySyntaxError("the quotation marks hold no word", lexeme.at + 1)
        if field is not None:
            return Phrase(text=lexeme.text, slop=lexeme.slop, field=field)
        keys = lexeme.keys
        if lexeme.kind is Kind.PHRASE and not lexeme.slop:
            keys = keys_of(lexeme.text, self.numbers)
        if keys:
            return Number(text=lexeme.text, keys=folded_keys(keys))
        return Phrase(text=lexeme.text, slop=lexeme.slop)

    def value(self, lexeme: Lexeme, field: str) -> Node:
        """Return the node of a lexeme in a field of whole values."""
        self.count(lexeme)
        text = lexeme.text
        if lexeme.kind is Kind.BARE:
            text = text.rstrip(",;")
            if "*" in text:
                raise QuerySyntaxError(
                    "an asterisk works in title, text and free words only",
                    lexeme.at + 1 + text.index("*"),
                )
        if not any(letter.isalnum() for letter in text):
            raise QuerySyntaxError(f"{field}: has no value", lexeme.at + 1)
        if field == "date":
            return date_node(lexeme, with_ascii_digits(text))
        if field != "identifier":
            return Value(field=field, text=text)
        keys = lexeme.keys or keys_of(text, self.numbers)
        return Value(field=field, text=text, keys=folded_keys(keys))


def _joined(make: Callable[..., And | Or], parts: list[Node]) -> Node:
    """Join parts; a part of the same kind gives its own parts."""
    if len(parts) == 1:
        return parts[0]
    flat: list[Node] = []
    for part in parts:
        is_same = isinstance(part, And | Or) and type(part) is make
        flat.extend(part.parts if is_same else (part,))  # type: ignore[union-attr]
    return make(parts=tuple(flat))
