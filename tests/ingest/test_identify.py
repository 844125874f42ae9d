"""The content says what a file is; its name is only compared."""

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.extraction import Extraction
from ingest.identify import extension_of, guessed_mime, identify
from ingest.pronom import Format, joined
from tests.ingest.made import text_pdf, zipped

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
ODT = "application/vnd.oasis.opendocument.text"
MAIL = b"From: a@example.org\nTo: b@example.org\nSubject: x\nDate: today\n\nbody\n"


def kind(content, name=""):
    return identify(io.BytesIO(content), size=len(content), name=name).mime


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (text_pdf("x"), "application/pdf"),
        (b"junk before\n" + text_pdf("x"), "application/pdf"),
        (b"1 0 obj\n<<>>\nendobj\n", "application/pdf"),
        (zipped({"[Content_Types].xml": "", "word/document.xml": ""}), WORD),
        (zipped({"content.xml": ""}, first=("mimetype", ODT)), ODT),
        (zipped({"a.txt": ""}), "application/zip"),
        (rb"{\rtf1 x}", "application/rtf"),
        (b"<!DOCTYPE html><html><body>x</body></html>", "text/html"),
        (b"<p>a fragment</p>", "text/html"),
        (
            b"<?xml version='1.0'?><html xmlns='http://www.w3.org/1999/xhtml'/>",
            "application/xhtml+xml",
        ),
        (b"<akomaNtoso xmlns='urn:x'><act/></akomaNtoso>", "application/akn+xml"),
        (b"\xef\xbb\xbf<an:akomaNtoso xmlns:an='urn:x'/>", "application/akn+xml"),
        ("<?xml version='1.0'?><r/>".encode("utf-16"), "application/xml"),
        (b"<!-- a --><!DOCTYPE r [<!ENTITY e 'x'>]><r>x</r>", "application/xml"),
        (MAIL, "message/rfc822"),
        (b'\n {"a": [1]}', "application/json"),
        (b'{"a": [1', "text/plain"),
        (b"@prefix dct: <http://purl.org/dc/terms/> .\n<x> a <y> .", "text/turtle"),
        (b"a,b,c\n1,2,3\n4,5,6\n", "text/csv"),
        (b"---\ntitle: T\n---\ntext", "text/markdown"),
        ("L'assemblée vote.".encode("latin-1"), "text/plain"),
        ("The House met.".encode("utf-16"), "text/plain"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(13), "image/png"),
        (b"\x00\xfe\xff" * 300, "application/octet-stream"),
        (b"", "application/x-empty"),
    ],
)
def test_content_says_the_format(content, expected):
    assert kind(content) == expected


def test_damaged_zip_is_known_by_the_names_in_it():
    whole = zipped({"[Content_Types].xml": "x", "word/document.xml": "x" * 500})
    assert kind(whole[: len(whole) // 2]) == WORD


def test_name_decides_only_between_kinds_of_plain_text():
    table = b"a,b\n1,2\n"
    assert kind(table, "x.csv") == "text/csv"
    assert kind(b"# One\n\n# Two\n", "x.txt") == "text/plain"
    assert kind(b"plain words", "x.md") == "text/markdown"
    assert kind(text_pdf("x"), "x.csv") == "application/pdf"


def test_name_and_content_that_disagree_are_noted():
    content = text_pdf("x")
    wrong = identify(io.BytesIO(content), size=len(content), name="bill.docx")
    assert [w.code for w in wrong.warnings] == ["format-mismatch"]
    right = identify(io.BytesIO(content), size=len(content), name="bill.PDF")
    assert right.warnings == ()


@given(st.binary(max_size=400), st.text(max_size=20))
def test_any_bytes_have_a_format(content, name):
    assert "/" in kind(content, name)
    assert "/" in guessed_mime(content, name)
    assert extension_of(name) == extension_of(name).lower()


def test_guess_believes_the_name_only_inside_a_container():
    stored = io.BytesIO()
    zipfile.ZipFile(stored, "w").writestr("a", "b")
    assert guessed_mime(stored.getvalue(), "a.docx") == WORD
    assert guessed_mime(stored.getvalue(), "a.pdf") == "application/zip"
    assert guessed_mime(b"\xff\xd8\xff\xe0", "a.pdf") == "image/jpeg"
    assert guessed_mime(b"words", "a.txt") == "text/plain"


def warnings_after(mime, *others, puid="fmt/1"):
    found = Format(puid=puid, name="Some Format", mimes=others)
    return [w.code for w in joined(Extraction(mime=mime), found).warnings]


def test_libmagic_and_pronom_that_disagree_are_noted():
    assert warnings_after("application/pdf", "image/png") == ["format-disagreement"]
    assert warnings_after("application/pdf", "application/pdf") == []
    assert warnings_after("application/pdf") == []


@pytest.mark.parametrize(
    ("mime", "other"),
    [
        ("text/html", "application/xhtml+xml"),
        ("application/akn+xml", "application/xml"),
        ("application/akn+xml", "text/xml"),
        ("text/turtle", "text/plain"),
        ("application/rtf", "text/rtf"),
        (WORD, "application/zip"),
    ],
)
def test_wider_names_of_one_format_are_no_disagreement(mime, other):
    assert warnings_after(mime, other) == []


def test_text_formats_without_a_signature_are_named_by_their_content():
    nothing = Format()
    csv = joined(Extraction(mime="text/csv"), nothing)
    assert (csv.puid, csv.format_name) == ("x-fmt/18", "Comma Separated Values")
    text = Format(puid="x-fmt/111", name="Plain Text File", mimes=("text/plain",))
    assert joined(Extraction(mime="application/json"), text).puid == "fmt/817"
    assert joined(Extraction(mime="application/x-foo"), nothing).puid is None


def test_identification_that_did_not_answer_leaves_a_warning():
    found = joined(Extraction(mime="application/pdf"), Format(available=False))
    assert found.puid is None
    assert [w.code for w in found.warnings] == ["pronom-unavailable"]
