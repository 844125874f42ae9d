"""Two papers side by side: nothing lost, nothing invented, in bounded time."""

import random
import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.comparing import Change, Gap, compare, folded_rows
from ingest.extraction import PageText
from ingest.paragraphs import paragraphs

WORDS = [f"word{n}" for n in range(3_000)]
LINES = st.lists(st.sampled_from(["", "a b", "a c.", "(1) d", "e", "f g h i;"]))
PAPER = st.lists(LINES.map("\n".join), max_size=4)
ANY_PAPER = st.lists(st.text(alphabet="ab .\n(1)é", max_size=60), max_size=3)


def pages(texts):
    return [PageText(number=n, text=text) for n, text in enumerate(texts, 1)]


def words_in(texts):
    return re.findall(r"\w+|[^\w\s]", " ".join(texts))


def patched(rows):
    """Return the right paper made of the left one and what the rows say of it."""
    found = []
    for row in rows:
        if row.change is Change.EQUAL:
            found.append(row.left.text)
        elif row.change is Change.ADDED:
            found.append(row.right.text)
        elif row.change is Change.CHANGED:
            kept = [span.text for span in row.left.spans if not span.changed]
            assert "".join("".join(kept).split()) == "".join(
                "".join(s.text for s in row.right.spans if not s.changed).split()
            )
            found.append("".join(span.text for span in row.right.spans))
    return found


@given(st.one_of(st.tuples(PAPER, PAPER), st.tuples(ANY_PAPER, ANY_PAPER)))
def test_the_rows_applied_to_the_left_paper_give_the_right_one(pair):
    left, right = map(pages, pair)
    rows = compare(left, right).rows
    assert words_in(patched(rows)) == words_in(page.text for page in right)
    assert words_in(r.left.text for r in rows if r.left) == words_in(
        page.text for page in left
    )
    for row in rows:
        for side in (row.left, row.right):
            assert side is None or "".join(s.text for s in side.spans) == side.text
        if row.change is Change.EQUAL:
            assert words_in([row.left.text]) == words_in([row.right.text])


@given(ANY_PAPER)
def test_paragraphs_hold_every_word_of_the_paper(texts):
    words = " ".join(texts).split()
    assert " ".join(text for _, text in paragraphs(pages(texts))).split() == words


@given(PAPER)
def test_a_paper_equals_itself(texts):
    comparison = compare(pages(texts), pages(texts))
    assert comparison.is_equal
    assert list(folded_rows(comparison.rows)) == (
        []
        if not comparison.rows
        else [
            Gap(
                rows=len(comparison.rows),
                left_page=comparison.rows[0].left.page,
                right_page=comparison.rows[0].right.page,
            )
        ]
    )


BEFORE = """1. Short title
This Act may be cited as the Harbour Dues Act, and comes into force on the day
after promulgation.
2. Dues
The dues of a vessel of more than fifty tonnes are paid within thirty days.
3. Penalties
Who does not pay is fined."""
AFTER = """1. Short title
This Act may be cited as the Harbour Dues Act, and comes into force on
the day after promulgation.
2. Dues
The dues of a vessel of more than twenty tonnes are paid within thirty days.
(2A) The Minister may remit dues.
3. Penalties"""


def test_a_new_print_shows_what_changed_word_by_word():
    rows = compare(pages([BEFORE]), pages([AFTER])).rows
    assert [row.change for row in rows] == [
        Change.EQUAL,
        Change.EQUAL,
        Change.EQUAL,
        Change.CHANGED,
        Change.ADDED,
        Change.EQUAL,
        Change.REMOVED,
    ]
    changed = rows[3]
    assert [s.text.strip() for s in changed.left.spans if s.changed] == ["fifty"]
    assert [s.text.strip() for s in changed.right.spans if s.changed] == ["twenty"]
    assert rows[4].right.text == "(2A) The Minister may remit dues."


def test_counts_name_every_kind_of_row():
    comparison = compare(pages([BEFORE]), pages([AFTER]))
    assert dict(comparison.counts) == {
        Change.EQUAL: 4,
        Change.CHANGED: 1,
        Change.ADDED: 1,
        Change.REMOVED: 1,
    }
    assert not comparison.is_equal


def test_a_paragraph_that_another_print_divides_is_equal_to_its_parts():
    left = pages(["The dues are paid within thirty days\nof the day of arrival."])
    right = pages(["The dues are paid within thirty days", "of the day of arrival."])
    (row,) = compare(left, right).rows
    assert row.change is Change.EQUAL
    assert (
        row.right.text == "The dues are paid within thirty days of the day of arrival."
    )
    assert compare(right, left).is_equal


def test_a_paragraph_that_was_divided_and_changed_shows_the_change_alone():
    left = pages(["Intro.\nThe dues are paid within thirty days of arrival. End."])
    right = pages(["Intro.\nThe dues are paid within", "sixty days of arrival. End."])
    rows = compare(left, right).rows
    changed = [
        span.text.strip()
        for row in rows
        if row.change is Change.CHANGED
        for span in (*row.left.spans, *row.right.spans)
        if span.changed
    ]
    assert changed == ["thirty", "sixty"]


def test_equal_rows_far_from_a_change_are_folded():
    lines = [f"Paragraph {n} of the paper." for n in range(40)]
    other = [*lines[:20], "A new one.", *lines[20:]]
    left, right = pages(["\n".join(lines)]), pages(["\n".join(other)])
    shown = list(folded_rows(compare(left, right).rows, around=3))
    assert isinstance(shown[0], Gap)
    assert (shown[0].rows, shown[-1].rows) == (17, 17)
    assert len(shown) == 2 + 3 + 1 + 3


def test_rows_know_the_pages_they_stand_on():
    left = pages(["First page.", "Second page."])
    right = pages(["A new first page.", "First page.", "Second page."])
    rows = compare(left, right).rows
    assert [(r.left and r.left.page, r.right.page) for r in rows] == [
        (None, 1),
        (1, 2),
        (2, 3),
    ]


def book(rnd, share=0.0, source=None):
    """Return the texts of 500 pages of 40 lines, or of another print of them."""
    if source is None:
        return [
            "\n".join(
                " ".join(rnd.choices(WORDS, k=rnd.randint(4, 12))) for _ in range(40)
            )
            for _ in range(500)
        ]
    return [
        "\n".join(
            " ".join(rnd.choices(WORDS, k=9)) if rnd.random() < share else line
            for line in text.split("\n")
        )
        for text in source
    ]


@pytest.mark.parametrize("share", [0.01, 0.3, 1.0])
def test_two_books_of_500_pages_are_compared_within_six_seconds(share):
    rnd = random.Random(3)
    old = book(rnd)
    new = book(rnd, share, old)
    started = time.process_time()
    rows = compare(pages(old), pages(new)).rows
    assert time.process_time() - started < 6
    assert words_in(patched(rows)) == words_in(new)


@pytest.mark.parametrize("line", ["aye.", "a b a b a b a b", "(1) x", "no"])
def test_books_that_repeat_one_line_are_compared_within_six_seconds(line):
    rnd = random.Random(4)
    old, new = (
        [
            "\n".join(line if rnd.random() < 0.9 else line * 2 for _ in range(40))
            for _ in range(500)
        ]
        for _ in range(2)
    )
    started = time.process_time()
    compare(pages(old), pages(new))
    assert time.process_time() - started < 6
