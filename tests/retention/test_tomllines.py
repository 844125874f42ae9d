"""The lines of tables and keys, whatever TOML allows around them."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retention.tomllines import line_of, lines_of

ODD = '''# [no.table] "no string"
top.dotted . "quoted.key" = 1 # = 2

[ a . 'b c' ]   # comment
text = """\\
first " line
k = "no key"
"""" # four quotes end it
raw = \'\'\'
[no.header]
\'\'\'
"sp\\u0061ce \\"x\\"" = ""
when = 1979-05-27 07:32:00
list = [
  "a,]", # ], comment
  [ 1, 2,
    3 ],
  { x = 1, y.z = [ { } , 5 ] },
]
empty = []

[[entry]]
[entry.sub]
n = 1
[[entry]]
[[entry.part]]
[[entry.part]]
p = '#'
[entry.part.deep]
d = -1.5e3'''


def test_every_line_of_an_odd_document_is_found():
    tomllib.loads(ODD)
    lines = lines_of(ODD)
    assert lines == {
        ("top",): 2,
        ("top", "dotted"): 2,
        ("top", "dotted", "quoted.key"): 2,
        ("a",): 4,
        ("a", "b c"): 4,
        ("a", "b c", "text"): 5,
        ("a", "b c", "raw"): 9,
        ("a", "b c", 'space "x"'): 12,
        ("a", "b c", "when"): 13,
        ("a", "b c", "list"): 14,
        ("a", "b c", "list", 0): 15,
        ("a", "b c", "list", 1): 16,
        ("a", "b c", "list", 1, 0): 16,
        ("a", "b c", "list", 1, 1): 16,
        ("a", "b c", "list", 1, 2): 17,
        ("a", "b c", "list", 2): 18,
        ("a", "b c", "list", 2, "x"): 18,
        ("a", "b c", "list", 2, "y"): 18,
        ("a", "b c", "list", 2, "y", "z"): 18,
        ("a", "b c", "list", 2, "y", "z", 0): 18,
        ("a", "b c", "list", 2, "y", "z", 1): 18,
        ("a", "b c", "empty"): 20,
        ("entry",): 22,
        ("entry", 0): 22,
        ("entry", 0, "sub"): 23,
        ("entry", 0, "sub", "n"): 24,
        ("entry", 1): 25,
        ("entry", 1, "part"): 26,
        ("entry", 1, "part", 0): 26,
        ("entry", 1, "part", 1): 27,
        ("entry", 1, "part", 1, "p"): 28,
        ("entry", 1, "part", 1, "deep"): 29,
        ("entry", 1, "part", 1, "deep", "d"): 30,
    }


def _paths(value, path=()):
    if path:
        yield path
    if isinstance(value, dict):
        for key, part in value.items():
            yield from _paths(part, (*path, key))
    elif isinstance(value, list):
        for place, part in enumerate(value):
            yield from _paths(part, (*path, place))


def test_the_paths_are_those_that_the_reader_finds():
    assert set(_paths(tomllib.loads(ODD))) == set(lines_of(ODD))


PIECES = st.sampled_from(
    [
        *("[a]", "[[b]]", "[b.c]", "[[b.d]]", '["q.q"]', "[x.y.z]"),
        *(
            'k = "v"',
            "k = '''\n'",
            "'''",
            'm = """\n[x]\n"""',
            "n.o = 1",
            "p = [1, [2],",
            "]",
        ),
        *(
            "q = { r = 1, s.t = [{}] }",
            "# c",
            "",
            '"u v" = true',
            'w = """"""',
            "e = ''",
        ),
    ]
)


@given(st.lists(PIECES, max_size=12).map("\n".join))
def test_whatever_the_reader_takes_is_found(source):
    try:
        document = tomllib.loads(source)
    except tomllib.TOMLDecodeError:
        return
    lines = lines_of(source)
    assert set(_paths(document)) == set(lines)
    assert all(1 <= line <= source.count("\n") + 1 for line in lines.values())


@pytest.mark.parametrize(("path", "line"), [(("a", "x"), 1), (("b",), 1), ((), 1)])
def test_what_is_missing_is_told_where_it_should_stand(path, line):
    assert line_of(lines_of("[a]\n"), path) == line
