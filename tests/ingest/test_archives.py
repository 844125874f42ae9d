"""Archives taken apart within limits, whatever they were made to do."""

import contextlib
import gzip
import io
import lzma
import stat
import tarfile
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.archives import (
    READ_FAULTS,
    ArchiveError,
    ArchiveLimits,
    open_archive,
    safe_path,
)
from ingest.archivestreams import Forward

ROOM = 1 << 40
SMALL = ArchiveLimits(max_members=5, free_bytes=1_000, max_expansion=10)


def zipped(*members, method=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return out


def tarred(*members, mode="w"):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:
        for name, content in members:
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return out


def read(archive, *numbers):
    wanted = set(numbers) or {m.number for m in archive.members}
    return {m.path: s.read() for m, s in archive.contents(wanted)}


@pytest.mark.parametrize(
    ("form", "content"),
    [
        ("zip", zipped(("a/1.txt", b"one"), ("2.txt", b"two"))),
        ("tar", tarred(("a/1.txt", b"one"), ("2.txt", b"two"))),
        ("tar.gz", tarred(("a/1.txt", b"one"), ("2.txt", b"two"), mode="w:gz")),
        ("tar.bz2", tarred(("a/1.txt", b"one"), ("2.txt", b"two"), mode="w:bz2")),
        ("tar.xz", tarred(("a/1.txt", b"one"), ("2.txt", b"two"), mode="w:xz")),
    ],
)
def test_every_form_gives_its_members(form, content):
    archive = open_archive(content, ArchiveLimits(), ROOM)
    assert archive.form == form
    assert read(archive) == {"a/1.txt": b"one", "2.txt": b"two"}
    assert read(archive, 2) == {"2.txt": b"two"}


def test_an_xz_of_several_streams_is_read_to_its_end():
    whole = tarred(("a.txt", b"x" * 5_000)).getvalue()
    packed = lzma.compress(whole[:3_000]) + lzma.compress(whole[3_000:])
    assert read(open_archive(io.BytesIO(packed), ArchiveLimits(), ROOM)) == {
        "a.txt": b"x" * 5_000
    }


@pytest.mark.parametrize(
    ("stated", "safe"),
    [
        ("../../etc/passwd", ("etc", "passwd")),
        ("/etc/passwd", ("etc", "passwd")),
        ("C:\\temp\\..\\a.txt", ("C_/temp", "a.txt")),
        ("a/\u202egpj.exe", ("a", "_gpj.exe")),
        ("..", ("", "")),
    ],
)
def test_no_name_leads_out(stated, safe):
    assert safe_path(stated) == safe


@given(st.text(max_size=200))
def test_a_safe_path_never_climbs(stated):
    folder, name = safe_path(stated)
    parts = [*folder.split("/"), name]
    assert ".." not in parts
    assert not any("\\" in part or "\x00" in part for part in parts)
    assert "/" not in name


@pytest.mark.parametrize(
    ("archive", "message"),
    [
        (zipped(*((f"{n}.txt", b"") for n in range(6))), "more than 5 members"),
        (tarred(*((f"{n}.txt", b"") for n in range(6))), "more than 5 members"),
        (zipped(("bomb", b"\0" * 100_000)), "100000 bytes"),
        (tarred(("bomb", b"\0" * 100_000), mode="w:gz"), "unpacks to more than"),
        (tarred(("bomb", b"\0" * 100_000), mode="w:xz"), "unpacks to more than"),
    ],
)
def test_what_breaks_a_limit_is_refused_whole(archive, message):
    with pytest.raises(ArchiveError, match=message) as caught:
        open_archive(archive, SMALL, ROOM)
    assert caught.value.code == "archive-limit"


def test_what_is_left_of_the_room_counts_for_inner_archives():
    with pytest.raises(ArchiveError, match="at most 10"):
        open_archive(zipped(("a", b"x" * 11)), ArchiveLimits(), 10)


def test_a_size_that_lies_ends_the_member_and_no_more():
    out = zipped(("a.txt", b"x" * 1_000), method=zipfile.ZIP_STORED)
    content = out.getvalue().replace((1_000).to_bytes(4, "little"), b"\x05\0\0\0")
    archive = open_archive(io.BytesIO(content), ArchiveLimits(), ROOM)
    with pytest.raises(READ_FAULTS):
        read(archive)


def test_links_devices_and_encrypted_members_are_named_and_not_read():
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE):
            entry = tarfile.TarInfo(f"odd-{kind.decode()}")
            entry.type, entry.linkname = kind, "/etc/passwd"
            archive.addfile(entry)
    found = open_archive(out, ArchiveLimits(), ROOM).members
    faults = [member.fault for member in found]
    assert faults == ["member-link", "member-link", "member-special"]


