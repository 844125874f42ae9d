import hashlib
import os
import socket
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exports.bag import write_bag
from exports.errors import BagNotFound
from exports.trees import Limits
from exports.validate import validate

CONTENT = b"a bill\n"


def digest(content: bytes, algorithm: str = "sha256") -> str:
    return hashlib.new(algorithm, content).hexdigest()


@pytest.fixture
def small(tmp_path):
    """Return a function that makes a small bag by hand."""

    def make(
        files=(("data/a.txt", CONTENT),),
        *,
        version="1.0",
        manifest=None,
        algorithm="sha256",
        **tags,
    ) -> Path:
        root = tmp_path / "bag"
        (root / "data").mkdir(parents=True)
        for path, content in files:
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(content)
        if manifest is None:
            manifest = "".join(
                f"{digest(content, algorithm)}  {path}\n" for path, content in files
            )
        name = f"manifest-{algorithm}.txt"
        declared = f"BagIt-Version: {version}\nTag-File-Character-Encoding: UTF-8\n"
        texts = {"bagit.txt": declared, name: manifest} | tags
        for path, text in texts.items():
            if text is not None:
                (root / path).write_text(text, newline="")
        return root

    return make


def errors(path: Path, **options) -> set[str]:
    report = validate(path, **options)
    assert report.valid is not bool(report.errors)
    return {f.code for f in report.errors}


def warnings(path: Path) -> set[str]:
    report = validate(path)
    assert report.valid, report.errors
    return {f.code for f in report.warnings}


def test_hand_made_bag_is_valid_without_a_word(small):
    report = validate(small())
    assert (report.valid, report.errors, report.warnings) == (True, (), ())
    assert (report.payload_files, report.payload_bytes) == (1, len(CONTENT))


def test_nothing_there_is_no_bag(tmp_path):
    with pytest.raises(BagNotFound, match="check the path"):
        validate(tmp_path / "none")


def test_an_empty_folder_is_invalid(tmp_path):
    assert errors(tmp_path) == {"missing-bagit-txt", "missing-data"}


