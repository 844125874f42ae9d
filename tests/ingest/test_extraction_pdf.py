"""PDF: text by page, what the document says of itself, damage as a warning."""

import io

import pypdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from ingest.extraction import TextKind
from ingest.extractors.pdf import iso_date
from ingest.extractors.registry import extract
from tests.ingest.made import codes_of, text_pdf, values_of


def written(writer, **options):
    buffer = io.BytesIO()
    if options:
        writer.encrypt(**options)
    writer.write(buffer)
    return buffer.getvalue()


def copied(*pages):
    return pypdf.PdfWriter(clone_from=io.BytesIO(text_pdf(*pages)))


def test_text_stands_page_by_page_and_language_is_found(read):
    line = "The House resolved that the bill be read a second time and that it"
    found = read(text_pdf(line, "", line + " be printed"), "bill.pdf")
    assert found.mime == "application/pdf"
    assert [p.number for p in found.pages] == [1, 2, 3]
    assert found.pages[0].text == line
    assert found.pages[1].text == ""
    assert found.page_count == 3
    assert found.text is TextKind.FULL
    assert found.language == "en"
    assert found.warnings == ()


def test_information_dictionary_is_read(read):
    info = b"/Title(Bill 12)/Author(Clerk)/CreationDate(D:20251120131724+03'00')"
    found = read(text_pdf("x", info=info))
    assert values_of(found, "title") == ["Bill 12"]
    assert values_of(found, "author") == ["Clerk"]
    assert values_of(found, "created") == ["2025-11-20T13:17:24+03:00"]
    assert {v.source for v in found.embedded} == {"pdf:info"}


def test_xmp_titles_keep_their_language(read):
    packet = (
        b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
        b'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
        b'xmlns:dc="http://purl.org/dc/elements/1.1/"><rdf:Description rdf:about="">'
        b'<dc:title><rdf:Alt><rdf:li xml:lang="fr">Projet de loi</rdf:li></rdf:Alt>'
        b"</dc:title></rdf:Description></rdf:RDF></x:xmpmeta>"
    )
    stream = b"<</Type/Metadata/Subtype/XML/Length %d>>\nstream\n%b\nendstream" % (
        len(packet),
        packet,
    )
    (title,) = read(text_pdf("x", extra=[stream])).embedded
    assert (title.value, title.source, title.language) == ("Projet de loi", "xmp", "fr")


def test_picture_of_a_paper_needs_ocr(read):
    buffer = io.BytesIO()
    Image.new("L", (60, 80), 255).save(buffer, "PDF")
    found = read(buffer.getvalue())
    assert found.text is TextKind.NONE
    assert not found.quarantined
    assert codes_of(found) == {"needs-ocr"}
    assert found.page_count == 1


def test_text_laid_over_a_scan_by_a_recognition_program_is_told_apart(read):
    found = read(text_pdf("The House met", info=b"/Producer(ABBYY FineReader 15)"))
    assert found.text is TextKind.OCR


def test_password_quarantines_and_an_empty_one_only_warns(read):
    locked = written(copied("secret"), user_password="p", algorithm="RC4-128")
    found = read(locked)
    assert found.quarantined
    assert codes_of(found) == {"encrypted"}
    assert found.text is TextKind.NONE
    free = written(
        copied("open text"), user_password="", owner_password="p", algorithm="RC4-128"
    )
    found = read(free)
    assert found.pages[0].text == "open text"
    assert "encrypted:open" in codes_of(found)


def test_outline_and_attachments_are_found(read):
    writer = copied("one", "two")
    writer.add_outline_item(title="Part II", page_number=1)
    writer.add_attachment("annex.csv", b"a,b\n1,2\n")
    found = read(written(writer))
    (entry,) = found.structure["outline"]
    assert (entry["title"], entry["page"]) == ("Part II", 2)
    (annex,) = found.attachments
    assert (annex.name, annex.content) == ("annex.csv", b"a,b\n1,2\n")


def test_empty_attachment_is_kept_without_a_warning(read):
    writer = copied("one")
    writer.add_attachment("empty.txt", b"")
    found = read(written(writer))
    assert codes_of(found) == set()
    assert [(a.name, a.content) for a in found.attachments] == [("empty.txt", b"")]


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_cut_file_is_a_result(read, share):
    whole = text_pdf("The House met", "second page")
    found = read(whole[: int(len(whole) * share)])
    assert found.quarantined or found.page_count
    assert not found.quarantined or found.error


def test_lost_cross_references_are_rebuilt(read):
    broken = text_pdf("The House met").replace(b"startxref\n", b"startxref\n9")
    assert read(broken).pages[0].text == "The House met"


@settings(max_examples=40, deadline=None)
@given(damage=st.lists(st.tuples(st.floats(0, 0.999), st.integers(0, 255))))
def test_any_damage_is_a_result(tmp_path_factory, damage):
    content = bytearray(text_pdf("The House met", info=b"/Title(T)"))
    for place, byte in damage:
        content[int(place * len(content))] = byte
    path = tmp_path_factory.getbasetemp() / "damaged"
    path.write_bytes(content)
    with path.open("rb") as file:
        found = extract(file, name="x.pdf")
    assert found.quarantined in {True, False}


def test_dates_without_parts_keep_what_they_have():
    assert iso_date("D:201203") == "2012-03"
    assert iso_date("20120304") == "2012-03-04"
    assert iso_date("D:20120304050607Z") == "2012-03-04T05:06:07Z"
    assert iso_date("4 March 2012") == "4 March 2012"