def test_zip_links_and_encryption_are_named():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        link = zipfile.ZipInfo("link")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
        archive.writestr("locked.txt", "x")
    content = bytearray(out.getvalue())
    place = content.rfind(b"PK\x01\x02")
    content[place + 8] |= 1
    found = open_archive(io.BytesIO(bytes(content)), ArchiveLimits(), ROOM).members
    assert [m.fault for m in found] == ["member-link", "member-encrypted"]


@pytest.mark.parametrize(
    "members",
    [
        [("[Content_Types].xml", b""), ("word/document.xml", b"")],
        [("mimetype", b"application/epub+zip")],
        [("META-INF/MANIFEST.MF", b"")],
    ],
)
def test_a_paper_in_the_form_of_a_zip_is_no_archive(members):
    with pytest.raises(ArchiveError) as caught:
        open_archive(zipped(*members), ArchiveLimits(), ROOM)
    assert caught.value.code == "archive-paper"


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7" * 100, gzip.compress(b"hello")])
def test_what_is_no_archive_is_told_apart(content):
    with pytest.raises(ArchiveError):
        open_archive(io.BytesIO(content), ArchiveLimits(), ROOM)


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
def test_an_archive_cut_anywhere_is_refused_or_whole(mode):
    members = [(f"{n}.txt", bytes([n]) * 700) for n in range(5)]
    content = tarred(*members, mode=mode).getvalue()
    step = max(1, len(content) // 64)
    for cut in range(1, len(content), step):
        try:
            archive = open_archive(io.BytesIO(content[:cut]), ArchiveLimits(), ROOM)
        except ArchiveError:
            continue
        # A tar without all of its padding is whole.
        assert len(archive.members) <= len(members)


@given(st.binary(max_size=3_000))
@settings(max_examples=200, deadline=None)
def test_no_bytes_raise_anything_but_an_archive_error(content):
    for magic in (b"", b"PK\x03\x04", b"\x1f\x8b\x08", b"BZh9", b"\xfd7zXZ\x00"):
        try:
            archive = open_archive(io.BytesIO(magic + content), ArchiveLimits(), ROOM)
            read(archive)
        except READ_FAULTS:
            continue


@given(st.data())
@settings(max_examples=100, deadline=None)
def test_bits_that_flipped_raise_nothing_else(data):
    base = data.draw(
        st.sampled_from(
            [
                zipped(("a.txt", b"one" * 50), ("b.txt", b"two")).getvalue(),
                tarred(("a.txt", b"one" * 50), mode="w:gz").getvalue(),
                tarred(("a.txt", b"one" * 50)).getvalue(),
            ]
        )
    )
    content = bytearray(base)
    for _ in range(3):
        place = data.draw(st.integers(0, len(content) - 1))
        content[place] ^= 1 << data.draw(st.integers(0, 7))
    with contextlib.suppress(READ_FAULTS):
        read(open_archive(io.BytesIO(bytes(content)), ArchiveLimits(), ROOM))


def test_a_forward_stream_does_not_go_back():
    stream = Forward(io.BytesIO(b"abcdef"), 10)
    assert stream.seek(3) == 3
    assert stream.read(1) == b"d"
    with pytest.raises(ArchiveError, match="back"):
        stream.seek(1)