def test_any_flipped_byte_is_found(bag):
    for path in sorted(p for p in bag.rglob("*") if p.is_file()):
        name = str(path.relative_to(bag))
        before = path.read_bytes()
        for place in (0, len(before) // 2, len(before) - 1):
            path.write_bytes(
                before[:place] + bytes([before[place] ^ 1]) + before[place + 1 :]
            )
            report = validate(bag)
            assert not report.valid, (name, place)
        path.write_bytes(before)
    assert validate(bag).valid


@given(st.data())
@settings(max_examples=40, deadline=None)
def test_flipping_any_bit_of_the_payload_names_the_file(
    tmp_path_factory, make_package, bagging, data
):
    into = tmp_path_factory.mktemp("flip")
    bag = write_bag(make_package(), into, bagging).path
    files = sorted(p for p in (bag / "data").rglob("*") if p.is_file())
    victim = data.draw(st.sampled_from(files))
    content = bytearray(victim.read_bytes())
    bit = data.draw(st.integers(0, 8 * len(content) - 1))
    content[bit // 8] ^= 1 << bit % 8
    victim.write_bytes(content)
    found = validate(bag).errors
    assert {f.path for f in found} == {str(victim.relative_to(bag))}
    assert {f.code for f in found} == {"digest-mismatch"}


def test_every_stray_and_every_lost_file_is_found(bag):
    (bag / "data/stray").write_bytes(b"")
    assert "unlisted-file" in errors(bag)
    (bag / "data/stray").unlink()
    for path in sorted(p for p in bag.rglob("*") if p.is_file()):
        before = path.read_bytes()
        path.unlink()
        if not path.name.startswith("tagmanifest"):
            assert errors(bag), path
        path.write_bytes(before)


def test_stray_tag_file_is_a_warning(bag):
    (bag / "notes.txt").write_text("x")
    assert warnings(bag) == {"unprotected-tag-file"}


@pytest.mark.parametrize(
    ("bagit_txt", "code"),
    [
        ("\ufeffBagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n", None),
        ("BagIt-Version : 1.0\nTag-File-Character-Encoding: UTF-8\n", None),
        ("BagIt-Version: 1.0\n", None),
        ("BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\nX: y\n", None),
        ("", None),
        (
            "BagIt-Version: 2.0\nTag-File-Character-Encoding: UTF-8\n",
            "unsupported-version",
        ),
        (
            "BagIt-Version: 1.0\nTag-File-Character-Encoding: rot13\n",
            "unsupported-encoding",
        ),
    ],
)
def test_bad_declaration_is_an_error(small, bagit_txt, code):
    found = errors(small(**{"bagit.txt": bagit_txt}))
    assert (code or "bagit-txt-syntax") in found


def test_undecodable_declaration_and_manifest_are_errors(small):
    root = small()
    (root / "manifest-sha256.txt").write_bytes(b"\xff\xfe\xff")
    assert "tag-file-encoding" in errors(root)
    (root / "bagit.txt").write_bytes(b"\xff")
    assert "bagit-txt-syntax" in errors(root)


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("no digest here", "manifest-syntax"),
        ("abcd  data/a.txt", "manifest-syntax"),
        ("", "manifest-syntax"),
        (f"{'0' * 64}  data/none.txt", "missing-file"),
        (f"{'0' * 64}  data/../../x", "traversal"),
        (f"{'0' * 64}  data/..\\x", "traversal"),
        (f"{'0' * 64}  /etc/passwd", "absolute-path"),
        (f"{'0' * 64}  ~/x", "home-path"),
        (f"{'0' * 64}  C:\\x", "windows-path"),
        (f"{'0' * 64}  \\\\server\\x", "windows-path"),
        (f"{'0' * 64}  %SystemRoot%\\x", "windows-path"),
        (f"{'0' * 64}  data//a.txt", "bad-path"),
        (f"{'0' * 64}  data/./a.txt", "bad-path"),
        (f"{'0' * 64}  bagit.txt", "wrong-manifest"),
        (f"{'0' * 64}  data/a.txt", "duplicate-entry"),
        (f"{digest(CONTENT)}  data/a.txt", "duplicate-entry"),
    ],
)
def test_bad_manifest_line_is_an_error(small, line, code):
    good = f"{digest(CONTENT)}  data/a.txt\n"
    assert code in errors(small(manifest=f"{good}{line}\n"))


def test_repeated_line_is_a_warning_before_1_0(small):
    line = f"{digest(CONTENT)}  data/a.txt\n"
    assert warnings(small(version="0.97", manifest=line * 2)) == {"duplicate-entry"}


def test_dialects_of_digest_tools_are_warnings(small):
    line = f"{digest(CONTENT).upper()} *./data/a.txt\r\n"
    assert warnings(small(manifest=line)) == {"binary-star", "dot-slash"}


def test_percent_encoding_of_the_rfc_is_understood(small):
    files = [("data/100% bill.txt", b"1"), ("data/a\nb\rc.txt", b"2")]
    manifest = (
        f"{digest(b'1')}  data/100%25 bill.txt\n{digest(b'2')}  data/a%0Ab%0dc.txt\n"
    )
    assert validate(small(files, manifest=manifest)).warnings == ()


@pytest.mark.parametrize("version", ["0.97", "1.0"])
def test_raw_percent_is_a_warning(small, version):
    files = [("data/100% bill.txt", b"1"), ("data/%25.txt", b"2")]
    assert warnings(small(files, version=version)) == {"percent-encoding-legacy"}


def test_raw_percent_that_looks_encoded_is_a_warning(small):
    assert warnings(small([("data/a%25.txt", b"1")])) == {"percent-encoding-legacy"}


def test_encoded_name_wins_where_both_files_are_there(small):
    files = [("data/a%.txt", b"1"), ("data/a%25.txt", b"2")]
    manifest = f"{digest(b'1')}  data/a%25.txt\n{digest(b'2')}  data/a%2525.txt\n"
    assert validate(small(files, manifest=manifest)).valid


