"""Describing: each value by evidence, with its source; never by the file's name."""

import datetime as dt
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.dates import find_dates, iso_day
from ingest.describe import describe
from ingest.extraction import EmbeddedValue, Extraction, PageText, TextKind
from ingest.templates import fill, title_case
from ingest.titles import is_usable

COVER = """PARLIAMENT OF THE DEMOCRATIC
SOCIALIST REPUBLIC OF
SRI LANKA
HARBOUR DUES (AMENDMENT)
ACT, No. 12 OF 2019
[Certified on 03rd of April, 2019]
Printed on the Order of Government
Published as a Supplement to Part II of the Gazette of the Democratic
Socialist Republic of Sri Lanka of April 05, 2019
"""
SECTION = """Harbour Dues (Amendment) Act, No. 12 of 2019 1
[Certified on 03rd of April, 2019]
AN ACT TO AMEND THE HARBOUR DUES ACT, No. 3 OF 1980
1. This Act may be cited as the Harbour Dues (Amendment) Act, No. 12 of 2019.
2. Section 4 of the Harbour Dues Act, No. 3 of 1980 is hereby amended.
"""


def paper(*texts, mime="application/pdf", embedded=(), language="en", structure=None):
    return Extraction(
        mime=mime,
        pages=tuple(PageText(number=i, text=t) for i, t in enumerate(texts, 1)),
        page_count=len(texts),
        text=TextKind.FULL if any(texts) else TextKind.NONE,
        language=language,
        language_confidence=0.9 if language else 0.0,
        embedded=tuple(
            EmbeddedValue(field=f, value=v, source=s) for f, v, s in embedded
        ),
        structure=structure,
    )


def value_of(description, field):
    return next(v for v in description.values if v.field == field)


def test_an_act_shows_title_day_and_number_on_its_first_pages():
    found = describe(paper(COVER, SECTION))
    assert found.type == "act"
    assert found.jurisdiction == "lk"
    assert found.titles == (("en", "Harbour Dues (Amendment) Act, No. 12 of 2019"),)
    assert found.date == "2019-04-03"
    assert found.dates == (("certified", "2019-04-03"),)
    (number,) = found.identifiers
    assert (number.scheme, number.value) == ("lk.act", "Act No. 12/2019")
    assert "lk.act:1980/3" in {c.normalised for c in found.citations}


def test_every_value_says_how_where_and_how_surely_it_was_found():
    found = describe(paper(COVER, SECTION))
    title = value_of(found, "title")
    assert (title.how, title.rule, title.page) == ("extracted", "lk:cited-as", 2)
    day = value_of(found, "date")
    assert (day.how, day.rule, day.page) == ("extracted", "lk:certified", 1)
    assert {"type", "jurisdiction", "identifier"} <= {v.field for v in found.values}
    assert all(0 < v.confidence <= 1 for v in found.values)
    assert all(v.how in {"extracted", "embedded", "inferred"} for v in found.values)


def test_a_misread_section_is_outvoted_by_cover_and_running_head():
    badly_read = SECTION.replace("cited as the Harbour", "cited as the Harb0ur")
    found = describe(paper(COVER, badly_read))
    assert found.titles[0][1].startswith("Harbour Dues (Amendment)")


def test_a_day_misread_by_recognition_is_mended():
    found = describe(paper(COVER.replace("03rd", "O3rd"), SECTION.replace("03rd", "x")))
    assert found.date == "2019-04-03"


@pytest.mark.parametrize("name", ["lk-act-1999-041.pdf", "x.pdf", "E-000123-2020.pdf"])
def test_the_name_of_the_file_is_no_evidence(name):
    extraction = paper(COVER, SECTION)
    assert describe(extraction, name=name) == describe(extraction)
    assert describe(paper(""), name=name).identifiers == ()


