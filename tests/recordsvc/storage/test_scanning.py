import base64
import bz2
import gzip
import io
import json
import lzma
import os
import pickle
import random
import socket
import sqlite3
import tarfile
import zipfile
import zlib
from email.message import EmailMessage
from pathlib import Path

import pytest
from BTrees.OOBTree import OOBTree
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recordsvc.storage import looking, scanning
from recordsvc.storage.database import open_database, run
from recordsvc.storage.errors import StorageError
from recordsvc.storage.findings import Findings
from recordsvc.storage.needles import Finder, Form, forms_of
from recordsvc.storage.scanning import Limits, Place, scan
from recordsvc.storage.sieving import Sieve
from recordsvc.storage.unpacking import MARKERS

CANARY = "canary-Ünïcode/7b1f40d2c9-\N{GRINNING FACE}"
NEIGHBOUR = "neighbour-Ünïcode/55aa01e7f3-\N{GRINNING FACE}"
NOISE = random.Random(1).randbytes(3000)


def text_of(word):
    return f"a question about {word} was tabled".encode()


def zipped(content, name="word/document.xml", method=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>" * 50)
        archive.writestr(name, content)
    return out.getvalue()


def streamed_zip(content):
    """Return a ZIP whose sizes stand behind the members, as from a pipe."""

    class Pipe(io.RawIOBase):
        def __init__(self):
            self.content = b""

        def writable(self):
            return True

        def write(self, block):
            self.content += bytes(block)
            return len(block)

    out = Pipe()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.txt", content)
        archive.writestr("b.txt", content)
    return out.content


def tarred(content, mode="w"):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:
        entry = tarfile.TarInfo("paper.txt")
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
    return out.getvalue()


def mailed(content):
    message = EmailMessage()
    message["Subject"] = "A paper"
    message.set_content("It is attached.")
    message.add_attachment(
        content, maintype="application", subtype="octet-stream", filename="a.docx"
    )
    return message.as_bytes()


def bare_deflate(content):
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(content) + packer.flush()


def pdf(content):
    return b"%PDF-1.7\n1 0 obj\nstream\n" + zlib.compress(content) + b"\nendstream\n"


HIDING = {
    "raw": text_of,
    "pickle": lambda w: pickle.dumps({"title": w}, protocol=3),
    "utf-16-le": lambda w: b"\xff\xfe" + f"x {w} y".encode("utf-16-le"),
    "utf-16-be": lambda w: f"x {w} y".encode("utf-16-be"),
    "json": lambda w: json.dumps({"title": w}).encode(),
    "json upper": lambda w: (
        json.dumps({"title": w})
        .replace("\\u00dc", "\\u00DC")
        .replace("\\u00ef", "\\u00EF")
        .replace("\\ud83d\\ude00", "\\uD83D\\uDE00")
        .encode()
    ),
    "json slash": lambda w: json.dumps({"title": w}).replace("/", "\\/").encode(),
    "json all": lambda w: (
        b'"%s"'
        % "".join(
            f"\\u{int.from_bytes(w.encode('utf-16-be')[at : at + 2], 'big'):04x}"
            for at in range(0, len(w.encode("utf-16-be")), 2)
        ).encode()
    ),
    "hex": lambda w: b"\\x" + b"ab" + w.encode().hex().encode(),
    "base64 0": lambda w: base64.b64encode(b"abc" + w.encode() + b"abc"),
    "base64 1": lambda w: base64.b64encode(b"abcd" + w.encode() + b"abc"),
    "base64 2": lambda w: base64.b64encode(b"abcde" + w.encode() + b"abc"),
    "base64 url": lambda w: base64.urlsafe_b64encode(b"\xff\xfe" + w.encode()),
    "zlib": lambda w: zlib.compress(text_of(w)),
    "zlib inside": lambda w: NOISE + zlib.compress(text_of(w), 9) + NOISE,
    "zlib small window": lambda w: (
        (p := zlib.compressobj(wbits=12)).compress(text_of(w)) + p.flush()
    ),
    "bare deflate": lambda w: bare_deflate(text_of(w) * 3),
    "pdf": lambda w: pdf(text_of(w)),
    "gzip": lambda w: gzip.compress(text_of(w)),
    "gzip twice": lambda w: gzip.compress(gzip.compress(text_of(w))),
    "gzip second member": lambda w: gzip.compress(NOISE) + gzip.compress(text_of(w)),
    "bzip2": lambda w: bz2.compress(text_of(w)),
    "xz": lambda w: lzma.compress(text_of(w)),
    "zip": lambda w: zipped(text_of(w)),
    "zip stored": lambda w: zipped(text_of(w), method=zipfile.ZIP_STORED),
    "zip bzip2": lambda w: zipped(text_of(w), method=zipfile.ZIP_BZIP2),
    "zip from a pipe": lambda w: streamed_zip(text_of(w)),
    "zip in zip": lambda w: zipped(zipped(text_of(w)), "inner.zip"),
    "zip cut off": lambda w: zipped(text_of(w) * 9)[:-60],
    "zip after a program": lambda w: NOISE + zipped(text_of(w)),
    "tar": lambda w: tarred(text_of(w)),
    "tar.gz": lambda w: tarred(text_of(w), "w:gz"),
    "tar.xz": lambda w: tarred(text_of(w), "w:xz"),
    "docx in tar.gz": lambda w: tarred(zipped(text_of(w)), "w:gz"),
    "docx in zip in tar.gz": lambda w: tarred(zipped(zipped(text_of(w))), "w:gz"),
    "docx in mail": lambda w: mailed(zipped(text_of(w) * 9)),
    "mail in gzip": lambda w: gzip.compress(mailed(text_of(w))),
    "data uri": lambda w: (
        b"<img src='data:x;base64,"
        + base64.b64encode(zlib.compress(text_of(w)))
        + b"'>"
    ),
}


def findings_in(content, *, needle=CANARY, limits=None, block=1 << 20):
    """Sieve bytes in this process."""
    findings = Findings(limits=limits or Limits())
    findings.begin("x")
    sieve = Sieve(Finder({"canary": needle.encode()}, MARKERS), findings)
    for at in range(0, len(content), block):
        sieve.feed(content[at : at + block])
    sieve.close()
    return findings


@pytest.mark.parametrize("way", HIDING)
def test_a_canary_is_found_however_it_hides_and_not_in_its_neighbour(way):
    hide = HIDING[way]
    assert findings_in(hide(CANARY)).hits
    neighbour = findings_in(hide(NEIGHBOUR))
    assert not neighbour.hits
    if way != "zip cut off":
        assert not neighbour.not_scannable


@pytest.mark.parametrize("way", HIDING)
@pytest.mark.parametrize("block", [1, 7, 64])
def test_where_the_blocks_end_makes_no_difference(way, block):
    content = HIDING[way](CANARY)
    found = findings_in(content, block=block)
    assert found.hits.keys() == findings_in(content).hits.keys()
    assert found.not_scannable == findings_in(content).not_scannable


@given(
    before=st.binary(max_size=300),
    after=st.binary(max_size=300),
    block=st.integers(1, 400),
    way=st.sampled_from(
        ["raw", "utf-16-le", "zlib", "gzip", "zip", "base64 1", "bzip2"]
    ),
)
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_a_canary_is_found_between_any_bytes(before, after, block, way):
    content = before + HIDING[way](CANARY) + after
    assert findings_in(content, block=block).hits
    offsets = {
        h.offset
        for h in findings_in(b"\n" * len(before) + text_of(CANARY)).hits.values()
    }
    assert offsets == {len(before) + len("a question about ")}


def test_needles_that_stand_in_each_other_are_all_found():
    needles = {
        "long": b"parliament-secret-9",
        "short": b"secret-9",
        "in": b"ment-secret",
    }
    findings = Findings(limits=Limits())
    sieve = Sieve(Finder(needles, MARKERS), findings)
    sieve.feed(b"x parliament-secret-9 y")
    assert {hit.needle_id for hit in findings.hits.values()} == set(needles)


def test_needles_that_begin_alike_are_told_apart():
    needles = {"a": b"The Clerk of the House", "b": b"The Clerk of the Senate"}
    findings = Findings(limits=Limits())
    finder = Finder({**needles, "c": b"The Clerk"}, {})
    for block in (b"xx The Clerk of the Sen", b"ate yy"):
        Sieve(finder, findings).feed(block)
    assert {hit.needle_id for hit in findings.hits.values()} == {"c"}
    sieve = Sieve(finder, findings)
    for block in (b"xx The Clerk of the Sen", b"ate yy"):
        sieve.feed(block)
    assert {hit.needle_id for hit in findings.hits.values()} == {"b", "c"}


def test_two_needles_of_the_same_bytes_are_both_reported():
    findings = Findings(limits=Limits())
    Sieve(Finder({"a": b"same-bytes", "b": b"same-bytes"}, {}), findings).feed(
        b"-- same-bytes --"
    )
    assert {hit.needle_id for hit in findings.hits.values()} == {"a", "b"}


def test_a_needle_of_plain_bytes_has_no_forms_of_text():
    forms = set(forms_of(bytes(range(128, 144))).values())
    assert forms == {Form.RAW, Form.HEX, Form.BASE64}


def scanned(tmp_path, **options):
    return scan(
        [Place(name="store", path=tmp_path)], {"canary": CANARY.encode()}, **options
    )


def test_the_report_says_what_was_looked_through_and_where_the_canary_is(tmp_path):
    (tmp_path / "deep" / "er").mkdir(parents=True)
    (tmp_path / "deep" / "er" / "paper.docx").write_bytes(zipped(text_of(CANARY)))
    (tmp_path / "neighbour.txt").write_bytes(text_of(NEIGHBOUR))
    report = scan(
        [
            Place(name="store", path=tmp_path / "deep"),
            Place(name="logs", path=tmp_path / "neighbour.txt"),
            Place(name="spool", path=tmp_path / "nothing"),
        ],
        {"canary": CANARY.encode(), "other": b"another needle"},
    )
    (hit,) = report.hits
    assert hit.needle_id == "canary"
    assert hit.path == str(tmp_path / "deep" / "er" / "paper.docx")
    assert hit.where.startswith("zip:word/document.xml@")
    assert (hit.form, hit.offset) == (Form.RAW, len("a question about "))
    assert not report.is_clean
    assert [(p.name, p.exists, p.files) for p in report.places] == [
        ("store", True, 1),
        ("logs", True, 1),
        ("spool", False, 0),
    ]
    assert report.places[1].bytes == len(text_of(NEIGHBOUR))
    assert report.not_scannable == ()


def test_a_hit_that_has_a_reason_is_reported_apart(tmp_path):
    (tmp_path / "tombstone").write_bytes(text_of(CANARY))
    report = scanned(
        tmp_path, explained=lambda hit: f"a title in {Path(hit.path).name}"
    )
    assert report.is_clean
    ((hit, reason),) = report.explained
    assert (hit.needle_id, reason) == ("canary", "a title in tombstone")


def test_special_files_are_listed_and_never_opened(tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_bytes(text_of(CANARY))
    place = tmp_path / "place"
    place.mkdir()
    os.mkfifo(place / "pipe")
    (place / "link").symlink_to(outside / "secret")
    (place / "folder").symlink_to(outside)
    (place / "broken").symlink_to("nowhere")
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(str(place / "door"))
        report = scanned(place)
    assert report.is_clean
    assert {Path(one.path).name: one.reason for one in report.not_scannable} == {
        "pipe": "named pipe",
        "link": "link",
        "folder": "link",
        "broken": "link",
        "door": "socket",
    }


def test_a_place_that_is_named_by_a_link_is_looked_through(tmp_path):
    (tmp_path / "volume").mkdir()
    (tmp_path / "volume" / "a").write_bytes(text_of(CANARY))
    (tmp_path / "var").symlink_to("volume")
    assert scanned(tmp_path / "var").hits


def test_a_name_that_is_no_text_is_reported_as_it_is(tmp_path):
    name = os.fsdecode(b"d\xe9bat\nx")
    (tmp_path / name).write_bytes(text_of(CANARY))
    (hit,) = scanned(tmp_path).hits
    assert hit.path == str(tmp_path / name)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read_is_listed(tmp_path):
    (tmp_path / "locked").write_bytes(b"x")
    (tmp_path / "locked").chmod(0)
    (one,) = scanned(tmp_path).not_scannable
    assert one.reason == "Permission denied"


def reasons(content, **limits):
    found = findings_in(content, limits=Limits(**limits))
    return {one.where.split("@")[0]: one.reason for one in found.not_scannable.values()}


def encrypted_zip():
    content = bytearray(zipped(text_of(CANARY)))
    at = content.index(b"PK\x03\x04", 4)
    content[at + 6] |= 1
    return bytes(content)


def test_an_encrypted_member_is_named_as_not_scannable():
    assert reasons(encrypted_zip()) == {"zip:word/document.xml": "encrypted"}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"7z\xbc\xaf\x27\x1c" + NOISE[:99], "7z"),
        (b"Rar!\x1a\x07\x01\x00" + NOISE[:99], "RAR"),
        (b"(\xb5/\xfd" + NOISE[:99], "zstd"),
        (b"%PDF-1.7\n<< /Encrypt 5 0 R >>", "encrypted PDF"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
            + "EncryptedPackage".encode("utf-16-le"),
            "encrypted Office",
        ),
        (gzip.compress(NOISE)[:-400], "cut off"),
        (gzip.compress(NOISE)[:-8] + bytes(8), "damaged"),
        (zipped(NOISE)[:800], "cut off"),
    ],
)
def test_what_cannot_be_unpacked_is_said(content, said):
    assert any(said in reason for reason in reasons(content).values())


