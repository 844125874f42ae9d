"""The lexemes of a query, each with its column."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from typing import Protocol

from recordsvc.search.ast import KEYWORD_FIELDS, TEXT_FIELDS
from recordsvc.search.index import SearchError

FIELDS = (*TEXT_FIELDS, *KEYWORD_FIELDS)
MAX_CHARACTERS = 2_000
MAX_SLOP = 100
# Typographic marks are closed by their own kind, and by the plain mark, which
# keyboards put there.
QUOTES = {
    '"': '"',
    "«": "»",
    "»": "«",
    "“": '”"',
    "„": '“”"',
    "‟": '”"',
    "”": '”"',
    "「": "」",
    "『": "』",
}
_BARE = re.compile(rf"[^\s(){''.join(QUOTES)}]+")
_FIELD = re.compile(r"([A-Za-z]+):")
_SLOP = re.compile(r"~([0-9]+)")
_SPACE = re.compile(r"\s+")
_UNPRINTABLE = re.compile("[\x00\ud800-\udfff]")
# Beginnings of identifiers and addresses that look like fields.
_NOT_FIELDS = frozenset({"urn", "http", "https", "eli", "ecli", "celex", "doi"})
_OPENING = frozenset({*QUOTES, "("})
_OPERATORS = {"and": "and", "or": "or", "not": "not"}


class QuerySyntaxError(SearchError):
    """A query that cannot be understood, or is too wide.

    Parameters
    ----------
    column
        Where in the query, in code points from 1.
    """

    def __init__(self, message: str, column: int) -> None:
        super().__init__(f"{message} (column {column})")
        self.message = message
        self.column = column


class NumberSpan(Protocol):
    """An official number in a text, as the citation grammar finds it.

    Parameters
    ----------
    start, end
        Offsets in code points.
    keys
        Its normalised forms, one for each scheme it may belong to.
    """

    @property
    def start(self) -> int: ...  # noqa: D102

    @property
    def end(self) -> int: ...  # noqa: D102

    @property
    def text(self) -> str: ...  # noqa: D102

    @property
    def keys(self) -> Sequence[str]: ...  # noqa: D102


Numbers = Callable[[str], Sequence[NumberSpan]]


class Kind(StrEnum):
    """What a lexeme is."""

    OPEN = "("
    CLOSE = ")"
    AND = "and"
    OR = "or"
    NOT = "not"
    FIELD = "field"
    PHRASE = "phrase"
    NUMBER = "number"
    BARE = "bare"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lexeme:
    """A piece of the query and where it begins, in code points from 0."""

    kind: Kind
    text: str
    at: int
    slop: int = 0
    keys: tuple[str, ...] = ()


def lexemes(text: str, numbers: Numbers | None = None) -> list[Lexeme]:
    """Cut a query into lexemes; punctuation between words is left out.

    Raises
    ------
    QuerySyntaxError
    """
    if len(text) > MAX_CHARACTERS:
        raise QuerySyntaxError(
            f"the query has {len(text)} characters, at most {MAX_CHARACTERS} are "
            "allowed; keep the words that matter, or search in steps",
            MAX_CHARACTERS + 1,
        )
    text = _UNPRINTABLE.sub("\ufffd", text)
    return list(_cut(text, _spans(text, numbers)))


def _spans(text: str, numbers: Numbers | None) -> dict[int, NumberSpan]:
    """Return usable numbers by their beginning; the longest wins."""
    found: dict[int, NumberSpan] = {}
    for span in numbers(text) if numbers else ():
        after = text[span.end : span.end + 1]
        if after.isalnum() or after in {"_", "*"} or span.end <= span.start:
            continue
        if any(mark in text[span.start : span.end] for mark in QUOTES):
            continue
        if span.start not in found or found[span.start].end < span.end:
            found[span.start] = span
    return found


def _cut(text: str, spans: dict[int, NumberSpan]) -> Iterator[Lexeme]:
    at = 0
    is_value = False
    while at < len(text):
        letter = text[at]
        if letter.isspace() or (not is_value and _says_nothing(text, at)):
            at += 1
            continue
        if letter in "()":
            lexeme, end = Lexeme(kind=Kind(letter), text=letter, at=at), at + 1
        elif letter in QUOTES:
            lexeme, end = _phrase(text, at)
        elif at in spans:
            lexeme, end = _number(spans[at], at)
        elif not is_value and letter == "-":
            lexeme, end = Lexeme(kind=Kind.NOT, text="-", at=at), at + 1
        elif not is_value and (field := _field(text, at)):
            lexeme, end = field
        else:
            lexeme, end = _bare(text, at, is_value=is_value)
        yield lexeme
        is_value = lexeme.kind is Kind.FIELD
        at = end


def _says_nothing(text: str, at: int) -> bool:
    """Say whether punctuation before or between words is passed over."""
    letter = text[at]
    return not (letter.isalnum() or letter in "()*" or letter in QUOTES) and not (
        letter == "-" and _is_minus(text, at)
    )


def _is_minus(text: str, at: int) -> bool:
    following = text[at + 1 : at + 2]
    return (
        following.isalnum() or (following != "" and following in _OPENING)
    ) and text[at - 1 : at] != "-"


def _phrase(text: str, at: int) -> tuple[Lexeme, int]:
    closers = QUOTES[text[at]]
    ends = [end for closer in closers if (end := text.find(closer, at + 1)) >= 0]
    if not ends:
        raise QuerySyntaxError("the quotation mark is never closed", at + 1)
    end = min(ends)
    words = _SPACE.sub(" ", text[at + 1 : end]).strip()
    slop = _SLOP.match(text, end + 1)
    apart = int(slop.group(1)[:4]) if slop else 0
    if apart > MAX_SLOP:
        raise QuerySyntaxError(
            f"words may stand at most {MAX_SLOP} words apart; give a smaller number "
            "after ~, or join the words by AND",
            end + 2,
        )
    lexeme = Lexeme(kind=Kind.PHRASE, text=words, at=at, slop=apart)
    return lexeme, slop.end() if slop else end + 1


def _number(span: NumberSpan, at: int) -> tuple[Lexeme, int]:
    words = _SPACE.sub(" ", span.text).strip()
    lexeme = Lexeme(kind=Kind.NUMBER, text=words, at=at, keys=tuple(span.keys))
    return lexeme, span.end


def _field(text: str, at: int) -> tuple[Lexeme, int] | None:
    match = _FIELD.match(text, at)
    if match is None:
        return None
    name, end = match.group(1).lower(), match.end()
    is_joined = end < len(text) and not text[end].isspace() and text[end] != ")"
    if name in FIELDS:
        rest = _SPACE.match(text, end)
        value = rest.end() if rest else end
        if value == len(text) or text[value] == ")":
            raise QuerySyntaxError(f"nothing follows {name}:", at + 1)
        return Lexeme(kind=Kind.FIELD, text=name, at=at), value
    if not is_joined or name in _NOT_FIELDS or text[end] in "/:":
        return None
    near = get_close_matches(name, FIELDS, n=1, cutoff=0.6)
    hint = f"did you mean {near[0]}:?" if near else f"fields are {', '.join(FIELDS)}"
    raise QuerySyntaxError(f"there is no field {name}; {hint}", at + 1)


def _bare(text: str, at: int, *, is_value: bool) -> tuple[Lexeme, int]:
    match = _BARE.match(text, at)
    end = match.end() if match else at + 1
    word = text[at:end]
    operator = None if is_value else _OPERATORS.get(word.lower())
    if operator:
        return Lexeme(kind=Kind(operator), text=word, at=at), end
    return Lexeme(kind=Kind.BARE, text=word, at=at), end
