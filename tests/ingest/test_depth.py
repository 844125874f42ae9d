"""What is found beside title, day and number: parties, subjects, occasions, spans."""

from ingest.describe import describe
from ingest.extraction import EmbeddedValue, Extraction, PageText, TextKind

QUESTION = """ASSEMBLY OF TESSARA
Question for written answer WQ 12/1042

  Chloride in the wells of the eastern aquifer
Tabled on 5 February 2024
by Garrick Penhollow (Eastmoor) to the Minister of the Environment
Residents of Eastmoor report that their water tastes of salt.
"""
REPLY = """NATIONAL ASSEMBLY
FOR WRITTEN REPLY
QUESTION 98
DATE OF PUBLICATION: 12 FEBRUARY 2015
98. Mr D J Stubbe (DA) to ask the Minister of Police:
With reference to his reply to question 1817 on 20 October?
NW100E
REPLY:
There are 51 vehicles.
"""


def paper(*texts, mime="application/pdf", embedded=(), language="en"):
    return Extraction(
        mime=mime,
        pages=tuple(PageText(number=i, text=t) for i, t in enumerate(texts, 1)),
        page_count=len(texts),
        text=TextKind.FULL,
        language=language,
        language_confidence=0.9,
        embedded=tuple(
            EmbeddedValue(field=f, value=v, source=s) for f, v, s in embedded
        ),
    )


def statements(found, field):
    return [v for v in found.values if v.field == field]


def test_a_question_tells_who_asks_whom_and_when_it_was_tabled():
    found = describe(paper(QUESTION))
    assert found.authors == ("Garrick Penhollow",)
    assert found.addressees == ("Minister of the Environment",)
    assert dict(found.dates) == {"tabled": "2024-02-05"}
    (tabled,) = statements(found, "date.tabled")
    assert (tabled.how, tabled.page) == ("extracted", 1)


def test_the_span_of_a_value_is_where_it_stands_in_the_text_of_its_page():
    found = describe(paper(QUESTION))
    (author,) = statements(found, "author")
    assert QUESTION[author.start : author.end].startswith("Garrick Penhollow")
    (day,) = statements(found, "date.tabled")
    assert "5 February 2024" in QUESTION[day.start : day.end]


def test_a_reply_names_the_member_without_title_and_party():
    found = describe(paper(REPLY))
    assert found.type == "answer"
    assert found.authors == ("D J Stubbe",)
    assert found.addressees == ("Minister of Police",)


def test_a_number_completed_from_the_rest_of_the_paper_is_marked_as_inferred():
    found = describe(paper(REPLY))
    number = next(i for i in found.identifiers if i.scheme == "za.question")
    assert number.normalised == "za.question:2015/nw100e"
    (value,) = [v for v in statements(found, "identifier") if v.value == number.value]
    assert value.how == "inferred"


def test_a_letter_stays_a_letter_whatever_hangs_on_it():
    letter = paper(
        "From: A\nTo: B\nSubject: Annual report\n\nDear Clerk,\nplease find the Report "
        "of the Committee.\nAttachment: report.pdf",
        mime="message/rfc822",
        embedded=[
            ("title", "Annual report", "eml:header"),
            ("author", '"Lo, Ana" <ana@example.org>', "eml:header"),
            ("recipient", "Clerk <c@example.org>, d@example.org", "eml:header"),
        ],
    )
    found = describe(letter)
    assert found.type == "letter"
    assert found.authors == ("Lo, Ana",)
    assert found.addressees == ("Clerk", "d@example.org")


def test_who_typed_a_pdf_is_not_its_author():
    found = describe(paper("A paper", embedded=[("author", "typist7", "pdf:info")]))
    assert found.authors == ()


def test_the_keywords_of_a_file_are_subjects_and_those_of_a_site_are_not():
    of_file = [("keywords", "Water; Budget, water", "pdf:info")]
    assert describe(paper("x", embedded=of_file)).subjects == ("Water", "Budget")
    of_site = [("keywords", "Parliament, plenary", "html:meta")]
    page = paper("x", mime="text/html", embedded=of_site)
    assert describe(page).subjects == ()


def test_the_legislature_is_read_in_several_languages():
    heads = {
        "en": "NATIONAL ASSEMBLY\nFourth Parliament, First Session",
        "de": "Deutscher Bundestag\n20. Wahlperiode",
        "fr": "ASSEMBLÉE NATIONALE\nXVIe législature",
        "es": "CONGRESO\nXIV legislatura",
    }
    found = {k: describe(paper(t, language=k)).legislature for k, t in heads.items()}
    assert found == {
        "en": "Fourth Parliament",
        "de": "20. Wahlperiode",
        "fr": "XVIe législature",
        "es": "XIV legislatura",
    }


def test_days_by_kind_are_read_by_the_words_before_them():
    act = "AN ACT\nAssented to 3 March 2020\nPublished: 10 March 2020\n"
    found = describe(paper(act), hints={"type": "act"})
    assert dict(found.dates) == {"assented": "2020-03-03", "published": "2020-03-10"}


def test_a_session_that_only_the_day_tells_is_inferred():
    found = describe(
        paper("HOUSE OF COMMONS\nOfficial Report\nTuesday 10 June 2014\nWater"),
        hints={"jurisdiction": "gb"},
    )
    (session,) = statements(found, "session")
    assert (found.session, session.how) == ("2014-15", "inferred")


def test_a_record_that_states_a_year_keeps_it_as_such():
    record = paper(
        "x",
        mime="application/json",
        embedded=[
            ("title", "A thing of old", "json:title"),
            ("date", "198X", "json:date"),
        ],
    )
    assert describe(record).date == "198X"
