"""Attachments come out as they are, from e-mail, Outlook files and mailboxes."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.extraction import (
    MAX_ATTACHMENT_BYTES,
    MAX_ATTACHMENTS,
    Attachment,
    Extraction,
)
from ingest.extractors import mbox
from ingest.extractors.lzfu import unpacked_rtf
from ingest.extractors.ole import CompoundFile
from ingest.extractors.olewriting import Folder, compound_file
from ingest.names import MAX_NAME_CHARS, safe_name
from tests.ingest.made import codes_of, text_of, text_pdf, values_of
from tests.ingest.made_messages import (
    SEPARATOR,
    forwarding,
    mail,
    mailbox,
    msg,
    outlook,
)

INNER = (
    b"Subject: =?utf-8?q?D=C3=BBes?=\r\n that are    folded oddly\r\nFrom: x@y\r\n"
    b"\r\nFrom here on it is\r\n>From old\r\n caf\xe9\r\n"
)


def test_message_in_a_message_comes_out_byte_for_byte(read):
    found = read(forwarding("Fwd", INNER), "m.eml")
    (inner,) = found.attachments
    assert inner.content == INNER
    assert inner.name == "Dûes that are    folded oddly.eml"
    assert inner.mime == "message/rfc822"
    assert "here on it is" not in text_of(found)
    assert "here on it is" in text_of(read(inner.content, inner.name))


def test_name_of_an_attachment_is_made_safe_and_the_stated_one_kept(read):
    content = mail("s", "b", [("C:\\x\\a\u202efdp.exe", b"x", "application/pdf")])
    (found,) = read(content, "m.eml").attachments
    assert found.name == "a_fdp.exe"
    assert found.stated_name == "C:\\x\\a\u202efdp.exe"


@given(st.text())
def test_safe_name_is_stable_short_and_no_path(stated):
    name = safe_name(stated)
    assert safe_name(name) == name
    assert len(name) <= MAX_NAME_CHARS
    assert not set(name) & set('/\\\0\n:"<>|?*')
    assert not name.startswith(".")


def test_long_name_keeps_its_extension():
    assert safe_name("x" * 300 + ".pdf") == "x" * (MAX_NAME_CHARS - 4) + ".pdf"


@given(st.text(), st.integers(1, 9), st.binary(max_size=20))
def test_attachment_survives_the_way_to_the_parent(stated, number, content):
    sent = Attachment.named(stated, number, mime=None, content=content)
    whole = Extraction(mime="message/rfc822", attachments=(sent,))
    (received,) = Extraction.from_mapping(whole.as_mapping()).attachments
    assert received == sent


def test_name_that_a_worker_sends_is_not_believed():
    honest = Attachment.named("a.txt", 1, mime=None, content=b"")
    whole = Extraction(mime="message/rfc822", attachments=(honest,)).as_mapping()
    whole["attachments"][0]["name"] = "../../a\nb.txt"
    (received,) = Extraction.from_mapping(whole).attachments
    assert received.name == "a_b.txt"


def test_too_many_attachments_are_cut_and_it_is_said(read):
    parts = [(f"{n}.txt", b"x", "text/plain") for n in range(MAX_ATTACHMENTS + 20)]
    found = read(mail("many", "b", parts), "m.eml")
    assert len(found.attachments) == MAX_ATTACHMENTS
    assert codes_of(found) == {"attachment:cut"}


def test_too_large_attachment_is_left_in_and_named(read):
    large = bytes(MAX_ATTACHMENT_BYTES + 1)
    parts = [("large.bin", large, "application/x-bin"), ("a.txt", b"x", "text/plain")]
    found = read(mail("large", "b", parts), "m.eml")
    assert [a.name for a in found.attachments] == ["a.txt"]
    (warning,) = found.warnings
    assert warning.code == "attachment:too-large"
    assert "large.bin" in warning.message


def test_outlook_message_is_read_with_headers_body_and_attachments(read):
    found = read(msg("Harbour dues", "The dues rise.", [("a.pdf", b"%PDF-")]), "m.msg")
    assert found.mime == "application/vnd.ms-outlook"
    assert values_of(found, "title") == ["Harbour dues"]
    assert values_of(found, "date") == ["2020-03-03T09:00:00Z"]
    assert values_of(found, "author") == ["Clerk <clerk@parl.example>"]
    assert text_of(found).startswith("From: Clerk <clerk@parl.example>\nDate: 2020")
    assert "The dues rise." in text_of(found)
    assert [(a.name, a.content) for a in found.attachments] == [("a.pdf", b"%PDF-")]
    assert codes_of(found) == set()


def test_outlook_message_in_a_message_becomes_one_that_stands_alone(read):
    innermost = outlook("Third", "deepest", inner=True)
    inner = outlook("Second", "inside", [("", innermost)], inner=True)
    outer = read(msg("First", "outside", [("", inner)]), "m.msg")
    (second,) = outer.attachments
    assert second.name == "Second.msg"
    found = read(second.content, second.name)
    assert values_of(found, "title") == ["Second"]
    assert values_of(found, "date") == ["2020-03-03T09:00:00Z"]
    assert "inside" in text_of(found)
    (third,) = found.attachments
    assert "deepest" in text_of(read(third.content, third.name))
    assert "__nameid_version1.0" in CompoundFile(second.content).tree().storages
    assert outer == read(msg("First", "outside", [("", inner)]), "m.msg")


def test_outlook_body_may_be_markup_or_rich_text(read):
    html = b"<p>The <b>dues</b> rise.</p>"
    found = read(msg("s", "", **{"__substg1.0_10130102": html}), "m.msg")
    assert "The dues rise." in text_of(found)
    rich = rb"{\rtf1\ansi The dues fall.}"
    packed = struct.pack("<II4sI", len(rich) + 12, len(rich), b"MELA", 0) + rich
    found = read(msg("s", "", **{"__substg1.0_10090102": packed}), "m.msg")
    assert "The dues fall." in text_of(found)


def test_compressed_rich_text_is_unpacked():
    # The example of [MS-OXRTFCP] section 4.1.
    packed = bytes.fromhex(
        "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af3"
        "206865 6c090020627705b06c647d0a800fa0".replace(" ", "")
    )
    assert unpacked_rtf(packed, 1_000) == (
        b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"
    )
    assert unpacked_rtf(packed, 5) == b"{\\rtf"
    assert unpacked_rtf(b"short", 5) == b""


def test_attachment_that_is_only_referred_to_is_said(read):
    found = read(msg("s", "b", [("link.docx", None)]), "m.msg")
    assert found.attachments == ()
    assert codes_of(found) == {"attachment:reference"}


@pytest.mark.parametrize("share", [0.1, 0.5, 0.8, 0.95])
def test_cut_outlook_message_is_a_result_that_warns(read, share):
    whole = msg("s", "b", [("a.bin", bytes(range(256)) * 64)])
    found = read(whole[: int(len(whole) * share)], "m.msg")
    assert found.warnings


_STREAMS = st.dictionaries(
    st.text("abcXYZ019_", min_size=1, max_size=20), st.binary(max_size=5_000)
)


@given(_STREAMS, _STREAMS, _STREAMS)
def test_compound_file_gives_back_what_was_written(top, below, deepest):
    inner = Folder(streams=below, folders={"deep#": Folder(streams=deepest)})
    root = Folder(clsid=bytes(range(16)), streams=top, folders={"in#": inner})
    file = CompoundFile(compound_file(root))
    tree = file.tree()
    assert tree.clsid == root.clsid
    for expected, storage in (
        (top, tree),
        (below, tree.storages["in#"]),
        (deepest, tree.storages["in#"].storages["deep#"]),
    ):
        assert {n: file.at(p) for n, p in storage.streams.items()} == expected


def test_large_compound_file_has_further_tables(read):
    content = bytes(range(256)) * 40_000
    file = CompoundFile(compound_file(Folder(streams={"large": content})))
    assert file.at(file.tree().streams["large"]) == content


def test_directory_that_leads_back_into_itself_ends():
    whole = bytearray(compound_file(Folder(folders={"a": Folder(), "b": Folder()})))
    (directory,) = struct.unpack_from("<I", whole, 48)
    for entry in range(3):
        struct.pack_into(
            "<III", whole, (directory + 1) * 512 + entry * 128 + 68, 1, 1, 1
        )
    assert CompoundFile(bytes(whole)).tree().storages


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
@pytest.mark.parametrize("block", [1_000, 6_001, 1 << 20])
def test_mailbox_names_where_every_message_stands(read, monkeypatch, end, block):
    monkeypatch.setattr(mbox, "_BLOCK_BYTES", block)
    messages = [
        end.join(
            (
                b"Subject: %d" % number,
                b"From: a@b",
                b"",
                b"From here on" + b"x" * number,
                b"",
                b"From the desk of the Clerk at 10:00",
                b"",
            )
        )
        for number in range(120)
    ]
    box = mailbox(messages, end)
    found = read(box, "inbox.mbox")
    assert found.mime == "application/mbox"
    places = found.structure[mbox.MESSAGES]
    assert [box[start:stop] for start, stop in places] == messages


def test_single_message_with_the_line_of_its_envelope_is_a_message(read):
    one = SEPARATOR + b"\n" + mail("s", "The body").replace(b"\r\n", b"\n")
    assert read(one, "m.eml").mime == "message/rfc822"
    assert "The body" in text_of(read(one, "m.eml"))
    assert read(one + b"\n" + one, "m.eml").mime == "application/mbox"
    assert read(one, "inbox").mime == "application/mbox"
    assert (
        read(b"From the Clerk at 10:00\nof the House\n", "n.txt").mime == "text/plain"
    )


def test_mailbox_of_too_many_messages_is_refused_whole(read, monkeypatch):
    monkeypatch.setattr(mbox, "MAX_MESSAGES", 3)
    found = read(mailbox([mail("s", "b")] * 5), "inbox.mbox")
    assert found.quarantined
    assert codes_of(found) == {"mbox:too-large"}
    assert found.structure is None


def test_attached_pdf_keeps_its_text_by_page(read):
    paper = text_pdf("one okapi", "two okapi")
    (found,) = read(mail("s", "b", [("p.pdf", paper, "application/pdf")])).attachments
    assert [p.text for p in read(found.content, found.name).pages] == [
        "one okapi",
        "two okapi",
    ]