def test_a_picture_without_text_is_given_nothing():
    made = [("created", "2022-03-28T09:22:15+05:30", "pdf:info")]
    found = describe(paper("", "", embedded=made, language=None))
    assert (found.titles, found.date, found.identifiers) == ((), None, ())
    assert (found.type, found.values) == (None, ())


def test_an_unreadable_paper_is_described_as_nothing():
    assert describe(Extraction(mime="application/octet-stream")).values == ()


AKN = [
    ("type", "act", "akn:root"),
    ("frbr:work", "/ke/act/1989-12-06/16", "akn:FRBRWork"),
    ("date:generation", "1989-12-06", "akn:FRBRWork"),
    ("country", "ke", "akn:FRBRWork"),
    ("language", "eng", "akn:FRBRExpression"),
    ("date:generation", "2007-11-23", "akn:FRBRExpression"),
    ("date:publication", "1989-12-15", "akn:publication"),
    ("title", "THE WILDLIFE ACT", "akn:docTitle"),
]


def test_akoma_ntoso_states_its_work_itself():
    found = describe(paper("text", mime="application/akn+xml", embedded=AKN))
    assert (found.type, found.jurisdiction, found.language) == ("act", "ke", "en")
    assert found.titles == (("en", "THE WILDLIFE ACT"),)
    assert found.date == "1989-12-06"
    assert dict(found.dates)["published"] == "1989-12-15"
    (iri,) = found.identifiers
    assert (iri.scheme, iri.value) == ("akn.iri", "/ke/act/1989-12-06/16")
    assert value_of(found, "identifier").how == "embedded"


def test_a_day_that_stands_for_none_yields_to_the_works_iri():
    debate = [
        ("type", "debate", "akn:root"),
        ("name", "PROCEEDINGS OF THE NATIONAL ASSEMBLY", "akn:root"),
        ("frbr:work", "/za/debaterecord/2012-02-21", "akn:FRBRWork"),
        ("date:generation", "3000-01-01", "akn:FRBRWork"),
    ]
    found = describe(paper("x", mime="application/akn+xml", embedded=debate))
    assert (found.date, found.type, found.jurisdiction) == (
        "2012-02-21",
        "hansard",
        "za",
    )
    assert found.titles[0][1] == "PROCEEDINGS OF THE NATIONAL ASSEMBLY"


def test_a_sitting_has_its_own_day_not_that_of_its_transcription():
    debate = [
        ("type", "debate", "akn:root"),
        ("frbr:work", "/za/debaterecord/2013-05-08", "akn:FRBRWork"),
        ("date:generation", "2013-10-16", "akn:FRBRWork"),
    ]
    found = describe(paper("x", mime="application/akn+xml", embedded=debate))
    assert found.date == "2013-05-08"


def test_a_brazilian_law_gives_its_number_and_its_urn():
    text = (
        "LEI Nº 14.026, DE 15 DE JULHO DE 2020\n"
        "Atualiza o marco legal do saneamento básico e altera a Lei nº 9.984, de 17 de "
        "julho de 2000.\nO PRESIDENTE DA REPÚBLICA\n"
        "Faço saber que o Congresso Nacional decreta:"
    )
    found = describe(paper(text, language="pt"))
    assert (found.type, found.jurisdiction, found.date) == ("act", "br", "2020-07-15")
    assert [i.value for i in found.identifiers] == [
        "Lei 14.026/2020",
        "urn:lex:br:federal:lei:2020-07-15;14026",
    ]
    assert found.titles == (("pt", "Lei nº 14.026, de 15 de julho de 2020"),)
    assert value_of(found, "description").value.startswith("Atualiza o marco")
    assert "br.lei:lei/9984/2000" in {c.normalised for c in found.citations}


