"""The search page: hits, facets, marks, errors with their column."""

import re
from urllib.parse import urlencode

import pytest

from .conftest import XSS


def search(client, *pairs, status=200):
    return client.get(f"/search?{urlencode(pairs)}", status=status)


def test_a_word_finds_its_paper_and_leads_to_the_page_with_its_marks(anyone):
    page = search(anyone, ("q", "aquifer"))
    assert "1 paper" in page
    assert "<mark>aquifer</mark>" in page
    viewer = page.click(href=r"/pages/2\?q=aquifer", index=0)
    assert "<mark>aquifer</mark>" in viewer
    assert "Page 2 of 2" in viewer


def test_facets_narrow_and_can_be_taken_away(anyone):
    page = search(anyone, ("q", "water OR harbour"))
    assert "2 papers" in page
    narrowed = page.click(href=r"q=water.*type=report")
    assert "1 paper" in narrowed
    assert "Harbour" not in narrowed
    assert 'aria-current="true"' in narrowed
    again = narrowed.click(href=r"^/search\?q=water", description="take away")
    assert "2 papers" in again


def test_years_narrow_and_keep_the_other_filters(anyone):
    page = search(anyone, ("q", ""), ("language", "en"))
    address = re.search(r'href="([^"]*year=2021[^"]*)"', page.text)
    assert address is not None
    narrowed = anyone.get(address[1].replace("&amp;", "&"))
    assert "language=en" in address[1]
    assert "1 paper" in narrowed


def test_the_empty_query_shows_everything_open(anyone):
    assert "4 papers" in search(anyone)


@pytest.mark.parametrize(
    ("query", "column"), [("water (", 7), ("colour:red", 1), ("wa AND", 4)]
)
@pytest.mark.parametrize("facets", [(), (("type", "report"),)])
def test_a_query_that_cannot_be_read_shows_its_column(anyone, query, column, facets):
    page = search(anyone, ("q", query), *facets, status=400)
    assert f"(column {column})" in page
    assert "^" in page.text


def test_a_query_cannot_break_out_of_its_filter(anyone):
    page = search(anyone, ("q", "harbour) OR (water"), ("type", "report"), status=400)
    assert "column" in page


def test_a_facet_value_cannot_carry_query_words(anyone):
    page = search(anyone, ("q", "water"), ("type", 'x" OR "report'))
    assert "No paper matches" in page


def test_a_cursor_of_nowhere_is_refused(anyone):
    search(anyone, ("q", "water"), ("cursor", "AAAA"), status=400)


def test_an_unknown_sort_is_relevance(anyone):
    assert "2 papers" in search(anyone, ("q", "water OR harbour"), ("sort", "x"))


def test_nothing_found_says_what_to_do(anyone):
    page = search(anyone, ("q", "xylophone"))
    assert "No paper matches" in page
    assert "Try fewer words" in page


@pytest.mark.parametrize(
    "path",
    [
        "/search?q=lighthouses",
        "/",
        f"/search?q={XSS}",
        f"/search?q=lighthouses&type={XSS}",
        f"/search?sort={XSS}&cursor={XSS}",
        f"/login?next=/{XSS}",
        f"/questions?only={XSS}",
        f"/retention?on={XSS}",
        f"/ref/x/{XSS}",
        f"/records/{XSS}",
        f"/{XSS}",
    ],
)
def test_markup_in_papers_and_addresses_stays_text(library, path):
    page = library.client("officer").get(path, expect_errors=True)
    assert XSS not in page.text
    assert "<b>bold</b>" not in page.text


def test_markup_in_a_paper_stays_text_on_its_own_pages(library):
    client = library.client("officer")
    odd = library.ids["odd.txt"]
    for path in ("", "/edit", "/pages/1?q=lighthouses"):
        page = client.get(f"/records/{odd}{path}")
        assert XSS not in page.text
        assert "<b>bold</b>" not in page.text
        assert "&lt;script&gt;" in page.text


def test_an_arabic_paper_keeps_its_direction_on_an_english_page(library, anyone):
    page = search(anyone, ("q", "مياه"))
    assert 'lang="ar" dir="rtl"' in page
    assert '<html lang="en" dir="ltr">' in page


def test_the_anonymous_answer_is_the_same_with_and_without_closed_papers(
    library, open_library
):
    """What is closed shows in no hit, count, facet or suggestion."""

    def bare(page):
        text = re.sub(r"[0-9a-f]{32,64}", "ID", page.text)
        return re.sub(r"in \d+ ms", "", text)

    for query in (
        "",
        "water",
        "zeppelin",
        "quarrymaster",
        "quarrymastar",
        "type:secret",
    ):
        here = search(library.client(), ("q", query), ("sort", "title"))
        there = search(open_library.client(), ("q", query), ("sort", "title"))
        assert bare(here) == bare(there), query
        path = "/api/v1/search?" + urlencode(
            [*([("q", query)] if query else ()), ("facet", "type"), ("sort", "title")]
        )
        mine = library.client().get(path).json
        other = open_library.client().get(path).json
        for answer in (mine, other):
            for hit in answer["hits"]:
                hit.pop("id"), hit.pop("url")
        assert mine == other, query


def test_staff_find_what_they_may_read(library):
    assert "Zeppelin minutes" in search(library.client("researcher"), ("q", "zeppelin"))
    page = search(library.client("researcher"), ("q", "quarrymaster"))
    assert "No paper matches" in page
    page = search(library.client("officer"), ("q", "quarrymaster"))
    assert "Quarrymaster testimony" in page
