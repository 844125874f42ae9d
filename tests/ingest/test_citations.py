"""Citations: gating, offsets, sessions, traps, time on hostile text."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.citations import MAX_CITATIONS, citations_in, matches_near, session_on
from ingest.extraction import PageText
from ingest.folding import plain
from ingest.legislatures import profiles


def cited(text, jurisdiction="gb", **known):
    page = PageText(number=1, text=text)
    return [
        (c.scheme, c.normalised) for c in citations_in([page], jurisdiction, **known)
    ]


def test_offsets_point_at_the_text_of_the_page():
    text = "Under the Act,\nNo.\u00a07 of 2021 and COM(2013)\u00a0619."
    pages = [PageText(number=1, text=""), PageText(number=2, text=text)]
    found = citations_in(pages, "lk")
    assert [c.text for c in found] == ["Act, No. 7 of 2021", "COM(2013) 619"]
    for citation in found:
        assert citation.page == 2
        stands = " ".join(plain(text)[citation.start : citation.end].split())
        assert stands == citation.text


def test_words_before_an_act_are_no_part_of_it():
    text = "Before the Firearms Act 1920 and Part XI of the Fair Trading Act 1973."
    assert [n for _, n in cited(text)] == [
        "uk.act:firearms act 1920",
        "uk.act:fair trading act 1973",
    ]


def test_both_ways_of_citing_hansard_are_one_number():
    assert (
        cited("HC Deb 5 July 2011 c1185W")[0][1]
        == (cited("Official Report, 5 July 2011, column 1185W")[0][1])
    )
    assert cited("HC Deb 16 April 2007, c131-2")[0][1].endswith("/131-132")


def test_the_missing_session_is_that_of_the_papers_day():
    page = PageText(number=1, text="see HC 90-I and HC 69-II (1994-95)")
    first, second = citations_in([page], "gb", date="1996-05-16")
    assert first.normalised == "uk.hcpaper:1995-96/hc90-i"
    assert first.session_inferred
    assert second.normalised == "uk.hcpaper:1994-95/hc69-ii"
    assert not second.session_inferred
    (unknown, _) = citations_in([page], "gb")
    assert unknown.normalised == "uk.hcpaper:?/hc90-i"


def test_sessions_are_known_by_their_days():
    assert session_on("gb", "2012-12-10") == "2012-13"
    assert session_on("gb", "2012-05-05") is None
    assert session_on("gb", "soon") is None
    assert session_on("lk", "2012-12-10") is None


@pytest.mark.parametrize(
    "text",
    [
        "the table on S. 4402 and C1 to C4, CO2 emissions",
        "2. The Bill 16\n3. Extent 20",
        "the Firearms (Amendment) Bill 08.11.96 96/103",
        "published in [2012] and [1998] 2 AC 1",
        "about 1/2 of 6/4151 litres on 12/05/2020",
        "C-36 was a ship, B 12 a vitamin",
    ],
)
def test_traps_in_british_text_are_no_citations(text):
    assert cited(text) == []


def test_a_bare_number_in_running_text_is_no_citation():
    assert cited("Nummer 6/4151 und 12/05/2020", "de") == []
    assert cited("Drucksache 6/4151", "de", chamber="bb") == [
        ("de.drucksache", "de.drucksache:bb/6/4151")
    ]
    assert cited("BT-Drs. 18/9430", "de", chamber="bb") == [
        ("de.drucksache", "de.drucksache:bt/18/9430")
    ]


def test_schemes_of_another_jurisdiction_are_not_tried():
    text = "Act, No. 30 of 1997, Drucksache 17/13584, S. 4401, E-000123/2020, C-36"
    assert cited(text, "lk") == [
        ("lk.act", "lk.act:1997/30"),
        ("eu.question", "eu.question:e-000123/2020"),
    ]
    assert cited(text, None) == [("eu.question", "eu.question:e-000123/2020")]


def test_absolute_numbers_are_found_in_every_paper():
    text = (
        "see /akn/za/act/1996/108/eng@2003-01-01, "
        "urn:lex:br:federal:lei:2020-07-15;14026, "
        "http://data.europa.eu/eli/reg/2016/679/oj and Regulation (EEC) No 95/93"
    )
    assert [scheme for scheme, _ in cited(text, "lk")] == [
        "akn.iri",
        "br.urn",
        "eli",
        "eu.act",
    ]


def test_a_number_inside_an_address_is_read_as_the_number():
    text = "https://data.europarl.europa.eu/eli/dl/doc/E-9-2022-000016-ASW"
    assert ("eu.question_id", "eu.question:e-000016/2022-asw") in cited(text, "eu")


def test_no_more_citations_are_kept_than_allowed():
    page = PageText(number=1, text="Act, No. 1 of 1999; " * (MAX_CITATIONS + 50))
    assert len(citations_in([page], "lk")) == MAX_CITATIONS


@given(st.integers(0, 900), st.sampled_from(["gb", "eu", "br", "de"]))
def test_looking_near_words_finds_what_looking_everywhere_finds(gap, code):
    text = (" lorem" * gap).join(
        writing for scheme in profiles()[code].schemes for writing, _ in scheme.examples
    )
    text = plain(text)
    for scheme in profiles()[code].schemes:
        near = {m.span() for m in matches_near(scheme, text)}
        assert near == {m.span() for m in scheme.pattern.finditer(text)}


HOSTILE = {
    "capitals": "Aa " * 70_000,
    "one word": "A" * 200_000,
    "digits": "1" * 200_000,
    "numbers": "12/3-4.5 " * 22_000,
    "acts": "The Act and Act of " * 10_500,
    "brackets": "(A (B [C " * 22_000,
    "lines": "A\n" * 100_000,
    "spaces": "Act," + " " * 200_000,
    "dates": "1 May 1999 c" * 16_700,
    "hc deb": "HC Deb 1 May 1999 cc1-" * 9_100,
    "urn": "urn:lex:br:" + "a;" * 100_000,
    "eli": "https://a/eli/" * 14_300,
}


def _seconds(pattern, text):
    best = float("inf")
    for _ in range(2):
        start = time.process_time()
        for count, _match in enumerate(pattern.finditer(text)):
            if count > 100_000:
                break
        best = min(best, time.process_time() - start)
    return best


@pytest.mark.slow
@pytest.mark.parametrize("kind", HOSTILE)
def test_no_pattern_takes_more_than_linear_time_on_hostile_text(kind):
    text = HOSTILE[kind]
    for profile in profiles().values():
        named = [(s.name, s.pattern) for s in profile.schemes]
        named += [(r.name, r.pattern) for r in profile.rules]
        for name, pattern in named:
            cut = 20_000 if ":" in name else len(text)
            whole = _seconds(pattern, text[:cut])
            half = _seconds(pattern, text[: cut // 2])
            # Below some milliseconds the clock says more than the pattern.
            assert whole < max(4 * half, 0.05), (name, kind, half, whole)
            assert whole < 3.0, (name, kind, whole)
