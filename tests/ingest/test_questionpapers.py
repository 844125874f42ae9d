"""Question papers: cut into questions by the layout that a profile states."""

import re
import time
import tomllib

import pytest

from ingest.entries import Entry
from ingest.errors import ProfileError
from ingest.extraction import PageText
from ingest.legislatures import parse_profile, profiles
from ingest.questionlayouts import layout_of
from ingest.questionpapers import questions_by, questions_in

FIRST = """Friday, 9 October 2009
INTERNAL QUESTION PAPER: NATIONAL ASSEMBLY NO 20 - 2009
533
QUESTIONS FOR WRITTEN REPLY
FRIDAY, 9 OCTOBER 2009
1474. Ms A Example-Name (DA) to ask the Minister of Public Works:
(1) What amount was spent on the house and its
"""
SECOND = """Friday, 9 October 2009
INTERNAL QUESTION PAPER: NATIONAL ASSEMBLY NO 20 - 2009
534
garden; (2) whether trees were cut down? NW1685E
◙1479. Dr C P Example (FF Plus) to ask the Minister in the Presidency: National Planning
Commission:† [Interdepartmental transfer on 8 October 2009]
Whether he will answer question NW1685E of last week; if not,
why not? NW1840E
1480. Mrs B Example (DA) (p 445)—Labour.
FRIDAY, 16 OCTOBER 2009
12. The Leader of the Opposition (DA to ask the President of the Republic:
Whether he will come? NO77E
"""


def pages(*texts):
    return [PageText(number=n, text=text) for n, text in enumerate(texts, 1)]


def test_a_question_is_read_with_all_that_the_paper_prints_of_it():
    first, second, third = questions_in(
        pages(FIRST, SECOND), "za", kind="question-paper", date="2009-10-09"
    )
    assert (first.number, first.asker, first.party) == ("1474", "A Example-Name", "DA")
    assert first.addressee == "Minister of Public Works"
    assert (first.kind, first.date) == ("written", "2009-10-09")
    assert first.reference == "NW1685E"
    assert first.identifier.normalised == "za.question:2009/nw1685e"
    assert first.marks == ()
    assert (
        second.addressee == "Minister in the Presidency: National Planning Commission"
    )
    assert second.marks == ("overdue", "translated")
    assert second.text.startswith("Whether he will answer question NW1685E of last")
    assert (third.kind, third.date) == ("oral", "2009-10-16")
    assert third.asker == "Leader of the Opposition"
    assert third.rule == "za:internal-question-paper"


def test_a_question_goes_on_over_the_page_without_its_head_and_number():
    question = questions_in(pages(FIRST, SECOND), "za")[0]
    assert question.text == (
        "(1) What amount was spent on the house and its garden; "
        "(2) whether trees were cut down?"
    )
    assert (question.page, question.last_page) == (1, 2)
    assert FIRST[question.start :].startswith("1474. Ms")


def test_papers_of_other_kinds_and_houses_without_a_layout_list_none():
    assert questions_in(pages(FIRST, SECOND), "za", kind="hansard") == ()
    assert questions_in(pages(FIRST, SECOND), "lk") == ()
    assert questions_in(pages(FIRST, SECOND), None) == ()
    assert questions_in([], "za") == ()


def test_the_order_paper_of_the_sample_parliament_lists_its_oral_questions():
    text = """OP 12/045
Business of the day
-------------------
1. Coastal Fisheries Bill, BL 12/036: first reading. The Minister of
Fisheries.
Oral questions
--------------
1. Yves Kerambrun to ask the Minister of Transport about the second vessel
for Île-Haute.
2. Salma al-Rihani to ask the Minister of Health when the health centre on
Jazirat al-Safa will reopen.
Notices
-------
3. Nobody to ask the Minister of Health what is after the notices.
"""
    first, second = questions_in(pages(text), "xt", kind="order-paper")
    assert (first.number, first.kind) == ("1", "oral")
    assert first.addressee == "Minister of Transport"
    assert first.text == "about the second vessel for Île-Haute."
    assert second.asker == "Salma al-Rihani"