def test_a_question_paper_has_the_day_of_the_sitting():
    text = (
        "Friday, 9 October 2009\n"
        "INTERNAL QUESTION PAPER: NATIONAL ASSEMBLY NO 20 \u2013 2009\n"
        "[No 20 \u2013 2009] First Session, Fourth Parliament\nNATIONAL ASSEMBLY\n"
        "INTERNAL QUESTION PAPER\nNote:\n1. \u2020 Indicates translated version.\n"
        "Published 1 January 2001\n"
    )
    found = describe(paper(text))
    assert (found.type, found.date) == ("question-paper", "2009-10-09")
    assert (found.chamber, found.session) == ("na", "first session, fourth parliament")
    assert found.titles[0][1] == (
        "Internal Question Paper: National Assembly No 20-2009"
    )


def test_a_record_of_an_index_states_its_own_fields():
    embedded = [
        ("title", "TRADE JUSTICE MOVEMENT", "json:response.docs[0].title_t"),
        ("date", "2003-06-15T23:00:00Z", "json:response.docs[0].date_dt"),
        ("identifier", "1421", "json:response.docs[0].identifier_t[0]"),
    ]
    text = "uri: http://data.parliament.uk/edms/22468\ntype_ses: 90996\n"
    text += "identifier_t: 1421\nsession_s: 2002-03"
    found = describe(
        paper(
            text,
            mime="application/json",
            embedded=embedded,
            structure={"records": 1, "first_record": "response.docs[0]"},
        )
    )
    assert (found.jurisdiction, found.type) == ("gb", "motion")
    assert found.date == "2003-06-16"  # summer time: midnight of the next day
    assert found.titles[0][1] == "TRADE JUSTICE MOVEMENT"
    assert found.identifiers[0].normalised == "uk.edm:2002-03/1421"


def test_a_file_of_many_records_says_how_many_and_has_no_number_of_its_own():
    embedded = [
        ("title", "Energy", "json:docs[0].title"),
        ("identifier", "E-000123/2020", "json:docs[0].identifier"),
        ("date", "2020-01-02", "json:docs[0].date"),
        ("date", "2020-01-05", "json:docs[1].date"),
    ]
    found = describe(
        paper(
            "title: Energy",
            mime="application/json",
            embedded=embedded,
            structure={"records": 3, "first_record": "docs[0]"},
        )
    )
    assert found.type == "dataset"
    assert found.titles[0][1] == "Energy and 2 more records"
    assert found.identifiers == ()
    assert (found.date, value_of(found, "date").how) == ("2020-01-05", "inferred")


def test_mail_has_its_subject_and_day():
    embedded = [
        ("subject", "Harbour dues", "eml:header"),
        ("date", "2026-03-01T10:00:00Z", "eml:header"),
    ]
    found = describe(paper("From: a", mime="message/rfc822", embedded=embedded))
    assert found.titles[0][1] == "Harbour dues"
    assert (found.date, found.type) == ("2026-03-01", "letter")


def test_an_embedded_title_that_the_text_does_not_bear_out_yields_to_the_heading():
    text = "REPORT ON THE HARBOUR\nof the committee\n12 May 2020\nThe committee met."
    embedded = [("title", "START OF DAY", "pdf:info")]
    found = describe(paper(text, embedded=embedded))
    assert found.titles[0][1].startswith("REPORT ON THE HARBOUR")
    borne_out = [("title", "Report on the harbour", "pdf:info")]
    found = describe(paper(text, embedded=borne_out))
    assert found.titles[0][1] == "Report on the harbour"
    assert value_of(found, "title").how == "embedded"


@pytest.mark.parametrize(
    "title",
    [
        "Untitled-1",
        "H 16468 (E) (Rent).p65",
        "Microsoft Word - PAPER.doc",
        "THURSDAY, 29 MARCH 2007",
        "785883_27",
        "",
        "---",
        "Document1",
    ],
)
def test_what_programs_put_for_a_title_is_none(title):
    assert not is_usable(title)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Question for written answer E-000123/2020\nto the Commission", "question"),
        ("Question écrite n° 12\nà la ministre", "question"),
        ("Proyecto de ley sobre puertos", "bill"),
        ("Kleine Anfrage der Abgeordneten", "question"),
        ("مشروع قانون بشأن الموانئ", "bill"),
        ("Relatório da Comissão de Finanças", "report"),
        ("Answer to written question 12", "answer"),
        ("ORDER PAPER\nMonday, 2 March 2020", "order-paper"),
        ("Dear Speaker,\nI write about harbours.", "letter"),
        ("Nothing of the kind", None),
    ],
)
def test_kinds_are_told_by_words_in_many_languages(text, kind):
    assert describe(paper(text, language=None)).type == kind


