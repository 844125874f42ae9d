"""Office formats: text in reading order, properties, deleted text left out."""

import struct

import pytest

from ingest.extraction import TextKind
from tests.ingest.made import codes_of, text_of, values_of, zipped

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
S = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
A = "http://schemas.openxmlformats.org/drawingml/2006/main"
CORE = (
    "<cp:coreProperties xmlns:cp='urn:cp' xmlns:dc='http://purl.org/dc/elements/1.1/'>"
    "<dc:title>Bill 7</dc:title><dc:creator>Clerk</dc:creator></cp:coreProperties>"
)


def docx(body, **parts):
    document = f"<w:document xmlns:w='{W}'><w:body>{body}</w:body></w:document>"
    members = {
        "[Content_Types].xml": "<Types/>",
        "word/document.xml": document,
        "docProps/core.xml": CORE,
    }
    return zipped(members | parts)


def run(text):
    return f"<w:r><w:t xml:space='preserve'>{text}</w:t></w:r>"


def test_word_paragraphs_tables_and_page_breaks(read):
    body = (
        f"<w:p>{run('An ')}{run('Act')}</w:p>"
        f"<w:tbl><w:tr><w:tc><w:p>{run('1')}</w:p></w:tc><w:tc><w:p>{run('one')}</w:p>"
        "</w:tc></w:tr></w:tbl>"
        f"<w:p><w:r><w:br w:type='page'/></w:r>{run('Page two')}</w:p>"
    )
    found = read(docx(body), "bill.docx")
    assert found.page_count == 2
    assert found.pages[0].text.startswith("An Act\n1")
    assert "one" in found.pages[0].text
    assert found.pages[1].text == "Page two"
    assert values_of(found, "title") == ["Bill 7"]
    assert values_of(found, "author") == ["Clerk"]


def test_deleted_text_is_left_out_and_inserted_text_kept(read):
    body = (
        f"<w:p><w:ins>{run('new')}</w:ins>"
        "<w:del><w:r><w:delText>old</w:delText></w:r></w:del></w:p>"
    )
    assert text_of(read(docx(body))) == "new"


def test_notes_and_headers_of_a_word_document_are_found(read):
    note = (
        f"<w:footnotes xmlns:w='{W}'><w:footnote><w:p>{run('see section 4')}</w:p>"
        "</w:footnote></w:footnotes>"
    )
    head = f"<w:hdr xmlns:w='{W}'><w:p>{run('CONFIDENTIAL')}</w:p></w:hdr>"
    content = docx(
        f"<w:p>{run('text')}</w:p>",
        **{"word/footnotes.xml": note, "word/header1.xml": head},
    )
    assert "see section 4" in text_of(read(content))
    assert "CONFIDENTIAL" in text_of(read(content))


def test_word_document_without_its_main_part_is_quarantined(read):
    content = zipped({"[Content_Types].xml": "", "word/document.xml": "no xml"})
    found = read(content)
    assert found.quarantined
    assert found.error


def test_sheets_are_pages_with_their_names(read):
    sheet = (
        f"<worksheet xmlns='{S}'><sheetData>"
        "<row><c t='s'><v>0</v></c><c><v>42</v></c></row>"
        "<row><c t='inlineStr'><is><t>in line</t></is></c></row>"
        "</sheetData></worksheet>"
    )
    content = zipped(
        {
            "[Content_Types].xml": "",
            "xl/workbook.xml": f"<workbook xmlns='{S}'><sheets>"
            "<sheet name='Votes'/></sheets></workbook>",
            "xl/sharedStrings.xml": f"<sst xmlns='{S}'><si><t>Ayes</t></si></sst>",
            "xl/worksheets/sheet1.xml": sheet,
        }
    )
    found = read(content)
    assert found.pages[0].text == "Votes\nAyes\t42\nin line"
    assert found.structure == {"sheets": ["Votes"]}


def test_slides_are_pages_in_their_order(read):
    def slide(text):
        shape = f"<a:p><a:r><a:t>{text}</a:t></a:r></a:p>"
        return f"<p:sld xmlns:p='urn:p' xmlns:a='{A}'>{shape}</p:sld>"

    members = {f"ppt/slides/slide{n}.xml": slide(f"slide {n}") for n in (10, 2, 1)}
    found = read(
        zipped({"[Content_Types].xml": "", "ppt/presentation.xml": ""} | members)
    )
    assert [p.text for p in found.pages] == ["slide 1", "slide 2", "slide 10"]


def odf(body, kind="text"):
    spaces = (
        "xmlns:office='urn:oasis:names:tc:opendocument:xmlns:office:1.0' "
        "xmlns:text='urn:oasis:names:tc:opendocument:xmlns:text:1.0' "
        "xmlns:table='urn:oasis:names:tc:opendocument:xmlns:table:1.0' "
        "xmlns:dc='http://purl.org/dc/elements/1.1/'"
    )
    content = f"<office:document-content {spaces}>{body}</office:document-content>"
    title = "<dc:title>Report</dc:title>"
    meta = f"<office:document-meta {spaces}>{title}</office:document-meta>"
    mime = f"application/vnd.oasis.opendocument.{kind}"
    return zipped({"content.xml": content, "meta.xml": meta}, first=("mimetype", mime))


def test_opendocument_text_with_spaces_tabs_and_tables(read):
    body = (
        "<text:h>Report</text:h><text:p>on<text:s text:c='2'/>fish<text:tab/>eries"
        "<text:line-break/>today</text:p><table:table><table:table-row>"
        "<table:table-cell><text:p>a</text:p></table:table-cell>"
        "<table:table-cell><text:p>b</text:p></table:table-cell>"
        "</table:table-row></table:table>"
    )
    found = read(odf(body), "report.odt")
    assert found.mime == "application/vnd.oasis.opendocument.text"
    assert "Report\non fish\teries\ntoday\na\tb" in text_of(found)
    assert values_of(found, "title") == ["Report"]


