import gzip
import io
import os
import struct
import tarfile
import zipfile
from pathlib import Path

import pytest

from exports.archive import FORMS, write_archive
from exports.bag import write_bag
from exports.errors import PayloadMismatch, TargetExists
from exports.trees import Limits
from exports.validate import validate


@pytest.fixture(scope="module")
def members(tmp_path_factory, make_package, bagging) -> dict[str, bytes]:
    """Return the files of a valid bag by path."""
    bag = write_bag(
        make_package(name="bag"), tmp_path_factory.mktemp("members"), bagging
    ).path
    return {
        str(p.relative_to(bag.parent)): p.read_bytes()
        for p in sorted(bag.rglob("*"))
        if p.is_file()
    }


def plain(name: str, content: bytes = b"") -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.size = len(content)
    return info, content


def write_tar(path: Path, entries, mode="w") -> Path:
    with tarfile.open(path, mode) as archive:
        for info, content in entries:
            archive.addfile(info, io.BytesIO(content))
    return path


@pytest.fixture
def tar_with(tmp_path, members):
    """Return a function that makes a tar of a valid bag with more in it."""

    def make(*extra, form="tar", name="bag", base=None):
        entries = [plain(n, c) for n, c in (base or members).items()]
        path = tmp_path / f"{name}.{form}"
        return write_tar(path, [*entries, *extra], "w:gz" if form == "tar.gz" else "w")

    return make


def codes(path: Path, **options) -> set[str]:
    return {f.code for f in validate(path, **options).errors}


def special(name: str, kind: bytes, target: str = "") -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info, b""


@pytest.mark.parametrize("form", FORMS)
def test_archive_of_ours_is_valid_and_holds_what_the_folder_holds(
    tmp_path, make_package, bagging, form
):
    package = make_package([("a.pdf", b"1"), ("b.pdf", os.urandom(5 << 20))])
    folder = write_bag(package, tmp_path / "folder", bagging)
    archive = write_archive(package, tmp_path, form, bagging)
    assert archive.path.name == f"{package.name}.{form}"
    assert archive.manifest_sha256 == folder.manifest_sha256
    report = validate(archive.path)
    assert report.valid, report.errors
    assert report.warnings == ()
    assert (archive.files, archive.bytes) == (
        report.payload_files,
        report.payload_bytes,
    )


@pytest.mark.parametrize("form", FORMS)
def test_archive_is_never_overwritten_and_a_failed_one_leaves_nothing(
    tmp_path, make_package, bagging, form
):
    package = make_package()
    written = write_archive(package, tmp_path, form, bagging)
    before = written.path.read_bytes()
    with pytest.raises(TargetExists):
        write_archive(package, tmp_path, form, bagging)
    assert written.path.read_bytes() == before
    wrong = make_package([make_package.payload("x", b"longer", bytes=2)], name="wrong")
    with pytest.raises(PayloadMismatch):
        write_archive(wrong, tmp_path, form, bagging)
    assert list(tmp_path.iterdir()) == [written.path]


def test_place_taken_meanwhile_is_left_alone(tmp_path, make_package, bagging):
    def meddling():
        (tmp_path / "late.tar").write_bytes(b"mine")
        return io.BytesIO(b"x")

    package = make_package(
        [make_package.payload("x", b"x", source=meddling)], name="late"
    )
    with pytest.raises(TargetExists):
        write_archive(package, tmp_path, "tar", bagging)
    assert (tmp_path / "late.tar").read_bytes() == b"mine"


@pytest.mark.parametrize("taken", [False, True])
def test_file_systems_without_links_work(
    tmp_path, make_package, bagging, monkeypatch, taken
):
    def refuse(_source, target):
        if taken:
            target.write_bytes(b"mine")
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    if taken:
        with pytest.raises(TargetExists):
            write_archive(make_package(), tmp_path, "tar", bagging)
    else:
        written = write_archive(make_package(), tmp_path, "tar", bagging)
        assert validate(written.path).valid


def test_tar_has_fixed_owner_mode_and_time(tmp_path, make_package, bagging):
    written = write_archive(make_package(), tmp_path, "tar", bagging)
    with tarfile.open(written.path) as archive:
        facts = {(m.uid, m.gid, m.mode, m.mtime, m.uname) for m in archive}
        names = archive.getnames()
    assert facts == {(0, 0, 0o644, 1767323045, "")}
    assert names[0].endswith("bag-info.txt")
    assert names[-1].endswith("tagmanifest-sha512.txt")


