import logging
import os
import subprocess
import sys
from pathlib import Path

import bagit
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exports.bag import write_bag
from exports.errors import BadPackage, PayloadMismatch, TargetExists, UnsafeName
from exports.layout import human_size, layout_of
from exports.names import MAX_NAME_BYTES, clash_key, is_portable, stored_names
from exports.package import DublinCore
from exports.profile import own_profile
from exports.validate import validate

ODD_NAMES = (
    "100% bill.txt",
    "a\nb\rc.txt",
    "e\u0301te\u0301.pdf",
    "\u00e9t\u00e9.pdf",
    "📜 law.pdf",
    "\udc80\udcff.pdf",
    "-rf",
    "~root",
    "..",
    ".hidden",
    "C:\\x.doc",
    "con.txt",
    "مشروع قانون.pdf",
    "right\u202eto-left",
    "x" * 300 + ".pdf",
    "A.pdf",
    "a.pdf",
    "two\u2028lines",
    "tab\tname",
    " spaces ",
    "*star",
    "",
)


@pytest.fixture(autouse=True)
def _quiet():
    logging.getLogger("bagit").setLevel(logging.CRITICAL)


def files_of(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_bag_is_valid_for_bagit_python_for_us_and_for_our_profile(bag):
    bagit.Bag(str(bag)).validate()
    report = validate(bag, profile=own_profile())
    assert report.valid, report.errors
    assert report.warnings == ()
    assert report.version == "1.0"


def test_declaration_says_1_0_exactly(bag):
    assert (bag / "bagit.txt").read_bytes() == (
        b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
    )


def test_bag_info_is_the_golden_one(bag):
    assert (bag / "bag-info.txt").read_text() == (
        "Source-Organization: Parliament\n"
        "External-Description: Loi sur l’eau de 2020\n"
        "External-Identifier: 0123456789abcdef0123456789abcdef\n"
        "Bagging-Date: 2026-11-25\n"
        f"Bag-Size: {human_size(payload_bytes(bag))}\n"
        f"Payload-Oxum: {payload_bytes(bag)}.10\n"
        "BagIt-Profile-Identifier: "
        "https://recordsvc.invalid/bagit-profiles/parliamentary-record-1.json\n"
        "Bag-Software-Agent: recordsvc 0.1.0\n"
        "Record-Version: 3\n"
        "Access-Status: open\n"
    )


def payload_bytes(bag: Path) -> int:
    return sum(p.stat().st_size for p in (bag / "data").rglob("*") if p.is_file())


def test_layout_is_the_agreed_one(bag):
    assert sorted(files_of(bag)) == [
        "bag-info.txt",
        "bagit-profile.json",
        "bagit.txt",
        "data/METS.xml",
        "data/documentation/README.txt",
        "data/metadata/descriptive/dcterms.xml",
        "data/metadata/descriptive/oai_dc.xml",
        "data/metadata/descriptive/record.json",
        "data/metadata/other/retention.json",
        "data/metadata/preservation/premis.xml",
        "data/representations/rep-original/METS.xml",
        "data/representations/rep-original/data/bill.pdf",
        "data/representations/rep-original/metadata/preservation/premis.xml",
        "manifest-sha256.txt",
        "manifest-sha512.txt",
        "metadata/dc.xml",
        "metadata/oai_dc.xml",
        "tagmanifest-sha256.txt",
        "tagmanifest-sha512.txt",
    ]


def test_tag_copies_of_dublin_core_equal_the_payload(bag):
    described = bag / "data/metadata/descriptive"
    assert (bag / "metadata/dc.xml").read_bytes() == (
        described / "dcterms.xml"
    ).read_bytes()
    assert (bag / "metadata/oai_dc.xml").read_bytes() == (
        described / "oai_dc.xml"
    ).read_bytes()


def test_readme_names_the_record_its_files_and_the_check(bag):
    text = (bag / "data/documentation/README.txt").read_text()
    assert "Loi sur l’eau" in text
    assert "representations/rep-original/data/bill.pdf" in text
    assert "sha256sum --check" in text


def test_digests_can_be_checked_with_coreutils(bag):
    for name in ("manifest-sha256.txt", "tagmanifest-sha512.txt"):
        tool = name.split("-")[1].removesuffix(".txt") + "sum"
        subprocess.run([tool, "--status", "-c", name], cwd=bag, check=True)


def test_odd_names_are_valid_in_both_dialects(tmp_path, make_package, bagging):
    files = [(name, f"content {n}".encode()) for n, name in enumerate(ODD_NAMES)]
    path = write_bag(make_package(files), tmp_path, bagging).path
    bagit.Bag(str(path)).validate()
    report = validate(path, profile=own_profile())
    assert report.valid, report.errors
    assert report.warnings == ()
    contents = set(files_of(path / "data/representations/rep-original/data").values())
    assert contents == {content for _, content in files}


def test_bag_is_never_overwritten(bag, tmp_path, make_package, bagging):
    before = files_of(bag)
    with pytest.raises(TargetExists, match="move it away"):
        write_bag(make_package(), tmp_path / "out", bagging)
    assert files_of(bag) == before


def test_even_an_empty_folder_in_the_place_is_left_alone(
    tmp_path, make_package, bagging
):
    package = make_package()

    def meddling():
        (tmp_path / package.name).mkdir()
        return (tmp_path / "source").open("rb")

    (tmp_path / "source").write_bytes(b"%PDF")
    package = make_package([make_package.payload("bill.pdf", b"%PDF", source=meddling)])
    with pytest.raises(TargetExists):
        write_bag(package, tmp_path, bagging)
    assert list((tmp_path / package.name).iterdir()) == []


@pytest.mark.parametrize(
    "lie", [{"sha256": "0" * 64}, {"bytes": 3}, {"bytes": 99}], ids=str
)
def test_wrong_bytes_stop_the_package_and_leave_nothing(
    tmp_path, make_package, bagging, lie
):
    package = make_package([make_package.payload("bill.pdf", b"true bytes", **lie)])
    with pytest.raises(PayloadMismatch, match="no package was written"):
        write_bag(package, tmp_path, bagging)
    assert list(tmp_path.iterdir()) == []


def test_large_files_are_copied_whole(tmp_path, make_package, bagging):
    content = os.urandom(5 << 20)
    source = tmp_path / "large"
    source.write_bytes(content)
    for count in (1, 3):
        files = [
            make_package.payload(f"{n}.bin", content, source=source)
            for n in range(count)
        ]
        package = make_package(files, name=f"pack-{count}")
        path = write_bag(package, tmp_path, bagging).path
        stored = path / "data/representations/rep-original/data/0.bin"
        assert stored.read_bytes() == content
        assert validate(path).valid


def test_record_without_files_is_a_package_too(tmp_path, make_package, bagging):
    path = write_bag(make_package(()), tmp_path, bagging).path
    bagit.Bag(str(path)).validate()
    assert "no files of its own" in (path / "data/documentation/README.txt").read_text()


def test_representations_stand_side_by_side(tmp_path, make_package, bagging):
    files = [
        make_package.payload("bill.pdf", b"original"),
        make_package.payload("bill.pdf", b"redacted", representation="rep-access"),
    ]
    path = write_bag(make_package(files), tmp_path, bagging).path
    access = path / "data/representations/rep-access"
    assert (access / "data/bill.pdf").read_bytes() == b"redacted"
    assert (access / "METS.xml").is_file()


@pytest.mark.parametrize(
    ("facts", "error"),
    [
        ({"name": "../evil"}, UnsafeName),
        ({"name": "a/b"}, UnsafeName),
        ({"version": 0}, BadPackage),
        ({"bag_info": ()}, BadPackage),
        ({"access_status": " "}, BadPackage),
        ({"extra_files": (("../x", b""),)}, UnsafeName),
        ({"extra_files": (("/etc/x", b""),)}, UnsafeName),
        ({"extra_files": (("manifest-sha256.txt", b""),)}, UnsafeName),
        ({"extra_files": (("BAGIT.TXT", b""),)}, UnsafeName),
        ({"dublin_core": DublinCore(elements=(("colour", "red", None),))}, BadPackage),
    ],
    ids=str,
)
def test_contradictions_are_refused_before_a_byte_is_written(
    tmp_path, make_package, bagging, facts, error
):
    with pytest.raises(error):
        write_bag(make_package(**facts), tmp_path, bagging)
    assert list(tmp_path.iterdir()) == []


def test_naive_instant_is_refused(tmp_path, make_package, bagging):
    package = make_package(modified=make_package().modified.replace(tzinfo=None))
    with pytest.raises(BadPackage, match="aware"):
        write_bag(package, tmp_path, bagging)


def test_extra_files_go_where_they_are_wanted(tmp_path, make_package, bagging):
    extra = (("data/documentation/map.txt", b"here"), ("notes/a.txt", b"there"))
    path = write_bag(make_package(extra_files=extra), tmp_path, bagging).path
    assert (path / "data/documentation/map.txt").read_bytes() == b"here"
    assert (path / "notes/a.txt").read_bytes() == b"there"
    assert validate(path).warnings == ()


def test_sizes_are_written_for_people():
    assert [human_size(n) for n in (0, 1023, 1024, 5 << 20, 3 << 40)] == [
        "0 bytes",
        "1023 bytes",
        "1.0 KB",
        "5.0 MB",
        "3.0 TB",
    ]


@given(st.lists(st.text(st.characters(codec=None), max_size=300), max_size=8))
@settings(max_examples=150, deadline=None)
def test_stored_names_are_portable_distinct_and_stable(wanted):
    names = stored_names(wanted)
    assert all(is_portable(name) for name in names)
    assert all(len(name.encode()) <= MAX_NAME_BYTES for name in names)
    assert len({clash_key(name) for name in names}) == len(wanted)
    assert stored_names(wanted) == names


@given(st.lists(st.tuples(st.text(max_size=60), st.binary(max_size=40)), max_size=6))
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_any_names_and_bytes_make_a_bag_both_validators_accept(
    tmp_path_factory, make_package, bagging, files
):
    into = tmp_path_factory.mktemp("bag")
    path = write_bag(make_package(files), into, bagging).path
    bagit.Bag(str(path)).validate()
    report = validate(path)
    assert report.valid, report.errors
    stored = files_of(path / "data/representations/rep-original/data")
    assert sorted(stored.values()) == sorted(content for _, content in files)


def test_the_layout_needs_no_payload_byte(make_package, bagging):
    def never():
        raise AssertionError("opened")

    files = [make_package.payload("bill.pdf", b"x", source=never)]
    assert layout_of(make_package(files), bagging).payload_bytes > 0


_SCRIPT = """
import datetime as dt, hashlib, io, locale, os, sys
from pathlib import Path
os.umask(int(sys.argv[2], 8))
from exports.archive import write_archive
from exports.layout import Bagging
from exports.package import DublinCore, Package, Payload
content = b"%PDF"
package = Package(
    id="a", name="a_v0001", version=1,
    payloads=(Payload(name="\\u00e9.pdf", original_name="x", mime="text/plain",
        bytes=4, sha256=hashlib.sha256(content).hexdigest(),
        source=lambda: io.BytesIO(content)),),
    dublin_core=DublinCore(elements=(("title", "T", "en"),)), record_json=b"{}",
    modified=dt.datetime(2026, 1, 2, 23, 30, tzinfo=dt.UTC), access_status="open",
    bag_info=(("Source-Organization", "P"), ("External-Description", "T")),
)
for form in ("tar", "tar.gz", "zip"):
    write_archive(package, Path(sys.argv[1]), form,
        Bagging(on=dt.date(2026, 1, 3), software="s 1"))
"""


def test_archives_are_the_same_bytes_under_any_zone_locale_and_umask(tmp_path):
    root = Path(__file__).resolve().parents[2]
    for name, zone, language, umask in (
        ("one", "Asia/Tokyo", "C", "077"),
        ("two", "America/Lima", "C.UTF-8", "000"),
    ):
        environ = {"TZ": zone, "LC_ALL": language, "PYTHONPATH": str(root)}
        subprocess.run(
            [sys.executable, "-c", _SCRIPT, str(tmp_path / name), umask],
            env={**environ, "PATH": os.environ["PATH"], "PYTHONHASHSEED": "random"},
            check=True,
        )
    assert files_of(tmp_path / "one") == files_of(tmp_path / "two")
    assert len(files_of(tmp_path / "one")) == 3
