"""Official numbers: schemes, normal forms, profiles."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.errors import ProfileError
from ingest.folding import plain
from ingest.identifiers import OTHER, identify, number_of, numbers_in
from ingest.legislatures import parse_profile, profile_for, profiles

EXAMPLES = [
    (profile.code, scheme, writing, normalised)
    for profile in profiles().values()
    for scheme in profile.schemes
    for writing, normalised in scheme.examples
]
CODES = sorted(profiles())


@pytest.mark.parametrize(("code", "scheme", "writing", "normalised"), EXAMPLES)
def test_every_scheme_reads_its_own_examples(code, scheme, writing, normalised):
    match = scheme.pattern.search(plain(writing))
    assert match, f"{scheme.name} does not find {writing!r}"
    assert number_of(scheme, match, {}).normalised == normalised


@pytest.mark.parametrize(("code", "scheme", "writing", "normalised"), EXAMPLES)
def test_normalising_an_example_again_changes_nothing(
    code, scheme, writing, normalised
):
    assert identify(normalised).normalised == normalised
    assert identify(normalised, jurisdiction=code).normalised == normalised


@given(st.text(max_size=60), st.sampled_from([None, *CODES]))
def test_normalising_any_text_again_changes_nothing(text, code):
    once = identify(text, jurisdiction=code)
    again = identify(once.normalised, jurisdiction=code)
    assert again.normalised == once.normalised


@given(
    st.sampled_from([e[2] for e in EXAMPLES]),
    st.sampled_from(["", " ", "(", "\u00a0", ". ", "\n", "\u2013", "ß", "İ"]),
    st.sampled_from([None, *CODES]),
)
def test_normalising_a_framed_number_again_changes_nothing(writing, frame, code):
    once = identify(frame + writing + frame, jurisdiction=code)
    assert identify(once.normalised, jurisdiction=code).normalised == once.normalised


def test_both_forms_of_a_european_question_are_one_number():
    question = identify("E-9-2022-000123")
    assert question.scheme == "eu.question_id"
    assert question.value == "E-9-2022-000123"
    for form in ("E-000123/2022", "E-000123/22", "e-000123/2022", "E\u2011000123/2022"):
        assert identify(form).normalised == question.normalised


def test_an_answer_is_another_paper_than_its_question():
    answer = identify("E-9-2022-000123-ASW")
    assert answer.normalised != identify("E-9-2022-000123").normalised
    assert answer.normalised.endswith("-asw")


@pytest.mark.parametrize(
    "form",
    ["Act, No. 24 of 1999", "ACT, NO. 24 OF 1999", "Act No. 24/1999", "act no 24/1999"],
)
def test_usual_forms_of_a_sri_lankan_act_are_one_number(form):
    assert identify(form, jurisdiction="lk").normalised == "lk.act:1999/24"


def test_a_number_that_several_jurisdictions_write_so_is_of_none_without_one():
    assert identify("Act, No. 24 of 1999").scheme == OTHER
    assert identify("Act, No. 24 of 1999", jurisdiction="za").scheme == "za.act"
    claims = {n.scheme for n in numbers_in("Act, No. 24 of 1999")}
    assert {"lk.act", "za.act", "ke.act"} <= claims


def test_an_unknown_number_is_folded_and_kept():
    found = identify("  File  Ref 12\u2013B ")
    assert (found.scheme, found.value) == (OTHER, "File Ref 12\u2013B")
    assert found.normalised == "file ref 12-b"
    assert identify("").normalised == ""


def test_a_foreign_scheme_is_not_tried():
    assert identify("6/4151", jurisdiction="de").scheme == "de.drucksache"
    assert identify("6/4151", jurisdiction="lk").scheme == OTHER
    assert identify("urn:lex:br:federal:lei:2020-07-15;14026", "lk").scheme == "br.urn"


def test_a_number_without_its_session_says_so():
    assert identify("HC 69-II", "gb").normalised == "uk.hcpaper:?/hc69-ii"
    assert identify("HC 69-II (1995-96)", "gb").normalised == (
        "uk.hcpaper:1995-96/hc69-ii"
    )


@pytest.mark.parametrize(
    ("query", "scheme", "normalised"),
    [
        ("Lei 14.026/2020", "br.lei", "br.lei:lei/14026/2020"),
        ("lei nº 14.026, de 15 de julho de 2020", "br.lei", "br.lei:lei/14026/2020"),
        ("6/4151", "de.drucksache", "de.drucksache:?/6/4151"),
        ("hochwasser 6/4151", "de.drucksache", "de.drucksache:?/6/4151"),
        ("E-000123/2020", "eu.question", "eu.question:e-000123/2020"),
        ("hl3811", "uk.uin_lords", "uk.uin_lords:?/hl3811"),
        ("planning act 2008", "uk.act", "uk.act:planning act 2008"),
        ("/akn/za/act/1996/108", "akn.iri", "/akn/za/act/1996/108"),
    ],
)
def test_a_query_may_hold_a_number_in_any_usual_form(query, scheme, normalised):
    (number,) = numbers_in(query)
    assert (number.scheme, number.normalised) == (scheme, normalised)
    assert query[number.start : number.end].strip() == number.text


@pytest.mark.parametrize(
    "query", ["12/05/2020", "budget 1/2", "and/or", "3/4 of them", "water 2020/21", ""]
)
def test_dates_and_fractions_in_a_query_are_no_numbers(query):
    assert numbers_in(query) == ()


def test_a_title_names_the_number_inside_it():
    (number,) = numbers_in("Answer for question E-000016/22")
    assert number.normalised == identify("E-9-2022-000016").normalised
    assert number.text == "E-000016/22"


def test_a_jurisdiction_is_known_by_its_other_code():
    assert profile_for("UK") is profile_for("gb")
    assert profile_for("nowhere") is None
    assert profile_for(None) is None


GOOD = """
code = "zz"
name = "Nowhere"
[[scheme]]
name = "zz.act"
pattern = 'Act (?P<n>[0-9]+)'
key = "{n:int}"
examples = [["Act 7", "zz.act:7"]]
"""


def test_a_parliament_adds_its_grammar_without_code():
    profile = parse_profile("zz.toml", GOOD)
    (scheme,) = profile.schemes
    number = number_of(scheme, scheme.pattern.search("see Act 007."), {})
    assert (number.text, number.normalised) == ("Act 007", "zz.act:7")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('code = "zz"', 'code = "Z Z"', "code"),
        ('name = "Nowhere"', "", "name must be a text"),
        ("(?P<n>[0-9]+)", "(?P<n>[0-9]+", "pattern is no pattern"),
        ("{n:int}", "{m:int}", "names m"),
        ("{n:int}", "{n:nofilter}", "no filter nofilter"),
        ('"zz.act"', '"Zz act"', "named like"),
        ('examples = [["Act 7", "zz.act:7"]]', "", "examples"),
        ("[[scheme]]", "[[schemes]]", "schemes is not known"),
        ('code = "zz"', "code = ", "TOML"),
        ("examples", 'weak = "yes"\nexamples', "weak must be true or false"),
    ],
)
def test_a_faulty_profile_is_refused_with_its_place(old, new, said):
    assert old in GOOD
    with pytest.raises(ProfileError, match=re.escape(said)) as caught:
        parse_profile("zz.toml", GOOD.replace(old, new, 1))
    assert caught.value.profile == "zz.toml"


RULE = """
[[rule]]
name = "r"
field = "title"
pattern = 'x'
value = "y"
"""


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"title"', '"colour"', "field may be"),
        ('value = "y"', "", "needs a value or a scheme"),
        ('value = "y"', 'scheme = "zz.bill"', "no scheme zz.bill"),
        ('value = "y"', 'value = "y"\nhow = "guessed"', "how may be"),
        ('value = "y"', 'value = "y"\nconfidence = 2', "confidence"),
        ('value = "y"', 'value = "y"\npages = 0', "pages must be"),
        ('value = "y"', 'value = "y"\nsurprise = 1', "surprise is not known"),
    ],
)
def test_a_faulty_rule_is_refused_with_its_place(old, new, said):
    with pytest.raises(ProfileError, match=re.escape(said)):
        parse_profile("zz.toml", GOOD + RULE.replace(old, new, 1))


def test_sessions_must_have_days_in_order():
    sitting = "[[sitting]]\nname = '1'\nfirst = 2020-01-02\nlast = 2020-01-01\n"
    with pytest.raises(ProfileError, match="in that order"):
        parse_profile("zz.toml", GOOD + sitting)
