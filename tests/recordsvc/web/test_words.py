"""Names of places, days, numbers and bars as people read them."""

from types import SimpleNamespace

import pytest

from recordsvc.web.languages import day_text, direction_of, place_name, printable
from recordsvc.web.pages.search import _without_gaps, narrowed, number_of
from recordsvc.web.serving import FileBytes


@pytest.mark.parametrize(
    ("code", "language", "name"),
    [
        ("lk", "en", "Sri Lanka"),
        ("de", "fr", "Allemagne"),
        ("eu", "de", "Europäische Union"),
        ("xt", "en", "XT"),
    ],
)
def test_a_place_has_a_name_or_its_code(code, language, name):
    assert place_name(code, language) == name


@pytest.mark.parametrize(
    ("day", "language", "text"),
    [
        ("2021-05-12", "en", "12 May 2021"),
        ("2021-05-12", "de", "12. Mai 2021"),
        ("2021-05", "en", "2021-05"),
        (None, "en", ""),
    ],
)
def test_a_day_is_written_as_people_write_it(day, language, text):
    assert day_text(day, language) == text


def test_an_unknown_language_runs_from_the_left():
    assert direction_of("ar-EG") == "rtl"
    assert direction_of("zz-nonsense-x") == "ltr"
    assert direction_of(None) == "ltr"


def test_what_cannot_be_encoded_is_replaced_and_the_rest_is_left():
    assert printable("caf\udce9") == "caf\ufffd"
    assert printable("café") == "café"
    assert printable(3) == 3


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        ((), ""),
        (("/akn/xt/statement/1", "ST 12/058"), "ST 12/058"),
        (("http://data.example/1",), "http://data.example/1"),
        (("Act No. 14/2007", "x"), "Act No. 14/2007"),
    ],
)
def test_the_number_shown_is_the_one_people_use(values, shown):
    record = SimpleNamespace(identifiers=[SimpleNamespace(value=v) for v in values])
    assert number_of(record) == shown


def test_years_without_papers_keep_their_place():
    assert _without_gaps({"2019": 2, "2022": 1}) == {
        "2019": 2,
        "2020": 0,
        "2021": 0,
        "2022": 1,
    }
    assert _without_gaps({}) == {}
    assert _without_gaps({"1801": 1, "2022": 1}) == {"1801": 1, "2022": 1}
    assert _without_gaps({"unknown": 1, "2022": 1}) == {"2022": 1, "unknown": 1}


def test_a_query_is_narrowed_as_a_whole():
    assert narrowed("", {}) == ""
    assert narrowed("a OR b", {}) == "a OR b"
    assert narrowed("a OR b", {"type": ["x", 'y"z'], "year": ["2020"]}) == (
        '(a OR b) (type:"x" OR type:"yz") (date:"2020")'
    )


@pytest.mark.parametrize(
    ("start", "stop"), [(0, None), (3, 10), (9, None), (0, 0), (5, 600_000)]
)
def test_any_part_of_a_file_is_streamed(tmp_path, start, stop):
    content = bytes(range(256)) * 3000
    path = tmp_path / "file"
    path.write_bytes(content)
    part = FileBytes(path, start, stop)
    blocks = list(part)
    part.close()
    assert b"".join(blocks) == content[start:stop]
    assert all(len(block) <= 2**18 for block in blocks)
