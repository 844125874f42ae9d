"""A table of words becomes a page; values that are found say where they come from."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.describe import Description, FoundValue
from ingest.errors import AnswerError
from ingest.extraction import Extraction, PageText, TextKind, Warning_
from ingest.ocrtext import (
    RecognisedPage,
    mean_confidence,
    of_ocr,
    page_of_words,
    with_recognised,
)

HEAD = "level\tpage\tblock\tpar\tline\tword\tleft\ttop\twidth\theight\tconf\ttext\n"


def table(*words):
    """Return a table; a word is (block, paragraph, line, confidence, text)."""
    rows = [
        f"5\t1\t{block}\t{paragraph}\t{line}\t1\t0\t0\t9\t9\t{confidence}\t{text}\n"
        for block, paragraph, line, confidence, text in words
    ]
    return (HEAD + "1\t1\t0\t0\t0\t0\t0\t0\t99\t99\t-1\t\n" + "".join(rows)).encode()


def test_words_lines_and_paragraphs_are_joined_as_they_stand():
    page = page_of_words(
        table(
            (1, 1, 1, 96, "The"),
            (1, 1, 1, 94, "House"),
            (1, 1, 2, 95, "met."),
            (1, 2, 1, 95, "It"),
            (2, 1, 1, 95, "rose."),
        ),
        7,
    )
    assert page.text == "The House\nmet.\n\nIt\n\nrose."
    assert page.number == 7
    assert page.problem is None


def test_a_long_word_weighs_more_than_a_short_one():
    page = page_of_words(table((1, 1, 1, 90, "abcdefghi"), (1, 1, 1, 40, "x")), 1)
    assert page.confidence == pytest.approx((0.9 * 9 + 0.4) / 10, abs=0.001)


def test_specks_and_rules_are_no_words():
    page = page_of_words(table((1, 1, 1, 95, "Bill"), (1, 1, 1, 12, "~_|")), 1)
    assert page.text == "Bill"
    # A dash that is surely read stays.
    assert page_of_words(table((1, 1, 1, 95, "a"), (1, 1, 1, 91, "–")), 1).text == "a –"


def test_a_page_of_little_confidence_is_not_legible():
    page = page_of_words(table((1, 1, 1, 21, "ahgf"), (1, 1, 1, 35, "qj")), 1)
    assert page.text == ""
    assert 0 < page.confidence < 0.4


def test_an_empty_table_is_an_empty_page():
    assert page_of_words(table(), 3) == RecognisedPage(number=3)
    assert page_of_words(b"", 3) == RecognisedPage(number=3)


def test_quotes_in_words_stay():
    assert page_of_words(table((1, 1, 1, 95, '"Act"')), 1).text == '"Act"'


@pytest.mark.parametrize(
    "content",
    [
        b"\xff\xfe",
        HEAD.encode() + b"5\t1\t1\n",
        table((1, 1, 1, "much", "word")),
        table((1, 1, 1, "nan", "word")),
        table((1, 1, 1, 101, "word")),
        table(*[(1, 1, 1, 90, "w")] * 50_001),
    ],
)
def test_what_is_no_table_of_words_is_refused(content):
    with pytest.raises(AnswerError):
        page_of_words(content, 1)


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_any_bytes_are_a_page_or_refused(content):
    try:
        page = page_of_words(HEAD.encode() + content, 1)
    except AnswerError:
        return
    assert 0.0 <= page.confidence <= 1.0
    assert "\x00" not in page.text


@given(
    st.lists(
        st.tuples(
            st.integers(1, 3),
            st.integers(1, 3),
            st.integers(1, 3),
            st.floats(50, 100),
            st.from_regex(r"[a-zA-Zé0-9.,]{1,8}", fullmatch=True),
        ),
        min_size=1,
        max_size=30,
    )
)
def test_no_word_is_lost(words):
    page = page_of_words(table(*words), 1)
    assert page.text.split() == [word[-1] for word in words]


def test_the_confidence_of_a_paper_is_that_of_its_letters():
    pages = [
        RecognisedPage(number=1, text="a" * 30, confidence=0.9),
        RecognisedPage(number=2, text="b" * 10, confidence=0.5),
        RecognisedPage(number=3, confidence=0.2),
    ]
    assert mean_confidence(pages) == pytest.approx(0.8)
    assert mean_confidence(pages[2:]) == 0.0


def test_text_that_was_read_takes_the_place_of_the_empty_pages():
    extraction = Extraction(
        mime="image/png",
        pages=(PageText(number=1, text=""),),
        warnings=(
            Warning_(code="needs-ocr", message="a picture"),
            Warning_(code="name:odd", message="odd"),
        ),
    )
    text = "The House resolved that the bill be read a second time."
    found = with_recognised(extraction, [(1, text), (2, "")])
    assert [page.text for page in found.pages] == [text, ""]
    assert found.text is TextKind.OCR
    assert found.language == "en"
    assert [warning.code for warning in found.warnings] == ["name:odd"]
    assert with_recognised(extraction, [(1, " ")]).text is TextKind.NONE


def value(field, how, confidence):
    return FoundValue(
        field=field, value="v", how=how, rule="r", page=1, confidence=confidence
    )


def test_values_are_no_surer_than_their_letters():
    found = of_ocr(
        Description(
            values=(
                value("title", "extracted", 0.9),
                value("identifier", "inferred", 0.8),
                value("date", "embedded", 0.95),
            )
        ),
        0.5,
    )
    assert [(v.how, v.confidence) for v in found.values] == [
        ("ocr", 0.45),
        ("inferred", 0.4),
        ("embedded", 0.95),
    ]
