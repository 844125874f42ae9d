"""Text, markup, mail, tables and records: text and what they say of themselves."""

import io
import tarfile

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from ingest.errors import AnswerError
from ingest.extraction import Extraction, TextKind, clean_text
from ingest.extractors.registry import extract
from tests.ingest.made import codes_of, text_of, values_of, zipped


def test_form_feeds_begin_pages_of_plain_text(read):
    found = read(b"page one\n\x0cpage two\n\x0c", "a.txt")
    assert [p.text.strip() for p in found.pages] == ["page one", "page two"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_encodings_of_plain_text(read, encoding):
    found = read("L’assemblée a adopté\n".encode(encoding), "a.txt")
    assert text_of(found).strip() == "L’assemblée a adopté"
    assert ("encoding:guessed" in codes_of(found)) == (encoding == "cp1252")


def test_empty_file_is_kept_with_a_warning(read):
    found = read(b"", "nothing.pdf")
    assert found.mime == "application/x-empty"
    assert codes_of(found) == {"empty"}
    assert not found.quarantined


def test_bytes_of_no_known_format_are_kept(read):
    found = read(b"\x00\xfe\xff" * 300, "blob.bin")
    assert found.text is TextKind.NONE
    assert "no-extractor" in codes_of(found)


def test_html_title_meta_and_blocks(read):
    page = (
        "<!doctype html><html lang='fr'><head><title>Séance</title>"
        "<meta name='dcterms.date' content='2020-01-02'>"
        "<style>p{}</style></head><body><h1>Compte rendu</h1><p>La <b>séance</b> est"
        "<br>ouverte.</p><script>bad()</script><ul><li>un<li>deux</ul>"
        "<table><tr><td>a<td>b</table></body></html>"
    )
    found = read(page.encode(), "a.html")
    assert values_of(found, "title") == ["Séance", "Compte rendu"]
    assert values_of(found, "date") == ["2020-01-02"]
    assert values_of(found, "language") == ["fr"]
    text = text_of(found)
    assert "La séance est\nouverte.\nun\ndeux" in text
    assert "bad()" not in text
    assert "a\tb" in text


def test_deeply_nested_html_does_not_exhaust_the_stack(read):
    found = read(b"<html><body>" + b"<div>" * 10_000 + b"deep")
    assert text_of(found) == "deep"


AKN = """<akomaNtoso xmlns="http://docs.oasis-open.org/legaldocml/ns/akn/3.0">
<bill name="bill"><meta><identification source="#c"><FRBRWork>
<FRBRuri value="/akn/ke/bill/2019/4"/><FRBRdate date="2019-03-01" name="introduced"/>
<FRBRdate date="2024-01-01" name="generation"/><FRBRauthor href="#na"/>
</FRBRWork><FRBRExpression><FRBRlanguage language="eng"/></FRBRExpression>
</identification><references source="#c">
<TLCOrganization eId="na" href="/x" showAs="National Assembly"/></references></meta>
<preface><p>The <docTitle>Fisheries Bill</docTitle>, <docNumber>No. 4</docNumber></p>
</preface><body><section><num>1</num><heading>Short title</heading>
<p>This Act may be cited as the Fisheries Act.</p></section></body></bill>
</akomaNtoso>"""


def test_akoma_ntoso_metadata_and_text(read):
    found = read(AKN.encode(), "a.xml")
    assert found.mime == "application/akn+xml"
    assert values_of(found, "frbr:work") == ["/akn/ke/bill/2019/4"]
    assert values_of(found, "date") == ["2019-03-01"]
    assert values_of(found, "date:generation") == ["2024-01-01"]
    assert values_of(found, "author") == ["National Assembly"]
    assert values_of(found, "title") == ["Fisheries Bill"]
    assert values_of(found, "language") == ["eng"]
    text = text_of(found)
    assert "The Fisheries Bill, No. 4" in text
    assert "This Act may be cited" in text
    assert "generation" not in text


def test_xml_that_is_not_well_formed_is_mended_with_a_warning(read):
    found = read(b"<?xml version='1.0'?><a><b>one</b><c>two</a>", "a.xml")
    assert "xml:damaged" in codes_of(found)
    assert "one" in text_of(found)


def test_entity_bomb_and_outside_entities_stay_unresolved(read, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("closed session")
    bomb = "<!ENTITY a0 'x'>" + "".join(
        f"<!ENTITY a{i} '{f'&a{i - 1};' * 10}'>" for i in range(1, 12)
    )
    xml = (
        f"<?xml version='1.0'?><!DOCTYPE r [{bomb}"
        f"<!ENTITY out SYSTEM 'file://{secret}'>]><r><p>&a11;</p><p>&out;</p></r>"
    )
    found = read(xml.encode(), "a.xml")
    assert len(text_of(found)) < 1_000
    assert "closed" not in text_of(found)


def test_historic_hansard_values(read):
    xml = (
        b"<hansard><housecommons><title>FISHERIES</title>"
        b"<date format='1950-03-01'>1 March</date><p>Mr A asked</p>"
        b"</housecommons></hansard>"
    )
    found = read(xml, "h.xml")
    assert values_of(found, "title") == ["FISHERIES"]
    assert values_of(found, "date") == ["1950-03-01"]


MAIL = b"""From: =?utf-8?q?Ren=C3=A9?= <r@example.org>
To: library@example.org
Subject: =?iso-8859-1?q?R=E9ponse?= to question 12
Date: Tue, 3 Mar 2020 10:00:00 +0100
Message-ID: <1@example.org>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: multipart/alternative; boundary=c

--c
Content-Type: text/plain; charset=iso-8859-1
Content-Transfer-Encoding: quoted-printable

The r=E9ponse is attached.
--c
Content-Type: text/html

<p>The same in HTML</p>
--c--
--b
Content-Type: application/pdf
Content-Disposition: attachment; filename="../../etc/answer.pdf"
Content-Transfer-Encoding: base64

AAEC
--b--
"""


def test_mail_headers_body_and_attachments(read):
    found = read(MAIL, "m.eml")
    assert found.mime == "message/rfc822"
    assert values_of(found, "title") == ["Réponse to question 12"]
    assert values_of(found, "date") == ["2020-03-03T09:00:00Z"]
    assert values_of(found, "identifier") == ["<1@example.org>"]
    assert "The réponse is attached." in text_of(found)
    assert "same in HTML" not in text_of(found)
    (attachment,) = found.attachments
    assert attachment.name == "answer.pdf"
    assert attachment.mime == "application/pdf"
    assert attachment.content == b"\x00\x01\x02"


def test_mail_with_a_foreign_charset_and_broken_parts_is_read(read):
    broken = MAIL.replace(b"iso-8859-1\nContent-Tr", b"no-such-set\nContent-Tr")
    found = read(broken[: len(broken) - 30], "m.eml")
    assert not found.quarantined
    assert "is attached" in text_of(found)


def test_markdown_front_matter_and_heading(read):
    found = read(b"---\ntitle: 'A report'\ndate: 2020-01-01\n---\n\n# Fish\n\ntext\n")
    assert values_of(found, "title") == ["A report", "Fish"]
    assert values_of(found, "date") == ["2020-01-01"]


def test_table_columns_are_its_structure(read):
    found = read(b"name;party;vote\nA;X;aye\nB;Y;no\n", "votes.csv")
    assert found.structure["columns"] == ["name", "party", "vote"]
    assert found.structure["first"] == {"name": "A", "party": "X", "vote": "aye"}
    assert found.structure["lines"] == 3


def test_json_strings_are_text_and_named_parts_values(read):
    record = {
        "title": "Q 12",
        "uin": "HL12",
        "body": "<p>Will the <i>Minister</i> say</p>",
        "members": [{"name": "A"}, {"name": "B"}],
        "open": True,
        "none": None,
    }
    found = read(orjson.dumps(record), "q.json")
    assert values_of(found, "title") == ["Q 12"]
    assert values_of(found, "identifier") == ["HL12"]
    assert "body: Will the Minister say" in text_of(found)
    assert found.structure["members[1].name"] == "B"


def test_turtle_labels_keep_their_language(read):
    turtle = (
        b"@prefix dct: <http://purl.org/dc/terms/> .\n"
        b'<x> dct:title "Projet"@fr, "x" .\n'
    )
    (value,) = [v for v in read(turtle, "a.ttl").embedded if v.field == "title"]
    assert (value.value, value.language) == ("Projet", "fr")


def test_archives_are_listed_not_unpacked(read):
    found = read(zipped({"a/one.pdf": "x", "two.txt": "y"}), "sip.zip")
    assert text_of(found) == "a/one.pdf\ntwo.txt"
    assert "archive-not-unpacked" in codes_of(found)
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        archive.addfile(tarfile.TarInfo("inside.txt"), io.BytesIO())
    assert text_of(read(buffer.getvalue(), "a.tar.gz")) == "inside.txt"


def test_picture_is_kept_without_text(read):
    buffer = io.BytesIO()
    Image.new("RGB", (9, 9)).save(buffer, "JPEG")
    found = read(buffer.getvalue(), "scan.jpg")
    assert found.mime == "image/jpeg"
    assert found.text is TextKind.NONE
    assert found.page_count == 1


HEADS = (
    b"",
    b"%PDF-1.4\n",
    b"PK\x03\x04",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    b"{\\rtf1 ",
    b"<?xml version='1.0'?><a>",
    b"<akomaNtoso>",
    b"<html>",
    b"From: a\nTo: b\nSubject: c\n\n",
    b"{",
    b"\x1f\x8b\x08",
)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(HEADS), st.binary(max_size=300), st.text(max_size=12))
def test_any_bytes_are_a_result_that_crosses_the_boundary(
    tmp_path_factory, head, rest, name
):
    path = tmp_path_factory.getbasetemp() / "any"
    path.write_bytes(head + rest)
    with path.open("rb") as file:
        found = extract(file, name=name)
    wire = orjson.loads(orjson.dumps(found.as_mapping()))
    assert Extraction.from_mapping(wire) == found


@given(st.text())
def test_clean_text_is_stable_and_free_of_control_characters(text):
    cleaned = clean_text(text)
    assert clean_text(cleaned) == cleaned
    assert not {c for c in cleaned if ord(c) < 32} - {"\n", "\t"}


@pytest.mark.parametrize(
    "change",
    [
        {"mime": None},
        {"mime": "x" * 30_000},
        {"pages": "text"},
        {"pages": [{"number": "1", "text": "x"}]},
        {"pages": [{"number": 1}]},
        {"page_count": -1},
        {"page_count": True},
        {"language_confidence": 1.5},
        {"text": "some"},
        {"text": []},
        {"quarantined": "no"},
        {"warnings": [{}] * 3_000},
        {"attachments": [{"name": "a", "mime": None, "content": "?"}]},
        {"attachments": [{"name": "a", "mime": None, "content": 5}]},
        {"structure": [1]},
        {"structure": {"a": "x" * 1_000_001}},
    ],
)
def test_answers_that_are_no_extraction_are_refused(change):
    honest = Extraction(mime="text/plain").as_mapping()
    assert Extraction.from_mapping(honest) == Extraction(mime="text/plain")
    with pytest.raises(AnswerError):
        Extraction.from_mapping(honest | change)


def test_answers_that_are_no_object_are_refused():
    for answer in (None, [], "x", 1):
        with pytest.raises(AnswerError):
            Extraction.from_mapping(answer)