ELSEWHERE = """
code = "zz"
name = "Elsewhere"
[[scheme]]
name = "zz.question"
pattern = '\\((?P<n>\\d{5,6})\\)'
key = "{n}"
examples = [["(123456)", "zz.question:123456"]]
[[questionpaper]]
name = "written"
scheme = "zz.question"
begin = '''(?mx)^(?P<number>\\d{1,4})[ ](?P<asker>[A-Z][^(\\n]{3,60})
[ ]\\((?P<party>[^)\\n]{2,60})\\):[ ]To[ ]ask[ ]the[ ](?P<addressee>[^,\\n]{5,120}),'''
end = '(?P<reference>\\(\\d{5,6}\\))(?=\\n|$)'
"""


def test_another_house_is_a_profile_and_no_code():
    profile = parse_profile("zz.toml", ELSEWHERE)
    text = (
        "1 Jane Sample (Harbour East): To ask the Secretary of State for Transport, "
        "what steps\nshe is taking. (123456)\n"
        "2 Karim Other (Hills): To ask the Chancellor, whether. (123457)\n"
    )
    (layout,) = profile.questionpapers
    (scheme,) = profile.schemes
    first, second = questions_by(layout, pages(text), scheme=scheme, date="2024-01-02")
    assert first.party == "Harbour East"
    assert first.text == "what steps she is taking."
    assert first.identifier.normalised == "zz.question:123456"
    assert (second.kind, second.date) == (None, "2024-01-02")


def test_a_reference_without_a_part_it_needs_is_no_official_number():
    text = ELSEWHERE.replace('key = "{n}"', 'key = "{session}/{n}"')
    profile = parse_profile("zz.toml", text)
    line = "1 Jane Sample (Hills): To ask the Minister of Roads, whether. (123456)"
    found = [
        questions_by(
            profile.questionpapers[0],
            pages(line),
            scheme=profile.schemes[0],
            facts={"session": session},
        )[0]
        for session in (None, "2")
    ]
    assert found[0].reference == "(123456)"
    assert found[0].identifier is None
    assert found[1].identifier.normalised == "zz.question:2/123456"


LAYOUT = """
name = "l"
begin = '(?P<number>\\d)\\.'
headings = [["ORAL", "oral"]]
kinds = { W = "written" }
marks = { "†" = "translated" }
"""


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("<number>", "<digits>", "unknown groups"),
        ("(?P<number>\\d)", "\\d", "needs a group number"),
        ('"oral"', '"loud"', "kind may be"),
        ('["ORAL", "oral"]', '["ORAL"]', "pairs of a heading"),
        ('"ORAL"', '"(ORAL"', "no pattern"),
        ('W = "written"', "W = 1", "each sign a word"),
        ('name = "l"', 'name = "l"\nscheme = "zz.none"', "no scheme zz.none"),
        ('name = "l"', "name = \"l\"\nday = 'x'", "day needs a group date"),
        ('name = "l"', 'name = "l"\nsurprise = 1', "surprise is not known"),
    ],
)
def test_a_faulty_layout_is_refused_with_its_place(old, new, said):
    table = tomllib.loads(LAYOUT.replace(old, new, 1))
    with pytest.raises(ProfileError, match=re.escape(said)):
        layout_of(Entry("zz.toml", "questionpaper l", table), "zz", set())


@pytest.mark.parametrize(
    "line",
    [
        "1. Mr A (DA) to ask the Minister of A: ",
        "1. Mr A B (",
        "1. Mr " + "A " * 60,
        "1. Mr A (DA) to ask the Minister of " + "A " * 80,
        "1. Mr A (DA) to ask the Minister in the Presidency: " + "A " * 70,
        "NW1E ",
        "((((((((",
    ],
)
def test_hostile_papers_take_no_more_than_their_length(line):
    text = (line + "\n") * (400_000 // len(line))
    started = time.process_time()
    for code in profiles():
        assert len(questions_in(pages(text), code)) <= 5_000
    assert time.process_time() - started < 4