@pytest.mark.parametrize("at", [0, 500, 5000])
def test_what_a_stream_says_before_its_damage_is_looked_through(at):
    content = NOISE.hex().encode()
    packed = zlib.compress(content[:at] + CANARY.encode() + content[at:], 1)
    cut = len(packed) * 95 // 100
    for damage in (b"", bytes(9000), NOISE * 3):
        assert findings_in(NOISE + packed[:cut] + damage).hits


def test_packings_deeper_than_the_limit_are_said_and_not_passed_over():
    content = text_of(CANARY) * 20
    for _ in range(3):
        content = zipped(content, "inner.zip")
    assert findings_in(content, limits=Limits(depth=3)).hits
    found = findings_in(content, limits=Limits(depth=2))
    assert not found.hits
    assert {one.reason for one in found.not_scannable.values()} == {
        "packed more than 2 times"
    }


def test_a_bomb_is_stopped_by_its_ratio_and_said():
    bomb = gzip.compress(bytes(64 * 1024**2))
    assert "bytes a byte" in reasons(bomb)["gzip"]


def test_a_file_that_gives_too_much_in_all_is_stopped_and_said():
    many = b"".join(gzip.compress(NOISE * 40) for _ in range(8))
    assert "more than 200000 bytes" in reasons(many, unpacked_bytes=200_000)["gzip"]


