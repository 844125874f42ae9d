"""What two papers are to one another, by text, number, day, print and language."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.describe import describe
from ingest.editions import newer_edition, work_and_edition
from ingest.errors import ProfileError
from ingest.extraction import EmbeddedValue, Extraction, PageText
from ingest.identifiers import identify
from ingest.legislatures import parse_profile
from ingest.likeness import Likeness, Traits, judge, traits_of
from ingest.signatures import signature_of, text_digest

WORDS = [f"word{n}" for n in range(500)]
TEXT = " ".join(random.Random(1).choices(WORDS, k=800))
OTHER = " ".join(random.Random(2).choices(WORDS, k=800))


def edited(share):
    rnd = random.Random(3)
    return " ".join(
        rnd.choice(WORDS) if rnd.random() < share else word for word in TEXT.split()
    )


def traits(text=TEXT, **facts):
    numbers = facts.pop("numbers", ())
    return Traits(
        text=text_digest(text),
        signature=signature_of(text),
        numbers=frozenset(numbers),
        **{"mime": "application/pdf", "type": "bill", "language": "en", **facts},
    )


BILL = traits(numbers=["xt.bill:12/31"], date="2024-03-14", title="Water Bill")


def test_equal_bytes_are_the_same_whatever_else_is_said():
    verdict = judge(Traits(sha256="ab"), Traits(sha256="ab", date="2020-01-01"))
    assert verdict.likeness is Likeness.SAME_BYTES
    assert verdict.jaccard is None


def test_equal_text_in_one_format_is_the_same_and_in_another_a_format():
    assert judge(BILL, traits(TEXT.upper())).likeness is Likeness.SAME_TEXT
    docx = traits(mime="application/docx")
    assert judge(BILL, docx).likeness is Likeness.FORMAT


def test_a_copy_with_few_words_changed_is_near_same():
    copy = traits(edited(0.02), numbers=BILL.numbers, date=BILL.date)
    verdict = judge(BILL, copy)
    assert verdict.likeness is Likeness.NEAR_SAME
    assert verdict.jaccard > 0.8
    assert verdict.reasons == ("same-number", "near-same-text")
    unnumbered = judge(traits(), traits(edited(0.02)))
    assert unnumbered.likeness is Likeness.NEAR_SAME


@pytest.mark.parametrize("share", [0.02, 0.2, 0.4])
def test_the_same_number_of_a_later_day_is_a_new_version(share):
    later = traits(edited(share), numbers=BILL.numbers, date="2024-06-06")
    verdict = judge(BILL, later)
    assert verdict.likeness is Likeness.VERSION
    assert verdict.newer == "right"
    assert verdict.reasons == ("same-number", "different-date")
    assert judge(later, BILL).newer == "left"


def test_another_letter_in_the_number_is_a_new_print():
    first = traits(numbers=["za.bill:b12-2019"])
    second = traits(edited(0.1), numbers=["za.bill:b12b-2019"])
    verdict = judge(first, second)
    assert verdict.likeness is Likeness.VERSION
    assert verdict.newer == "right"
    assert verdict.reasons == ("same-number", "different-edition")


def test_what_the_paper_says_of_its_print_makes_it_a_version():
    first = traits(numbers=BILL.numbers, edition="1")
    second = traits(edited(0.1), numbers=BILL.numbers, edition="2")
    assert judge(first, second).newer == "right"
    words = traits(edited(0.1), numbers=BILL.numbers, edition="as amended")
    assert judge(first, words).likeness is Likeness.VERSION
    assert judge(first, words).newer is None


def test_another_number_makes_papers_alike_and_no_more():
    other = traits(edited(0.01), numbers=["xt.bill:12/32"], date=BILL.date)
    verdict = judge(BILL, other)
    assert verdict.likeness is Likeness.SIMILAR
    assert verdict.reasons == ("different-number",)
    assert verdict.newer is None


def test_a_number_with_an_unknown_part_proves_nothing():
    one = traits(numbers=["za.question:?/nw1e"])
    other = traits(edited(0.02), numbers=["za.question:?/nw2e"])
    assert judge(one, other).likeness is Likeness.NEAR_SAME


def test_an_answer_is_no_version_of_its_question():
    question = traits(numbers=["eu.question:e-1/2022"], type="question")
    answer = traits(OTHER, numbers=["eu.question:e-1/2022"], type="answer")
    assert judge(question, answer).likeness is Likeness.DIFFERENT


def test_one_number_in_another_language_is_a_language_version():
    french = traits(OTHER, numbers=BILL.numbers, language="fr", date="2024-03-15")
    verdict = judge(BILL, french)
    assert verdict.likeness is Likeness.LANGUAGE
    assert verdict.reasons == ("same-number", "different-language")
    regional = traits(edited(0.02), numbers=BILL.numbers, language="en-GB")
    assert judge(BILL, regional).likeness is not Likeness.LANGUAGE


def test_a_wrongly_told_language_makes_no_language_version():
    copy = traits(edited(0.02), numbers=BILL.numbers, language="fr", date=BILL.date)
    assert judge(BILL, copy).likeness is Likeness.NEAR_SAME


def test_papers_of_a_sitting_of_another_day_are_other_papers():
    one = traits(type="order-paper", title="Order Paper", date="2024-04-18")
    other = traits(
        edited(0.02), type="order-paper", title="Order Paper", date="2024-04-19"
    )
    verdict = judge(one, other)
    assert verdict.likeness is Likeness.SIMILAR
    assert verdict.reasons == ("different-date",)


def test_without_numbers_title_and_day_tell_a_version():
    one = traits(type="report", title="Annual report", date="2023-01-01")
    new = traits(edited(0.02), type="report", title="ANNUAL REPORT", date="2024-01-01")
    assert judge(one, new).likeness is Likeness.VERSION
    renamed = traits(
        edited(0.02), type="report", title="Other report", date="2024-01-01"
    )
    assert judge(one, renamed).likeness is Likeness.SIMILAR


def test_near_same_text_of_another_kind_or_language_is_only_alike():
    assert judge(traits(), traits(edited(0.01), type="act")).reasons == (
        "different-type",
    )
    assert judge(traits(), traits(edited(0.01), language="de")).reasons == (
        "different-language",
    )


def test_papers_without_text_are_judged_by_their_numbers():
    scan = Traits(numbers=BILL.numbers, type="bill", date=BILL.date)
    assert judge(scan, BILL).likeness is Likeness.SIMILAR
    later = Traits(numbers=BILL.numbers, type="bill", date="2025-01-01")
    assert judge(scan, later).likeness is Likeness.VERSION
    assert judge(Traits(), Traits()).likeness is Likeness.DIFFERENT


def test_one_number_and_other_words_are_alike_only():
    other = traits(OTHER, numbers=BILL.numbers, date=BILL.date)
    assert judge(BILL, other).likeness is Likeness.SIMILAR
    half = traits(edited(0.2), numbers=BILL.numbers, date=BILL.date)
    assert judge(BILL, half).reasons == ("same-number", "different-text")


FACTS = st.fixed_dictionaries(
    {
        "type": st.sampled_from(["bill", "order-paper", None]),
        "date": st.sampled_from(["2024-01-01", "2024-01-02", None]),
        "language": st.sampled_from(["en", "fr", None]),
        "mime": st.sampled_from(["a/b", "c/d"]),
        "title": st.sampled_from(["", "T"]),
        "edition": st.sampled_from([None, "1", "2", "as read"]),
        "numbers": st.sampled_from(
            [(), ("za.bill:b1-2019",), ("za.bill:b1a-2019",), ("xt.act:2009/1",)]
        ),
        "text": st.sampled_from([TEXT, OTHER, "few words", edited(0.02)]),
    }
)
TURNED = {"left": "right", "right": "left", None: None}


@given(FACTS, FACTS)
def test_the_order_of_two_papers_changes_only_which_is_newer(one, other):
    left, right = traits(**one), traits(**other)
    there, back = judge(left, right), judge(right, left)
    assert there.likeness is back.likeness
    assert there.newer == TURNED[back.newer]
    assert there.reasons == back.reasons
    assert there.left_in_right == back.right_in_left


def bill_text(print_, day):
    head = f"ASSEMBLY OF TESSARA\nBL 12/031\nWater Bill\n{print_} on {day}\n"
    return head + "A BILL to protect the springs.\n" + TEXT


def test_two_prints_of_a_bill_are_versions_by_what_they_say():
    papers = []
    for said, day in (
        ("As introduced", "14 March 2024"),
        ("As amended by the Environment Committee", "6 June 2024"),
    ):
        extraction = Extraction(
            mime="application/pdf",
            pages=(PageText(number=1, text=bill_text(said, day)),),
            language="en",
            language_confidence=0.9,
        )
        papers.append(traits_of(extraction, describe(extraction), sha256=said))
    assert papers[0].edition == "as introduced"
    assert papers[1].edition == "as amended by the environment committee"
    verdict = judge(*papers)
    assert verdict.likeness is Likeness.VERSION
    assert verdict.newer == "right"
    assert "different-edition" in verdict.reasons


@pytest.mark.parametrize(
    ("head", "edition"),
    [
        ("Report on dues\nSecond thoughts\n3rd print", "3"),
        ("PE703.790v02-00\nDraft report", "2"),
        ("Guide to dues\nVersion 4", "4"),
        ("Rapport\nrévision n° 2", "2"),
        ("CORRIGENDUM\nto the report on dues", "corrigendum"),
        ("A report of 12 editions of nothing", None),
        ("Version 2.1/2020 of the programme", None),
    ],
)
def test_a_print_is_read_at_the_head_of_a_paper(head, edition):
    extraction = Extraction(
        mime="application/pdf", pages=(PageText(number=1, text=head),)
    )
    values = {v.field: v.value for v in describe(extraction).values}
    assert values.get("edition") == edition


def test_the_expression_of_akoma_ntoso_is_its_print():
    extraction = Extraction(
        mime="application/akn+xml",
        embedded=(
            EmbeddedValue(
                field="frbr:expression",
                value="/za/bill/2003-09-04/76/eng@20051231",
                source="akn:FRBRExpression",
            ),
        ),
    )
    assert traits_of(extraction, describe(extraction)).edition == "2005-12-31"


@pytest.mark.parametrize(
    ("typed", "work", "edition"),
    [
        ("B 12B-2019", "za.bill:b12-2019", "b"),
        ("B 12-2019", "za.bill:b12-2019", ""),
        ("/akn/ke/act/1989/16/eng@2012-01-01", "/akn/ke/act/1989/16", "2012-01-01"),
        ("/akn/ke/act/1989/16/main", "/akn/ke/act/1989/16", ""),
        ("/akn/ke/act/1989/16", "/akn/ke/act/1989/16", ""),
        ("no number", "no number", ""),
    ],
)
def test_the_print_is_told_from_the_number(typed, work, edition):
    assert work_and_edition(identify(typed).normalised) == (work, edition)


@pytest.mark.parametrize(
    ("left", "right", "newer"),
    [
        ("2", "10", "right"),
        ("", "a", "right"),
        ("2012-01-01", "2011-12-31", "left"),
        ("b", "2", None),
        ("as read", "as passed", None),
        ("3", "3", None),
    ],
)
def test_prints_with_an_order_tell_the_newer(left, right, newer):
    assert newer_edition(left, right) == newer


def test_an_edition_without_its_group_is_refused():
    text = (
        'code = "zz"\nname = "Z"\n[[scheme]]\nname = "zz.act"\npattern = "(?P<n>a)"\n'
        'key = "{n}"\nexamples = [["a", "zz.act:a"]]\nedition = "x"\n'
    )
    with pytest.raises(ProfileError, match="one named group, e"):
        parse_profile("zz.toml", text)
