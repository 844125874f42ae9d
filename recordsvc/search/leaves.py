"""The leaves of a query tree: words, dates and numbers as they were typed."""

import re
from datetime import date

from recordsvc.search.ast import Node, Prefix, Range, Value, Word
from recordsvc.search.keys import identifier_key
from recordsvc.search.lexer import Kind, Lexeme, Numbers, QuerySyntaxError
from recordsvc.search.plan import MIN_PREFIX
from recordsvc.search.words import MAX_TOKEN, exact_of, raw_tokens

MAX_WORD = 2 * MAX_TOKEN
_DATE = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?\Z")
_DATE_HELP = "a date is 2024, 2024-05 or 2024-05-31, a range 2019..2024"


def keys_of(text: str, numbers: Numbers | None) -> tuple[str, ...]:
    """Return the keys of a number that is the whole text, else none."""
    keys: list[str] = []
    for span in numbers(text) if numbers else ():
        around = text[: span.start] + text[span.end :]
        if not any(letter.isalnum() for letter in around):
            keys.extend(span.keys)
    return tuple(keys)


def folded_keys(keys: tuple[str, ...]) -> tuple[str, ...]:
    """Return keys in the form of `identifier_key`, each once."""
    return tuple(dict.fromkeys(key for k in keys if (key := identifier_key(k))))


def require_short(lexeme: Lexeme, text: str) -> None:
    """Refuse words that no paper has and that would cost."""
    if max(map(len, text.split()), default=0) > MAX_WORD:
        raise QuerySyntaxError(
            f"a word of more than {MAX_WORD} characters; shorten it", lexeme.at + 1
        )


def word_node(lexeme: Lexeme, field: str | None) -> Node:
    """Return a word or a prefix."""
    raw = lexeme.text
    require_short(lexeme, raw)
    bare = raw.rstrip(".,;:!?…")
    if not any(letter.isalnum() or letter == "*" for letter in raw):
        raise QuerySyntaxError(f"{field}: has no word", lexeme.at + 1)
    if "*" not in raw:
        text = _trimmed(raw)
        # Punctuation is all that tells a word from an operator here.
        is_operator = text.lower() in {Kind.AND, Kind.OR, Kind.NOT}
        return Word(text=raw if is_operator else text, field=field)
    star = raw.index("*")
    if star != len(bare) - 1:
        raise QuerySyntaxError(
            "an asterisk stands at the end of a word only, after at least "
            f"{MIN_PREFIX} letters",
            lexeme.at + 1 + star,
        )
    text = _trimmed(bare[:-1])
    if not text or not _is_long_enough(bare[:-1]):
        raise QuerySyntaxError(
            f"{text}* is too wide: write at least {MIN_PREFIX} letters before the "
            "asterisk",
            lexeme.at + 1,
        )
    return Prefix(text=text, field=field)


def _is_long_enough(text: str) -> bool:
    raw = raw_tokens(text)
    tokens = exact_of(raw[-1]) if raw and text.endswith(raw[-1]) else ()
    return len(tokens) > 1 or any(len(token) >= MIN_PREFIX for token in tokens)


def _trimmed(text: str) -> str:
    """Return a word without the punctuation around it."""
    inside = [at for at, letter in enumerate(text) if letter.isalnum()]
    if not inside:
        return ""
    # Marks that stand on the last letter belong to it.
    end = inside[-1] + 1
    while (
        end < len(text)
        and not text[end].isascii()
        and raw_tokens("a" + text[end]) == ["a" + text[end]]
    ):
        end += 1
    return text[inside[0] : end]


def date_node(lexeme: Lexeme, text: str) -> Node:
    """Return a date or a range of dates."""
    low, dots, high = text.partition("..")
    if not dots:
        return Value(field="date", text=_day(lexeme, text))
    if not low and not high:
        raise QuerySyntaxError(f"a range without dates; {_DATE_HELP}", lexeme.at + 1)
    ends = [_day(lexeme, end) if end else None for end in (low, high)]
    first, last = ends
    if first and last and first > last and not first.startswith(last):
        raise QuerySyntaxError(
            f"the range ends before it begins; write {last}..{first}", lexeme.at + 1
        )
    return Range(field="date", low=first, high=last)


def _day(lexeme: Lexeme, text: str) -> str:
    match = _DATE.match(text)
    if match is None:
        raise QuerySyntaxError(f"{text} is no date; {_DATE_HELP}", lexeme.at + 1)
    year, month, day = (int(part) if part else 1 for part in match.groups())
    try:
        date(year, month, day)
    except ValueError:
        raise QuerySyntaxError(
            f"there is no day {text}; {_DATE_HELP}", lexeme.at + 1
        ) from None
    return text