def test_streams_that_overlap_by_the_hundred_are_bounded_and_said():
    header = zipped(b"", "a")[:30]
    content = b"".join(header + b"a" for _ in range(500)) + bare_deflate(NOISE * 30)
    found = findings_in(content, limits=Limits(beginnings=100))
    assert "too many" in " ".join(one.reason for one in found.not_scannable.values())


def test_beginnings_without_end_cost_little():
    found = findings_in(b"x\x9c" * 400_000, limits=Limits(beginnings=5_000))
    assert {one.reason for one in found.not_scannable.values()} == {
        "too many beginnings of packed streams"
    }


@given(st.binary(max_size=2000))
@settings(deadline=None)
def test_any_bytes_can_be_looked_through(content):
    for begin in (
        b"",
        b"PK\x03\x04",
        b"\x1f\x8b\x08",
        b"x\x9c",
        b"base64,",
        b"\xfd7zXZ\0",
    ):
        assert not findings_in(begin + content).hits


def test_hits_beyond_all_reason_are_counted_and_not_listed(monkeypatch):
    monkeypatch.setattr("recordsvc.storage.findings.MOST_HITS", 3)
    findings = Findings(limits=Limits())
    finder = Finder({"canary": CANARY.encode()}, {})
    for number in range(5):
        findings.begin(f"file {number}")
        Sieve(finder, findings).feed(text_of(CANARY))
    assert len(findings.hits) == 3
    assert findings.left_off == {"hits": 2}