def test_opendocument_sheets_are_pages(read):
    body = "".join(
        "<table:table><table:table-row><table:table-cell>"
        f"<text:p>{name}</text:p>"
        "</table:table-cell></table:table-row></table:table>"
        for name in ("one", "two")
    )
    found = read(odf(body, "spreadsheet"))
    assert [p.text for p in found.pages] == ["one", "two"]


def test_container_that_unpacks_to_too_much_is_not_unpacked(read):
    large = "<w:t>" + " " * (101 * 1024 * 1024) + "</w:t>"
    found = read(docx(large))
    assert "too-large" in codes_of(found)
    assert found.quarantined


def test_damaged_container_is_a_result(read):
    content = docx(f"<w:p>{run('text')}</w:p>")
    for length in (30, 200, len(content) // 2, len(content) - 30):
        found = read(content[:length])
        assert found.quarantined or found.text is TextKind.FULL


def test_entities_are_not_resolved(read, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("closed session")
    document = (
        f"<!DOCTYPE d [<!ENTITY e SYSTEM 'file://{secret}'>]>"
        f"<w:document xmlns:w='{W}'><w:p><w:r><w:t>a&e;b</w:t></w:r></w:p></w:document>"
    )
    content = zipped({"[Content_Types].xml": "", "word/document.xml": document})
    assert "closed" not in text_of(read(content))


RTF = rb"""{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0\fcharset0 Arial;}
{\f1\fcharset204 Arial Cyr;}}{\info{\title Bill 9}{\author Clerk}}
{\*\generator Writer;}\pard An \b Act\b0  to\line amend \'e9t\'e9.\par
\u1575?\u1604? \emdash  {\f1 \'cf\'f0}\page second\par}"""


def test_rtf_text_code_pages_and_properties(read):
    found = read(RTF, "bill.rtf")
    assert found.pages[0].text == "An Act to\namend été.\nال — Пр"
    assert found.pages[1].text == "second"
    assert values_of(found, "title") == ["Bill 9"]
    assert values_of(found, "author") == ["Clerk"]


def test_rtf_that_breaks_off_keeps_its_text(read):
    found = read(RTF[:-10])
    assert "An Act" in found.pages[0].text
    assert "rtf:damaged" in codes_of(found)


def test_rtf_binary_part_does_not_become_text(read):
    found = read(rb"{\rtf1 before{\*\shppict{\pict\bin5 }\}{{}} after}")
    assert "after" in text_of(found)


def compound(streams):
    """Return a version 3 compound file whose streams are 4,096 bytes or longer."""
    sectors = []
    chains = []
    entries = [("Root Entry", 5, 0xFFFFFFFE, 0)]
    for name, content in streams.items():
        padded = content.ljust(4096, b"\x00")
        first = len(sectors)
        pieces = [padded[i : i + 512] for i in range(0, len(padded), 512)]
        sectors += [piece.ljust(512, b"\x00") for piece in pieces]
        chains += [*range(first + 1, first + len(pieces)), 0xFFFFFFFE]
        entries.append((name, 2, first, len(padded)))
    directory = b""
    for name, kind, start, size in entries:
        encoded = (name + "\x00").encode("utf-16-le")
        entry = encoded.ljust(64, b"\x00") + struct.pack("<HBB", len(encoded), kind, 1)
        entry += struct.pack("<III", 0xFFFFFFFF, 0xFFFFFFFF, 1).ljust(48, b"\x00")
        directory += entry + struct.pack("<IQ", start, size)
    first_directory = len(sectors)
    count = -(-len(directory) // 512)
    directory = directory.ljust(count * 512, b"\x00")
    sectors += [directory[i * 512 : i * 512 + 512] for i in range(count)]
    chains += [*range(first_directory + 1, first_directory + count), 0xFFFFFFFE]
    table = len(sectors)
    chains.append(0xFFFFFFFD)
    fat = b"".join(struct.pack("<I", c) for c in chains).ljust(512, b"\xff")
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    header += struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack("<IIIII", 0, 1, first_directory, 0, 4096)
    header += struct.pack("<IIII", 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    header += struct.pack("<I", table) + b"\xff" * 432
    return header + b"".join(sectors) + fat


def word97(text, *, flags=0):
    encoded = text.encode("cp1252")
    at = 2048
    stream = bytearray(struct.pack("<HH", 0xA5EC, 193).ljust(at, b"\x00"))
    struct.pack_into("<H", stream, 10, 0x0200 | flags)
    struct.pack_into("<H", stream, 32, 14)
    struct.pack_into("<H", stream, 62, 22)
    pieces = struct.pack("<II", 0, len(encoded))
    pieces += struct.pack("<HIH", 0, 0x4000_0000 | (2 * at), 0)
    table = b"\x02" + struct.pack("<I", len(pieces)) + pieces
    struct.pack_into("<II", stream, 154 + 8 * 33, 0, len(table))
    return compound({"WordDocument": bytes(stream) + encoded, "1Table": table})


def test_legacy_word_text_is_put_together_from_its_pieces(read):
    found = read(word97("The House met\rat ten o’clock\r"), "old.doc")
    assert found.mime == "application/msword"
    assert text_of(found) == "The House met\nat ten o’clock"


def test_legacy_word_with_a_password_is_quarantined(read):
    found = read(word97("x", flags=0x0100))
    assert found.quarantined
    assert codes_of(found) == {"encrypted"}


@pytest.mark.parametrize("cut", [100, 600, 3_000])
def test_damaged_compound_file_is_a_result(read, cut):
    found = read(word97("The House met")[:cut])
    assert found.warnings
