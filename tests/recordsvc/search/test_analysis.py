import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recordsvc.search.analysis import analyse, query_tokens
from recordsvc.search.words import spans
from tests.recordsvc.search.made import LANGUAGES

LETTERS = st.text(
    st.one_of(
        st.sampled_from(
            "abzé'’ -.,/0139_\u00ad\u200cßœıİ ﬁ令東カ한กאَالمدرسة\u0301\n*٣½ﷺ"
        ),
        st.characters(),
    ),
    max_size=60,
)


@pytest.mark.parametrize(
    ("text", "language", "exact"),
    [
        ("Água POTÁVEL", "pt", "água potável"),
        ("l'eau d’un jusqu'à", "fr", "eau un à"),
        ("dell'acqua", "it", "acqua"),
        ("Kenya's O'Neill members' don't", "en", "kenya oneill members dont"),
        ("Lei 14.026/2020", "pt", "lei 14026 2020"),
        ("1,234,567.89 and 1.5", "en", "1234567 89 and 1 5"),
        ("E-000123/2020", "en", "e 000123 2020"),
        ("Straße", "de", "strasse"),
        ("ﬁnance", "en", "finance"),
        ("cœur", "fr", "cœur"),
        ("snake_case", "en", "snake case"),
        ("ΝΌΜΟΣ νόμος", "el", "νόμοσ νόμοσ"),
        ("A\u0301gua", "pt", "água"),
        ("govern\u00adment", "en", "government"),
        ("كـــتاب ٢٠١٩", "ar", "كتاب 2019"),
        ("ﻛﺘﺎﺏ", "ar", "كتاب"),
        ("東京都", "ja", "東京 京都"),
        ("令和2年", "ja", "令和 2 年"),
        ("Wabunge ng'ombe", "sw", "wabunge ngombe"),
        ("", "en", ""),
        (" ,.-*_ ", "en", ""),
    ],
)
def test_exact_tokens_are_folded_in_case_and_keep_their_accents(text, language, exact):
    assert analyse(text, language).exact == exact


@pytest.mark.parametrize(
    ("language", "forms"),
    [
        ("en", "regulation regulations"),
        ("pt", "resolução resoluções"),
        ("es", "resolución resoluciones"),
        ("fr", "éducation education"),
        ("de", "Häuser Haus Hauser"),
        ("el", "νόμος ΝΟΜΟΣ"),
        ("ar", "المدرسة والمدرسة مدرسة بالمدرسة المَدْرَسَة"),
        ("ar", "الإدارة إدارة الادارة والإدارات"),
        ("sw", "bunge BUNGE"),
    ],
)
def test_forms_of_one_word_have_one_stem(language, forms):
    stems = analyse(forms, language).stem.split()
    assert len(stems) == len(forms.split())
    assert len(set(stems)) == 1


@pytest.mark.parametrize(
    ("language", "written", "typed"),
    [
        ("pt", "resolução", "resolucoes"),
        ("pt", "comunicações", "comunicacoes"),
        ("pt", "responsáveis", "responsaveis"),
        ("es", "constitución", "constituciones"),
        ("es", "constitución", "constitucion"),
        ("fr", "nécessité", "necessites"),
        ("de", "Beschlüsse", "beschluss"),
        ("ar", "والقَوَانِين", "القوانين"),
        ("ar", "وزير", "الوزير"),
        ("ar", "والوزير", "وزير"),
        ("ar", "الوزارة", "وزارة"),
        ("ar", "وقالت", "قالت"),
        ("ar", "تقريرًا", "التقرير"),
        ("en", "committees", "Committee"),
        ("xx", "Água", "agua"),
    ],
)
def test_a_query_word_finds_its_relatives_whatever_its_accents(
    language, written, typed
):
    (token,) = query_tokens(typed, LANGUAGES)
    assert analyse(written, language).stem in token.stems


def test_a_query_word_has_a_stem_for_each_language_and_no_stem_twice():
    (token,) = query_tokens("resoluções", LANGUAGES)
    assert token.exact == ("resoluções",)
    assert "resolu" in token.stems
    assert "resolucoes" in token.stems
    assert len(set(token.stems)) == len(token.stems)


@given(LETTERS, st.sampled_from([*LANGUAGES, "", "el", "hi", "xx", "pt-BR"]))
def test_exact_and_stem_go_word_for_word_with_the_text(text, language):
    tokens = analyse(text, language)
    exact, stem = tokens.exact.split(" "), tokens.stem.split(" ")
    places = list(spans(text))
    if not tokens.exact:
        assert not tokens.stem
        assert not places
        return
    assert len(exact) == len(stem) == len(places)
    assert all(exact)
    assert all(stem)
    assert not any(c.isspace() for word in (*exact, *stem) for c in word)
    assert all(a < b for a, b in places)


@given(LETTERS)
def test_a_query_is_cut_as_a_paper_is(text):
    for language in ("en", "pt", "ar"):
        tokens = analyse(text, language)
        asked = query_tokens(text, (language,))
        assert " ".join(token.exact[0] for token in asked) == tokens.exact
        for token, stem in zip(asked, tokens.stem.split(), strict=True):
            assert stem in token.stems


def test_a_language_tag_with_a_region_is_its_language():
    assert analyse("resoluções", "pt-BR") == analyse("resoluções", "PT")


def test_threads_analyse_side_by_side():
    text = " ".join(f"regulations{n} committees amendments" for n in range(2000))
    expected = analyse(text, "en")
    answers = []
    threads = [
        threading.Thread(target=lambda: answers.append(analyse(text, "en")))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [expected] * 4
