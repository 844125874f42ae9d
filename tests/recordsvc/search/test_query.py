import contextlib
import re
import time
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recordsvc.search.ast import (
    And,
    Everything,
    Not,
    Number,
    Or,
    Phrase,
    Prefix,
    Range,
    Value,
    Word,
)
from recordsvc.search.query import (
    QuerySyntaxError,
    echo,
    identifier_key,
    parse,
    print_query,
)


@dataclass(frozen=True)
class Span:
    start: int
    end: int
    text: str
    keys: tuple[str, ...]


_NUMBER = re.compile(
    r"(?i)\b(?:act,? no\.? \d+(?: of |/)\d{4}|lei (?:nº )?[\d.]+/\d{4}"
    r"|\d/\d{4}|E-\d+/\d+)"
)


def numbers(text):
    return [
        Span(m.start(), m.end(), m.group(), ("-".join(re.findall(r"\d+", m.group())),))
        for m in _NUMBER.finditer(text)
    ]


def word(text, field=None):
    return Word(text=text, field=field)


A, B, C = word("a"), word("b"), word("c")
A_TITLE = word("a", "title")
TYPE_A, TYPE_B = Value(field="type", text="a"), Value(field="type", text="b")


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("", Everything()),
        ("  \n", Everything()),
        ("a b", And(parts=(A, B))),
        ("a AND b and c", And(parts=(A, B, C))),
        ("a OR b or c", Or(parts=(A, B, C))),
        ("a b OR c", Or(parts=(And(parts=(A, B)), C))),
        ("a (b OR c)", And(parts=(A, Or(parts=(B, C))))),
        ("a NOT b", And(parts=(A, Not(part=B)))),
        ("a not b", And(parts=(A, Not(part=B)))),
        ("-a", Not(part=A)),
        ("a AND -b", And(parts=(A, Not(part=B)))),
        ("not not a", A),
        ("-(a b)", Not(part=And(parts=(A, B)))),
        ("a - b & c", And(parts=(A, B, C))),
        ("“water or tax”", Phrase(text="water or tax")),
        ("«l'eau  potable»", Phrase(text="l'eau potable")),
        ("„Haus der Länder“", Phrase(text="Haus der Länder")),
        ('"a b"~5', Phrase(text="a b", slop=5)),
        ('a"b c"', And(parts=(A, Phrase(text="b c")))),
        ("educ*", Prefix(text="educ")),
        ("(educ*), a", And(parts=(Prefix(text="educ"), A))),
        ("title:water", word("water", "title")),
        ("TITLE:water", word("water", "title")),
        ("title: water", word("water", "title")),
        ("title:(a OR b*)", None),
        ("title:(a OR bcd*)", Or(parts=(A_TITLE, Prefix(text="bcd", field="title")))),
        ('text:"a b"', Phrase(text="a b", field="text")),
        ("type:bill", Value(field="type", text="bill")),
        ("type:bill, a", And(parts=(Value(field="type", text="bill"), A))),
        ('collection:"Bills 2019"', Value(field="collection", text="Bills 2019")),
        ("class:BUS.PQ", Value(field="class", text="BUS.PQ")),
        ("-type:bill", Not(part=Value(field="type", text="bill"))),
        ("type:(a OR b)", Or(parts=(TYPE_A, TYPE_B))),
        ("type:or", Value(field="type", text="or")),
        ("date:2019", Value(field="date", text="2019")),
        ("date:2019..2024", Range(field="date", low="2019", high="2024")),
        ("date:2019-02..", Range(field="date", low="2019-02", high=None)),
        ("date:..2019-02-03", Range(field="date", low=None, high="2019-02-03")),
        ("date:2019..2019-05", Range(field="date", low="2019", high="2019-05")),
        ("date:2019-05..2019", Range(field="date", low="2019-05", high="2019")),
        ("date:٢٠١٩", Value(field="date", text="2019")),
        ("O'Neill", word("O'Neill")),
        ("10:30", word("10:30")),
        ("urn:lex:br;1", word("urn:lex:br;1")),
        ("https://a.org/b", word("https://a.org/b")),
        ("Title:", None),
    ],
)  # fmt: skip
def test_a_query_becomes_its_tree(text, tree):
    if tree is None:
        with pytest.raises(QuerySyntaxError):
            parse(text)
    else:
        assert parse(text) == tree


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("Act, No. 24 of 1999", Number(text="Act, No. 24 of 1999", keys=("24-1999",))),
        (
            "water Lei 14.026/2020, tax",
            And(
                parts=(
                    word("water"),
                    Number(text="Lei 14.026/2020", keys=("14-026-2020",)),
                    word("tax"),
                )
            ),
        ),
        ('"Act No. 24/1999"', Number(text="Act No. 24/1999", keys=("24-1999",))),
        ('"the Act No. 24/1999"', Phrase(text="the Act No. 24/1999")),
        ("6/4151", Number(text="6/4151", keys=("6-4151",))),
        ("-E-12/2020", Not(part=Number(text="E-12/2020", keys=("12-2020",)))),
        ("6/41515", word("6/41515")),
        (
            "identifier:E-12/2020",
            Value(field="identifier", text="E-12/2020", keys=("12-2020",)),
        ),
        (
            'identifier:"Act No. 24/1999"',
            Value(field="identifier", text="Act No. 24/1999", keys=("24-1999",)),
        ),
        ("title:6/4151", Phrase(text="6/4151", field="title")),
    ],
)
def test_official_numbers_become_number_nodes(text, tree):
    assert parse(text, numbers=numbers) == tree
    assert parse(print_query(tree), numbers=numbers) == tree


