"""Files that a PDF carries: in its tree, on its pages, as associated files."""

import io
import zlib

import pypdf
import pytest
from pypdf.generic import (
    ArrayObject,
    DecodedStreamObject,
    DictionaryObject,
    NameObject,
    StreamObject,
    TextStringObject,
)

from ingest.extractors import pdfcarried
from tests.ingest.made import codes_of, text_of, text_pdf
from tests.ingest.made_messages import carrying, written


def specification(writer, name, content):
    stream = DecodedStreamObject()
    stream.set_data(content)
    stream.update(
        {
            NameObject("/Type"): NameObject("/EmbeddedFile"),
            NameObject("/Subtype"): NameObject("/text/xml"),
        }
    )
    return writer._add_object(
        DictionaryObject(
            {
                NameObject("/Type"): NameObject("/Filespec"),
                NameObject("/F"): TextStringObject("old"),
                NameObject("/UF"): TextStringObject(name),
                NameObject("/EF"): DictionaryObject(
                    {NameObject("/F"): writer._add_object(stream)}
                ),
            }
        )
    )


def copied(text="The cover"):
    return pypdf.PdfWriter(io.BytesIO(text_pdf(text)))


def clip(writer, name, content):
    """Hang a file on the first page as a paper clip."""
    writer.pages[0][NameObject("/Annots")] = ArrayObject(
        [
            writer._add_object(
                DictionaryObject(
                    {
                        NameObject("/Type"): NameObject("/Annot"),
                        NameObject("/Subtype"): NameObject("/FileAttachment"),
                        NameObject("/FS"): specification(writer, name, content),
                    }
                )
            )
        ]
    )


def associate(holder, *files):
    holder[NameObject("/AF")] = ArrayObject(files)


def found_in(extraction):
    return [(a.name, a.content) for a in extraction.attachments]


def test_paper_clip_on_a_page_is_taken_out(read):
    writer = copied()
    clip(writer, "clip.txt", b"held by a clip")
    assert found_in(read(written(writer))) == [("clip.txt", b"held by a clip")]


def test_associated_files_of_document_and_page_are_taken_out_once(read):
    writer = copied()
    invoice = specification(writer, "invoice.xml", b"<invoice/>")
    associate(writer._root_object, invoice)
    associate(writer.pages[0], invoice, specification(writer, "page.xml", b"<page/>"))
    found = read(written(writer))
    assert found_in(found) == [("invoice.xml", b"<invoice/>"), ("page.xml", b"<page/>")]
    assert found.attachments[0].mime == "text/xml"
    assert codes_of(found) == set()


def test_file_in_the_tree_and_associated_is_one(read):
    writer = copied()
    writer.add_attachment("a.txt", b"once")
    names = writer._root_object["/Names"]["/EmbeddedFiles"]["/Names"]
    associate(writer._root_object, list(names)[1])
    assert found_in(read(written(writer))) == [("a.txt", b"once")]


def test_portfolio_gives_its_files_and_its_cover(read):
    found = read(carrying(("a.pdf", text_pdf("first")), ("b.pdf", text_pdf("second"))))
    assert text_of(found) == "The cover page"
    assert [text_of(read(a.content, a.name)) for a in found.attachments] == [
        "first",
        "second",
    ]


def test_encrypted_pdf_that_opens_gives_its_files(read):
    writer = pypdf.PdfWriter(io.BytesIO(carrying(("a.txt", b"secret words"))))
    writer.encrypt("", "owner", algorithm="AES-256")
    assert found_in(read(written(writer))) == [("a.txt", b"secret words")]


def bomb(writer, size):
    stream = StreamObject()
    stream._data = zlib.compress(bytes(size), 9)
    stream.update(
        {
            NameObject("/Type"): NameObject("/EmbeddedFile"),
            NameObject("/Filter"): NameObject("/FlateDecode"),
        }
    )
    return writer._add_object(
        DictionaryObject(
            {
                NameObject("/UF"): TextStringObject("bomb.bin"),
                NameObject("/EF"): DictionaryObject(
                    {NameObject("/F"): writer._add_object(stream)}
                ),
            }
        )
    )


def test_bombs_are_left_in_and_the_paper_is_read(read):
    writer = copied("Behind it a bomb")
    bombs = [bomb(writer, 90_000_000) for _ in range(8)]
    associate(writer._root_object, *bombs)
    found = read(written(writer))
    assert text_of(found) == "Behind it a bomb"
    assert found.attachments == ()
    assert codes_of(found) == {"attachment:damaged", "attachment:cut"}
    assert not found.quarantined


@pytest.mark.parametrize("value", [b"[1 2 3]", b"<</EF 5>>", b"null", b"(x)"])
def test_nonsense_where_files_should_hang_is_passed_over(read, value):
    odd = text_pdf("The House met").replace(
        b"<</Type/Catalog",
        b"<</Names<</EmbeddedFiles<</Names[(a)%b]>>>>/AF %b/Type/Catalog"
        % (value, value),
    )
    found = read(odd + b"%/EmbeddedFile")
    assert text_of(found) == "The House met"
    assert found.attachments == ()


def test_tree_that_leads_back_into_itself_ends(read):
    writer = copied()
    node = DictionaryObject()
    place = writer._add_object(node)
    node[NameObject("/Kids")] = ArrayObject([place, place])
    writer._root_object[NameObject("/Names")] = DictionaryObject(
        {NameObject("/EmbeddedFiles"): place}
    )
    found = read(written(writer) + b"%/EmbeddedFile")
    assert codes_of(found) == {"attachment:cut"}


def test_paper_without_attachments_never_loads_the_slow_reader(read, monkeypatch):
    monkeypatch.setattr(pdfcarried, "attach_carried", None)
    monkeypatch.setattr("ingest.extractors.pdf.attach_carried", None)
    assert text_of(read(text_pdf("The House met"))) == "The House met"
