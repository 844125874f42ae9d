import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recordsvc.search.analysis import analyse
from recordsvc.search.query import parse
from recordsvc.search.snippets import PageTokens, snippets
from tests.recordsvc.search.made import LANGUAGES


def page(number, text, language="en"):
    tokens = analyse(text, language)
    return PageTokens(number=number, text=text, exact=tokens.exact, stem=tokens.stem)


def cut(pages, query, **options):
    return snippets(pages, parse(query), languages=LANGUAGES, **options)


def marked(snippet):
    return [snippet.text[a:b] for a, b in snippet.marks]


FILLER = "Lorem ipsum dolor sit amet, consectetur adipiscing elit. " * 12


def test_the_page_of_the_match_is_told_and_the_words_are_marked():
    pages = [page(1, FILLER), page(2, FILLER + "The regulations on water." + FILLER)]
    (found,) = cut(pages, "water regulation")
    assert found.page == 2
    assert marked(found) == ["regulations", "water"]
    assert 150 <= len(found.text) <= 260


def test_pages_with_more_of_the_words_come_first():
    pages = [
        page(1, "water " + FILLER),
        page(2, FILLER),
        page(3, "tax on water " + FILLER),
        page(4, "tax " + FILLER),
    ]
    assert [s.page for s in cut(pages, "water tax")] == [3, 1, 4]
    assert [s.page for s in cut(pages, "water tax", limit=1)] == [3]


def test_a_phrase_is_marked_whole_and_its_words_alone_are_not():
    text = "The minister. The prime  minister\nof the state. Prime numbers."
    (found,) = cut([page(1, text)], '"prime minister"')
    assert marked(found) == ["prime minister"]
    assert found.text == "The minister. The prime minister of the state. Prime numbers."


def test_words_near_each_other_are_marked_with_what_is_between():
    (found,) = cut([page(1, "the tax on all water is due")], '"tax water"~2')
    assert marked(found) == ["tax on all water"]
    (found,) = cut([page(1, "the tax on all water is due")], '"tax water"~1')
    assert found.marks == ()


@pytest.mark.parametrize(
    ("text", "language", "query", "marks"),
    [
        ("A água potável e as aguas", "pt", "agua", ["água", "aguas"]),
        ("Les résolutions de l'assemblée", "fr", "résolution assemblée", None),
        ("قانون المدرسة والمدارس في الإدَارَة", "ar", "مدرسة ادارة", None),
        ("Le cœur de l\u2019État", "fr", "coeur", ["cœur"]),
        ("東京都議会の令和2年", "ja", "都議", ["都議"]),
        ("Lei 14.026/2020 trata", "pt", "14026/2020", ["14.026/2020"]),
        ("education, Educated; rest", "en", "educ*", ["education", "Educated"]),
        ("see E-000123/2020 there", "en", '"E-000123/2020"', ["E-000123/2020"]),
    ],
)
def test_marks_stand_on_the_words_in_every_script(text, language, query, marks):
    (found,) = cut([page(1, text, language)], query)
    if marks is None:
        assert len(found.marks) == 2
        assert all(found.text[a:b].strip() == found.text[a:b] for a, b in found.marks)
    else:
        assert marked(found) == marks


def test_excluded_and_title_words_are_not_marked():
    (found,) = cut([page(1, "water tax law")], "water -tax title:law type:bill")
    assert marked(found) == ["water"]


def test_a_hit_by_title_or_value_shows_the_first_lines_without_marks():
    pages = [page(1, " \n"), page(2, "\n  First   lines.\n" + FILLER)]
    for query in ("", "type:bill", "title:water", "absent", "-water"):
        (found,) = cut(pages, query)
        assert found.page == 2
        assert found.text.startswith("First lines. Lorem")
        assert found.marks == ()
        assert len(found.text) <= 200


def test_a_paper_without_text_has_no_snippet():
    assert cut([], "water") == ()
    assert cut([page(1, "")], "water") == ()


def test_a_word_is_cut_at_its_ends_only():
    text = " ".join(f"word{n}" for n in range(400))
    (found,) = cut([page(1, text)], "word200")
    assert marked(found) == ["word200"]
    words = found.text.split()
    assert set(words) <= set(text.split())


def test_the_densest_lines_of_a_page_are_shown():
    text = "water " + FILLER + " a tax on water " + FILLER
    (found,) = cut([page(1, text)], "water tax")
    assert marked(found) == ["tax", "water"]


def test_one_long_page_is_cut_where_the_word_is():
    text = FILLER * 300 + " the needle in it " + FILLER * 500
    one = page(1, text)
    (found,) = cut([one], "needle")
    assert marked(found) == ["needle"]
    assert found.text in " ".join(text.split())


def test_a_thousand_pages_take_milliseconds():
    pages = [page(n, f"{FILLER} number{n} " * 3) for n in range(1, 1001)]
    cut(pages[:1], "needle")
    started = time.perf_counter()
    (found,) = cut(pages, "number777 ipsum", limit=1)
    assert found.page == 777
    assert time.perf_counter() - started < 2.0


words = st.sampled_from(
    [
        "water",
        "Waters",
        "l'eau",
        "água",
        "\n",
        "  ",
        "المدرسة",
        "東京都",
        "x" * 50,
        "14.026",
    ]
)


@given(
    st.lists(st.lists(words, max_size=80).map(" ".join), max_size=4),
    st.sampled_from(
        ["water", '"water água"~4', "eau OR agua", "東京", "xxx*", "مدرسة"]
    ),
)
def test_marks_are_in_order_apart_and_inside_the_text(texts, query):
    pages = [page(n, text) for n, text in enumerate(texts, 1)]
    for found in cut(pages, query):
        last = -1
        for start, end in found.marks:
            assert last <= start < end <= len(found.text)
            last = end
        source = " ".join(texts[found.page - 1].split())
        assert found.text in source
        assert found.text == found.text.strip()


@given(st.text(max_size=300), st.text(min_size=1, max_size=3))
def test_any_text_can_be_cut(text, letters):
    quoted = '"' + letters.replace('"', "") + 'a"'
    for found in cut([page(1, text)], quoted):
        assert found.text