@pytest.mark.parametrize(
    ("text", "column", "says"),
    [
        ("water AND", 7, "AND needs something after it"),
        ("OR water", 1, "OR needs something before it"),
        ("a OR OR b", 3, "OR needs something after it"),
        ("or", 1, "quotation marks"),
        ("not", 1, "NOT needs something after it"),
        ("a (b", 3, "never closed"),
        ("a b)", 4, "never opened"),
        ("a () b", 3, "nothing in the parentheses"),
        ('a "b', 3, "never closed"),
        ('a "," b', 3, "no word"),
        ("a*", 1, "at least 3 letters"),
        ("x ab*", 3, "at least 3 letters"),
        ("x *abc", 3, "end of a word"),
        ("wa*er", 3, "end of a word"),
        ("***", 1, "asterisk"),
        ("tpye:bill", 1, "did you mean type:?"),
        ("x foo:bar", 3, "fields are title"),
        ("type:", 1, "nothing follows type:"),
        ("(type: )", 2, "nothing follows type:"),
        ("type:bi*", 8, "asterisk"),
        ("title:(a", 7, "never closed"),
        ("type:not:x OR", 12, "OR needs"),
        ("date:, water", 6, "no value"),
        ("title:, water", 7, "no word"),
        ("title:-- water", 7, "no word"),
        ("date:May", 6, "is no date"),
        ("date:2019-13", 6, "no day"),
        ("date:2019-02-29", 6, "no day"),
        ("date:0000", 6, "no day"),
        ("date:2024..2019", 6, "2019..2024"),
        ("date:..", 6, "no value"),
        ('"a b"~1000', 6, "100 words apart"),
        ("&&", 1, "no word"),
        ("x" * 2001, 2001, "2000"),
        ("x" * 201, 1, "200"),
        (" ".join(["ab"] * 101), 301, "100 words"),
        ('"' + " ".join(["ab"] * 101) + '"', 1, "100 words"),
        ("(" * 21 + "a" + ")" * 21, 21, "20 deep"),
    ],
)
def test_an_error_names_its_column_and_what_to_do(text, column, says):
    with pytest.raises(QuerySyntaxError) as caught:
        parse(text)
    assert says in str(caught.value)
    assert caught.value.column == column
    assert str(caught.value).endswith(f"(column {column})")


def test_what_is_just_allowed_is_allowed():
    parse(" ".join(["ab"] * 100))
    parse("(" * 20 + "a" + ")" * 20)
    parse(("ab " * 60 + " " * 2000)[:2000])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "everything"),
        (
            "água potável type:bill date:2019..2024",
            "água AND potável, type bill, 2019 to 2024",
        ),
        ("a OR b c", "a OR (b AND c)"),
        ("a -b", "a AND NOT b"),
        ('"a b"~3 title:x', "“a b” at most 3 words apart AND x in the title"),
        ("educ*", "words that begin with educ"),
        ("date:2019..", "since 2019"),
        ("date:..2019", "until 2019"),
        ("6/4151", "number 6/4151"),
    ],
)
def test_the_echo_says_what_was_understood(text, said):
    assert echo(parse(text, numbers=numbers)) == said


PIECES = [
    "a", "water", "água", "or", "AND", "not", "-", "(", ")", '"', "«", "»", "“", "”",
    "*", "abc*", "~2", ":", "title:", "type:", "date:", "2019", "..", "2019-05", " ",
    "Act No. 24 of 1999", "6/4151", "E-1/2", "الماء", "東京都", "'", ",", ".", "\u0301",
]  # fmt: skip
soups = st.lists(st.sampled_from(PIECES), max_size=20).map("".join)


def _tree_or_column(text, found):
    try:
        return parse(text, numbers=found), 0
    except QuerySyntaxError as error:
        return None, error.column


@given(st.one_of(soups, st.text(max_size=40)), st.booleans())
def test_any_text_is_a_query_or_a_clear_error(text, with_numbers):
    found = numbers if with_numbers else None
    tree, column = _tree_or_column(text, found)
    if tree is None:
        assert 1 <= column <= len(text) + 1
        return
    assert parse(print_query(tree), numbers=found) == tree
    assert echo(tree)


@pytest.mark.parametrize(
    "piece",
    ['"a ', "-", "((((", "a:", "«", "not ", "*", "1/", "\u0301", "-(", "a,", "x*y"],
)
def test_hostile_queries_are_cheap(piece):
    text = (piece * 2000)[:2000]
    started = time.perf_counter()
    with contextlib.suppress(QuerySyntaxError):
        parse(text, numbers=numbers)
    assert time.perf_counter() - started < 1.0


@given(st.text(max_size=60))
def test_an_identifier_key_is_its_own_key(text):
    key = identifier_key(text)
    assert identifier_key(key) == key
    assert not re.search(r"\s|--|^-|-$", key)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Act, No. 24/1999", "act no 24/1999"),
        ("E‑000123/2020", "e-000123/2020"),
        ("Lei nº 14.026/2020", "LEI Nº 14.026/2020"),
        ("قانون ٢٤", "قانون 24"),
        ("  A/RES/70/1 ", "a/res/70/1"),
    ],
)
def test_numbers_that_differ_in_spelling_only_have_one_key(one, other):
    assert identifier_key(one) == identifier_key(other)