def test_values_of_tables_are_found_though_pages_cut_them(tmp_path):
    base = sqlite3.connect(tmp_path / "main.sqlite3")
    base.execute("CREATE TABLE object_state (zoid INTEGER PRIMARY KEY, state BLOB)")
    base.execute('CREATE TABLE "odd "" name" (k TEXT PRIMARY KEY, v) WITHOUT ROWID')
    needles, rng = {}, random.Random(5)
    for number in range(600):
        needle = rng.randbytes(40)
        needles[str(number)] = needle
        before, after = (rng.randbytes(rng.randrange(9000)) for _ in range(2))
        base.execute(
            "INSERT INTO object_state (state) VALUES (?)", (before + needle + after,)
        )
    needles["text"] = b"text of a table without row numbers"
    base.execute('INSERT INTO "odd "" name" VALUES (?, 1)', (needles["text"].decode(),))
    base.commit()
    base.close()
    report = scan([Place(name="store", path=tmp_path)], needles)
    in_tables = {h.needle_id for h in report.hits if h.where.startswith("table")}
    in_pages = {h.needle_id for h in report.hits if h.where == ""}
    assert in_tables == set(needles)
    assert len(in_pages) < len(needles), "no page cut a needle: the test proves nothing"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["main.sqlite3"]


def test_a_database_that_is_open_is_looked_through_without_harm(tmp_path):
    uri = f"sqlite://{tmp_path / 'store'}"
    with open_database(
        uri, create=True, populate=lambda r: r.update(t=OOBTree())
    ) as db:
        run(db, lambda root: root["t"].update({"secret": CANARY}))
        report = scanned(tmp_path / "store")
        # Not yet moved from the log into the main file.
        assert {Path(h.path).name for h in report.hits} >= {"main.sqlite3-wal"}
        assert any(h.where.startswith("table object_state") for h in report.hits)
        run(db, lambda root: root["t"].update({"more": 1}))
    assert report.not_scannable == ()