def test_hints_decide_what_they_say_and_nothing_else():
    found = describe(
        paper(COVER, SECTION),
        hints={"type": "bill", "language": "si", "jurisdiction": "UK"},
    )
    assert (found.type, found.language, found.jurisdiction) == ("bill", "si", "gb")
    assert all(v.field != "jurisdiction" for v in found.values)


def test_the_home_of_the_installation_is_taken_where_the_paper_shows_none():
    assert describe(paper("A paper"), hints={"home": "lk"}).jurisdiction == "lk"
    assert describe(paper(COVER), hints={"home": "ke"}).jurisdiction == "lk"


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("le 3 février 2021", "2021-02-03"),
        ("1er mars 2020", "2020-03-01"),
        ("13 de novembro de 2014", "2014-11-13"),
        ("14 de diciembre de 2005", "2005-12-14"),
        ("3. Oktober 1990", "1990-10-03"),
        ("THURSDAY, DECEMBER 4, 2025", "2025-12-04"),
        ("27\nth November 2025", "2025-11-27"),
        ("12 مايو 2020", "2020-05-12"),
        ("٣ مارس ٢٠٢١", "2021-03-03"),
        ("2014-11-13", "2014-11-13"),
        ("31 February 2020", None),
        ("3000-01-01", None),
    ],
)
def test_days_are_read_in_many_languages(text, day):
    assert iso_day(text) == day


@given(st.dates(min_value=dt.date(1300, 1, 1)))
def test_an_iso_day_is_itself(day):
    expected = day.isoformat() if day.year <= 2150 else None
    assert iso_day(day.isoformat()) == expected


@given(st.text(max_size=300))
def test_reading_days_never_fails(text):
    for found in find_dates(text):
        assert 0 <= found.start < found.end <= len(text)


@given(st.lists(st.text(max_size=400), max_size=4))
def test_describing_any_text_never_fails(texts):
    found = describe(paper(*texts, language=None))
    for citation in found.citations:
        assert citation.end <= len(texts[citation.page - 1])


def test_capitals_are_written_as_in_running_text():
    assert title_case("RENT (AMENDMENT)") == "Rent (Amendment)"
    assert title_case("PEOPLE'S BANK OF THE EAST") == "People's Bank of the East"
    assert title_case("UNESCO Scholarship Fund") == "UNESCO Scholarship Fund"


def test_a_template_with_a_missing_part_gives_nothing():
    assert fill("{a}/{b}", {"a": "1"}) is None
    assert fill("{a}[/{b}]", {"a": "1"}) == "1"
    assert fill("{b,a|?}", {"a": "1"}) == "1"
    assert fill("{b|?}", {}) == "?"


@pytest.mark.slow
@pytest.mark.parametrize(
    "filler",
    ["A" * 50, "Aa ", "1 ", "(", "a\n", "Act, No. ", "PROCEEDINGS OF THE ", "1 May "],
)
def test_time_grows_no_faster_than_the_text(filler):
    seconds = []
    for size in (100_000, 200_000):
        extraction = paper(filler * (size // len(filler)))
        best = float("inf")
        for _ in range(2):
            start = time.process_time()
            describe(extraction)
            best = min(best, time.process_time() - start)
        seconds.append(best)
    assert seconds[1] < max(4 * seconds[0], 0.1)
    assert seconds[1] < 5.0