def test_other_normalisation_is_a_warning(small):
    manifest = f"{digest(b'1')}  data/e\u0301.txt\n"
    found = warnings(small([("data/\u00e9.txt", b"1")], manifest=manifest))
    assert found == {"unicode-normalization"}


def test_names_that_clash_elsewhere_are_warnings(small):
    files = [("data/A.txt", b"1"), ("data/a.txt", b"2"), ("data/x/.DS_Store", b"")]
    assert warnings(small(files)) == {"name-clash", "system-file"}


def test_every_manifest_of_1_0_lists_every_file(small):
    tags = {"manifest-sha512.txt": ""}
    assert errors(small(**tags)) == {"manifest-incomplete"}


def test_one_manifest_is_enough_before_1_0(small):
    assert warnings(small(version="0.97", **{"manifest-sha512.txt": ""})) == set()


def test_bag_without_a_manifest_is_invalid(small):
    found = errors(small(**{"manifest-sha256.txt": None}))
    assert found == {"missing-manifest", "unlisted-file"}


def test_unknown_algorithm_alone_proves_nothing(small):
    tags = {"manifest-sha256.txt": None, "manifest-crc32.txt": "00  data/a.txt\n"}
    assert "missing-manifest" in errors(small(**tags))


def test_unknown_algorithm_beside_a_known_one_is_a_warning(small):
    tags = {"manifest-crc32.txt": "00  data/a.txt\n"}
    assert warnings(small(**tags)) == {"unknown-algorithm"}


@pytest.mark.parametrize(
    "algorithm", ["md5", "sha1", "sha224", "sha384", "sha3-256", "blake2b512"]
)
def test_other_algorithms_are_checked(small, algorithm):
    name = {"sha3-256": "sha3_256", "blake2b512": "blake2b"}.get(algorithm, algorithm)
    line = f"{digest(CONTENT, name)}  data/a.txt\n"
    tags = {"manifest-sha256.txt": None, f"manifest-{algorithm}.txt": line}
    root = small(**tags)
    assert warnings(root) == (
        {"weak-algorithm"} & {"weak-algorithm" if algorithm in ("md5", "sha1") else ""}
    )
    (root / "data/a.txt").write_bytes(b"another")
    assert errors(root) == {"digest-mismatch"}


def test_tag_manifest_covers_tags_alone(small):
    line = f"{digest(CONTENT)}  data/a.txt\n{'0' * 64}  tagmanifest-md5.txt\n"
    found = errors(small(**{"tagmanifest-sha256.txt": line}))
    assert found == {"wrong-manifest"}


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        (f"Payload-Oxum: {len(CONTENT)}.1\n", set()),
        ("Payload-Oxum: 1.1\n", {"oxum-mismatch"}),
        (f"payload-oxum: {len(CONTENT)}.2\n", {"oxum-mismatch"}),
        ("Payload-Oxum: many\n", {"oxum-syntax"}),
        ("Label : x\n", {"bag-info-syntax"}),
        ("no colon\n", {"bag-info-syntax"}),
        ("  continues\n", {"bag-info-syntax"}),
        ("A: x\n  y\n", set()),
    ],
)
def test_bag_info_is_judged(small, text, codes):
    assert errors(small(**{"bag-info.txt": text})) == codes


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        (f"http://127.0.0.1:9/a {len(CONTENT)} data/a.txt\n", set()),
        ("http://127.0.0.1:9/a 99 data/a.txt\n", {"fetch-length"}),
        ("http://169.254.169.254/ - data/b.txt\n", {"fetch-unlisted"}),
        ("http://[::1 - ../b.txt\n", {"traversal"}),
        ("http://x.invalid/ - b.txt\n", {"bad-path"}),
        ("nonsense\n", {"fetch-syntax"}),
    ],
)
def test_fetch_is_judged_and_never_done(small, monkeypatch, text, codes):
    monkeypatch.setattr(socket, "socket", None)
    assert errors(small(**{"fetch.txt": text})) == codes