def test_a_database_that_is_damaged_is_said(tmp_path):
    (tmp_path / "x").write_bytes(b"SQLite format 3\0" + NOISE)
    (one,) = scanned(tmp_path).not_scannable
    assert (one.where, "SQLite says" in one.reason) == ("tables", True)


def test_a_needle_that_chance_would_meet_is_refused(tmp_path):
    with pytest.raises(ValueError, match="fewer than 8"):
        scan([Place(name="x", path=tmp_path)], {"short": b"1234567"})
    with pytest.raises(ValueError, match="fewer than 8"):
        Finder({"short": b"1234567"}, {})


def test_two_places_of_one_name_are_refused(tmp_path):
    places = [Place(name="x", path=tmp_path), Place(name="x", path=tmp_path / "y")]
    with pytest.raises(ValueError, match="one name"):
        scan(places, {})


def test_a_scan_that_fails_proves_nothing_and_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(scanning, "_PROGRAM", "recordsvc.storage.no_such_module")
    with pytest.raises(StorageError, match="nothing was proved"):
        scanned(tmp_path)


def test_no_needles_is_a_scan_that_counts(tmp_path):
    (tmp_path / "a").write_bytes(NOISE)
    report = scan([Place(name="x", path=tmp_path)], {})
    assert report.is_clean
    assert report.places[0].bytes == len(NOISE)


@pytest.mark.slow
def test_memory_does_not_grow_with_the_files(tmp_path, started):
    block = random.Random(2).randbytes(1 << 20)
    peaks = []
    for name, blocks in (("small", 1), ("large", 100)):
        folder = tmp_path / name
        folder.mkdir()
        with (folder / "file").open("wb") as stream:
            for _ in range(blocks):
                stream.write(block)
            stream.write(gzip.compress(block * (blocks // 2) + text_of(CANARY), 1))
        found, peak = started("scanner.py", str(folder), CANARY).hear().split()
        assert found == "canary"
        peaks.append(int(peak))
    small, large = peaks
    assert large < small + 30_000


def test_looking_in_this_process_gives_what_the_other_process_says(tmp_path):
    (tmp_path / "a.tar.gz").write_bytes(tarred(text_of(CANARY), "w:gz"))
    seen, findings = looking.look(
        {"x": tmp_path}, {"canary": CANARY.encode()}, Limits()
    )
    report = scan([Place(name="x", path=tmp_path)], {"canary": CANARY.encode()})
    assert tuple(findings.hits.values()) == report.hits
    assert seen[0]["bytes"] == report.places[0].bytes