def test_old_record_fits_into_a_zip(tmp_path, make_package, bagging):
    old = make_package().modified.replace(year=1066)
    written = write_archive(make_package(modified=old), tmp_path, "zip", bagging)
    assert validate(written.path).valid


def test_plain_tar_of_a_bag_is_valid(tar_with):
    for form in ("tar", "tar.gz"):
        assert codes(tar_with(form=form)) == set()


def test_tar_with_dots_before_its_names_is_valid(tar_with, members):
    dotted = {f"./{n}": c for n, c in members.items()}
    folder = special("./bag", tarfile.DIRTYPE)
    for form in ("tar", "tar.gz"):
        assert codes(tar_with(folder, form=form, base=dotted)) == set()


@pytest.mark.parametrize("form", ["tar", "tar.gz"])
@pytest.mark.parametrize(
    ("entry", "code"),
    [
        (special("bag/data/l", tarfile.SYMTYPE, "/etc/passwd"), "link"),
        (special("bag/data/h", tarfile.LNKTYPE, "bag/bagit.txt"), "link"),
        (special("bag/data/c", tarfile.CHRTYPE), "special-file"),
        (special("bag/data/p", tarfile.FIFOTYPE), "special-file"),
        (plain("bag/../../evil"), "traversal"),
        (plain("/etc/evil"), "absolute-path"),
        (plain("~root/evil"), "home-path"),
        (plain("C:\\evil"), "windows-path"),
        (plain("bag//x"), "bad-path"),
        (plain("bag/bagit.txt", b"again"), "duplicate-member"),
        (plain("other/x"), "archive-layout"),
        (plain("x"), "archive-layout"),
        (special("../up", tarfile.DIRTYPE), "traversal"),
        (plain("bag/data/stray"), "unlisted-file"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_hostile_tar_members_are_errors(tar_with, entry, code, form, tmp_path):
    assert code in codes(tar_with(entry, form=form))
    assert sorted(p.name for p in tmp_path.iterdir()) == [f"bag.{form}"]


def test_names_that_clash_are_warnings(tar_with, members):
    del members
    report = validate(tar_with(plain("bag/NOTES"), plain("bag/notes")))
    assert report.valid
    assert "name-clash" in {f.code for f in report.warnings}


def test_sparse_member_is_an_error(tar_with):
    info, _ = special("bag/data/sparse", tarfile.GNUTYPE_SPARSE)
    assert "special-file" in codes(tar_with((info, b"")))


def test_other_name_than_the_folder_is_a_warning(tar_with):
    report = validate(tar_with(name="renamed"))
    assert report.valid
    assert [f.code for f in report.warnings] == ["archive-name"]


def test_flat_archive_is_refused(tmp_path):
    path = write_tar(tmp_path / "flat.tar", [plain("bagit.txt", b"x")])
    assert codes(path) == {"archive-layout"}


@pytest.mark.parametrize("form", FORMS)
def test_flipping_any_byte_of_an_archive_is_found_or_harmless(
    tmp_path, make_package, bagging, form
):
    written = write_archive(make_package(), tmp_path, form, bagging).path
    good = written.read_bytes()
    payload = good.find(b"%PDF-1.4 a bill")
    places = {payload} if payload > 0 else set()
    places |= {len(good) * n // 23 for n in range(1, 23)}
    for place in sorted(places):
        written.write_bytes(
            good[:place] + bytes([good[place] ^ 0x55]) + good[place + 1 :]
        )
        report = validate(written)
        # Owner, time and padding carry nothing of the bag.
        assert place != payload or not report.valid
    written.write_bytes(good)
    assert validate(written).valid


@pytest.mark.parametrize("form", FORMS)
def test_cut_archive_is_an_error(tmp_path, make_package, bagging, form):
    written = write_archive(make_package(), tmp_path, form, bagging).path
    good = written.read_bytes()
    for share in (0.02, 0.5, 0.9):
        written.write_bytes(good[: int(len(good) * share)])
        assert codes(written)


def test_bytes_behind_the_end_are_an_error(tar_with):
    path = tar_with()
    with path.open("ab") as stream:
        stream.write(b"hidden")
    assert codes(path) == {"archive-damaged"}


@pytest.mark.parametrize("content", [b"", b"no archive", os.urandom(2000)])
def test_other_files_are_no_bags(tmp_path, content):
    path = tmp_path / "x.tar"
    path.write_bytes(content)
    assert codes(path)


def test_tar_with_a_false_size_does_not_loop(tmp_path):
    info = tarfile.TarInfo("bag/x")
    block = bytearray(info.tobuf())
    block[124:136] = struct.pack(">12s", b"\xff" * 11 + b"\x00")
    block[148:156] = b"%06o\0 " % sum((*block[:148], *b" " * 8, *block[156:]))
    path = tmp_path / "bag.tar"
    path.write_bytes(bytes(block) + bytes(1024))
    assert "archive-damaged" in codes(path) or codes(path)


def test_header_beyond_measure_is_refused(tmp_path):
    info = tarfile.TarInfo("bag/x")
    info.type, info.size = tarfile.XHDTYPE, 200 << 20
    path = tmp_path / "bag.tar.gz"
    with gzip.open(path, "wb", compresslevel=1) as stream:
        stream.write(info.tobuf())
        for _ in range(201):
            stream.write(bytes(1 << 20))
    assert codes(path) == {"archive-limit"}


def test_archive_bombs_are_refused(tmp_path, tar_with, members):
    limits = Limits(free_bytes=1 << 20, max_expansion=10)
    bomb = plain("bag/data/bomb", bytes(30 << 20))
    assert codes(tar_with(bomb, form="tar.gz"), limits=limits) == {"archive-limit"}
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
        archive.writestr("bag/data/bomb", bytes(30 << 20))
    assert codes(path, limits=limits) == {"archive-limit"}


@pytest.mark.parametrize("form", FORMS)
def test_too_many_members_are_refused(tmp_path, make_package, bagging, form):
    written = write_archive(make_package(), tmp_path, form, bagging).path
    assert codes(written, limits=Limits(max_files=5)) == {"archive-limit"}


@pytest.mark.parametrize("form", FORMS)
def test_manifest_beyond_measure_is_refused(tmp_path, make_package, bagging, form):
    written = write_archive(make_package(), tmp_path, form, bagging).path
    assert "tag-file-limit" in codes(written, limits=Limits(max_tag_bytes=100))


def test_kept_tag_files_are_bounded_together(tmp_path, make_package, bagging):
    written = write_archive(make_package(), tmp_path, "tar.gz", bagging).path
    largest = 2000
    assert "tag-file-limit" in codes(written, limits=Limits(max_tag_bytes=largest))


@pytest.fixture
def zip_with(tmp_path, members):
    def make(*extra):
        path = tmp_path / "bag.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in members.items():
                archive.writestr(name, content)
            for info, content in extra:
                archive.writestr(info, content)
        return path

    return make


def entry(name: str, mode: int = 0, **facts) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = mode << 16
    for key, value in facts.items():
        setattr(info, key, value)
    return info


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize(
    ("info", "code"),
    [
        (entry("bag/data/l", 0o120777), "link"),
        (entry("bag/data/d", 0o020666), "special-file"),
        (entry("bag/../../evil"), "traversal"),
        (entry("/evil"), "absolute-path"),
        (entry("C:/evil"), "windows-path"),
        (entry("bag/bagit.txt"), "duplicate-member"),
        (entry("bag/x", compress_type=zipfile.ZIP_BZIP2), "archive-method"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_hostile_zip_members_are_errors(zip_with, info, code):
    assert code in codes(zip_with((info, b"x")))


def test_plain_zip_with_folders_is_valid(zip_with):
    assert codes(zip_with((entry("bag/empty/", 0o040755), b""))) == set()


def test_encrypted_member_is_an_error(zip_with):
    path = zip_with((entry("bag/secret"), b"x"))
    content = bytearray(path.read_bytes())
    place = content.rfind(b"PK\x01\x02")
    content[place + 8] |= 1
    path.write_bytes(content)
    assert "archive-encrypted" in codes(path)


def test_zip_whose_parts_disagree_is_an_error(zip_with):
    path = zip_with()
    content = bytearray(path.read_bytes())
    place = content.find(b"bag/bagit.txt")
    content[place : place + 3] = b"gab"
    path.write_bytes(content)
    assert codes(path)