def test_bag_that_waits_for_a_fetch_is_incomplete(small):
    manifest = f"{digest(CONTENT)}  data/a.txt\n{digest(b'b')}  data/b.txt\n"
    fetch = "file:///etc/passwd - data/b.txt\n"
    report = validate(small(manifest=manifest, **{"fetch.txt": fetch}))
    assert [(f.code, f.path) for f in report.errors] == [("incomplete", "data/b.txt")]
    assert [f.code for f in report.warnings] == ["fetch-address"]


def test_links_of_any_kind_are_errors(small, tmp_path):
    (tmp_path / "outside").write_bytes(CONTENT)
    root = small()
    (root / "data/soft").symlink_to(tmp_path / "outside")
    assert "link" in errors(root)
    (root / "data/soft").unlink()
    (root / "data/folder").symlink_to(tmp_path)
    assert errors(root) == {"link"}
    (root / "data/folder").unlink()
    os.link(root / "data/a.txt", tmp_path / "other")
    assert errors(root) == {"link"}


def test_pipes_are_errors_and_nobody_waits(small):
    root = small()
    os.mkfifo(root / "data/pipe")
    assert errors(root) == {"special-file"}
    assert errors(root / "data/pipe") == {"archive-unknown"}


def test_file_that_cannot_be_read_is_an_error(small, monkeypatch):
    root = small()
    true_open = os.open

    def refusing(path, *rest, **more):
        if str(path).endswith("a.txt"):
            raise PermissionError(13, "Permission denied", str(path))
        return true_open(path, *rest, **more)

    monkeypatch.setattr(os, "open", refusing)
    assert errors(root) == {"unreadable"}


def test_folder_that_cannot_be_listed_is_an_error(small, monkeypatch):
    root = small()
    true_scan = os.scandir

    def refusing(path):
        if str(path).endswith("data/"):
            raise PermissionError(13, "Permission denied", str(path))
        return true_scan(path)

    monkeypatch.setattr(os, "scandir", refusing)
    assert {"unreadable", "missing-file"} == errors(root)


def test_file_that_grows_while_it_is_read_is_an_error(small, monkeypatch):
    root = small()
    true_read = os.read

    def growing(descriptor, size):
        with (root / "data/a.txt").open("ab") as stream:
            stream.write(b"x" * (0 if true_read is None else 1))
        monkeypatch.setattr(os, "read", true_read)
        return true_read(descriptor, size + 9)

    report = None
    from exports import trees

    monkeypatch.setattr(trees.os, "read", growing)
    report = validate(root)
    assert {f.code for f in report.errors} <= {"unreadable", "digest-mismatch"}
    assert not report.valid


def test_tag_file_beyond_measure_is_refused(small):
    found = errors(small(), limits=Limits(max_tag_bytes=60))
    assert "tag-file-limit" in found


def test_large_files_are_digested_whole(small):
    files = [("data/large", os.urandom(5 << 20)), ("data/small", b"x")]
    root = small(files)
    assert validate(root).valid
    (root / "data/large").write_bytes(files[0][1][:-1] + b"\0")
    report = validate(root)
    assert {f.path for f in report.errors} <= {"data/large"}


def test_bag_in_utf_16_is_read(small):
    root = small()
    (root / "bagit.txt").write_text(
        "BagIt-Version: 0.97\nTag-File-Character-Encoding: UTF-16\n"
    )
    text = f"{digest(CONTENT)}  data/a.txt\n"
    (root / "manifest-sha256.txt").write_bytes(text.encode("utf-16"))
    assert warnings(root) == set()


def test_validation_writes_nothing(bag):
    def state():
        return {p: (p.lstat().st_mtime_ns, p.lstat().st_size) for p in bag.rglob("*")}

    before = state()
    validate(bag)
    assert state() == before


@given(
    st.binary(max_size=400),
    st.sampled_from(["bagit.txt", "manifest-sha256.txt", "bag-info.txt", "fetch.txt"]),
)
@settings(max_examples=120, deadline=None)
def test_any_bytes_in_a_tag_file_get_a_verdict(
    tmp_path_factory, make_package, bagging, content, name
):
    into = tmp_path_factory.mktemp("any")
    bag = write_bag(make_package(), into, bagging).path
    (bag / name).write_bytes(content)
    assert isinstance(validate(bag).valid, bool)
